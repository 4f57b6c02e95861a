"""Erlang-A against exact reference cases, the published table and textbook identities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.stats.theory import erlang_a
from tests.reference_cases import reference_cases
from tests.theory.pool_formulas import erlang_c, mean_wait_s, p_wait_over

CASES = reference_cases("teletraffic/abandonment")


def desk_of(case):
    """The desk of a case in seconds, its rate and its unit of time."""
    inputs = case["inputs"]
    unit = next(unit for unit in ("_per_s", "_per_min", "") if f"mu{unit}" in inputs)
    unit_s = 60.0 if unit == "_per_min" else 1.0
    rate, mu, theta = (inputs[name + unit] / unit_s for name in ("lambda", "mu", "theta"))
    return erlang_a(rate, 1.0 / mu, 1.0 / theta, inputs["c"]), rate, unit_s


@pytest.mark.parametrize("case_id", CASES)
def test_reference_cases(case_id):
    case = CASES[case_id]
    desk, rate, unit_s = desk_of(case)
    expected = case["expected"].get("exact", case["expected"])
    found = {
        "P_wait": desk.p_wait,
        "P_abandon": desk.p_abandon,
        "E_W_all": desk.mean_wait_s / unit_s,
        "E_Lq": desk.mean_wait_s * rate,
        "utilisation": desk.occupancy,
    }
    for name in expected:
        if name.startswith("P_W_gt_"):
            found[name] = desk.p_wait_over(float(name.removeprefix("P_W_gt_")) * unit_s)
    known = {name: expected[name] for name in found if name in expected}
    assert len(known) >= 4
    for name, value in known.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=0.0), name
    if "W_quantile_0.9" in expected:
        wait_s = expected["W_quantile_0.9"] * unit_s
        assert desk.p_wait_over(wait_s) == pytest.approx(0.1, rel=1e-9)


def test_the_published_desk_of_fifty():
    case = CASES["erlangA_pub_MandelbaumZeltyn_50operators"]
    desk, rate, _ = desk_of(case)
    printed = case["expected"]["published"]
    assert round(100.0 * desk.p_abandon, 1) == printed["P_abandon_pct"]
    assert round(desk.mean_wait_s, 1) == printed["ASA_sec"]
    assert round(desk.mean_wait_s * rate) == printed["mean_queue"]
    assert round(100.0 * desk.occupancy) == printed["utilisation_pct"]


@given(st.floats(0.05, 60.0), st.floats(1.0, 100.0), st.floats(1.0, 1000.0), st.integers(1, 60))
def test_identities(offered_erl, service_s, patience_s, n):
    rate = offered_erl / service_s
    desk = erlang_a(rate, service_s, patience_s, n)
    assert desk.p_wait_over(0.0) == pytest.approx(desk.p_wait, rel=1e-9)
    over = [desk.p_wait_over(wait_s) for wait_s in np.linspace(0.0, 10.0 * patience_s, 50)]
    # Sums of up to 16,384 terms round by some 1e-12.
    assert np.all(np.diff(over) <= 1e-9)
    one_more = erlang_a(rate, service_s, patience_s, n + 1)
    assert one_more.mean_wait_s < desk.mean_wait_s
    assert one_more.occupancy < desk.occupancy + 1e-9


@pytest.mark.parametrize("case_id", CASES)
def test_the_mean_wait_is_the_integral_of_the_probabilities_of_longer_ones(case_id):
    desk = desk_of(CASES[case_id])[0]
    wait_s = np.linspace(0.0, 40.0 * desk.patience_s, 40_001)
    over = np.array([desk.p_wait_over(float(one_s)) for one_s in wait_s])
    assert np.trapezoid(over, wait_s) == pytest.approx(desk.mean_wait_s, rel=1e-4)


def test_endless_patience_is_erlang_c():
    for offered_erl, n in ((1.0, 2), (10.0, 12), (24.0, 25)):
        desk = erlang_a(offered_erl / 15.0, 15.0, 1e9, n)
        assert desk.p_wait == pytest.approx(erlang_c(offered_erl, n), rel=1e-5)
        assert desk.mean_wait_s == pytest.approx(mean_wait_s(offered_erl, n, 15.0), rel=1e-5)
        expected = p_wait_over(offered_erl, n, 15.0, 20.0)
        assert desk.p_wait_over(20.0) == pytest.approx(expected, rel=1e-5)


def test_no_patience_is_erlang_b():
    desk = erlang_a(4.0, 1.0, 1e-9, 5)
    terms = [4.0**k / math.factorial(k) for k in range(6)]
    assert desk.p_abandon == pytest.approx(terms[5] / sum(terms), rel=1e-6)


def test_very_many_operators_or_calls():
    desk = erlang_a(1.0, 10.0, 60.0, 5000)
    assert desk.p_wait == 0.0
    assert desk.occupancy == pytest.approx(10.0 / 5000, rel=1e-12)
    crowd = erlang_a(1000.0, 10.0, 60.0, 3)
    assert crowd.occupancy == pytest.approx(1.0)
    assert crowd.p_abandon == pytest.approx(1.0 - 3.0 / 10_000.0, rel=1e-6)


@pytest.mark.parametrize(
    "wrong", [(0.0, 1.0, 1.0, 1), (1.0, 0.0, 1.0, 1), (1.0, 1.0, 0.0, 1), (1.0, 1.0, 1.0, 0)]
)
def test_what_is_not_allowed(wrong):
    with pytest.raises(ValueError, match="must be more than 0"):
        erlang_a(*wrong)
