"""Compiled loops of the placement rule."""

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel

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
