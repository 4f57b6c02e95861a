"""Laws of the holding time: quantiles, means, truncation."""

import numpy as np
import pytest
from scipy import stats

from sim.scenario.traffic_section import Holding
from sim.traffic.durations import holding_law, holding_time_s, mean_holding_s

P = np.concatenate([[1e-9, 1e-4], np.linspace(0.01, 0.99, 99), [0.9999]])


def quantiles(holding):
    law = holding_law(holding)
    return np.array([holding_time_s(law, p) for p in P])


def test_lognormal_has_the_mean_and_variation_asked_for():
    holding = Holding(law="lognormal", mean_s=100, cv=1.4)
    sigma = np.sqrt(np.log1p(1.4**2))
    law = stats.lognorm(sigma, scale=np.exp(np.log(100) - sigma**2 / 2))
    np.testing.assert_allclose(quantiles(holding), law.ppf(P), rtol=1e-12)
    np.testing.assert_allclose([law.mean(), law.std()], [100.0, 140.0], rtol=1e-12)
    assert mean_holding_s(holding) == 100.0


def test_lognormal_of_mean_100_s_is_that_of_the_source():
    """Mean 100 s and coefficient of variation 1.4 are mu 4.06 and sigma 1.04, as published to two digits."""
    law = holding_law(Holding(law="lognormal", mean_s=100, cv=1.4))
    assert round(law.a, 2) == 4.06
    assert round(law.b, 2) == 1.04


def test_exponential_and_fixed():
    exponential = quantiles(Holding(law="exponential", mean_s=80))
    np.testing.assert_allclose(exponential, stats.expon(scale=80).ppf(P), rtol=1e-13)
    assert set(quantiles(Holding(law="fixed", mean_s=80))) == {80.0}


@pytest.mark.parametrize("shape", [0.8, 1.0, 2.5])
def test_truncated_log_logistic(shape):
    holding = Holding(law="truncated_log_logistic", median_s=60, shape=shape, max_s=3_600)
    whole = stats.fisk(shape, scale=60)
    np.testing.assert_allclose(quantiles(holding), whole.ppf(P * whole.cdf(3_600)), rtol=1e-9)
    mean_s = whole.expect(lambda x: x, lb=0.0, ub=3_600) / whole.cdf(3_600)
    assert mean_holding_s(holding) == pytest.approx(mean_s, rel=1e-6)
    assert quantiles(holding).max() < 3_600
