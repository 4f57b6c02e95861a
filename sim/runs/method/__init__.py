"""Choices of the method, and cards that say what these leave in the measures of a scenario."""
