"""
The rule that lays out the fixed network of a country: exchanges with their lines, and trunk groups between them.

1. Lines: `fixed.n_lines` go to the provinces in proportion to people, times `capital_weight` in the province of the
   largest city.
2. Exchanges: an automatic one in each province, at its largest settlement; `n_county_exchanges` beside them, shared
   out by people. Those of a province stand at its settlements in order of size, no nearer to one that stands than half
   the side of the square that each would have; then where most people are that none serves yet: of the blocks of two
   such spacings, in the one in which most people live farther than a spacing from every exchange. When nobody is left,
   the spacing is halved. The one of the largest city is the gateway.
3. A province's lines divide over its exchanges in proportion to the people who have each of them nearest.
4. `manual_share` of the county exchanges, those with the fewest lines, are manual.
5. Trunk groups: from each county exchange to its province's, `county_circuits_per_line` of its lines; from each
   province's exchange to the gateway, `province_circuits_per_line` of all lines of the province; in whole systems, one
   at least. From each province's exchange to the nearest one of another province, the gateway apart, `alternate_share`
   of its circuits to the gateway, in whole systems: later in order, so that the direct groups are tried first. Where
   the rule makes two groups of a pair the larger stays; a pair that the user gives is left to the user.

All shares are by the largest remainder, so that totals are exact. Nothing is drawn at random.
"""

import math
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.check_region import RESERVED_NAMES
from sim.scenario.fixed_section import GeneratedExchanges, ListedExchange
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import TrunkGroup
from sim.world.landscape import Landscape
from sim.world.listed_exchanges import ExchangeOnGrid
from sim.world.population import share_out
from sim.world.rotas import whole

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


MAX_NAME = 48
"""Longest name of a section."""


@dataclass(frozen=True)
class Layout:
    """Generated exchanges, province by province, that of the province before its counties'."""

    exchanges: tuple[ExchangeOnGrid, ...]  # exchanges
    seats: tuple[int, ...]  # place among them of each province's exchange
    capital_idx: int  # province of the largest city


NO_LAYOUT = Layout((), (), 0)
"""Where no exchanges are generated."""


def lay_out(scenario: Scenario, landscape: Landscape) -> Layout:
    """Return the exchanges that the rule lays out."""
    rule, people = scenario.fixed.generated, landscape.province_population.astype(np.float64)
    if not people.any():
        message = "nobody lives in the region: lines and exchanges go where people are; give people"
        raise WorldError(Problem("population", message))
    capital_idx = _capital(landscape)
    weight = people.copy()
    weight[capital_idx] *= rule.capital_weight
    n_lines = share_out(weight, scenario.fixed.n_lines)
    n_counties = share_out(people, rule.n_county_exchanges)
    places: list[list[ExchangePlace]] = []
    lines: list[NDArray[np.int64]] = []
    for p in range(len(people)):
        quarter = Quarter.of_province(landscape, p)
        places.append(place_exchanges(quarter, 1 + int(n_counties[p])))
        lines.append(_divide(quarter, places[p], int(n_lines[p])))
    _require_all(places, n_counties)
    return _layout(scenario, landscape, places, lines, capital_idx)


def _capital(landscape: Landscape) -> int:
    """Return the province of the largest city, else the one with most people."""
    if len(landscape.places):
        return int(landscape.places.province_idx[np.argmax(landscape.places.population)])
    return int(np.argmax(landscape.province_population))


def _divide(quarter: Quarter, places: list[ExchangePlace], n_lines: int) -> NDArray[np.int64]:
    """Return a province's lines by exchange: in proportion to the people nearest to each."""
    nearest = nearest_place(quarter, places)
    people = np.bincount(nearest, quarter.people, minlength=len(places)).astype(np.float64)
    if not people.any():
        return np.zeros(len(places), np.int64)
    return share_out(people, n_lines)


def _require_all(places: list[list[ExchangePlace]], n_counties: NDArray[np.int64]) -> None:
    """Raise the error of county exchanges for which there was no room."""
    n_fit, n_asked = sum(len(own) - 1 for own in places), int(n_counties.sum())
    if n_fit < n_asked:
        message = (
            f"{n_asked:,}: only {n_fit:,} find a square with people of their own; "
            "lower it, or make grid.resolution_m finer"
        )
        raise WorldError(Problem("fixed.generated.n_county_exchanges", message))


def _layout(
    scenario: Scenario,
    landscape: Landscape,
    places: list[list[ExchangePlace]],
    lines: list[NDArray[np.int64]],
    capital_idx: int,
) -> Layout:
    """Return the exchanges with names, lines and whether they are manual."""
    starts = np.cumsum([0, *(len(own) for own in places)])
    seats = tuple(int(start) for start in starts[:-1])
    n_lines = np.concatenate(lines)
    is_manual = _manual(n_lines, seats, scenario.fixed.generated.manual_share)
    taken = {network.name for network in scenario.networks} | set(RESERVED_NAMES)
    codes = [_unique(_plain(code) or "province", taken) for code in landscape.territory.code]
    exchanges: list[ExchangeOnGrid] = []
    for p, own in enumerate(places):
        for k, place in enumerate(own):
            name = codes[p] if k == 0 else _unique(_plain(place.name), taken, f"{codes[p]}_{k:03d}")
            i = len(exchanges)
            section = ListedExchange.model_construct(
                name=name, n_lines=int(n_lines[i]), is_manual=bool(is_manual[i])
            )
            exchanges.append(
                ExchangeOnGrid("the rule of fixed.generated", section, place.x_m, place.y_m, p)
            )
    return Layout(tuple(exchanges), seats, capital_idx)


def _manual(n_lines: NDArray[np.int64], seats: Collection[int], share: float) -> NDArray[np.bool_]:
    """Return which exchanges are manual: of the counties', those with fewest lines, of equals the first."""
    counties = np.delete(np.arange(len(n_lines)), list(seats))
    n_manual = int(np.floor(share * len(counties) + 0.5))
    chosen = counties[np.argsort(n_lines[counties], kind="stable")[:n_manual]]
    is_manual = np.zeros(len(n_lines), np.bool_)
    is_manual[chosen] = True
    return is_manual


def _plain(text: str) -> str:
    """Return a text as a name: without marks, in lower case, other signs as underscores; empty when nothing is left."""
    letters = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
    )
    letters = re.sub("['`\u2019]", "", letters.lower())
    word = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")
    return word if not word or word[0].isalpha() else f"p_{word}"


def _unique(word: str, taken: set[str], otherwise: str = "") -> str:
    """Return a name that is not taken, and take it."""
    stem = (word or otherwise)[:MAX_NAME]
    name, number = stem, 2
    while name in taken:
        suffix = f"_{number}"
        name, number = stem[: MAX_NAME - len(suffix)] + suffix, number + 1
    taken.add(name)
    return name


DIRECT, ALTERNATE = 0, 1
"""Order of the groups of the star and of those across it."""


def rule_groups(
    rule: GeneratedExchanges,
    layout: Layout,
    gateway: ExchangeOnGrid,
    given_pairs: Collection[frozenset[str]],
) -> list[tuple[str, TrunkGroup]]:
    """Return the trunk groups that the rule adds."""
    sizes: dict[tuple[str, str], tuple[int, int]] = {}

    def _add(a: str, b: str, n_circuits: int, order: int) -> None:
        pair = (b, a) if (b, a) in sizes else (a, b)
        if a != b and frozenset(pair) not in given_pairs and n_circuits > 0:
            n_before, order_before = sizes.get(pair, (0, order))
            sizes[pair] = max(n_before, n_circuits), min(order_before, order)

    seats = [layout.exchanges[i] for i in layout.seats]
    of_province = [0] * len(seats)
    for exchange in layout.exchanges:
        n_lines = exchange.given.n_lines
        of_province[exchange.province_idx] += n_lines
        circuits = _systems(rule.county_circuits_per_line * n_lines, rule, 1)
        _add(exchange.name, seats[exchange.province_idx].name, circuits, DIRECT)
    to_gateway = [
        _systems(rule.province_circuits_per_line * n_lines, rule, 1) for n_lines in of_province
    ]
    for seat, n_circuits in zip(seats, to_gateway, strict=True):
        _add(seat.name, gateway.name, n_circuits, DIRECT)
    outer = [seat for seat in seats if seat.name != gateway.name]
    for seat in outer:
        others = [other for other in outer if other is not seat]
        if others:
            nearest = min(others, key=lambda other, seat=seat: _away_m(seat, other))  # type: ignore[misc]
            n_circuits = _systems(rule.alternate_share * to_gateway[seat.province_idx], rule, 0)
            _add(seat.name, nearest.name, n_circuits, ALTERNATE)
    return [
        (
            "the rule of fixed.generated",
            TrunkGroup.model_construct(between=pair, n_circuits=n, n_reserved=0, order=order),
        )
        for pair, (n, order) in sizes.items()
    ]


def _systems(n_circuits: float, rule: GeneratedExchanges, least: int) -> int:
    """Return circuits rounded up to whole systems."""
    return max(least, whole(n_circuits / rule.system_circuits)) * rule.system_circuits


def _away_m(a: ExchangeOnGrid, b: ExchangeOnGrid) -> float:
    return math.dist((a.x_m, a.y_m), (b.x_m, b.y_m))
