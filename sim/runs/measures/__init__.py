"""What replications mean, subject by subject: a file declares the measures of each, makes and publishes them."""
