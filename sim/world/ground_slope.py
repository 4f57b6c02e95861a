"""The slope of the ground as coarse maps show it."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.units import EARTH_RADIUS_M

SLOPE_WINDOW_M = math.radians(5.0 / 60.0) * EARTH_RADIUS_M
"""Five arc minutes. [m]"""


def smooth_slope(height_m: NDArray[np.float32], resolution_m: float) -> NDArray[np.float32]:
    """
    Return the slope of the ground as a map of means over 5 arc minutes of latitude would show it.

    What is known of where people live was fitted to such slopes (`population.rural_slope_scale`), which are several
    times gentler than those from square to square.

    Parameters
    ----------
    height_m : (row, col) ndarray of float32
        Heights, NaN where there is none. [m]
    resolution_m : float
        Side of a square. [m]

    Returns
    -------
    (row, col) ndarray of float32
        Rise over run, 0 or more. [1]
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
