"""Telephone calls: set-up, ringing, answer, conversation and release."""

from numba import njit

from sim.engine.wheel import schedule
from sim.network.live import (
    ALL,
    ANSWER,
    ENGAGED,
    FREE,
    N_FREE,
    REDIAL,
    RELEASE,
    RELEASE_OF_SOURCE,
    ROW,
    Live,
)
from sim.network.trunks import NO_ROUTE
from sim.network.usage import ORIGINATING, TERMINATING, release, seize
from sim.streams import (
    STREAM_LINE,
    STREAM_REDIAL,
    exponential_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_IDX, Outcome
from sim.traffic.calls import REDIAL_SHIFT

_CONNECTED = -1
_COMPLETED = int(Outcome.COMPLETED)
_NO_COVERAGE = int(Outcome.NO_COVERAGE)
_BLOCKED_CHANNEL = int(Outcome.BLOCKED_CHANNEL)
_BLOCKED_TRUNK = int(Outcome.BLOCKED_TRUNK)
_NO_ROUTE_OUTCOME = int(Outcome.NO_ROUTE)
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
def _redial(live: Live, time_s: float, row: int, root: int, redial: int) -> None:
    """Let the caller try again later, or not."""
    rules = live.rules
    if redial >= rules.max_redials or rules.redial_probability == 0.0:
        return
    entity = live.lines[row].subscriber_id
    address = root + (redial << REDIAL_SHIFT)
    u, v = uniform_pair(rules.key.seed, rules.key.replication, STREAM_REDIAL, entity, address)
    if u < rules.redial_probability:
        again_s = time_s + rules.redial_delay_mean_s * exponential_quantile(v)
        following = root + ((redial + 1) << REDIAL_SHIFT)
        schedule(live.wheel, again_s, REDIAL, entity, following, row)


@njit(cache=True, forceinline=True)
def _reach(live: Live, time_s: float, place: int) -> int:
    """Reach the called phone and seize its channel; return the outcome, or that it is connected."""
    plan = live.plan[place]
    if plan.is_callee_off:
        return _CALLEE_OFF
    if _is_engaged(live, plan.callee_row, plan.p_line):
        return _CALLEE_BUSY
    cell = live.ahead[place].callee_cell_idx
    if cell < 0:
        return _CALLEE_NO_COVERAGE
    if not seize(live.groups, cell, TERMINATING, time_s, live.rules.window_s):
        return _CALLEE_BLOCKED
    return _CONNECTED


@njit(cache=True, forceinline=True)
def _set_up(live: Live, time_s: float, place: int) -> int:
    """Seize the caller's channel, a circuit and the called phone's channel: all of them or none."""
    plan, record, window_s = live.plan[place], live.ahead[place], live.rules.window_s
    cell = record.cell_idx
    if cell < 0:
        return _NO_COVERAGE
    if not seize(live.groups, cell, ORIGINATING, time_s, window_s):
        return _BLOCKED_CHANNEL
    is_mobile = record.destination_idx != FIXED_IDX
    outcome = _CONNECTED
    group = -1
    if plan.route == NO_ROUTE or (is_mobile and plan.callee_row < 0):
        outcome = _NO_ROUTE_OUTCOME
    elif plan.route >= 0:
        group = live.rules.n_cells + plan.route
        if not seize(live.groups, group, ORIGINATING, time_s, window_s):
            group = -1
            outcome = _BLOCKED_TRUNK
    if outcome == _CONNECTED and is_mobile:
        outcome = _reach(live, time_s, place)
    if outcome != _CONNECTED:
        release(live.groups, group, time_s, window_s)
        release(live.groups, cell, time_s, window_s)
    return outcome


@njit(cache=True, forceinline=True)
def attempt(live: Live, time_s: float, place: int) -> None:
    """
    Make a planned attempt of a subscriber who is not engaged.

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
    if outcome != _CONNECTED:
        _fail(live, place, outcome)
        if outcome != _NO_COVERAGE:  # who sees no network does not dial again from the same square
            _redial(live, time_s, plan.caller_row, record.index, record.redial)
        return
    call = _hold(live, place, plan.caller_row, plan.callee_row)
    live.record[call].end_s = time_s + plan.ring_s + plan.talk_s
    kind = ANSWER if plan.course == _COMPLETED else RELEASE
    address = record.index + (record.redial << REDIAL_SHIFT)
    schedule(live.wheel, time_s + plan.ring_s, kind, record.entity, address, call)


@njit(cache=True, forceinline=True)
def intend(live: Live, time_s: float, place: int) -> None:
    """
    Let a subscriber who intends to call make the planned attempt, unless engaged.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    place : int
        Place of the plan.
    """
    record = live.ahead[place]
    network, province = record.network_idx, record.province_idx
    is_measured = 0.0 <= time_s < live.rules.window_s
    if is_measured:
        live.n_intents[ALL, network, province] += 1
    if is_engaged_caller(live, live.plan[place].caller_row, record.entity, record.index):
        if is_measured:
            live.n_intents[ENGAGED, network, province] += 1
        return
    attempt(live, time_s, place)


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
        release(live.groups, live.rules.n_cells + record.trunk_idx, time_s, window_s)
    if link.caller_row >= 0:
        live.n_calls[link.caller_row] -= 1
    if link.callee_row >= 0:
        live.n_calls[link.callee_row] -= 1
    live.block[live.cursor[ROW]] = record
    live.cursor[ROW] += 1
    link.next_free = live.cursor[FREE]
    live.cursor[FREE] = call
    live.cursor[N_FREE] += 1
    if record.outcome != _COMPLETED:
        _redial(live, time_s, link.caller_row, record.index, record.redial)


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
        _fail(live, place, _BLOCKED_CHANNEL)
        return
    if second >= 0 and not seize(live.groups, second, TERMINATING, time_s, window_s):
        release(live.groups, first, time_s, window_s)
        _fail(live, place, _CALLEE_BLOCKED)
        return
    call = _hold(live, place, -1, -1)
    live.record[call].answer_s = time_s
    until_s = time_s + record.would_hold_s
    schedule(live.wheel, until_s, RELEASE_OF_SOURCE, record.entity, record.index, call)
