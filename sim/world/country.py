"""A country as every region is seen: provinces, settlements, heights; and the part of it that is simulated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.errors import Problem, WorldError
from sim.scenario.messages import did_you_mean, given
from sim.scenario.networks_section import Network
from sim.scenario.region_section import Region
from sim.world.projection import equal_area_crs, project


@dataclass(frozen=True)
class Province:
    """A province of a country."""

    code: str  # code, unique in the country: ISO 3166-2 of the embedded one
    name: str  # name
    population: int  # people, in the year of the source
    outline: BaseGeometry  # outline: on WGS 84, or in the metres of a plain [deg or m]


@dataclass(frozen=True)
class Settlement:
    """A city or town of a country."""

    name: str  # name
    code: str  # code of its province
    population: int  # people, in the year of the provinces' populations
    longitude_deg: float  # and latitude_deg: place on WGS 84 [deg]
    latitude_deg: float


@dataclass(frozen=True)
class Elevation:
    """Mean heights of cells of a regular grid in longitude and latitude."""

    # (latitude, longitude) height above sea level, negative over sea [m]
    height_m: NDArray[np.int16]
    is_land: NDArray[np.bool_]  # (latitude, longitude) whether a part of the cell is land
    latitude_deg: NDArray[np.float64]  # (latitude,) centres of the cells, north to south [deg]
    longitude_deg: NDArray[np.float64]  # (longitude,) centres of the cells, west to east [deg]


@dataclass(frozen=True)
class ClassRaster:
    """Settlement classes of the squares of a regular grid in longitude and latitude."""

    code: NDArray[np.uint8]  # (row, col) class of GHS-SMOD, north to south; 0 where unknown
    north_deg: float  # and west_deg: corner of the grid on WGS 84 [deg]
    west_deg: float
    step_deg: float  # side of a square [deg]


@dataclass(frozen=True)
class Country:
    """A whole country, whichever of its provinces are simulated."""

    provinces: tuple[Province, ...]  # provinces, in the order of their indices
    # cities and towns with the people that are spread about them, the largest first
    settlements: tuple[Settlement, ...] = ()
    # where towns come from settlement classes: cities whose people in towns were counted, and names of further towns
    cities: tuple[Settlement, ...] = ()
    names: tuple[Settlement, ...] = ()
    classes: ClassRaster | None = None  # settlement classes; None where there are none
    # heights; None where the ground is taken for flat, at height 0
    elevation: Elevation | None = None
    is_plain: bool = False  # whether the outlines are in metres, not in degrees
    notes: tuple[str, ...] = ()  # what every output must say of these data

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all provinces. Codes in the order of the provinces."""
        return tuple(province.code for province in self.provinces)


@dataclass(frozen=True)
class Territory:
    """Provinces of a scenario and the projection of its metres."""

    crs: str  # equal-area reference system as a PROJ string; empty for a plain
    code: tuple[str, ...]  # code of each province, or `plain`
    name: tuple[str, ...]  # name of each province
    outline: tuple[BaseGeometry, ...]  # outline of each province [m]

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """Return the west, south, east and north end of the provinces. [m]."""
        west, south, east, north = shapely.total_bounds(np.array(self.outline, dtype=object))
        return float(west), float(south), float(east), float(north)

    @property
    def area_m2(self) -> float:
        """Return the area of all provinces."""
        return float(sum(outline.area for outline in self.outline))


def make_territory(country: Country, region: Region, networks: Sequence[Network] = ()) -> Territory:
    """Return the territory that a scenario asks for. Chosen provinces in the order of the country."""
    problems = [*_unknown_provinces(country, region), *_unknown_weights(country, networks)]
    if problems:
        raise WorldError(*problems)
    asked = country.codes if region.provinces is None else region.provinces
    chosen = [province for province in country.provinces if province.code in asked]
    outlines = np.array([province.outline for province in chosen], dtype=object)
    crs = ""
    if not country.is_plain:
        west, south, east, north = (float(end) for end in shapely.total_bounds(outlines))
        crs = equal_area_crs((west, south, east, north))
        outlines = shapely.transform(outlines, lambda x, y: project(crs, x, y), interleaved=False)
    return Territory(
        crs,
        tuple(province.code for province in chosen),
        tuple(province.name for province in chosen),
        tuple(outlines),
    )


def _unknown_provinces(country: Country, region: Region) -> Iterator[Problem]:
    """Yield what is wrong with the provinces that are asked for."""
    if region.provinces is None:
        return
    if not region.provinces:
        yield Problem("region.provinces", "[]: must name a province, or be absent for all")
    for i, code in enumerate(region.provinces):
        if code not in country.codes:
            hint = did_you_mean(code, country.codes, "provinces")
            where = f"region.provinces[{i}] = {given(code)}"
            yield Problem(where, f"unknown province; {hint}")


def _unknown_weights(country: Country, networks: Sequence[Network]) -> Iterator[Problem]:
    """Yield weights of provinces that there are not."""
    for network in networks:
        for code in network.province_weight:
            if code not in country.codes:
                hint = did_you_mean(code, country.codes, "provinces")
                where = f"networks[{network.name}].province_weight.{code}"
                yield Problem(where, f"unknown province; {hint}")
