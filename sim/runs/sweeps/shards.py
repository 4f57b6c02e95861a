"""Shards: which runs of a sweep are whose, where there is no scheduler."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from sim.errors import SimError

_Run = TypeVar("_Run")


class Shard(NamedTuple):
    """One shard of a sweep."""

    number: int  # from 1
    n: int  # how many there are


def shard_of(text: str) -> Shard:
    """Read a shard such as `2/8`."""
    number, stroke, n = text.partition("/")
    is_read = bool(stroke) and all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in (number, n)
    )
    if not is_read or not 1 <= int(number) <= int(n):
        raise SimError(f"shard = {text!r}: must be I/N with I from 1 to N, such as 2/8")
    return Shard(int(number), int(n))


def runs_of(shard: Shard, runs: Sequence[_Run]) -> Sequence[_Run]:
    """Return every n-th run of a plan, from the shard's number on."""
    return runs[shard.number - 1 :: shard.n]
