"""A country as every region is seen: provinces with their people, settlements, heights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry


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
class Country:
    """A whole country, whichever of its provinces are simulated."""

    provinces: tuple[Province, ...]  # provinces, in the order of their indices
    # cities and towns with the people that are spread about them, the largest first
    settlements: tuple[Settlement, ...] = ()
    # heights; None where the ground is taken for flat, at height 0
    elevation: Elevation | None = None
    is_plain: bool = False  # whether the outlines are in metres, not in degrees
    notes: tuple[str, ...] = ()  # what every output must say of these data

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all provinces. Codes in the order of the provinces."""
        return tuple(province.code for province in self.provinces)
