"""Phones on the radio: what they hold, what is counted, and every refusal."""

import numpy as np
import pytest

from sim.network.clockwork import Clockwork
from sim.network.radio.phones import (
    admit_bearer,
    connect,
    disconnect,
    place_of,
    source_place,
)
from sim.network.radio.power import solve_downlink, solve_uplink
from sim.network.radio.records import radio_records
from sim.network.radio.state import UNIT, Radio, in_units, radio_of
from sim.network.servers import ORIGINATING, TERMINATING, Servers
from sim.tables import SOFT_REFUSALS, Refusal
from sim.units import db_to_linear
from tests.kernels.radio_by_hand import (
    WINDOW_S,
    channels_state,
    load_of,
    need_of,
    owned,
    plain_only,
    require_idle,
    require_sums,
    service,
    soft_state,
)

pytestmark = plain_only

THREE_CELLS_DB = [
    (110.0, 112.0, 118.0),
    (113.0, 111.0, 112.0),
    (120.0, 114.0, 108.0),
    (116.0, 116.5, 140.0),
    (130.0, 109.0, np.inf),
]
VOICE = service(load_of(64_000.0, 2.0), need_of(64_000.0, 5.0), 4, 2)
VIDEO = service(load_of(144_000.0, 1.5), need_of(144_000.0, 3.0), 8, 4)


def counts_of(state, cell=0):
    group = state[Servers].groups[cell]
    names = "seized_originating", "seized_terminating", "refused_originating", "refused_terminating"
    return tuple(int(group[f"n_{name}"]) for name in names)


def refusals_of(state, cell=0):
    radio = state[Radio]
    counts = {name: radio.refusals[cell, one] for one, (name, _) in SOFT_REFUSALS.items()}
    counts["fragmented"] = radio.cells["n_fragmented"][cell]
    return {f"n_{name}": int(count) for name, count in counts.items() if count}


def test_a_channel_is_held_until_the_phone_leaves():
    state = channels_state([2, 1])
    one = connect(state.address, 5.0, ORIGINATING, 0, -1, 0)
    two = connect(state.address, 6.0, TERMINATING, 0, -1, 0)
    assert connect(state.address, 7.0, ORIGINATING, 0, -1, 0) == -1 - Refusal.CHANNEL
    assert connect(state.address, 7.0, TERMINATING, 0, -1, 0) == -1 - Refusal.CHANNEL
    three = connect(state.address, 8.0, TERMINATING, 1, -1, 0)
    assert len({one, two, three}) == 3
    assert counts_of(state) == (1, 1, 1, 1)
    assert counts_of(state, 1) == (0, 1, 0, 0)
    phones = state[Radio].phones
    assert phones["cell"][[one, two, three]].tolist() == [0, 0, 1]
    assert phones["has_channel"].sum() == 3
    for phone in (two, -1, one, three):
        disconnect(state.address, 9.0, phone)
    assert not state[Servers].groups["n_busy"].any()
    assert state[Servers].groups["busy"]["sum_s"].tolist() == [4.0 + 3.0, 1.0]
    assert state[Radio].free[0] == len(phones)
    assert radio_records(state) == {}


def test_a_refused_phone_stays_the_next_to_be_taken():
    state = channels_state([1])
    one = connect(state.address, 0.0, ORIGINATING, 0, -1, 0)
    connect(state.address, 0.0, ORIGINATING, 0, -1, 0)
    disconnect(state.address, 1.0, one)
    assert connect(state.address, 2.0, ORIGINATING, 0, -1, 0) == one


def test_phones_grow_with_what_they_hold():
    state = soft_state(THREE_CELLS_DB, [VOICE], n_phones=2, n_legs=2)
    one = connect(state.address, 0.0, ORIGINATING, 0, 0, 0)
    before = state[Radio].uplink_of[one].copy()
    state.grow(Radio, "phone")
    radio = state[Radio]
    assert len(radio.phones) == len(radio.uplink_of) == len(radio.victims) == 4
    np.testing.assert_array_equal(radio.uplink_of[one], before)
    others = [connect(state.address, 0.0, ORIGINATING, 0, 0, 0) for _ in range(3)]
    assert sorted([one, *others]) == [0, 1, 2, 3]
    assert radio.free[0] == 0
    require_sums(state)


def test_a_record_that_lacks_a_release_is_refused():
    state = channels_state([1])
    connect(state.address, 0.0, ORIGINATING, 0, -1, 0)
    with pytest.raises(AssertionError, match="1 phones"):
        radio_records(state)


def test_coefficients_of_one_phone_are_those_of_the_rules():
    state = soft_state([(110.0, 113.0)], [VOICE])
    radio = state[Radio]
    phone = connect(state.address, 0.0, ORIGINATING, 0, 0, 0)
    load, _, need, _, _, _ = VOICE
    ratio = 10.0**-0.3
    units = [in_units(load), in_units(load * ratio)]
    np.testing.assert_allclose(radio.uplink_of[phone], units, atol=2)
    orthogonality, noise_w = radio.rules["orthogonality"][0], radio.rules["phone_noise_w"][0]
    expected = [need * (1.0 - orthogonality), need * ratio, need * noise_w * 10.0**11.0]
    np.testing.assert_allclose(radio.downlink_of[phone] * UNIT, expected, rtol=1e-9)
    most_w = db_to_linear(21.0 - 30.0)
    assert radio.phones[phone]["tolerance_w"] == pytest.approx(most_w * 10.0**-11.0 / load)
    assert radio.cells["least_tolerance_w"][0] == radio.phones[phone]["tolerance_w"]
    assert radio.is_due_up.tolist() == [1, 1]
    assert radio.is_due_down.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("lacks", "refusal", "is_refused_a_channel"),
    [
        ({"min_ec_io_db": -1.0}, Refusal.NO_COVERAGE, False),
        ({"phone_max_power_dbm": -60.0}, Refusal.NO_COVERAGE, False),
        ({"link_power_to_pilot_db": -60.0}, Refusal.NO_COVERAGE, False),
        ({"max_noise_rise_db": 0.01}, Refusal.UPLINK, True),
        ({"hsdpa_reserved_share": 0.79999}, Refusal.DOWNLINK, True),
        ({"code_capacity": 3}, Refusal.CODE, True),
        ({"n_elements": 1}, Refusal.CHANNEL_ELEMENT, True),
    ],
)
@pytest.mark.parametrize("time_s", [-1.0, 0.0, WINDOW_S])
def test_whatever_lacks_refuses_and_is_counted_in_the_window(
    lacks, refusal, is_refused_a_channel, time_s
):
    given = {"min_ec_io_db": -40.0, "link_power_to_pilot_db": 10.0, **lacks}
    rules = {name: value for name, value in given.items() if name != "n_elements"}
    code_capacity = rules.pop("code_capacity", 128)
    n_elements = given.get("n_elements", 1000)
    min_ec_io_db, link_db = rules.pop("min_ec_io_db"), rules.pop("link_power_to_pilot_db")
    phone_dbm = rules.pop("phone_max_power_dbm", 21.0)
    rise_db, reserved = rules.pop("max_noise_rise_db", 6.0), rules.pop("hsdpa_reserved_share", 0.0)
    state = soft_state([(110.0, 125.0)], [VOICE], n_elements=n_elements)
    radio = state[Radio]
    radio.rules["min_ec_io"] = db_to_linear(min_ec_io_db)
    radio.rules["link_to_pilot"] = db_to_linear(link_db)
    radio.rules["phone_max_w"] = db_to_linear(phone_dbm - 30.0)
    radio.rules["code_capacity"], radio.rules["reserved_share"] = code_capacity, reserved
    radio.cells["limit_w"] = radio.noise_w * db_to_linear(rise_db)
    answers = [connect(state.address, time_s, ORIGINATING, 0, 0, 0)]
    answers.append(connect(state.address, time_s, TERMINATING, 0, 0, 0))
    answers.append(admit_bearer(state.address, time_s, 0, 0, 0))
    assert answers == [-1 - refusal] * 3
    is_measured = time_s == 0.0
    n = int(is_measured and is_refused_a_channel)
    assert counts_of(state) == (0, 0, n, n)
    assert sum(refusals_of(state).values()) == 2 * is_measured
    require_idle(state)


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize(("reserved", "is_refused"), [(0.0, False), (0.9999, True)])
def test_what_is_reserved_is_not_for_calls_whether_it_is_in_use_or_not(
    is_full, reserved, is_refused
):
    state = soft_state([(110.0, 125.0)], [VOICE])
    radio = state[Radio]
    radio.rules["reserved_share"], radio.is_full[0] = reserved, is_full
    answer = connect(state.address, 0.0, ORIGINATING, 0, 0, 0)
    assert answer == (-1 - Refusal.DOWNLINK if is_refused else 0)


def test_fragmented_codes_are_counted_for_calls_alone():
    services = [service(n_codes=1), service(n_codes=2)]
    state = soft_state([[100.0]], services, code_repacking=False, code_capacity=32)
    state[Radio].rules["code_capacity"] = 4
    narrow = [connect(state.address, 0.0, ORIGINATING, 0, 0, 0) for _ in range(4)]
    assert connect(state.address, 0.0, ORIGINATING, 0, 0, 1) == -1 - Refusal.CODE
    assert refusals_of(state) == {"n_blocked_code": 1}
    for phone in narrow[::2]:
        disconnect(state.address, 1.0, phone)
    assert admit_bearer(state.address, 1.0, 0, 0, 1) == -1 - Refusal.CODE
    assert refusals_of(state) == {"n_blocked_code": 1}
    assert connect(state.address, 1.0, ORIGINATING, 0, 0, 1) == -1 - Refusal.CODE
    assert connect(state.address, WINDOW_S, ORIGINATING, 0, 0, 1) == -1 - Refusal.CODE
    assert refusals_of(state) == {"n_blocked_code": 2, "n_fragmented": 1}


def test_a_bearer_holds_what_a_call_holds_but_no_channel():
    states = [soft_state(THREE_CELLS_DB, [VOICE], n_legs=3) for _ in range(2)]
    call = connect(states[0].address, 0.0, ORIGINATING, 0, 0, 0)
    bearer = admit_bearer(states[1].address, 0.0, 0, 0, 0)
    assert call == bearer
    radios = [state[Radio] for state in states]
    for name in ("uplink", "downlink", "elsewhere_w", "asked_w", "present_w", "cells", "sites"):
        np.testing.assert_array_equal(*(getattr(radio, name) for radio in radios))
    assert [counts_of(state) for state in states] == [(1, 0, 0, 0), (0, 0, 0, 0)]
    for state in states:
        disconnect(state.address, 1.0, call)
        require_idle(state)


def test_softer_legs_share_a_channel_element_and_softer_handover_is_counted():
    state = soft_state(
        [(110.0, 111.0, 112.0)], [VOICE], n_legs=3, active_set_window_db=6, sites=[0, 0, 1]
    )
    radio = state[Radio]
    phone = connect(state.address, 10.0, ORIGINATING, 0, 0, 0)
    assert radio.phones[phone]["rank"].tolist() == [0, 1, 2]
    assert radio.sites["n_busy"].tolist() == [2, 2]
    assert radio.cells["n_codes_busy"].tolist() == [4, 4, 4]
    assert radio.cells["further_legs"]["value"].tolist() == [0, 1, 1]
    disconnect(state.address, 40.0, phone)
    records = radio_records(state)
    np.testing.assert_array_equal(records["radio_cells"]["codes_busy"], [4 * 30.0 / WINDOW_S] * 3)
    np.testing.assert_array_equal(
        records["radio_cells"]["further_legs_erl"], [0, *[30.0 / WINDOW_S] * 2]
    )
    np.testing.assert_array_equal(
        records["radio_sites"]["channel_elements_busy"], [60.0 / WINDOW_S] * 2
    )


def test_integrals_end_with_the_window_and_begin_with_it():
    state = soft_state([[110.0]], [VOICE])
    early = connect(state.address, -50.0, ORIGINATING, 0, 0, 0)
    late = connect(state.address, WINDOW_S - 100.0, ORIGINATING, 0, 0, 0)
    for phone in (early, late):
        disconnect(state.address, WINDOW_S + 70.0, phone)
    records = radio_records(state)
    expected = 4 * (WINDOW_S + 100.0) / WINDOW_S
    assert records["radio_cells"]["codes_busy"][0] == pytest.approx(expected, rel=1e-14)
    assert records["radio_sites"]["channel_elements_busy"][0] == pytest.approx(
        expected / 2, rel=1e-14
    )


def test_a_leg_without_a_code_is_left_out_and_the_first_is_needed():
    state = soft_state([(110.0, 111.0)], [VOICE], n_legs=2)
    radio = state[Radio]
    radio.cells["n_codes_busy"] = [0, radio.rules["code_capacity"][0]]
    phone = connect(state.address, 0.0, ORIGINATING, 0, 0, 0)
    assert radio.phones[phone]["n_legs"] == 1
    radio.cells["n_codes_busy"] = radio.rules["code_capacity"][0]
    assert connect(state.address, 0.0, ORIGINATING, 0, 0, 0) == -1 - Refusal.CODE


def test_a_leg_without_power_is_left_out():
    state = soft_state([(110.0, 111.0)], [VOICE], n_legs=2)
    radio = state[Radio]
    radio.most_w[:] = [20.0, radio.cells["common_w"][1] * (1.0 + 1e-9)]
    phone = connect(state.address, 0.0, ORIGINATING, 0, 0, 0)
    assert radio.phones[phone]["n_legs"] == 1
    require_sums(state)


@pytest.mark.parametrize("n_legs", [1, 2, 3])
@pytest.mark.parametrize("is_repacking", [True, False])
def test_sums_are_those_of_the_phones_in_progress(n_legs, is_repacking):
    """Calls and bearers come and go at random between solutions; in the end nothing is left, to the last bit."""
    state = soft_state(
        THREE_CELLS_DB, [VOICE, VIDEO], n_phones=256, n_legs=n_legs, sites=[0, 0, 1],
        n_elements=40, active_set_window_db=6, code_repacking=is_repacking, power_tolerance=1e-13,
    )  # fmt: skip
    radio = state[Radio]
    draw = np.random.default_rng(n_legs)
    held, refused, n_most = [], set(), 0
    for step in range(400):
        time_s = 0.5 * step
        if draw.random() < (0.8 if step % 200 < 120 else 0.3):
            place, asked = int(draw.integers(5)), int(draw.integers(2))
            cell = int(radio.cell[place, 0])
            if draw.random() < 0.3:
                phone = admit_bearer(state.address, time_s, cell, place, asked)
            else:
                phone = connect(state.address, time_s, step % 2, cell, place, asked)
            if phone >= 0:
                held.append(owned(state, phone, step))
            else:
                refused.add(Refusal(-1 - phone))
        elif held:
            disconnect(state.address, time_s, held.pop(int(draw.integers(len(held)))))
        if step % 50 == 49:
            solve_uplink(radio_of(state.address))
            solve_downlink(radio_of(state.address))
        if step % 10 == 0:
            assert require_sums(state) == sorted(held)
            n_most = max(n_most, len(held))
    assert n_most > 15
    assert refused
    n_calls = int(radio.phones["has_channel"].sum())
    assert n_calls == state[Servers].groups["n_busy"].sum()
    for phone in held:
        disconnect(state.address, 300.0, phone)
    require_idle(state)
    np.testing.assert_array_equal(radio.cells["least_tolerance_w"], np.inf)


def test_places_are_those_of_lines_and_of_nobody():
    state = soft_state(THREE_CELLS_DB, [VOICE])
    assert [place_of(state.address, row) for row in (-1, 0, 4)] == [-1, 0, 4]
    assert place_of(channels_state([1]).address, 0) == -1


def test_a_draw_puts_a_source_into_one_of_its_cells_places():
    state = soft_state(THREE_CELLS_DB, [VOICE])
    first, places = np.array([0, 3, 3, 5], np.int32), np.array([4, 0, 2, 1, 3], np.int32)
    state.put(state[Radio]._replace(source_first=first, source_places=places))
    found = [source_place(state.address, 0, u) for u in (0.0, 0.34, 0.67, np.nextafter(1.0, 0.0))]
    assert found == [4, 0, 2, 2]
    assert source_place(state.address, 2, 0.5) == 3


def test_whose_a_phone_is_stands_with_it():
    state = soft_state(THREE_CELLS_DB, [VOICE])
    phone = connect(state.address, 0.0, ORIGINATING, 0, 0, 0)
    row = state[Radio].phones
    assert not row[phone]["may_be_shed"]
    owned(state, phone, 7, entity=2**32 - 1, address=2**40, side=1)
    found = [row[phone][name].item() for name in ("owner", "entity", "address", "side")]
    assert found == [7, 2**32 - 1, 2**40, 1]
    assert row[phone]["may_be_shed"]
    disconnect(state.address, 0.0, phone)
    assert row[phone]["owner"] == -1
    assert state[Clockwork].cursor["n_open"][0] == 0
