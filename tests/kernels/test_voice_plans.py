"""Whom callers call, and what is drawn of their attempts, as plain Python beside the streams themselves."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.clockwork import make_clockwork
from sim.network.kinds import Intent, Kind, Pending
from sim.network.lines import Lines, make_lines
from sim.network.trunks.fixed_lines import FixedLines, fixed_lines_of
from sim.network.trunks.ways import AUTOMATIC, BARRED, BY_HAND, NO_ROUTE, NO_TRUNK
from sim.network.voice.attempts import attempt
from sim.network.voice.destinations import (
    _pick_exchange,
    draw_callee,
    draw_destination,
    draw_exchange,
    draw_line,
)
from sim.network.voice.plans import locate, plan_ahead, plan_attempt, plan_fixed_attempt
from sim.network.voice.state import N_AHEAD, destination_shares, make_calls
from sim.streams import (
    STREAM_AVOIDANCE,
    STREAM_CALLEE,
    STREAM_EMERGENCY,
    STREAM_SERVICE,
    STREAM_SOURCE_DURATION,
    STREAM_SOURCE_PLACE,
    exponential_quantile,
    one_of,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_CELL, FIXED_ENTITY, FIXED_IDX, NONE_IDX, Outcome
from sim.traffic.durations import EXPONENTIAL
from sim.traffic.durations import FIXED as LAW_FIXED
from sim.world.spots import Spots
from tests.kernels.call_states import (
    A_B,
    A_T,
    B_T,
    FIRST_ID,
    FIXED,
    KEY,
    L_T,
    M_T,
    NETWORK_A,
    NETWORK_B,
    SHARES,
    Country,
    Draws,
    L,
    M,
    T,
    find,
    told,
)

NEAR, FAR = 0.4999, 0.5
NOBODY = 2**32 - 1
ALMOST_1 = math.nextafter(1.0, 0.0)
ROOTS = range(1, 41)


def planned(country, place=0):
    """Return a plan and its record as they stand."""
    return told(country.calls.plans[place]), told(country.calls.planned[place])


# --- lines


@pytest.mark.parametrize(
    ("row", "province", "network", "p_near", "picks"),
    [
        # Rows that are drawn with equal chances; the own one is none of them.
        (0, 0, NETWORK_A, NEAR, [1, 2]),
        (1, 0, NETWORK_A, NEAR, [0, 2]),
        (2, 0, NETWORK_A, NEAR, [0, 1]),
        (3, 1, NETWORK_A, NEAR, [4]),
        (0, 1, NETWORK_A, NEAR, [3, 4]),
        (1, 0, NETWORK_A, FAR, [0, 2, 3, 4]),
        (4, 1, NETWORK_A, FAR, [0, 1, 2, 3]),
        (0, 0, NETWORK_B, NEAR, [5]),
        (0, 1, NETWORK_B, NEAR, [6, 7]),
        (0, 0, NETWORK_B, FAR, [5, 6, 7]),
        # Nobody else of the own network is near: somebody anywhere.
        (5, 0, NETWORK_B, NEAR, [6, 7]),
        # Somebody at a fixed line has no row.
        (-1, 0, NETWORK_A, NEAR, [0, 1, 2]),
        (-1, 1, NETWORK_A, FAR, [0, 1, 2, 3, 4]),
    ],
)
def test_a_line_is_drawn_near_or_anywhere(row, province, network, p_near, picks):
    country, found = Country(), set()
    for root in ROOTS:
        drawn = draw_line(country.at, STREAM_CALLEE, 77, root, row, province, network, p_near)
        assert drawn == picks[one_of(*KEY, STREAM_CALLEE, 77, root, len(picks))]
        found.add(drawn)
    assert found == set(picks)


def test_lines_of_a_whole_network_are_drawn_in_the_order_of_their_numbers():
    country = Country()
    shuffled = np.array([3, 0, 4, 1, 2, 6, 7, 5], np.int32)
    ids = np.empty(8, np.uint32)
    ids[shuffled] = FIRST_ID + np.arange(8)
    country.lines.lines["subscriber_id"] = ids
    country.state.put(country.lines._replace(row_by_id=shuffled))
    others = [3, 0, 1, 2]
    for root in ROOTS:
        drawn = draw_line(country.at, STREAM_CALLEE, 77, root, 4, 0, NETWORK_A, FAR)
        assert drawn == others[one_of(*KEY, STREAM_CALLEE, 77, root, 4)]


@pytest.mark.parametrize("p_near", [NEAR, FAR])
def test_nobody_is_called_where_nobody_else_is(p_near):
    country = Country()
    country.state.put(country.lines._replace(first_row=np.array([[0, 1, 1], [1, 1, 1]])))
    for row, network, picked in ((0, NETWORK_A, -1), (-1, NETWORK_A, 0), (0, NETWORK_B, -1)):
        assert draw_line(country.at, STREAM_CALLEE, 77, 5, row, 0, network, p_near) == picked


@pytest.mark.parametrize("row", [0, 5])
def test_a_destination_is_drawn_by_the_shares_of_the_own_network(row):
    country = Country()
    own = SHARES[row // 5]
    found = set()
    for root in ROOTS:
        draws = Draws(FIRST_ID + row, root)
        network = 0 if draws.to < own[0] else 1 if draws.to < own[1] else 2
        assert draw_destination(country.at, row, root) == (network, draws.near)
        found.add(network)
    assert found == {NETWORK_A, NETWORK_B, FIXED}


def test_the_called_line_and_which_of_its_lines_are_two_draws_at_one_address():
    country = Country()
    for root in ROOTS:
        draws = Draws(FIRST_ID + 1, root)
        expected = [0, 2][one_of(*KEY, STREAM_CALLEE, FIRST_ID + 1, root, 2)]
        found = draw_callee(country.at, 1, FIRST_ID + 1, root, 0, NETWORK_A, NEAR)
        assert found == (expected, draws.line)


# --- exchanges


@pytest.mark.parametrize(
    ("own", "begin", "end", "picks"),
    [
        # T has 10 lines, L 30, M 20.
        (-1, 0, 3, [T] * 10 + [L] * 30 + [M] * 20),
        (T, 0, 3, [L] * 30 + [M] * 20),
        (L, 0, 3, [T] * 10 + [M] * 20),
        (M, 0, 3, [T] * 10 + [L] * 30),
        (-1, 1, 3, [L] * 30 + [M] * 20),
        (L, 1, 3, [M] * 20),
        (T, 1, 3, [L] * 30 + [M] * 20),  # whose own exchange is not among them
        (-1, 0, 1, [T] * 10),
    ],
)
def test_an_exchange_is_picked_by_its_lines_but_not_the_own_one(own, begin, end, picks):
    fixed, n = fixed_lines_of(Country().at), len(picks)
    found = [_pick_exchange(fixed, own, begin, end, (k + 0.5) / n) for k in range(n)]
    assert found == picks
    assert _pick_exchange(fixed, own, begin, end, ALMOST_1) == picks[-1]


@pytest.mark.parametrize(("own", "begin", "end"), [(T, 0, 1), (-1, 1, 1), (L, 3, 3)])
def test_no_exchange_is_picked_where_there_is_no_other(own, begin, end):
    assert _pick_exchange(fixed_lines_of(Country().at), own, begin, end, 0.5) == -1


def test_an_exchange_is_drawn_near_or_where_none_is_near_anywhere():
    country = Country()
    entity = FIXED_ENTITY + T
    for root in ROOTS:
        u = Draws(entity, root).callee
        anywhere = T if u * 60 < 10 else L if u * 60 < 40 else M
        in_province_1 = L if u * 50 < 30 else M
        # To whom a subscriber has no own exchange.
        assert draw_exchange(country.at, -1, entity, root, 0, NEAR) == T
        assert draw_exchange(country.at, -1, entity, root, 1, NEAR) == in_province_1
        assert draw_exchange(country.at, -1, entity, root, 1, FAR) == anywhere
        # T is the only exchange of its province.
        assert draw_exchange(country.at, T, entity, root, 0, NEAR) == in_province_1
        assert draw_exchange(country.at, M, entity, root, 1, NEAR) == L
    country.calls.rules["fixed_node"] = T
    assert draw_exchange(country.at, T, entity, 1, 0, NEAR) == T


def test_shares_of_other_networks_are_divided_by_their_lines():
    scenario = SimpleNamespace(
        networks=[SimpleNamespace(n_subscribers=n) for n in (30, 10, 30)],
        traffic=SimpleNamespace(
            voice=SimpleNamespace(
                destination=SimpleNamespace(other_network_share=0.4, fixed_share=0.25)
            )
        ),
    )
    found = destination_shares(scenario)
    assert found[0].tolist() == pytest.approx([0.35, 0.45, 0.75, 1.0])
    assert found[1].tolist() == pytest.approx([0.2, 0.55, 0.75, 1.0])
    # Where no other network has lines, their share stays in the own one.
    scenario.networks[0].n_subscribers = scenario.networks[2].n_subscribers = 0
    assert destination_shares(scenario)[1].tolist() == pytest.approx([0.0, 0.75, 0.75, 1.0])


# --- plans


def course_of(draws):
    """Return outcome, ringing and conversation of a call that rings."""
    if draws.answers < 0.7 and draws.ring_s <= min(draws.patience_s, 30.0):
        return Outcome.COMPLETED, draws.ring_s, draws.talk_s
    if draws.patience_s < 30.0:
        return Outcome.CALLER_ABANDONED, draws.patience_s, 0.0
    return Outcome.NO_ANSWER, 30.0, 0.0


@pytest.mark.parametrize("redial", [0, 1, 255])
def test_a_subscribers_attempt_is_planned_from_its_own_draws(redial):
    country = Country(video_share=0.4, video_service=3)
    country.trunks.talk_factor[NETWORK_A, FIXED] = 0.5
    row, entity = 3, FIRST_ID + 3
    seen = set()
    for root in ROOTS:
        draws = Draws(entity, root, redial)
        plan_attempt(country.at, 2, 70.5, row, root, redial)
        plan, record = planned(country, 2)
        network = 0 if draws.to < 0.4 else 1 if draws.to < 0.7 else 2
        course, ring_s, talk_s = course_of(draws)
        assert (plan.course, plan.ring_s) == (course, ring_s)
        assert plan.talk_s == talk_s * (0.5 if network == FIXED else 1.0)
        assert (plan.caller_row, plan.origin, plan.is_avoided) == (row, NETWORK_A, 0)
        if network == FIXED:
            near = L if draws.callee * 50 < 30 else M
            anywhere = T if draws.callee * 60 < 10 else L if draws.callee * 60 < 40 else M
            node = near if draws.near < 0.5 else anywhere
            assert (plan.callee_row, plan.p_line, plan.destination) == (-1, 0.0, node)
            assert plan.is_callee_off == (draws.fixed_busy < 0.2)
            assert (record.destination_idx, record.exchange_idx) == (FIXED_IDX, node)
            assert (record.trunk_idx, record.service_idx) == (A_T, 0)
        else:
            others = [4] if network == NETWORK_A else [6, 7]
            if draws.near >= 0.5:
                others = [0, 1, 2, 4] if network == NETWORK_A else [5, 6, 7]
            chosen = one_of(*KEY, STREAM_CALLEE, entity, root, len(others))
            assert plan.callee_row == others[chosen]
            assert (plan.p_line, plan.destination) == (draws.line, network)
            assert plan.is_callee_off == (draws.off < 0.2)
            assert (record.destination_idx, record.exchange_idx) == (network, -1)
            is_video = uniform(*KEY, STREAM_SERVICE, entity, root) < 0.4
            assert record.service_idx == 3 * is_video
            assert record.trunk_idx == (A_B if network == NETWORK_B else -1)
        assert plan.route == (NO_TRUNK if network == NETWORK_A else AUTOMATIC)
        assert (record.time_s, record.end_s, record.entity) == (70.5, 70.5, entity)
        assert (record.index, record.redial, record.is_source) == (root, redial, 0)
        assert (record.network_idx, record.province_idx, record.class_idx) == (0, 1, 0)
        assert (record.outcome, record.would_hold_s) == (course, plan.ring_s + plan.talk_s)
        assert math.isnan(record.answer_s)
        assert (record.n_manual, record.lost_at_idx, record.wait_s) == (0, -1, 0.0)
        seen |= {course, network, ("off", plan.is_callee_off)}
    assert seen == {
        Outcome.COMPLETED, Outcome.CALLER_ABANDONED, Outcome.NO_ANSWER,
        NETWORK_A, NETWORK_B, FIXED, ("off", 0), ("off", 1),
    }  # fmt: skip


@pytest.mark.parametrize("node", [T, L])
def test_an_attempt_of_a_fixed_line_is_planned_from_the_draws_of_its_exchange(node):
    country = Country()
    country.trunks.talk_factor[FIXED, NETWORK_B] = 0.25
    entity = FIXED_ENTITY + node
    seen = set()
    for root in ROOTS:
        draws = Draws(entity, root, 1)
        plan_fixed_attempt(country.at, 0, 8.0, node, root, 1)
        plan, record = planned(country)
        # Nobody sees local calls of an automatic exchange: of the others 3 in 8 are to other exchanges.
        is_toll = draws.to < 0.375
        network = FIXED if is_toll else NETWORK_A if (draws.to - 0.375) / 0.625 < 0.6 else NETWORK_B
        course, ring_s, talk_s = course_of(draws)
        assert (plan.course, plan.ring_s) == (course, ring_s)
        assert plan.talk_s == talk_s * (0.25 if network == NETWORK_B else 1.0)
        assert (plan.caller_row, plan.origin, plan.route) == (-1, node, AUTOMATIC)
        assert (record.entity, record.redial, record.is_source) == (entity, 1, 2)
        assert (record.network_idx, record.class_idx) == (FIXED_IDX, NONE_IDX)
        assert (record.province_idx, record.service_idx) == (int(node != T), 0)
        if is_toll:
            assert plan.destination != node
            assert (plan.callee_row, record.exchange_idx) == (-1, plan.destination)
            assert plan.is_callee_off == (draws.fixed_busy < 0.2)
            first = M_T if plan.destination == M else L_T
            assert record.trunk_idx == (first if node == T else L_T)
        else:
            assert (plan.destination, plan.p_line) == (network, draws.line)
            assert plan.callee_row in ([0, 1, 2, 3, 4], [5, 6, 7])[network]
            assert plan.is_callee_off == (draws.off < 0.2)
            first = A_T if network == NETWORK_A else B_T
            assert record.trunk_idx == (first if node == T else L_T)
        seen.add(network)
    assert seen == {NETWORK_A, NETWORK_B, FIXED}


def test_operators_of_a_manual_exchange_see_its_local_calls():
    country = Country()
    country.trunks.is_manual[L] = 1
    entity = FIXED_ENTITY + L
    for wanted, destinations in (
        (lambda d: d.to < 0.3, [T, M]),
        (lambda d: 0.3 <= d.to < 0.6, [NETWORK_A]),
        (lambda d: 0.6 < d.to < 0.8, [NETWORK_B]),
        (lambda d: d.to >= 0.8, [L]),
    ):
        draws = find(entity, wanted)
        plan_fixed_attempt(country.at, 0, 0.0, L, draws.root, 0)
        plan, record = planned(country)
        assert plan.destination in destinations
        assert (plan.route, record.trunk_idx) == (BY_HAND, -1)
        assert record.exchange_idx == (plan.destination if plan.destination >= T else -1)
    assert (plan.callee_row, record.destination_idx) == (-1, FIXED_IDX)


def test_a_local_call_of_an_automatic_exchange_needs_no_trunk():
    country = Country(toll_share=0.0, mobile_share=0.0)
    plan_fixed_attempt(country.at, 0, 0.0, M, 1, 0)
    plan, record = planned(country)
    assert (plan.destination, plan.route, record.trunk_idx) == (M, NO_TRUNK, -1)
    assert record.exchange_idx == M


def test_one_exchange_may_stand_for_the_whole_fixed_network():
    country = Country(fixed_node=T)
    draws = find(FIRST_ID, lambda d: d.to >= 0.7)
    plan_attempt(country.at, 0, 0.0, 0, draws.root, 0)
    plan, record = planned(country)
    assert (plan.destination, record.exchange_idx, record.destination_idx) == (T, -1, FIXED_IDX)


def test_what_operators_have_to_do_with_is_never_over_before_the_network_settles():
    country = Country()
    country.trunks.is_manual[L] = 1
    country.clockwork.rules["settled_s"] = 1e6
    routes = set()
    for node, root in itertools.product((L, M), ROOTS):
        plan_fixed_attempt(country.at, 0, 0.0, node, root, 0)
        plan = planned(country)[0]
        assert plan.is_over == (plan.route != BY_HAND)
        routes.add(plan.route)
    assert {BY_HAND, AUTOMATIC} <= routes


def test_there_is_no_route_to_nobody_but_calls_inside_a_network_need_none():
    country = Country()
    country.state.put(
        country.state[FixedLines]._replace(
            node=np.zeros(0, np.int32), n_before=np.zeros(1, np.int64), first=np.zeros(3, np.int32)
        )
    )
    draws = find(FIRST_ID, lambda d: d.to >= 0.7)
    plan_attempt(country.at, 0, 0.0, 0, draws.root, 0)
    plan, record = planned(country)
    assert (plan.destination, plan.route, record.trunk_idx) == (-1, NO_ROUTE, -1)
    # A network may bar calls to others, not its own.
    country.trunks.mode[:] = 2
    for wanted, route in ((lambda d: d.to < 0.4, NO_TRUNK), (lambda d: 0.4 < d.to < 0.7, BARRED)):
        plan_attempt(country.at, 0, 0.0, 0, find(FIRST_ID, wanted).root, 0)
        assert planned(country)[0].route == route


def test_a_subscriber_avoids_a_network_for_good_but_somebody_at_an_exchange_by_the_call():
    country = Country()
    country.trunks.avoidance[:] = 0.5
    found = set()
    for row in range(3):
        avoids = uniform(*KEY, STREAM_AVOIDANCE, FIRST_ID + row, NETWORK_B) < 0.5
        for k in (1, 2, 3):
            draws = find(FIRST_ID + row, lambda d: 0.4 < d.to < 0.7, begin=100 * k)
            plan_attempt(country.at, 0, 0.0, row, draws.root, 0)
            assert planned(country)[0].is_avoided == avoids
        # Nobody avoids the own network.
        plan_attempt(country.at, 0, 0.0, row, find(FIRST_ID + row, lambda d: d.to < 0.4).root, 0)
        assert planned(country)[0].is_avoided == 0
    for root in ROOTS:
        avoids = uniform(*KEY, STREAM_AVOIDANCE, FIXED_ENTITY + L, root) < 0.5
        plan_fixed_attempt(country.at, 0, 0.0, L, root, 0)
        assert planned(country)[0].is_avoided == avoids
        found.add(avoids)
    assert found == {True, False}


def test_where_phones_are_is_said_when_the_attempt_begins():
    country = Country()
    plan = country.calls.plans
    for caller, callee, expected in (
        (3, 6, (1, FIRST_ID + 6, 3)),
        (-1, 0, (FIXED_CELL, FIRST_ID, 0)),
        (0, -1, (0, NOBODY, -1)),
    ):
        plan["caller_row"][0], plan["callee_row"][0] = caller, callee
        locate(country.at, 0)
        record = planned(country)[1]
        assert (record.cell_idx, record.callee_id, record.callee_cell_idx) == expected
    country.lines.lines["cell_idx"][0] = -1
    locate(country.at, 0)
    assert planned(country)[1].cell_idx == -1


def test_some_intents_are_to_call_the_emergency_number():
    country, found = Country(emergency_share=0.5), set()
    for root in range(20):
        plan_attempt(country.at, 0, 10.0, 0, root, 0)
        plan, record = planned(country)
        is_emergency = uniform(*KEY, STREAM_EMERGENCY, FIRST_ID, root) < 0.5
        assert plan.is_emergency == is_emergency
        assert not is_emergency or (record.destination_idx, plan.callee_row) == (FIXED_IDX, -1)
        found.add(is_emergency)
    assert found == {True, False}
    plan_fixed_attempt(country.at, 0, 10.0, L, 77, 0)
    assert not planned(country)[0].is_emergency


def test_an_emergency_call_alone_uses_the_cell_of_another_network():
    country = Country(emergency_share=1.0)
    plan_attempt(country.at, 0, 10.0, 0, 77, 0)
    others = np.array([3] * 8, np.int32)
    for own, at_others, expected in ((-1, others[:0], -1), (-1, others, 3), (1, others, 1)):
        country.lines.lines["cell_idx"][0] = own
        country.state.put(country.lines._replace(emergency_cell=at_others))
        locate(country.at, 0)
        assert planned(country)[1].cell_idx == expected
    country.lines.lines["cell_idx"][0] = -1
    country.calls.plans["is_emergency"][0] = 0
    locate(country.at, 0)
    assert planned(country)[1].cell_idx == -1


def test_emergency_attempts_are_counted_and_those_without_cover():
    country = Country(emergency_share=1.0)
    for time_s, cell in ((10.0, 0), (20.0, -1), (-5.0, -1)):
        country.lines.lines["cell_idx"][0] = cell
        plan_attempt(country.at, 0, time_s, 0, 77, 0)
        attempt(country.at, time_s, 0)
    assert country.calls.n_emergency.tolist() == [[2, 0], [0, 0], [0, 0]]
    assert country.calls.n_emergency_lost.tolist() == [[1, 0], [0, 0], [0, 0]]


def test_attempts_are_planned_ahead_by_their_kinds():
    sources = [(0, -1, 0, 0, 9.0, 0.0, 0.0), (3, 2, 4, EXPONENTIAL, 50.0, 0.0, 0.0)]
    country = Country(sources=sources)
    country.give(
        (1.0, Intent.OF_A_SOURCE, 1, 77),
        (2.0, Intent.OF_A_SUBSCRIBER, 5, 78),
        (3.0, Intent.OF_A_SESSION, 5, 79),
        (4.0, Intent.OF_A_FIXED_LINE, L, 80),
    )
    assert plan_ahead(country.at, 0) == 4
    records = country.calls.planned
    assert records["time_s"][:5].tolist() == [1.0, 2.0, 0.0, 4.0, 0.0]
    assert records["entity"][:5].tolist() == [1, FIRST_ID + 5, 0, FIXED_ENTITY + L, 0]
    assert records["index"][:5].tolist() == [77, 78, 0, 80, 0]
    # The same as planned one by one.
    for place, plan_one, row in ((1, plan_attempt, 5), (3, plan_fixed_attempt, L)):
        plan_one(country.at, 9, place + 1.0, row, 77 + place, 0)
        assert planned(country, place)[0] == planned(country, 9)[0]
    plan, record = planned(country, 0)
    places = uniform_pair(*KEY, STREAM_SOURCE_PLACE, 1, 77)
    assert (plan.p_caller_place, plan.p_callee_place) == places
    hold_s = 50.0 * exponential_quantile(uniform(*KEY, STREAM_SOURCE_DURATION, 1, 77))
    assert record.would_hold_s == hold_s
    assert (record.is_source, record.redial, record.outcome) == (1, 0, Outcome.COMPLETED)
    assert (record.network_idx, record.province_idx, record.class_idx) == (1, 1, NONE_IDX)
    assert (record.cell_idx, record.callee_cell_idx, record.callee_id) == (3, 2, NOBODY)
    assert (record.destination_idx, record.service_idx) == (NONE_IDX, 4)
    assert (record.exchange_idx, record.trunk_idx, record.lost_at_idx) == (-1, -1, -1)
    assert (record.time_s, record.end_s, plan.caller_row, plan.callee_row) == (1.0, 1.0, -1, -1)


def test_intents_are_planned_in_rounds():
    country = Country()
    # What is not planned lies between.
    others = [(1.0, Intent.OF_A_SESSION, 0, 0)] * (N_AHEAD - 2)
    calls = [(float(k), Intent.OF_A_SUBSCRIBER, 0, k) for k in (1, 2, 3, 4)]
    country.give(calls[0], *others, *calls[1:])
    assert plan_ahead(country.at, 0) == N_AHEAD
    index = country.calls.planned["index"]
    assert (index[0], index[N_AHEAD - 1]) == (1, 2)
    assert plan_ahead(country.at, N_AHEAD) == N_AHEAD + 2
    assert (index[0], index[1], index[N_AHEAD - 1]) == (3, 4, 2)


# --- the begin of a replication


def section(**fields):
    return SimpleNamespace(**fields)


def begun(capacity="wcdma", n_subscribers=8, is_simulated=True, is_moving=False):
    """A scenario and a world of which calls, lines and the clockwork are made."""
    voice = section(
        holding=section(law="fixed", mean_s=77.0), video_share=0.25, p_phone_off=0.1, emergency_share=0.05,
        ringing=section(p_answer=0.6, mean_s=9.0, timeout_s=45.0, patience_mean_s=20.0),
        destination=section(same_province_share=0.7, other_network_share=0.4, fixed_share=0.25),
        redial=section(probability=0.8, delay_mean_s=30.0, max_redials=5),
    )  # fmt: skip
    sources = [
        section(
            cells=["a2"], holding=section(law="exponential", mean_s=5.0), service="voice", ride=None
        ),
        section(
            cells=["b1", "a1"], holding=section(law="fixed", mean_s=6.0), service="video", ride=None
        ),
    ]
    scenario = section(
        seed=11,
        run=section(duration_h=2.0),
        warmup_h=0.5,
        settle_h=0.1,
        subscribers=section(scale=0.1),
        networks=[
            section(name="a", n_subscribers=n_subscribers),
            section(name="b", n_subscribers=0),
        ],
        traffic=section(voice=voice, sources=sources, places=(), journeys=section(is_on=is_moving)),
        radio=section(
            capacity=capacity,
            roaming="none",
            wcdma=section(services=[section(name="voice"), section(name="video")]),
        ),
        fixed=section(traffic=section(toll_share=0.3, mobile_share=0.2, p_busy=0.15)),
    )
    cells = type("Cells", (SimpleNamespace,), {"__len__": lambda _: 3})(
        name=("a1", "a2", "b1"), site_idx=np.arange(3), network_idx=np.array([0, 0, 1])
    )
    subscribers = type("Lines", (SimpleNamespace,), {"__len__": lambda _: 2})(
        subscriber_id=np.array([4, 9], np.uint32), network_idx=np.array([1, 0], np.uint8),
        square_idx=np.array([2, 0]), point_idx=np.array([1, 1], np.uint8), class_idx=np.array([3, 0], np.uint8),
        device_idx=np.array([0, 1], np.uint8), first_row=np.array([[0, 1], [1, 2]]),
        row_by_id=np.arange(2, dtype=np.int32),
    )  # fmt: skip
    # Of three squares the last is divided into four.
    middles, points = np.arange(3, dtype=np.int32), np.full(4, 2, np.int32)
    first = np.array([-1, -1, 3], np.int32)
    world = section(
        spots=Spots(first, 2, np.concatenate([middles, points])),
        cells=cells, subscribers=subscribers, network_names=("a", "b"), provinces=("p",),
        exchanges=section(is_simulated=is_simulated, gateway_idx=2),
        grid=section(province_idx=np.array([5, 6, 7], np.uint8)),
        sites=section(province_idx=np.array([5, 6, 7], np.uint8)),
    )  # fmt: skip
    return scenario, world


def test_calls_begin_with_the_rules_of_the_scenario_and_nobody_calls():
    calls = make_calls(*begun())
    rules = told(calls.rules[0])
    assert (rules.law, rules.a) == (LAW_FIXED, 77.0)
    assert (rules.p_answer, rules.ring_mean_s, rules.timeout_s) == (0.6, 9.0, 45.0)
    assert (rules.patience_mean_s, rules.same_province_share) == (20.0, 0.7)
    assert (rules.redial_probability, rules.redial_delay_mean_s) == (0.8, 30.0)
    assert (rules.max_redials, rules.toll_share, rules.mobile_share) == (5, 0.3, 0.2)
    assert (rules.p_phone_off, rules.p_fixed_busy) == (0.1, 0.15)
    assert rules.emergency_share == 0.05
    assert (rules.fixed_node, rules.video_share, rules.video_service) == (-1, 0.25, 1)
    assert calls.n_intents.shape == (3, 3, 1)
    assert len(calls.plans) == N_AHEAD + 1
    assert (calls.held == -1).all()
    assert (calls.calls["caller_phone"] == -1).all()
    assert calls.free[0] == len(calls.calls) == len(calls.record) == len(calls.held)
    assert calls.sources.tolist() == [
        (1, -1, 0, 6, 0, EXPONENTIAL, 5.0, 0.0, 0.0), (2, 0, 1, 7, 1, LAW_FIXED, 6.0, 0.0, 0.0),
    ]  # fmt: skip


def test_there_are_no_video_calls_over_channels_and_no_calls_to_networks_without_lines():
    rules = told(make_calls(*begun("channels", n_subscribers=0, is_simulated=False)).rules[0])
    assert (rules.video_share, rules.mobile_share, rules.fixed_node) == (0.0, 0.0, 2)


def test_the_clockwork_begins_with_the_warm_up_and_without_intents():
    clockwork = make_clockwork(*begun(), 6)
    rules = told(clockwork.rules[0])
    assert (rules.seed, rules.replication, rules.window_s) == (11, 6, 7200.0)
    assert (rules.origin_s, rules.settled_s, rules.scale) == (-1800.0, -360.0, 0.1)
    assert (rules.n_cells, rules.n_networks) == (3, 2)
    assert told(clockwork.cursor[0]).called == -1
    assert (len(clockwork.time_s), len(clockwork.on_event)) == (0, len(Kind))
    assert (len(clockwork.on_intent), len(clockwork.n_pending)) == (len(Intent), len(Pending))


def test_lines_have_the_first_cell_of_their_network_at_home():
    coverage = section(
        at_spots=section(cell_idx=np.arange(42).reshape(2, 7, 3))
    )  # network, spot, rank
    lines = make_lines(*begun()[:2], coverage)
    assert lines.lines["cell_idx"].tolist() == [21 + 4 * 3, 0]
    assert lines.lines["province_idx"].tolist() == [7, 5]
    assert lines.lines[["subscriber_id", "network_idx", "class_idx", "device_idx"]].tolist() == [
        (4, 1, 3, 0), (9, 0, 0, 1),
    ]  # fmt: skip
    assert lines.n_calls.tolist() == [0, 0]


def test_lines_written_by_hand_are_as_declared():
    lines = Country().state[Lines].lines
    assert lines["network_idx"].tolist() == [0] * 5 + [1] * 3
    assert lines["province_idx"].tolist() == [0, 0, 0, 1, 1, 0, 1, 1]
    assert lines["cell_idx"].tolist() == [0, 0, 0, 1, 1, 2, 3, 3]
