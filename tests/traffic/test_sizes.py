"""Laws of a flow's size: means after truncation by quadrature, quantiles, variation, what cannot be."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from sim.errors import ScenarioError
from sim.scenario.traffic_section import Size
from sim.traffic.sizes import size_bit, size_law

P = np.concatenate([[2.0**-53, 1e-9, 1e-4], np.linspace(0.01, 0.99, 99), [0.9999, 1.0 - 2.0**-53]])
LAWS = ("fixed", "exponential", "hyperexponential", "lognormal", "truncated_pareto")


def quantiles(size, at=P):
    law = size_law(size)
    return np.array([size_bit(law, p) for p in at])


def integral(function, low, high):
    """Over the logarithm: sizes spread over many powers of ten."""
    marks = np.linspace(math.log(low), math.log(high), 40)
    return math.fsum(
        quad(lambda y: function(math.exp(y)) * math.exp(y), a, b, epsabs=0.0, epsrel=1e-11)[0]
        for a, b in pairwise(marks)
    )


@pytest.mark.parametrize("cv", [0.3, 1.0, 2.0, 20.0])
@pytest.mark.parametrize("mean_bit", [1.0, 8e5, 4e7, 7.2e7])
def test_lognormal_is_cut_and_has_the_mean_asked_for(cv, mean_bit):
    size = Size(law="lognormal", mean_bit=mean_bit, cv=cv, max_bit=8e7)
    law = size_law(size)
    sigma = math.sqrt(math.log1p(cv * cv))
    assert law.b == pytest.approx(sigma, rel=1e-14)
    whole = stats.norm(law.a, sigma)
    low, high = math.exp(law.a - 12.0 * sigma), min(8e7, math.exp(law.a + 12.0 * sigma))
    if law.a > math.log(8e7):  # only the lower end is kept, and falls like a power from the cut
        low = min(low, 8e7 * 1e-12)
    # The part kept may be a tiny share of the whole law.
    log_kept = whole.logcdf(math.log(8e7))
    mean = integral(lambda x: math.exp(whole.logpdf(math.log(x)) - log_kept), low, high)
    assert mean == pytest.approx(mean_bit, rel=1e-8)
    below = [math.exp(whole.logcdf(math.log(x)) - log_kept) for x in quantiles(size)]
    np.testing.assert_allclose(below, P, rtol=1e-9)
    assert quantiles(size).max() <= 8e7


@pytest.mark.parametrize("shape", [0.51, 0.9, 1.0, 1.0 + 1e-12, 1.2, 2.2, 20.0])
@pytest.mark.parametrize("mean_bit", [1.0, 8e5, 4e7, 7.2e7])
def test_pareto_is_cut_and_has_the_mean_asked_for(shape, mean_bit):
    size = Size(law="truncated_pareto", mean_bit=mean_bit, shape=shape, max_bit=8e7)
    law = size_law(size)
    k, most = law.b, 8e7
    kept = 1.0 - (k / most) ** shape

    def exceeds(x):
        return ((k / x) ** shape - (k / most) ** shape) / kept

    # The mean is the smallest size and the integral of the probability to exceed.
    assert k + integral(exceeds, k, most) == pytest.approx(mean_bit, rel=1e-8)
    found = quantiles(size)
    np.testing.assert_allclose([1.0 - exceeds(x) for x in found], P, rtol=1e-9, atol=1e-13)
    assert k <= found.min() <= found.max() <= most


@pytest.mark.parametrize("cv", [1.0001, 2.0, math.sqrt(10.0), 20.0])
def test_hyperexponential_has_mean_variation_and_balance(cv):
    law = size_law(Size(law="hyperexponential", mean_bit=8e5, cv=cv))
    p, first_bit, second_bit = law.a, law.b, law.c
    mean_bit = p * first_bit + (1.0 - p) * second_bit
    square = 2.0 * (p * first_bit**2 + (1.0 - p) * second_bit**2)
    assert mean_bit == pytest.approx(8e5, rel=1e-12)
    assert math.sqrt(square - mean_bit**2) / mean_bit == pytest.approx(cv, rel=1e-9)
    assert p * first_bit == pytest.approx((1.0 - p) * second_bit, rel=1e-12)
    exceeded = [
        p * math.exp(-x / first_bit) + (1.0 - p) * math.exp(-x / second_bit)
        for x in quantiles(Size(law="hyperexponential", mean_bit=8e5, cv=cv))
    ]
    np.testing.assert_allclose(exceeded, 1.0 - P, rtol=1e-12)


@given(cv=st.floats(1.0, 20.0, exclude_min=True), p=st.floats(2.0**-53, 1.0 - 2.0**-53))
def test_hyperexponential_quantile(cv, p):
    law = size_law(Size(law="hyperexponential", mean_bit=1.0, cv=cv))
    x = size_bit(law, p)
    below = -law.a * math.expm1(-x / law.b) - (1.0 - law.a) * math.expm1(-x / law.c)
    assert below == pytest.approx(p, rel=1e-11)


def test_exponential_and_fixed():
    exponential = quantiles(Size(law="exponential", mean_bit=8e5))
    np.testing.assert_allclose(exponential, stats.expon(scale=8e5).ppf(P), rtol=1e-13)
    assert set(quantiles(Size(law="fixed", mean_bit=8e5))) == {8e5}


@pytest.mark.parametrize("law", LAWS)
def test_sizes_rise_with_the_draw_and_have_the_mean(law):
    size = Size(law=law)
    found = quantiles(size)
    assert (np.diff(found) >= 0.0).all()
    assert found[0] > 0.0
    one = size_law(size)
    # Of the upper end, where a quantile is steep, the draw is 1 - e^-y.
    mean, _ = quad(
        lambda y: size_bit(one, -math.expm1(-y)) * math.exp(-y), 0.0, 36.0, limit=400, epsrel=1e-9
    )
    assert mean == pytest.approx(size.mean_bit, rel=1e-5)


@settings(max_examples=300)
@example("lognormal", 431045802908.3137, 0.6155576341486803, 1.0, 96399189421155.0)
@given(
    law=st.sampled_from(LAWS),
    mean_bit=st.floats(0.0, 1e12, exclude_min=True),
    cv=st.floats(0.0, 20.0, exclude_min=True),
    shape=st.floats(0.5, 20.0, exclude_min=True),
    max_bit=st.floats(0.0, 1e15, exclude_min=True),
)
def test_whatever_the_schema_allows_is_a_law_or_an_error(law, mean_bit, cv, shape, max_bit):
    size = Size(law=law, mean_bit=mean_bit, cv=cv, shape=shape, max_bit=max_bit)
    try:
        found = quantiles(size, (2.0**-53, 0.5, 1.0 - 2.0**-53))
    except ScenarioError:
        return
    assert np.isfinite(found).all()
    assert (found > 0.0).all()
    assert (np.diff(found) >= 0.0).all()
    if law in {"lognormal", "truncated_pareto"}:
        assert (found <= max_bit).all()


@pytest.mark.parametrize("law", ["lognormal", "truncated_pareto"])
def test_no_rounding_beyond_the_greatest_size(law):
    for share in np.linspace(0.3, 0.9, 400):
        size = Size(law=law, mean_bit=8e7 * share, max_bit=8e7)
        assert size_bit(size_law(size), 1.0 - 2.0**-53) <= 8e7


@pytest.mark.parametrize(
    ("keys", "where", "said"),
    [
        ({"law": "hyperexponential", "cv": 1.0}, "cv", "must be more than 1"),
        ({"law": "lognormal", "mean_bit": 9e7}, "mean_bit", "at most 0.9 x max_bit, 72000000"),
        ({"law": "truncated_pareto", "mean_bit": 8e7}, "mean_bit", "raise max_bit"),
        ({"law": "lognormal", "mean_bit": 0.5}, "mean_bit", "must be 1 or more"),
        ({"law": "fixed", "mean_bit": 0.5}, "mean_bit", "must be 1 or more"),
    ],
)
def test_a_law_that_does_not_exist_is_refused(keys, where, said):
    with pytest.raises(ScenarioError) as caught:
        size_law(Size(**keys))
    (problem,) = caught.value.problems
    assert problem.where == where
    assert said in problem.message
