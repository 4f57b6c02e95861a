"""Answers from a results folder: a question on the command line, rows for a terminal and for programs."""
