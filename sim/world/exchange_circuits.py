"""
Trunk groups of a generated fixed network: a star on each province's exchange, and of these on the gateway.

From each county exchange to its province's, `county_circuits_per_line` of its lines; from each province's exchange to
the gateway, `province_circuits_per_line` of all lines of the province; in whole systems, one at least. From each
province's exchange to the nearest one of another province, the gateway apart, `alternate_share` of its circuits to the
gateway, in whole systems: later in order, so that the direct groups are tried first. Where the rule makes two groups of
a pair the larger stays; a pair that the user gives is left to the user.
"""

import math
from collections.abc import Collection

from sim.scenario.fixed_section import GeneratedExchanges
from sim.scenario.switching_section import TrunkGroup
from sim.world.exchange_layout import Layout
from sim.world.exchange_staff import whole
from sim.world.listed_exchanges import StandingExchange

DIRECT, ALTERNATE = 0, 1
"""Order of the groups of the star and of those across it."""


def rule_groups(
    rule: GeneratedExchanges,
    layout: Layout,
    gateway: StandingExchange,
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


def _away_m(a: StandingExchange, b: StandingExchange) -> float:
    return math.dist((a.x_m, a.y_m), (b.x_m, b.y_m))
