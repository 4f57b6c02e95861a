"""Sums over values in narrow bins: they add up over slices, and quantiles can be read from them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.measure import Crossing
from sim.tables import QUANTILE_BITS, Columns

_EXPONENT_BITS, _MANTISSA_BITS = 11, 52  # of a float64
_BIN_BITS = _EXPONENT_BITS + QUANTILE_BITS


@dataclass(frozen=True)
class Histogram:
    """
    Sums in each bin of each group; bins without values take no room.

    A bin holds the values, none below 0, that have the exponent and the upper bits of the mantissa in common: it is
    narrower than `sim.tables.QUANTILE_RESOLUTION` times any of them.
    """

    key: NDArray[np.int64]  # (entry,) group and bin, rising
    sums: Columns  # (entry,) sums over the values in them, by name

    @classmethod
    def of(
        cls, groups: NDArray[np.int64], values: NDArray[np.float64], weights: Columns
    ) -> "Histogram":
        """Return the sums of weights of values that belong to groups, counted from 0."""
        bits = np.ascontiguousarray(values, np.float64).view(np.int64)
        return cls._gathered(
            (groups << _BIN_BITS) + (bits >> (_MANTISSA_BITS - QUANTILE_BITS)), weights
        )

    @classmethod
    def _gathered(cls, key: NDArray[np.int64], columns: Columns) -> "Histogram":
        """Return the sums over entries with the same key."""
        found, place = np.unique(key, return_inverse=True)
        return cls(
            found, {name: np.bincount(place, one, len(found)) for name, one in columns.items()}
        )

    def __add__(self, other: "Histogram") -> "Histogram":
        """Return the sums over the values of both."""
        columns = {name: np.concatenate([own, other.sums[name]]) for name, own in self.sums.items()}
        return self._gathered(np.concatenate([self.key, other.key]), columns)

    @property
    def groups(self) -> NDArray[np.int64]:
        """Return the group of each entry."""
        return self.key >> _BIN_BITS

    def rows(self, crossing: Crossing) -> Iterator["Histogram"]:
        """Iterate over the rows of a crossing, whose groups these are; the values of each are one group."""
        bins = self.key & ((1 << _BIN_BITS) - 1)
        for is_member in crossing.members(self.key >> _BIN_BITS):
            columns = {name: column[is_member] for name, column in self.sums.items()}
            yield self._gathered(bins[is_member], columns)

    def total(self, name: str) -> float:
        """Return a sum over all values."""
        return float(self.sums[name].sum())

    def quantile(self, share: float, weight: str, weighted: str) -> float:
        """
        Return the least value of a group that a share of the weight does not exceed, about.

        Sums of the weights, and of weights times values, go by these names. The mean of the bin in which the least such
        value is; 0 where there is no value.
        """
        if not len(self.key):
            return 0.0
        below = np.cumsum(self.sums[weight])
        bin_ = min(int(np.searchsorted(below, share * below[-1], side="left")), len(below) - 1)
        return float(self.sums[weighted][bin_] / self.sums[weight][bin_])
