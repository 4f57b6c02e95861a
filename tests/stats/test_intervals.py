"""Intervals against hand-computed results, SciPy, and their own promise of 95 %."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.stats.intervals import (
    mean_interval,
    mean_intervals,
    ratio_interval,
    ratio_intervals,
)
from sim.streams import normal_quantile, uniform

STREAM = 63  # of no purpose in the simulator


def normal_draws(n_experiments: int, n_replications: int, index: int) -> np.ndarray:
    """Standard normal draws by address, replications along axis 0."""
    draws = [
        normal_quantile(uniform(1, replication, STREAM, experiment, index))
        for replication in range(n_replications)
        for experiment in range(n_experiments)
    ]
    return np.array(draws).reshape(n_replications, n_experiments)


def test_mean_interval_by_hand():
    # 1, 2, 3, 4: mean 2.5, s^2 = 5/3, t_3(0.975) = 3.182446305284263 (any table of Student's t)
    interval = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = 3.182446305284263 * math.sqrt(5.0 / 3.0 / 4.0)
    assert interval.value == 2.5
    assert interval.low == pytest.approx(2.5 - half, rel=1e-12)
    assert interval.high == pytest.approx(2.5 + half, rel=1e-12)
    assert interval.n_replications == 4


def test_mean_interval_against_scipy():
    values = normal_draws(1, 7, 0)[:, 0] * 3.0 + 10.0
    interval = mean_interval(values)
    low, high = stats.t.interval(0.95, 6, loc=values.mean(), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-12)


def test_ratio_interval_by_hand():
    # ratio 6/20; leaving one out 5/18, 4/14, 3/8; jackknife variance (n-1)/n * sum of squared deviations
    interval = ratio_interval([1.0, 2.0, 3.0], [2.0, 6.0, 12.0])
    without = [5.0 / 18.0, 4.0 / 14.0, 3.0 / 8.0]
    mean = sum(without) / 3.0
    se = math.sqrt(2.0 / 3.0 * sum((w - mean) ** 2 for w in without))
    half = 0.95 * math.sqrt(2.0 / (1.0 - 0.95**2)) * se  # t_2(0.975), closed form
    assert interval.value == pytest.approx(0.3, rel=1e-12)
    assert interval.low == pytest.approx(0.3 - half, rel=1e-12)
    assert interval.high == pytest.approx(0.3 + half, rel=1e-12)


def test_jackknife_against_pseudo_values():
    top = np.array([3.0, 8.0, 2.0, 9.0, 4.0])
    bottom = np.array([30.0, 61.0, 22.0, 70.0, 55.0])
    n = len(top)
    ratio = top.sum() / bottom.sum()
    pseudo = [
        n * ratio - (n - 1) * np.delete(top, i).sum() / np.delete(bottom, i).sum() for i in range(n)
    ]
    half = stats.t.ppf(0.975, n - 1) * stats.sem(pseudo)
    interval = ratio_interval(top, bottom)
    assert interval.high - interval.value == pytest.approx(half, rel=1e-9)


def test_ratio_with_equal_denominators_is_the_mean():
    values = np.array([0.11, 0.14, 0.09, 0.12])
    ratio = ratio_interval(values * 50.0, np.full(4, 50.0))
    mean = mean_interval(values)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx(
        (mean.value, mean.low, mean.high), rel=1e-12
    )


def test_one_replication_has_no_interval():
    assert mean_interval([3.0]).low is None
    assert mean_interval([3.0]).value == 3.0
    one = ratio_interval([1.0], [4.0])
    assert (one.value, one.low, one.high, one.n_replications) == (0.25, None, None, 1)


def test_zero_denominators():
    nothing = ratio_interval([0.0, 0.0], [0.0, 0.0])
    assert (nothing.value, nothing.low, nothing.high, nothing.n_replications) == (None,) * 3 + (0,)
    once = ratio_interval([0.0, 1.0, 0.0], [0.0, 4.0, 0.0])
    assert (once.value, once.low, once.high, once.n_replications) == (0.25, None, None, 1)
    # The replication in which nothing was counted is as if it had not been.
    with_empty = ratio_interval([1.0, 0.0, 3.0, 2.0], [4.0, 0.0, 5.0, 7.0])
    without = ratio_interval([1.0, 3.0, 2.0], [4.0, 5.0, 7.0])
    assert (with_empty.low, with_empty.high) == pytest.approx((without.low, without.high))
    assert with_empty.n_replications == 3


def test_columns_are_independent_items():
    top = np.array([[1.0, 0.0], [2.0, 5.0], [4.0, 6.0]])
    bottom = np.array([[9.0, 0.0], [8.0, 9.0], [7.0, 9.0]])
    columns = ratio_intervals(top, bottom)
    for item in range(2):
        single = ratio_interval(top[:, item], bottom[:, item])
        assert columns.low[item] == pytest.approx(single.low, rel=1e-12)
    assert columns.n_replications.tolist() == [3, 2]


def binomial_region(n: int) -> tuple[float, float]:
    """Region that a share of n experiments with p = 0.95 leaves once in a thousand times."""
    low, high = stats.binom.ppf([0.0005, 0.9995], n, 0.95)
    return low / n, high / n


@pytest.mark.parametrize("n_replications", [2, 5])
def test_mean_interval_covers_as_promised(n_replications):
    n = 4000
    intervals = mean_intervals(normal_draws(n, n_replications, 1) * 2.0 + 7.0)
    share = np.mean((intervals.low <= 7.0) & (intervals.high >= 7.0))
    low, high = binomial_region(n)
    assert low <= share <= high


def test_ratio_interval_covers_as_promised():
    n, n_replications = 4000, 5
    bottom = 1000.0 + 30.0 * normal_draws(n, n_replications, 2)
    top = 0.2 * bottom + 5.0 * normal_draws(n, n_replications, 3)
    intervals = ratio_intervals(top, bottom)
    share = np.mean((intervals.low <= 0.2) & (intervals.high >= 0.2))
    low, high = binomial_region(n)
    assert low <= share <= high
