"""Blocking of soft capacity: against exact theory where it meets it, and how far from exact chains it is elsewhere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.stats.theory import erlang_b, load_units, service_blocking, soft_blocking
from tests.radio.wcdma_formulas import load_of_noise_rise
from tests.reference_cases import reference_cases
from tests.stats.two_cell_chain import two_cell_blocking
from tests.theory import soft_formulas
from tests.theory.pool_formulas import loss_network_blocking
from tests.theory.soft_formulas import fixed_point_blocking, local_blocking, lognormal_blocking

CASES = reference_cases("teletraffic/multiservice", "teletraffic/loss-network")
SERVICES = [
    pytest.param(case["inputs"], case["expected"].get("exact_B", case["expected"]["B"]), id=i)
    for i, case in CASES.items()
    if i.startswith("KR_") and i != "KR_pub_C4_unnormalised"
]
MAX_LOAD = load_of_noise_rise(6.0)
ROUNDING = 1e-9


@pytest.mark.parametrize(("given_", "exact"), SERVICES)
def test_without_neighbours_it_is_kaufman_roberts(given_, exact):
    n_units, offered, units = given_["C"], given_["a"], given_["b"]
    unit_load = MAX_LOAD / n_units
    loads = [unit_load * one for one in units]
    by_theory = service_blocking(n_units, offered, units)
    np.testing.assert_allclose(by_theory, exact, rtol=1e-9)
    assert np.array_equal(soft_blocking(MAX_LOAD, loads, offered, 0.0, unit_load), by_theory)
    alone = fixed_point_blocking([n_units], np.array(units)[:, None], offered)
    np.testing.assert_allclose(alone.blocking, by_theory, rtol=1e-12)
    assert np.array_equal(alone.by_cell[:, 0], by_theory)
    still = local_blocking(MAX_LOAD, loads, offered, 0.0, 0.0, unit_load)
    np.testing.assert_allclose(still, by_theory, rtol=1e-12)
    found = lognormal_blocking(MAX_LOAD, loads, offered, (0.0, 0.0), unit_load)
    assert np.array_equal(found.blocking, still)
    assert found.other_mean == found.other_deviation == 0.0


@given(
    load=st.floats(0.002, 0.4),
    ratio=st.floats(0.0, 2.0),
    share=st.floats(0.1, 2.0),
    parts=st.integers(1, 12),
)
def test_one_service_is_erlang_b(load, ratio, share, parts):
    """Whatever part of the call's load the unit is."""
    taken = (1.0 + ratio) * load
    n_calls = math.floor(MAX_LOAD / taken + ROUNDING / 100.0)
    offered_erl = share * MAX_LOAD / taken
    blocking = soft_blocking(MAX_LOAD, [load], [offered_erl], ratio, taken / parts)
    assert blocking[0] == pytest.approx(erlang_b(offered_erl, n_calls), rel=1e-9)


def test_constant_load_from_others_only_lessens_the_room():
    loads, offered, unit_load = [0.02, 0.06], [12.0, 3.0], 0.02
    found = local_blocking(0.7, loads, offered, 0.2, 0.0, unit_load)
    np.testing.assert_allclose(found, soft_blocking(0.5, loads, offered, 0.0, unit_load))
    found = local_blocking(0.7, loads, offered, 0.205, 0.0, unit_load)  # part of a unit more
    np.testing.assert_allclose(found, soft_blocking(0.48, loads, offered, 0.0, unit_load))
    assert local_blocking(0.7, loads, offered, 0.8, 0.0, unit_load).tolist() == [1.0, 1.0]


def test_units_round_room_down_and_calls_up():
    n_units, units = load_units(0.75, np.array([[0.1, 0.05], [0.0, 0.101]]), 0.05)
    assert n_units == 15
    assert units.tolist() == [[2, 1], [0, 3]]
    assert load_units(0.3, np.array([0.3]), 0.1) == (3, np.array([3]))  # 0.3 / 0.1 is 2.9999...


@given(load=st.floats(0.01, 0.2), unit=st.floats(0.001, 0.1), share=st.floats(0.3, 1.5))
def test_coarse_units_never_block_less(load, unit, share):
    offered_erl = [share * MAX_LOAD / load]
    exact = erlang_b(offered_erl[0], math.floor(MAX_LOAD / load))
    assert soft_blocking(MAX_LOAD, [load], offered_erl, 0.0, unit)[0] >= exact * (1.0 - 1e-9)


@settings(max_examples=20, deadline=None)
@given(
    share=st.floats(0.4, 1.5),
    more=st.floats(1.01, 1.5),
    ratio=st.floats(0.05, 0.8),
)
def test_blocking_rises_with_traffic_and_other_cells_and_falls_with_room(share, more, ratio):
    load, unit = 0.04, 0.01
    offered = [share * MAX_LOAD / load]

    def by_ratio(offered, ratio, most):
        return soft_blocking(most, [load], offered, ratio, unit)[0]

    def by_lognormal(offered, ratio, most):
        return lognormal_blocking(most, [load], offered, (ratio, ratio**2), unit).blocking[0]

    def by_local(offered, ratio, most):
        return local_blocking(most, [load], offered, 0.3 * ratio, 0.1 * ratio, unit)[0]

    def by_fixed_point(offered, ratio, most):
        n_units, units = load_units(most, load * np.array([[1.0, ratio], [ratio, 1.0]]), unit)
        return fixed_point_blocking([n_units, n_units], units, [offered[0]] * 2).blocking[0]

    for blocking in (by_ratio, by_lognormal, by_local, by_fixed_point):
        base = blocking(offered, ratio, MAX_LOAD)
        assert 0.0 < base < 1.0
        assert blocking([more * offered[0]], ratio, MAX_LOAD) > base
        assert blocking(offered, ratio + 0.3, MAX_LOAD) > base
        assert blocking(offered, ratio, MAX_LOAD - 0.1) > base


@settings(max_examples=30, deadline=None)
@given(
    offered=st.lists(st.floats(0.0, 500.0), min_size=4, max_size=4),
    n_units=st.lists(st.integers(0, 60), min_size=2, max_size=2),
    other=st.integers(0, 8),
)
def test_fixed_point_is_one_for_any_load(offered, n_units, other):
    """Two services, one of three times the size, in two cells of different room."""
    units = np.array([[8, other], [other, 8], [24, 3 * other], [3 * other, 24]])
    found = fixed_point_blocking(n_units, units, offered)
    for cell, room in enumerate(n_units):
        kinds = np.flatnonzero(units[:, cell])
        passed = (1.0 - found.by_cell[:, 1 - cell]) * np.array(offered)
        again = service_blocking(room, passed[kinds].tolist(), units[kinds, cell].tolist())
        np.testing.assert_allclose(found.by_cell[kinds, cell], again, rtol=0.0, atol=1e-11)
    refused = 1.0 - (1.0 - found.by_cell[:, 0]) * (1.0 - found.by_cell[:, 1])
    np.testing.assert_allclose(found.blocking, refused, rtol=0.0, atol=1e-12)


def test_a_kind_that_takes_nothing_is_never_refused():
    found = fixed_point_blocking([0, 3], np.array([[0, 0], [0, 2]]), [5.0, 1.0])
    assert found.blocking[0] == 0.0
    assert found.blocking[1] == pytest.approx(erlang_b(1.0, 1))


def test_fixed_point_of_the_triangle_is_as_high_as_published():
    """Reference case lossnet_triangle_C10: exact 0.16003; the fixed point is known to be 7.6 % too high."""
    units = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    found = fixed_point_blocking([10, 10, 10], units, [4.0, 4.0, 4.0])
    np.testing.assert_allclose(found.blocking, 0.17217, rtol=0.0, atol=5e-6)


def is_room_in_both(own, other, n_units):
    """Admission rule of the fixed point: whole units, room in both cells."""

    def admitted(calls, kind):
        after = [*calls[:kind], calls[kind] + 1, *calls[kind + 1 :]]
        taken = [
            sum(own[k // 2] * after[k] for k in range(len(after)) if k % 2 == cell)
            + sum(other[k // 2] * after[k] for k in range(len(after)) if k % 2 != cell)
            for cell in (0, 1)
        ]
        return max(taken) <= n_units

    return admitted


# Own and other units of a call, units of a cell, traffic in each; how much too high the fixed point is, measured.
FIXED_POINT_ERRORS = [
    ((4, 1), 20, 2.0, 0.079),
    ((4, 1), 20, 5.0, 0.073),
    ((4, 1), 40, 4.0, 0.052),
    ((4, 2), 20, 2.0, 0.110),
    ((4, 2), 20, 5.0, 0.018),
    ((4, 2), 40, 4.0, 0.188),
]


@pytest.mark.parametrize(("units", "n_units", "offered_erl", "error"), FIXED_POINT_ERRORS)
def test_error_of_the_fixed_point_against_the_exact_chain(units, n_units, offered_erl, error):
    own, other = units
    admitted = is_room_in_both((own,), (other,), n_units)
    exact = two_cell_blocking(admitted, [offered_erl] * 2, 1, 99)
    matrix = np.array([[own, other], [other, own]])
    product_form = loss_network_blocking([n_units] * 2, matrix, [offered_erl] * 2)
    np.testing.assert_allclose(product_form, exact, rtol=1e-9)
    found = fixed_point_blocking([n_units] * 2, matrix, [offered_erl] * 2).blocking
    np.testing.assert_allclose(found / exact - 1.0, error, rtol=0.0, atol=1e-3)


def test_error_of_the_fixed_point_with_two_services_and_unequal_cells():
    admitted = is_room_in_both((2, 6), (1, 3), 16)
    offered = [2.0, 0.5, 0.4, 0.2]  # small calls by cell, then large ones
    exact = two_cell_blocking(admitted, offered, 2, 99)
    matrix = np.array([[2, 1], [1, 2], [6, 3], [3, 6]])
    found = fixed_point_blocking([16, 16], matrix, offered).blocking
    np.testing.assert_allclose(loss_network_blocking([16, 16], matrix, offered), exact, rtol=1e-9)
    assert (found > exact).all()
    assert (found < 1.25 * exact).all()


def is_room_alone(load, ratio, is_solved):
    """Admission by the own cell's noise rise alone: cells taken for equally loud, or interference solved."""

    def admitted(calls, kind):
        own = (calls[kind] + 1) * load
        other = calls[1 - kind] * load
        if not is_solved:
            return own + ratio * other <= MAX_LOAD + ROUNDING
        # I_1 = 1 + own I_1 + ratio other I_2 and the same of the other cell, by Cramer's rule
        determinant = (1.0 - own) * (1.0 - other) - ratio**2 * own * other
        if own >= 1.0 or other >= 1.0 or determinant <= 0.0:
            return False
        heard = (1.0 - other + ratio * other) / determinant
        return heard <= (1.0 + ROUNDING) / (1.0 - MAX_LOAD)

    return admitted


# Load of a call, other-cell ratio, offered share of the room; blocking by the exact chain of equally loud cells, and by
# the one of solved interference, over the log-normal approximation: measured.
LOGNORMAL_ERRORS = [
    (0.05, 0.30, 0.7, 0.97, 0.77),
    (0.05, 0.30, 0.9, 1.00, 0.88),
    (0.05, 0.55, 0.7, 0.77, 0.72),
    (0.05, 0.55, 0.9, 0.88, 0.86),
]


@pytest.mark.parametrize(("load", "ratio", "share", "alike", "solved"), LOGNORMAL_ERRORS)
def test_error_of_the_lognormal_load_against_exact_chains(load, ratio, share, alike, solved):
    offered_erl = share * MAX_LOAD / load / (1.0 + ratio)
    found = lognormal_blocking(MAX_LOAD, [load], [offered_erl], (ratio, ratio**2), load / 20.0)
    for is_solved, expected in ((False, alike), (True, solved)):
        admitted = is_room_alone(load, ratio, is_solved)
        exact = two_cell_blocking(admitted, [offered_erl] * 2, 1, 99)
        assert exact[0] == pytest.approx(exact[1], rel=1e-9)
        assert exact[0] / found.blocking[0] == pytest.approx(expected, abs=0.01)
    # A fixed ratio takes the other cell for full whenever the own one is: it is farther off.
    by_ratio = soft_blocking(MAX_LOAD, [load], [offered_erl], ratio, load / 20.0)
    assert by_ratio[0] > found.blocking[0]


def test_moments_of_the_load_from_other_cells():
    loads, offered, moments = [0.02, 0.06], [10.0, 2.0], (0.6, 0.2)
    found = lognormal_blocking(MAX_LOAD, loads, offered, moments, 0.01)
    carried = np.array(offered) * (1.0 - found.blocking)
    assert found.other_mean == pytest.approx(0.6 * carried @ loads, rel=1e-9)
    assert found.other_deviation**2 == pytest.approx(0.2 * carried @ np.square(loads), rel=1e-9)
    again = local_blocking(MAX_LOAD, loads, offered, found.other_mean, found.other_deviation, 0.01)
    np.testing.assert_allclose(again, found.blocking, rtol=0.0, atol=1e-11)


def test_lognormal_tail_by_draws():
    """One call, of a service hardly ever offered, meets the other cells alone."""
    mean, deviation, load = 0.4, 0.15, 0.1
    found = local_blocking(0.7, [load], [1e-9], mean, deviation, 0.05)[0]
    spread = math.sqrt(math.log1p((deviation / mean) ** 2))
    middle = math.log(mean) - 0.5 * spread**2
    normals = np.random.default_rng(1).standard_normal(200_000)
    exceeded = (np.exp(middle + spread * normals) > 0.7 - load).mean()
    assert abs(found - exceeded) <= 4.0 * math.sqrt(found * (1.0 - found) / len(normals))


def test_no_convergence_is_an_error(monkeypatch):
    monkeypatch.setattr(soft_formulas, "MAX_ITERATIONS", 2)
    with pytest.raises(ArithmeticError, match="must be"):
        fixed_point_blocking([10, 10], np.array([[2, 1], [1, 2]]), [4.0, 4.0])
    with pytest.raises(ArithmeticError, match="must be"):
        lognormal_blocking(MAX_LOAD, [0.05], [9.0], (0.5, 0.25), 0.01)


@pytest.mark.parametrize(
    "call",
    [
        lambda: load_units(1.1, np.array([0.1]), 0.1),
        lambda: load_units(0.5, np.array([-0.1]), 0.1),
        lambda: load_units(0.5, np.array([np.nan]), 0.1),
        lambda: load_units(0.5, np.array([0.1]), 0.0),
        lambda: soft_blocking(0.5, [0.1], [math.nan], 0.5, 0.1),
        lambda: soft_blocking(0.5, [0.1], [1.0], -0.5, 0.1),
        lambda: fixed_point_blocking([3], np.array([[1]]), [-1.0]),
        lambda: local_blocking(0.5, [0.1], [1.0], -0.1, 0.1, 0.1),
        lambda: lognormal_blocking(0.5, [0.1], [1.0], (0.5, math.inf), 0.1),
    ],
)
def test_out_of_range_is_refused(call):
    with pytest.raises(ValueError, match="must be"):
        call()
