"""Base stations: sites and their cells, from a list or by the placement rule."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sites:
    """
    Base station sites, network by network.

    Parameters
    ----------
    name : tuple of str
        Name of each site, unique.
    network_idx : (site,) ndarray of uint8
        Network.
    x_m, y_m : (site,) ndarray of float64
        Place in the grid's metres. [m]
    longitude_deg, latitude_deg : (site,) ndarray of float64
        Place on WGS 84; NaN on a plain. [deg]
    square_idx : (site,) ndarray of int32
        Square in which the site stands.
    province_idx : (site,) ndarray of uint8
        Province in which the site stands.
    antenna_height_m : (site,) ndarray of float64
        Antenna above ground. [m]
    """

    name: tuple[str, ...]
    network_idx: NDArray[np.uint8]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    square_idx: NDArray[np.int32]
    province_idx: NDArray[np.uint8]
    antenna_height_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Cells:
    """
    Cells, site by site, sectors clockwise.

    Parameters
    ----------
    name : tuple of str
        `site` of an omnidirectional site, else `site/sector` with sectors from 1.
    site_idx : (cell,) ndarray of int32
        Site.
    network_idx : (cell,) ndarray of uint8
        Network.
    azimuth_deg : (cell,) ndarray of float64
        Direction of the main lobe, NaN when omnidirectional. [deg]
    n_channels : (cell,) ndarray of int32
        Channels.
    pilot_power_dbm : (cell,) ndarray of float64
        CPICH power. [dBm]
    antenna_gain_dbi : (cell,) ndarray of float64
        Antenna gain less feeder loss. [dBi]
    """

    name: tuple[str, ...]
    site_idx: NDArray[np.int32]
    network_idx: NDArray[np.uint8]
    azimuth_deg: NDArray[np.float64]
    n_channels: NDArray[np.int32]
    pilot_power_dbm: NDArray[np.float64]
    antenna_gain_dbi: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)
