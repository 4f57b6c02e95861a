"""Blocks of squares in which the placement rule keeps what is unserved and where sites may stand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.world.grid import Grid

Floats = NDArray[np.float64]


@compiled("float64[::1]", "float64[::1]", int, float, float, float)
def is_clear(
    sites_x_m: Floats, sites_y_m: Floats, n: int, x_m: float, y_m: float, spacing_m: float
) -> bool:
    """Return whether a place keeps a distance to the first sites of a list."""
    clear = True
    for k in range(n):
        away_squared = (sites_x_m[k] - x_m) ** 2 + (sites_y_m[k] - y_m) ** 2
        clear = clear and away_squared >= spacing_m**2
    return clear


@kernel
def _spread(field: Floats, disc: NDArray[np.int64], row: int, col: int, amount: float) -> None:
    """Add an amount to the blocks of a disc."""
    n_rows, n_cols = field.shape
    for k in range(len(disc)):
        i, j = row + disc[k, 0], col + disc[k, 1]
        if 0 <= i < n_rows and 0 <= j < n_cols:
            field[i, j] += amount


@compiled(
    "float64[:, ::1]",
    "float64[:, ::1]",
    "float64[:, ::1]",
    "int64[:, ::1]",
    "int64[:, ::1]",
    "float64[:, ::1]",
)
def add_lines(
    unserved: Floats,
    near: Floats,
    wide: Floats,
    near_disc: NDArray[np.int64],
    wide_disc: NDArray[np.int64],
    lines: Floats,
) -> None:
    """Add unserved lines, and count them in every block that is near them or reaches them."""
    n_rows, n_cols = unserved.shape
    for i in range(n_rows):
        for j in range(n_cols):
            if lines[i, j] > 0.0:
                unserved[i, j] += lines[i, j]
                _spread(near, near_disc, i, j, lines[i, j])
                _spread(wide, wide_disc, i, j, lines[i, j])


@compiled(
    "float64[:, ::1]",
    "float64[:, ::1]",
    "float64[:, ::1]",
    "int64[:, ::1]",
    "int64[:, ::1]",
    int,
    int,
    float,
)
def serve(
    unserved: Floats,
    near: Floats,
    wide: Floats,
    near_disc: NDArray[np.int64],
    wide_disc: NDArray[np.int64],
    row: int,
    col: int,
    quota: float,
) -> None:
    """Take a quota off the unserved lines, the nearest first."""
    n_rows, n_cols = unserved.shape
    for k in range(len(wide_disc)):
        i, j = row + wide_disc[k, 0], col + wide_disc[k, 1]
        if 0 <= i < n_rows and 0 <= j < n_cols:
            taken = min(quota, unserved[i, j])
            if taken > 0.0:
                unserved[i, j] -= taken
                _spread(near, near_disc, i, j, -taken)
                _spread(wide, wide_disc, i, j, -taken)
                quota -= taken


@compiled(
    "bool_[:, ::1]",
    "float64[:, ::1]",
    "float64[:, ::1]",
    "float64[:, ::1]",
    float,
    float,
    int,
    int,
    int,
    int,
)
def close_near(
    is_open: NDArray[np.bool_],
    x_m: Floats,
    y_m: Floats,
    spacing_m: Floats,
    site_x_m: float,
    site_y_m: float,
    row_begin: int,
    row_end: int,
    col_begin: int,
    col_end: int,
) -> None:
    """Close the blocks of a window whose place is too near to a site."""
    for i in range(row_begin, row_end):
        for j in range(col_begin, col_end):
            away_squared = (x_m[i, j] - site_x_m) ** 2 + (y_m[i, j] - site_y_m) ** 2
            if away_squared < spacing_m[i, j] ** 2:
                is_open[i, j] = False


@compiled(
    "float64[:, ::1]",
    "float64[:, ::1]",
    float,
    "bool_[:, ::1]",
    "float64[:, ::1]",
    "float64[::1]",
    int,
    int,
)
def rate(
    near: Floats,
    wide: Floats,
    target: float,
    is_open: NDArray[np.bool_],
    score: Floats,
    row_best: Floats,
    begin: int,
    end: int,
) -> None:
    """Write the score of the blocks of some rows, and the best of each row."""
    for i in range(begin, end):
        row_best[i] = -1.0
        for j in range(score.shape[1]):
            # Sums and differences of the same lines leave traces of rounding below 0.
            score[i, j] = max(0.0, near[i, j]) + max(0.0, min(target, wide[i, j]))
            if not is_open[i, j]:
                score[i, j] = -1.0
            row_best[i] = max(row_best[i], score[i, j])


BLOCKS_PER_SPACING = 4
"""Squares are compared in blocks of at most this part of the spacing in towns, or as single squares."""

ROUNDING = 1e-9
"""Less than this part of a site's share counts as nothing unserved."""


@dataclass(frozen=True)
class Demand:
    """What the sites of a network have to serve, and where they may stand."""

    lines: Floats  # (square,) expected lines, or another weight; its scale does not matter [1]
    may_stand: NDArray[np.bool_]  # (square,) whether a site may stand in the square
    is_urban: NDArray[np.bool_]  # (square,) whether the square belongs to a city
    # and rural_spacing_m: least distance of a new site in a city, or elsewhere, to every site of the network that
    # stands already [m]
    urban_spacing_m: float
    rural_spacing_m: float

    def spacing_m(self, square: int) -> float:
        """Return the least distance of a new site in a square to the others."""
        return self.urban_spacing_m if self.is_urban[square] else self.rural_spacing_m


@dataclass(frozen=True)
class Blocks:
    """Blocks of squares: the live state of one network's placement."""

    factor: int  # squares along the side of a block
    load: Floats  # (row, column) lines of each block [1]
    unserved: Floats  # (row, column) lines that no site serves yet [1]
    target: float  # lines that a site serves at most: those of the mean site [1]
    # and y_m: (row, column) centre of the block's square with most lines, among those where a site may stand [m]
    x_m: Floats
    y_m: Floats
    spacing_m: Floats  # (row, column) least distance of a site there to the others [m]
    is_open: NDArray[np.bool_]  # (row, column) whether a site may still stand there
    # and wide: (row, column) unserved lines within the spacing in towns, and within a site's reach [1]
    near: Floats
    wide: Floats
    # (row, column) lines that a site would serve, plus those of them that are near; -1 where no site may stand [1]
    score: Floats
    row_best: Floats  # (row,) best score of each row [1]
    # and wide_disc: (offset, 2) rows and columns of the blocks that are near or within reach, the nearest first
    near_disc: NDArray[np.int64]
    wide_disc: NDArray[np.int64]


def make_blocks(grid: Grid, demand: Demand, n_sites: int) -> Blocks:
    """Return the blocks with nothing served and every block open that has a square for a site."""
    factor = max(1, int(demand.urban_spacing_m / BLOCKS_PER_SPACING / grid.resolution_m))
    block_m = factor * grid.resolution_m
    shape = -(-grid.n_rows // factor), -(-grid.n_cols // factor)
    block = grid.row // factor * shape[1] + grid.col // factor
    lines = demand.lines if demand.lines.sum() > 0.0 else demand.may_stand.astype(np.float64)
    load = np.bincount(block, lines, shape[0] * shape[1]).astype(np.float64).reshape(shape)
    # Written from few to many lines, so that the square with most stays; of equals the first.
    order = np.flatnonzero(demand.may_stand)[::-1]
    order = order[np.argsort(lines[order], kind="stable")]
    square = np.full(load.size, -1, np.int64)
    square[block[order]] = order
    square = square.reshape(shape)
    spacings_m = demand.urban_spacing_m, demand.rural_spacing_m
    blocks = Blocks(
        factor=factor,
        load=load,
        unserved=np.zeros(shape),
        target=float(load.sum()) / n_sites,
        x_m=grid.x_m[square],
        y_m=grid.y_m[square],
        spacing_m=np.where(demand.is_urban[square], *spacings_m),
        is_open=square >= 0,
        near=np.zeros(shape),
        wide=np.zeros(shape),
        score=np.zeros(shape),
        row_best=np.zeros(shape[0]),
        near_disc=_disc(demand.urban_spacing_m / block_m),
        wide_disc=_disc(max(spacings_m) / block_m),
    )
    _lay_out(blocks, load)
    return blocks


def _lay_out(blocks: Blocks, lines: Floats) -> None:
    """Add unserved lines to the blocks."""
    add_lines(blocks.unserved, blocks.near, blocks.wide, blocks.near_disc, blocks.wide_disc, lines)
    _rate_rows(blocks, 0, len(lines))


def _disc(radius: float) -> NDArray[np.int64]:
    """Return (offset, 2) rows and columns within a radius in blocks, the nearest first."""
    reach = int(radius)
    row, col = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    away = row**2 + col**2
    order = np.argsort(away, kind="stable")
    order = order[away[order] <= radius**2]
    return np.column_stack((row[order], col[order]))


def settle(blocks: Blocks, grid: Grid, x_m: float, y_m: float) -> None:
    """Let a new site serve its share, and close the blocks that are too near to it."""
    row = int((grid.y_max_m - y_m) / grid.resolution_m) // blocks.factor
    col = int((x_m - grid.x_min_m) / grid.resolution_m) // blocks.factor
    serve(
        blocks.unserved, blocks.near, blocks.wide, blocks.near_disc, blocks.wide_disc,
        row, col, blocks.target,
    )  # fmt: skip
    reach = int(blocks.wide_disc[:, 0].max()) + 2
    n_rows, n_cols = blocks.score.shape
    close_near(
        blocks.is_open, blocks.x_m, blocks.y_m, blocks.spacing_m, x_m, y_m,
        max(0, row - reach), min(n_rows, row + reach + 1),
        max(0, col - reach), min(n_cols, col + reach + 1),
    )  # fmt: skip
    # What a site takes, as far as it reaches, changes the blocks that reach so far in turn.
    _rate_rows(blocks, max(0, row - 2 * reach), min(n_rows, row + 2 * reach + 1))


def _rate_rows(blocks: Blocks, begin: int, end: int) -> None:
    rate(
        blocks.near, blocks.wide, blocks.target, blocks.is_open,
        blocks.score, blocks.row_best, begin, end,
    )  # fmt: skip


def find_best(blocks: Blocks) -> tuple[float, float] | None:
    """Return the place where a new site serves most. East and north; None when no site may stand anywhere [m]."""
    for refill in (blocks.load, blocks.is_open.astype(np.float64)):
        row = int(np.argmax(blocks.row_best))
        if blocks.row_best[row] > ROUNDING * blocks.target:
            break
        if blocks.row_best[row] < 0.0:
            return None
        _lay_out(blocks, refill)
    row = int(np.argmax(blocks.row_best))
    col = int(np.argmax(blocks.score[row]))
    return float(blocks.x_m[row, col]), float(blocks.y_m[row, col])
