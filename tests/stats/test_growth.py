"""Growth: exact curves come back, published fits come out, forecasts and their errors beside what came."""

from datetime import date

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from sim.errors import SimError
from sim.stats.growth.curves import BASS, CURVES
from sim.stats.growth.fits import fit_curve
from sim.stats.growth.forecasts import (
    akaike_weights,
    choices,
    fit_all,
    hold_out,
    rms_errors,
    rolling,
)
from sim.stats.growth.market import Operator, split_market

LAUNCH = date(2008, 12, 15)
TRUE = {"logistic": (3.4, 1.2, 2.8), "bass": (3.5, 0.03, 0.7), "gompertz": (3.7, 0.8, 2.4)}


COUNTS = (
    ("2009-03-31", 19_208), ("2009-06-30", 47_863), ("2009-09-30", 69_261), ("2009-12-31", 91_000),
    ("2010-03-31", 125_661), ("2010-06-30", 184_000), ("2010-09-30", 301_199), ("2010-12-31", 432_000),
    ("2011-03-31", 535_133), ("2011-12-31", 950_000), ("2012-02-15", 1_000_000), ("2012-11-15", 1_500_000),
    ("2013-05-29", 2_000_000), ("2014-06-30", 2_400_000), ("2015-11-15", 3_000_000), ("2017-12-31", 3_500_000),
)  # fmt: skip
"""Published lines of Koryolink; where only the month is told, its middle, of 2014 and 2017 the end."""

UP_TO_MAY_2013 = 13


@pytest.fixture(scope="module")
def koryolink():
    """Koryolink's 16 published counts: years from the launch, and millions."""
    t = [(date.fromisoformat(day) - LAUNCH).days / 365.25 for day, _ in COUNTS]
    return np.array(t), np.array([n for _, n in COUNTS]) / 1e6


@pytest.mark.parametrize("name", CURVES)
def test_counts_on_a_curve_give_it_back(name):
    t = np.linspace(0.2, 8.0, 12)
    fit = fit_curve(CURVES[name], t, CURVES[name].count(t, np.array(TRUE[name])))
    assert fit.theta == pytest.approx(TRUE[name], rel=1e-5)
    assert fit.rms_error < 1e-6


@pytest.mark.parametrize("name", CURVES)
def test_the_closed_form_of_the_peak_is_where_the_rate_is_greatest(name):
    curve, theta = CURVES[name], np.array(TRUE[name])
    found = minimize_scalar(
        lambda t: -float(curve.rate(np.array([t]), theta)[0]), bounds=(0.0, 8.0), method="bounded"
    )
    peak = curve.peak(theta)
    assert peak.time == pytest.approx(found.x, abs=1e-4)
    assert peak.rate == pytest.approx(-found.fun, rel=1e-9)
    assert peak.share == pytest.approx(
        float(curve.count(np.array([peak.time]), theta)[0]) / theta[0], rel=1e-9
    )
    h = 1e-5
    slope = np.diff(curve.count(np.array([1.0 - h, 1.0 + h]), theta))[0] / (2.0 * h)
    assert float(curve.rate(np.array([1.0]), theta)[0]) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "saturation", "error", "rms"),
    [("gompertz", 3.74, 0.07, 0.044), ("bass", 3.49, 0.09, 0.073), ("logistic", 3.39, 0.10, 0.097)],
)
def test_koryolink_by_three_curves(koryolink, name, saturation, error, rms):
    fit = fit_curve(CURVES[name], *koryolink)
    assert fit.theta[0] == pytest.approx(saturation, abs=0.005)
    assert fit.errors[0] == pytest.approx(error, abs=0.005)
    assert fit.rms_error == pytest.approx(rms, abs=0.001)
    if name == "bass":
        assert fit.theta[1] == pytest.approx(0.0291, abs=5e-5)
        assert fit.theta[2] == pytest.approx(0.739, abs=5e-4)


def test_what_the_points_up_to_may_2013_foretell_of_2015(koryolink):
    t, y = koryolink
    held = hold_out(t, y, UP_TO_MAY_2013)
    told = {one.curve: one.forecast.value for one in held if one.came == 3.0}
    assert told == pytest.approx({"gompertz": 3.64, "bass": 3.04, "logistic": 2.64}, abs=0.005)
    assert {one.came for one in held} == {2.4, 3.0, 3.5}


def test_the_choice_of_the_curve_is_more_than_any_curve_admits(koryolink):
    t, y = koryolink
    fits = fit_all(t[:UP_TO_MAY_2013], y[:UP_TO_MAY_2013])
    (one,) = choices(fits, [t[-2]])
    assert one.value == pytest.approx(np.mean([3.64, 3.04, 2.64]), abs=0.01)
    assert one.between > one.within
    assert one.error**2 == pytest.approx(one.within**2 + one.between**2)
    assert one.low < 3.0 < one.high
    (sure,) = choices(fits, [t[-2]], {"gompertz": 1.0, "bass": 0.0, "logistic": 0.0})
    assert sure.between == pytest.approx(0.0, abs=1e-12)
    weights = akaike_weights(fit_all(t, y))
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["gompertz"] > 0.99  # of 2015 Bass's foretold best: fitting is not foretelling


def test_hold_out_errors_of_each_next_count(koryolink):
    held = list(rolling(*koryolink, first=13))
    assert len(held) == 3 * (16 - 13)
    assert {one.n_fitted for one in held} == set(range(13, 16))
    errors = rms_errors(held)
    of_fit = {name: fit.rms_error for name, fit in fit_all(*koryolink).items()}
    assert all(errors[name] > of_fit[name] for name in CURVES)


def test_intervals_of_forecasts_hold_what_comes():
    """Counts with independent errors about a curve: 95 % intervals hold the next one in 95 of 100."""
    rng = np.random.default_rng(5)
    t = np.linspace(0.5, 8.0, 16)
    true = BASS.count(t, np.array(TRUE["bass"]))
    n, held = 100, 0
    for _ in range(n):
        y = np.maximum(true + rng.normal(0.0, 0.05, len(t)), 0.0)
        fit = fit_curve(BASS, t[:-1], y[:-1], start=TRUE["bass"])
        one = fit.forecasts([t[-1]])[0]
        assert one.low < one.curve_low < one.value < one.curve_high < one.high
        held += one.low <= y[-1] <= one.high
    assert abs(held / n - 0.95) < 4.0 * np.sqrt(0.95 * 0.05 / n)


def test_two_operators_share_a_market_as_their_equations_say():
    first, second, m, entry = Operator(0.03, 0.5), Operator(0.01, 0.4), 7.0, 4.0
    t = np.linspace(0.0, 14.0, 29)
    a, b = split_market(m, first, second, entry, t)

    def grow(now, n):
        free, share = m - n.sum(), n.sum() / m
        is_there = now >= entry
        return [
            (first.innovation + first.imitation * share) * free,
            is_there * (second.innovation + second.imitation * share) * free,
        ]

    alone = solve_ivp(grow, (0.0, entry), [0.0, 0.0], rtol=1e-10, atol=1e-12, dense_output=True)
    begin = [alone.y[0, -1], 0.0]
    both = solve_ivp(grow, (entry, 14.0), begin, rtol=1e-10, atol=1e-12, dense_output=True)
    known = np.where(t < entry, alone.sol(np.minimum(t, entry)), both.sol(np.maximum(t, entry)))
    assert a == pytest.approx(known[0], abs=1e-6)
    assert b == pytest.approx(known[1], abs=1e-6)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(SimError, match="must be 4 or more"):
        fit_curve(BASS, [1, 2, 3], [1, 2, 3])
    with pytest.raises(SimError, match="values 0 or more"):
        fit_curve(BASS, [1, 2, 3, 4], [1, -2, 3, 4])
