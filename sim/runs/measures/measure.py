"""What a measure is, its rows, and sums over groups from which rows are made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from sim.runs.parquet import arrow_table
from sim.tables import ALL, AXES, REPLICATIONS, Columns, Made

PERCENT, KILO = 100.0, 1e-3


@dataclass(frozen=True, slots=True)
class Line:
    """How a number is printed."""

    label: str  # what stands before it, with its unit
    form: str = "{:,.0f}"  # its form
    factor: float = 1.0  # what it is multiplied by


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: all that is said of it anywhere comes from here."""

    name: str  # name, with its subject before the point
    unit: str  # unit
    axes: tuple[str, ...]  # axes of `sim.tables.AXES` along which it stands
    meaning: str  # what it says
    # sums above and below the line, by name; over replications a mean, or a ratio with the jackknife
    made: Made
    line: Line | None = None  # its line in the printed summary


@dataclass(frozen=True)
class MeasureRows:
    """Rows of `replications` under construction, block by block."""

    replication: int  # replication that the rows belong to
    # rows so far, columns of `sim.tables.REPLICATIONS` in each
    blocks: list[Columns] = field(default_factory=list)

    def add(
        self,
        measures: Iterable[Measure],
        sums: Mapping[str, ArrayLike],
        axes: Mapping[str, ArrayLike],
    ) -> None:
        """Add the rows of the measures that stand by these axes and are made of these sums."""
        for measure in measures:
            above, below = measure.made.above, measure.made.below
            if set(axes) <= set(measure.axes) and above in sums and (not below or below in sums):
                self._append(measure.name, sums[above], sums[below] if below else 1.0, axes)

    def _append(
        self, measure: str, above: ArrayLike, below: ArrayLike, axes: Mapping[str, ArrayLike]
    ) -> None:
        top = np.asarray(above, np.float64).ravel()
        bottom = np.broadcast_to(np.asarray(below, np.float64).ravel(), top.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(bottom > 0.0, top / bottom, np.nan)
        block: Columns = {
            "replication": np.full(top.shape, self.replication, np.int32),
            "measure": np.broadcast_to(np.asarray(measure), top.shape),
        }
        for axis in AXES:
            names = np.asarray(axes.get(axis.name, ALL)).ravel()
            block[axis.name] = np.broadcast_to(names, top.shape)
        self.blocks.append({**block, "numerator": top, "denominator": bottom, "value": value})

    def table(self) -> pa.Table:
        """Return all rows as a table."""
        return arrow_table(
            REPLICATIONS,
            {
                name: np.concatenate([block[name] for block in self.blocks])
                for name in REPLICATIONS.names
            },
        )


@dataclass(frozen=True)
class Crossing:
    """Sums over two kinds of groups, with the sums over all of either."""

    first: tuple[str, ...]  # and second: names of the groups, `all` last
    second: tuple[str, ...]

    @classmethod
    def of(cls, first: Sequence[str], second: Sequence[str]) -> "Crossing":
        """Return the crossing of two lists of groups."""
        return cls((*first, ALL), (*second, ALL))

    @property
    def first_names(self) -> NDArray[np.str_]:
        """Name along the first axis."""
        return np.repeat(np.asarray(self.first), len(self.second))

    @property
    def second_names(self) -> NDArray[np.str_]:
        """Name along the second axis."""
        return np.tile(np.asarray(self.second), len(self.first))

    def groups(
        self, first_idx: NDArray[np.integer], second_idx: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Return the numbers of the groups without any of all, counted from 0."""
        return first_idx.astype(np.int64) * (len(self.second) - 1) + second_idx

    def members(self, groups: NDArray[np.int64]) -> Iterator[NDArray[np.bool_]]:
        """Iterate over the rows, in the order of the names: which of these groups belong to each."""
        everybody = np.ones(len(groups), np.bool_)
        masks = [
            [*(idx == k for k in range(len(names) - 1)), everybody]
            for names, idx in zip(
                (self.first, self.second), np.divmod(groups, len(self.second) - 1), strict=True
            )
        ]
        return (one & two for one in masks[0] for two in masks[1])

    def sums(
        self,
        first_idx: NDArray[np.integer],
        second_idx: NDArray[np.integer],
        weights: NDArray[Any] | None = None,
    ) -> NDArray[np.float64]:
        """
        Return the sum of weights in each crossing of groups.

        Sums, in the order of `first_names` and `second_names`.
        """
        n_first, n_second = len(self.first) - 1, len(self.second) - 1
        key = self.groups(first_idx, second_idx)
        sums = np.bincount(key, weights, minlength=n_first * n_second)
        return self.with_margins(sums.reshape(n_first, n_second))

    def counts(
        self,
        first_idx: NDArray[np.integer],
        second_idx: NDArray[np.integer],
        kind: NDArray[np.integer],
        n_kinds: int,
    ) -> NDArray[np.float64]:
        """
        Return how many items of each kind are in each crossing of groups.

        Counts, rows in the order of `first_names` and `second_names`.
        """
        n_first, n_second = len(self.first) - 1, len(self.second) - 1
        key = (first_idx.astype(np.int32) * n_second + second_idx) * n_kinds + kind
        counts = np.bincount(key, minlength=n_first * n_second * n_kinds)
        table = counts.reshape(n_first, n_second, n_kinds)
        return np.stack([self.with_margins(table[:, :, k]) for k in range(n_kinds)])

    def with_margins(self, sums: NDArray[Any]) -> NDArray[np.float64]:
        """
        Return a table of sums with the sums over all groups added.

        Sums, in the order of `first_names` and `second_names`.
        """
        inner = sums.astype(np.float64)
        wide = np.concatenate([inner, inner.sum(axis=1, keepdims=True)], axis=1)
        whole: NDArray[np.float64] = np.concatenate([wide, wide.sum(axis=0, keepdims=True)], axis=0)
        return whole.ravel()
