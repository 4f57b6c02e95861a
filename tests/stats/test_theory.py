"""Teletraffic formulas against reference cases, textbook identities and plain state enumeration."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.stats.theory import erlang_b, kaufman_roberts, service_blocking
from tests.reference_cases import reference_cases
from tests.theory.pool_formulas import (
    all_busy_variance,
    engset_call_congestion,
    engset_carried_erl,
    engset_time_congestion,
    erlang_c,
    extended_erlang_b,
    loss_network_blocking,
    mean_wait_s,
    offered_for_blocking,
    p_wait_over,
    retrial_orbit_mean,
    single_server_mean_wait_s,
)

CASES = reference_cases(
    "teletraffic/loss",
    "teletraffic/delay",
    "teletraffic/retrial",
    "teletraffic/multiservice",
    "teletraffic/loss-network",
)


def cases(prefix, exclude=()):
    ids = [i for i in CASES if i.startswith(prefix) and i not in exclude]
    assert ids, f"no reference case begins with {prefix}"
    return pytest.mark.parametrize(("given_", "expected"), [_pair(i) for i in ids], ids=ids)


def _pair(case_id):
    return CASES[case_id]["inputs"], CASES[case_id]["expected"]


def close(value, relative=1e-10):
    return pytest.approx(value, rel=relative, abs=0.0)


@cases("erlangB_A")
def test_erlang_b_and_its_variance(given_, expected):
    offered_erl, n_channels = given_["A_erlang"], given_["N"]
    blocking = erlang_b(offered_erl, n_channels)
    variance = all_busy_variance(offered_erl, n_channels)
    assert blocking == close(expected["B"])
    assert offered_erl * (1.0 - blocking) == close(expected["carried"])
    assert variance == close(expected["sigma2_timeavg_blocking"])
    length = (1.96 / 0.01) ** 2 * variance / blocking**2
    assert length == close(expected["T_holding_times_for_1pct_95CI"])


@cases("erlangB_inv")
def test_offered_for_blocking(given_, expected):
    offered_erl = offered_for_blocking(given_["B"], given_["N"])
    assert offered_erl == close(expected["A_erlang"], 1e-9)
    assert float(f"{offered_erl:.3g}") == expected["printed_table"]


def test_offered_for_blocking_published():
    inputs, expected = _pair("erlangB_pub_15lines_1pct")
    tolerance = CASES["erlangB_pub_15lines_1pct"]["tolerance"]["abs"]
    assert abs(offered_for_blocking(inputs["B"], inputs["N"]) - expected["A_erlang"]) <= tolerance


@cases("engset_")
def test_engset(given_, expected):
    arguments = given_["S"], given_["N"], given_["lambda_per_idle_source_over_mu"]
    n_sources, _, per_idle_erl = arguments
    intended_erl = n_sources * per_idle_erl / (1.0 + per_idle_erl)
    carried_erl = engset_carried_erl(*arguments)
    assert engset_time_congestion(*arguments) == close(expected["time_congestion"])
    assert engset_call_congestion(*arguments) == close(expected["call_congestion"])
    assert carried_erl == close(expected["carried"])
    assert intended_erl == close(expected["intended_offered"])
    assert 1.0 - carried_erl / intended_erl == close(expected["traffic_congestion"])


@cases("erlangC_A")
def test_erlang_c(given_, expected):
    offered_erl, n_servers, service_s = given_["A_erlang"], given_["N"], 1.0 / given_["mu"]
    wait_s = mean_wait_s(offered_erl, n_servers, service_s)
    p_wait = erlang_c(offered_erl, n_servers)
    assert p_wait == close(expected["P_wait"])
    assert wait_s == close(expected["E_Wq"])
    assert wait_s / p_wait == close(expected["E_Wq_given_wait"])
    assert offered_erl / service_s * wait_s == close(expected["E_Lq"])
    assert p_wait_over(offered_erl, n_servers, service_s, given_["t"]) == close(
        expected["P_Wq_gt_t"]
    )


def test_erlang_c_published_desk():
    inputs, expected = _pair("erlangC_pub_pyworkforce")
    tolerance = CASES["erlangC_pub_pyworkforce"]["tolerance"]["abs"]
    offered_erl = inputs["calls"] * inputs["AHT_min"] / inputs["interval_min"]
    service_s, target_s = 60.0 * inputs["AHT_min"], inputs["target_s"]

    def service_level(n_servers):
        return 1.0 - p_wait_over(offered_erl, n_servers, service_s, target_s)

    enough = next(n for n in range(11, 100) if service_level(n) >= inputs["target_SL"])
    assert enough == expected["raw_positions"] == inputs["operators"]
    assert abs(service_level(enough) - expected["exact_SL"]) <= tolerance
    assert abs(erlang_c(offered_erl, enough) - expected["exact_P_wait"]) <= tolerance
    assert abs(offered_erl / enough - expected["occupancy"]) <= tolerance


def test_fixed_service_at_one_server():
    inputs, expected = _pair("md1_pk")
    assert single_server_mean_wait_s(inputs["rho"], 1.0, 0.0) == close(expected["E_Wq"])


@given(occupancy=st.floats(0.01, 0.99), service_s=st.floats(0.1, 1000.0))
def test_exponential_service_at_one_server_is_erlang_c(occupancy, service_s):
    wait_s = single_server_mean_wait_s(occupancy, service_s, 1.0)
    assert wait_s == close(mean_wait_s(occupancy, 1, service_s))


@cases("KR_", exclude={"KR_pub_C5", "KR_pub_C4_unnormalised"})
def test_kaufman_roberts(given_, expected):
    arguments = given_["C"], given_["a"], given_["b"]
    share = kaufman_roberts(*arguments)
    np.testing.assert_allclose(service_blocking(*arguments), expected["B"], 1e-9)
    assert share @ np.arange(len(share)) == close(expected["mean_occupancy"], 1e-9)
    assert share[-1] == close(expected["P_full"], 1e-9)


def test_kaufman_roberts_published():
    inputs, expected = _pair("KR_pub_C5")
    arguments = inputs["C"], inputs["a"], inputs["b"]
    share, blocking = kaufman_roberts(*arguments), service_blocking(*arguments)
    np.testing.assert_allclose(blocking, expected["exact_B"], 1e-9)
    np.testing.assert_allclose(blocking, expected["B"], 0.0, 1e-7)
    # The printed mean sums shares cut to seven digits, each of which may lack 1e-7.
    mean = share @ np.arange(len(share))
    assert abs(mean - expected["mean_occupancy"]) <= 1e-7 * sum(range(len(share)))
    carried = np.array(inputs["a"]) * np.array(inputs["b"]) @ (1.0 - blocking)
    assert mean == close(carried, 1e-12)


def test_kaufman_roberts_published_weights():
    inputs, expected = _pair("KR_pub_C4_unnormalised")
    share = kaufman_roberts(inputs["C"], inputs["a"], inputs["b"])
    np.testing.assert_allclose(share / share[0], expected["unnormalised_q"], 0.0, 1e-6)
    blocking = service_blocking(inputs["C"], inputs["a"], inputs["b"])
    np.testing.assert_allclose(blocking, expected["exact_B"], 1e-9)


def routes_as_matrix(routes, n_links):
    """Routes are lists of links, or mappings of link to circuits."""
    matrix = np.zeros((len(routes), n_links), np.int64)
    for row, route in enumerate(routes):
        items = route.items() if isinstance(route, dict) else [(link, 1) for link in route]
        for link, held in items:
            matrix[row, int(link)] = held
    return matrix


@cases("lossnet_")
def test_loss_network(given_, expected):
    matrix = routes_as_matrix(given_["routes"], len(given_["C"]))
    blocking = loss_network_blocking(given_["C"], matrix, given_["a"])
    exact = expected.get("exact_route_blocking", expected.get("exact_product_form"))
    np.testing.assert_allclose(blocking, exact, 0.0, 1e-10)


def test_loss_network_by_plain_enumeration():
    n_circuits, offered_erl = [3, 4, 2], [1.3, 0.7, 2.1]
    matrix = np.array([[1, 0, 0], [1, 2, 0], [0, 1, 1]])

    def weights(room):
        total = 0.0
        for calls in product(range(6), repeat=3):
            if all(np.array(calls) @ matrix <= room):
                total += math.prod(
                    a**n / math.factorial(n) for a, n in zip(offered_erl, calls, strict=True)
                )
        return total

    exact = [1.0 - weights(np.array(n_circuits) - held) / weights(n_circuits) for held in matrix]
    np.testing.assert_allclose(
        loss_network_blocking(n_circuits, matrix, offered_erl), exact, rtol=1e-12
    )


@given(offered_erl=st.floats(0.1, 60.0), n_channels=st.integers(1, 40), n_longer=st.integers(0, 20))
def test_one_service_and_one_link_are_erlang_b(offered_erl, n_channels, n_longer):
    blocking = erlang_b(offered_erl, n_channels)
    assert service_blocking(n_channels, [offered_erl], [1])[0] == close(blocking, 1e-9)
    two_links = loss_network_blocking(
        [n_channels, n_channels + n_longer], np.array([[1, 1]]), [offered_erl]
    )
    assert two_links[0] == pytest.approx(blocking, rel=1e-9, abs=1e-14)


def test_large_link_stays_in_range():
    share = kaufman_roberts(4000, [3900.0], [1])
    assert share[-1] == close(erlang_b(3900.0, 4000), 1e-9)


def test_a_call_larger_than_the_link_is_always_blocked():
    assert service_blocking(3, [1.0, 1.0], [1, 5])[1] == pytest.approx(1.0, abs=1e-15)
    assert loss_network_blocking([3], np.array([[5]]), [1.0])[0] == 1.0


def test_extended_erlang_b_published():
    case = CASES["extErlangB_pub_200lines_3pct_70recall"]
    first_erl, n_channels = case["expected"]["A0_erlang"], case["inputs"]["N"]
    total_erl = offered_for_blocking(case["inputs"]["B"], n_channels)
    exact_first_erl = total_erl * (1.0 - case["inputs"]["recall"] * case["inputs"]["B"])
    assert abs(exact_first_erl - first_erl) <= case["tolerance"]["abs"]
    blocking, solved_erl = extended_erlang_b(exact_first_erl, n_channels, case["inputs"]["recall"])
    assert blocking == close(case["inputs"]["B"], 1e-9)
    assert solved_erl == close(total_erl, 1e-9)


@cases("retrial_mm1")
def test_retrial_orbit(given_, expected):
    offered_erl = given_["lambda"] / given_["nu"]
    orbit = retrial_orbit_mean(offered_erl, given_["retrial_rate"] / given_["nu"])
    assert orbit == close(expected["E_orbit"])
    assert offered_erl == expected["P_busy"] == expected["P_first_attempt_blocked"]


@given(offered_erl=st.floats(0.05, 400.0), n_channels=st.integers(1, 300))
def test_inverse_undoes_erlang_b(offered_erl, n_channels):
    blocking = erlang_b(offered_erl, n_channels)
    if 1e-9 < blocking < 1.0 - 1e-9:
        back_erl = offered_for_blocking(blocking, n_channels)
        assert erlang_b(back_erl, n_channels) == close(blocking, 1e-9)


@given(offered_erl=st.floats(0.05, 50.0), n_channels=st.integers(1, 60))
def test_all_busy_variance_by_the_fundamental_matrix(offered_erl, n_channels):
    """Variance 2 f' Z f of a finite chain, Z the deviation matrix of its generator (Whitt 1992)."""
    if erlang_b(offered_erl, n_channels) < 1e-6:
        return
    size = n_channels + 1
    generator = np.diag([offered_erl] * n_channels, 1) + np.diag(np.arange(1.0, size), -1)
    generator -= np.diag(generator.sum(axis=1))
    weight = np.cumprod([1.0] + [offered_erl / n for n in range(1, size)])
    p_state = weight / weight.sum()
    every = np.outer(np.ones(size), p_state)
    deviation = np.linalg.inv(every - generator) - every
    indicator = np.zeros(size)
    indicator[-1] = 1.0
    variance = 2.0 * (p_state * indicator) @ deviation @ indicator
    assert all_busy_variance(offered_erl, n_channels) == pytest.approx(variance, rel=1e-6)


def test_many_sources_become_poisson():
    """With S sources of A / S each, Engset tends to Erlang B as 1 / S."""
    gaps = [abs(engset_call_congestion(n, 10, 8.0 / n) - erlang_b(8.0, 10)) for n in (10**4, 10**5)]
    assert gaps[1] < 0.11 * gaps[0]


@given(offered_erl=st.floats(0.1, 100.0), n_channels=st.integers(1, 100))
def test_one_channel_more_blocks_less(offered_erl, n_channels):
    assert erlang_b(offered_erl, n_channels + 1) < erlang_b(offered_erl, n_channels)


def test_edges():
    assert erlang_b(0.0, 3) == 0.0
    assert erlang_b(5.0, 0) == 1.0
    assert engset_time_congestion(3, 4, 1.0) == 0.0
    assert engset_time_congestion(4, 4, 1.0) == close(2.0**-4)
    assert engset_call_congestion(4, 4, 1.0) == 0.0
    assert extended_erlang_b(10.0, 12, 0.0)[0] == close(erlang_b(10.0, 12))


@pytest.mark.parametrize(
    "call",
    [
        lambda: erlang_b(-1.0, 3),
        lambda: erlang_b(math.inf, 3),
        lambda: erlang_b(1.0, -1),
        lambda: offered_for_blocking(1.0, 5),
        lambda: offered_for_blocking(0.1, 0),
        lambda: extended_erlang_b(1.0, 5, 1.0),
        lambda: erlang_c(5.0, 5),
        lambda: single_server_mean_wait_s(1.0, 1.0, 1.0),
        lambda: retrial_orbit_mean(1.0, 1.0),
        lambda: retrial_orbit_mean(0.5, 0.0),
    ],
)
def test_out_of_range_is_refused(call):
    with pytest.raises(ValueError, match="must be"):
        call()
