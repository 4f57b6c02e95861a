"""
Heights and slopes of the ground: interpolated from cells of mean heights, with or without synthetic relief.

Real cells of elevation are kilometres wide and hide the ridges that shadow radio. Between their centres heights are
bilinear. Relief is addressed noise on lattices of a half, a quarter, ... of a cell, each fainter than the last by
2**-H, down to a stated distance, whatever the squares of the grid are. Its strength is a fixed share of how much the
3 x 3 cells about differ, and at most half the height, so that plains stay plains and shores stay low. A last smooth
surface, found by iteration, gives each cell the mean of the data again. The sea stays at 0 and no land lies below it.

The relief is invented: everything made from it must say *synthetic relief*.

References
----------
B. B. Mandelbrot, "The Fractal Geometry of Nature", Freeman (1982), chapter 28: relief as fractional Brownian motion.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.streams import STREAM_RELIEF, normal_quantile, uniform
from sim.units import EARTH_RADIUS_M
from sim.world.country import Elevation
from sim.world.grid import Grid
from sim.world.projection import unproject

SLOPE_WINDOW_M = math.radians(5.0 / 60.0) * EARTH_RADIUS_M
"""Five arc minutes. [m]"""


def node_heights_m(elevation: Elevation) -> NDArray[np.float64]:
    """
    Return the height of each cell with the sea at 0.

    Height: 0 where a cell has no land or its mean, sea bed included, lies below the sea [m].
    """
    return np.where(elevation.is_land, np.maximum(elevation.height_m, 0), 0).astype(np.float64)


def node_slopes(elevation: Elevation) -> NDArray[np.float64]:
    """Return the slope of the ground at each cell by central differences."""
    height_m = node_heights_m(elevation)
    step_m = np.radians(elevation.longitude_deg[1] - elevation.longitude_deg[0]) * EARTH_RADIUS_M
    north_south, west_east = np.gradient(height_m)
    squeeze = np.cos(np.radians(elevation.latitude_deg))[:, np.newaxis]
    return np.sqrt((north_south / step_m) ** 2 + (west_east / (step_m * squeeze)) ** 2)


def interpolate(
    elevation: Elevation,
    node_values: NDArray[np.float64],
    longitude_deg: NDArray[np.float64],
    latitude_deg: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return values of the cells at places, bilinear between the centres of the cells."""
    n_rows, n_cols = node_values.shape
    north_deg, west_deg = elevation.latitude_deg[0], elevation.longitude_deg[0]
    row = (north_deg - latitude_deg) * ((n_rows - 1) / (north_deg - elevation.latitude_deg[-1]))
    col = (longitude_deg - west_deg) * ((n_cols - 1) / (elevation.longitude_deg[-1] - west_deg))
    if np.any((row < 0.0) | (row > n_rows - 1) | (col < 0.0) | (col > n_cols - 1)):
        raise ValueError("a place lies outside the elevation data")
    i = np.minimum(row.astype(np.int64), n_rows - 2)
    j = np.minimum(col.astype(np.int64), n_cols - 2)
    south, east = row - i, col - j
    upper = node_values[i, j] * (1.0 - east) + node_values[i, j + 1] * east
    lower = node_values[i + 1, j] * (1.0 - east) + node_values[i + 1, j + 1] * east
    return upper * (1.0 - south) + lower * south


def smooth_slope(height_m: NDArray[np.float32], resolution_m: float) -> NDArray[np.float32]:
    """
    Return the slope of the ground as a map of means over 5 arc minutes of latitude would show it.

    What is known of where people live was fitted to such slopes (`population.rural_slope_scale`), which are several
    times gentler than those from square to square.
    """
    from scipy.ndimage import uniform_filter

    side = max(1, round(SLOPE_WINDOW_M / resolution_m)) // 2 * 2 + 1
    is_known = ~np.isnan(height_m)
    share = uniform_filter(is_known.astype(np.float32), side, mode="nearest")
    filled = np.where(is_known, height_m, 0.0).astype(np.float32)
    mean_m = uniform_filter(filled, side, mode="nearest") / np.maximum(share, 1e-6)
    if min(height_m.shape) < 2:
        return np.zeros_like(height_m)
    south, east = np.gradient(np.where(share > 0.0, mean_m, 0.0), resolution_m)
    return np.sqrt(south**2 + east**2).astype(np.float32)


RELIEF_NOTE = "synthetic relief: heights between the samples of the elevation data are invented"
"""What every output must say that uses these heights."""

ROUGHNESS_EXPONENT = 0.8
"""Exponent H by which height differences grow with distance (assumption; 0.6 between cells of the embedded data)."""

ROUGHNESS = 0.54
"""Coarsest noise in spreads of 3 x 3 cells: what 5-arc-minute means add to those of 10 in the embedded data."""

SAMPLE_M = 500.0
"""Distance between the heights from which means are taken: some 300 in a cell (house choice). [m]"""

N_ROUNDS = 60
"""Rounds that bring back the means: the error of a cell falls by a quarter or more in each."""


def relief_heights_m(
    grid: Grid, elevation: Elevation, key: tuple[int, int], finest_m: float
) -> NDArray[np.float32]:
    """
    Return heights for the whole raster of a grid, with relief down to a distance, those outside the region included.

    Heights: 0 on the sea, NaN where the elevation has no data [m].
    """
    row, col = _places_in_cells(grid, elevation)
    cell_m = math.radians(elevation.latitude_deg[0] - elevation.latitude_deg[1]) * EARTH_RADIUS_M
    n_levels = max(1, math.floor(math.log2(cell_m / finest_m)))
    target_m = node_heights_m(elevation)
    noise = np.zeros(row.shape, np.float32)
    for level in range(1, n_levels + 1):
        strength = 1.5 * 2.0 ** (
            -ROUGHNESS_EXPONENT * (level - 1)
        )  # 1.5: a bilinear lattice keeps 4/9 of its variance
        nodes = draw_level(key, level, _first_cell(elevation), target_m.shape)
        _add_bilinear(noise, row, col, nodes, 2.0**level, strength)
    height_m = np.zeros(row.shape, np.float32)
    _add_bilinear(height_m, row, col, target_m, 1.0, 1.0)
    strength_m = np.zeros(row.shape, np.float32)
    _add_bilinear(strength_m, row, col, ROUGHNESS * _spread_m(target_m), 1.0, 1.0)
    height_m += noise * np.minimum(strength_m, height_m / 2.0)
    is_sea = _is_sea(grid, elevation, row, col)
    return _with_means(
        height_m, is_sea, row, col, target_m, max(1, round(SAMPLE_M / grid.resolution_m))
    )


def coarse_heights_m(grid: Grid, elevation: Elevation) -> NDArray[np.float32]:
    """
    Return heights between the samples without any relief, for the whole raster of a grid.

    Heights, bilinear: 0 on the sea, NaN where the elevation has no data [m].
    """
    row, col = _places_in_cells(grid, elevation)
    height_m = np.zeros(row.shape, np.float32)
    _add_bilinear(height_m, row, col, node_heights_m(elevation), 1.0, 1.0)
    height_m[_is_sea(grid, elevation, row, col)] = 0.0
    return height_m


def sea_squares(grid: Grid, elevation: Elevation) -> NDArray[np.bool_]:
    """Return which places of a grid's raster are sea."""
    row, col = _places_in_cells(grid, elevation)
    return _is_sea(grid, elevation, row, col) & ~np.isnan(row)


def _places_in_cells(
    grid: Grid, elevation: Elevation
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where the raster's centres lie among the cells' centres; NaN beyond the outermost."""
    shape = (grid.n_rows, grid.n_cols)
    rows, cols = np.empty(shape, np.float32), np.empty(shape, np.float32)
    x_m = grid.x_min_m + (np.arange(grid.n_cols, dtype=np.float64) + 0.5) * grid.resolution_m
    north_deg, west_deg = elevation.latitude_deg[0], elevation.longitude_deg[0]
    n_rows, n_cols = elevation.height_m.shape
    for i in range(grid.n_rows):
        y_m = np.full(grid.n_cols, grid.y_max_m - (i + 0.5) * grid.resolution_m, np.float64)
        longitude_deg, latitude_deg = unproject(grid.crs, x_m, y_m)
        row = (north_deg - latitude_deg) * ((n_rows - 1) / (north_deg - elevation.latitude_deg[-1]))
        col = (longitude_deg - west_deg) * ((n_cols - 1) / (elevation.longitude_deg[-1] - west_deg))
        outside = (row < 0.0) | (row > n_rows - 1) | (col < 0.0) | (col > n_cols - 1)
        rows[i], cols[i] = np.where(outside, np.nan, row), np.where(outside, np.nan, col)
    return rows, cols


def _first_cell(elevation: Elevation) -> tuple[int, int]:
    """Return the first cell's place on the globe, in cells, so that another cut of the data keeps its relief."""
    step_deg = elevation.longitude_deg[1] - elevation.longitude_deg[0]
    row = round((90.0 - elevation.latitude_deg[0]) / step_deg)
    return row, round((elevation.longitude_deg[0] + 180.0) / step_deg)


def _spread_m(target_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of the 3 x 3 cells about each cell, the outermost repeated."""
    padded = np.pad(target_m, 1, mode="edge")
    return np.asarray(sliding_window_view(padded, (3, 3)).std(axis=(2, 3)), np.float64)


def _is_sea(
    grid: Grid, elevation: Elevation, row: NDArray[np.float32], col: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return which squares are sea: outside the region, and the nearest cell has no land."""
    cell = np.nan_to_num(np.floor(row + 0.5)).astype(np.int64)
    cell_col = np.nan_to_num(np.floor(col + 0.5)).astype(np.int64)
    return np.asarray((grid.square_at < 0) & ~elevation.is_land[cell, cell_col], np.bool_)


def _with_means(
    height_m: NDArray[np.float32],
    is_sea: NDArray[np.bool_],
    row: NDArray[np.float32],
    col: NDArray[np.float32],
    target_m: NDArray[np.float64],
    stride: int,
) -> NDArray[np.float32]:
    """
    Return heights shifted by a smooth surface so that cells with half their squares or more have their mean.

    Means are those of every so manieth row and column.
    """
    shift_m = np.zeros(target_m.shape)
    chosen = np.s_[stride // 2 :: stride, stride // 2 :: stride]
    sample = [np.ascontiguousarray(one[chosen]) for one in (height_m, is_sea, row, col)]
    result = sample[0].copy()
    for _ in range(N_ROUNDS):
        _shift(*sample, shift_m, result)
        mean_m, count = cell_means(result, *sample[1:], target_m.shape)
        known = count >= 0.5 * count.max()
        shift_m[known] += (target_m - mean_m)[known]
    result = height_m.copy()
    _shift(height_m, is_sea, row, col, shift_m, result)
    return result


@compiled(tuple[int, int], int, tuple[int, int], tuple[int, int])
def draw_level(
    key: tuple[int, int], level: int, first: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the noise of one lattice over all cells."""
    parts = 2**level
    noise = np.empty(((shape[0] - 1) * parts + 1, (shape[1] - 1) * parts + 1))
    for i in range(noise.shape[0]):
        line = (first[0] * parts + i) * 2**31 + first[1] * parts
        for j in range(noise.shape[1]):
            noise[i, j] = normal_quantile(uniform(key[0], key[1], STREAM_RELIEF, level, line + j))
    return noise


@kernel
def _bilinear(nodes: NDArray[np.float64], row: float, col: float) -> float:
    """Return a value between nodes."""
    i = min(int(row), nodes.shape[0] - 2)
    j = min(int(col), nodes.shape[1] - 2)
    south, east = row - i, col - j
    upper = nodes[i, j] * (1.0 - east) + nodes[i, j + 1] * east
    lower = nodes[i + 1, j] * (1.0 - east) + nodes[i + 1, j + 1] * east
    return upper * (1.0 - south) + lower * south


@compiled("float32[:, ::1]", "float32[:, ::1]", "float32[:, ::1]", "float64[:, ::1]", float, float)
def _add_bilinear(
    field: NDArray[np.float32],
    row: NDArray[np.float32],
    col: NDArray[np.float32],
    nodes: NDArray[np.float64],
    parts: float,
    factor: float,
) -> None:
    """Add values between nodes, some parts to a cell, to a raster; NaN where the raster has no cell."""
    for i in range(field.shape[0]):
        for j in range(field.shape[1]):
            if math.isnan(row[i, j]):
                field[i, j] = math.nan
            else:
                field[i, j] += factor * _bilinear(nodes, parts * row[i, j], parts * col[i, j])


@compiled(
    "float32[:, ::1]",
    "bool_[:, ::1]",
    "float32[:, ::1]",
    "float32[:, ::1]",
    "float64[:, ::1]",
    "float32[:, ::1]",
)
def _shift(
    height_m: NDArray[np.float32],
    is_sea: NDArray[np.bool_],
    row: NDArray[np.float32],
    col: NDArray[np.float32],
    shift_m: NDArray[np.float64],
    result_m: NDArray[np.float32],
) -> None:
    """Fill in shifted heights: the sea at 0, land not below it."""
    for i in range(height_m.shape[0]):
        for j in range(height_m.shape[1]):
            if math.isnan(row[i, j]):
                result_m[i, j] = math.nan
            elif is_sea[i, j]:
                result_m[i, j] = 0.0
            else:
                shift = _bilinear(shift_m, np.float64(row[i, j]), np.float64(col[i, j]))
                result_m[i, j] = max(height_m[i, j] + shift, 0.0)


@compiled("float32[:, ::1]", "bool_[:, ::1]", "float32[:, ::1]", "float32[:, ::1]", tuple[int, int])
def cell_means(
    height_m: NDArray[np.float32],
    is_sea: NDArray[np.bool_],
    row: NDArray[np.float32],
    col: NDArray[np.float32],
    shape: tuple[int, int],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the mean height of the land in each cell. Means; 0 where no square counts [m]."""
    total = np.zeros(shape)
    count = np.zeros(shape, np.int64)
    for i in range(height_m.shape[0]):
        for j in range(height_m.shape[1]):
            if not is_sea[i, j] and not math.isnan(row[i, j]):
                cell_row, cell_col = int(row[i, j] + 0.5), int(col[i, j] + 0.5)
                total[cell_row, cell_col] += height_m[i, j]
                count[cell_row, cell_col] += 1
    for i in range(shape[0]):
        for j in range(shape[1]):
            total[i, j] /= max(count[i, j], 1)
    return total, count
