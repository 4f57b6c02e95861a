"""
Sites placed by history, which rebuilds a network from its number of sites: county seats, cities, then corridors.

What is known of such networks: a site at each county seat first, some more in cities, then along roads and railways, 3
to 7 km apart. The order of the places does not depend on how many sites there are: a smaller network is the beginning
of a larger one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.corridors import Corridor
from sim.world.grid import Grid
from sim.world.placement_spacing import Address, Demand, Floats, is_clear, shift_place, square_at
from sim.world.settlements import Places, spread_m

SEAT, CITY, CORRIDOR = 0, 1, 2
"""Why a site stands where it does."""

CITY_SPREADS = 2.5
"""Sites of a city stand within so many standard deviations of its people: 96 % live there."""

CLEAR_SHARE = 0.75
"""Sites of one round along the corridors keep this share of its spacing where corridors meet (assumption). [1]"""

HISTORY_SHIFT_SHARE = 1.0 / 12.0
"""A site is shifted by up to this part of the spacing in each direction: two at half of 7 km still keep 3 km."""


@dataclass(frozen=True)
class Rule:
    """What the rule asks for."""

    town_spacing_m: float  # least distance of a new site to every other of the network [m]
    # distance along corridors in the first round; it is halved in each further one [m]
    corridor_spacing_m: float
    people_per_site: float  # A city has a further site while each of its sites has more people
    city_spread_km: float  # standard deviation of a city of 100,000 about its centre [km]


@dataclass(frozen=True)
class PlacedSites:
    """Sites in the order in which they were built."""

    x_m: Floats  # and y_m: (site,) east and north [m]
    y_m: Floats
    reason: NDArray[np.uint8]  # (site,) `SEAT`, `CITY` or `CORRIDOR`


class _Built:
    """Sites that stand, and whether a place is clear of them."""

    def __init__(self, standing_m: tuple[Floats, Floats], n_sites: int) -> None:
        self.n = self.n_standing = len(standing_m[0])
        self.x_m, self.y_m = np.empty((2, self.n + n_sites))
        self.x_m[: self.n], self.y_m[: self.n] = standing_m
        self.reason = np.zeros(n_sites, np.uint8)

    @property
    def is_full(self) -> bool:
        return self.n == len(self.x_m)

    def is_clear(self, place: tuple[float, float], spacing_m: float) -> bool:
        return bool(is_clear(self.x_m, self.y_m, self.n, *place, spacing_m))

    def add(self, place: tuple[float, float], reason: int) -> None:
        self.x_m[self.n], self.y_m[self.n] = place
        self.reason[self.n - self.n_standing] = reason
        self.n += 1


def place_by_history(
    grid: Grid,
    demand: Demand,
    standing_m: tuple[Floats, Floats],
    places: Places,
    corridors: Sequence[Corridor],
    rule: Rule,
    n_sites: int,
    address: Address,
) -> PlacedSites:
    """
    Return where new sites of a network stand.

    First each county seat has one, the largest first. Then each goes to the city that has most people for each of its
    sites, where most lines of it are unserved within the spacing, until no site of a city has more than
    `people_per_site`. Then they go along the corridors, those with most traffic first, in rounds of half the spacing of
    the last one, down to the spacing in towns. What is left goes to the cities again, without that limit.
    Each is shifted at random by up to a twelfth of the spacing in towns, where spacing and province allow it.

    Sites in the order of building; fewer than `n_sites` when no more fit.
    """
    even = Demand(
        demand.lines, demand.may_stand, demand.is_urban, rule.town_spacing_m, rule.town_spacing_m
    )
    built = _Built(standing_m, n_sites)
    for place, spacing_m, reason in _wishes(grid, even, places, corridors, rule, built):
        if built.is_full:
            break
        square = square_at(grid, *place)
        if square < 0 or not even.may_stand[square] or not built.is_clear(place, spacing_m):
            continue
        sites_m = built.x_m, built.y_m
        reach_m = HISTORY_SHIFT_SHARE * rule.town_spacing_m
        built.add(shift_place(grid, even, sites_m, built.n, place, reach_m, address), reason)
    new = slice(built.n_standing, built.n)
    return PlacedSites(
        built.x_m[new].copy(), built.y_m[new].copy(), built.reason[: built.n - built.n_standing]
    )


Wish = tuple[tuple[float, float], float, int]
"""A place, the distance that it must keep, and why it is wished for."""


def _wishes(
    grid: Grid,
    demand: Demand,
    places: Places,
    corridors: Sequence[Corridor],
    rule: Rule,
    built: _Built,
) -> Iterator[Wish]:
    """Yield the places in the order of building; what stands already decides where a city grows."""
    spacing_m = rule.town_spacing_m
    for x_m, y_m in zip(*centres(grid, places), strict=True):
        yield (float(x_m), float(y_m)), spacing_m, SEAT
    cities = _Cities(grid, demand, places, rule)
    yield from cities.grow(built, rule.people_per_site)
    along_m = rule.corridor_spacing_m
    while along_m >= spacing_m:
        clear_m = max(spacing_m, CLEAR_SHARE * along_m)
        for corridor in corridors:
            for x_m, y_m in zip(*corridor.points(along_m), strict=True):
                yield (float(x_m), float(y_m)), clear_m, CORRIDOR
        along_m /= 2.0
    yield from cities.grow(built, 0.0)


def centres(grid: Grid, places: Places) -> tuple[Floats, Floats]:
    """
    Return where the centres of settlements are, in their own squares.

    East and north: the middle of the nearest square where the coast's outline leaves the centre out [m].
    """
    is_inside = grid.square_of(places.x_m, places.y_m) == places.square_idx
    return (
        np.where(is_inside, places.x_m, grid.x_m[places.square_idx]),
        np.where(is_inside, places.y_m, grid.y_m[places.square_idx]),
    )


class _Cities:
    """Cities that grow by sites: each takes its densest square that is clear of all sites."""

    def __init__(self, grid: Grid, demand: Demand, places: Places, rule: Rule) -> None:
        self.people = places.population
        self.spacing_m = rule.town_spacing_m
        self.x_m, self.y_m = centres(grid, places)
        self.reach_m = np.array(
            [CITY_SPREADS * spread_m(people, rule.city_spread_km) for people in self.people]
        )
        self.squares = [self._squares(grid, demand, k) for k in range(len(places))]

    def _squares(self, grid: Grid, demand: Demand, k: int) -> tuple[Floats, Floats]:
        """Return the squares of a city where sites may stand, those with most lines first."""
        reach = int(self.reach_m[k] / grid.resolution_m) + 1
        row = int((grid.y_max_m - self.y_m[k]) / grid.resolution_m)
        col = int((self.x_m[k] - grid.x_min_m) / grid.resolution_m)
        own = grid.square_at[
            max(0, row - reach) : row + reach + 1, max(0, col - reach) : col + reach + 1
        ].ravel()
        own = own[own >= 0]
        own = own[demand.may_stand[own]]
        x_m: Floats = grid.x_min_m + (grid.col[own].astype(np.float64) + 0.5) * grid.resolution_m
        y_m: Floats = grid.y_max_m - (grid.row[own].astype(np.float64) + 0.5) * grid.resolution_m
        away = (x_m - self.x_m[k]) ** 2 + (y_m - self.y_m[k]) ** 2
        near = np.flatnonzero(away <= self.reach_m[k] ** 2)
        near = near[np.argsort(-demand.lines[own[near]], kind="stable")]
        return x_m[near], y_m[near]

    def n_sites(self, built: _Built, k: int) -> int:
        """Return how many sites stand in a city, its seat at least."""
        away = (built.x_m[: built.n] - self.x_m[k]) ** 2 + (built.y_m[: built.n] - self.y_m[k]) ** 2
        return max(1, int((away <= max(self.reach_m[k], self.spacing_m) ** 2).sum()))

    def grow(self, built: _Built, people_per_site: float) -> Iterator[Wish]:
        """Yield a place for the city with most people for each site, again and again."""
        n_sites = [self.n_sites(built, k) for k in range(len(self.people))]
        load = np.array([people / n for people, n in zip(self.people, n_sites, strict=True)])
        while len(load):
            k = int(np.argmax(load))
            if load[k] <= people_per_site:
                return
            place = self._densest(built, k)
            if place is None:
                load[k] = -1.0
                continue
            n_before = built.n
            yield place, self.spacing_m, CITY
            n_sites[k] += built.n - n_before
            if built.n == n_before:
                load[k] = -1.0
                continue
            load[k] = self.people[k] / n_sites[k]

    def _densest(self, built: _Built, k: int) -> tuple[float, float] | None:
        """Return the square of a city with most lines among those that are clear of all sites."""
        x_m, y_m = self.squares[k]
        is_open = np.ones(len(x_m), np.bool_)
        for i in range(built.n):
            east, north = built.x_m[i] - self.x_m[k], built.y_m[i] - self.y_m[k]
            if east**2 + north**2 <= (self.reach_m[k] + self.spacing_m) ** 2:
                away = (x_m - built.x_m[i]) ** 2 + (y_m - built.y_m[i]) ** 2
                is_open &= away >= self.spacing_m**2
        first = np.flatnonzero(is_open)[:1]
        return (float(x_m[first[0]]), float(y_m[first[0]])) if len(first) else None
