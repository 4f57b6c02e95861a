"""An update of all powers: who is shed, in which order, what is counted; and looks at the coverage."""

import math

import numpy as np
import pytest

import sim.network.radio.update
from sim.engine.wheel import Wheel, first_due, wheel_of
from sim.network.clockwork import Clockwork
from sim.network.kinds import Kind, Owner
from sim.network.radio.breathing import on_sample
from sim.network.radio.phones import connect, disconnect
from sim.network.radio.records import radio_records
from sim.network.radio.state import Radio
from sim.network.radio.update import on_update
from sim.tables import Refusal
from tests.kernels.radio_by_hand import (
    WINDOW_S,
    load_of,
    need_of,
    owned,
    plain_only,
    require_idle,
    require_sums,
    service,
    soft_state,
    watch_shedding,
)

pytestmark = plain_only

VOICE = service(load_of(64_000.0, 2.0), need_of(64_000.0, 5.0), 1, 1)


@pytest.fixture(autouse=True)
def updates_of_flows(monkeypatch):
    """Nobody has data; the times at which the flows were told are kept."""
    told = []
    monkeypatch.setattr(
        sim.network.radio.update, "update_flows", lambda _, time_s: told.append(time_s)
    )
    return told


def call_at(state, place, owner, **more):
    cell = int(state[Radio].cell[place, 0])
    phone = connect(state.address, 0.0, 0, cell, place, 0)
    return owned(state, phone, owner, **more)


def shed_counts(state):
    cells = state[Radio].cells
    return [cells[f"n_shed_{name}"].tolist() for name in ("phone_power", "uplink", "downlink")]


def test_phones_without_power_are_shed_in_the_order_of_entity_address_and_side():
    state = soft_state([[110.0], [120.0]], [VOICE])
    radio, told = state[Radio], watch_shedding(state)
    order = [(5, 9, 0), (5, 8, 1), (3, 2**40, 0), (5, 8, 0), (2**32 - 1, 0, 0), (4, 1, 1)]
    for owner, (entity, address, side) in enumerate(order):
        phone = call_at(state, 1, owner, entity=entity, address=address, side=side)
        radio.phones["tolerance_w"][phone] = 0.0
    near = call_at(state, 0, 99)
    radio.cells["least_tolerance_w"] = 0.0
    on_update(state.address, 0.0, 0, 0)
    expected = sorted(range(6), key=lambda owner: order[owner])
    assert told == [(owner, order[owner][2], Refusal.NO_COVERAGE) for owner in expected]
    assert require_sums(state) == [near]
    assert radio.cells["least_tolerance_w"][0] == radio.phones["tolerance_w"][near]
    assert shed_counts(state) == [[6], [0], [0]]


def test_both_phones_of_a_call_are_shed_once():
    state = soft_state([(110.0, 130.0), (130.0, 110.0)], [VOICE])
    radio, told = state[Radio], watch_shedding(state)
    for side in (0, 1):
        phone = call_at(state, side, 7, entity=1, side=side)
        radio.phones["tolerance_w"][phone] = 0.0
    radio.cells["least_tolerance_w"] = 0.0
    on_update(state.address, 0.0, 0, 0)
    assert told == [(7, 0, Refusal.NO_COVERAGE)]
    assert shed_counts(state) == [[1, 0], [0, 0], [0, 0]]
    require_idle(state)


def test_phones_in_the_hands_of_operators_are_not_shed():
    state = soft_state([[110.0]], [VOICE])
    radio, told = state[Radio], watch_shedding(state)
    phone = call_at(state, 0, 1, may_be_shed=False)
    radio.phones["tolerance_w"][phone] = 0.0
    radio.cells["least_tolerance_w"] = 0.0
    radio.cap_w[:] = radio.noise_w * 1.001
    radio.most_w[:] = radio.cells["common_w"] * 1.001
    on_update(state.address, 0.0, 0, 0)
    assert not told
    assert np.flatnonzero(radio.phones["n_legs"]).tolist() == [phone]
    assert radio.interference_w[0] == radio.cap_w[0]
    assert radio.power_w[0] == radio.most_w[0]


@pytest.mark.parametrize("time_s", [-1.0, 0.0, WINDOW_S])
def test_sheddings_of_calls_are_counted_in_the_window_and_those_of_bearers_never(time_s):
    state = soft_state([[110.0]], [VOICE])
    radio, told = state[Radio], watch_shedding(state)
    for owner, kind in enumerate((Owner.CALL, Owner.BEARER, Owner.CALL)):
        phone = call_at(state, 0, owner, entity=owner, kind=kind)
        radio.phones["tolerance_w"][phone] = 0.0
    radio.cells["least_tolerance_w"] = 0.0
    on_update(state.address, time_s, 0, 0)
    assert [owner for owner, _, _ in told] == [0, 1, 2]
    assert shed_counts(state) == [[2 * (time_s == 0.0)], [0], [0]]


def test_the_farthest_phone_of_a_capped_cell_is_shed_and_the_lower_of_equals():
    state = soft_state([[100.0], [120.0]], [VOICE])
    radio, told = state[Radio], watch_shedding(state)
    load = VOICE[0]
    call_at(state, 0, 0, entity=8)
    call_at(state, 0, 1, entity=7, address=5)
    call_at(state, 0, 2, entity=7, address=4, side=1)
    call_at(state, 0, 3, entity=7, address=4, side=0)
    call_at(state, 1, 4, entity=9)
    # Room for one and a half phones.
    radio.cap_w[:] = radio.noise_w / (1.0 - 1.5 * load)
    on_update(state.address, 0.0, 0, 0)
    assert told == [
        (owner, side, Refusal.UPLINK) for owner, side in ((4, 0), (3, 0), (2, 1), (1, 0))
    ]
    assert shed_counts(state) == [[0], [4], [0]]
    expected_w = radio.noise_w[0] / (1.0 - load)
    assert radio.interference_w[0] == pytest.approx(expected_w, rel=1e-12)


def test_the_neediest_phone_of_a_cell_beyond_its_power_is_shed():
    state = soft_state([[100.0], [135.0], [130.0]], [VOICE])
    radio, told = state[Radio], watch_shedding(state)
    for owner, place in enumerate((0, 2, 1, 2)):
        call_at(state, place, owner, entity=9 - owner)
    radio.most_w[:] = radio.cells["common_w"] + 1.05 * VOICE[2] * radio.cells["common_w"]
    on_update(state.address, 0.0, 0, 0)
    # The farthest needs most; then the one of the lower entity among those alike.
    assert [owner for owner, _, _ in told[:2]] == [2, 3]
    assert {cause for _, _, cause in told} == {Refusal.DOWNLINK}
    assert shed_counts(state)[2] == [len(told)]
    assert radio.power_w[0] <= radio.most_w[0]
    # The uplink was solved again without them.
    require_sums(state)
    assert not radio.is_due_up.any()


def test_one_phone_with_legs_in_two_cells_beyond_their_power_is_shed_once():
    state = soft_state([(110.0, 111.0)], [VOICE], n_legs=2)
    radio, told = state[Radio], watch_shedding(state)
    phone = call_at(state, 0, 3)
    assert radio.phones["n_legs"][phone] == 2
    radio.most_w[:] = radio.cells["common_w"] * (1.0 + 1e-9)
    on_update(state.address, 0.0, 0, 0)
    assert told == [(3, 0, Refusal.DOWNLINK)]
    assert shed_counts(state)[2] == [1, 0]
    require_idle(state)


def next_event(state):
    wheel = wheel_of(state.address)
    node = first_due(wheel, math.inf)
    return None if node < 0 else tuple(state[Wheel].nodes[node].tolist()[k] for k in (0, 1, 5))


@pytest.mark.parametrize(
    ("time_s", "n_open", "comes"), [(0.0, 0, True), (WINDOW_S, 1, True), (WINDOW_S, 0, False)]
)
def test_updates_go_on_while_the_window_lasts_or_anything_is_open(
    updates_of_flows, time_s, n_open, comes
):
    state = soft_state([[110.0]], [VOICE], power_update_s=0.3)
    state[Clockwork].rules["origin_s"] = -360.0
    state[Clockwork].cursor["n_open"] = n_open
    on_update(state.address, time_s, 0, 1200)
    assert updates_of_flows == [time_s]
    event = -360.0 + 1201 * 0.3, 1201, int(Kind.POWER_UPDATE)
    assert next_event(state) == (event if comes else None)


def test_powers_stand_until_the_next_update_as_far_as_the_window_goes():
    state = soft_state([[110.0]], [VOICE], power_update_s=2.0)
    radio = state[Radio]
    phone = call_at(state, 0, 0)
    for time_s in (-1.0, 10.0, WINDOW_S - 0.5):
        on_update(state.address, time_s, 0, 0)
    rise_db = 10.0 * math.log10(radio.interference_w[0] / radio.noise_w[0])
    disconnect(state.address, WINDOW_S, phone)
    records = radio_records(state)
    length_s = 1.0 + 2.0 + 0.5
    assert rise_db > 0.1
    assert records["radio_cells"]["noise_rise_db"][0] == pytest.approx(
        rise_db * length_s / WINDOW_S
    )
    assert records["radio_cells"]["noise_rise_max_db"][0] == rise_db
    expected_w = radio.power_w[0] * length_s / WINDOW_S
    assert records["radio_cells"]["power_w"][0] == pytest.approx(expected_w)
    assert records["radio_cells"]["power_max_w"][0] == radio.power_w[0]


def test_squares_are_covered_by_pilot_uplink_and_link():
    state = soft_state([(110.0, 110.0)], [VOICE], min_ec_io_db=-18, coverage_sample_s=60)
    radio = state[Radio]
    pilot_dbm = 10.0 * math.log10(2000.0)
    losses_db = np.array([[100.0, 120.0], [100.0, 130.0], [160.0, 165.0], [100.0, 120.0]])
    radio = radio._replace(
        heard_cell=np.array([[0, 1], [0, -1], [0, 1], [0, 1]], np.int32),
        heard_cdbm=np.round(100 * (pilot_dbm - losses_db)).astype(np.int16),
        is_served=np.array([1, 1, 1, 0], np.uint8),
        n_covered=np.zeros(4, np.int32),
    )
    state.put(radio)
    on_sample(state.address, 0.0, 0, 0)
    assert radio.n_covered.tolist() == [1, 1, 0, 0]
    assert next_event(state) == (60.0, 1, int(Kind.COVERAGE_SAMPLE))
    # The interference at the cell is beyond what the power of a phone 20 dB away allows; then the pilot is drowned.
    radio.elsewhere_w[0] = 1e-3
    radio.cap_w[0] = 1.0
    on_sample(state.address, 60.0, 0, 1)
    assert radio.n_covered.tolist() == [1, 1, 0, 0]
    radio.elsewhere_w[0] = radio.noise_w[0]
    radio.present_w[1] = 1e4
    on_sample(state.address, 120.0, 0, 2)
    assert radio.n_covered.tolist() == [1, 2, 0, 0]
    on_sample(state.address, WINDOW_S - 60.0, 0, 59)
    assert radio.looks[0] == 4
    records = radio_records(state)
    assert records["covered"]["covered_share"].tolist() == [[0.25, 0.75, 0.0, 0.0]]
