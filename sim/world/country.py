"""A country as every region is seen: provinces with their people, settlements, heights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Province:
    """
    A province of a country.

    Attributes
    ----------
    code : str
        Code, unique in the country: ISO 3166-2 of the embedded one.
    name : str
        Name.
    population : int
        People, in the year of the source.
    outline : BaseGeometry
        Outline: on WGS 84, or in the metres of a plain. [deg or m]
    """

    code: str
    name: str
    population: int
    outline: BaseGeometry


@dataclass(frozen=True)
class Settlement:
    """
    A city or town of a country.

    Attributes
    ----------
    name : str
        Name.
    code : str
        Code of its province.
    population : int
        People, in the year of the provinces' populations.
    longitude_deg, latitude_deg : float
        Place on WGS 84. [deg]
    """

    name: str
    code: str
    population: int
    longitude_deg: float
    latitude_deg: float


@dataclass(frozen=True)
class Elevation:
    """
    Mean heights of cells of a regular grid in longitude and latitude.

    Attributes
    ----------
    height_m : (latitude, longitude) ndarray of int16
        Height above sea level, negative over sea. [m]
    is_land : (latitude, longitude) ndarray of bool
        Whether a part of the cell is land.
    latitude_deg : (latitude,) ndarray of float64
        Centres of the cells, north to south. [deg]
    longitude_deg : (longitude,) ndarray of float64
        Centres of the cells, west to east. [deg]
    """

    height_m: NDArray[np.int16]
    is_land: NDArray[np.bool_]
    latitude_deg: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]


@dataclass(frozen=True)
class Country:
    """
    A whole country, whichever of its provinces are simulated.

    Attributes
    ----------
    provinces : tuple of Province
        Provinces, in the order of their indices.
    settlements : tuple of Settlement
        Cities and towns with the people that are spread about them, the largest first.
    elevation : Elevation or None
        Heights; None where the ground is taken for flat, at height 0.
    is_plain : bool
        Whether the outlines are in metres, not in degrees.
    notes : tuple of str
        What every output must say of these data.
    """

    provinces: tuple[Province, ...]
    settlements: tuple[Settlement, ...] = ()
    elevation: Elevation | None = None
    is_plain: bool = False
    notes: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """
        Return the codes of all provinces.

        Returns
        -------
        tuple of str
            Codes in the order of the provinces.
        """
        return tuple(province.code for province in self.provinces)
