"""The planner's map: discs about the sites, whatever the radio says, as published shares are drawn."""

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.world.build import World

POINTS_PER_SIDE = 4
"""A square counts by so many times so many points of it that lie in a disc (house choice: 16 bits)."""

COUNTY_BLOCK_M = 1_000.0
"""Borders of counties are found to about so much (house choice: no truth is known). [m]"""

N_POINTS = POINTS_PER_SIDE**2


@compiled("uint16[::1]", "int32[:, ::1]", float, float, float, float)
def mark_disc(
    marks: NDArray[np.uint16],
    square_at: NDArray[np.int32],
    side_m: float,
    east_m: float,
    south_m: float,
    radius_m: float,
) -> None:
    """Set the bits of all points of squares that lie in a disc, whose centre is so far off the raster's north-west."""
    n_rows, n_cols = square_at.shape
    step_m = side_m / POINTS_PER_SIDE
    first_row = max(0, int((south_m - radius_m) / side_m))
    first_col = max(0, int((east_m - radius_m) / side_m))
    last_row = min(n_rows - 1, int((south_m + radius_m) / side_m))
    last_col = min(n_cols - 1, int((east_m + radius_m) / side_m))
    for row in range(first_row, last_row + 1):
        for col in range(first_col, last_col + 1):
            square = square_at[row, col]
            if square < 0:
                continue
            bits = 0
            for i in range(POINTS_PER_SIDE):
                down_m = row * side_m + (i + 0.5) * step_m - south_m
                for j in range(POINTS_PER_SIDE):
                    right_m = col * side_m + (j + 0.5) * step_m - east_m
                    if down_m**2 + right_m**2 <= radius_m**2:
                        bits |= 1 << (i * POINTS_PER_SIDE + j)
            marks[square] |= np.uint16(bits)


def disc_marks(world: World, radius_m: float) -> NDArray[np.uint16]:
    """
    Return which points of each square lie within a radius of a site of each network, on the air or off it.

    Parameters
    ----------
    world : World
        Grid and sites.
    radius_m : float
        Radius of a disc. [m]

    Returns
    -------
    (network, square) ndarray of uint16
        A bit for each of the `N_POINTS` points of a square.
    """
    grid, sites = world.grid, world.sites
    marks = np.zeros((len(world.network_names), grid.n_squares), np.uint16)
    for network, x_m, y_m in zip(sites.network_idx, sites.x_m, sites.y_m, strict=True):
        mark_disc(
            marks[network], grid.square_at, grid.resolution_m,
            float(x_m) - grid.x_min_m, grid.y_max_m - float(y_m), radius_m,
        )  # fmt: skip
    return marks


def marked_share(marks: NDArray[np.uint16]) -> NDArray[np.float64]:
    """
    Return the share of its points that are set.

    Parameters
    ----------
    marks : ndarray of uint16
        A bit for each point.

    Returns
    -------
    ndarray of float64
        Share. [1]
    """
    return np.bitwise_count(marks) / float(N_POINTS)


def town_marks(world: World, radius_m: float) -> NDArray[np.bool_]:
    """
    Return which towns have a site of each network within a radius of their centre.

    Parameters
    ----------
    world : World
        Places and sites.
    radius_m : float
        Radius of a disc. [m]

    Returns
    -------
    (network, place) ndarray of bool
        Whether it has one.
    """
    places, sites = world.places, world.sites
    marks = np.zeros((len(world.network_names), len(places)), np.bool_)
    for network in range(len(marks)):
        own = sites.network_idx == network
        east_m = places.x_m[:, np.newaxis] - sites.x_m[own]
        north_m = places.y_m[:, np.newaxis] - sites.y_m[own]
        marks[network] = (east_m**2 + north_m**2 <= radius_m**2).any(axis=1)
    return marks


def nearest_town(world: World) -> NDArray[np.int64]:
    """
    Return the town whose centre is nearest to each square: its county, as no outlines of counties are known.

    Parameters
    ----------
    world : World
        Grid and places, one at least.

    Returns
    -------
    (square,) ndarray of int64
        Place; squares of a block of at most `COUNTY_BLOCK_M` have that of its middle.
    """
    from scipy.spatial import cKDTree

    grid, places = world.grid, world.places
    factor = max(1, int(COUNTY_BLOCK_M / grid.resolution_m))
    block_m = factor * grid.resolution_m
    n_rows, n_cols = -(-grid.n_rows // factor), -(-grid.n_cols // factor)
    y_m = grid.y_max_m - (np.arange(n_rows) + 0.5) * block_m
    x_m = grid.x_min_m + (np.arange(n_cols) + 0.5) * block_m
    middles_m = np.stack(np.meshgrid(x_m, y_m), axis=-1)
    tree = cKDTree(np.column_stack((places.x_m, places.y_m)))
    nearest = np.asarray(tree.query(middles_m)[1], np.int64)
    return nearest[grid.row // factor, grid.col // factor]
