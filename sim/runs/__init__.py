"""Runs: replications of a scenario, what they mean, and where it is kept."""
