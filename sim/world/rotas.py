"""Who serves a manual exchange in each hour of the day, with how many cords: by rule, or by a user's table."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.errors import Problem
from sim.scenario.fixed_section import ListedExchange, Staff
from sim.scenario.messages import did_you_mean, given
from sim.scenario.sections import Name, Section, key
from sim.scenario.switching_section import Manual
from sim.world.input_files import raise_first, read_rows

LOCAL_WORK_S = 15.0
"""
Mean work of an operator on a local call. [s].

References
----------
Cyclopedia of Telephony and Telegraphy, volume 2, American School of Correspondence (1911), chapter 37, Table XIV:
240 calls per operator and busy hour when none is trunked to another office.
"""

HOURS = 24
"""Hours of the day."""

NO_OPERATORS = (0,) * HOURS
"""Rota of an automatic exchange."""

_ROUNDING = 1e-9
"""A number so little above a whole one is that whole one."""


def whole(value: float) -> int:
    """Return a number rounded up."""
    return math.ceil(value - _ROUNDING)


def rota(exchange: ListedExchange, manual: Manual, daily: Sequence[float]) -> tuple[int, ...]:
    """
    Return the operators on duty in each hour of the day.

    Those that the exchange gives by hour; else `n_positions` in the busiest hour and fewer in the others, as the
    daily profile has it; else as many as keep `staffed_occupancy` busy with the calls for which the exchange is
    staffed, each `LOCAL_WORK_S` of work. One at least, but where hours are given.
    """
    if not exchange.is_manual:
        return NO_OPERATORS
    if exchange.positions_by_hour is not None:
        return exchange.positions_by_hour
    busiest = max(daily)
    needed = float(exchange.n_positions or 0)
    if exchange.n_positions is None:
        work_s = LOCAL_WORK_S * manual.work_factor
        calls_per_h = exchange.n_lines * manual.staffed_for_calls_per_line
        needed = calls_per_h * work_s / 3600.0 / manual.staffed_occupancy
    return tuple(max(1, whole(needed * share / busiest)) for share in daily)


def n_cords(exchange: ListedExchange, manual: Manual) -> int:
    """Return the cord pairs of a position."""
    if not exchange.is_manual:
        return 0
    return manual.n_cords if exchange.n_cords is None else exchange.n_cords


def has_tickets(exchange: ListedExchange, manual: Manual) -> bool:
    """Return whether a caller who finds no circuit is called back."""
    return exchange.is_manual and (exchange.working or manual.working) == "delay"


MAX_ROWS = 120_000
"""Most rows of the table: all hours of as many exchanges as there may be (house limit)."""


class RotaRow(Section):
    """A row of rotas_file."""

    exchange: Name = key("a manual exchange")
    hour: int = key("hour of the day", within="[0, 23]")
    n_operators: Staff


RotaRows = list[tuple[str, RotaRow]]
"""Rows, each with file and line."""


def read_rotas(path: Path) -> RotaRows:
    """Return the rows of a table of operators."""
    rows = read_rows(path, RotaRow, "rota", MAX_ROWS, tuple(RotaRow.model_fields))
    first_use: dict[tuple[str, int], str] = {}
    problems = []
    for where, row in rows:
        at = row.exchange, row.hour
        if at in first_use:
            message = f"exchange = {given(row.exchange)}, hour = {row.hour}: already in {first_use[at]}; leave one out"
            problems.append(Problem(where, message))
        first_use.setdefault(at, where)
    raise_first(problems)
    return rows


def with_rotas(rotas: Mapping[str, tuple[int, ...]], rows: RotaRows) -> dict[str, tuple[int, ...]]:
    """Return rotas with the hours that a table gives."""
    changed = {name: list(hours) for name, hours in rotas.items()}
    last: dict[str, str] = {}
    problems = []
    for where, row in rows:
        if row.exchange not in changed:
            hint = did_you_mean(row.exchange, rotas, "manual exchanges")
            problems.append(Problem(where, f"{given(row.exchange)}: no manual exchange; {hint}"))
            continue
        changed[row.exchange][row.hour] = row.n_operators
        last[row.exchange] = where
    problems += _never_staffed(changed, last.items())
    raise_first(problems)
    return {name: tuple(hours) for name, hours in changed.items()}


def _never_staffed(
    rotas: Mapping[str, list[int]], last: Iterable[tuple[str, str]]
) -> list[Problem]:
    """Return the exchanges of a table that have no operator in any hour."""
    return [
        Problem(where, f"exchange = {given(name)}: must have an operator in some hour")
        for name, where in last
        if not any(rotas[name])
    ]
