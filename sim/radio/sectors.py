"""The cells of each site, with their power and pattern, in the order that the coverage kernel takes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.radio.antenna import OMNIDIRECTIONAL, pattern_of
from sim.world.stations import Cells

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
