"""Attempts to call, and calls that hold something, as plain Python; whom they call and plans: test_voice_plans.py."""

import math

import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.kinds import Intent, Kind, Owner, Pending
from sim.network.radio.state import Radio
from sim.network.voice.attempts import on_redial
from sim.network.voice.calls import (
    CALLEE,
    CALLEE_REFUSED,
    CALLER,
    CALLER_REFUSED,
    on_shed,
    write_shed_row,
)
from sim.network.voice.records import voice_records
from sim.network.voice.state import ALL, AVOIDED, BY_MACHINE, BY_OPERATORS, ENGAGED, N_AHEAD, SHED
from sim.streams import STREAM_AVOIDANCE, STREAM_SOURCE_DURATION, exponential_quantile, uniform
from sim.tables import FIXED_CELL, FIXED_ENTITY, FIXED_IDX, OF_SOURCE, Outcome, Refusal
from sim.traffic.calls import REDIAL_SHIFT
from sim.traffic.durations import EXPONENTIAL, FIXED
from tests.kernels.call_states import (
    A_B,
    A_T,
    B_T,
    FIRST_ID,
    KEY,
    L_T,
    M_T,
    N_CELLS,
    NETWORK_A,
    NETWORK_B,
    WINDOW_S,
    A,
    B,
    Country,
    Draws,
    L,
    find,
    to_a,
    to_b,
    to_fixed,
    told,
)

CALLER_ID = FIRST_ID  # row 0, in the cell 0 of A
ON_B = 5  # row of the only line of B in the province
TO_B = find(CALLER_ID, to_b)
"""An attempt of row 0 to the row 5, that is answered where nothing lacks."""

NOTHING = ([0, 0, 0, 0], [0, 0, 0, 0, 0])
HELD_TO_B = ([1, 0, 1, 0], [1, 0, 0, 0, 0])
NOBODY = 2**32 - 1


def refused(country):
    """Refusals that were counted: by cells of callers and of called phones, and by trunk groups."""
    groups, n = country.groups, N_CELLS
    return (
        groups["n_refused_originating"][:n].tolist(),
        groups["n_refused_terminating"][:n].tolist(),
        groups["n_refused_originating"][n:].tolist(),
    )


def failed(country, draws=TO_B, time_s=10.0):
    """Let row 0 attempt a call that holds nothing; return its outcome, when everything is free again."""
    before = country.busy
    country.intend(time_s, 0, draws.root)
    assert country.busy == before
    assert country.cursor["n_open"] == 0
    assert country.state[Radio].free[0] == 16
    (one,) = country.rows
    row = told(one)
    assert (row.time_s, row.end_s, row.entity, row.index) == (time_s, time_s, CALLER_ID, draws.root)
    assert math.isnan(row.answer_s)
    assert row.trunk_idx in (-1, A_B)
    return Outcome(row.outcome)


# --- calls that get what they need


def test_a_call_that_is_answered_holds_a_way_and_two_phones_until_it_is_over():
    country = Country()
    country.intend(10.0, 0, TO_B.root)
    assert country.busy == HELD_TO_B
    assert country.lines.n_calls.tolist() == [1, 0, 0, 0, 0, 1, 0, 0]
    assert (country.cursor["n_open"], len(country.rows)) == (1, 0)
    assert country.calls.calls["in_hand"][0] == BY_MACHINE
    phones = country.state[Radio].phones
    caller, callee = (country.calls.calls[name][0] for name in ("caller_phone", "callee_phone"))
    assert phones["owner"][[caller, callee]].tolist() == [0, 0]
    assert phones["owner_kind"][[caller, callee]].tolist() == [Owner.CALL] * 2
    assert phones["side"][[caller, callee]].tolist() == [CALLER, CALLEE]
    assert phones["entity"][[caller, callee]].tolist() == [CALLER_ID] * 2
    assert phones["address"][[caller, callee]].tolist() == [TO_B.root] * 2
    assert phones["may_be_shed"][[caller, callee]].tolist() == [1, 1]
    answer_s = 10.0 + TO_B.ring_s
    assert country.step() == (answer_s, Kind.ANSWER, CALLER_ID, TO_B.root, 0)
    assert country.busy == HELD_TO_B
    end_s = 10.0 + TO_B.ring_s + TO_B.talk_s
    assert country.step() == (end_s, Kind.RELEASE, CALLER_ID, TO_B.root, 0)
    country.require_idle()
    (row,) = country.rows
    row = told(row)
    assert (row.outcome, row.answer_s, row.end_s) == (Outcome.COMPLETED, answer_s, end_s)
    assert (row.cell_idx, row.callee_cell_idx, row.callee_id) == (0, 2, FIRST_ID + ON_B)
    assert (row.trunk_idx, row.exchange_idx, row.destination_idx) == (A_B, -1, NETWORK_B)
    assert row.would_hold_s == TO_B.ring_s + TO_B.talk_s
    groups = country.groups
    assert groups["n_seized_originating"].tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 0]
    assert groups["n_seized_terminating"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0]
    busy_s = groups["busy"]["sum_s"]
    assert busy_s[[0, 2, 4]].tolist() == pytest.approx([end_s - 10.0] * 3)


def test_a_call_inside_a_network_needs_no_trunk():
    country = Country()
    draws = find(CALLER_ID, to_a)
    country.intend(10.0, 0, draws.root)
    assert country.busy == ([2, 0, 0, 0], [0, 0, 0, 0, 0])
    assert len(country.run()) == 2
    country.require_idle()
    assert country.rows[["outcome", "trunk_idx"]].tolist() == [(Outcome.COMPLETED, -1)]


def test_a_call_to_a_fixed_line_holds_a_channel_and_circuits():
    country = Country()
    draws = find(FIRST_ID + 3, lambda d: to_fixed(d) and d.callee * 50 < 30)  # near is L, not M
    country.intend(10.0, 3, draws.root)
    assert country.busy == ([0, 1, 0, 0], [0, 1, 0, 1, 0])
    assert country.calls.held[0, :3].tolist() == [A_T, L_T, -1]
    assert country.calls.calls["callee_phone"][0] == -1
    country.run()
    country.require_idle()
    row = told(country.rows[0])
    assert (row.outcome, row.trunk_idx, row.exchange_idx) == (Outcome.COMPLETED, A_T, L)
    assert (row.callee_id, row.callee_cell_idx, row.destination_idx) == (NOBODY, -1, FIXED_IDX)


def test_a_call_over_a_detour_tells_of_the_trunk_group_that_it_left_over():
    country = Country()
    country.groups["capacity"][N_CELLS + A_B] = 0
    country.intend(10.0, 0, TO_B.root)
    assert country.busy == ([1, 0, 1, 0], [0, 1, 1, 0, 0])
    assert country.calls.held[0, :3].tolist() == [A_T, B_T, -1]
    country.run()
    country.require_idle()
    assert country.rows["trunk_idx"].tolist() == [A_T]


def test_somebody_at_a_fixed_line_calls_a_phone_over_circuits_and_its_channel():
    country = Country()
    # 0.375 of the calls are to other exchanges; 0.6 of the others to A.
    draws = find(
        FIXED_ENTITY + L,
        lambda d: 0.4 < d.to < 0.7 and d.near < 0.5 and d.off >= 0.2 and d.is_answered,
    )
    country.intend(10.0, L, draws.root, Intent.OF_A_FIXED_LINE)
    assert country.busy == ([0, 1, 0, 0], [0, 1, 0, 1, 0])
    assert country.lines.n_calls.sum() == 1
    assert country.step()[:3] == (10.0 + draws.ring_s, Kind.ANSWER, FIXED_ENTITY + L)
    country.run()
    country.require_idle()
    row = told(country.rows[0])
    assert (row.outcome, row.cell_idx, row.callee_cell_idx) == (Outcome.COMPLETED, FIXED_CELL, 1)
    assert (row.trunk_idx, row.network_idx) == (L_T, FIXED_IDX)


def test_a_call_is_its_own_once_it_holds_something():
    country = Country()
    country.intend(10.0, 0, TO_B.root)
    # Its plan is overwritten by the next one.
    draws = find(FIRST_ID + 1, to_a)
    country.intend(11.0, 1, draws.root)
    assert country.calls.record["entity"][:2].tolist() == [CALLER_ID, CALLER_ID + 1]
    country.run()
    country.require_idle()
    assert sorted(country.rows["index"].tolist()) == sorted([TO_B.root, draws.root])


@pytest.mark.parametrize("is_abandoned", [True, False])
def test_a_call_that_nobody_answers_is_held_while_it_rings(is_abandoned):
    def wanted(d):
        is_there = 0.4 <= d.to < 0.7 and d.near < 0.5 and d.off >= 0.2
        return is_there and d.answers >= 0.7 and (d.patience_s < 30.0) == is_abandoned

    country, draws = Country(), find(CALLER_ID, wanted)
    end_s = 10.0 + (draws.patience_s if is_abandoned else 30.0)
    country.intend(10.0, 0, draws.root)
    assert country.busy == HELD_TO_B
    assert country.step() == (end_s, Kind.RELEASE, CALLER_ID, draws.root, 0)
    country.require_idle()
    row = told(country.rows[0])
    outcome = Outcome.CALLER_ABANDONED if is_abandoned else Outcome.NO_ANSWER
    assert (row.outcome, row.end_s, row.would_hold_s) == (outcome, end_s, end_s - 10.0)
    assert math.isnan(row.answer_s)


# --- every reason why a call fails, with nothing held afterwards


def test_a_caller_without_coverage_asks_for_nothing():
    country = Country(redial_probability=1.0)
    country.lines.lines["cell_idx"][0] = -1
    country.trunks.mode[:] = 2  # the network is not asked whether it allows the call
    assert failed(country) == Outcome.NO_COVERAGE
    assert refused(country) == ([0] * 4, [0] * 4, [0] * 5)
    assert country.take_event() is None


def test_a_barred_call_takes_no_channel():
    country = Country(redial_probability=1.0)
    country.trunks.mode[NETWORK_A, NETWORK_B] = 2
    country.groups["capacity"][0] = 0
    assert failed(country) == Outcome.BARRED
    assert refused(country) == ([0] * 4, [0] * 4, [0] * 5)
    assert country.take_event() is None


@pytest.mark.parametrize(("time_s", "n"), [(-1.0, 0), (10.0, 1), (WINDOW_S, 0)])
def test_a_caller_who_gets_no_channel_is_blocked(time_s, n):
    country = Country()
    country.groups["capacity"][0] = 0
    country.lines.n_calls[ON_B] = 1  # who is not asked any more
    assert failed(country, time_s=time_s) == Outcome.BLOCKED_CHANNEL
    assert refused(country) == ([n, 0, 0, 0], [0] * 4, [0] * 5)


def test_a_call_that_finds_every_way_full_is_blocked():
    country = Country()
    country.groups["capacity"][N_CELLS + A_B] = country.groups["capacity"][N_CELLS + B_T] = 0
    assert failed(country) == Outcome.BLOCKED_TRUNK
    assert refused(country) == ([0] * 4, [0] * 4, [1, 0, 1, 0, 0])


def test_a_call_that_no_way_leads_to_has_no_route():
    country = Country()
    country.trunks.start[A, B] = -2
    assert failed(country) == Outcome.NO_ROUTE


def test_a_call_to_nobody_has_no_route():
    country = Country()
    country.lines.first_row[1] = 8
    assert failed(country) == Outcome.NO_ROUTE
    assert country.rows["callee_id"].tolist() == [NOBODY]
    assert country.groups["n_seized_originating"].tolist()[N_CELLS:] == [0] * 5


def test_a_phone_that_is_off_is_not_asked_for_its_line():
    country = Country()
    country.lines.n_calls[ON_B] = 1
    draws = find(CALLER_ID, lambda d: 0.4 <= d.to < 0.7 and d.near < 0.5 and d.off < 0.2)
    assert failed(country, draws) == Outcome.CALLEE_OFF


def test_a_phone_in_a_call_is_busy_wherever_it_is():
    country = Country()
    country.lines.n_calls[ON_B] = 1
    country.lines.lines["cell_idx"][ON_B] = -1
    assert failed(country) == Outcome.CALLEE_BUSY


@pytest.mark.parametrize("is_busy", [True, False])
def test_one_of_the_lines_of_a_row_is_called(is_busy):
    # Two lines a row: one of them is in a call.
    country = Country(scale=0.5)
    country.lines.n_calls[ON_B] = 1
    draws = find(CALLER_ID, lambda d: to_b(d) and (d.line < 0.5) == is_busy)
    if is_busy:
        assert failed(country, draws) == Outcome.CALLEE_BUSY
    else:
        country.intend(10.0, 0, draws.root)
        assert country.lines.n_calls[ON_B] == 2


def test_a_called_phone_without_coverage_is_not_found():
    country = Country()
    country.lines.lines["cell_idx"][ON_B] = -1
    assert failed(country) == Outcome.CALLEE_NO_COVERAGE
    assert refused(country)[1] == [0] * 4


def test_a_called_phone_that_gets_no_channel_blocks_the_call():
    country = Country()
    country.groups["capacity"][2] = 0
    assert failed(country) == Outcome.CALLEE_BLOCKED
    assert refused(country) == ([0] * 4, [0, 0, 1, 0], [0] * 5)


def test_both_phones_of_a_cell_need_a_channel():
    country = Country()
    country.groups["capacity"][0] = 1
    assert failed(country, find(CALLER_ID, to_a)) == Outcome.CALLEE_BLOCKED


def test_a_fixed_line_that_is_engaged_is_busy():
    country = Country()
    draws = find(CALLER_ID, lambda d: d.to >= 0.7 and d.near < 0.5 and d.fixed_busy < 0.2)
    country.intend(10.0, 0, draws.root)
    assert country.rows["outcome"].tolist() == [Outcome.CALLEE_BUSY]
    country.require_idle()


@pytest.mark.parametrize("refusal", list(Refusal))
def test_what_the_radio_refuses_is_told_of_callers_and_is_one_for_called_phones(refusal):
    is_uncovered = refusal in (Refusal.NO_COVERAGE, Refusal.STATION_DOWN)
    caller = Outcome.NO_COVERAGE if is_uncovered else Outcome[f"BLOCKED_{refusal.name}"]
    callee = Outcome.CALLEE_NO_COVERAGE if is_uncovered else Outcome.CALLEE_BLOCKED
    assert (CALLER_REFUSED[refusal], CALLEE_REFUSED[refusal]) == (caller, callee)


# --- operators


def test_a_call_by_hand_is_handed_over_with_its_caller_on_the_line():
    country = Country()
    country.trunks.mode[NETWORK_A, NETWORK_B] = 1
    country.intend(10.0, 0, TO_B.root)
    assert (country.cursor["called"], country.cursor["called_plan"]) == (0, 0)
    assert country.cursor["n_open"] == 1
    assert country.busy == ([1, 0, 0, 0], [0, 0, 0, 0, 0])
    assert country.lines.n_calls.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    call = told(country.calls.calls[0])
    assert (call.caller_row, call.callee_row, call.callee_phone) == (0, -1, -1)
    assert call.in_hand == BY_OPERATORS
    # Nobody sheds a caller whom operators serve, and no event comes.
    phone = country.state[Radio].phones[call.caller_phone]
    assert (phone["owner"], phone["side"], phone["may_be_shed"]) == (0, CALLER, 0)
    assert country.take_event() is None
    assert len(country.rows) == 0
    # The plan tells the operators whom to call.
    assert country.calls.plans["callee_row"][0] == ON_B
    assert country.calls.record["callee_id"][0] == FIRST_ID + ON_B
    assert country.calls.record["trunk_idx"][0] == -1


def test_a_caller_who_gets_no_channel_comes_to_no_operator():
    country = Country()
    country.trunks.mode[NETWORK_A, NETWORK_B] = 1
    country.groups["capacity"][0] = 0
    assert failed(country) == Outcome.BLOCKED_CHANNEL
    assert country.cursor["called"] == -1


def test_somebody_at_a_manual_exchange_is_handed_over_without_a_phone():
    country = Country()
    country.trunks.is_manual[L] = 1
    country.intend(10.0, L, 3, Intent.OF_A_FIXED_LINE)
    assert country.cursor["called"] == 0
    assert told(country.calls.calls[0]).caller_phone == -1
    assert country.busy == NOTHING
    assert not country.lines.n_calls.any()


# --- redials


def off_now_on_later(draws):
    """Row 0 calls row 5, whose phone is off."""
    return 0.4 <= draws.to < 0.7 and draws.near < 0.5 and draws.off < 0.2


def test_a_caller_who_fails_tries_again_as_often_as_allowed():
    country = Country(redial_probability=1.0, p_phone_off=1.0)
    country.intend(10.0, 0, TO_B.root)
    events = country.run()
    first, second = (Draws(CALLER_ID, TO_B.root, redial) for redial in (0, 1))
    times_s = [10.0, 10.0 + first.delay_s, 10.0 + first.delay_s + second.delay_s]
    assert events == [
        (times_s[k], Kind.REDIAL, CALLER_ID, TO_B.root + (k << REDIAL_SHIFT), 0) for k in (1, 2)
    ]
    country.require_idle()
    rows = country.rows
    assert rows["outcome"].tolist() == [Outcome.CALLEE_OFF] * 3
    assert rows["redial"].tolist() == [0, 1, 2]
    assert rows["index"].tolist() == [TO_B.root] * 3
    assert rows["time_s"].tolist() == times_s
    # Whom they call is drawn of the intent.
    assert rows["callee_id"].tolist() == [FIRST_ID + ON_B] * 3


@pytest.mark.parametrize(
    ("probability", "max_redials", "is_redial"),
    [(0.6, 2, True), (0.3, 2, False), (0.6, 0, False), (0.0, 2, False)],
)
def test_a_draw_says_whether_somebody_tries_again(probability, max_redials, is_redial):
    country = Country(redial_probability=probability, max_redials=max_redials)
    draws = find(CALLER_ID, lambda d: off_now_on_later(d) and 0.3 <= d.redials < 0.6)
    country.intend(10.0, 0, draws.root)
    event = country.take_event()
    if is_redial:
        address = draws.root + (1 << REDIAL_SHIFT)
        assert event == (10.0 + draws.delay_s, Kind.REDIAL, CALLER_ID, address, 0)
    else:
        assert event is None


def test_a_redial_is_an_attempt_with_draws_of_its_own():
    country = Country(redial_probability=1.0)
    draws = find(
        CALLER_ID,
        lambda d: off_now_on_later(d) and to_b(Draws(CALLER_ID, d.root, redial=1)),
    )
    again = Draws(CALLER_ID, draws.root, redial=1)
    country.intend(10.0, 0, draws.root)
    address = draws.root + (1 << REDIAL_SHIFT)
    begin_s = 10.0 + draws.delay_s
    assert country.step() == (begin_s, Kind.REDIAL, CALLER_ID, address, 0)
    assert country.busy == HELD_TO_B
    assert country.calls.record["redial"][0] == 1
    assert country.step() == (begin_s + again.ring_s, Kind.ANSWER, CALLER_ID, address, 0)
    assert country.step()[:4] == (
        begin_s + again.ring_s + again.talk_s,
        Kind.RELEASE,
        CALLER_ID,
        address,
    )
    country.require_idle()
    assert country.rows[["redial", "outcome"]].tolist() == [
        (0, Outcome.CALLEE_OFF), (1, Outcome.COMPLETED),
    ]  # fmt: skip
    # It is no intent.
    assert country.calls.n_intents[ALL].sum() == 1


def test_an_engaged_caller_does_not_try_again():
    country = Country()
    address = TO_B.root + (1 << REDIAL_SHIFT)
    country.lines.n_calls[0] = 1
    on_redial(country.at, 50.0, 0, address)
    assert len(country.rows) == 0
    assert country.busy == NOTHING
    # Of the two lines of a row one is engaged: the draw at the address of the redial says which.
    for is_engaged in (True, False):
        country = Country(scale=0.5)
        country.lines.n_calls[0] = 1

        def wanted(d, is_engaged=is_engaged):
            return to_b(d) and (Draws(CALLER_ID, d.root, 1).of_line < 0.5) == is_engaged

        draws = find(CALLER_ID, wanted)
        on_redial(country.at, 50.0, 0, draws.root + (1 << REDIAL_SHIFT))
        assert country.calls.planned["redial"][N_AHEAD] == (0 if is_engaged else 1)


def test_a_call_that_nobody_answers_is_tried_again_after_its_end():
    country = Country(redial_probability=1.0, max_redials=1, p_answer=0.0)
    country.intend(10.0, 0, TO_B.root)
    end_s = country.step()[0]
    assert country.take_event()[:2] == (end_s + TO_B.delay_s, Kind.REDIAL)
    assert country.cursor["n_open"] == 0


def test_a_completed_call_is_not_tried_again():
    country = Country(redial_probability=1.0)
    country.intend(10.0, 0, TO_B.root)
    assert [event[1] for event in country.run()] == [Kind.ANSWER, Kind.RELEASE]


def test_somebody_at_a_fixed_line_tries_again_from_there():
    country = Country(redial_probability=1.0, max_redials=1)
    country.groups["capacity"][N_CELLS + L_T] = 0
    entity = FIXED_ENTITY + L
    draws = Draws(entity, 9)
    country.intend(10.0, L, 9, Intent.OF_A_FIXED_LINE)
    address = 9 + (1 << REDIAL_SHIFT)
    time_s = 10.0 + draws.delay_s
    assert country.step() == (time_s, Kind.REDIAL_OF_FIXED, entity, address, L)
    assert country.take_event() is None
    rows = country.rows
    assert rows["outcome"].tolist() == [Outcome.BLOCKED_TRUNK] * 2
    assert rows["redial"].tolist() == [0, 1]
    assert rows["time_s"].tolist() == [10.0, time_s]
    assert rows["is_source"].tolist() == [2, 2]
    assert rows["cell_idx"].tolist() == [FIXED_CELL] * 2


# --- before the network settles


def settling(settled_s, **rules):
    country = Country(**rules)
    country.clockwork.rules["settled_s"] = settled_s
    return country


def test_a_call_that_is_over_before_the_network_settles_is_not_made():
    end_s = 10.0 + TO_B.ring_s + TO_B.talk_s
    over = settling(end_s + 0.1, redial_probability=1.0)
    over.intend(10.0, 0, TO_B.root)
    assert over.take_event() is None
    over.require_idle()
    assert len(over.rows) == 0
    lasting = settling(end_s - 0.1)
    lasting.intend(10.0, 0, TO_B.root)
    assert lasting.busy == HELD_TO_B


def test_who_would_meet_nobody_before_the_network_settles_tries_again():
    off = find(CALLER_ID, off_now_on_later)
    again = off.root + (1 << REDIAL_SHIFT)
    country = settling(1e6, redial_probability=1.0)
    country.intend(10.0, 0, off.root)
    assert country.take_event() == (10.0 + off.delay_s, Kind.REDIAL, CALLER_ID, again, 0)
    country = settling(1e6, redial_probability=1.0, p_answer=0.0)
    country.intend(10.0, 0, TO_B.root)
    rung_s = country.take_event()[0] - TO_B.delay_s - 10.0
    assert rung_s == pytest.approx(min(30.0, TO_B.patience_s))
    country = settling(1e6, redial_probability=1.0)
    country.lines.lines["cell_idx"][ON_B] = -1
    country.intend(10.0, 0, TO_B.root)
    assert country.take_event()[:2] == (10.0 + TO_B.delay_s, Kind.REDIAL)


def test_who_sees_no_network_or_calls_with_success_does_not_try_again_before_it_settles():
    country = settling(1e6, redial_probability=1.0)
    country.intend(10.0, 0, TO_B.root)
    assert country.take_event() is None
    country = settling(1e6, redial_probability=1.0, p_phone_off=1.0)
    country.lines.lines["cell_idx"][0] = -1
    country.intend(10.0, 0, TO_B.root)
    assert country.take_event() is None


def test_a_call_of_a_source_that_is_over_before_the_network_settles_is_not_made():
    for settled_s, is_made in ((15.5, False), (14.5, True)):
        country = settling(settled_s, sources=[(1, -1, 0, FIXED, 5.0, 0, 0)])
        country.intend(10.0, 0, 9, Intent.OF_A_SOURCE)
        assert (country.take_event() is not None) == is_made
        assert country.groups["n_busy"].any() == is_made


# --- calls of sources


@pytest.mark.parametrize(
    ("second", "held"), [(3, [0, 1, 0, 1]), (1, [0, 2, 0, 0]), (-1, [0, 1, 0, 0])]
)
def test_a_call_of_a_source_holds_its_cells_from_the_begin(second, held):
    country = Country(
        sources=[(2, -1, 0, FIXED, 5.0, 0, 0), (1, second, 0, EXPONENTIAL, 50.0, 0, 0)]
    )
    country.intend(10.0, 1, 44, Intent.OF_A_SOURCE)
    assert country.busy == (held, [0] * 5)
    hold_s = 50.0 * exponential_quantile(uniform(*KEY, STREAM_SOURCE_DURATION, 1, 44))
    assert country.step() == (10.0 + hold_s, Kind.RELEASE_OF_SOURCE, 1, 44, 0)
    country.require_idle()
    row = told(country.rows[0])
    assert (row.outcome, row.answer_s, row.end_s) == (Outcome.COMPLETED, 10.0, 10.0 + hold_s)
    assert (row.is_source, row.cell_idx, row.callee_cell_idx) == (OF_SOURCE, 1, second)
    assert not country.calls.n_intents.any()


@pytest.mark.parametrize(
    ("full", "outcome", "n_caller", "n_callee"),
    [
        (1, Outcome.BLOCKED_CHANNEL, [0, 1, 0, 0], [0, 0, 0, 0]),
        (3, Outcome.CALLEE_BLOCKED, [0, 0, 0, 0], [0, 0, 0, 1]),
    ],
)
def test_a_call_of_a_source_that_lacks_a_channel_holds_none_and_is_not_tried_again(
    full, outcome, n_caller, n_callee
):
    country = Country(sources=[(1, 3, 0, FIXED, 5.0, 0, 0)], redial_probability=1.0)
    country.groups["capacity"][full] = 0
    country.intend(10.0, 0, 44, Intent.OF_A_SOURCE)
    assert country.rows["outcome"].tolist() == [outcome]
    assert refused(country) == (n_caller, n_callee, [0] * 5)
    country.require_idle()


# --- calls that the radio sheds


def shed(country, side, time_s, cause=Refusal.UPLINK):
    """Shed a phone of the first call."""
    phone = country.calls.calls["caller_phone" if side == CALLER else "callee_phone"][0]
    on_shed(country.at, time_s, int(phone), int(cause))


@pytest.mark.parametrize("side", [CALLER, CALLEE])
@pytest.mark.parametrize("cause", list(Refusal))
@pytest.mark.parametrize("is_answered", [True, False])
def test_a_shed_call_is_dropped_once_it_was_answered_and_refused_before(side, cause, is_answered):
    country = Country()
    country.intend(10.0, 0, TO_B.root)
    answer_s = 10.0 + TO_B.ring_s
    shed_s = answer_s - 0.25
    if is_answered:
        country.step()
        shed_s = answer_s + 0.25
    shed(country, side, shed_s, cause)
    # All is given back at once but its place, for which an event is to come; its row waits.
    assert country.busy == NOTHING
    assert not country.lines.n_calls.any()
    assert country.state[Radio].free[0] == 16
    assert country.calls.calls["in_hand"][0] == SHED
    assert country.cursor["n_open"] == 1
    assert country.cursor["n_pending"] == country.clockwork.n_pending[Pending.SHED_CALL] == 1
    assert len(country.rows) == 0
    write_shed_row(country.at, 0.0, 0, 0)
    assert country.cursor["n_pending"] == country.clockwork.n_pending[Pending.SHED_CALL] == 0
    row = told(country.rows[0])
    refused_as = (CALLER_REFUSED, CALLEE_REFUSED)[side][cause]
    cut_as = Outcome.STATION_DOWN if cause == Refusal.STATION_DOWN else Outcome.DROPPED
    assert row.outcome == (cut_as if is_answered else refused_as)
    assert row.end_s == shed_s
    assert math.isnan(row.answer_s) != is_answered
    assert country.calls.free[0] == 7
    # The event that was in the wheel gives the place back, and nothing else happens.
    kind = Kind.RELEASE if is_answered else Kind.ANSWER
    assert country.step()[1] == kind
    assert len(country.rows) == 1
    country.require_idle()


def test_a_call_that_is_shed_while_nobody_would_answer_gives_its_place_back():
    country = Country(p_answer=0.0)
    country.intend(10.0, 0, TO_B.root)
    shed(country, CALLER, 10.5)
    assert [event[1] for event in country.run()] == [Kind.RELEASE]
    country.require_idle()
    assert country.rows["end_s"].tolist() == [10.5]


@pytest.mark.parametrize(
    ("side", "cause", "is_answered", "is_redial"),
    [
        (CALLER, Refusal.DOWNLINK, False, True), (CALLEE, Refusal.NO_COVERAGE, False, True),
        (CALLER, Refusal.NO_COVERAGE, True, True),
        # Who sees no network before the answer does not try again.
        (CALLER, Refusal.NO_COVERAGE, False, False),
    ],
)  # fmt: skip
def test_the_caller_of_a_shed_call_tries_again_from_its_end(side, cause, is_answered, is_redial):
    country = Country(redial_probability=1.0)
    country.intend(10.0, 0, TO_B.root)
    if is_answered:
        country.step()
    shed_s = 10.0 + TO_B.ring_s + (0.5 if is_answered else -0.5)
    shed(country, side, shed_s, cause)
    write_shed_row(country.at, 0.0, 0, 0)
    kinds = {event[1]: event for event in iter(country.take_event, None)}
    address = TO_B.root + (1 << REDIAL_SHIFT)
    redial = (shed_s + TO_B.delay_s, Kind.REDIAL, CALLER_ID, address, 0)
    assert kinds.get(Kind.REDIAL) == (redial if is_redial else None)


def test_rows_of_shed_calls_are_written_in_the_order_in_which_they_were_shed():
    country = Country()
    draws = [find(FIRST_ID + row, to_a, begin=100 * (row + 1)) for row in (3, 4)]
    country.intend(1.0, 0, TO_B.root)
    for row, one in zip((3, 4), draws, strict=True):
        country.lines.n_calls[:] = 0  # so that nobody is busy
        country.intend(2.0, row, one.root)
    country.lines.n_calls[:] = 2
    for call in (2, 0, 1):
        on_shed(country.at, 2.5, int(country.calls.calls["callee_phone"][call]), Refusal.CODE)
    assert country.cursor["n_pending"] == 3
    while country.cursor["n_pending"]:
        write_shed_row(country.at, 0.0, 0, 0)
    assert country.rows["index"].tolist() == [draws[1].root, TO_B.root, draws[0].root]
    assert country.rows["outcome"].tolist() == [Outcome.CALLEE_BLOCKED] * 3


def test_a_call_of_a_source_that_is_shed_is_dropped_and_nobody_tries_again():
    country = Country(redial_probability=1.0, sources=[(1, 3, 0, FIXED, 50.0, 0, 0)])
    country.intend(10.0, 0, 44, Intent.OF_A_SOURCE)
    shed(country, CALLEE, 20.0)
    assert [event[1] for event in country.run()] == [Kind.RELEASE_OF_SOURCE]
    country.require_idle()
    assert country.rows[["outcome", "end_s"]].tolist() == [(Outcome.DROPPED, 20.0)]


# --- counts of intents


@pytest.mark.parametrize(("time_s", "n"), [(-0.5, 0), (0.0, 1), (WINDOW_S - 0.5, 1), (WINDOW_S, 0)])
def test_intents_are_counted_in_the_window_by_network_and_province(time_s, n):
    country = Country()
    # A root at which none of these callers calls another one.
    root = find(CALLER_ID, lambda d: d.to < 0.7, begin=2).root
    for row, network, province in ((0, 0, 0), (3, 0, 1), (5, 1, 0), (7, 1, 1)):
        before = country.calls.n_intents[ALL, network, province]
        country.intend(time_s, row, root)
        assert country.calls.n_intents[ALL, network, province] == before + n
    country.intend(time_s, L, root, Intent.OF_A_FIXED_LINE)
    # The fixed network is the last.
    assert country.calls.n_intents[ALL].tolist() == [[n, n], [n, n], [0, n]]
    assert not country.calls.n_intents[ENGAGED].any()
    assert not country.calls.n_intents[AVOIDED].any()


@pytest.mark.parametrize(("time_s", "n"), [(-0.5, 0), (10.0, 1), (WINDOW_S, 0)])
def test_an_engaged_caller_does_not_call(time_s, n):
    country = Country()
    country.lines.n_calls[0] = 1
    country.intend(time_s, 0, TO_B.root)
    assert country.calls.n_intents[ENGAGED].tolist() == [[n, 0], [0, 0], [0, 0]]
    assert country.calls.n_intents[ALL].sum() == n
    assert len(country.rows) == 0
    assert country.busy == NOTHING


@pytest.mark.parametrize("is_engaged", [True, False])
def test_one_of_the_lines_of_a_row_calls(is_engaged):
    country = Country(scale=0.5)
    country.lines.n_calls[0] = 1
    draws = find(CALLER_ID, lambda d: to_b(d) and (d.of_line < 0.5) == is_engaged)
    country.intend(10.0, 0, draws.root)
    assert country.calls.n_intents[ENGAGED].sum() == is_engaged
    assert country.busy == (NOTHING if is_engaged else HELD_TO_B)


@pytest.mark.parametrize(("time_s", "n"), [(-0.5, 0), (10.0, 1), (WINDOW_S, 0)])
def test_a_caller_whom_the_price_puts_off_does_not_call(time_s, n):
    country = Country()
    u = uniform(*KEY, STREAM_AVOIDANCE, CALLER_ID, NETWORK_B)
    country.trunks.avoidance[NETWORK_A, NETWORK_B] = u + 1e-9
    country.lines.n_calls[0] = 1  # and is counted once
    country.intend(time_s, 0, TO_B.root)
    assert country.calls.n_intents[AVOIDED].tolist() == [[n, 0], [0, 0], [0, 0]]
    assert not country.calls.n_intents[ENGAGED].any()
    assert country.calls.n_intents[ALL].sum() == n
    assert len(country.rows) == 0
    country.trunks.avoidance[NETWORK_A, NETWORK_B] = u - 1e-9
    country.lines.n_calls[0] = 0
    country.intend(time_s, 0, TO_B.root)
    assert country.busy == HELD_TO_B


def test_counts_are_told_once_no_line_is_engaged():
    country = Country()
    country.intend(10.0, 0, TO_B.root)
    with pytest.raises(AssertionError, match="a line is still engaged"):
        voice_records(country.state)
    country.run()
    counts = voice_records(country.state)["intents"]
    assert {name: counts[name].tolist() for name in counts} == {
        "n_intents": [[1, 0], [0, 0], [0, 0]],
        "n_engaged": [[0, 0]] * 3, "n_avoided": [[0, 0]] * 3,
    }  # fmt: skip


# --- many of them


def test_nothing_is_left_when_many_calls_are_over():
    """With few channels and circuits, detours, redials, fixed lines and a source; some are shed."""
    country = Country(
        capacity=[3, 2, 2, 2, 2, 1, 1, 2, 1], n_calls=16, n_rows=256, redial_probability=0.8,
        sources=[(0, 3, 0, EXPONENTIAL, 60.0, 0, 0)],
    )  # fmt: skip
    turns = (
        (Intent.OF_A_SUBSCRIBER, lambda k: k % 8), (Intent.OF_A_FIXED_LINE, lambda k: 2 + k % 3),
        (Intent.OF_A_SUBSCRIBER, lambda k: k * 5 % 8), (Intent.OF_A_SOURCE, lambda k: k * 0),
    )  # fmt: skip
    for k in range(60):
        time_s = 20.0 * k
        country.run(time_s)
        kind, row_of = turns[k % 4]
        country.intend(time_s, row_of(k), 1000 + k, kind)
        owner = country.state[Radio].phones["owner"]
        if k % 7 == 0 and (owner >= 0).any():
            on_shed(country.at, time_s, int((owner >= 0).argmax()), Refusal.UPLINK)
        # Whatever is held is held by calls: a channel for each phone, and a line for each row.
        free = country.calls.free[2:][: country.calls.free[0]].tolist()
        calls = country.calls.calls[[*{*range(16)}.difference(free)]]
        held = calls[calls["in_hand"] == BY_MACHINE]
        phones, rows = ("caller_phone", "callee_phone"), ("caller_row", "callee_row")
        assert country.cursor["n_open"] == len(calls)
        assert sum(country.busy[0]) == sum((held[name] >= 0).sum() for name in phones)
        assert country.lines.n_calls.sum() == sum((held[name] >= 0).sum() for name in rows)
    country.run()
    country.require_idle()
    assert country.clockwork.n_pending[Pending.SHED_CALL] == 0
    outcomes = set(country.rows["outcome"].tolist())
    assert {
        Outcome.COMPLETED,
        Outcome.DROPPED,
        Outcome.BLOCKED_TRUNK,
        Outcome.CALLEE_OFF,
    } <= outcomes
    assert country.rows["redial"].max() == 2
    assert M_T in country.rows["trunk_idx"]
