"""What operators do to the state of the loop, as plain Python."""

import math

import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.exchanges.by_hand import (
    call_back,
    course_by_hand,
    finish_call,
    release_line,
    seize_callee,
)
from sim.network.kinds import Intent, Kind
from sim.network.radio.state import Radio
from sim.network.trunks.ways import CONNECTED
from sim.network.voice.calls import CALLEE, CALLER
from sim.tables import FIXED_ENTITY, Outcome
from sim.traffic.calls import REDIAL_SHIFT
from tests.kernels.call_states import (
    A_B,
    FIRST_ID,
    NETWORK_A,
    NETWORK_B,
    WINDOW_S,
    Country,
    Draws,
    L,
    find,
    to_b,
    told,
)

TO_B = find(FIRST_ID, to_b)
ON_B = 5  # row of the called line
IN_CALLER, IN_BOTH, IN_NONE = [1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]


def handed_over(time_s=10.0, draws=TO_B, **rules):
    """A call of row 0 to row 5 that is with operators, as the call 0."""
    country = Country(**rules)
    country.trunks.mode[NETWORK_A, NETWORK_B] = 1
    country.intend(time_s, 0, draws.root)
    assert country.cursor["called"] == 0
    return country


def seize(country, time_s=20.0, p_line=0.5, is_off=False):
    outcome = seize_callee(country.at, time_s, 0, ON_B, p_line, is_off)
    return outcome if outcome == CONNECTED else Outcome(outcome)


def phone_of(country, side):
    phone = country.calls.calls["caller_phone" if side == CALLER else "callee_phone"][0]
    return None if phone < 0 else told(country.state[Radio].phones[phone])


def finish(country, time_s=100.0, outcome=Outcome.COMPLETED, answer_s=50.0):
    finish_call(country.at, time_s, 0, int(outcome), answer_s, A_B, 2, 7, 4.5)


# --- how a call goes


@pytest.mark.parametrize("redial", [0, 2])
def test_a_call_that_rings_by_hand_is_answered_by_the_draws_of_the_attempt_or_never(redial):
    country, seen = Country(), set()
    for root in range(1, 31):
        draws = Draws(FIRST_ID, root, redial)
        ring_s, talk_s = course_by_hand(country.at, FIRST_ID, draws.address)
        # Operators see to it that nobody rings too long: neither patience nor a timeout is drawn.
        assert ring_s == (draws.ring_s if draws.answers < 0.7 else math.inf)
        assert talk_s == draws.talk_s
        seen.add((ring_s == math.inf, ring_s > 30.0, draws.ring_s > draws.patience_s))
    assert {(True, True, False), (False, False, False)} <= seen


def test_the_price_is_no_matter_of_the_draws():
    country = Country()
    country.trunks.talk_factor[:] = 0.5
    assert course_by_hand(country.at, FIRST_ID, TO_B.root) == (TO_B.ring_s, TO_B.talk_s)


# --- the called line


def test_an_operator_reaches_a_phone_and_engages_its_line():
    country = handed_over()
    assert seize(country) == CONNECTED
    assert country.busy[0] == IN_BOTH
    assert country.lines.n_calls.tolist() == [1, 0, 0, 0, 0, 1, 0, 0]
    assert country.groups["n_seized_terminating"].tolist()[:4] == [0, 0, 1, 0]
    phone = phone_of(country, CALLEE)
    assert (phone.owner, phone.side, phone.entity, phone.address) == (
        0,
        CALLEE,
        FIRST_ID,
        TO_B.root,
    )
    # Nobody sheds the phones of a call that operators hold.
    assert phone.may_be_shed == 0
    assert phone_of(country, CALLER).may_be_shed == 0
    release_line(country.at, 40.0, 0, CALLEE, ON_B)
    assert country.busy[0] == IN_CALLER
    assert country.lines.n_calls.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert phone_of(country, CALLEE) is None
    assert country.groups["busy"]["sum_s"][2] == 20.0


@pytest.mark.parametrize(
    ("lack", "outcome"),
    [
        ("off", Outcome.CALLEE_OFF), ("line", Outcome.CALLEE_BUSY),
        ("cover", Outcome.CALLEE_NO_COVERAGE), ("channel", Outcome.CALLEE_BLOCKED),
    ],
)  # fmt: skip
def test_a_phone_that_is_not_reached_leaves_the_caller_on_the_line(lack, outcome):
    country = handed_over()
    n_calls = [1, 0, 0, 0, 0, 0, 0, 0]
    if lack == "line":
        country.lines.n_calls[ON_B] = n_calls[ON_B] = 1
    elif lack == "cover":
        country.lines.lines["cell_idx"][ON_B] = -1
    elif lack == "channel":
        country.groups["capacity"][2] = 0
    assert seize(country, is_off=lack == "off") == outcome
    assert country.busy[0] == IN_CALLER
    assert country.lines.n_calls.tolist() == n_calls
    assert phone_of(country, CALLEE) is None
    assert country.groups["n_refused_terminating"].tolist()[:4] == [0, 0, int(lack == "channel"), 0]


@pytest.mark.parametrize(("p_line", "outcome"), [(0.49, Outcome.CALLEE_BUSY), (0.5, CONNECTED)])
def test_one_of_the_lines_of_a_row_is_tested(p_line, outcome):
    country = handed_over(scale=0.5)
    country.lines.n_calls[ON_B] = 1
    assert seize(country, p_line=p_line) == outcome
    assert country.lines.n_calls[ON_B] == (2 if outcome == CONNECTED else 1)


def test_a_called_phone_needs_a_channel_beside_the_callers():
    country = handed_over()
    country.groups["capacity"][0] = 1
    assert Outcome(seize_callee(country.at, 20.0, 0, 1, 0.5, False)) == Outcome.CALLEE_BLOCKED


# --- the caller


def test_a_caller_hangs_up():
    country = handed_over()
    release_line(country.at, 30.0, 0, CALLER, 0)
    assert country.busy[0] == IN_NONE
    assert not country.lines.n_calls.any()
    assert phone_of(country, CALLER) is None
    assert country.state[Radio].free[0] == 16
    # The call itself is still there, for its ticket.
    assert country.cursor["n_open"] == 1


def hung_up(**rules):
    country = handed_over(**rules)
    release_line(country.at, 30.0, 0, CALLER, 0)
    return country


def test_a_caller_is_called_back_over_a_channel_as_one_who_is_called():
    country = hung_up()
    assert call_back(country.at, 60.0, 0, 0, TO_B.root)
    assert country.busy[0] == IN_CALLER
    assert country.lines.n_calls.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert country.groups["n_seized_terminating"].tolist()[:4] == [1, 0, 0, 0]
    phone = phone_of(country, CALLER)
    assert (phone.owner, phone.side, phone.may_be_shed) == (0, CALLER, 0)
    assert phone_of(country, CALLEE) is None
    release_line(country.at, 70.0, 0, CALLER, 0)
    assert country.groups["busy"]["sum_s"][0] == 20.0 + 10.0


def test_a_caller_in_another_call_is_not_there():
    country = hung_up()
    country.lines.n_calls[0] = 1
    assert not call_back(country.at, 60.0, 0, 0, TO_B.root)
    assert country.busy[0] == IN_NONE
    assert country.lines.n_calls[0] == 1


@pytest.mark.parametrize("is_engaged", [True, False])
def test_one_of_the_lines_of_a_row_is_called_back(is_engaged):
    draws = find(FIRST_ID, lambda d: to_b(d) and (d.of_line < 0.5) == is_engaged)
    country = hung_up(draws=draws, scale=0.5)
    country.lines.n_calls[0] = 1
    assert call_back(country.at, 60.0, 0, 0, draws.root) != is_engaged
    assert country.lines.n_calls[0] == (1 if is_engaged else 2)


def test_a_caller_whose_cell_has_no_channel_is_not_there():
    country = hung_up()
    country.groups["capacity"][0] = 0
    assert not call_back(country.at, 60.0, 0, 0, TO_B.root)
    assert country.groups["n_refused_terminating"].tolist()[:4] == [1, 0, 0, 0]
    assert phone_of(country, CALLER) is None
    assert not country.lines.n_calls.any()


def test_a_caller_whose_site_has_gone_off_the_air_is_not_there():
    country = hung_up()
    country.lines.lines["cell_idx"][0] = -1
    assert not call_back(country.at, 60.0, 0, 0, TO_B.root)
    assert phone_of(country, CALLER) is None
    assert country.busy[0] == IN_NONE
    assert not country.groups["n_refused_terminating"].any()


# --- the end


def test_a_call_by_hand_ends_with_what_operators_say():
    country = handed_over()
    seize(country)
    for side, row in ((CALLEE, ON_B), (CALLER, 0)):
        release_line(country.at, 100.0, 0, side, row)
    finish(country)
    country.require_idle()
    row = told(country.rows[0])
    assert (row.outcome, row.time_s, row.answer_s, row.end_s) == (
        Outcome.COMPLETED,
        10.0,
        50.0,
        100.0,
    )
    assert (row.trunk_idx, row.n_manual, row.lost_at_idx, row.wait_s) == (A_B, 2, 7, 4.5)
    assert (row.entity, row.index, row.callee_id) == (FIRST_ID, TO_B.root, FIRST_ID + ON_B)
    # The circuits were the operators': none is given back that the loop has seized.
    assert country.busy[1] == [0] * 5
    assert country.take_event() is None


@pytest.mark.parametrize(
    ("outcome", "probability", "is_redial"),
    [
        (Outcome.PATCH_ABANDONED, 1.0, True), (Outcome.CALLEE_BUSY, 1.0, True),
        (Outcome.COMPLETED, 1.0, False), (Outcome.PATCH_ABANDONED, 0.0, False),
    ],
)  # fmt: skip
def test_the_caller_of_a_failed_call_by_hand_tries_again(outcome, probability, is_redial):
    country = handed_over(redial_probability=probability)
    release_line(country.at, 60.0, 0, CALLER, 0)
    finish(country, 70.0, outcome, math.nan)
    assert math.isnan(country.rows["answer_s"][0])
    address = TO_B.root + (1 << REDIAL_SHIFT)
    redial = 70.0 + TO_B.delay_s, Kind.REDIAL, FIRST_ID, address, 0
    assert country.take_event() == (redial if is_redial else None)
    assert country.cursor["n_open"] == 0
    assert country.calls.free[0] == 8


def test_somebody_at_a_manual_exchange_tries_again_from_there():
    country = Country(redial_probability=1.0)
    country.trunks.is_manual[L] = 1
    country.intend(10.0, L, 5, Intent.OF_A_FIXED_LINE)
    finish(country, 70.0, Outcome.PATCH_REFUSED, math.nan)
    entity = FIXED_ENTITY + L
    time_s = 70.0 + Draws(entity, 5).delay_s
    assert country.step() == (time_s, Kind.REDIAL_OF_FIXED, entity, 5 + (1 << REDIAL_SHIFT), L)
    # Which is an attempt with operators again, of the same exchange.
    assert country.cursor["called"] >= 0
    assert country.calls.record["redial"][country.cursor["called"]] == 1


def test_calls_by_hand_are_counted_in_the_window_alone():
    country = handed_over(time_s=WINDOW_S + 1.0)
    assert seize(country, time_s=WINDOW_S + 5.0) == CONNECTED
    assert not country.groups["n_seized_originating"].any()
    assert not country.groups["n_seized_terminating"].any()
    assert country.busy[0] == IN_BOTH
