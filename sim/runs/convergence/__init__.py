"""Uncertainty of the method: what squares, steps and other choices of the program leave in the measures."""
