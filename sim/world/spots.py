"""
Spots: the points at which phones are heard, so that the size of squares decides nothing.

In the country a phone stands in the middle of its square. A square of a city holds the people of several cells, which
one point would give to one of them: there phones stand on a finer lattice of points.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.region_section import points_per_side
from sim.world.grid import Grid


@dataclass(frozen=True)
class Spots:
    """Points at which phones are heard: the middles of all squares, then the points of the divided ones."""

    # (square,) first of the points of each divided square, -1 where phones stand in the middle
    first: NDArray[np.int32]
    n_parts: int  # points along the side of a divided square, row by row from the north-west
    square_idx: NDArray[np.int32]  # (spot,) square in which each lies

    def __len__(self) -> int:
        return len(self.square_idx)

    @property
    def n_squares(self) -> int:
        """Return the number of squares; the first spots are their middles."""
        return len(self.first)

    @property
    def n_points(self) -> int:
        """Return how many points a divided square has."""
        return self.n_parts * self.n_parts

    @property
    def has_points(self) -> bool:
        """Say whether any square is divided."""
        return len(self) > self.n_squares

    def of(self, square_idx: NDArray[np.int32], point_idx: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Return the spots of phones, given the square of each and its point, were its square divided."""
        spots = self.first[square_idx]
        is_divided = spots >= 0
        np.add(spots, point_idx, out=spots, where=is_divided)
        np.copyto(spots, square_idx, where=~is_divided)
        return spots


def make_spots(grid: Grid, is_divided: NDArray[np.bool_], spacing_m: float) -> Spots:
    """
    Return the spots of a grid; in divided squares points lie no farther apart than a distance [m].

    No square is divided where its side is no longer than that; `points_per_side` says how many lie along a side.
    """
    n_parts = points_per_side(grid.resolution_m, spacing_m)
    divided = np.flatnonzero(is_divided) if n_parts > 1 else np.zeros(0, np.int64)
    first = np.full(grid.n_squares, -1, np.int32)
    first[divided] = grid.n_squares + np.arange(len(divided), dtype=np.int32) * n_parts**2
    middles = np.arange(grid.n_squares, dtype=np.int32)
    points = np.repeat(divided.astype(np.int32), n_parts**2)
    return Spots(first, n_parts, np.concatenate([middles, points]))
