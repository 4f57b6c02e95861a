"""Height and slope of the ground, interpolated from cells of mean heights."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.units import EARTH_RADIUS_M
from sim.world.country import Elevation

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
