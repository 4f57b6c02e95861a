"""The compiled loop: the next event or intent, whichever comes first, over and over."""

import math

import numpy as np
from numba import njit

from sim.engine.wheel import NONE, first_due, n_free, take
from sim.network.borrowed import borrow_intents, borrow_live
from sim.network.live import (
    ANSWER,
    CALLED,
    INTENT,
    N_AHEAD,
    N_EVENTS,
    N_FREE,
    PLANNED,
    REDIAL,
    REDIAL_OF_FIXED,
    ROW,
    Live,
)
from sim.network.plans import plan_ahead, plan_attempt, plan_callee, plan_fixed_attempt
from sim.network.ready import get_ready
from sim.network.voice import answer, attempt, end, intend, is_engaged_caller, source_call
from sim.traffic.calls import OF_A_SOURCE, REDIAL_SHIFT, Intents

DONE, NO_ROOM, PAUSED, NEEDS_HUMAN = range(4)
"""Why the loop stopped: nothing is left before the limit, an array is full, it has run as long as asked, or operators
are asked for: by a call, or by a circuit that is free for somebody who waits."""


@njit(cache=True, forceinline=True)
def _run_event(live: Live, node: int) -> None:
    """Take an event out of the wheel and do what it says."""
    wheel = live.wheel
    time_s = wheel.nodes[node].time_s
    kind = wheel.nodes[node].kind
    payload = wheel.nodes[node].payload
    address = wheel.nodes[node].address
    take(wheel, node)
    if kind == ANSWER:
        answer(live, time_s, payload)
    elif kind >= REDIAL:
        redial = address >> REDIAL_SHIFT
        root = address & ((1 << REDIAL_SHIFT) - 1)
        if kind == REDIAL_OF_FIXED:
            plan_fixed_attempt(live, N_AHEAD, time_s, payload, root, redial)
        elif is_engaged_caller(live, payload, live.lines[payload].subscriber_id, address):
            return
        else:
            plan_attempt(live, N_AHEAD, time_s, payload, root, redial)
        plan_callee(live, N_AHEAD)
        attempt(live, time_s, N_AHEAD)
    else:
        end(live, time_s, payload)


@njit(cache=True, forceinline=True)
def _run_intent(live: Live, intents: Intents, i: int) -> None:
    if i == live.cursor[PLANNED]:
        live.cursor[PLANNED] = plan_ahead(live, intents, i)
    place = i % N_AHEAD
    if intents.kind[i] == OF_A_SOURCE:
        source_call(live, intents.time_s[i], place)
    else:
        intend(live, intents.time_s[i], place)


@njit(cache=True, forceinline=True)
def _run(live: Live, intents: Intents, limit_s: float, max_events: int) -> int:
    cursor = live.cursor
    stop = cursor[N_EVENTS] + max_events
    while cursor[N_EVENTS] < stop:
        if cursor[ROW] == len(live.block) or n_free(live.wheel) == 0 or cursor[N_FREE] == 0:
            return NO_ROOM
        i = cursor[INTENT]
        intent_s = intents.time_s[i] if i < len(intents.time_s) else math.inf
        # Events at the very time of the intent come first.
        node = first_due(live.wheel, min(limit_s, np.nextafter(intent_s, np.inf)))
        if node != NONE:
            get_ready(live, node)
            _run_event(live, node)
        elif intent_s < limit_s:
            cursor[INTENT] += 1
            _run_intent(live, intents, i)
        else:
            return DONE
        cursor[N_EVENTS] += 1
        if cursor[CALLED] >= 0 or live.ways.freed[0]:
            return NEEDS_HUMAN
    return PAUSED


@njit(cache=True)
def run_events(live: Live, intents: Intents, limit_s: float, max_events: int) -> int:
    """
    Run machine events and intents in their order.

    Parameters
    ----------
    live : Live
        State; changed.
    intents : Intents
        Intents of the present window.
    limit_s : float
        Events at this time or later stay. [s]
    max_events : int
        Return after so many events at the latest.

    Returns
    -------
    int
        DONE, NO_ROOM, PAUSED or NEEDS_HUMAN.
    """
    # The caller holds live and intents for as long as this runs.
    return _run(borrow_live(live), borrow_intents(intents), limit_s, max_events)
