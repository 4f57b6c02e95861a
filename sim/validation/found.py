"""What the subjects of a card yield: numbers that were compared, or why one was not."""

from collections.abc import Callable, Iterator, Sequence

from sim.validation.cases import Case
from sim.validation.length import Length
from sim.validation.verdict import Comparison, NotRun

Found = tuple[str, Comparison | NotRun]
"""Id of a case, and what was found of it."""

Compare = Callable[[Sequence[Case], Length], Iterator[Found]]
"""What a subject is: it compares any of its cases."""

ONLY_FULL = NotRun("takes long: only with --full")
"""Why a card of usual length leaves something out."""


def with_prefix(cases: Sequence[Case], *prefixes: str) -> list[Case]:
    """Return the cases whose ids begin with one of some words."""
    return [case for case in cases if case.id.startswith(prefixes)]
