"""The compiled loop: the next event or intent, whichever comes first, over and over."""

import math

import numpy as np
from numba import njit

from sim.engine.wheel import NONE, first_due, n_free, take
from sim.network.breathing import sample_coverage
from sim.network.flows import (
    begin_page,
    begin_source_flow,
    end_fast_flow,
    end_on_bearer,
    write_cut_flow,
    write_shed_flow,
)
from sim.network.live import (
    ANSWER,
    BEARER_END,
    CALLED,
    COVERAGE_SAMPLE,
    CUT_FROM,
    CUT_TO,
    FLOW_END,
    FLOW_ROWS_LEFT,
    FREED,
    INTENT,
    MESSAGE_ROWS_LEFT,
    N_AHEAD,
    N_EVENTS,
    N_FREE,
    N_FREE_FLOWS,
    N_FREE_MESSAGES,
    PAGE,
    PLANNED,
    POWER_UPDATE,
    REDIAL,
    REDIAL_OF_FIXED,
    ROW,
    Live,
    as_int64,
)
from sim.network.messages import begin_message, step_message
from sim.network.packed import Packed, radio_of, unpack, unpack_intents
from sim.network.plans import plan_ahead, plan_attempt, plan_callee, plan_fixed_attempt
from sim.network.radio_update import (
    has_shed_calls,
    next_shed_call,
    sample_later,
    update_powers,
)
from sim.network.ready import get_ready
from sim.network.voice import (
    answer,
    attempt,
    end,
    intend,
    is_engaged_caller,
    source_call,
    write_shed_row,
)
from sim.traffic.calls import (
    OF_A_DATA_SOURCE,
    OF_A_SESSION,
    OF_A_SOURCE,
    REDIAL_SHIFT,
    Intents,
)

NOT_DUE, DONE, NO_ROOM, PAUSED, NEEDS_HUMAN = range(5)
"""Why the loop stopped: nothing was due before the limit, nothing is left, an array is full, it has run as long as
asked, or operators are asked for: by a call, or by a circuit that is free for somebody who waits."""


# Each of these is compiled for itself, and makes of the addresses the few arrays that it needs: a single large function
# takes the compiler longer.


@njit(cache=True)
def _answer(packed: Packed, time_s: float, call: int) -> None:
    answer(unpack(packed), time_s, call)


@njit(cache=True)
def _end(packed: Packed, time_s: float, call: int) -> None:
    end(unpack(packed), time_s, call)


@njit(cache=True)
def _redial(packed: Packed, time_s: float, kind: int, payload: int, address: int) -> None:
    """Let somebody try again, unless engaged."""
    live = unpack(packed)
    redial = address >> REDIAL_SHIFT
    root = address & ((1 << REDIAL_SHIFT) - 1)
    place = as_int64(N_AHEAD)  # a literal would be compiled for itself
    if kind == REDIAL_OF_FIXED:
        plan_fixed_attempt(live, place, time_s, payload, root, redial)
    elif is_engaged_caller(live, payload, live.lines[payload].subscriber_id, address):
        return
    else:
        plan_attempt(live, place, time_s, payload, root, redial)
    plan_callee(live, place)
    _attempt(packed, time_s, place)


@njit(cache=True)
def _attempt(packed: Packed, time_s: float, place: int) -> None:
    attempt(unpack(packed), time_s, place)


@njit(cache=True)
def _update_radio(packed: Packed, time_s: float, kind: int, number: int) -> None:
    """Solve the powers anew, or look at the coverage."""
    live, radio = unpack(packed), radio_of(packed)
    if kind == POWER_UPDATE:
        update_powers(live, radio, time_s, number)
    else:
        sample_coverage(radio, len(radio.is_served) // live.rules.n_networks)
        sample_later(live, radio, number)


@njit(cache=True)
def _write_shed_call(packed: Packed) -> None:
    live = unpack(packed)
    call = next_shed_call(live, radio_of(packed))
    if live.link[call].flow >= 0:
        write_shed_flow(packed, call)
    else:
        write_shed_row(live, call)


@njit(cache=True)
def _plan_ahead(packed: Packed, first: int) -> int:
    return plan_ahead(unpack(packed), unpack_intents(packed), first)


@njit(cache=True)
def _source_call(packed: Packed, time_s: float, place: int) -> None:
    source_call(unpack(packed), time_s, place)


@njit(cache=True)
def _run_data_event(packed: Packed, time_s: float, kind: int, payload: int, address: int) -> None:
    if kind == BEARER_END:
        end_on_bearer(packed, time_s, payload)
    elif kind == FLOW_END:
        end_fast_flow(packed, time_s, payload)
    elif kind == PAGE:
        begin_page(packed, time_s, payload, address)
    else:
        step_message(packed, time_s, payload)


@njit(cache=True)
def _run_data_intent(packed: Packed, time_s: float, kind: int, row: int, address: int) -> None:
    if kind == OF_A_SESSION:
        begin_page(packed, time_s, row, address)
    elif kind == OF_A_DATA_SOURCE:
        begin_source_flow(packed, time_s, row, address)
    else:
        begin_message(packed, time_s, row, address)


@njit(cache=True, forceinline=True)
def _run_event(packed: Packed, live: Live, node: int) -> None:
    """Take an event out of the wheel and do what it says."""
    wheel = live.wheel
    time_s = wheel.nodes[node].time_s
    kind = wheel.nodes[node].kind
    payload = wheel.nodes[node].payload
    address = wheel.nodes[node].address
    take(wheel, node)
    if kind <= COVERAGE_SAMPLE:
        _update_radio(packed, time_s, kind, address)
    elif kind == ANSWER:
        _answer(packed, time_s, payload)
    elif kind >= BEARER_END:
        _run_data_event(packed, time_s, kind, payload, address)
    elif kind >= REDIAL:
        _redial(packed, time_s, kind, payload, address)
    else:
        _end(packed, time_s, payload)


@njit(cache=True, forceinline=True)
def _run_intent(packed: Packed, live: Live, intents: Intents, i: int) -> None:
    if i == live.cursor[PLANNED]:
        live.cursor[PLANNED] = _plan_ahead(packed, i)
    place = i % N_AHEAD
    if intents.kind[i] >= OF_A_SESSION:
        _run_data_intent(
            packed, intents.time_s[i], intents.kind[i], intents.row[i], intents.address[i]
        )
    elif intents.kind[i] == OF_A_SOURCE:
        _source_call(packed, intents.time_s[i], place)
    elif intend(live, intents.time_s[i], place):
        _attempt(packed, intents.time_s[i], place)


@njit(cache=True, forceinline=True)
def _has_room(live: Live) -> bool:
    """Say whether there is room for whatever an event may add."""
    cursor = live.cursor
    return (
        cursor[ROW] < len(live.block)
        and n_free(live.wheel) >= live.rules.n_spare_events
        and cursor[N_FREE] > 0
        and cursor[FLOW_ROWS_LEFT] > 0
        and cursor[N_FREE_FLOWS] > 0
        and cursor[MESSAGE_ROWS_LEFT] > 0
        and cursor[N_FREE_MESSAGES] > 0
    )


@njit(cache=True)
def run_events(packed: Packed, limit_s: float, max_events: int) -> int:
    """
    Run machine events and intents in their order.

    Parameters
    ----------
    packed : Packed
        State, which changes, and the intents of the present window; the caller keeps their arrays.
    limit_s : float
        Events at this time or later stay. [s]
    max_events : int
        Return after so many events at the latest.

    Returns
    -------
    int
        NOT_DUE, DONE, NO_ROOM, PAUSED or NEEDS_HUMAN.
    """
    live, intents = unpack(packed), unpack_intents(packed)
    cursor = live.cursor
    start = cursor[N_EVENTS]
    stop = start + max_events
    while cursor[N_EVENTS] < stop:
        if not _has_room(live):
            return NO_ROOM
        if has_shed_calls(live):
            _write_shed_call(packed)
            continue
        if cursor[CUT_FROM] < cursor[CUT_TO]:
            write_cut_flow(packed)
            continue
        i = cursor[INTENT]
        intent_s = intents.time_s[i] if i < len(intents.time_s) else math.inf
        # Events at the very time of the intent come first.
        node = first_due(live.wheel, min(limit_s, np.nextafter(intent_s, np.inf)))
        if node != NONE:
            get_ready(live, node)
            _run_event(packed, live, node)
        elif intent_s < limit_s:
            cursor[INTENT] += 1
            _run_intent(packed, live, intents, i)
        else:
            return NOT_DUE if cursor[N_EVENTS] == start else DONE
        cursor[N_EVENTS] += 1
        if cursor[CALLED] >= 0 or cursor[FREED]:
            return NEEDS_HUMAN
    return PAUSED


@njit(cache=True)
def next_due_s(packed: Packed) -> float:
    """
    Return when the next machine event or intent is due.

    Parameters
    ----------
    packed : Packed
        State and intents.

    Returns
    -------
    float
        Time, infinite when there is none. [s]
    """
    live, intents = unpack(packed), unpack_intents(packed)
    i = live.cursor[INTENT]
    intent_s = intents.time_s[i] if i < len(intents.time_s) else math.inf
    node = first_due(live.wheel, np.nextafter(intent_s, np.inf))
    return intent_s if node == NONE else min(intent_s, live.wheel.nodes[node].time_s)
