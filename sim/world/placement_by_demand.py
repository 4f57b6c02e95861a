"""
Sites placed by demand: county seats first, then where most is to serve.

What is unserved, and where sites may stand, is kept in blocks of squares. How much a site serves hangs on how many
are planned, so a smaller network is the beginning of a larger one under the same plan, and under no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.world.grid import Grid
from sim.world.placement_spacing import (
    Address,
    Demand,
    Floats,
    disc,
    is_clear,
    shift_place,
    square_at,
)

SHIFT_SHARE = 0.25
"""A site is shifted by up to this part of the spacing in towns in each direction."""


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


BLOCKS_PER_SPACING = 2
"""Squares are compared in blocks of at most this part of the spacing in towns, or as single squares."""

ROUNDING = 1e-9
"""Less than this part of a site's share counts as nothing unserved."""


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
        near_disc=disc(demand.urban_spacing_m / block_m),
        wide_disc=disc(max(spacings_m) / block_m),
    )
    _lay_out(blocks, load)
    return blocks


def _lay_out(blocks: Blocks, lines: Floats) -> None:
    """Add unserved lines to the blocks."""
    add_lines(blocks.unserved, blocks.near, blocks.wide, blocks.near_disc, blocks.wide_disc, lines)
    _rate_rows(blocks, 0, len(lines))


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


def place_sites(
    grid: Grid,
    demand: Demand,
    standing_m: tuple[Floats, Floats],
    seats_m: tuple[Floats, Floats],
    n_seats: int,
    n_sites: int,
    n_planned: int,
    address: Address,
) -> tuple[Floats, Floats]:
    """
    Return where new sites of a network stand, the first ones of a plan.

    The first go to county seats in the given order, at most `n_seats` of them. Each of the others goes where it has
    most to serve: the unserved lines within its reach, the spacing in the country, up to as many as the mean
    planned site has, plus the unserved lines within the spacing in towns, which tell the middle of a city from its
    edge. A site then serves the nearest unserved lines. When nothing is unserved, all lines are laid out once more.
    Each site is shifted at random by up to a quarter of the spacing in towns where spacing and province allow it, so
    that two networks under the same rule do not share their sites.
    """
    n_standing = len(standing_m[0])
    reach_m = SHIFT_SHARE * demand.urban_spacing_m
    blocks = make_blocks(grid, demand, n_standing + n_planned)
    x_m, y_m = np.empty((2, n_standing + n_sites))
    x_m[:n_standing], y_m[:n_standing] = standing_m
    n = n_standing
    for k in range(n_standing):
        settle(blocks, grid, x_m[k], y_m[k])
    for place in _seats(grid, demand, seats_m):
        if n - n_standing >= min(n_seats, n_sites):
            break
        if is_clear(x_m, y_m, n, *place, demand.spacing_m(square_at(grid, *place))):
            x_m[n], y_m[n] = shift_place(grid, demand, (x_m, y_m), n, place, reach_m, address)
            settle(blocks, grid, x_m[n], y_m[n])
            n += 1
    while n < n_standing + n_sites:
        best = find_best(blocks)
        if best is None:
            break
        x_m[n], y_m[n] = shift_place(grid, demand, (x_m, y_m), n, best, reach_m, address)
        settle(blocks, grid, x_m[n], y_m[n])
        n += 1
    return x_m[n_standing:n], y_m[n_standing:n]


def _seats(
    grid: Grid, demand: Demand, seats_m: tuple[Floats, Floats]
) -> Sequence[tuple[float, float]]:
    """Return the county seats in squares where a site may stand."""
    squares = grid.square_of(*seats_m)
    return [
        (float(x), float(y))
        for x, y, square in zip(*seats_m, squares, strict=True)
        if square >= 0 and demand.may_stand[square]
    ]
