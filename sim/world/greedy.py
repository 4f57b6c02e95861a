"""
Greedy choice of places by the people within reach whom nobody serves, evaluated lazily.

People within reach of a place only become fewer while sites are added, so that what was counted once stays an upper
bound: only a place whose bound is the greatest is counted anew. The choice is that of counting all places every time.

References
----------
G. L. Nemhauser, L. A. Wolsey, M. L. Fisher, "An analysis of approximations for maximizing submodular set functions",
Mathematical Programming 14 (1978) 265-294: greedy choice serves at least 1 - 1/e of what the best choice serves.
M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", Optimization Techniques, LNCIS 7
(1978) 234-243: lazy evaluation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.world.grid import Grid
from sim.world.placement_spacing import Floats, disc

Ints = NDArray[np.int64]

CLOSED = -1
"""Bound of a place where no site may stand."""

CHUNK = 512
"""Places whose greatest bound is kept (numerical: changes no choice)."""

UNLIMITED = 2**62
"""People that a site serves where nothing limits them."""


@kernel
def _count(unserved: NDArray[np.int32], half_width: Ints, row: int, col: int) -> int:
    """Return the unserved people within reach of a square."""
    n_rows, n_cols = unserved.shape
    reach = len(half_width) // 2
    n = 0
    for k in range(len(half_width)):
        i = row + k - reach
        if 0 <= i < n_rows:
            for j in range(max(0, col - half_width[k]), min(n_cols, col + half_width[k] + 1)):
                n += unserved[i, j]
    return n


@kernel
def _greatest(bound: Ints, chunk: int) -> int:
    """Return the first place of a chunk that has its greatest bound."""
    best = chunk * CHUNK
    for k in range(best + 1, min(len(bound), (chunk + 1) * CHUNK)):
        if bound[k] > bound[best]:
            best = k
    return best


@compiled("int32[:, ::1]", "int64[::1]", "int64[::1]", "int64[::1]", "int64[::1]", "int64[::1]")
def bound_all(
    unserved: NDArray[np.int32],
    half_width: Ints,
    row: Ints,
    col: Ints,
    bound: Ints,
    chunk_best: Ints,
) -> None:
    """Count the people of all open places, by running sums along the rows."""
    n_rows, n_cols = unserved.shape
    running = np.zeros((n_rows, n_cols + 1), np.int64)
    for i in range(n_rows):
        for j in range(n_cols):
            running[i, j + 1] = running[i, j] + unserved[i, j]
    reach = len(half_width) // 2
    for place in range(len(bound)):
        if bound[place] != CLOSED:
            n = 0
            for k in range(len(half_width)):
                i = row[place] + k - reach
                if 0 <= i < n_rows:
                    begin = max(0, col[place] - half_width[k])
                    end = min(n_cols, col[place] + half_width[k] + 1)
                    n += running[i, end] - running[i, begin]
            bound[place] = n
    for chunk in range(len(chunk_best)):
        chunk_best[chunk] = bound[_greatest(bound, chunk)]


@compiled("int32[:, ::1]", "int64[::1]", "int64[::1]", "int64[::1]", "int64[::1]", "int64[::1]")
def choose(
    unserved: NDArray[np.int32],
    half_width: Ints,
    row: Ints,
    col: Ints,
    bound: Ints,
    chunk_best: Ints,
) -> int:
    """Return the first open place with most unserved people within reach, -1 when none is open."""
    if len(chunk_best) == 0:
        return -1
    while True:
        chunk = 0
        for k in range(1, len(chunk_best)):
            if chunk_best[k] > chunk_best[chunk]:
                chunk = k
        if chunk_best[chunk] == CLOSED:
            return -1
        place = _greatest(bound, chunk)
        n = _count(unserved, half_width, row[place], col[place])
        if n == bound[place]:
            return place
        bound[place] = n
        chunk_best[chunk] = bound[_greatest(bound, chunk)]


@compiled("int32[:, ::1]", "int64[:, ::1]", int, int, int)
def serve_nearest(
    unserved: NDArray[np.int32], disc: NDArray[np.int64], row: int, col: int, quota: int
) -> None:
    """Let a site serve the nearest people within reach, as many as its quota."""
    n_rows, n_cols = unserved.shape
    for k in range(len(disc)):
        i, j = row + disc[k, 0], col + disc[k, 1]
        if 0 <= i < n_rows and 0 <= j < n_cols:
            served = min(quota, unserved[i, j])
            unserved[i, j] -= served
            quota -= served


@compiled("float64[::1]", "float64[::1]", "float64[::1]", float, float, "int64[::1]", "int64[::1]")
def close_places(
    x_m: Floats,
    y_m: Floats,
    spacing_m: Floats,
    site_x_m: float,
    site_y_m: float,
    bound: Ints,
    chunk_best: Ints,
) -> None:
    """Close the places that are nearer to a site than their spacing."""
    for chunk in range(len(chunk_best)):
        is_changed = False
        for k in range(chunk * CHUNK, min(len(bound), (chunk + 1) * CHUNK)):
            away_squared = (x_m[k] - site_x_m) ** 2 + (y_m[k] - site_y_m) ** 2
            if bound[k] != CLOSED and away_squared < spacing_m[k] ** 2:
                bound[k] = CLOSED
                is_changed = True
        if is_changed:
            chunk_best[chunk] = bound[_greatest(bound, chunk)]


@dataclass(frozen=True)
class Candidates:
    """Places at which sites may stand, all in the region."""

    x_m: Floats  # and y_m: (place,) east and north [m]
    y_m: Floats
    spacing_m: Floats  # (place,) least distance to every site that stands [m]


class Unserved:
    """People whom no site serves yet, and the places at which sites may serve them."""

    def __init__(
        self, grid: Grid, people: NDArray[np.int32], places: Candidates, reach_m: float, quota: int
    ) -> None:
        self._grid, self._places, self._quota = grid, places, quota
        self._people = np.zeros((grid.n_rows, grid.n_cols), np.int32)
        self._people[grid.row, grid.col] = people
        self._left = self._people.copy()
        self._disc = disc(reach_m / grid.resolution_m)
        self._half_width = _half_widths(self._disc)
        self._row, self._col = self._square(places.x_m, places.y_m)
        self._bound = np.zeros(len(places.x_m), np.int64)
        self._chunk_best = np.full(-(-len(self._bound) // CHUNK), CLOSED, np.int64)
        self._bound_all()

    def _square(self, x_m: Floats, y_m: Floats) -> tuple[Ints, Ints]:
        grid = self._grid
        row = np.floor((grid.y_max_m - y_m) / grid.resolution_m).astype(np.int64)
        col = np.floor((x_m - grid.x_min_m) / grid.resolution_m).astype(np.int64)
        return row, col

    def _bound_all(self) -> None:
        bound_all(self._left, self._half_width, self._row, self._col, self._bound, self._chunk_best)

    def choose(self) -> tuple[int, int]:
        """Return the place of the next site and the unserved people within its reach; -1 and 0 when none is open."""
        place = int(
            choose(
                self._left, self._half_width, self._row, self._col, self._bound, self._chunk_best
            )
        )
        return (place, int(self._bound[place])) if place >= 0 else (-1, 0)

    def serve(self, x_m: float, y_m: float) -> None:
        """Let a site serve the nearest people within its reach."""
        (row,), (col,) = self._square(np.array([x_m]), np.array([y_m]))
        serve_nearest(self._left, self._disc, int(row), int(col), self._quota)

    def close_near(self, x_m: float, y_m: float) -> None:
        """Close the places that are too near to a site."""
        places = self._places
        close_places(
            places.x_m, places.y_m, places.spacing_m, x_m, y_m, self._bound, self._chunk_best
        )

    def drop(self, place: int) -> None:
        """Close a place."""
        self._bound[place] = CLOSED
        begin = place // CHUNK * CHUNK
        self._chunk_best[place // CHUNK] = self._bound[begin : begin + CHUNK].max()

    def reopen(self, places: Candidates, sites_m: tuple[Floats, Floats]) -> None:
        """Open the same places with other distances to keep, but for those that are too near to a site."""
        self._places = places
        self._bound[:] = 0
        for x_m, y_m in zip(*sites_m, strict=True):
            self.close_near(float(x_m), float(y_m))
        self._bound_all()

    def refill(self) -> None:
        """Lay all people out once more."""
        self._left += self._people
        self._bound_all()


def _half_widths(offsets: NDArray[np.int64]) -> Ints:
    """Return the columns to each side of each row of a disc."""
    reach = int(offsets[:, 0].max())
    half_width = np.zeros(2 * reach + 1, np.int64)
    np.maximum.at(half_width, offsets[:, 0] + reach, offsets[:, 1])
    return half_width
