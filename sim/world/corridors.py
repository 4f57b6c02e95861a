"""
Corridors between settlements: where roads and railways may be expected to run.

They are synthetic: no road or railway is known here. Every cell belongs to the settlement that is cheapest to reach:
steep ground makes a way longer, settled ground shorter, as roads follow valleys from village to village. Two
settlements whose cells meet are joined by the cheapest way over them, unless a third whose cells meet those of both is
nearer to both than they to one another. All neighbours of a relative neighbourhood graph are among them: on the way
between two such, no cell is cheaper to reach from a third settlement, for then that were nearer to both.

References
----------
G. T. Toussaint, "The relative neighbourhood graph of a finite planar set", Pattern Recognition 12 (1980) 261-268.
K. Mehlhorn, "A faster approximation algorithm for the Steiner problem in graphs", Information Processing Letters 27
(1988) 125-128: ways between settlements by one search from all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.grid import Grid
from sim.world.settlements import Places

CORRIDORS_NOTE = (
    "corridors between settlements are synthetic: "
    "derived from their places, the heights between them and where people live"
)
"""What every output must say that uses them."""

CELL_M = 2_500.0
"""Ways are found from cell to cell of about this side (house choice). [m]"""

MAX_CELLS = 25_000
"""Most cells (house limit): cells of a larger region are larger."""

DOUBLING_SLOPE = 0.02
"""A way that rises or falls so much from cell to cell costs twice as much as a level one (assumption). [1]"""

SETTLED_DENSITY_PER_KM2 = 50.0
"""
A cell is settled from this density on.

References
----------
Eurostat, "Applying the Degree of Urbanisation" (2021): rural cells below 50 people per km2 are of very low density.
"""

SETTLED_COST = 0.5
"""A way over settled cells costs so much of one over others (assumption). [1]"""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_STEPS = ((0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Corridor:
    """A way between two settlements."""

    ends: tuple[int, int]  # settlements, the larger first
    x_m: Floats  # and y_m: (vertex,) line from the first to the second [m]
    y_m: Floats

    def points(self, spacing_m: float) -> tuple[Floats, Floats]:
        """Return places along the corridor, its ends left out."""
        steps_m = np.sqrt(np.diff(self.x_m) ** 2 + np.diff(self.y_m) ** 2)
        run_m = np.concatenate(([0.0], np.cumsum(steps_m)))
        at_m = np.arange(spacing_m, run_m[-1], spacing_m)
        return np.interp(at_m, run_m, self.x_m), np.interp(at_m, run_m, self.y_m)


@dataclass(frozen=True)
class _Cells:
    """Cells that hold squares: which is where, their means, and whether they are settled."""

    factor: int
    at: Ints
    x_m: Floats
    y_m: Floats
    height_m: Floats
    is_settled: NDArray[np.bool_]


@dataclass(frozen=True)
class _Meeting:
    """Where the cheapest way between two settlements goes from the cells of one to those of the other."""

    ends: tuple[int, int]  # settlements, the larger first
    cells: tuple[int, int]  # neighbouring cells, of the first and of the second
    cost_m: float  # what the whole way costs [m]


def make_corridors(
    grid: Grid, places: Places, population: NDArray[np.int32]
) -> tuple[Corridor, ...]:
    """
    Return the corridors between the settlements of a region.

    Of settlements in one cell only the largest has corridors. Corridors in the order of their ends; none where there
    are fewer than two settlements.
    """
    from scipy.sparse.csgraph import dijkstra

    if len(places) < 2:
        return ()
    cells = _make_cells(grid, population)
    node = cells.at[
        grid.row[places.square_idx] // cells.factor, grid.col[places.square_idx] // cells.factor
    ]
    nodes, first = np.unique(node, return_index=True)
    place_at = np.full(len(cells.x_m), -1, np.int64)
    place_at[nodes] = first
    start, end, way_m = _ways(cells)
    cost_m, before, source = dijkstra(
        _graph(start, end, way_m, len(cells.x_m)),
        indices=nodes,
        return_predecessors=True,
        min_only=True,
    )
    # Cells of an island without a settlement have no source: all are as one, and meet nobody.
    owner = place_at[np.maximum(source, 0)]
    meetings = _meetings(start, end, way_m, cost_m, owner)
    return tuple(
        Corridor(one.ends, *_line(cells, places, one, before)) for one in _neighbours(meetings)
    )


def _make_cells(grid: Grid, population: NDArray[np.int32]) -> _Cells:
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
    density = _mean(population.astype(np.float64)) / grid.square_area_km2
    is_settled = density >= SETTLED_DENSITY_PER_KM2
    return _Cells(factor, at.reshape(shape), _mean(grid.x_m), _mean(grid.y_m), heights, is_settled)


def _ways(cells: _Cells) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of neighbouring cells, and what the way between them costs, in metres."""
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
    share = np.where(cells.is_settled, SETTLED_COST, 1.0)
    return start, end, (level_m + climb_m / DOUBLING_SLOPE) * (share[start] + share[end]) / 2.0


def _graph(start: Ints, end: Ints, way_m: Floats, n: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # SciPy's
    """Return the (cell, cell) sparse matrix of costs, both ways."""
    from scipy.sparse import coo_array

    one_way = coo_array((way_m, (start, end)), shape=(n, n)).tocsr()
    return one_way + one_way.T


def _meetings(start: Ints, end: Ints, way_m: Floats, cost_m: Floats, owner: Ints) -> list[_Meeting]:
    """Return where settlements whose cells meet do so at the least cost, in the order of their ends."""
    meets = (owner[start] >= 0) & (owner[start] != owner[end])
    start, end, way_m = start[meets], end[meets], way_m[meets]
    is_turned = owner[start] > owner[end]
    start, end = np.where(is_turned, end, start), np.where(is_turned, start, end)
    total_m = cost_m[start] + way_m + cost_m[end]
    order = np.lexsort((end, start, total_m, owner[end], owner[start]))
    pairs = np.column_stack((owner[start], owner[end]))[order]
    _, first = np.unique(pairs, axis=0, return_index=True)
    return [
        _Meeting(
            (int(owner[start[k]]), int(owner[end[k]])),
            (int(start[k]), int(end[k])),
            float(total_m[k]),
        )
        for k in order[first]
    ]


def _neighbours(meetings: list[_Meeting]) -> list[_Meeting]:
    """Return the meetings of pairs that no third settlement is nearer to than they are to one another."""
    cost_m: dict[int, dict[int, float]] = {}
    for one in meetings:
        i, j = one.ends
        cost_m.setdefault(i, {})[j] = cost_m.setdefault(j, {})[i] = one.cost_m

    def _is_parted(one: _Meeting) -> bool:
        from_first, from_second = (cost_m[end] for end in one.ends)
        return any(
            max(from_first[k], from_second[k]) < one.cost_m
            for k in from_first.keys() & from_second.keys()
        )

    return [one for one in meetings if not _is_parted(one)]


def _line(
    cells: _Cells, places: Places, meeting: _Meeting, before: NDArray[np.int32]
) -> tuple[Floats, Floats]:
    """Return the line of a corridor: from centre to centre of the cells on its way."""
    first, last = meeting.ends
    out, back = (_to_settlement(cell, before) for cell in meeting.cells)
    way = [*reversed(out), *back]
    return (
        np.concatenate(([places.x_m[first]], cells.x_m[way], [places.x_m[last]])),
        np.concatenate(([places.y_m[first]], cells.y_m[way], [places.y_m[last]])),
    )


def _to_settlement(cell: int, before: NDArray[np.int32]) -> list[int]:
    """Return the cells from one to its settlement, whose own is left out."""
    way = []
    while before[cell] >= 0:
        way.append(cell)
        cell = int(before[cell])
    return way
