"""How far cells reach and how much they overlap: area served by each site, cells nearly as strong as the best."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.radio.coverage import Coverage, coverage_probability
from sim.world.build import World

OVERLAP_WINDOW_DB = 5.0
"""
Cells received at most so much weaker than the best one overlap with it [dB] (assumption: handover windows are commonly
4 to 6 dB, and tools for drive tests count "too many servers" within 5 dB of the best unless told otherwise).
"""

_CENTI = 100


def overlapping_cells(coverage: Coverage) -> NDArray[np.uint8]:
    """
    Return how many cells of each network are received nearly as strongly as the best, itself included.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells; there are never more than the ranks that were kept.

    Returns
    -------
    (network, square) ndarray of uint8
        Cells within `OVERLAP_WINDOW_DB` of the first-ranked one; 0 where none serves.
    """
    count = np.zeros(coverage.cell_idx.shape[:2], np.uint8)
    best_cdbm = coverage.rscp_cdbm[:, :, 0].astype(np.int32)
    for rank in range(coverage.cell_idx.shape[2]):
        is_near = best_cdbm - coverage.rscp_cdbm[:, :, rank] <= round(_CENTI * OVERLAP_WINDOW_DB)
        count += (coverage.cell_idx[:, :, rank] >= 0) & is_near
    return count


def site_area_km2(coverage: Coverage, world: World) -> NDArray[np.float64]:
    """
    Return the area in which a cell of each site is the best of its network.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.
    world : World
        Grid, sites and cells.

    Returns
    -------
    (site,) ndarray of float64
        Area, each square weighted by the probability with which it is served. [km2]
    """
    area_km2 = np.zeros(len(world.sites))
    p_covered = coverage_probability(coverage)
    for network_idx in range(len(world.network_names)):
        best = coverage.cell_idx[network_idx, :, 0]
        is_served = best >= 0
        site_idx = world.cells.site_idx[best[is_served]]
        weight = p_covered[network_idx, is_served].astype(np.float64)
        area_km2 += np.bincount(site_idx, weight, len(area_km2))
    return area_km2 * world.grid.square_area_km2


def effective_radius_km(area_km2: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the radius of a disc as large as each area.

    Parameters
    ----------
    area_km2 : (site,) ndarray of float64
        Area served. [km2]

    Returns
    -------
    (site,) ndarray of float64
        Effective radius; 0 of a site that is nowhere the best. [km]
    """
    radius_km: NDArray[np.float64] = np.sqrt(area_km2 / math.pi)
    return radius_km
