"""
The rule that lays out the fixed network of a country.

Lines go to provinces by their people, more of them to the province of the largest city. Each province has an automatic
exchange at its largest place, and county exchanges at its further towns and then wherever most people live away from
any exchange. Everybody belongs to the nearest exchange of the own province, which divides its lines. The county
exchanges with the fewest lines are manual. Each joins its province's exchange; those join the gateway, that of the
largest city, and the nearest one of another province, over which calls go when the way to the gateway is full.
"""

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.fixed_section import GeneratedExchanges, ListedExchange
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import TrunkGroup
from sim.world.landscape import Landscape

_CHUNK = 1 << 14


@dataclass(frozen=True)
class Node:
    """
    An exchange with its place.

    Attributes
    ----------
    exchange : ListedExchange
        What it is.
    where : str
        Where it was written, for messages.
    province_idx : int
        Province.
    x_m, y_m : float
        Place in the grid's metres, NaN where unknown. [m]
    """

    exchange: ListedExchange
    where: str
    province_idx: int
    x_m: float = math.nan
    y_m: float = math.nan


def largest_remainder(total: int, weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Divide a number in proportion to weights, to the last one.

    Parameters
    ----------
    total : int
        What is divided, 0 or more.
    weight : (part,) ndarray of float64
        Weights, 0 or more.

    Returns
    -------
    (part,) ndarray of int64
        Parts that sum to the total; all 0 where every weight is 0.
    """
    if not weight.sum() > 0.0:
        return np.zeros(len(weight), np.int64)
    exact = total * weight / weight.sum()
    parts = np.floor(exact).astype(np.int64)
    largest = np.argsort(-(exact - parts), kind="stable")
    parts[largest[: total - int(parts.sum())]] += 1
    return parts


def lay_out(scenario: Scenario, landscape: Landscape) -> tuple[list[Node], list[TrunkGroup]]:
    """
    Return the exchanges that the rule places, and the trunk groups between them.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    landscape : Landscape
        Land and people.

    Returns
    -------
    list of Node
        The exchange of each province with lines, that of the largest city first, then the county exchanges.
    list of TrunkGroup
        Trunk groups.
    """
    rule = scenario.fixed.generated
    people = landscape.province_population.astype(np.float64)
    capital = _capital(landscape)
    weight = people * np.where(np.arange(len(people)) == capital, rule.capital_weight, 1.0)
    n_lines = largest_remainder(scenario.fixed.n_lines, weight)
    n_county = largest_remainder(rule.n_county_exchanges, people)
    seats: dict[int, Node] = {}
    counties: list[Node] = []
    with_lines = np.flatnonzero(n_lines > 0).tolist()
    for province in sorted(with_lines, key=lambda p: p != capital):
        own = _province_nodes(landscape, province, int(n_county[province]), int(n_lines[province]))
        seats[province] = own[0]
        counties += own[1:]
    counties = _with_operators(counties, rule.manual_share)
    groups = _trunks(rule, seats, counties, n_lines, capital)
    return [*seats.values(), *counties], groups


def _capital(landscape: Landscape) -> int:
    """Return the province of the largest city, or that with most people."""
    if len(landscape.places):
        return int(landscape.places.province_idx[0])
    return int(np.argmax(landscape.province_population))


def _province_nodes(landscape: Landscape, province: int, n_county: int, n_lines: int) -> list[Node]:
    """Return the exchanges of a province, its own first, with their lines."""
    grid = landscape.grid
    own = np.flatnonzero(grid.province_idx == province)
    square = _squares(landscape, province, own, n_county + 1)
    x_m, y_m = grid.x_m[square], grid.y_m[square]
    nearest = np.empty(len(own), np.int64)
    for begin in range(0, len(own), _CHUNK):
        part = own[begin : begin + _CHUNK]
        away = (grid.x_m[part, None] - x_m) ** 2 + (grid.y_m[part, None] - y_m) ** 2
        nearest[begin : begin + _CHUNK] = np.argmin(away, axis=1)
    served = np.bincount(nearest, landscape.population[own], minlength=len(square))
    lines = largest_remainder(n_lines, served.astype(np.float64))
    stem = exchange_stem(landscape.territory.code, province)
    return [
        Node(
            ListedExchange(name=stem if k == 0 else f"{stem}_{k:03d}", n_lines=int(lines[k])),
            "fixed.generated",
            province,
            float(x_m[k]),
            float(y_m[k]),
        )
        for k in range(len(square))
    ]


def exchange_stem(codes: tuple[str, ...], province: int) -> str:
    """
    Return the name of a province's exchange, with which those of its counties begin.

    Parameters
    ----------
    codes : tuple of str
        Codes of all provinces.
    province : int
        Province.

    Returns
    -------
    str
        Its code in small letters, digits and underscores, made unique.
    """

    def _plain(code: str) -> str:
        text = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_") or "province"
        return text if text[0].isalpha() else f"p_{text}"

    stems = [_plain(code) for code in codes]
    own = stems[province]
    return own if stems.count(own) == 1 else f"{own}_p{province}"


def _squares(
    landscape: Landscape, province: int, own: NDArray[np.int64], n_wanted: int
) -> NDArray[np.int64]:
    """Return the squares of exchanges: towns first, then the most people away from all others."""
    grid, places = landscape.grid, landscape.places
    chosen: list[int] = []
    for square in places.square_idx[places.province_idx == province].tolist():
        if len(chosen) < n_wanted and square not in chosen:
            chosen.append(square)
    by_people = own[np.argsort(-landscape.population[own].astype(np.int64), kind="stable")]
    area_m2 = len(own) * grid.resolution_m**2
    spacing_m = math.sqrt(area_m2 / n_wanted)
    away_m = np.full(len(by_people), np.inf)
    for square in chosen:
        away_m = np.minimum(away_m, _distance_m(landscape, by_people, square))
    while len(chosen) < min(n_wanted, len(own)):
        free = np.flatnonzero(away_m >= spacing_m)
        if not len(free):
            spacing_m /= 2.0
            continue
        square = int(by_people[free[0]])
        chosen.append(square)
        away_m = np.minimum(away_m, _distance_m(landscape, by_people, square))
    return np.array(chosen, np.int64)


def _distance_m(
    landscape: Landscape, squares: NDArray[np.int64], square: int
) -> NDArray[np.float64]:
    grid = landscape.grid
    return np.sqrt(
        (grid.x_m[squares] - grid.x_m[square]) ** 2 + (grid.y_m[squares] - grid.y_m[square]) ** 2
    )


def _with_operators(counties: list[Node], manual_share: float) -> list[Node]:
    """Return the county exchanges, those with the fewest lines worked by operators."""
    n_manual = round(manual_share * len(counties))
    order = sorted(range(len(counties)), key=lambda k: (counties[k].exchange.n_lines, k))
    manual = set(order[:n_manual])
    return [
        Node(
            node.exchange.model_copy(update={"is_manual": k in manual}),
            node.where,
            node.province_idx,
            node.x_m,
            node.y_m,
        )
        for k, node in enumerate(counties)
    ]


def _trunks(
    rule: GeneratedExchanges,
    seats: dict[int, Node],
    counties: list[Node],
    n_lines: NDArray[np.int64],
    capital: int,
) -> list[TrunkGroup]:
    """Return the trunk groups: counties to their province, provinces to the gateway and to a neighbour."""

    def _systems(circuits: float) -> int:
        return max(1, math.ceil(circuits / rule.system_circuits)) * rule.system_circuits

    groups = []
    for province, seat in seats.items():
        if province != capital and capital in seats:
            circuits = _systems(float(n_lines[province]) * rule.province_circuits_per_line)
            groups.append(_group(seats[capital], seat, circuits))
    others = [province for province in seats if province != capital]
    seen = set()
    for province in others:
        near = _nearest(seats, province, others)
        if near is None or frozenset((province, near)) in seen or rule.alternate_share == 0.0:
            continue
        seen.add(frozenset((province, near)))
        direct = float(n_lines[province]) * rule.province_circuits_per_line
        circuits = _systems(direct * rule.alternate_share)
        groups.append(_group(seats[province], seats[near], circuits, order=1))
    for county in counties:
        circuits = _systems(county.exchange.n_lines * rule.county_circuits_per_line)
        groups.append(_group(seats[county.province_idx], county, circuits))
    return groups


def _group(a: Node, b: Node, n_circuits: int, order: int = 0) -> TrunkGroup:
    between = (a.exchange.name, b.exchange.name)
    return TrunkGroup(between=between, n_circuits=n_circuits, order=order)


def _nearest(seats: dict[int, Node], province: int, others: list[int]) -> int | None:
    """Return the province whose exchange is nearest, None where there is no other."""
    own = seats[province]
    rest = [other for other in others if other != province]
    if not rest:
        return None
    return min(rest, key=lambda p: (math.hypot(seats[p].x_m - own.x_m, seats[p].y_m - own.y_m), p))
