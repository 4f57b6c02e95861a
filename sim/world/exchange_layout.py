"""
The rule that lays out the fixed network of a country.

1. Lines: `fixed.n_lines` go to the provinces in proportion to people, times `capital_weight` in the province of the
   largest city.
2. Exchanges: an automatic one in each province, at its largest settlement; `n_county_exchanges` beside them, shared
   out by people. Those of a province stand at its settlements in order of size, then where most people are that
   none serves yet (`sim/world/exchange_places.py`). The one of the largest city is the gateway.
3. A province's lines divide over its exchanges in proportion to the people who have each of them nearest.
4. `manual_share` of the county exchanges, those with the fewest lines, are manual.

All shares are by the largest remainder, so that totals are exact. Trunk groups follow in `exchange_circuits.py`.
Nothing is drawn at random.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.check_territory import RESERVED_NAMES
from sim.scenario.fixed_section import ListedExchange
from sim.scenario.schema import Scenario
from sim.world.exchange_places import ExchangePlace, Quarter, nearest_place, place_exchanges
from sim.world.landscape import Landscape
from sim.world.listed_exchanges import StandingExchange
from sim.world.population import share_out

MAX_NAME = 48
"""Longest name of a section."""


@dataclass(frozen=True)
class Layout:
    """Generated exchanges, province by province, that of the province before its counties'."""

    exchanges: tuple[StandingExchange, ...]  # exchanges
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
    exchanges: list[StandingExchange] = []
    for p, own in enumerate(places):
        for k, place in enumerate(own):
            name = codes[p] if k == 0 else _unique(_plain(place.name), taken, f"{codes[p]}_{k:03d}")
            i = len(exchanges)
            section = ListedExchange.model_construct(
                name=name, n_lines=int(n_lines[i]), is_manual=bool(is_manual[i])
            )
            exchanges.append(
                StandingExchange("the rule of fixed.generated", section, place.x_m, place.y_m, p)
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
