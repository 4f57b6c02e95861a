"""Two operators of 19 sites each on a plane without edges: sites and phones, and what is lost between them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.radio.pathloss import tr25942_macro_db
from sim.streams import extension_stream, normal_quantile, uniform, uniform_pair

N_SITES = 19
"""Sites of an operator: a hexagon of two rings."""

N_CELLS = 2 * N_SITES
"""Cells of both, one at each site: those of the first operator, then those of the second."""

SITE_DISTANCE_M = 1000.0
"""Between neighbouring sites of an operator (3GPP TR 25.942, remembered). [m]"""

OFFSETS = {"co-sited": 0.0, "intermediate": 1.0 / 6.0, "worst": 1.0 / 3.0}
"""How far the second operator's sites are shifted, along both axes of the lattice and in site distances. One third of
both is the corner of a cell, 577 m from three sites; one sixth is half the way (3GPP TR 25.942, remembered)."""

FREQUENCY_MHZ = 2000.0
MAST_HEIGHT_M = 30.0
PHONE_HEIGHT_M = 1.5
MAST_GAIN_DB = 11.0
"""Gain of a site's antenna less its losses; a phone's antenna has none (3GPP TR 25.942, remembered). [dB]"""

SHADOWING_DB = 10.0
"""Standard deviation of the log-normal shadowing (3GPP TR 25.942, remembered). [dB]"""

SITE_CORRELATION = 0.5
"""Correlation of the shadowing of two sites (3GPP TR 25.942, remembered). [1]"""

_PLACE_STREAM = extension_stream("bench.two_layouts.place")
_SHADOWING_STREAM = extension_stream("bench.two_layouts.shadowing")
_DRAWS = 64  # indices that a phone has in each snapshot
_COMMON = N_CELLS  # of them, that of the shadowing common to all sites

# The plane repeats after these steps, in the axes of the lattice: (3, 2), and the same turned by 60 degrees, (-2, 5).
_STEP_A = (3.0, 2.0)
_STEP_B = (-2.0, 5.0)
_DETERMINANT = 19.0


@dataclass(frozen=True)
class Draws:
    """
    Phones of a snapshot, in the order in which they come.

    Attributes
    ----------
    place : (operator, phone, 2) ndarray of float64
        Where each is, relative to the operator's own sites, in steps after which the plane repeats. [1]
    shadowing : (operator, phone, N_CELLS + 1) ndarray of float64
        Standard normal draws: the operator's own sites, those of the other, and what is common to all.
    """

    place: NDArray[np.float64]
    shadowing: NDArray[np.float64]


def site_axes() -> NDArray[np.float64]:
    """
    Return the sites of an operator.

    Returns
    -------
    (site, 2) ndarray of float64
        Places along the axes of the lattice, which are 60 degrees apart. [site distance]
    """
    span = range(-2, 3)
    return np.array([(a, b) for a in span for b in span if abs(a + b) <= 2], np.float64)


def to_metres(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return places in metres.

    Parameters
    ----------
    axes : (place, 2) ndarray of float64
        Places along the axes of the lattice. [site distance]

    Returns
    -------
    (place, 2) ndarray of float64
        East and north of the middle site. [m]
    """
    x = axes[:, 0] + 0.5 * axes[:, 1]
    y = axes[:, 1] * (0.5 * math.sqrt(3.0))
    return SITE_DISTANCE_M * np.stack([x, y], axis=1)


@compiled
def _fill_draws(
    seed: int,
    replication: int,
    snapshot: int,
    streams: tuple[int, int],
    place: NDArray[np.float64],
    shadowing: NDArray[np.float64],
) -> None:
    n_operators, n_phones, n_normals = shadowing.shape
    for operator in range(n_operators):
        for phone in range(n_phones):
            entity = operator * 2**20 + phone
            index = snapshot * _DRAWS
            first, second = uniform_pair(seed, replication, streams[0], entity, index)
            place[operator, phone, 0] = first
            place[operator, phone, 1] = second
            for k in range(n_normals):
                p = uniform(seed, replication, streams[1], entity, index + k)
                shadowing[operator, phone, k] = normal_quantile(p)


def draw_phones(seed: int, replication: int, snapshot: int, n_phones: int) -> Draws:
    """
    Draw the phones of a snapshot.

    Parameters
    ----------
    seed, replication : int
        Key of the draws.
    snapshot : int
        Number of the snapshot.
    n_phones : int
        Phones of each operator; a smaller number draws the first of them.

    Returns
    -------
    Draws
        Phones.
    """
    draws = Draws(np.empty((2, n_phones, 2)), np.empty((2, n_phones, N_CELLS + 1)))
    streams = (_PLACE_STREAM, _SHADOWING_STREAM)
    _fill_draws(seed, replication, snapshot, streams, draws.place, draws.shadowing)
    return draws


@compiled
def distance_m(a: float, b: float) -> float:
    """
    Return the distance to the nearest of the places that repeat.

    Parameters
    ----------
    a, b : float
        Difference of two places along the axes of the lattice. [site distance]

    Returns
    -------
    float
        Distance. [m]
    """
    along = (_STEP_B[1] * a - _STEP_B[0] * b) / _DETERMINANT
    across = (_STEP_A[0] * b - _STEP_A[1] * a) / _DETERMINANT
    along -= math.floor(along + 0.5)
    across -= math.floor(across + 0.5)
    least = math.inf
    for i in range(-1, 2):
        for k in range(-1, 2):
            p = (along + i) * _STEP_A[0] + (across + k) * _STEP_B[0]
            q = (along + i) * _STEP_A[1] + (across + k) * _STEP_B[1]
            least = min(least, p * p + p * q + q * q)
    return SITE_DISTANCE_M * math.sqrt(least)


@compiled
def _fill_gains(
    place: NDArray[np.float64],
    shadowing: NDArray[np.float64],
    sites: NDArray[np.float64],
    offset: float,
    levels: tuple[float, float],
    gain: NDArray[np.float64],
) -> None:
    shadowing_db, least_loss_db = levels
    common, own = math.sqrt(SITE_CORRELATION), math.sqrt(1.0 - SITE_CORRELATION)
    n_phones = place.shape[1]
    for operator in range(2):
        # The other operator's sites as seen from this one's.
        other_offset = offset if operator == 0 else -offset
        for phone in range(n_phones):
            u, v = place[operator, phone, 0], place[operator, phone, 1]
            a = u * _STEP_A[0] + v * _STEP_B[0]
            b = u * _STEP_A[1] + v * _STEP_B[1]
            for k in range(N_CELLS):
                site = k % N_SITES
                shift = 0.0 if k < N_SITES else other_offset
                metres = distance_m(a - sites[site, 0] - shift, b - sites[site, 1] - shift)
                # On one mast both operators have one shadowing.
                which = site if offset == 0.0 else k
                shadow = common * shadowing[operator, phone, _COMMON]
                shadow += own * shadowing[operator, phone, which]
                loss_db = (
                    tr25942_macro_db(metres / 1000.0, FREQUENCY_MHZ, MAST_HEIGHT_M, PHONE_HEIGHT_M)
                    + shadowing_db * shadow
                    - MAST_GAIN_DB
                )
                gain[operator * n_phones + phone, k] = math.pow(
                    10.0, -0.1 * max(loss_db, least_loss_db)
                )


def make_gains(
    draws: Draws, offset: float, least_loss_db: float, shadowing_db: float = SHADOWING_DB
) -> NDArray[np.float64]:
    """
    Return what is left of power between every phone and every site.

    Parameters
    ----------
    draws : Draws
        Phones.
    offset : float
        Shift of the second operator, one of OFFSETS.
    least_loss_db : float
        Minimum coupling loss. [dB]
    shadowing_db : float
        Standard deviation of the shadowing. [dB]

    Returns
    -------
    (phone, N_CELLS) ndarray of float64
        1 / L of the phones of the first operator, then those of the second; sites of the phone's own operator, then
        those of the other.
    """
    gain = np.empty((2 * draws.place.shape[1], N_CELLS))
    levels = (shadowing_db, least_loss_db)
    _fill_gains(draws.place, draws.shadowing, site_axes(), offset, levels, gain)
    return gain
