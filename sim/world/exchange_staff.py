"""Who serves a manual exchange in each hour of the day, with how many cords, and how it works."""

import math
from collections.abc import Sequence

from sim.scenario.fixed_section import ListedExchange
from sim.scenario.switching_section import Manual

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
