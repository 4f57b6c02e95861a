"""What adds up over the slices of a replication."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from numpy.typing import NDArray

from sim.runs.measures.histogram import Histogram
from sim.tables import Columns

_Sum = TypeVar("_Sum", NDArray[Any], Histogram)


@dataclass(frozen=True)
class Sums:
    """Sums over some rows; none at all stand for no rows."""

    columns: Columns = field(default_factory=dict)  # numbers
    histograms: dict[str, Histogram] = field(default_factory=dict)  # what quantiles are read from

    def __add__(self, other: "Sums") -> "Sums":
        """Return the sums over both groups of rows."""
        return Sums(_added(self.columns, other.columns), _added(self.histograms, other.histograms))

    def part(self, subject: str) -> Columns:
        """Return the columns that were named after a subject."""
        prefix = f"{subject}."
        return {
            name.removeprefix(prefix): column
            for name, column in self.columns.items()
            if name.startswith(prefix)
        }


def _added(one: dict[str, _Sum], two: dict[str, _Sum]) -> dict[str, _Sum]:
    return {name: one[name] + added for name, added in two.items()} if one else two


def named(subject: str, columns: Columns) -> Columns:
    """Return columns named after a subject, among those of others."""
    return {f"{subject}.{name}": column for name, column in columns.items()}
