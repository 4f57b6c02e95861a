"""The command line: a file for each group of commands, and what a mistake becomes."""

from sim.cli.main import main

__all__ = ["main"]
