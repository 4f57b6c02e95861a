"""Exchanges of the fixed network brought onto the grid, each with its province and a name of its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import Problem, WorldError
from sim.scenario.check_region import RESERVED_NAMES
from sim.scenario.check_switching import FIXED
from sim.scenario.fixed_section import Fixed, ListedExchange
from sim.scenario.messages import did_you_mean, given
from sim.scenario.schema import Scenario
from sim.tables import NONE_IDX
from sim.world.grid import place_on_grid
from sim.world.input_files import raise_first
from sim.world.landscape import Landscape

_PLACE_KEYS = ("x_km", "y_km", "longitude_deg", "latitude_deg")


@dataclass(frozen=True)
class ExchangeOnGrid:
    """An exchange with its place and province."""

    where: str  # where the user wrote it
    given: ListedExchange  # what the user wrote, or the rule laid out
    x_m: float = math.nan  # and y_m: place in the grid's metres, NaN where unknown [m]
    y_m: float = math.nan
    province_idx: int = NONE_IDX  # province

    @property
    def name(self) -> str:
        """Return the name."""
        return self.given.name

    @property
    def is_manual(self) -> bool:
        """Return whether operators put calls through."""
        return self.given.is_manual


def fixed_exchanges(
    scenario: Scenario,
    landscape: Landscape,
    generated: Sequence[ExchangeOnGrid],
    in_files: Sequence[tuple[str, ListedExchange]],
) -> list[ExchangeOnGrid]:
    """
    Return the exchanges of the fixed network.

    Generated ones, those of the scenario, those in files; a single one without place and lines where none is
    simulated.
    """
    fixed = scenario.fixed
    if fixed.source == "none":
        return [ExchangeOnGrid("fixed", ListedExchange.model_construct(name=FIXED))]
    listed = [(f"fixed.exchanges[{i}]", one) for i, one in enumerate(fixed.exchanges)]
    listed += in_files
    problems: list[Problem] = []
    standing = list(generated)
    for where, exchange in listed:
        one = _stand(where, exchange, landscape)
        if isinstance(one, Problem):
            problems.append(one)
        else:
            standing.append(one)
    problems += _names_taken(scenario, standing)
    raise_first(problems)
    return standing


def _stand(where: str, exchange: ListedExchange, landscape: Landscape) -> ExchangeOnGrid | Problem:
    """Return an exchange with its place and province, or why it cannot stand."""
    codes = landscape.territory.code
    if exchange.province is not None and exchange.province not in codes:
        hint = did_you_mean(exchange.province, codes, "provinces")
        message = f"province = {given(exchange.province)}: unknown in the region; {hint}"
        return Problem(where, message)
    if exchange.is_manual and exchange.n_positions == 0:
        return Problem(where, "n_positions = 0: must be 1 or more of a manual exchange")
    province_idx = 0 if exchange.province is None else codes.index(exchange.province)
    if all(getattr(exchange, key) is None for key in _PLACE_KEYS):
        return ExchangeOnGrid(where, exchange, province_idx=province_idx)
    place = place_on_grid(where, exchange, landscape.grid)
    if isinstance(place, Problem):
        return place
    x_m, y_m, square_idx = place
    if exchange.province is None:
        province_idx = int(landscape.grid.province_idx[square_idx])
    return ExchangeOnGrid(where, exchange, x_m, y_m, province_idx)


def _names_taken(scenario: Scenario, exchanges: Sequence[ExchangeOnGrid]) -> list[Problem]:
    """Return the names that another exchange, a network or a word of routes has."""
    first_use = dict.fromkeys(RESERVED_NAMES, "a word that means something else in routes")
    first_use |= {one.name: f"that of networks[{one.name}]" for one in scenario.networks}
    problems = []
    for exchange in exchanges:
        if exchange.name in first_use:
            message = (
                f"name = {given(exchange.name)}: already {first_use[exchange.name]}; rename one"
            )
            problems.append(Problem(exchange.where, message))
        first_use.setdefault(exchange.name, f"that of {exchange.where}")
    return problems


def find_gateway(fixed: Fixed, exchanges: Sequence[ExchangeOnGrid], default: int) -> int:
    """Return the exchange that `fixed` means in a trunk group."""
    names = [exchange.name for exchange in exchanges]
    if fixed.gateway is None:
        return default
    if fixed.gateway not in names:
        hint = did_you_mean(fixed.gateway, names, "exchanges")
        where = f"fixed.gateway = {given(fixed.gateway)}"
        raise WorldError(Problem(where, f"unknown exchange; {hint}"))
    return names.index(fixed.gateway)
