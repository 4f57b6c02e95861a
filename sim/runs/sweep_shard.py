"""Slices of a sweep, for processes that know nothing of each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import SimError
from sim.runs.sweep_plan import PlannedRun


@dataclass(frozen=True)
class Shard:
    """A slice of a sweep, for one of several processes that know nothing of each other."""

    number: int  # which slice, from 1
    n: int  # how many slices there are

    def slice_of(self, runs: Sequence[PlannedRun]) -> list[PlannedRun]:
        """Return the runs of the slice."""
        return list(runs[self.number - 1 :: self.n])


def parse_shard(text: str) -> Shard:
    """Read a slice such as `2/8`."""
    number, stroke, n = text.partition("/")
    is_read = bool(stroke) and all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in (number, n)
    )
    if not is_read or not 1 <= int(number) <= int(n):
        raise SimError(f"shard = {text!r}: must be I/N with I from 1 to N, such as 2/8")
    return Shard(int(number), int(n))
