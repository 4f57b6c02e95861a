"""
What is drawn of an attempt before anything is asked of the network.

Draws at addresses depend on nothing, so many attempts are planned together: their accesses to memory, which lie far
apart among millions of lines, then wait for each other no longer. Where somebody is, is asked when the attempt begins.
"""

import math
from typing import Any

from sim.compilation.kernels import IS_PLAIN, kernel
from sim.engine.prefetch import fetch_row
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Intent
from sim.network.lines import lines_of, province_now
from sim.network.radio.phones import place_of
from sim.network.radio.state import radio_of
from sim.network.trunks.fixed_lines import fixed_lines_of
from sim.network.trunks.ways import (
    AUTOMATIC,
    BY_HAND,
    NO_ROUTE,
    NO_TRUNK,
    first_group,
    route_between,
    trunks_of,
)
from sim.network.voice.destinations import draw_callee, draw_destination, draw_exchange
from sim.network.voice.state import N_AHEAD, Plan, calls_of
from sim.streams import (
    STREAM_AVOIDANCE,
    STREAM_DESTINATION,
    STREAM_DURATION,
    STREAM_EMERGENCY,
    STREAM_FIXED_BUSY,
    STREAM_PATIENCE,
    STREAM_PHONE_OFF,
    STREAM_RINGING,
    STREAM_SERVICE,
    STREAM_SOURCE_DURATION,
    STREAM_SOURCE_PLACE,
    exponential_quantile,
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
from sim.traffic.calls import REDIAL_SHIFT
from sim.traffic.durations import HoldingLaw, holding_time_s

_fetch: Any = fetch_row  # Numba gives the intrinsic its first argument itself
_NOBODY = 2**32 - 1
_COMPLETED = int(Outcome.COMPLETED)
_NO_ANSWER = int(Outcome.NO_ANSWER)
_CALLER_ABANDONED = int(Outcome.CALLER_ABANDONED)
_OF_A_SUBSCRIBER = int(Intent.OF_A_SUBSCRIBER)
_OF_A_FIXED_LINE = int(Intent.OF_A_FIXED_LINE)
_OF_A_SOURCE = int(Intent.OF_A_SOURCE)


@kernel
def plan_attempt(state: int, place: int, time_s: float, row: int, root: int, redial: int) -> None:
    """Plan an attempt of a subscriber: the given redial of the intent at an address."""
    calls, line = calls_of(state), lines_of(state).lines[row]
    own = line.network_idx
    network, p_near = draw_destination(state, row, root)
    run, share, is_emergency = clockwork_of(state).rules[0], calls.rules[0].emergency_share, False
    if share > 0.0:
        u = uniform(run.seed, run.replication, STREAM_EMERGENCY, line.subscriber_id, root)
        is_emergency = u < share
    if is_emergency:
        network, p_near = run.n_networks, 0.0  # a fixed line nearby
    plan, record = calls.plans[place], calls.planned[place]
    plan.caller_row = row
    plan.origin = own
    record.entity = line.subscriber_id
    record.redial = redial
    record.is_source = OF_SUBSCRIBER
    record.network_idx = own
    record.province_idx = line.province_idx
    record.class_idx = line.class_idx
    _plan_call(state, place, time_s, root, network, own)
    plan.is_emergency = is_emergency
    if network < run.n_networks:
        _plan_mobile_callee(state, place, root, network, p_near)
        record.service_idx = _service_between_phones(state, line.subscriber_id, root)
    else:
        _plan_fixed_callee(state, place, root, -1, p_near)
    _plan_route(state, place, own, network)


@kernel
def plan_fixed_attempt(
    state: int, place: int, time_s: float, node: int, root: int, redial: int
) -> None:
    """Plan an attempt of somebody at a fixed line of an exchange."""
    run, calls = clockwork_of(state).rules[0], calls_of(state)
    rules, fixed = calls.rules[0], fixed_lines_of(state)
    entity = FIXED_ENTITY + node
    u, p_near = uniform_pair(run.seed, run.replication, STREAM_DESTINATION, entity, root)
    if not trunks_of(state).is_manual[node]:
        # Nobody sees a local call of an automatic exchange.
        u *= rules.toll_share + rules.mobile_share
    own = run.n_networks
    network = own
    is_toll = u < rules.toll_share
    if not is_toll and u < rules.toll_share + rules.mobile_share:
        v = (u - rules.toll_share) / rules.mobile_share
        network = 0
        while network < own - 1 and v >= fixed.network_share[network]:
            network += 1

    plan, record = calls.plans[place], calls.planned[place]
    plan.caller_row = -1
    plan.origin = node
    record.entity = entity
    record.redial = redial
    record.is_source = OF_FIXED_LINE
    record.network_idx = FIXED_IDX
    record.province_idx = fixed.province_idx[node]
    record.class_idx = NONE_IDX
    _plan_call(state, place, time_s, root, network, own)
    if network < own:
        _plan_mobile_callee(state, place, root, network, p_near)
    elif is_toll:
        _plan_fixed_callee(state, place, root, node, p_near)
    else:
        plan.destination = node
        record.exchange_idx = node
    _plan_route(state, place, own, network)


@kernel
def _draw_course(state: int, plan: Plan, entity: int, address: int) -> None:
    """Draw how a call would go once it rings: outcome, ringing and conversation."""
    run, rules = clockwork_of(state).rules[0], calls_of(state).rules[0]
    seed, replication = run.seed, run.replication
    u, v = uniform_pair(seed, replication, STREAM_RINGING, entity, address)
    patience = uniform(seed, replication, STREAM_PATIENCE, entity, address)
    patience_s = rules.patience_mean_s * exponential_quantile(patience)
    ring_s = rules.ring_mean_s * exponential_quantile(v)
    if u < rules.p_answer and ring_s <= patience_s and ring_s <= rules.timeout_s:
        p = uniform(seed, replication, STREAM_DURATION, entity, address)
        law = HoldingLaw(rules.law, rules.a, rules.b, rules.c)
        plan.course, plan.ring_s, plan.talk_s = _COMPLETED, ring_s, holding_time_s(law, p)
    elif patience_s < rules.timeout_s:
        plan.course, plan.ring_s, plan.talk_s = _CALLER_ABANDONED, patience_s, 0.0
    else:
        plan.course, plan.ring_s, plan.talk_s = _NO_ANSWER, rules.timeout_s, 0.0


@kernel
def _plan_call(state: int, place: int, time_s: float, root: int, network: int, own: int) -> None:
    """Plan how a call to a network would go, whoever is called."""
    run, calls = clockwork_of(state).rules[0], calls_of(state)
    rules, plan, record = calls.rules[0], calls.plans[place], calls.planned[place]
    entity, address = record.entity, root + (record.redial << REDIAL_SHIFT)
    is_mobile = network < run.n_networks
    p_off = rules.p_phone_off if is_mobile else rules.p_fixed_busy
    stream = STREAM_PHONE_OFF if is_mobile else STREAM_FIXED_BUSY
    plan.is_callee_off = (
        p_off > 0.0 and uniform(run.seed, run.replication, stream, entity, address) < p_off
    )
    _draw_course(state, plan, entity, address)
    plan.talk_s *= trunks_of(state).talk_factor[own, network]
    plan.callee_row = -1
    plan.p_line = 0.0
    plan.is_avoided = False
    plan.is_emergency = False

    record.service_idx = 0
    record.time_s = time_s
    record.index = root
    record.destination_idx = network if is_mobile else FIXED_IDX
    record.exchange_idx = -1
    record.outcome = plan.course
    record.answer_s = math.nan
    record.end_s = time_s
    record.would_hold_s = plan.ring_s + plan.talk_s
    plan.is_over = time_s + record.would_hold_s < run.settled_s
    record.n_manual = 0
    record.lost_at_idx = -1
    record.wait_s = 0.0


@kernel
def _plan_mobile_callee(state: int, place: int, root: int, network: int, p_near: float) -> None:
    calls = calls_of(state)
    plan, record = calls.plans[place], calls.planned[place]
    callee, p_line = draw_callee(
        state, plan.caller_row, record.entity, root, record.province_idx, network, p_near
    )
    plan.p_line = p_line
    plan.callee_row = callee
    plan.destination = network


@kernel
def _service_between_phones(state: int, entity: int, root: int) -> int:
    """Return which service a caller to another mobile phone asks for."""
    run, rules = clockwork_of(state).rules[0], calls_of(state).rules[0]
    if rules.video_share == 0.0:
        return 0
    u = uniform(run.seed, run.replication, STREAM_SERVICE, entity, root)
    return rules.video_service if u < rules.video_share else 0


@kernel
def _plan_fixed_callee(state: int, place: int, root: int, own: int, p_near: float) -> None:
    calls = calls_of(state)
    plan, record = calls.plans[place], calls.planned[place]
    node = draw_exchange(state, own, record.entity, root, record.province_idx, p_near)
    plan.destination = node
    record.exchange_idx = -1 if calls.rules[0].fixed_node >= 0 else node


@kernel
def _plan_route(state: int, place: int, own: int, network: int) -> None:
    """Plan the route, and whether the caller forgoes the call for its price."""
    run, calls, trunks = clockwork_of(state).rules[0], calls_of(state), trunks_of(state)
    plan, record = calls.plans[place], calls.planned[place]
    record.trunk_idx = -1
    if own == network and network < run.n_networks:
        plan.route = NO_TRUNK
        return
    share = trunks.avoidance[own, network]
    if share > 0.0 and not plan.is_emergency:
        # A subscriber is one person, an exchange has many.
        who = record.index if record.is_source == OF_FIXED_LINE else network
        u = uniform(run.seed, run.replication, STREAM_AVOIDANCE, record.entity, who)
        plan.is_avoided = u < share
    if plan.destination < 0:
        plan.route = NO_ROUTE
        return
    mode = trunks.mode[own, network]
    plan.route = route_between(trunks, plan.origin, plan.destination, mode)
    if plan.route == BY_HAND:
        plan.is_over = False  # queues of operators last longer than calls
    if plan.route == AUTOMATIC:
        record.trunk_idx = first_group(trunks, plan.origin, plan.destination)


@kernel
def locate(state: int, place: int) -> None:
    """Say in the record of an attempt that begins now where its caller is, and which cells its phones hear first."""
    calls, lines = calls_of(state), lines_of(state)
    plan, record = calls.plans[place], calls.planned[place]
    record.cell_idx = FIXED_CELL
    record.province_idx = province_now(lines, plan.caller_row, record.province_idx)
    if plan.caller_row >= 0:
        record.cell_idx = lines.lines[plan.caller_row].cell_idx
        plan.caller_place = place_of(state, plan.caller_row)
        if record.cell_idx < 0 and plan.is_emergency and len(lines.emergency_cell) > 0:
            record.cell_idx = lines.emergency_cell[plan.caller_row]
            if radio_of(state).rules[0].is_soft:
                plan.caller_place = radio_of(state).emergency_place[plan.caller_row]
    record.callee_id, record.callee_cell_idx = _NOBODY, -1
    if plan.callee_row >= 0:
        callee = lines.lines[plan.callee_row]
        record.callee_id, record.callee_cell_idx = callee.subscriber_id, callee.cell_idx


@kernel
def _plan_source_call(state: int, place: int, time_s: float, source: int, address: int) -> None:
    """Plan a call of a Poisson source: answered at once, holding a channel in each of its cells."""
    run, calls = clockwork_of(state).rules[0], calls_of(state)
    one, plan, record = calls.sources[source], calls.plans[place], calls.planned[place]
    law = HoldingLaw(one.law, one.a, one.b, one.c)
    p = uniform(run.seed, run.replication, STREAM_SOURCE_DURATION, source, address)
    u, v = uniform_pair(run.seed, run.replication, STREAM_SOURCE_PLACE, source, address)
    plan.p_caller_place, plan.p_callee_place = u, v
    plan.caller_row, plan.callee_row, plan.is_emergency = -1, -1, False
    record.time_s = time_s
    record.entity = source
    record.index = address
    record.redial = 0
    record.is_source = OF_SOURCE
    record.network_idx, record.province_idx = one.network_idx, one.province_idx
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


@kernel
def plan_ahead(state: int, first: int) -> int:
    """Plan the attempts of the next intents from the first on, a multiple of N_AHEAD; return which is not planned."""
    clockwork, lines = clockwork_of(state), lines_of(state)
    end = min(first + N_AHEAD, len(clockwork.time_s))
    if not IS_PLAIN:
        for i in range(first, end):
            if clockwork.kind[i] == _OF_A_SUBSCRIBER:
                _fetch(lines.lines, clockwork.row[i], 0)
                _fetch(lines.n_calls, clockwork.row[i], 0)
    for i in range(first, end):
        time_s, row, address = clockwork.time_s[i], clockwork.row[i], clockwork.address[i]
        if clockwork.kind[i] == _OF_A_SUBSCRIBER:
            plan_attempt(state, i - first, time_s, row, address, 0)
        elif clockwork.kind[i] == _OF_A_FIXED_LINE:
            plan_fixed_attempt(state, i - first, time_s, row, address, 0)
        elif clockwork.kind[i] == _OF_A_SOURCE:
            _plan_source_call(state, i - first, time_s, row, address)
    return end
