"""What must hold of every replication; a run that breaks it is a bug and publishes nothing."""

from sim.runs.measures.registry import SUBJECTS
from sim.runs.measures.subject import Replication

INVARIANTS = tuple(text for subject in SUBJECTS for text in subject.invariants)
"""What is checked, as the manifest lists it."""


class BrokenInvariantError(AssertionError):
    """The simulator contradicts itself: a bug, not a mistake of the user."""


def check_invariants(replication: Replication) -> None:
    """Refuse a replication that contradicts itself."""
    broken = [text for subject in SUBJECTS for text in subject.broken(replication)]
    if broken:
        raise BrokenInvariantError("; ".join(broken))
