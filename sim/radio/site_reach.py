"""Which squares each site serves on its own, whoever else does: what an optimum of placement chooses from."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.radio.antenna import sectors_of
from sim.radio.coverage import OWN_SQUARE_SHARE
from sim.radio.points import Found
from sim.radio.ranking import find_squares, rank_cells
from sim.radio.site_cache import SiteCache
from sim.radio.site_losses import make_losses
from sim.scenario.schema import Scenario
from sim.world.build import World

Squares = NDArray[np.int32]


def squares_of_sites(scenario: Scenario, world: World, least_dbm: float) -> list[Squares]:
    """
    Return the squares that each site serves by its medians.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    least_dbm : float
        Least received power of a pilot. [dBm]

    Returns
    -------
    list of (square,) ndarray of int32
        Squares of each site.
    """
    grid, sites = world.grid, world.sites
    least_m, reach_m = OWN_SQUARE_SHARE * grid.resolution_m, 1000.0 * scenario.radio.max_range_km
    room = (2 * math.ceil(reach_m / grid.resolution_m) + 3) ** 2
    squares, distances_m, bearings_deg = np.empty(room, np.int32), np.empty(room), np.empty(room)
    losses = make_losses(scenario, world, least_m / 1000.0, SiteCache())
    sectors = sectors_of(world.cells, len(sites))
    served = []
    for site in range(len(sites)):
        n = find_squares(
            (grid.x_min_m, grid.y_max_m, grid.resolution_m, least_m), grid.square_at,
            (float(sites.x_m[site]), float(sites.y_m[site]), reach_m), squares, distances_m, bearings_deg,
        )  # fmt: skip
        loss_db = losses.of_squares(site, Found(squares[:n], distances_m[:n], bearings_deg[:n]))
        cell_idx, rscp_dbm = np.full((n, 1), -1, np.int32), np.full((n, 1), -np.inf)
        rank_cells(
            np.arange(n, dtype=np.int32), loss_db, bearings_deg, np.zeros(n),
            *sectors.of_site(site), least_dbm, cell_idx, rscp_dbm,
        )  # fmt: skip
        served.append(squares[:n][cell_idx[:, 0] >= 0].copy())
    return served
