"""Set-up of a call: the caller's channel, circuits and the called phone's channel, all of them or none."""

from typing import Any

from numba import njit

from sim.network.live import CALLED_PHONE, CALLER, FREE, FREED, MAX_WAY, Live
from sim.network.packed import ways_of
from sim.network.phones import connect, connect_caller, disconnect, of_callee
from sim.network.usage import TERMINATING, release_circuit
from sim.network.ways import (
    AUTOMATIC,
    BARRED,
    BY_HAND,
    CONNECTED,
    NO_ROUTE,
    NO_ROUTE_OUTCOME,
    seize_way,
)
from sim.tables import FIXED_CELL, FIXED_IDX, Outcome

Way = Any
"""Trunk groups of a way, -1 behind the last."""

NEEDS_OPERATOR = -2
"""In place of an outcome: the caller's channel is held, and operators have to go on."""

NO_COVERAGE = int(Outcome.NO_COVERAGE)
BARRED_OUTCOME = int(Outcome.BARRED)
_CALLEE_BUSY = int(Outcome.CALLEE_BUSY)
_CALLEE_OFF = int(Outcome.CALLEE_OFF)
_CALLEE_NO_COVERAGE = int(Outcome.CALLEE_NO_COVERAGE)


@njit(cache=True, forceinline=True)
def is_engaged(live: Live, row: int, p_line: float) -> bool:
    """
    Say whether a line is engaged.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of the line, which stands for 1/scale lines.
    p_line : float
        Which of them is meant.

    Returns
    -------
    bool
        Whether it is.
    """
    return p_line < live.n_calls[row] * live.rules.scale


@njit(cache=True, forceinline=True)
def reach(
    live: Live,
    time_s: float,
    call: int,
    row: int,
    p_line: float,
    is_off: bool,
    cell: int,
    place: int,
    service: int,
) -> int:
    """
    Reach the called phone and connect it.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    row : int
        Row of the called line.
    p_line : float
        Which of the lines that the row stands for is called.
    is_off : bool
        Whether the phone is switched off.
    cell : int
        Its first-ranked cell, -1 for none.
    place : int
        Its place for the radio, -1 where cells have channels.
    service : int
        Service of the call.

    Returns
    -------
    int
        CONNECTED, or the outcome of the call.
    """
    if is_off:
        return _CALLEE_OFF
    if is_engaged(live, row, p_line):
        return _CALLEE_BUSY
    if cell < 0:
        return _CALLEE_NO_COVERAGE
    link = 2 * call + CALLED_PHONE
    outcome = connect(live, time_s, link, TERMINATING, cell, place, service)
    return outcome if outcome == CONNECTED else of_callee(outcome)


@njit(cache=True, forceinline=True)
def set_up(live: Live, time_s: float, place: int) -> int:
    """
    Seize the caller's channel, circuits and the called phone's channel: all of them or none.

    Parameters
    ----------
    live : Live
        State; changed. The trunk groups of the way stand in `scratch`.
    time_s : float
        Now. [s]
    place : int
        Place of the plan.

    Returns
    -------
    int
        CONNECTED, NEEDS_OPERATOR with the caller's channel held, or the outcome of the attempt.
    """
    plan, record, call = live.plan[place], live.ahead[place], live.cursor[FREE]
    cell = record.cell_idx
    if cell < 0 and cell != FIXED_CELL:
        return NO_COVERAGE
    if plan.route == BARRED:
        return BARRED_OUTCOME
    outcome = connect_caller(live, time_s, call, place) if cell >= 0 else CONNECTED
    if outcome != CONNECTED:
        return outcome
    if plan.route == BY_HAND:
        return NEEDS_OPERATOR
    is_mobile = record.destination_idx != FIXED_IDX
    has_way = False
    if plan.route == NO_ROUTE or (is_mobile and plan.callee_row < 0):
        outcome = NO_ROUTE_OUTCOME
    elif plan.route == AUTOMATIC:
        outcome = seize_way(live, ways_of(live), plan.origin, plan.destination, time_s)
        has_way = outcome == CONNECTED
    if outcome == CONNECTED and is_mobile:
        outcome = reach(
            live, time_s, call, plan.callee_row, plan.p_line, plan.is_callee_off,
            record.callee_cell_idx, plan.callee_place, record.service_idx,
        )  # fmt: skip
    elif outcome == CONNECTED and plan.is_callee_off:
        outcome = _CALLEE_BUSY
    if outcome != CONNECTED:
        if has_way:
            release_way(live, live.scratch, time_s)
        disconnect(live, time_s, 2 * call + CALLER, cell)
    return outcome


@njit(cache=True, forceinline=True)
def release_way(live: Live, way: Way, time_s: float) -> None:
    """
    Release the circuits of a way.

    Parameters
    ----------
    live : Live
        State; changed.
    way : (group,) array of int
        Trunk groups, -1 behind the last.
    time_s : float
        Now. [s]
    """
    for k in range(MAX_WAY):
        trunk = way[k]
        if trunk < 0:
            break
        group = live.rules.n_cells + trunk
        if release_circuit(live.groups, group, time_s, live.rules.window_s):
            live.cursor[FREED] = 1
