"""
What a site is to the points of divided squares: where they are, and losses interpolated between the squares' middles.

Beyond free space, what a path loses to terrain changes little over a square: it is bilinear between the middles of the
squares about a point, the point's own square standing in for those that are out of reach. Free space and the antenna's
pattern are those of the point itself.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.radio.pathloss import MIN_DISTANCE_KM
from sim.radio.ranking import NO_DIRECTION_DEG
from sim.world.build import World

LEAST_SHARE = 0.25
"""Least distance of a site to a point, in distances between points (assumption)."""


class Found(NamedTuple):
    """Where phones in reach of a site are."""

    squares: NDArray[np.int32]  # (phone,) square
    # (phone,) how far from the site, at least the least distance [m]
    distances_m: NDArray[np.float64]
    bearings_deg: NDArray[np.float64]  # (phone,) direction from the site


class Points(NamedTuple):
    """Points of divided squares in reach of a site."""

    spots: NDArray[np.int32]  # (point,) spot
    found_idx: NDArray[np.int64]  # (point,) where its square stands among those in reach
    # and cols: (point,) place in the raster, whole in the middle of a square
    rows: NDArray[np.float64]
    cols: NDArray[np.float64]
    where: Found


def find_points(world: World, site: int, squares: NDArray[np.int32], reach_m: float) -> Points:
    """Return the points that a site reaches of the divided ones among some squares."""
    grid, spots, sites = world.grid, world.spots, world.sites
    divided = np.flatnonzero(spots.first[squares] >= 0)
    own, n_parts, n_points = squares[divided], spots.n_parts, spots.n_points
    point = np.tile(np.arange(n_points), len(divided))
    at = np.repeat(own, n_points)
    rows = grid.row[at] + (point // n_parts + 0.5) / n_parts - 0.5
    cols = grid.col[at] + (point % n_parts + 0.5) / n_parts - 0.5
    side_m = grid.resolution_m
    east_m = grid.x_min_m + (cols + 0.5) * side_m - sites.x_m[site]
    north_m = grid.y_max_m - (rows + 0.5) * side_m - sites.y_m[site]
    away_m = np.hypot(east_m, north_m)
    least_m = max(LEAST_SHARE * side_m / n_parts, 1000.0 * MIN_DISTANCE_KM)
    bearings_deg = np.degrees(np.arctan2(east_m, north_m))
    bearings_deg[away_m == 0.0] = NO_DIRECTION_DEG
    near = np.flatnonzero(away_m <= reach_m)
    return Points(
        (spots.first[at] + point).astype(np.int32)[near],
        np.repeat(divided, n_points)[near],
        rows[near],
        cols[near],
        Found(at[near], np.maximum(away_m, least_m)[near], bearings_deg[near]),
    )


def between_middles(
    world: World, found: Found, values: NDArray[np.float64], points: Points
) -> NDArray[np.float64]:
    """
    Return values at points, bilinear between those in the middles of the squares in reach of a site.

    A neighbour out of reach counts as the point's own square.
    """
    if not len(points.spots):
        return np.zeros(0)
    rows, cols = world.grid.row[found.squares], world.grid.col[found.squares]
    first_row, first_col = int(rows.min()), int(cols.min())
    shape = int(rows.max()) - first_row + 2, int(cols.max()) - first_col + 2
    window = np.full(shape, math.nan)
    window[rows - first_row, cols - first_col] = values
    return _bilinear(
        window, points.rows - first_row, points.cols - first_col, values[points.found_idx]
    )


@compiled("float64[:, ::1]", "float64[::1]", "float64[::1]", "float64[::1]")
def _bilinear(
    window: NDArray[np.float64],
    rows: NDArray[np.float64],
    cols: NDArray[np.float64],
    own: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return values between those of a window; where it has none, a point's own value stands for it."""
    result = np.empty(len(own))
    n_rows, n_cols = window.shape
    for k in range(len(own)):
        above, left = math.floor(rows[k]), math.floor(cols[k])
        south, east = rows[k] - above, cols[k] - left
        total = 0.0
        for i in range(2):
            for j in range(2):
                row, col = above + i, left + j
                value = own[k]
                if 0 <= row < n_rows and 0 <= col < n_cols and not math.isnan(window[row, col]):
                    value = window[row, col]
                share = (south if i else 1.0 - south) * (east if j else 1.0 - east)
                total += share * value
        result[k] = total
    return result
