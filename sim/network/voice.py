"""Telephone calls: set-up, ringing, answer, conversation and release."""

import math

from numba import njit

from sim.engine.wheel import schedule
from sim.network.intents import draw_callee, draw_course, draw_destination
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
    STREAM_PHONE_OFF,
    STREAM_REDIAL,
    STREAM_SOURCE_DURATION,
    exponential_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_IDX, NONE_IDX, Outcome
from sim.traffic.calls import REDIAL_SHIFT
from sim.traffic.durations import HoldingLaw, holding_time_s

_CONNECTED = -1
_NOBODY = 2**32 - 1
_COMPLETED = int(Outcome.COMPLETED)
_NO_COVERAGE = int(Outcome.NO_COVERAGE)
_BLOCKED_CHANNEL = int(Outcome.BLOCKED_CHANNEL)
_BLOCKED_TRUNK = int(Outcome.BLOCKED_TRUNK)
_NO_ROUTE_OUTCOME = int(Outcome.NO_ROUTE)
_CALLEE_BUSY = int(Outcome.CALLEE_BUSY)
_CALLEE_OFF = int(Outcome.CALLEE_OFF)
_CALLEE_NO_COVERAGE = int(Outcome.CALLEE_NO_COVERAGE)
_CALLEE_BLOCKED = int(Outcome.CALLEE_BLOCKED)


@njit(cache=True)
def _is_engaged(live: Live, row: int, p_line: float) -> bool:
    """Return whether the line is engaged: a row stands for 1/scale lines, of which `p_line` picks one."""
    return p_line < live.lines[row].n_calls * live.rules.scale


@njit(cache=True)
def _write_row(live: Live) -> None:
    live.cursor[ROW] += 1


@njit(cache=True)
def _hold(live: Live, caller_row: int, callee_row: int) -> int:
    """Keep the row just written as that of a call that holds something; return its place."""
    place = live.cursor[FREE]
    live.cursor[FREE] = live.link[place].next_free
    live.cursor[N_FREE] -= 1
    live.record[place] = live.block[live.cursor[ROW]]
    live.link[place].caller_row = caller_row
    live.link[place].callee_row = callee_row
    if caller_row >= 0:
        live.lines[caller_row].n_calls += 1
    if callee_row >= 0:
        live.lines[callee_row].n_calls += 1
    return place


@njit(cache=True)
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


@njit(cache=True)
def _reach(live: Live, time_s: float, row: int, address: int, callee: int, p_line: float) -> int:
    """Reach the called phone and seize its channel; return the outcome, or that it is connected."""
    rules = live.rules
    seed, replication = rules.key
    entity = live.lines[row].subscriber_id
    if uniform(seed, replication, STREAM_PHONE_OFF, entity, address) < rules.p_phone_off:
        return _CALLEE_OFF
    if _is_engaged(live, callee, p_line):
        return _CALLEE_BUSY
    cell = live.lines[callee].cell_idx
    if cell < 0:
        return _CALLEE_NO_COVERAGE
    if not seize(live.groups, cell, TERMINATING, time_s, live.rules.window_s):
        return _CALLEE_BLOCKED
    return _CONNECTED


@njit(cache=True)
def _set_up(
    live: Live, time_s: float, row: int, address: int, network: int, callee: int, p_line: float
) -> int:
    """Seize the caller's channel, a circuit and the called phone's channel: all of them or none."""
    cell = live.lines[row].cell_idx
    if cell < 0:
        return _NO_COVERAGE
    if not seize(live.groups, cell, ORIGINATING, time_s, live.rules.window_s):
        return _BLOCKED_CHANNEL
    trunk = live.trunk_idx[live.lines[row].network_idx, network]
    is_mobile = network < len(live.first_row)
    outcome = _CONNECTED
    group = -1
    if trunk == NO_ROUTE or (is_mobile and callee < 0):
        outcome = _NO_ROUTE_OUTCOME
    elif trunk >= 0:
        group = live.rules.n_cells + trunk
        if not seize(live.groups, group, ORIGINATING, time_s, live.rules.window_s):
            group = -1
            outcome = _BLOCKED_TRUNK
    if outcome == _CONNECTED and is_mobile:
        outcome = _reach(live, time_s, row, address, callee, p_line)
    if outcome != _CONNECTED:
        release(live.groups, group, time_s, live.rules.window_s)
        release(live.groups, cell, time_s, live.rules.window_s)
    return outcome


@njit(cache=True)
def attempt(live: Live, time_s: float, row: int, root: int, redial: int) -> None:
    """
    Make a call attempt of a subscriber who is not engaged.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    row : int
        Row of the caller.
    root : int
        Address of the intent.
    redial : int
        Number of the redial, 0 for the first attempt.
    """
    entity = live.lines[row].subscriber_id
    address = root + (redial << REDIAL_SHIFT)
    network, p_near = draw_destination(live, row, root)
    is_mobile = network < len(live.first_row)
    callee = -1
    p_line = 0.0
    if is_mobile:
        callee, p_line = draw_callee(live, row, root, network, p_near)
    course = draw_course(live.rules, entity, address)
    outcome = _set_up(live, time_s, row, address, network, callee, p_line)

    record = live.block[live.cursor[ROW]]
    record.time_s = time_s
    record.entity = entity
    record.index = root
    record.redial = redial
    record.is_source = 0
    record.network_idx = live.lines[row].network_idx
    record.province_idx = live.lines[row].province_idx
    record.class_idx = live.lines[row].class_idx
    record.cell_idx = live.lines[row].cell_idx
    record.destination_idx = network if is_mobile else FIXED_IDX
    record.callee_id = live.lines[callee].subscriber_id if callee >= 0 else _NOBODY
    record.callee_cell_idx = live.lines[callee].cell_idx if callee >= 0 else -1
    record.trunk_idx = max(-1, live.trunk_idx[live.lines[row].network_idx, network])
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = course.ring_s + course.talk_s
    if outcome != _CONNECTED:
        record.outcome = outcome
        _write_row(live)
        if outcome != _NO_COVERAGE:  # who sees no network does not dial again from the same square
            _redial(live, time_s, row, root, redial)
        return
    record.outcome = course.outcome
    place = _hold(live, row, callee)
    kind = ANSWER if course.outcome == _COMPLETED else RELEASE
    live.record[place].end_s = time_s + course.ring_s + course.talk_s
    schedule(live.wheel, time_s + course.ring_s, kind, entity, address, place)


@njit(cache=True)
def intend(live: Live, time_s: float, row: int, root: int) -> None:
    """
    Let a subscriber who intends to call make an attempt, unless engaged.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    row : int
        Row of the subscriber.
    root : int
        Address of the intent.
    """
    is_measured = 0.0 <= time_s < live.rules.window_s
    network, province = live.lines[row].network_idx, live.lines[row].province_idx
    if is_measured:
        live.n_intents[ALL, network, province] += 1
    if is_engaged_caller(live, row, root):
        if is_measured:
            live.n_intents[ENGAGED, network, province] += 1
        return
    attempt(live, time_s, row, root, 0)


@njit(cache=True)
def is_engaged_caller(live: Live, row: int, address: int) -> bool:
    """
    Return whether the line that wants to call is engaged.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of the subscriber.
    address : int
        Address of the attempt.

    Returns
    -------
    bool
        Whether it takes part in a call.
    """
    if live.lines[row].n_calls == 0:
        return False
    seed, replication = live.rules.key
    entity = live.lines[row].subscriber_id
    return _is_engaged(live, row, uniform(seed, replication, STREAM_LINE, entity, address))


@njit(cache=True)
def answer(live: Live, time_s: float, place: int) -> None:
    """
    Begin the conversation of a call.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    place : int
        Place of the call.
    """
    record = live.record[place]
    record.answer_s = time_s
    address = record.index + (record.redial << REDIAL_SHIFT)
    schedule(live.wheel, record.end_s, RELEASE, record.entity, address, place)


@njit(cache=True)
def end(live: Live, time_s: float, place: int) -> None:
    """
    Release everything that a call holds, and write its row.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    place : int
        Place of the call.
    """
    record = live.record[place]
    record.end_s = time_s
    release(live.groups, record.cell_idx, time_s, live.rules.window_s)
    release(live.groups, record.callee_cell_idx, time_s, live.rules.window_s)
    if record.trunk_idx >= 0:
        release(live.groups, live.rules.n_cells + record.trunk_idx, time_s, live.rules.window_s)
    for row in (live.link[place].caller_row, live.link[place].callee_row):
        if row >= 0:
            live.lines[row].n_calls -= 1
    live.block[live.cursor[ROW]] = record
    _write_row(live)
    live.link[place].next_free = live.cursor[FREE]
    live.cursor[FREE] = place
    live.cursor[N_FREE] += 1
    if record.outcome != _COMPLETED:
        _redial(live, time_s, live.link[place].caller_row, record.index, record.redial)


@njit(cache=True)
def source_call(live: Live, time_s: float, source: int, address: int) -> None:
    """
    Make a call of a Poisson source: answered at once, holding a channel in each of its cells.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    source : int
        Number of the source.
    address : int
        Address of the call.
    """
    one = live.sources[source]
    first, second = one.first_cell_idx, one.second_cell_idx
    outcome = _CONNECTED
    if not seize(live.groups, first, ORIGINATING, time_s, live.rules.window_s):
        outcome = _BLOCKED_CHANNEL
    elif second >= 0 and not seize(live.groups, second, TERMINATING, time_s, live.rules.window_s):
        release(live.groups, first, time_s, live.rules.window_s)
        outcome = _CALLEE_BLOCKED
    seed, replication = live.rules.key
    law = HoldingLaw(one.law, one.a, one.b, one.c)
    p = uniform(seed, replication, STREAM_SOURCE_DURATION, source, address)

    record = live.block[live.cursor[ROW]]
    record.time_s = time_s
    record.entity = source
    record.index = address
    record.redial = 0
    record.is_source = 1
    record.network_idx = live.groups[first].network_idx
    record.province_idx = live.groups[first].province_idx
    record.class_idx = NONE_IDX
    record.cell_idx = first
    record.destination_idx = NONE_IDX
    record.callee_id = _NOBODY
    record.callee_cell_idx = second
    record.trunk_idx = -1
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = holding_time_s(law, p)
    if outcome != _CONNECTED:
        record.outcome = outcome
        _write_row(live)
        return
    record.outcome = _COMPLETED
    record.answer_s = time_s
    place = _hold(live, -1, -1)
    until_s = time_s + record.would_hold_s
    schedule(live.wheel, until_s, RELEASE_OF_SOURCE, source, address, place)
