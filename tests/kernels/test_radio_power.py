"""The solution of all powers: exact cases, caps, and any load whatever."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.network.radio.phones import connect, disconnect
from sim.network.radio.power import (
    MAX_SWEEPS,
    interference_now_w,
    power_now_w,
    solve,
    solve_downlink,
    solve_uplink,
)
from sim.network.radio.state import UNIT, Radio, radio_of
from sim.tables import Refusal
from tests.kernels.radio_by_hand import (
    dense,
    load_of,
    need_of,
    plain_only,
    require_idle,
    service,
    soft_state,
)

pytestmark = plain_only

NOISE_W = 10.0 ** ((-103.157 - 30.0) / 10.0)
LOAD = load_of(144_000.0, 1.5)
# Identifiers ul_powercontrol_2cell_5x144k and ul_powercontrol_infeasible of the reference cases: exact linear solution.
PHONES_KM = (0.2, 0.35, 0.5, 0.7, 0.85)
NOISE_RISE_DB = (0.721562886166419, 0.736118427370425)
PHONE_DBM = (
    -13.6005572304117,
    -4.46232659980703,
    1.36198709565692,
    -6.96497034871406,
    -18.2836981856798,
)


def loss_db(distance_km):
    return 128.1 + 37.6 * math.log10(distance_km)


def gain(distance_km):
    return 10.0 ** (-loss_db(distance_km) / 10.0)


def solved(matrix, constant_w, cap_w, tolerance=1e-13, start=None):
    """The product's solution with a full matrix, and the sweeps it took."""
    n = len(matrix)
    powers = np.array(constant_w if start is None else start, float)
    units = np.floor(np.asarray(matrix, float) / UNIT + 0.5).astype(np.int64)
    first = np.arange(n + 1, dtype=np.uint32) * np.uint32(n)
    other = np.tile(np.arange(n, dtype=np.uint32), n)
    n_sweeps = solve(
        first, other, units.T.ravel(), np.asarray(constant_w, float), np.asarray(cap_w, float),
        tolerance, powers,
    )  # fmt: skip
    return powers, n_sweeps, units * UNIT


def two_cells(phones_km):
    """Coefficients A of phones between two cells at 0 and 1 km; serving cells."""
    matrix, serving = np.zeros((2, 2)), []
    for x_km in phones_km:
        gains = gain(x_km), gain(1.0 - x_km)
        best = 0 if gains[0] >= gains[1] else 1
        serving.append(best)
        for cell in (0, 1):
            matrix[cell, best] += LOAD * gains[cell] / gains[best]
    return matrix, serving


def power_dbm(x_km, serving, interference_w):
    loss = 1.0 / gain(x_km if serving == 0 else 1.0 - x_km)
    return 10.0 * math.log10(LOAD * interference_w[serving] * loss) + 30.0


def test_powers_of_the_reference_case():
    matrix, serving = two_cells(PHONES_KM)
    interference_w, n_sweeps, _ = solved(matrix, [NOISE_W] * 2, [1.0] * 2)
    rise_db = 10.0 * np.log10(interference_w / NOISE_W)
    np.testing.assert_allclose(rise_db, NOISE_RISE_DB, atol=1e-6)
    assert serving == [0, 0, 0, 1, 1]
    powers = [power_dbm(*one, interference_w) for one in zip(PHONES_KM, serving, strict=True)]
    np.testing.assert_allclose(powers, PHONE_DBM, atol=1e-6)
    assert n_sweeps < 30


def test_infeasible_load_goes_to_the_caps():
    matrix, _ = two_cells((0.1, 0.3, 0.5, 0.7) * 14)
    assert max(abs(np.linalg.eigvals(matrix))) > 1.0
    cap_w = [1e-9, 2e-9]
    interference_w, n_sweeps, _ = solved(matrix, [NOISE_W] * 2, cap_w)
    assert interference_w[0] == cap_w[0]
    assert n_sweeps < 100


def reference_state(phones_km, n_phones=64):
    """Two cells a kilometre apart; a place for each distance from the first."""
    losses_db = [(loss_db(x_km), loss_db(1.0 - x_km)) for x_km in phones_km]
    state = soft_state(
        losses_db,
        [service(LOAD, need_of(144_000.0, 1.5))],
        n_phones,
        power_tolerance=1e-14,
        max_noise_rise_db=10,
        min_ec_io_db=-40,
        link_power_to_pilot_db=10,
        max_power_to_pilot_db=20,
    )
    radio = state[Radio]
    radio.noise_w[:] = NOISE_W
    radio.elsewhere_w[:] = radio.interference_w[:] = radio.seen_up_w[:] = NOISE_W
    radio.cells["limit_w"] = 10.0 * NOISE_W
    radio.cap_w[:] = 100.0 * NOISE_W
    return state


def connect_at(state, place, time_s=0.0):
    cell = int(state[Radio].cell[place, 0])
    return connect(state.address, time_s, 0, cell, place, 0)


def test_powers_of_the_reference_case_by_admission():
    state = reference_state(PHONES_KM)
    radio = state[Radio]
    phones = [connect_at(state, place) for place in range(5)]
    solve_uplink(radio_of(state.address))
    rise_db = 10.0 * np.log10(radio.interference_w / NOISE_W)
    np.testing.assert_allclose(rise_db, NOISE_RISE_DB, atol=1e-6)
    matrix, _ = two_cells(PHONES_KM)
    np.testing.assert_allclose(dense(radio, radio.uplink) * UNIT, matrix, atol=5 * UNIT)
    for phone in phones:
        disconnect(state.address, 1.0, phone)
    require_idle(state)
    np.testing.assert_allclose(radio.elsewhere_w, NOISE_W, rtol=1e-12)


def test_infeasible_load_is_not_admitted():
    state = reference_state([0.1])
    radio = state[Radio]
    found = [connect_at(state, 0) for _ in range(56)]
    n_admitted = sum(phone >= 0 for phone in found)
    assert found[n_admitted:] == [-1 - Refusal.UPLINK] * (56 - n_admitted)
    assert n_admitted == math.floor(0.9 / LOAD)
    assert radio.refusals[:, Refusal.UPLINK].tolist() == [56 - n_admitted, 0]
    solve_uplink(radio_of(state.address))
    np.testing.assert_allclose(
        NOISE_W / radio.interference_w[0], 1.0 - n_admitted * LOAD, rtol=1e-9
    )


def test_present_powers_are_those_of_the_next_solution_in_a_single_cell():
    # With one cell there is nothing that only a solution knows.
    state = soft_state([[110.0], [125.0]], [service(LOAD, need_of(64_000.0, 3.0))])
    radio = state[Radio]
    for place in (0, 1, 0, 0):
        assert connect_at(state, place) >= 0
        seen = radio_of(state.address)
        now_w = interference_now_w(seen, 0), power_now_w(seen, 0)
        assert radio.present_w[0] == now_w[1]
        solve_uplink(seen)
        solve_downlink(seen)
        np.testing.assert_allclose((radio.interference_w[0], radio.power_w[0]), now_w, rtol=1e-12)
        left = 1.0 - radio.uplink[radio.diagonal[0]] * UNIT
        assert radio.interference_w[0] == pytest.approx(radio.noise_w[0] / left, rel=1e-12)
        own = radio.downlink[radio.diagonal[0]] * UNIT
        constant_w = radio.cells["common_w"][0] + radio.cells["need"][0] * UNIT
        assert radio.power_w[0] == pytest.approx(constant_w / (1.0 - own), rel=1e-12)


def test_a_full_cell_sends_all_it_has():
    state = soft_state([[110.0, 113.0]], [service()])
    radio = state[Radio]
    radio.is_full[1] = radio.is_due_down[1] = 1
    solve_downlink(radio_of(state.address))
    assert radio.power_w[1] == radio.present_w[1] == radio.most_w[1]
    assert radio.power_w[0] == radio.cells["common_w"][0]


def test_twelve_phones_beside_one():
    """The neighbour of a full cell hears more than its own load says; exact by elimination."""
    inward, outward = gain(0.8) / gain(0.2), gain(0.6) / gain(0.4)
    matrix = LOAD * np.array([[12.0, outward], [12.0 * inward, 1.0]])
    interference_w, _, exact = solved(matrix, [NOISE_W] * 2, [1.0] * 2)
    (a, b), (c, d) = exact
    determinant = (1.0 - a) * (1.0 - d) - b * c
    by_hand = [(1.0 - d + b) / determinant, (1.0 - a + c) / determinant]
    np.testing.assert_allclose(interference_w / NOISE_W, by_hand, rtol=1e-11)
    alone = 1.0 / (1.0 - d)
    assert interference_w[1] / NOISE_W > 1.005 * alone


SIZES = st.integers(1, 6)


@st.composite
def systems(draw):
    n = draw(SIZES)
    scale = draw(st.sampled_from([0.01, 0.3, 1.0, 30.0, 1000.0]))
    share = hnp.arrays(np.float64, (n, n), elements=st.floats(0.0, 1.0))
    constant = draw(hnp.arrays(np.float64, n, elements=st.floats(1e-3, 1.0)))
    times = draw(hnp.arrays(np.float64, n, elements=st.floats(1.0, 1e4)))
    start = draw(hnp.arrays(np.float64, n, elements=st.floats(0.0, 1.0)))
    cap = constant * times
    return draw(share) * scale / n, constant, cap, np.maximum(start * cap, 1e-12)


@settings(deadline=None)
@given(systems())
def test_solution_is_the_fixed_point_from_wherever_it_begins(system):
    matrix, constant, cap, start = system
    found, n_sweeps, exact = solved(matrix, constant, cap, start=start)
    assert np.isfinite(found).all()
    assert (found <= cap).all()
    assert n_sweeps < MAX_SWEEPS
    np.testing.assert_allclose(np.minimum(cap, constant + exact @ found), found, rtol=1e-8)
    np.testing.assert_allclose(found, solved(matrix, constant, cap, start=cap)[0], rtol=1e-6)


@settings(deadline=None)
@given(systems())
def test_more_load_is_never_less_interference(system):
    matrix, constant, cap, start = system
    less, _, _ = solved(matrix, constant, cap, start=start)
    more, _, _ = solved(1.25 * matrix, constant, cap, start=start)
    louder, _, _ = solved(matrix, 1.25 * constant, cap, start=start)
    assert (more >= less * (1.0 - 1e-9)).all()
    assert (louder >= less * (1.0 - 1e-9)).all()


@pytest.mark.parametrize("is_uplink", [True, False])
def test_all_coefficients_at_their_most_end_at_the_caps(is_uplink):
    state = reference_state([0.1, 0.9])
    radio = state[Radio]
    (radio.uplink if is_uplink else radio.downlink)[:] = np.int64(2**62)
    (radio.is_due_up if is_uplink else radio.is_due_down)[:] = 1
    (solve_uplink if is_uplink else solve_downlink)(radio_of(state.address))
    found = radio.interference_w if is_uplink else radio.power_w
    np.testing.assert_array_equal(found, radio.cap_w if is_uplink else radio.most_w)
    assert np.isfinite(radio.elsewhere_w).all()
