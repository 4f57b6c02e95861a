"""
Antennas of base stations: patterns, the sectors of each site, and what the vertical pattern takes.

The horizontal pattern counts always, the vertical one where a tilt is given.

References
----------
3GPP TR 36.942, section 4.2.1: pattern of a three-sector site, 65 degrees and 20 dB.
3GPP TR 25.996, section 4.5.1: pattern of a six-sector site, 35 degrees and 23 dB.
3GPP TR 36.814, table A.2.1.1-2: vertical pattern, 10 degrees and 20 dB, and 25 dB of both patterns together.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.scenario.schema import Scenario
from sim.world.build import World
from sim.world.stations import Cells


@dataclass(frozen=True, slots=True)
class Pattern:
    """The pattern of a sector antenna."""

    beamwidth_deg: float  # full width between the half-power points [deg]
    front_to_back_db: float  # greatest loss against the main lobe [dB]


OMNIDIRECTIONAL = Pattern(360.0, 0.0)
"""No loss in any direction."""

VERTICAL_BEAMWIDTH_DEG = 10.0
"""Full width of the main lobe from top to bottom between its half-power points (3GPP TR 36.814). [deg]"""

SIDE_LOBE_DB = 20.0
"""Greatest loss of the vertical pattern (3GPP TR 36.814). [dB]"""

GREATEST_LOSS_DB = 25.0
"""Greatest loss of both patterns together (3GPP TR 36.814). [dB]"""

_THREE_SECTOR = Pattern(65.0, 20.0)
_SIX_SECTOR = Pattern(35.0, 23.0)


def pattern_of(n_sectors: int) -> Pattern:
    """
    Return the pattern of the antennas of a site.

    Three sectors: 3GPP TR 36.942. Six: 3GPP TR 25.996. Other numbers: the beamwidth of three sectors times 3 / n, and
    its front-to-back ratio (assumption).
    """
    if n_sectors == 1:
        return OMNIDIRECTIONAL
    if n_sectors == 6:
        return _SIX_SECTOR
    beamwidth_deg = _THREE_SECTOR.beamwidth_deg * 3 / n_sectors
    return Pattern(beamwidth_deg, _THREE_SECTOR.front_to_back_db)


@register_jitable
def pattern_loss_db(
    bearing_deg: float, azimuth_deg: float, beamwidth_deg: float, front_to_back_db: float
) -> float:
    """
    Return the loss against the main lobe, min(12 (phi / phi_3dB)^2, A_m).

    References
    ----------
    3GPP TR 36.942, section 4.2.1, with the sign of a loss.
    """
    turn_deg = bearing_deg - azimuth_deg
    offset_deg = turn_deg - 360.0 * math.floor(turn_deg / 360.0 + 0.5)
    ratio = offset_deg / beamwidth_deg
    return min(12.0 * ratio * ratio, front_to_back_db)


@register_jitable
def vertical_loss_db(distance_m: float, drop_m: float, tilt_deg: float) -> float:
    """
    Return the loss above or below the main lobe, min(12 ((theta - tilt) / theta_3dB)^2, SLA_v).

    References
    ----------
    3GPP TR 36.814, table A.2.1.1-2, with the sign of a loss.
    """
    ratio = (math.degrees(math.atan2(drop_m, distance_m)) - tilt_deg) / VERTICAL_BEAMWIDTH_DEG
    return min(12.0 * ratio * ratio, SIDE_LOBE_DB)


Sector = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Sectors:
    """Cells grouped by site."""

    # (site + 1,) first row of each site; the last entry ends the last site
    first: NDArray[np.int64]
    cell_idx: NDArray[np.int32]  # (row,) cell
    eirp_dbm: NDArray[np.float64]  # (row,) pilot power and antenna gain [dBm]
    # (row,) direction of the main lobe, 0 when omnidirectional [deg]
    azimuth_deg: NDArray[np.float64]
    pattern: NDArray[np.float64]  # (row, 2) beamwidth and front-to-back ratio. [deg], [dB]

    def of_site(self, site_idx: int) -> Sector:
        """Return the cells of one site."""
        rows = slice(int(self.first[site_idx]), int(self.first[site_idx + 1]))
        return self.cell_idx[rows], self.eirp_dbm[rows], self.azimuth_deg[rows], self.pattern[rows]


def sectors_of(cells: Cells, n_sites: int) -> Sectors:
    """
    Group the cells by site; a site has as many sectors as cells with an azimuth.

    Cells by site, in the order of their indices within it.
    """
    order = np.argsort(cells.site_idx, kind="stable").astype(np.int32)
    first = np.searchsorted(cells.site_idx[order], np.arange(n_sites + 1)).astype(np.int64)
    is_sector = ~np.isnan(cells.azimuth_deg)
    n_sectors = np.bincount(cells.site_idx[is_sector], minlength=n_sites)
    pattern = np.empty((len(cells), 2))
    for row, cell in enumerate(order):
        shape = OMNIDIRECTIONAL
        if is_sector[cell]:
            shape = pattern_of(int(n_sectors[cells.site_idx[cell]]))
        pattern[row] = shape.beamwidth_deg, shape.front_to_back_db
    eirp_dbm = (cells.pilot_power_dbm + cells.antenna_gain_dbi)[order]
    azimuth_deg = np.where(is_sector, cells.azimuth_deg, 0.0)[order]
    return Sectors(first, order, eirp_dbm, azimuth_deg, pattern)


class VerticalLosses:
    """
    Losses of the vertical pattern, 0 for networks without a tilt.

    Antenna and phone stand on the mean ground of their squares, whatever the model of path loss. All sectors of a
    site have the tilt of its network.

    Parameters
    ----------
    scenario : Scenario
        Networks and section `radio`.
    world : World
        Grid and sites.
    """

    def __init__(self, scenario: Scenario, world: World) -> None:
        by_name = {network.name: network.equipment.tilt_deg for network in scenario.networks}
        self._tilt_deg = [by_name.get(name) for name in world.network_names]
        self._sites = world.sites
        self._ground_m = world.grid.height_m
        self._phone_m = self._ground_m.astype(np.float64) + scenario.radio.phone_height_m

    def of_site(
        self, site: int, squares: NDArray[np.int32], distances_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the losses of one site towards phones, given their squares and how far they are."""
        tilt_deg = self._tilt_deg[int(self._sites.network_idx[site])]
        if tilt_deg is None:
            return np.zeros(len(squares))
        ground_m = float(self._ground_m[self._sites.square_idx[site]])
        antenna_m = ground_m + float(self._sites.antenna_height_m[site])
        losses_db = np.empty(len(squares))
        _find_vertical_losses(squares, distances_m, self._phone_m, antenna_m, tilt_deg, losses_db)
        return losses_db


@compiled("int32[::1]", "float64[::1]", "float64[::1]", float, float, "float64[::1]")
def _find_vertical_losses(
    squares: NDArray[np.int32],
    distances_m: NDArray[np.float64],
    phone_m: NDArray[np.float64],
    antenna_m: float,
    tilt_deg: float,
    losses_db: NDArray[np.float64],
) -> None:
    """Fill in the loss of the vertical pattern towards each square."""
    for found in range(len(squares)):
        drop_m = antenna_m - phone_m[squares[found]]
        losses_db[found] = vertical_loss_db(distances_m[found], drop_m, tilt_deg)
