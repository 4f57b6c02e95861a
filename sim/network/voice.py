"""Telephone calls: set-up, ringing, answer, conversation and release."""

from typing import Any

from numba import njit

from sim.engine.wheel import schedule
from sim.network.live import (
    ALL,
    ANSWER,
    AVOIDED,
    CALLED,
    ENGAGED,
    FREE,
    FREED,
    MAX_WAY,
    N_FREE,
    PLACE,
    REDIAL,
    REDIAL_OF_FIXED,
    RELEASE,
    RELEASE_OF_SOURCE,
    ROW,
    Live,
    as_int32,
    as_int64,
)
from sim.network.packed import ways_of
from sim.network.usage import ORIGINATING, TERMINATING, release, release_circuit, seize
from sim.network.ways import AUTOMATIC, BARRED, BY_HAND, NO_ROUTE, seize_way
from sim.streams import (
    STREAM_LINE,
    STREAM_REDIAL,
    exponential_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_CELL, FIXED_ENTITY, FIXED_IDX, OF_FIXED_LINE, Outcome
from sim.traffic.calls import REDIAL_SHIFT

Record = Any
"""A row of a structured array in compiled code: an attempt."""

Way = Any
"""Trunk groups of a way, -1 behind the last."""

_CONNECTED, _NEEDS_OPERATOR = -1, -2
_COMPLETED = int(Outcome.COMPLETED)
_NO_COVERAGE = int(Outcome.NO_COVERAGE)
_BLOCKED_CHANNEL = int(Outcome.BLOCKED_CHANNEL)
_NO_ROUTE_OUTCOME = int(Outcome.NO_ROUTE)
_BARRED_OUTCOME = int(Outcome.BARRED)
_CALLEE_BUSY = int(Outcome.CALLEE_BUSY)
_CALLEE_OFF = int(Outcome.CALLEE_OFF)
_CALLEE_NO_COVERAGE = int(Outcome.CALLEE_NO_COVERAGE)
_CALLEE_BLOCKED = int(Outcome.CALLEE_BLOCKED)


@njit(cache=True, forceinline=True)
def _is_engaged(live: Live, row: int, p_line: float) -> bool:
    """Return whether the line is engaged: a row stands for 1/scale lines, of which `p_line` picks one."""
    return p_line < live.n_calls[row] * live.rules.scale


@njit(cache=True, forceinline=True)
def _hold(live: Live, place: int, caller_row: int, callee_row: int) -> int:
    """Keep a planned attempt as a call that holds something; return where."""
    call = live.cursor[FREE]
    live.cursor[FREE] = live.link[call].next_free
    live.cursor[N_FREE] -= 1
    live.record[call] = live.ahead[place]
    live.link[call].caller_row = caller_row
    live.link[call].callee_row = callee_row
    if caller_row >= 0:
        live.n_calls[caller_row] += 1
    if callee_row >= 0:
        live.n_calls[callee_row] += 1
    return call


@njit(cache=True, forceinline=True)
def _fail(live: Live, place: int, outcome: int) -> None:
    """Write the row of a planned attempt that held nothing."""
    row = live.cursor[ROW]
    live.block[row] = live.ahead[place]
    live.block[row].outcome = outcome
    live.cursor[ROW] = row + 1


@njit(cache=True, forceinline=True)
def redial_later(live: Live, time_s: float, record: Record, row: int) -> None:
    """
    Let the caller of an attempt that has failed try again later, or not.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    record : Record
        The attempt.
    row : int
        Row of the caller, -1 for one at a fixed line.
    """
    rules = live.rules
    root, redial, entity = record.index, record.redial, record.entity
    if redial >= rules.max_redials or rules.redial_probability == 0.0:
        return
    address = root + (redial << REDIAL_SHIFT)
    u, v = uniform_pair(rules.key.seed, rules.key.replication, STREAM_REDIAL, entity, address)
    if u < rules.redial_probability:
        again_s = time_s + rules.redial_delay_mean_s * exponential_quantile(v)
        following = root + ((redial + 1) << REDIAL_SHIFT)
        if record.is_source == OF_FIXED_LINE:
            node = entity - FIXED_ENTITY
            schedule(live.wheel, again_s, REDIAL_OF_FIXED, entity, following, node)
        else:
            schedule(live.wheel, again_s, REDIAL, entity, following, row)


@njit(cache=True, forceinline=True)
def reach(live: Live, time_s: float, row: int, p_line: float, is_off: bool, cell: int) -> int:
    """
    Reach the called phone and seize its channel.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    row : int
        Row of the called line.
    p_line : float
        Which of the lines that the row stands for is called.
    is_off : bool
        Whether the phone is switched off.
    cell : int
        Its first-ranked cell, -1 for none.

    Returns
    -------
    int
        -1 when its channel is held, else the outcome of the call.
    """
    if is_off:
        return _CALLEE_OFF
    if _is_engaged(live, row, p_line):
        return _CALLEE_BUSY
    if cell < 0:
        return _CALLEE_NO_COVERAGE
    if not seize(live.groups, cell, TERMINATING, time_s, live.rules.window_s):
        return _CALLEE_BLOCKED
    return _CONNECTED


@njit(cache=True, forceinline=True)
def _set_up(live: Live, time_s: float, place: int) -> int:
    """Seize the caller's channel, circuits and the called phone's channel: all of them or none."""
    plan, record, window_s = live.plan[place], live.ahead[place], live.rules.window_s
    cell = record.cell_idx
    if cell < 0 and cell != FIXED_CELL:
        return _NO_COVERAGE
    if plan.route == BARRED:
        return _BARRED_OUTCOME
    if cell >= 0 and not seize(live.groups, cell, ORIGINATING, time_s, window_s):
        return _BLOCKED_CHANNEL
    if plan.route == BY_HAND:
        return _NEEDS_OPERATOR
    is_mobile = record.destination_idx != FIXED_IDX
    outcome = _CONNECTED
    has_way = False
    if plan.route == NO_ROUTE or (is_mobile and plan.callee_row < 0):
        outcome = _NO_ROUTE_OUTCOME
    elif plan.route == AUTOMATIC:
        outcome = seize_way(live, ways_of(live), plan.origin, plan.destination, time_s)
        has_way = outcome == _CONNECTED
    if outcome == _CONNECTED and is_mobile:
        cell_of_callee = record.callee_cell_idx
        outcome = reach(
            live, time_s, plan.callee_row, plan.p_line, plan.is_callee_off, cell_of_callee
        )
    elif outcome == _CONNECTED and plan.is_callee_off:
        outcome = _CALLEE_BUSY
    if outcome != _CONNECTED:
        if has_way:
            _release_way(live, live.scratch, time_s)
        release(live.groups, cell, time_s, window_s)
    return outcome


@njit(cache=True, forceinline=True)
def _release_way(live: Live, way: Way, time_s: float) -> None:
    """Release the circuits of a way."""
    for k in range(MAX_WAY):
        trunk = way[k]
        if trunk < 0:
            break
        group = live.rules.n_cells + trunk
        if release_circuit(live.groups, group, time_s, live.rules.window_s):
            live.cursor[FREED] = 1


@njit(cache=True, forceinline=True)
def attempt(live: Live, time_s: float, place: int) -> None:
    """
    Make a planned attempt of a caller who is not engaged.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    place : int
        Place of the plan.
    """
    plan, record = live.plan[place], live.ahead[place]
    outcome = _set_up(live, time_s, place)
    if outcome == _NEEDS_OPERATOR:
        live.cursor[CALLED] = _hold(live, place, plan.caller_row, as_int32(-1))
        live.cursor[PLACE] = place
        return
    if outcome != _CONNECTED:
        _fail(live, place, outcome)
        # Who sees no network does not dial again from the same square, nor does who may not call.
        if outcome != _NO_COVERAGE and outcome != _BARRED_OUTCOME:
            redial_later(live, time_s, record, plan.caller_row)
        return
    call = _hold(live, place, plan.caller_row, plan.callee_row)
    if plan.route == AUTOMATIC:
        live.held[call] = live.scratch
        live.record[call].trunk_idx = live.scratch[0]
    live.record[call].end_s = time_s + plan.ring_s + plan.talk_s
    kind = ANSWER if plan.course == _COMPLETED else RELEASE
    address = record.index + (record.redial << REDIAL_SHIFT)
    schedule(live.wheel, time_s + plan.ring_s, kind, record.entity, address, call)


@njit(cache=True, forceinline=True)
def intend(live: Live, time_s: float, place: int) -> bool:
    """
    Count somebody who intends to call, and say whether the planned attempt is made.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    place : int
        Place of the plan.

    Returns
    -------
    bool
        Whether it is; not by somebody who is engaged, or put off by the price.
    """
    record, plan = live.ahead[place], live.plan[place]
    network, province = min(record.network_idx, live.rules.n_networks), record.province_idx
    is_measured = 0.0 <= time_s < live.rules.window_s
    if is_measured:
        live.n_intents[ALL, network, province] += 1
    if plan.is_avoided:
        if is_measured:
            live.n_intents[AVOIDED, network, province] += 1
        return False
    row = plan.caller_row
    if row >= 0 and is_engaged_caller(live, row, record.entity, record.index):
        if is_measured:
            live.n_intents[ENGAGED, network, province] += 1
        return False
    return True


@njit(cache=True, forceinline=True)
def is_engaged_caller(live: Live, row: int, entity: int, address: int) -> bool:
    """
    Return whether the line that wants to call is engaged.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of the subscriber.
    entity : int
        Subscriber.
    address : int
        Address of the attempt.

    Returns
    -------
    bool
        Whether it takes part in a call.
    """
    if live.n_calls[row] == 0:
        return False
    seed, replication = live.rules.key
    return _is_engaged(live, row, uniform(seed, replication, STREAM_LINE, entity, address))


@njit(cache=True, forceinline=True)
def answer(live: Live, time_s: float, call: int) -> None:
    """
    Begin the conversation of a call.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    """
    record = live.record[call]
    record.answer_s = time_s
    address = record.index + (record.redial << REDIAL_SHIFT)
    schedule(live.wheel, record.end_s, RELEASE, record.entity, address, call)


@njit(cache=True, forceinline=True)
def end(live: Live, time_s: float, call: int) -> None:
    """
    Release everything that a call holds, and write its row.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    """
    record, link, window_s = live.record[call], live.link[call], live.rules.window_s
    record.end_s = time_s
    release(live.groups, record.cell_idx, time_s, window_s)
    release(live.groups, record.callee_cell_idx, time_s, window_s)
    if record.trunk_idx >= 0:
        _release_way(live, live.held[call], time_s)
    if link.caller_row >= 0:
        live.n_calls[link.caller_row] -= 1
    if link.callee_row >= 0:
        live.n_calls[link.callee_row] -= 1
    write_row(live, time_s, call)


@njit(cache=True, forceinline=True)
def write_row(live: Live, time_s: float, call: int) -> None:
    """
    Write the row of a call that holds nothing any more, and let its caller try again if it failed.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call; its place is free afterwards.
    """
    record, link = live.record[call], live.link[call]
    live.block[live.cursor[ROW]] = record
    live.cursor[ROW] += 1
    link.next_free = live.cursor[FREE]
    live.cursor[FREE] = call
    live.cursor[N_FREE] += 1
    if record.outcome != _COMPLETED:
        redial_later(live, time_s, record, link.caller_row)


@njit(cache=True, forceinline=True)
def source_call(live: Live, time_s: float, place: int) -> None:
    """
    Make a planned call of a Poisson source.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    place : int
        Place of the plan.
    """
    record, window_s = live.ahead[place], live.rules.window_s
    first, second = record.cell_idx, record.callee_cell_idx
    if not seize(live.groups, first, ORIGINATING, time_s, window_s):
        _fail(live, place, as_int64(_BLOCKED_CHANNEL))
        return
    if second >= 0 and not seize(live.groups, second, TERMINATING, time_s, window_s):
        release(live.groups, first, time_s, window_s)
        _fail(live, place, as_int64(_CALLEE_BLOCKED))
        return
    call = _hold(live, place, as_int32(-1), as_int32(-1))
    live.record[call].answer_s = time_s
    until_s = time_s + record.would_hold_s
    schedule(live.wheel, until_s, RELEASE_OF_SOURCE, record.entity, record.index, call)
