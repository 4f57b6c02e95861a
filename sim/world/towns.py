"""Settlements from the map of settlement classes: where its towns are, how large, and what they are called."""

import unicodedata

import numpy as np
from numpy.typing import NDArray

from sim.world.country import Country, Settlement, Territory
from sim.world.grid import Grid
from sim.world.projection import project
from sim.world.settlement_classes import TownPoints
from sim.world.settlements import NO_PLACES, Places

NAME_REACH_M = 3_000.0
"""A town has the name of a place this near to it (house choice: half of what is between neighbouring towns). [m]"""

LEAST_PEOPLE = 1_000.0
"""People of the smallest town (house choice): less is what a border or a shore cuts off."""

Floats = NDArray[np.float64]


def places_of_towns(
    points: TownPoints, at_point: Floats, country: Country, territory: Territory, grid: Grid
) -> Places:
    """
    Return the towns of a region as settlements, the largest first, by their people in the year of the provinces'.

    Only those of `LEAST_PEOPLE` and more. The centre is the point of the town nearest to the mean of its people; what
    has no name is called after its province.
    """
    people = np.bincount(points.town_idx, at_point, points.n_towns).astype(np.float64)
    towns = np.flatnonzero(people >= LEAST_PEOPLE)
    if not len(towns):
        return NO_PLACES
    centre = _centres(points, at_point, people)
    names = _names(points, np.isin(points.town_idx, towns), country, territory)
    towns = towns[np.lexsort((centre[towns], -people[towns]))]
    at = centre[towns]
    square_idx = points.square_idx[at]
    province_idx = grid.province_idx[square_idx]
    n_unnamed: dict[str, int] = {}
    called = []
    for town, province in zip(towns.tolist(), province_idx.tolist(), strict=True):
        if town not in names:
            code = territory.code[province]
            n_unnamed[code] = n_unnamed.get(code, 0) + 1
            called.append(f"town {n_unnamed[code]} of {code}")
        else:
            called.append(names[town])
    return Places(
        tuple(called),
        province_idx,
        points.x_m[at],
        points.y_m[at],
        square_idx,
        people[towns],
        tuple(town in names for town in towns.tolist()),
    )


def _centres(points: TownPoints, at_point: Floats, people: Floats) -> NDArray[np.int64]:
    """Return the point of each town that is nearest to the mean of its people."""
    weight = np.where(people[points.town_idx] > 0.0, at_point, 1.0)
    total = np.bincount(points.town_idx, weight, points.n_towns)
    away_m2 = np.zeros(len(points))
    for place_m in (points.x_m, points.y_m):
        mean_m = np.bincount(points.town_idx, weight * place_m, points.n_towns) / total
        away_m2 += (place_m - mean_m[points.town_idx]) ** 2
    order = np.lexsort((away_m2, points.town_idx))
    first = np.searchsorted(points.town_idx[order], np.arange(points.n_towns))
    return np.asarray(order[first], np.int64)


def _names(
    points: TownPoints, may_be: NDArray[np.bool_], country: Country, territory: Territory
) -> dict[int, str]:
    """Return the names of towns: of the cities and places in order, each to the nearest town within reach, once."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for place in (*country.cities, *country.names):
        if _bare(place.name) in taken:
            continue
        town = _nearest_town(points, may_be, territory, place)
        if town >= 0 and town not in names:
            names[town] = place.name
            taken.add(_bare(place.name))
    return names


def _nearest_town(
    points: TownPoints, may_be: NDArray[np.bool_], territory: Territory, place: Settlement
) -> int:
    """Return the town nearest to a place, of those that may be, -1 where none is within reach."""
    if place.code not in territory.code:
        return -1
    x_m, y_m = project(
        territory.crs, np.array([place.longitude_deg]), np.array([place.latitude_deg])
    )
    away_m2 = (points.x_m - x_m[0]) ** 2 + (points.y_m - y_m[0]) ** 2
    nearest = int(np.argmin(np.where(may_be, away_m2, np.inf)))
    return int(points.town_idx[nearest]) if away_m2[nearest] <= NAME_REACH_M**2 else -1


def _bare(name: str) -> str:
    """Return the letters of a name, by which two spellings of it are one."""
    return "".join(c for c in unicodedata.normalize("NFKD", name).lower() if c.isalpha())
