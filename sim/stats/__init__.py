"""Statistics: what replications say, and how surely."""
