"""Quantiles read from sums in narrow bins against those of all values, and sums that add up."""

from itertools import pairwise

import numpy as np
import pytest

from sim.runs.measures import histogram as module
from sim.runs.measures.flow_sums import FlowGroups, flow_sums, summed_flows
from sim.runs.measures.histogram import Histogram
from sim.runs.measures.measure import Crossing
from sim.runs.measures.subject import Rows
from sim.tables import FLOWS, QUANTILE_RESOLUTION, FlowOutcome
from tests.runs.data_example import data_scenario

WINDOW_S = 630.0
SHARES = (0.05, 0.5, 0.95, 1.0)


def exact_quantile(values, weights, share):
    """The least value that a share of the weight does not exceed, one value after the other."""
    total, below = sum(weights), 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        below += weight
        if below >= share * total:
            return value
    return max(values)


def histogram_of(values, weights, groups=None):
    values, weights = np.asarray(values, float), np.asarray(weights, float)
    groups = np.zeros(len(values), np.int64) if groups is None else groups
    return Histogram.of(groups, values, {"weight": weights, "weighted": weights * values})


def quantile(histogram, share):
    return histogram.quantile(share, "weight", "weighted")


def drawn(law, rng):
    if law == "lognormal":
        return rng.lognormal(12.0, 1.5, 4000)
    if law == "pareto":
        return 1e-3 * (1.0 + rng.pareto(0.7, 4000))
    # Rates of bearers, of which rounding leaves some on either side of an edge of two bins.
    return rng.choice([64e3, 128e3, 384e3], 4000) * (1.0 + rng.integers(-3, 4, 4000) * 2.0**-52)


@pytest.mark.parametrize("law", ["lognormal", "pareto", "rates"])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_quantiles_are_those_of_all_values_within_a_bin(law, is_weighted):
    rng = np.random.default_rng(5)
    values = drawn(law, rng)
    weights = rng.exponential(10.0, len(values)) if is_weighted else np.ones(len(values))
    histogram = histogram_of(values, weights)
    assert len(histogram.key) < len(values)
    for share in SHARES:
        exact = exact_quantile(values.tolist(), weights.tolist(), share)
        within = 1e-14 if law == "rates" else QUANTILE_RESOLUTION
        assert quantile(histogram, share) == pytest.approx(exact, rel=within, abs=0.0)


def test_coarser_bins_would_be_seen(monkeypatch):
    monkeypatch.setattr(module, "QUANTILE_BITS", 4)
    rng = np.random.default_rng(5)
    values = rng.lognormal(12.0, 1.5, 4000)
    histogram, even = histogram_of(values, np.ones(4000)), [1.0] * 4000
    errors = [quantile(histogram, q) / exact_quantile(values, even, q) - 1.0 for q in SHARES]
    assert np.max(np.abs(errors)) > 2.0 * QUANTILE_RESOLUTION


def test_values_that_are_alone_in_their_bins_come_back():
    histogram = histogram_of([4.0, 1.0, 3.0, 2.0], [1.0, 1.0, 1.0, 7.0])
    shares = (0.05, 0.1, 0.11, 0.8, 0.81, 1.0)
    assert [quantile(histogram, share) for share in shares] == [1.0, 1.0, 2.0, 2.0, 3.0, 4.0]
    even = histogram_of(np.arange(1.0, 101.0), np.ones(100))
    assert [quantile(even, share) for share in (0.05, 0.5)] == [5.0, 50.0]
    assert quantile(histogram_of([0.0, 0.0, 1.0], [1.0] * 3), 0.5) == 0.0
    assert quantile(histogram_of([], []), 0.5) == 0.0


def test_bins_are_as_narrow_as_they_say():
    values = np.sort(10.0 ** np.random.default_rng(1).uniform(-9.0, 9.0, 200_000))
    key = np.concatenate([histogram_of([one], [1.0]).key for one in values[:2000]])
    whole = histogram_of(values, np.ones(len(values)))
    assert np.all(np.diff(key) >= 0)
    assert np.isin(key, whole.key).all()
    last = np.cumsum(whole.sums["weight"]).astype(int) - 1
    first = np.append(0, last[:-1] + 1)
    assert np.all(values[last] - values[first] < QUANTILE_RESOLUTION * values[first])
    assert len(whole.key) < 60.0 / QUANTILE_RESOLUTION  # 18 decades are 60 octaves


def test_histograms_of_slices_add_up():
    rng = np.random.default_rng(2)
    values, groups = rng.lognormal(3.0, 1.0, 3000), rng.integers(0, 6, 3000)
    whole = histogram_of(values, np.ones(3000), groups)
    ends = (0, 1, 1000, 1000, 3000)
    slices = [
        histogram_of(values[first:last], np.ones(last - first), groups[first:last])
        for first, last in pairwise(ends)
    ]
    found = sum(slices[1:], slices[0])
    np.testing.assert_array_equal(found.key, whole.key)
    np.testing.assert_array_equal(found.sums["weight"], whole.sums["weight"])
    np.testing.assert_allclose(found.sums["weighted"], whole.sums["weighted"], rtol=1e-13)


def test_rows_of_a_crossing_hold_the_values_of_their_groups():
    rng = np.random.default_rng(3)
    values, n = rng.lognormal(3.0, 1.0, 2000), 2000
    one, two = rng.integers(0, 2, n), rng.choice([0, 2], n)
    crossing = Crossing.of(("a", "b"), ("x", "y", "z"))
    histogram = histogram_of(values, np.ones(n), crossing.groups(one, two))
    rows = list(histogram.rows(crossing))
    assert len(rows) == len(crossing.first_names) == 12
    for row, first, second in zip(rows, crossing.first_names, crossing.second_names, strict=True):
        chosen = np.ones(n, bool) if first == "all" else one == "ab".index(first)
        if second != "all":
            chosen &= two == "xyz".index(second)
        assert row.total("weight") == chosen.sum()
        assert row.total("weighted") == pytest.approx(values[chosen].sum(), rel=1e-12)
        if chosen.any():
            exact = exact_quantile(values[chosen], np.ones(chosen.sum()), 0.5)
            assert quantile(row, 0.5) == pytest.approx(exact, rel=QUANTILE_RESOLUTION, abs=0.0)
        else:
            assert quantile(row, 0.5) == 0.0


def drawn_flows(n):
    rng = np.random.default_rng(4)
    flows = {one.name: rng.integers(0, 2, n).astype(one.dtype) for one in FLOWS.columns}
    flows["time_s"] = rng.uniform(-60.0, WINDOW_S + 60.0, n)
    duration_s = rng.exponential(10.0, n) * (rng.random(n) > 0.01)
    flows["end_s"] = flows["time_s"] + duration_s
    flows["size_bit"] = duration_s * rng.lognormal(13.0, 1.0, n) + 1.0
    flows["outcome"] = rng.choice([FlowOutcome.COMPLETED, FlowOutcome.CUT_STALLED], n, p=[0.8, 0.2])
    return flows


@pytest.mark.parametrize("axis", ["province", "device", "hour", "service"])
def test_throughputs_of_groups_against_those_of_all_flows(example, axis):
    scenario, n = data_scenario(example), 3000
    flows = drawn_flows(n)
    rows = Rows("flows", scenario, example.world, WINDOW_S, flows)
    crossing = FlowGroups.of(scenario, example.world).crossings[axis]
    found = flow_sums(summed_flows(rows), axis, crossing)
    number = {
        "province": flows["province_idx"],
        "device": flows["device_idx"],
        "hour": (flows["time_s"] >= 300.0).astype(int),  # the window begins at 19:55
        "service": np.where(flows["is_up"] > 0, 2, np.where(flows["bearer_idx"] == 0, 0, 1)),
    }[axis]
    duration_s = flows["end_s"] - flows["time_s"]
    counts = (flows["time_s"] >= 0.0) & (flows["time_s"] < WINDOW_S) & (duration_s > 0.0)
    counts &= flows["outcome"] == FlowOutcome.COMPLETED
    if axis != "service":
        counts &= flows["is_up"] == 0
    compared = 0
    for row, (first, second) in enumerate(
        zip(crossing.first_names, crossing.second_names, strict=True)
    ):
        chosen = counts.copy()
        if first != "all":
            chosen &= flows["network_idx"] == crossing.first.index(first)
        if second != "all":
            chosen &= number == crossing.second.index(second)
        size_bit, lasted_s = flows["size_bit"][chosen], duration_s[chosen]
        if not chosen.any():
            assert found["below_throughput_median_bps"][row] == 0.0
            continue
        compared += 1
        speeds = size_bit / lasted_s

        def value(name, row=row):
            return found[f"above_{name}"][row] / found[f"below_{name}"][row]

        assert value("throughput_bps") == pytest.approx(speeds.mean(), rel=1e-12)
        assert value("time_throughput_bps") == pytest.approx(
            size_bit.sum() / lasted_s.sum(), rel=1e-12
        )
        for prefix, weights in (("", np.ones(len(speeds))), ("time_", lasted_s)):
            for name, share in (("median", 0.5), ("p05", 0.05)):
                exact = exact_quantile(speeds, weights, share)
                assert value(f"{prefix}throughput_{name}_bps") == pytest.approx(
                    exact, rel=QUANTILE_RESOLUTION, abs=0.0
                )
    assert compared >= 9
