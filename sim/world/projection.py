"""Longitude and latitude, and the metres of an equal-area projection."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

WGS84 = "EPSG:4326"


def equal_area_crs(bounds_deg: tuple[float, float, float, float]) -> str:
    """Return the equal-area projection that is centred on a box."""
    west, south, east, north = bounds_deg
    return (
        f"+proj=laea +lat_0={(south + north) / 2.0:.4f} +lon_0={(west + east) / 2.0:.4f} "
        "+datum=WGS84 +units=m +no_defs"
    )


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def project(
    crs: str, longitude_deg: NDArray[np.float64], latitude_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places on WGS 84 in the metres of a projection."""
    x_m, y_m = _transformer(WGS84, crs).transform(longitude_deg, latitude_deg)
    return x_m, y_m


def unproject(
    crs: str, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return places in the metres of a projection on WGS 84.

    Parameters
    ----------
    crs : str
        Coordinate reference system of the metres.
    x_m, y_m : (point,) ndarray of float64
        How far east and north they are. [m]

    Returns
    -------
    tuple of (point,) ndarray of float64
        Longitude and latitude. [deg]
    """
    longitude_deg, latitude_deg = _transformer(crs, WGS84).transform(x_m, y_m)
    return longitude_deg, latitude_deg
