"""Paired differences agree with textbook tests, and cover the truth as often as they say."""

import numpy as np
import pytest
from scipy import stats

from sim.stats.compare import holm, paired_differences


def ones(values):
    return values, np.ones_like(values)


@pytest.fixture
def correlated():
    """Twelve replications of three items, the second system the first with a little noise."""
    rng = np.random.default_rng(5)
    a = rng.normal(10.0, 2.0, (12, 3))
    return a, a + rng.normal([0.0, 0.3, -1.0], 0.5, (12, 3))


def test_equal_denominators_give_the_paired_t_and_welch(correlated):
    a, b = correlated
    found = paired_differences(ones(a), ones(b))
    paired = stats.ttest_rel(b, a)
    assert found.value == pytest.approx((b - a).mean(axis=0), rel=1e-12)
    assert found.p == pytest.approx(paired.pvalue, rel=1e-9)
    interval = paired.confidence_interval(0.95)
    assert found.low == pytest.approx(interval.low, rel=1e-9)
    assert found.high == pytest.approx(interval.high, rel=1e-9)
    welch = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert found.unpaired_low == pytest.approx(welch.low, rel=1e-9)
    assert found.unpaired_high == pytest.approx(welch.high, rel=1e-9)
    for i in range(3):
        assert found.correlation[i] == pytest.approx(np.corrcoef(a[:, i], b[:, i])[0, 1])
        ratio = (a[:, i].var() + b[:, i].var()) / (b - a)[:, i].var()
        assert found.variance_ratio[i] == pytest.approx(ratio)


def test_joint_intervals_are_those_of_bonferroni(correlated):
    a, b = correlated
    found = paired_differences(ones(a), ones(b))
    joint = stats.ttest_rel(b, a).confidence_interval(1.0 - 0.05 / 3)
    assert found.joint_low == pytest.approx(joint.low, rel=1e-9)
    assert found.joint_high == pytest.approx(joint.high, rel=1e-9)


def test_holm_steps_down():
    # 0.01 x 4; 0.02 x 3 = 0.06; 0.03 x 2 = 0.06; 0.9 x 1: by hand.
    assert holm([0.03, 0.01, 0.9, np.nan, 0.02])[[0, 1, 2, 4]] == pytest.approx(
        [0.06, 0.04, 0.9, 0.06]
    )
    assert np.isnan(holm([0.03, np.nan])[1])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_a_ratio_covers_its_true_difference():
    rng = np.random.default_rng(11)
    n_trials, n = 2_000, 8
    bottom = rng.poisson(400.0, (n, n_trials)).astype(float)
    top = rng.binomial(bottom.astype(int), 0.10).astype(float)
    fewer = rng.binomial(top.astype(int), 0.8).astype(float)  # the second system loses 0.8 of them
    found = paired_differences((top, bottom), (fewer, bottom))
    covered = ((found.low <= -0.02) & (found.high >= -0.02)).mean()
    # Three standard errors of a share of 0.95 in 2,000 trials are 0.015.
    assert abs(covered - 0.95) < 0.02
    assert np.median(found.variance_ratio) > 5.0


def test_replications_that_count_nothing_are_left_out():
    top, bottom = np.array([[1.0], [2.0], [0.0], [4.0]]), np.array([[10.0], [10.0], [0.0], [10.0]])
    found = paired_differences((top, bottom), (top * 2.0, bottom))
    assert found.n_replications.tolist() == [3]
    assert found.value == pytest.approx([7.0 / 30.0])
    single = paired_differences((top[:1], bottom[:1]), (top[1:2], bottom[:1]))
    assert single.value == pytest.approx([0.1])
    assert np.isnan([single.low[0], single.p[0], single.p_adjusted[0]]).all()
