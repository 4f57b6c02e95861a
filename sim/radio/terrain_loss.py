"""
Path loss over terrain: free space, delta-Bullington diffraction and clutter, of a profile and of all squares of a site.

A site's losses are found square by square: the profile is walked from the antenna to the square, with heights bilinear
between those of the raster, at a point wherever it crosses a line between two of them, or in equal parts no longer than
a stated step. Every square is a result of its own, so that losses do not depend on the number of threads, nor on which
other squares are asked for. Clutter is what stands about a phone: buildings and trees higher than it. Its loss is one
between its own height and the phone, so the path ends at that height.

References
----------
Recommendation ITU-R P.525-4 (2019), Calculation of free-space attenuation, over the slant distance.
Recommendation ITU-R P.1812-6 (2021), A path-specific propagation prediction method, section 4.3.
Recommendation ITU-R P.2108-1 (2021), Prediction of clutter loss, section 3.1: height gain terminal correction, 0.03 to
3 GHz.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.errors import Problem, WorldError
from sim.radio.diffraction import (
    MEDIAN_EFFECTIVE_RADIUS_KM,
    Profile,
    delta_bullington_db,
    knife_edge_db,
)
from sim.radio.pathloss import free_space_db

STREET_WIDTH_M = 27.0
"""Width of a street where nothing better is known (ITU-R P.2108, section 3.1). [m]"""


@dataclass(frozen=True, slots=True)
class Clutter:
    """A kind of surroundings."""

    height_m: float  # representative height of what stands there [m]
    # whether its rim diffracts like a knife edge; otherwise the loss is one of height gain over open ground
    is_edge: bool


CLUTTER = {
    "water": Clutter(10.0, is_edge=False),
    "open": Clutter(10.0, is_edge=False),
    "suburban": Clutter(10.0, is_edge=True),
    "urban": Clutter(15.0, is_edge=True),
    "forest": Clutter(15.0, is_edge=True),
    "dense_urban": Clutter(20.0, is_edge=True),
}
"""Kinds by name, with the heights that ITU-R P.2108 (table 3) gives where nothing better is known."""


def clutter_loss_db(frequency_mhz: float, phone_height_m: float, clutter: Clutter) -> float:
    """
    Return the median loss of a phone among clutter.

    References
    ----------
    ITU-R P.2108-1, equations 2a to 2g.
    """
    if phone_height_m >= clutter.height_m:
        return 0.0
    f_ghz = frequency_mhz / 1000.0
    if not clutter.is_edge:
        gain_db = 21.8 + 6.2 * math.log10(f_ghz)
        return -gain_db * math.log10(phone_height_m / clutter.height_m)
    above_m = clutter.height_m - phone_height_m
    angle_deg = math.degrees(math.atan(above_m / STREET_WIDTH_M))
    nu = 0.342 * math.sqrt(f_ghz) * math.sqrt(above_m * angle_deg)
    return float(knife_edge_db(nu)) - 6.03


NO_TERRAIN_CDB = -32768
"""Mark of a square whose profile meets ground without data. [0.01 dB]"""

SQUARES_OF_A_TASK = 64
"""Squares that a thread takes at once: changes the speed only."""


class Link(NamedTuple):
    """What all paths of a network share."""

    frequency_mhz: float  # frequency, 30 to 6000 [MHz]
    # greatest distance between two points of a profile; 0 for points where it crosses lines between heights [m]
    step_m: float
    # least distance that counts: a square has width, and its people are not under the mast [m]
    least_m: float
    earth_radius_km: float = MEDIAN_EFFECTIVE_RADIUS_KM  # effective radius of the earth [km]


class Mast(NamedTuple):
    """An antenna."""

    x_m: float  # and y_m: place, within the raster [m]
    y_m: float
    height_m: float  # antenna above ground [m]


class Raster(NamedTuple):
    """Where a raster of heights lies."""

    x_min_m: float  # and y_max_m: north-west corner [m]
    y_max_m: float
    side_m: float  # side of a square [m]


@compiled
def terrain_loss_db(
    distance_km: Profile,
    height_m: Profile,
    antenna_height_m: float,
    phone_height_m: float,
    frequency_mhz: float,
    earth_radius_km: float,
    clutter_db: float,
) -> float:
    """Return the loss of one path over land, polarised vertically."""
    last = len(distance_km) - 1
    start_m, end_m = height_m[0] + antenna_height_m, height_m[last] + phone_height_m
    rise_km = (end_m - start_m) / 1000.0
    slant_km = math.sqrt(distance_km[last] * distance_km[last] + rise_km * rise_km)
    free_db = free_space_db(slant_km, frequency_mhz, antenna_height_m, phone_height_m)
    bent_db = delta_bullington_db(
        distance_km, height_m, height_m, start_m, end_m, frequency_mhz, earth_radius_km, 0.0, True
    )
    return free_db + bent_db + clutter_db


@compiled
def walk_profile(
    heights_m: NDArray[np.float32],
    start: tuple[float, float],
    end: tuple[float, float],
    n_parts: int,
    share: Profile,
    profile_m: Profile,
) -> int:
    """
    Fill in how far along a path its points are, as shares of it, and their heights, bilinear between the centres.

    The points part the path evenly. Where no parts are asked for (0) they lie where it crosses a line between two
    centres: such a surface has its ridges there, and more points find hardly more.

    Index of the last point.
    """
    n_rows, n_cols = heights_m.shape
    down, right = end[0] - start[0], end[1] - start[1]
    next_row = math.floor(start[0]) + 1.0 if down > 0.0 else math.ceil(start[0]) - 1.0
    next_col = math.floor(start[1]) + 1.0 if right > 0.0 else math.ceil(start[1]) - 1.0
    last, along = 0, 0.0
    while True:
        row = min(max(start[0] + down * along, 0.0), n_rows - 1.0)
        col = min(max(start[1] + right * along, 0.0), n_cols - 1.0)
        above, left = min(int(row), n_rows - 2), min(int(col), n_cols - 2)
        south, east = row - above, col - left
        upper = heights_m[above, left] * (1.0 - east) + heights_m[above, left + 1] * east
        lower = heights_m[above + 1, left] * (1.0 - east) + heights_m[above + 1, left + 1] * east
        share[last], profile_m[last] = along, upper * (1.0 - south) + lower * south
        if along >= 1.0:
            return last
        last += 1
        if n_parts > 0:
            along = last / n_parts
            continue
        at_row = (next_row - start[0]) / down if down != 0.0 else math.inf
        at_col = (next_col - start[1]) / right if right != 0.0 else math.inf
        along = min(at_row, at_col, 1.0)
        if at_row <= along:
            next_row += math.copysign(1.0, down)
        if at_col <= along:
            next_col += math.copysign(1.0, right)


@compiled
def square_loss_db(
    heights_m: NDArray[np.float32],
    raster: Raster,
    mast: Mast,
    link: Link,
    place: tuple[float, float],
    aside: tuple[float, float],
    end_m: float,
    distance_km: Profile,
    profile_m: Profile,
) -> float:
    """
    Return the loss from an antenna to a height above the middle of a square, without clutter.

    The path is as long as to the middle; its heights are those on the way to a place aside from it. A path no longer
    than a step, or than heights are apart, has no profile: free space alone.

    Loss; NaN where the profile meets ground without data [dB].
    """
    row = (raster.y_max_m - mast.y_m) / raster.side_m - 0.5
    col = (mast.x_m - raster.x_min_m) / raster.side_m - 0.5
    north_m, east_m = (row - place[0]) * raster.side_m, (place[1] - col) * raster.side_m
    path_m = math.sqrt(north_m * north_m + east_m * east_m)
    is_even = link.step_m > 0.0
    is_short = path_m <= (link.step_m if is_even else raster.side_m)
    n_parts = max(2, math.ceil(path_m / link.step_m)) if is_even else 0
    end = (place[0] + aside[0], place[1] + aside[1])
    last = walk_profile(heights_m, (row, col), end, n_parts, distance_km, profile_m)
    points, heights = distance_km[: last + 1], profile_m[: last + 1]
    height_sum_m = 0.0
    for i in range(last + 1):
        points[i] *= max(path_m, link.least_m) / 1000.0
        height_sum_m += heights[i]
    if math.isnan(height_sum_m):
        return math.nan
    if is_short or last < 2:
        rise_m = heights[last] + end_m - heights[0] - mast.height_m
        slant_km = math.sqrt(points[last] * points[last] + rise_m * rise_m * 1e-6)
        return free_space_db(slant_km, link.frequency_mhz, 0.0, 0.0)
    return terrain_loss_db(
        points,
        heights,
        mast.height_m,
        end_m,
        link.frequency_mhz,
        link.earth_radius_km,
        0.0,
    )


@compiled(
    "float32[:, ::1]",
    Raster,
    Mast,
    Link,
    "float64[::1]",
    "float64[::1]",
    "float64[:, ::1]",
    "float32[::1]",
    int,
    "int16[::1]",
    is_parallel=True,
)
def _fill_losses(
    heights_m: NDArray[np.float32],
    raster: Raster,
    mast: Mast,
    link: Link,
    rows: Profile,
    cols: Profile,
    aside: NDArray[np.float64],
    end_m: NDArray[np.float32],
    n_points: int,
    loss_cdb: NDArray[np.int16],
) -> None:
    """Fill in the loss of each square; a thread takes some squares at a time, with arrays of its own."""
    n_tasks = (len(rows) + SQUARES_OF_A_TASK - 1) // SQUARES_OF_A_TASK
    for task in prange(n_tasks):
        distance_km, profile_m = np.empty(n_points), np.empty(n_points)
        first = task * SQUARES_OF_A_TASK
        for i in range(first, min(first + SQUARES_OF_A_TASK, len(rows))):
            place, away = (rows[i], cols[i]), (aside[i, 0], aside[i, 1])
            loss_db = square_loss_db(
                heights_m, raster, mast, link, place, away, float(end_m[i]), distance_km, profile_m
            )
            if math.isnan(loss_db):
                loss_cdb[i] = NO_TERRAIN_CDB
            else:
                loss_cdb[i] = min(max(math.floor(100.0 * loss_db + 0.5), -32767), 32767)


def site_losses_cdb(
    heights_m: NDArray[np.float32],
    raster: Raster,
    mast: Mast,
    link: Link,
    rows: Profile,
    cols: Profile,
    end_m: NDArray[np.float32],
    aside: NDArray[np.float64] | None = None,
) -> NDArray[np.int16]:
    """
    Return the losses from an antenna to heights above the middle of squares, without clutter.

    Parameters
    ----------
    heights_m : (row, col) ndarray of float32
        Heights of the whole raster, two rows and columns or more; NaN is ground without data. [m]
    raster : Raster
        Where they lie.
    mast : Mast
        Antenna.
    link : Link
        What all paths share.
    rows, cols : (square,) ndarray of float64
        Places of their middles in the raster, whole in the middle of one of its squares.
    end_m : (square,) ndarray of float32
        Height above ground at which each path ends: that of what stands there, where it is higher than a phone. [m]
    aside : (square, 2) ndarray of float64, optional
        How many rows and columns beside its middle the heights of each path end; 0 when not given.

    Returns
    -------
    (square,) ndarray of int16
        Losses, held to 327.67 dB. [0.01 dB]

    Raises
    ------
    WorldError
        If a path meets ground without data: that is never taken for the sea.
    """
    loss_cdb = np.empty(len(rows), np.int16)
    n_points = sum(heights_m.shape) + 8
    if link.step_m > 0.0:
        n_points = math.ceil(math.hypot(*heights_m.shape) * raster.side_m / link.step_m) + 3
    if aside is None:
        aside = np.zeros((len(rows), 2))
    _fill_losses(heights_m, raster, mast, link, rows, cols, aside, end_m, n_points, loss_cdb)
    blind = loss_cdb == NO_TERRAIN_CDB
    if blind.any():
        place = f"the antenna at {mast.x_m:.0f} m east, {mast.y_m:.0f} m north"
        message = (
            f"has no heights on {blind.sum()} of {len(rows)} paths from {place}; "
            "give terrain for the whole range of the antennas, or shorten radio.max_range_km"
        )
        raise WorldError(Problem("terrain", message))
    return loss_cdb
