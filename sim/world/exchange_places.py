"""
Where the exchanges of a province stand.

The first stands at the largest settlement. The others go to the settlements in order of size that are no nearer than a
spacing to one that stands: half the side of the square that each exchange of the province would have. Then each
of the rest goes where most people are that none serves yet: of the blocks of two spacings, the one in which most
people live farther than a spacing from every exchange, about the middle of these people. When nobody is left, the
spacing is halved. Without settlements the first stands in the middle of the province's people.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.landscape import Landscape

Floats = NDArray[np.float64]

_LEAST_SPACING = 0.25
"""Spacing at which the search ends, relative to a square: every square with people then has an exchange. [1]"""


@dataclass(frozen=True)
class ExchangePlace:
    """Where an exchange stands."""

    x_m: float  # and y_m: place in the grid's metres [m]
    y_m: float
    name: str = ""  # settlement, empty of a place in the country


@dataclass(frozen=True)
class Quarter:
    """A province: its squares and its settlements."""

    resolution_m: float  # side of a square [m]
    x_m: Floats  # and y_m: (square,) centres [m]
    y_m: Floats
    people: Floats  # (square,) people
    settlements: tuple[ExchangePlace, ...]  # settlements, the largest first

    @classmethod
    def of_province(cls, landscape: Landscape, province_idx: int) -> "Quarter":
        """Return a province of a landscape."""
        grid, places = landscape.grid, landscape.places
        own = np.flatnonzero(grid.province_idx == province_idx)
        order = np.argsort(-places.population, kind="stable")
        settlements = tuple(
            ExchangePlace(float(places.x_m[i]), float(places.y_m[i]), places.name[i])
            for i in order
            if places.province_idx[i] == province_idx
        )
        people = landscape.population[own].astype(np.float64)
        return cls(grid.resolution_m, grid.x_m[own], grid.y_m[own], people, settlements)

    def away_m2(self, place: ExchangePlace) -> Floats:
        """Return how far the squares are from a place."""
        away_m2: Floats = (self.x_m - place.x_m) ** 2 + (self.y_m - place.y_m) ** 2
        return away_m2

    def middle(self, chosen: NDArray[np.int64]) -> ExchangePlace:
        """Return the square in the middle of the people of some squares."""
        weight = self.people[chosen] if self.people[chosen].any() else np.ones(len(chosen))
        mean = ExchangePlace(
            float(np.average(self.x_m[chosen], weights=weight)),
            float(np.average(self.y_m[chosen], weights=weight)),
        )
        best = chosen[np.argmin(self.away_m2(mean)[chosen])]
        return ExchangePlace(float(self.x_m[best]), float(self.y_m[best]))


def place_exchanges(quarter: Quarter, n: int) -> list[ExchangePlace]:
    """
    Return where the exchanges of a province stand.

    Places, that of the province's own exchange first; fewer where there are not so many squares with people.
    """
    area_m2 = len(quarter.people) * quarter.resolution_m**2
    spacing_m = math.sqrt(area_m2 / n) / 2.0
    everywhere = np.arange(len(quarter.people))
    places = [quarter.settlements[0] if quarter.settlements else quarter.middle(everywhere)]
    for settlement in quarter.settlements[1:]:
        if len(places) < n and not _is_near(settlement, places, spacing_m):
            places.append(settlement)
    while len(places) < n and spacing_m > _LEAST_SPACING * quarter.resolution_m:
        _fill(quarter, places, n, spacing_m)
        spacing_m /= 2.0
    return places


def _is_near(place: ExchangePlace, others: list[ExchangePlace], spacing_m: float) -> bool:
    return any(math.dist((place.x_m, place.y_m), (o.x_m, o.y_m)) < spacing_m for o in others)


def _fill(quarter: Quarter, places: list[ExchangePlace], n: int, spacing_m: float) -> None:
    """Add places, block by block, until there are enough or nobody lives farther than a spacing from all."""
    col = ((quarter.x_m - quarter.x_m.min()) // (2.0 * spacing_m)).astype(np.int64)
    row = ((quarter.y_m.max() - quarter.y_m) // (2.0 * spacing_m)).astype(np.int64)
    _, block = np.unique(row * (col.max() + 1) + col, return_inverse=True)
    waiting = quarter.people > 0.0
    for place in places:
        waiting &= quarter.away_m2(place) >= spacing_m**2
    unserved = np.bincount(block, quarter.people * waiting)
    while len(places) < n and unserved.any():
        chosen = np.flatnonzero(waiting & (block == np.argmax(unserved)))
        places.append(quarter.middle(chosen))
        served = waiting & (quarter.away_m2(places[-1]) < spacing_m**2)
        unserved -= np.bincount(block, quarter.people * served, minlength=len(unserved))
        waiting &= ~served


def nearest_place(quarter: Quarter, places: list[ExchangePlace]) -> NDArray[np.int64]:
    """Return the exchange to which each square of a province is nearest."""
    nearest = np.zeros(len(quarter.people), np.int64)
    least_m2 = quarter.away_m2(places[0])
    for i, place in enumerate(places[1:], 1):
        away_m2 = quarter.away_m2(place)
        closer = away_m2 < least_m2
        nearest[closer] = i
        np.minimum(least_m2, away_m2, out=least_m2)
    return nearest
