"""Flows that share a cell: reference cases, one theory against another, and exact chains."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import spsolve

from tests.reference_cases import reference_cases
from tests.theory.flow_formulas import (
    discriminatory_sharing,
    harmonic_cell,
    limited_sharing,
    peak_rate_sharing,
    processor_sharing,
)

CASES = reference_cases("teletraffic/flow-level")
LOADS = st.floats(0.01, 0.95)


def pairs(prefix):
    ids = [i for i in CASES if i.startswith(prefix)]
    assert ids, f"no reference case begins with {prefix}"
    values = [(CASES[i]["inputs"], CASES[i]["expected"]) for i in ids]
    return pytest.mark.parametrize(("given_", "expected"), values, ids=ids)


def close(value, relative=1e-12):
    return pytest.approx(value, rel=relative, abs=0.0)


def test_every_case_is_used():
    prefixes = ("ps_mg1_", "ps_peakrate_", "cell_harmonic_", "ps_admission_", "dps_")
    assert len(CASES) == 10
    assert all(name.startswith(prefixes) for name in CASES)


@pairs("ps_mg1_")
def test_processor_sharing(given_, expected):
    capacity_bps = 1e6 * given_["C_Mbps"]
    mean_bit = 1e6 * given_["mean_size_Mbit"]
    found = processor_sharing(capacity_bps, given_["rho"] * capacity_bps, mean_bit)
    assert found.throughput_bps == close(1e6 * expected["mean_flow_throughput"])
    assert found.mean_flows == close(expected["mean_flows"])
    assert found.p_empty == close(expected["P_empty"])
    assert found.mean_duration_s == close(expected["mean_duration_s"])
    assert found.blocking == 0.0


@pairs("ps_peakrate_")
def test_peak_rate(given_, expected):
    n_at_peak = round(given_["C"] / given_["peak_rate"])
    found = peak_rate_sharing(
        given_["C"], given_["rho"] * given_["C"], given_["mean_size"], n_at_peak
    )
    assert found.mean_duration_s == close(expected["mean_duration"])
    assert found.throughput_bps == close(expected["mean_flow_throughput"])


@pairs("cell_harmonic_")
def test_harmonic_cell(given_, expected):
    rates_bps = [1e6 * one for one in given_["rates_Mbps"]]
    found = harmonic_cell(rates_bps, given_["share_of_arrivals"], 1e6 * given_["offered_Mbps"])
    assert found.capacity_bps == close(1e6 * expected["cell_capacity_Mbps"])
    assert found.load == close(expected["rho"])
    assert found.mean_flows == close(expected["mean_active_flows"])
    wanted_bps = 1e6 * np.array(expected["class_throughput_Mbps"])
    np.testing.assert_allclose(found.throughput_bps, wanted_bps, rtol=1e-12)


@pairs("ps_admission_")
def test_limit_of_flows(given_, expected):
    # A mean size of a second's work: durations are those over a flow alone.
    found = limited_sharing([1e6] * given_["max_flows"], 1e6 * given_["rho"], 1e6)
    assert found.blocking == close(expected["blocking"])
    assert found.mean_flows == close(expected["mean_flows"])
    assert found.mean_duration_s == close(expected["mean_duration_over_alone"])


@pairs("dps_")
def test_discriminatory_sharing(given_, expected):
    alone_s = [1.0 / rate for rate in given_["mu"]]
    found_s = discriminatory_sharing(given_["lambda"], alone_s, given_["weights"])
    np.testing.assert_allclose(found_s, expected["E_T"], rtol=1e-12)


@given(load=LOADS, n_at_peak=st.integers(1, 40))
def test_a_peak_rate_is_a_rate_that_depends_on_the_number(load, n_at_peak):
    n_most = n_at_peak + 2_000  # beyond it there is next to nobody
    rates_bps = [min(n / n_at_peak, 1.0) for n in range(1, n_most + 1)]
    chain = limited_sharing(rates_bps, load, 1.0)
    found = peak_rate_sharing(1.0, load, 1.0, n_at_peak)
    assert found.mean_flows == close(chain.mean_flows, 1e-9)
    assert found.p_empty == close(chain.p_empty, 1e-9)
    assert found.mean_duration_s == close(chain.mean_duration_s, 1e-9)
    assert found.throughput_bps == close(chain.throughput_bps, 1e-9)


@given(load=LOADS, capacity_bps=st.floats(1e3, 1e8), mean_bit=st.floats(1e3, 1e9))
def test_one_flow_at_its_peak_is_processor_sharing(load, capacity_bps, mean_bit):
    shared = processor_sharing(capacity_bps, load * capacity_bps, mean_bit)
    peak = peak_rate_sharing(capacity_bps, load * capacity_bps, mean_bit, 1)
    for name in ("mean_flows", "p_empty", "mean_duration_s", "throughput_bps"):
        assert getattr(peak, name) == close(getattr(shared, name), 1e-9)


@given(load=st.floats(0.1, 3.0), n_most=st.integers(1, 500))
def test_flows_in_and_out_balance(load, n_most):
    found = limited_sharing([1.0] * n_most, load, 1.0)
    # The cell works whenever there is a flow, and what it does is what is admitted.
    assert 1.0 - found.p_empty == close(load * (1.0 - found.blocking), 1e-9)
    assert found.mean_flows == close(load * (1.0 - found.blocking) * found.mean_duration_s)


def test_gain_of_scheduling_by_hand():
    # Two flows at most, 1 and 1.5 together, load 1: weights 1, 1 and 2/3.
    found = limited_sharing([1.0, 1.5], 1.0, 1.0)
    assert found.p_empty == close(3 / 8)
    assert found.blocking == close(1 / 4)
    assert found.mean_flows == close(7 / 8)
    assert found.mean_duration_s == close(7 / 6)
    assert found.throughput_bps == close(6 / 7)


def test_places_of_one_rate_are_processor_sharing():
    alike = harmonic_cell([2e6, 2e6, 2e6], [0.2, 0.3, 0.5], 1e6)
    shared = processor_sharing(2e6, 1e6, 1e5)
    assert alike.mean_flows == close(shared.mean_flows)
    np.testing.assert_allclose(alike.throughput_bps, shared.throughput_bps, rtol=1e-12)


CLASSES = st.lists(
    st.tuples(st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(0.01, 100.0)),
    min_size=1,
    max_size=6,
)


def of_load(classes, load):
    parts, alone_s, weights = (np.array(one) for one in zip(*classes, strict=True))
    return load * parts / (parts.sum() * alone_s), alone_s, weights


@given(classes=CLASSES, load=LOADS)
def test_weights_do_not_change_the_work(classes, load):
    flows_per_s, alone_s, weights = of_load(classes, load)
    found_s = discriminatory_sharing(flows_per_s, alone_s, weights)
    # An exponential flow in progress has the whole mean still before it; Pollaczek and Khinchin have the work of M/G/1.
    work_s = flows_per_s @ (found_s * alone_s)
    assert work_s == close(flows_per_s @ alone_s**2 / (1.0 - load), 1e-7)
    assert (found_s >= alone_s * (1.0 - 1e-9)).all()


@given(classes=CLASSES, load=LOADS, weight=st.floats(0.01, 100.0))
def test_equal_weights_are_processor_sharing(classes, load, weight):
    flows_per_s, alone_s, _ = of_load(classes, load)
    found_s = discriminatory_sharing(flows_per_s, alone_s, [weight] * len(classes))
    np.testing.assert_allclose(found_s, alone_s / (1.0 - load), rtol=1e-8)


def test_a_greater_weight_is_served_sooner():
    found_s = discriminatory_sharing([0.2, 0.2, 0.2], [1.0, 1.0, 1.0], [1.0, 2.0, 4.0])
    assert found_s[0] > 1.0 / (1.0 - 0.6) > found_s[2]
    assert found_s[0] > found_s[1] > found_s[2]


def test_discriminatory_sharing_is_that_of_the_chain():
    flows_per_s, service_per_s, weights = (0.3, 0.1), (1.0, 0.4), (3.0, 0.5)
    n = 90  # a load of 0.55: the rest has less than 1e-12
    numbers = np.arange(n)
    first, second = (one.ravel() for one in np.meshgrid(numbers, numbers, indexing="ij"))
    state = first * n + second
    total = np.maximum(weights[0] * first + weights[1] * second, 1e-300)
    moves = []
    for k, step, most in ((0, n, first < n - 1), (1, 1, second < n - 1)):
        present = (first, second)[k]
        moves.append((state[most], state[most] + step, np.full(most.sum(), flows_per_s[k])))
        some = present > 0
        rate = service_per_s[k] * weights[k] * present / total
        moves.append((state[some], state[some] - step, rate[some]))
    begin, end, rate = (np.concatenate(one) for one in zip(*moves, strict=True))
    size = n * n
    generator = sparse.coo_matrix((rate, (end, begin)), shape=(size, size)).tolil()
    generator.setdiag(-np.bincount(begin, rate, size))
    generator[0, :] = 1.0
    of_states = spsolve(generator.tocsc(), np.eye(size, 1).ravel())
    found_s = discriminatory_sharing(flows_per_s, [1.0 / one for one in service_per_s], weights)
    for k, present in enumerate((first, second)):
        assert found_s[k] == close(of_states @ present / flows_per_s[k], 1e-8)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: processor_sharing(1.0, 1.0, 1.0), "else flows pile up"),
        (lambda: processor_sharing(0.0, 1.0, 1.0), "must be more than 0"),
        (lambda: processor_sharing(1.0, math.nan, 1.0), "must be more than 0"),
        (lambda: peak_rate_sharing(1.0, 0.5, 1.0, 0), "must be 1 or more"),
        (lambda: limited_sharing([], 0.5, 1.0), "must be more than 0"),
        (lambda: limited_sharing([1.0, 0.0], 0.5, 1.0), "must be more than 0"),
        (lambda: limited_sharing([1.0], math.inf, 1.0), "must be more than 0"),
        (lambda: harmonic_cell([1.0], [0.5, 0.5], 0.5), "one for each rate"),
        (lambda: harmonic_cell([1.0, 2.0], [0.5, 0.6], 0.5), "summing to 1"),
        (lambda: harmonic_cell([1.0, 2.0], [0.5, 0.5], 2.0), "else flows pile up"),
        (lambda: discriminatory_sharing([1.0], [1.0, 1.0], [1.0]), "of one length"),
        (lambda: discriminatory_sharing([0.5, 0.5], [1.0, 1.0], [1.0, 2.0]), "pile up"),
        (lambda: discriminatory_sharing([0.5], [1.0], [0.0]), "must be more than 0"),
    ],
)
def test_what_has_no_answer_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
