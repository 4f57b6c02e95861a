"""Telephone calls: attempt, ringing, answer, conversation and release."""

from typing import Any

from numba import njit

from sim.engine.wheel import schedule
from sim.network.live import (
    ALL,
    ANSWER,
    AVOIDED,
    BY_MACHINE,
    BY_OPERATORS,
    CALLED,
    CALLED_PHONE,
    CALLER,
    ENGAGED,
    FREE,
    N_FREE,
    PLACE,
    REDIAL,
    REDIAL_OF_FIXED,
    RELEASE,
    RELEASE_OF_SOURCE,
    ROW,
    SHED,
    Live,
    as_int32,
    as_int64,
)
from sim.network.phones import connect, connect_caller, disconnect, of_callee
from sim.network.set_up import (
    BARRED_OUTCOME,
    NEEDS_OPERATOR,
    NO_COVERAGE,
    is_engaged,
    release_way,
    set_up,
)
from sim.network.usage import TERMINATING
from sim.network.ways import AUTOMATIC, CONNECTED
from sim.streams import (
    STREAM_LINE,
    STREAM_REDIAL,
    exponential_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_ENTITY, OF_FIXED_LINE, Outcome
from sim.traffic.calls import REDIAL_SHIFT

Record = Any
"""A row of a structured array in compiled code: an attempt."""

_COMPLETED = int(Outcome.COMPLETED)


@njit(cache=True, forceinline=True)
def _hold(live: Live, place: int, caller_row: int, callee_row: int) -> int:
    """Keep a planned attempt as a call that holds something; return where."""
    call = live.cursor[FREE]
    live.cursor[FREE] = live.link[call].next_free
    live.cursor[N_FREE] -= 1
    live.record[call] = live.ahead[place]
    live.link[call].caller_row = caller_row
    live.link[call].callee_row = callee_row
    live.link[call].in_hand = BY_MACHINE
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
    outcome = set_up(live, time_s, place)
    if outcome == NEEDS_OPERATOR:
        call = _hold(live, place, plan.caller_row, as_int32(-1))
        live.link[call].in_hand = BY_OPERATORS
        live.cursor[CALLED] = call
        live.cursor[PLACE] = place
        return
    if outcome != CONNECTED:
        _fail(live, place, outcome)
        if _may_redial(outcome):
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
    return is_engaged(live, row, uniform(seed, replication, STREAM_LINE, entity, address))


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
    if live.link[call].in_hand == SHED:
        free_call(live, call)
        return
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
    if live.link[call].in_hand == SHED:
        free_call(live, call)
        return
    let_go(live, time_s, call)
    write_row(live, time_s, call)


@njit(cache=True, forceinline=True)
def let_go(live: Live, time_s: float, call: int) -> None:
    """
    Release everything that a call holds.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    """
    record, link = live.record[call], live.link[call]
    record.end_s = time_s
    disconnect(live, time_s, 2 * call + CALLER, record.cell_idx)
    disconnect(live, time_s, 2 * call + CALLED_PHONE, record.callee_cell_idx)
    if record.trunk_idx >= 0:
        release_way(live, live.held[call], time_s)
    if link.caller_row >= 0:
        live.n_calls[link.caller_row] -= 1
    if link.callee_row >= 0:
        live.n_calls[link.callee_row] -= 1


@njit(cache=True, forceinline=True)
def _may_redial(outcome: int) -> bool:
    """Who sees no network does not dial again from the same square, nor does who may not call."""
    return outcome != _COMPLETED and outcome != NO_COVERAGE and outcome != BARRED_OUTCOME


@njit(cache=True, forceinline=True)
def free_call(live: Live, call: int) -> None:
    """
    Give the place of a call free.

    Parameters
    ----------
    live : Live
        State; changed.
    call : int
        The call, which holds nothing any more.
    """
    live.link[call].next_free = live.cursor[FREE]
    live.cursor[FREE] = call
    live.cursor[N_FREE] += 1


@njit(cache=True, forceinline=True)
def write_shed_row(live: Live, call: int) -> None:
    """
    Write the row of a call that was shed; its place is free when the event in the wheel comes.

    Parameters
    ----------
    live : Live
        State; changed.
    call : int
        The call.
    """
    record = live.record[call]
    live.block[live.cursor[ROW]] = record
    live.cursor[ROW] += 1
    if _may_redial(record.outcome):
        redial_later(live, record.end_s, record, live.link[call].caller_row)


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
    free_call(live, call)
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
    record, call = live.ahead[place], live.cursor[FREE]
    outcome = connect_caller(live, time_s, call, place)
    if outcome != CONNECTED:
        _fail(live, place, as_int64(outcome))
        return
    if record.callee_cell_idx >= 0:
        link, called = 2 * call + CALLED_PHONE, live.plan[place].callee_place
        outcome = connect(
            live, time_s, link, TERMINATING, record.callee_cell_idx, called, record.service_idx
        )
        if outcome != CONNECTED:
            disconnect(live, time_s, 2 * call + CALLER, record.cell_idx)
            _fail(live, place, as_int64(of_callee(outcome)))
            return
    _hold(live, place, as_int32(-1), as_int32(-1))
    live.record[call].answer_s = time_s
    until_s = time_s + record.would_hold_s
    schedule(live.wheel, until_s, RELEASE_OF_SOURCE, record.entity, record.index, call)
