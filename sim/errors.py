"""Errors that a user can mend: shown without a traceback, exit status 2."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what the user gave."""

    where: str  # file with line and column, or another place the user knows
    message: str  # what was given, what is allowed and what to do

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class SimError(Exception):
    """
    A mistake of the user, or of the user's machine, with every problem found.

    Parameters
    ----------
    *problems : Problem or str
        What is wrong, in the order in which it should be read; at least one.
    """

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem("", p) for p in problems)
        # A copy made of the arguments, by SimPy or on the way from another process, has the same problems.
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ScenarioError(SimError):
    """A scenario file, or a table beside it, cannot be used."""


class ExtensionError(SimError):
    """An extension of the user went wrong while it took part."""


class WorldError(SimError):
    """The world that a scenario asks for cannot be built."""


class ModelRangeError(SimError, ValueError):
    """A model was asked for a value beyond its stated hard limit."""


class StoreError(SimError):
    """The results folder cannot be read or written."""
