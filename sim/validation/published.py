"""What was published of the two networks, and what the model gives beside it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sim.validation.length import Length


@dataclass(frozen=True)
class Fact:
    """One published number and what the model gives; misses are of its assumptions, not of the program."""

    said: str  # what was published, of which network and when
    unit: str  # unit of both numbers
    published: float  # the published one
    low: float | None  # and high: its range, where a range was published
    high: float | None
    obtained: float | None  # the model's; None where it was not run
    how: str  # what of the model gives it, or why it was not run
    source: str  # document, as docs/sources.md lists it

    @property
    def word(self) -> str:
        """Whether both agree within a tenth, or within the published range."""
        if self.obtained is None:
            return "not run"
        low = 0.9 * self.published if self.low is None else self.low
        high = 1.1 * self.published if self.high is None else self.high
        return "met" if low <= self.obtained <= high else "missed"

    def as_mapping(self) -> dict[str, Any]:
        """Return what the file of a card holds of it."""
        return asdict(self)


def compare_facts(length: Length) -> Iterator[Fact]:  # noqa: ARG001
    """Compare published facts."""
    yield from ()
