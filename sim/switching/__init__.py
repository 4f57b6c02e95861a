"""Switching: calls that operators patch through by hand, and the routes that they take."""
