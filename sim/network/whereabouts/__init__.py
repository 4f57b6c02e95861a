"""Where lines are by the hour."""
