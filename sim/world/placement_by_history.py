"""
Sites placed by history, which rebuilds a network from its number of sites: where most people are unserved within reach.

Early in 2011 such a network had the capital, 14 main and 72 smaller cities and 22 highways (Orascom); a city of
359,341 people has three sites, and sites along roads are 3 to 7 km apart. So a site stands in a city or town or along a
corridor, serves as many people as one of those three, and the next one goes where most are left: into the cities by
people for each site, then to towns and along corridors through settled country, whichever has more people about it. The
order of the places does not depend on how many sites there are: a smaller network is the beginning of a larger one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.corridors import Corridor
from sim.world.greedy import Candidates, Unserved
from sim.world.grid import Grid
from sim.world.placement_spacing import (
    Address,
    Demand,
    Floats,
    shift_place,
)
from sim.world.settlements import Places

SEAT, CITY, CORRIDOR = 0, 1, 2
"""Why a site stands where it does: in the middle of a town, elsewhere in a city, along a corridor."""

CORRIDOR_STEP_M = 1_000.0
"""Places along corridors are so far apart, or in different squares (house choice). [m]"""

CLEAR_SHARE = 0.7476
"""
Sites along corridors keep this share of their mean distance from all others.

References
----------
A. Renyi, "On a one-dimensional problem concerning random space filling", Publ. Math. Inst. Hung. Acad. Sci. 3 (1958)
109-127: intervals that are laid down at random where there is room fill 0.7476 of a line.
"""

HISTORY_SHIFT_SHARE = 1.0 / 12.0
"""A site is shifted by up to this part of the spacing in each direction: two at half of 7 km still keep 3 km."""


@dataclass(frozen=True)
class Rule:
    """What the rule asks for."""

    town_spacing_m: float  # least distance of a new site to every other of the network [m]
    # mean distance along corridors in the first round; it is halved in each further one [m]
    corridor_spacing_m: float
    people_per_site: int  # people that a site serves at most

    @property
    def reach_m(self) -> float:
        """Distance within which a site serves people: half way to the next one along a corridor."""
        return self.corridor_spacing_m / 2.0


@dataclass(frozen=True)
class Ground:
    """Whom the sites of a network have to serve, and where they may stand."""

    people: NDArray[np.int32]  # (square,) people who live there
    may_stand: NDArray[np.bool_]  # (square,) whether a site may stand in the square
    is_urban: NDArray[np.bool_]  # (square,) whether the square belongs to a city


@dataclass(frozen=True)
class PlacedSites:
    """Sites in the order in which they were built."""

    x_m: Floats  # and y_m: (site,) east and north [m]
    y_m: Floats
    reason: NDArray[np.uint8]  # (site,) `SEAT`, `CITY` or `CORRIDOR`


def place_by_history(
    grid: Grid,
    ground: Ground,
    standing_m: tuple[Floats, Floats],
    places: Places,
    corridors: Sequence[Corridor],
    rule: Rule,
    n_sites: int,
    address: Address,
) -> PlacedSites:
    """
    Return where new sites of a network stand.

    Each goes to the place that has most unserved people within reach: the centre of a settlement, a square of a city,
    or a place along a corridor; it then serves the nearest of them, at most `people_per_site`. All keep the spacing in
    towns; places along corridors also keep `CLEAR_SHARE` of the spacing of their round. When no place has unserved
    people, places along corridors are opened for a round of half the spacing, down to that in towns; then all people
    are laid out once more. Each site is shifted at random by up to a twelfth of the spacing in towns, where spacing and
    province allow it.

    Sites in the order of building; fewer than `n_sites` when no more fit.
    """
    pool = _Pool(grid, ground, places, corridors, rule, standing_m)
    town_m, lines = rule.town_spacing_m, ground.people.astype(np.float64)
    even = Demand(lines, ground.may_stand, ground.is_urban, town_m, town_m)
    n = n_standing = len(standing_m[0])
    x_m, y_m = np.empty((2, n + n_sites))
    x_m[:n], y_m[:n] = standing_m
    reason = np.zeros(n_sites, np.uint8)
    reach_m = HISTORY_SHIFT_SHARE * town_m
    while n < n_standing + n_sites:
        place = pool.next_place((x_m[:n], y_m[:n]))
        if place is None:
            break
        chosen_m, reason[n - n_standing] = place
        x_m[n], y_m[n] = shift_place(grid, even, (x_m, y_m), n, chosen_m, reach_m, address)
        pool.build(float(x_m[n]), float(y_m[n]))
        n += 1
    new = slice(n_standing, n)
    return PlacedSites(x_m[new].copy(), y_m[new].copy(), reason[: n - n_standing])


class _Pool:
    """Places of all kinds, and the people about them whom no site serves."""

    def __init__(
        self,
        grid: Grid,
        ground: Ground,
        places: Places,
        corridors: Sequence[Corridor],
        rule: Rule,
        standing_m: tuple[Floats, Floats],
    ) -> None:
        self._x_m, self._y_m, self._reason = _candidates(grid, ground, places, corridors)
        self._rule, self._along_m = rule, rule.corridor_spacing_m
        people = np.where(ground.may_stand, ground.people, 0).astype(np.int32)
        self._unserved = Unserved(
            grid, people, self._with_spacing(), rule.reach_m, rule.people_per_site
        )
        self._is_fresh = True  # whether nobody has been served since people were laid out
        for x_m, y_m in zip(*standing_m, strict=True):
            self.build(float(x_m), float(y_m))

    def _with_spacing(self) -> Candidates:
        """Return the places with the distances that they keep in the round of now."""
        town_m = self._rule.town_spacing_m
        along_m = max(town_m, CLEAR_SHARE * self._along_m)
        spacing_m = np.where(self._reason == CORRIDOR, along_m, town_m)
        return Candidates(self._x_m, self._y_m, spacing_m)

    def next_place(
        self, sites_m: tuple[Floats, Floats]
    ) -> tuple[tuple[float, float], np.uint8] | None:
        """Return where the next site goes, and why; None when there is room nowhere."""
        while True:
            place, n_people = self._unserved.choose()
            if n_people == 0:
                if self._along_m / 2.0 >= self._rule.town_spacing_m:
                    self._along_m /= 2.0
                    self._unserved.reopen(self._with_spacing(), sites_m)
                    continue
                if place >= 0 and not self._is_fresh:
                    self._unserved.refill()
                    self._is_fresh = True
                    continue
            if place < 0:
                return None
            return (float(self._x_m[place]), float(self._y_m[place])), self._reason[place]

    def build(self, x_m: float, y_m: float) -> None:
        """Let a site serve people, and close the places that are too near to it."""
        self._unserved.serve(x_m, y_m)
        self._unserved.close_near(x_m, y_m)
        self._is_fresh = False


def _candidates(
    grid: Grid, ground: Ground, places: Places, corridors: Sequence[Corridor]
) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """Return the places of all kinds, one for each square, where the first kind counts, and of which kind they are."""
    urban = np.flatnonzero(ground.is_urban)
    along = [corridor.points(CORRIDOR_STEP_M) for corridor in corridors]
    kinds = (
        (SEAT, *centres(grid, places)),
        (CITY, grid.x_m[urban], grid.y_m[urban]),
        *((CORRIDOR, *points) for points in along),
    )
    x_m, y_m = (np.concatenate([kind[k] for kind in kinds]) for k in (1, 2))
    reason = np.concatenate([np.full(len(kind[1]), kind[0], np.uint8) for kind in kinds])
    square = grid.square_of(x_m, y_m)
    _, first = np.unique(square, return_index=True)
    first = np.sort(first)
    first = first[(square[first] >= 0) & ground.may_stand[square[first]]]
    return x_m[first], y_m[first], reason[first]


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
