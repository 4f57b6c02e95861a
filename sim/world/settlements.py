"""Cities and towns of the region: where they are and how many people the spread gives them."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.units import EARTH_RADIUS_M
from sim.world.grid import Grid
from sim.world.pack import PackPlace, read_census_cities, read_provinces, read_settlements
from sim.world.region import Territory, project

LARGEST_TOWN = 40_000
"""People of a province's first-ranked town that the census cities do not name (assumption)."""

SMALLEST_TOWN = 10_000
"""People of the least town; between them size falls with the square root of rank (assumption)."""

SAME_PLACE_M = 6_000.0
"""A settlement nearer than this to a larger one, or within two spreads of it, is a part of it (assumption). [m]"""


@dataclass(frozen=True)
class Places:
    """
    Cities and towns, the largest first.

    Attributes
    ----------
    name : tuple of str
        Name of each place.
    province_idx : (place,) ndarray of uint8
        Province.
    x_m, y_m : (place,) ndarray of float64
        Centre in the grid's metres. [m]
    square_idx : (place,) ndarray of int32
        Square of the centre: the nearest one of its province when the coast's outline leaves it out.
    population : (place,) ndarray of float64
        People of 2008.
    """

    name: tuple[str, ...]
    province_idx: NDArray[np.uint8]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    square_idx: NDArray[np.int32]
    population: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)


NO_PLACES = Places(
    (),
    np.zeros(0, np.uint8),
    np.zeros(0, np.float64),
    np.zeros(0, np.float64),
    np.zeros(0, np.int32),
    np.zeros(0, np.float64),
)
"""The places of a plain."""


def spread_m(population: float, city_spread_km: float) -> float:
    """
    Return the standard deviation of a place's people about its centre.

    Parameters
    ----------
    population : float
        People of the place.
    city_spread_km : float
        Standard deviation of a city of 100,000. [km]

    Returns
    -------
    float
        Standard deviation, growing with the square root of size: all places are equally dense. [m]
    """
    return float(city_spread_km * 1000.0 * np.sqrt(population / 100_000.0))


def place_settlements(territory: Territory, grid: Grid, city_spread_km: float) -> Places:
    """
    Return the cities and towns of a territory.

    Cities have the figures of the census less the province's rural share; other settlements, whose figures are
    stale, have a size by their rank in the province, from `LARGEST_TOWN` down to `SMALLEST_TOWN`.

    Parameters
    ----------
    territory : Territory
        Provinces.
    grid : Grid
        Squares.
    city_spread_km : float
        Standard deviation of a city of 100,000. [km]

    Returns
    -------
    Places
        Places, the largest first; none on a plain.
    """
    if not territory.crs:
        return NO_PLACES
    chosen = [place for place in _sized_places(city_spread_km) if place.iso in territory.code]
    longitude_deg = np.array([place.longitude_deg for place in chosen])
    latitude_deg = np.array([place.latitude_deg for place in chosen])
    x_m, y_m = project(territory.crs, longitude_deg, latitude_deg)
    province_idx = np.array([territory.code.index(place.iso) for place in chosen], np.uint8)
    return Places(
        tuple(place.name for place in chosen),
        province_idx,
        x_m,
        y_m,
        _nearest_square(grid, x_m, y_m, province_idx),
        np.array([place.population for place in chosen], np.float64),
    )


def _sized_places(city_spread_km: float) -> list[PackPlace]:
    """Return census cities and the towns apart from them, with their sizes, the largest first."""
    places = list(read_census_cities())
    rank: dict[str, int] = {}
    for town in read_settlements():
        if any(_is_part(town, place, city_spread_km) for place in places):
            continue
        rank[town.iso] = rank.get(town.iso, 0) + 1
        size = max(SMALLEST_TOWN, round(LARGEST_TOWN / math.sqrt(rank[town.iso])))
        places.append(replace(town, population=size))
    for province in read_provinces():
        urban = sum(place.population for place in places if place.iso == province.iso)
        # The census counts a city with its rural part: together places never exceed the urban share.
        share = min(1.0, province.urban_share * province.population / urban)
        places = [
            replace(place, population=round(place.population * share))
            if place.iso == province.iso
            else place
            for place in places
        ]
    return sorted(places, key=lambda place: (-place.population, place.name))


def _is_part(town: PackPlace, place: PackPlace, city_spread_km: float) -> bool:
    """Return whether a town is a part of a larger place: on a sphere, near enough for this purpose."""
    mean_rad = math.radians((town.latitude_deg + place.latitude_deg) / 2.0)
    north_rad = math.radians(town.latitude_deg - place.latitude_deg)
    east_rad = math.radians(town.longitude_deg - place.longitude_deg) * math.cos(mean_rad)
    distance_m = EARTH_RADIUS_M * math.hypot(north_rad, east_rad)
    return distance_m < max(SAME_PLACE_M, 2.0 * spread_m(place.population, city_spread_km))


def _nearest_square(
    grid: Grid,
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    province_idx: NDArray[np.uint8],
) -> NDArray[np.int32]:
    """Return the square of each point, or the nearest one of its province."""
    square = grid.square_of(x_m, y_m)
    squares_x_m, squares_y_m = grid.x_m, grid.y_m
    for i in range(len(square)):
        if square[i] >= 0 and grid.province_idx[square[i]] == province_idx[i]:
            continue
        own = np.flatnonzero(grid.province_idx == province_idx[i])
        away = (squares_x_m[own] - x_m[i]) ** 2 + (squares_y_m[own] - y_m[i]) ** 2
        square[i] = own[np.argmin(away)]
    return square
