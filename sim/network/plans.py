"""
What is drawn of an attempt before anything is asked of the network.

Draws at addresses depend on nothing, so many attempts are planned together: their accesses to memory, which lie far
apart among millions of lines, then wait for each other no longer.
"""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.engine.prefetch import fetch_row
from sim.network.intents import draw_callee, draw_course, draw_destination, draw_exchange
from sim.network.live import N_AHEAD, Live, as_int32, as_int64
from sim.network.packed import fixed_lines_of, place_of, radio_of, ways_of
from sim.network.ways import AUTOMATIC, NO_ROUTE, NO_TRUNK, first_group, route_between
from sim.streams import (
    STREAM_AVOIDANCE,
    STREAM_DESTINATION,
    STREAM_FIXED_BUSY,
    STREAM_PHONE_OFF,
    STREAM_SERVICE,
    STREAM_SOURCE_DURATION,
    STREAM_SOURCE_PLACE,
    uniform,
    uniform_pair,
)
from sim.tables import (
    FIXED_CELL,
    FIXED_ENTITY,
    FIXED_IDX,
    NONE_IDX,
    OF_FIXED_LINE,
    OF_SOURCE,
    OF_SUBSCRIBER,
    Outcome,
)
from sim.traffic.calls import OF_A_FIXED_LINE, OF_A_SOURCE, OF_A_SUBSCRIBER, REDIAL_SHIFT, Intents
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
    entity, own = line.subscriber_id, as_int64(line.network_idx)
    network, p_near = draw_destination(live, row, root)

    plan, record = live.plan[place], live.ahead[place]
    plan.caller_row = row
    plan.caller_place = place_of(live, row)
    plan.origin = own
    record.entity = entity
    record.redial = redial
    record.is_source = OF_SUBSCRIBER
    record.network_idx = own
    record.province_idx = line.province_idx
    record.class_idx = line.class_idx
    record.cell_idx = line.cell_idx
    _plan_call(live, place, time_s, root, network, own)
    if network < rules.n_networks:
        _plan_mobile_callee(live, place, root, network, p_near)
        record.service_idx = _service_between_phones(live, entity, root)
    else:
        _plan_fixed_callee(live, place, root, as_int32(-1), p_near)
    _plan_route(live, place, own, network)


@njit(cache=True)
def plan_fixed_attempt(
    live: Live, place: int, time_s: float, node: int, root: int, redial: int
) -> None:
    """
    Plan an attempt of somebody at a fixed line, but for what is known of the called line.

    Parameters
    ----------
    live : Live
        State; a planned place changes.
    place : int
        Which place.
    time_s : float
        When the attempt begins. [s]
    node : int
        Exchange of the caller.
    root : int
        Address of the intent.
    redial : int
        Number of the redial, 0 for the first attempt.
    """
    rules = live.rules
    entity = FIXED_ENTITY + node
    seed, replication = rules.key
    u, p_near = uniform_pair(seed, replication, STREAM_DESTINATION, entity, root)
    fixed, ways = fixed_lines_of(live), ways_of(live)
    if not ways.is_manual[node]:
        u *= (
            rules.toll_share + rules.mobile_share
        )  # nobody sees a local call of an automatic exchange
    own = rules.n_networks
    network = own
    is_toll = u < rules.toll_share
    if not is_toll and u < rules.toll_share + rules.mobile_share:
        v = (u - rules.toll_share) / rules.mobile_share
        network = 0
        while network < own - 1 and v >= fixed.network_share[network]:
            network += 1

    plan, record = live.plan[place], live.ahead[place]
    plan.caller_row = -1
    plan.caller_place = -1
    plan.origin = node
    record.entity = entity
    record.redial = redial
    record.is_source = OF_FIXED_LINE
    record.network_idx = FIXED_IDX
    record.province_idx = fixed.province_idx[node]
    record.class_idx = NONE_IDX
    record.cell_idx = FIXED_CELL
    _plan_call(live, place, time_s, root, network, own)
    if network < own:
        _plan_mobile_callee(live, place, root, network, p_near)
    elif is_toll:
        _plan_fixed_callee(live, place, root, node, p_near)
    else:
        plan.destination = node
        record.exchange_idx = node
    _plan_route(live, place, own, network)


@njit(cache=True, forceinline=True)
def _plan_call(live: Live, place: int, time_s: float, root: int, network: int, own: int) -> None:
    """Plan how a call to a network would go, whoever is called."""
    rules = live.rules
    plan, record = live.plan[place], live.ahead[place]
    entity, address = record.entity, root + (record.redial << REDIAL_SHIFT)
    seed, replication = rules.key
    course = draw_course(rules, entity, address)
    is_mobile = network < rules.n_networks
    p_off = rules.p_phone_off if is_mobile else rules.p_fixed_busy
    stream = STREAM_PHONE_OFF if is_mobile else STREAM_FIXED_BUSY
    plan.is_callee_off = p_off > 0.0 and uniform(seed, replication, stream, entity, address) < p_off
    plan.ring_s = course.ring_s
    plan.talk_s = course.talk_s * ways_of(live).talk_factor[own, network]
    plan.course = course.outcome
    plan.callee_row = -1
    plan.callee_place = -1
    plan.p_line = 0.0

    record.service_idx = 0
    record.time_s = time_s
    record.index = root
    record.destination_idx = network if is_mobile else FIXED_IDX
    record.callee_id = _NOBODY
    record.callee_cell_idx = -1
    record.exchange_idx = -1
    record.outcome = course.outcome
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = plan.ring_s + plan.talk_s
    record.n_manual = 0
    record.lost_at_idx = -1
    record.wait_s = 0.0


@njit(cache=True, forceinline=True)
def _plan_mobile_callee(live: Live, place: int, root: int, network: int, p_near: float) -> None:
    plan, record = live.plan[place], live.ahead[place]
    callee, plan.p_line = draw_callee(
        live, plan.caller_row, record.entity, root, record.province_idx, network, p_near
    )
    plan.callee_row = callee
    plan.destination = network
    if callee >= 0:
        _fetch(live.lines, callee)
        _fetch(live.n_calls, callee)


@njit(cache=True, forceinline=True)
def _service_between_phones(live: Live, entity: int, root: int) -> int:
    """Return which service a caller to another mobile phone asks for."""
    rules = live.rules
    if rules.video_share == 0.0:
        return as_int64(0)
    u = uniform(rules.key.seed, rules.key.replication, STREAM_SERVICE, entity, root)
    return rules.video_service if u < rules.video_share else as_int64(0)


@njit(cache=True, forceinline=True)
def _plan_fixed_callee(live: Live, place: int, root: int, own: int, p_near: float) -> None:
    plan, record = live.plan[place], live.ahead[place]
    node = draw_exchange(live, own, record.entity, root, record.province_idx, p_near)
    plan.destination = node
    record.exchange_idx = -1 if live.rules.fixed_node >= 0 else node


@njit(cache=True, forceinline=True)
def _plan_route(live: Live, place: int, own: int, network: int) -> None:
    """Plan the route, and whether the caller forgoes the call for its price."""
    ways = ways_of(live)
    plan, record = live.plan[place], live.ahead[place]
    plan.is_avoided = False
    record.trunk_idx = -1
    if own == network and network < live.rules.n_networks:
        plan.route = NO_TRUNK
        return
    share = ways.avoidance[own, network]
    if share > 0.0:
        # A subscriber is one person, an exchange has many.
        who = record.index if record.is_source == OF_FIXED_LINE else network
        seed, replication = live.rules.key
        u = uniform(seed, replication, STREAM_AVOIDANCE, record.entity, who)
        plan.is_avoided = u < share
    if plan.destination < 0:
        plan.route = NO_ROUTE
        return
    plan.route = route_between(ways, plan.origin, plan.destination, ways.mode[own, network])
    if plan.route == AUTOMATIC:
        record.trunk_idx = first_group(ways, plan.origin, plan.destination)


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
        live.plan[place].callee_place = place_of(live, callee)


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
    if live.rules.n_services > 0:
        _plan_source_places(live, place, source, address)

    record = live.ahead[place]
    record.time_s = time_s
    record.entity = source
    record.index = address
    record.redial = 0
    record.is_source = OF_SOURCE
    record.network_idx = live.groups[one.first_cell_idx].network_idx
    record.province_idx = live.groups[one.first_cell_idx].province_idx
    record.class_idx = NONE_IDX
    record.cell_idx = one.first_cell_idx
    record.destination_idx = NONE_IDX
    record.callee_id = _NOBODY
    record.callee_cell_idx = one.second_cell_idx
    record.exchange_idx = -1
    record.trunk_idx = -1
    record.outcome = _COMPLETED
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = holding_time_s(law, p)
    record.service_idx = one.service_idx
    record.n_manual = 0
    record.lost_at_idx = -1
    record.wait_s = 0.0


@njit(cache=True)
def _plan_source_places(live: Live, place: int, source: int, address: int) -> None:
    """Put the phones of a source's call into squares where its cells are the first, all squares alike."""
    radio, one = radio_of(live.packed), live.sources[source]
    seed, replication = live.rules.key
    u, v = uniform_pair(seed, replication, STREAM_SOURCE_PLACE, source, address)
    plan = live.plan[place]
    plan.caller_place = source_place(radio.source_first, radio.source_place, one.first_cell_idx, u)
    if one.second_cell_idx >= 0:
        plan.callee_place = source_place(
            radio.source_first, radio.source_place, one.second_cell_idx, v
        )


@njit(cache=True, forceinline=True)
def source_place(first: NDArray[np.int32], places: NDArray[np.int32], cell: int, u: float) -> int:
    """
    Return where the phone of a Poisson source is: all squares where its cell is the first are alike.

    Parameters
    ----------
    first : (cell + 1,) ndarray of int32
        Where the places of each cell begin.
    places : (place,) ndarray of int32
        Places, cell by cell.
    cell : int
        Cell.
    u : float
        Draw.

    Returns
    -------
    int
        Place.
    """
    n = first[cell + 1] - first[cell]
    return places[first[cell] + min(n - 1, int(u * n))]


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
        if intents.kind[i] == OF_A_SUBSCRIBER:
            _fetch(live.lines, intents.row[i])
            _fetch(live.n_calls, intents.row[i])
    for i in range(first, end):
        time_s, row, address = intents.time_s[i], intents.row[i], intents.address[i]
        if intents.kind[i] == OF_A_SUBSCRIBER:
            plan_attempt(live, i - first, time_s, row, address, as_int64(0))
        elif intents.kind[i] == OF_A_FIXED_LINE:
            plan_fixed_attempt(live, i - first, time_s, row, address, as_int64(0))
        elif intents.kind[i] == OF_A_SOURCE:
            plan_source_call(live, i - first, time_s, row, address)
    for i in range(first, end):
        if OF_A_SOURCE < intents.kind[i] <= OF_A_FIXED_LINE:
            plan_callee(live, i - first)
    return end
