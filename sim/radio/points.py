"""
What a site is to the points of divided squares: where they are, and what stands about them.

Free space, the antenna's pattern, clutter and shadowing are those of the point itself. What the path loses to terrain
beyond is that to the middle of its square: a mean of several middles would vary less than any of them, the less the
larger the squares, so that too few points would hear nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.radio.pathloss import MIN_DISTANCE_KM
from sim.radio.ranking import NO_DIRECTION_DEG
from sim.world.build import World
from sim.world.surface import Surface

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


_ON_A_LINE = 1e-9


def clutter_at(surface: Surface, points: Points) -> NDArray[np.uint8]:
    """Return what stands about points: on their part of the square, where parts have classes of their own."""
    cover = surface.cover
    if cover is None:
        return surface.clutter[points.where.squares]
    # A point on the line between two parts belongs to the one in the south or east, however its place is rounded.
    at = ((place + 0.5) * cover.per_side + _ON_A_LINE for place in (points.rows, points.cols))
    rows, cols = (np.floor(place).astype(np.int64) for place in at)
    return cover.code[rows, cols]
