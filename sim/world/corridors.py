"""
Corridors of traffic between settlements: where roads and railways may be expected to run.

They are synthetic: no road or railway is known here. Two settlements are joined unless a third lies nearer to both
than they to one another, where near is what is cheap to travel: steep ground makes a way longer. Each corridor follows
the cheapest way over the ground; the traffic between all settlements by a law of gravity tells which matter most.

References
----------
G. T. Toussaint, "The relative neighbourhood graph of a finite planar set", Pattern Recognition 12 (1980) 261-268.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.grid import Grid
from sim.world.settlements import Places

CORRIDORS_NOTE = (
    "corridors between settlements are synthetic: "
    "derived from their places, sizes and the heights between them"
)
"""What every output must say that uses them."""

CELL_M = 2_500.0
"""Ways are found from cell to cell of about this side (house choice). [m]"""

MAX_CELLS = 25_000
"""Most cells (house limit): cells of a larger region are larger."""

MAX_PLACES = 500
"""Most settlements that corridors join (house limit), the largest ones."""

DOUBLING_SLOPE = 0.02
"""A way that rises or falls so much from cell to cell costs twice as much as a level one (assumption). [1]"""

Floats = NDArray[np.float64]
_STEPS = ((0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Corridor:
    """A way between two settlements."""

    ends: tuple[int, int]  # settlements, the larger first
    x_m: Floats  # and y_m: (vertex,) line from the first to the second [m]
    y_m: Floats
    # traffic on it: for each pair of settlements people times people over cost squared, summed [1/m2]
    traffic: float

    def points(self, spacing_m: float) -> tuple[Floats, Floats]:
        """Return places along the corridor, its ends left out."""
        steps_m = np.sqrt(np.diff(self.x_m) ** 2 + np.diff(self.y_m) ** 2)
        run_m = np.concatenate(([0.0], np.cumsum(steps_m)))
        at_m = np.arange(spacing_m, run_m[-1], spacing_m)
        return np.interp(at_m, run_m, self.x_m), np.interp(at_m, run_m, self.y_m)


@dataclass(frozen=True)
class _Cells:
    """Cells that hold squares: which is where, and their means."""

    factor: int
    at: NDArray[np.int64]
    x_m: Floats
    y_m: Floats
    height_m: Floats


def make_corridors(grid: Grid, places: Places) -> tuple[Corridor, ...]:
    """
    Return the corridors between the settlements of a region.

    Corridors, the one with most traffic first; none where there are fewer than two settlements.
    """
    from scipy.sparse.csgraph import dijkstra

    n = min(len(places), MAX_PLACES)
    if n < 2:
        return ()
    cells = _make_cells(grid)
    squares = places.square_idx[:n]
    nodes = cells.at[grid.row[squares] // cells.factor, grid.col[squares] // cells.factor]
    cost_m, before = dijkstra(_ways(cells), indices=nodes, return_predecessors=True)
    between_m = np.maximum(cost_m[:, nodes], 1.0)
    # Both directions cost the same but for rounding, which must not decide.
    between_m = np.minimum(between_m, between_m.T)
    edges = _neighbours(between_m)
    traffic = _traffic(edges, between_m, places.population[:n])
    corridors = [
        Corridor((i, j), *_line(cells, places, (i, j), before[i], nodes), traffic[i, j])
        for i, j in edges
    ]
    return tuple(sorted(corridors, key=lambda one: (-one.traffic, one.ends)))


def _make_cells(grid: Grid) -> _Cells:
    """Return the cells of a grid."""
    n_wanted = grid.n_squares * (grid.resolution_m / CELL_M) ** 2
    side_m = CELL_M * max(1.0, np.sqrt(n_wanted / MAX_CELLS))
    factor = max(1, round(side_m / grid.resolution_m))
    shape = -(-grid.n_rows // factor), -(-grid.n_cols // factor)
    cell = grid.row // factor * shape[1] + grid.col // factor
    count = np.bincount(cell, minlength=shape[0] * shape[1])
    used = np.flatnonzero(count)
    at = np.full(count.size, -1, np.int64)
    at[used] = np.arange(len(used))

    def _mean(values: Floats) -> Floats:
        means: Floats = np.bincount(cell, values, count.size)[used] / count[used]
        return means

    heights = _mean(grid.height_m.astype(np.float64))
    return _Cells(factor, at.reshape(shape), _mean(grid.x_m), _mean(grid.y_m), heights)


def _ways(cells: _Cells):  # type: ignore[no-untyped-def]  # noqa: ANN202  # SciPy's sparse arrays
    """Return the (cell, cell) sparse matrix of costs between neighbouring cells, in metres."""
    from scipy.sparse import coo_array

    starts, ends = [], []
    n_rows, n_cols = cells.at.shape
    for down, right in _STEPS:
        left = max(0, -right)
        here = cells.at[: n_rows - down, left : n_cols - max(0, right)]
        there = cells.at[down:, left + right : n_cols - max(0, right) + right]
        both = (here >= 0) & (there >= 0)
        starts.append(here[both])
        ends.append(there[both])
    start, end = np.concatenate(starts), np.concatenate(ends)
    level_m = np.sqrt(
        (cells.x_m[start] - cells.x_m[end]) ** 2 + (cells.y_m[start] - cells.y_m[end]) ** 2
    )
    climb_m = np.abs(cells.height_m[start] - cells.height_m[end])
    n = len(cells.x_m)
    one_way = coo_array((level_m + climb_m / DOUBLING_SLOPE, (start, end)), shape=(n, n)).tocsr()
    return one_way + one_way.T


def _neighbours(between_m: Floats) -> list[tuple[int, int]]:
    """Return the pairs that no third settlement is nearer to than they are to one another."""
    edges: list[tuple[int, int]] = []
    for i in range(len(between_m)):
        # Neither end is nearer to both than they are to one another, so it needs no exception.
        others = between_m[i + 1 :]
        own_m = between_m[i, i + 1 :]
        has_nearer = (np.maximum(between_m[i], others) < own_m[:, np.newaxis]).any(axis=1)
        joined = np.flatnonzero(np.isfinite(own_m) & ~has_nearer) + i + 1
        edges.extend((i, j) for j in joined.tolist())
    return edges


def _traffic(edges: list[tuple[int, int]], between_m: Floats, people: Floats) -> Floats:
    """Return the (settlement, settlement) traffic on the edges, each pair going the shortest way."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    n = len(people)
    traffic = np.zeros((n, n))
    if not edges:
        return traffic
    start, end = np.array(edges).T
    graph = coo_array((between_m[start, end], (start, end)), shape=(n, n)).tocsr()
    cost_m, before = dijkstra(graph, directed=False, return_predecessors=True)
    for i in range(n):
        amount = np.zeros(n)
        there = np.flatnonzero(np.isfinite(cost_m[i, i + 1 :])) + i + 1
        amount[there] = people[i] * people[there] / cost_m[i, there] ** 2
        # From the farthest inwards: what passes through a settlement goes on to the one before it.
        for k in np.argsort(-cost_m[i], kind="stable").tolist():
            previous = int(before[i, k])
            if previous >= 0 and amount[k] > 0.0:
                traffic[min(k, previous), max(k, previous)] += amount[k]
                amount[previous] += amount[k]
    return traffic


def _line(
    cells: _Cells,
    places: Places,
    ends: tuple[int, int],
    before: NDArray[np.int32],
    nodes: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Return the line of a corridor: from centre to centre of the cells on its way."""
    first, last = ends
    way = []
    cell = int(before[nodes[last]]) if nodes[first] != nodes[last] else -1
    while cell >= 0 and cell != nodes[first]:
        way.append(cell)
        cell = int(before[cell])
    way.reverse()
    return (
        np.concatenate(([places.x_m[first]], cells.x_m[way], [places.x_m[last]])),
        np.concatenate(([places.y_m[first]], cells.y_m[way], [places.y_m[last]])),
    )
