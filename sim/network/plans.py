"""
What is drawn of an attempt before anything is asked of the network.

Draws at addresses depend on nothing, so many attempts are planned together: their accesses to memory, which lie far
apart among millions of lines, then wait for each other no longer.
"""

import math
from typing import Any

from numba import njit

from sim.engine.prefetch import fetch_row
from sim.network.intents import draw_callee, draw_course, draw_destination
from sim.network.live import N_AHEAD, Live
from sim.streams import STREAM_PHONE_OFF, STREAM_SOURCE_DURATION, uniform
from sim.tables import FIXED_IDX, NONE_IDX, Outcome
from sim.traffic.calls import REDIAL_SHIFT, Intents
from sim.traffic.durations import HoldingLaw, holding_time_s

_fetch: Any = fetch_row  # Numba gives the intrinsic its first argument itself
_NOBODY = 2**32 - 1
_COMPLETED = int(Outcome.COMPLETED)


@njit(cache=True, forceinline=True)
def plan_attempt(live: Live, place: int, time_s: float, row: int, root: int, redial: int) -> None:
    """
    Plan an attempt of a subscriber, but for what is known of the called line.

    Parameters
    ----------
    live : Live
        State; a planned place changes.
    place : int
        Which place.
    time_s : float
        When the attempt begins. [s]
    row : int
        Row of the caller.
    root : int
        Address of the intent.
    redial : int
        Number of the redial, 0 for the first attempt.
    """
    rules = live.rules
    line = live.lines[row]
    entity = line.subscriber_id
    address = root + (redial << REDIAL_SHIFT)
    network, p_near = draw_destination(live, row, root)
    is_mobile = network < len(live.first_row)
    course = draw_course(rules, entity, address)
    u = uniform(rules.key.seed, rules.key.replication, STREAM_PHONE_OFF, entity, address)

    plan = live.plan[place]
    plan.ring_s = course.ring_s
    plan.talk_s = course.talk_s
    plan.course = course.outcome
    plan.is_callee_off = u < rules.p_phone_off
    plan.caller_row = row
    plan.callee_row = -1
    plan.p_line = 0.0
    plan.route = live.trunk_idx[line.network_idx, network]

    record = live.ahead[place]
    record.time_s = time_s
    record.entity = entity
    record.index = root
    record.redial = redial
    record.is_source = 0
    record.network_idx = line.network_idx
    record.province_idx = line.province_idx
    record.class_idx = line.class_idx
    record.cell_idx = line.cell_idx
    record.destination_idx = network if is_mobile else FIXED_IDX
    record.callee_id = _NOBODY
    record.callee_cell_idx = -1
    record.trunk_idx = max(-1, plan.route)
    record.outcome = course.outcome
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = course.ring_s + course.talk_s
    if is_mobile:
        callee, plan.p_line = draw_callee(live, row, root, network, p_near)
        plan.callee_row = callee
        if callee >= 0:
            _fetch(live.lines, callee)
            _fetch(live.n_calls, callee)


@njit(cache=True, forceinline=True)
def plan_callee(live: Live, place: int) -> None:
    """
    Complete the plan of an attempt with what is known of the called line.

    Parameters
    ----------
    live : Live
        State; a planned place changes.
    place : int
        Which place.
    """
    callee = live.plan[place].callee_row
    if callee >= 0:
        live.ahead[place].callee_id = live.lines[callee].subscriber_id
        live.ahead[place].callee_cell_idx = live.lines[callee].cell_idx


@njit(cache=True, forceinline=True)
def plan_source_call(live: Live, place: int, time_s: float, source: int, address: int) -> None:
    """
    Plan a call of a Poisson source: answered at once, holding a channel in each of its cells.

    Parameters
    ----------
    live : Live
        State; a planned place changes.
    place : int
        Which place.
    time_s : float
        When the call begins. [s]
    source : int
        Number of the source.
    address : int
        Address of the call.
    """
    seed, replication = live.rules.key
    one = live.sources[source]
    law = HoldingLaw(one.law, one.a, one.b, one.c)
    p = uniform(seed, replication, STREAM_SOURCE_DURATION, source, address)

    record = live.ahead[place]
    record.time_s = time_s
    record.entity = source
    record.index = address
    record.redial = 0
    record.is_source = 1
    record.network_idx = live.groups[one.first_cell_idx].network_idx
    record.province_idx = live.groups[one.first_cell_idx].province_idx
    record.class_idx = NONE_IDX
    record.cell_idx = one.first_cell_idx
    record.destination_idx = NONE_IDX
    record.callee_id = _NOBODY
    record.callee_cell_idx = one.second_cell_idx
    record.trunk_idx = -1
    record.outcome = _COMPLETED
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = holding_time_s(law, p)


@njit(cache=True, forceinline=True)
def plan_ahead(live: Live, intents: Intents, first: int) -> int:
    """
    Plan the attempts of the next intents.

    Parameters
    ----------
    live : Live
        State; planned places change.
    intents : Intents
        Intents of the present window.
    first : int
        First intent to plan, a multiple of N_AHEAD.

    Returns
    -------
    int
        First intent that is not planned.
    """
    end = min(first + N_AHEAD, len(intents.time_s))
    for i in range(first, end):
        if intents.is_subscriber[i]:
            _fetch(live.lines, intents.row[i])
            _fetch(live.n_calls, intents.row[i])
    for i in range(first, end):
        time_s, row, address = intents.time_s[i], intents.row[i], intents.address[i]
        if intents.is_subscriber[i]:
            plan_attempt(live, i - first, time_s, row, address, 0)
        else:
            plan_source_call(live, i - first, time_s, row, address)
    for i in range(first, end):
        if intents.is_subscriber[i]:
            plan_callee(live, i - first)
    return end
