"""Figures from the files of a results folder."""
