"""The territory of a scenario: its provinces with their outlines in metres of an equal-area projection."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from sim.errors import Problem, WorldError
from sim.scenario.territory import Region
from sim.world.pack import read_provinces

WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Territory:
    """
    Provinces of a scenario and the projection of its metres.

    Attributes
    ----------
    crs : str
        Equal-area reference system as a PROJ string; empty for a plain.
    code : tuple of str
        ISO 3166-2 code of each province, or `plain`.
    name : tuple of str
        Name of each province.
    outline : tuple of BaseGeometry
        Outline of each province. [m]
    """

    crs: str
    code: tuple[str, ...]
    name: tuple[str, ...]
    outline: tuple[BaseGeometry, ...]

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """
        Return the west, south, east and north end of the provinces. [m].

        Returns
        -------
        tuple[float, float, float, float]
            West, south, east and north end of the provinces. [m].
        """
        west, south, east, north = shapely.total_bounds(np.array(self.outline, dtype=object))
        return float(west), float(south), float(east), float(north)


def make_territory(region: Region) -> Territory:
    """
    Return the territory that a scenario asks for.

    Parameters
    ----------
    region : Region
        Section `region` of the scenario.

    Returns
    -------
    Territory
        Provinces in the order of their codes, or one province `plain` with its south-west corner at 0, 0.

    Raises
    ------
    WorldError
        If a side of the plain is missing or a province is unknown.
    """
    if region.source == "plain":
        return _plain(region)
    known = {province.iso: province for province in read_provinces()}
    asked = known.keys() if region.provinces is None else region.provinces
    unknown = [code for code in asked if code not in known]
    if unknown or not asked:
        raise WorldError(
            Problem(
                "region.provinces",
                f"{', '.join(unknown) or 'empty list'}: must name provinces of north_korea: {', '.join(known)}",
            )
        )
    chosen = [province for code, province in known.items() if code in asked]
    outlines = np.array([province.outline for province in chosen], dtype=object)
    west, south, east, north = shapely.total_bounds(outlines)
    crs = (
        f"+proj=laea +lat_0={(south + north) / 2.0:.4f} +lon_0={(west + east) / 2.0:.4f} "
        "+datum=WGS84 +units=m +no_defs"
    )
    metres = shapely.transform(outlines, lambda x, y: project(crs, x, y), interleaved=False)
    return Territory(
        crs,
        tuple(province.iso for province in chosen),
        tuple(province.name for province in chosen),
        tuple(metres),
    )


def _plain(region: Region) -> Territory:
    """Return a rectangle as a territory of one province."""
    problems = [
        Problem(f"region.{key}", "missing: a plain needs both sides; give it in km")
        for key in ("width_km", "height_km")
        if getattr(region, key) is None
    ]
    if region.provinces not in (None, ("plain",)):
        problems.append(
            Problem("region.provinces", "a plain has the one province 'plain'; leave the key out")
        )
    if problems or region.width_km is None or region.height_km is None:
        raise WorldError(*problems)
    outline = shapely.box(0.0, 0.0, region.width_km * 1000.0, region.height_km * 1000.0)
    return Territory("", ("plain",), ("plain",), (outline,))


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def project(
    crs: str, longitude_deg: NDArray[np.float64], latitude_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return places on WGS 84 in the metres of a projection.

    Parameters
    ----------
    crs : str
        Reference system of the metres.
    longitude_deg, latitude_deg : (point,) ndarray of float64
        Places. [deg]

    Returns
    -------
    tuple of 2 (point,) ndarray of float64
        East and north. [m]
    """
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
        Reference system of the metres.
    x_m, y_m : (point,) ndarray of float64
        Places. [m]

    Returns
    -------
    tuple of 2 (point,) ndarray of float64
        Longitude and latitude. [deg]
    """
    longitude_deg, latitude_deg = _transformer(crs, WGS84).transform(x_m, y_m)
    return longitude_deg, latitude_deg
