"""
How many people live in each square by the map of settlements: densities by class, within the totals of provinces.

1. Towns first: each class has its density; that of an urban centre rises from its edge to its core, with the share f of
   urban centre about a point (a Gaussian mean, 2 km). Densities grow with a province's people since their census.
2. A city whose people were counted has them, where its built-up area can hold them.
3. Towns hold at most a share of their province. What is left of its total lives on the other classes, in proportion to
   their densities; where no province has a total, these are densities too.

The classes are data, the people are modelled: the producer of the map publishes no such conversion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.region_section import ClassDensities
from sim.world.country import Country, Settlement, Territory
from sim.world.grid import Grid
from sim.world.population import raster_totals, round_in_order
from sim.world.projection import project
from sim.world.settlement_classes import (
    DENSE,
    LOW_DENSITY,
    RURAL_CLUSTER,
    SEMI_DENSE,
    SUBURBAN,
    TOWN_CLASSES,
    URBAN_CENTRE,
    VERY_LOW,
    WATER,
    ClassLattice,
    TownPoints,
    count_points,
    find_towns,
)

CORE_SPREAD_M = 2_000.0
"""Standard deviation of the mean that tells the core of an urban centre (fitted to 17 census cities). [m]"""

CORE_CELL_M = 500.0
"""The mean is taken on cells of this side, the same ones whatever the grid. [m]"""

CITY_REACH_M = 5_000.0
"""A city is the town within this distance of its place (house choice). [m]"""

MOST_STRETCH = 2.0
"""A city's density is at most so many times that of its classes, and at least the inverse (assumption). [1]"""

KEY = "population.settlement_classes_file"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class City:
    """A city whose people were counted, and the town that it is."""

    name: str  # name
    town_idx: int  # town; -1 where none is near
    counted: float  # people of it in towns, by the census
    held: float  # people that its town holds, of the same year

    @property
    def is_kept(self) -> bool:
        """Return whether its town holds the people that were counted, but for rounding."""
        return abs(self.held - self.counted) <= 0.005 * self.counted


@dataclass(frozen=True)
class TownPeople:
    """How many people live at each point of towns, and how densely those outside them."""

    points: TownPoints  # where towns are
    at_point: Floats  # (point,) people of towns
    rural_per_km2: dict[int, float]  # people a square kilometre of each class that is no town
    rural_fit: Floats  # (province,) by what these densities are multiplied in each province [1]


@dataclass(frozen=True)
class PeopleOfClasses:
    """People of a region by the map of settlements."""

    totals: NDArray[np.int64]  # (province,) people
    growth: Floats  # (province,) people for each one in the year of the provinces' populations [1]
    population: NDArray[np.int32]  # (square,) people
    class_of_square: NDArray[np.uint8]  # (square,) class in which most of its people live
    in_towns: TownPeople  # how many live where in its towns
    cities: tuple[City, ...]  # cities whose people were counted


def spread_by_classes(
    section: ClassDensities,
    total: int | None,
    country: Country,
    territory: Territory,
    grid: Grid,
    lattice: ClassLattice,
) -> PeopleOfClasses:
    """Return where the people of a region live; `total` is that of the whole country, None for the provinces' own."""
    points = find_towns(lattice, grid, territory.outline)
    at_point = town_densities(points, lattice, section) * lattice.point_km2
    rural = _rural_people(section, lattice, grid)
    n_provinces = len(territory.code)
    of_point = grid.province_idx[points.square_idx]
    in_province = np.bincount(of_point, at_point, n_provinces) + np.bincount(
        grid.province_idx, rural.people, n_provinces
    )
    totals, census = (
        raster_totals(country, territory, asked, in_province.astype(np.float64), KEY)
        for asked in (total, None)
    )
    growth = np.where(census > 0, totals / np.maximum(census, 1), 0.0)
    cities = [city for city in country.cities if city.code in territory.code]
    towns = _match_cities(cities, territory, points)
    at_point *= _stretch(cities, towns, points, at_point)[points.town_idx]
    at_point *= growth[of_point]
    is_tied = np.isin(points.town_idx, [town for town in towns if town >= 0])
    _limit(at_point, is_tied, of_point, totals, section.town_limit, rural.people, grid)
    in_squares = np.bincount(points.square_idx, at_point, grid.n_squares).astype(np.float64)
    population, fit = _with_rest(in_squares, rural.people, totals, grid)
    at_census = at_point / np.maximum(growth[of_point], 1e-9)
    held = np.bincount(points.town_idx, at_census, points.n_towns).astype(np.float64)
    return PeopleOfClasses(
        totals,
        growth,
        population,
        _leading_class(rural, fit, grid, points, at_point),
        TownPeople(points, at_point, _rural_densities(section), fit),
        _told(cities, towns, held),
    )


def town_densities(points: TownPoints, lattice: ClassLattice, section: ClassDensities) -> Floats:
    """Return the people a square kilometre at each point of towns, before they are fitted to totals."""
    core = section.urban_centre_core_per_km2 * _core_share(points, lattice)
    of_class = {
        SEMI_DENSE: section.semi_dense_cluster_per_km2,
        DENSE: section.dense_cluster_per_km2,
    }
    density = section.urban_centre_edge_per_km2 + core
    for code, per_km2 in of_class.items():
        density[points.code == code] = per_km2
    return density


def _core_share(points: TownPoints, lattice: ClassLattice) -> Floats:
    """Return the share of urban centre about each point: a Gaussian mean over cells that do not hang on the grid."""
    from scipy.ndimage import gaussian_filter

    if not len(points):
        return np.zeros(0)
    is_centre = points.code == URBAN_CENTRE
    row = np.floor(-points.y_m / CORE_CELL_M).astype(np.int64)
    col = np.floor(points.x_m / CORE_CELL_M).astype(np.int64)
    row, col = row - row.min(), col - col.min()
    shape = int(row.max()) + 1, int(col.max()) + 1
    cells = np.bincount(row[is_centre] * shape[1] + col[is_centre], minlength=shape[0] * shape[1])
    share = cells.reshape(shape) * (lattice.point_m / CORE_CELL_M) ** 2
    mean = gaussian_filter(share.astype(np.float32), CORE_SPREAD_M / CORE_CELL_M, mode="constant")
    return np.clip(mean[row, col].astype(np.float64), 0.0, 1.0)


def _rural_densities(section: ClassDensities) -> dict[int, float]:
    """Return the people a square kilometre of the classes that are no towns."""
    return {
        SUBURBAN: section.suburban_per_km2,
        RURAL_CLUSTER: section.rural_cluster_per_km2,
        LOW_DENSITY: section.low_density_per_km2,
        VERY_LOW: section.very_low_density_per_km2,
        WATER: 0.0,
    }


@dataclass(frozen=True)
class _Rural:
    """People outside towns of each square, before they are fitted to totals."""

    people: Floats  # (square,) people
    leading: NDArray[np.uint8]  # (square,) class in which most of them live
    most: Floats  # (square,) people in that class


_POINT_WEIGHT = 1e-6
"""What a point weighs where nobody lives, so that the most common class leads: less than a person."""


def _rural_people(section: ClassDensities, lattice: ClassLattice, grid: Grid) -> _Rural:
    """Return the people outside towns."""
    people, most = np.zeros(grid.n_squares), np.full(grid.n_squares, -1.0)
    leading = np.zeros(grid.n_squares, np.uint8)
    for code, per_km2 in _rural_densities(section).items():
        count = count_points(lattice, grid, code)
        own = count * (per_km2 * lattice.point_km2 + _POINT_WEIGHT)
        people += count * (per_km2 * lattice.point_km2)
        ahead = (own > most) & (count > 0.0)
        leading[ahead], most[ahead] = code, own[ahead]
    return _Rural(people, leading, most)


def _match_cities(
    cities: Sequence[Settlement], territory: Territory, points: TownPoints
) -> list[int]:
    """Return the town that each city is: the nearest one within reach, -1 for none, or if it is not simulated."""
    towns = []
    for city in cities:
        town = -1
        if len(points):
            x_m, y_m = project(
                territory.crs, np.array([city.longitude_deg]), np.array([city.latitude_deg])
            )
            away_m2 = (points.x_m - x_m[0]) ** 2 + (points.y_m - y_m[0]) ** 2
            nearest = int(np.argmin(away_m2))
            if away_m2[nearest] <= CITY_REACH_M**2:
                town = int(points.town_idx[nearest])
        towns.append(town)
    return towns


def _stretch(
    cities: Sequence[Settlement], towns: Sequence[int], points: TownPoints, at_point: Floats
) -> Floats:
    """Return by how much the people of each town are multiplied so that cities have theirs, within bounds."""
    counted = np.zeros(points.n_towns)
    for city, town in zip(cities, towns, strict=True):
        if town >= 0:
            counted[town] += city.population
    held = np.bincount(points.town_idx, at_point, points.n_towns)
    stretch = np.ones(points.n_towns)
    own = (counted > 0.0) & (held > 0.0)
    stretch[own] = np.clip(counted[own] / held[own], 1.0 / MOST_STRETCH, MOST_STRETCH)
    return stretch


def _limit(
    at_point: Floats,
    is_tied: NDArray[np.bool_],
    of_point: NDArray[np.uint8],
    totals: NDArray[np.int64],
    limit: float,
    rural: Floats,
    grid: Grid,
) -> None:
    """Scale the towns of provinces that would hold too much, cities last; all of it where there is nothing else."""
    has_rural = np.bincount(grid.province_idx, rural, len(totals)) > 0.0
    for province, total in enumerate(totals.tolist()):
        own = of_point == province
        most = limit * total if has_rural[province] else float(total)
        tied, free = at_point[own & is_tied].sum(), at_point[own & ~is_tied].sum()
        if not has_rural[province] and tied + free > 0.0:
            at_point[own] *= total / (tied + free)
        elif tied + free > most:
            at_point[own & ~is_tied] *= max(0.0, most - tied) / free if free > 0.0 else 1.0
            at_point[own & is_tied] *= min(1.0, most / tied) if tied > 0.0 else 1.0


def _with_rest(
    in_towns: Floats, rural: Floats, totals: NDArray[np.int64], grid: Grid
) -> tuple[NDArray[np.int32], Floats]:
    """
    Return the people of each square: those of towns, and what is left of a province on its other classes.

    With them, for each province, by what the people outside towns have been multiplied [1].
    """
    fit = np.ones(len(totals))
    population = np.zeros(grid.n_squares, np.int32)
    for province, total in enumerate(totals.tolist()):
        own = grid.province_idx == province
        people, weight = in_towns[own], rural[own]
        if weight.any():
            fit[province] = max(0.0, total - people.sum()) / weight.sum()
            people = people + weight * fit[province]
        elif not people.any():
            people = np.ones(len(people))
        if total:
            population[own] = round_in_order(people, total)
    return population, fit


def _leading_class(
    rural: _Rural, growth: Floats, grid: Grid, points: TownPoints, at_point: Floats
) -> NDArray[np.uint8]:
    """Return the class in which most people of each square live; the most common one where nobody does."""
    leading, most = rural.leading.copy(), rural.most * growth[grid.province_idx]
    for code in TOWN_CLASSES:
        own = points.code == code
        weight = at_point[own] + _POINT_WEIGHT
        people = np.bincount(points.square_idx[own], weight, grid.n_squares)
        ahead = people > most
        leading[ahead], most[ahead] = code, people[ahead]
    return leading


def _told(cities: Sequence[Settlement], towns: Sequence[int], held: Floats) -> tuple[City, ...]:
    """Return cities with what their towns hold; two cities in one town share it as they were counted."""
    together: dict[int, int] = {}
    for city, town in zip(cities, towns, strict=True):
        together[town] = together.get(town, 0) + city.population
    return tuple(
        City(
            city.name,
            town,
            float(city.population),
            float(held[town] * city.population / together[town]) if town >= 0 else 0.0,
        )
        for city, town in zip(cities, towns, strict=True)
    )
