"""
Ends of intervals of what cannot be below 0, nor, if a share, above 1.

Student's t is right for sums of many independent parts. Blocked calls of an hour are few and come in clumps, while all
channels are busy: then its interval reaches below 0, has no width where nothing was blocked, and misses the truth
(docs/statistics.md has the shares). Here the estimate keeps the variance that replications show, widened as t is, and
the law that such a thing has: a count is Poisson's with a variance larger by a factor (a gamma), a share binomial with
as many effective trials (a beta). Where the variance is small against the value, both are the t interval.

References
----------
E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected number of positive counts
estimated from survey data", Survey Methodology 24 (1998) 193-201: Clopper's and Pearson's interval with effective
trials, and their number by Student's t.
C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
Biometrika 26 (1934) 404-413.
F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936) 437-442.
M. P. Fay and E. J. Feuer, "Confidence intervals for directly standardized rates: a method based on the gamma
distribution", Statistics in Medicine 16 (1997) 791-801: the upper end is that of one more event, of its weight.
D. Aldous, "Probability Approximations via the Poisson Clumping Heuristic" (1989): sizes of clumps.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.tables import Law

Floats: TypeAlias = NDArray[np.float64]

CLUMP = 4.0
"""
Events that come together, at least: by so many the upper end reckons with more than was seen. [1]

Calls that a pool of channels refuses while it is full come 1 / (1 - load per channel) at a time (a birth-and-death walk
at its upper end; Aldous 1989): 4 at 0.75 erl per channel, 3 at 40 erl on 60 (assumption). Where replications show
larger clumps, theirs count.
"""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates over replications, an item each."""

    value: Floats  # estimate
    variance: Floats  # its variance, as replications show it
    # Student's t by the normal quantile of the same coverage: by so much its standard error is widened
    widening: Floats
    # trials of a share, or sum of the denominators of a count; NaN of a share that counts nothing
    whole: Floats


def bounded_ends(law: Law, of: Estimates, confidence: float) -> tuple[Floats, Floats]:
    """
    Return the ends of intervals, both tails alike.

    Ends, low and high, an item each; NaN where nothing but 0 or 1 was seen of what has no events that could be counted.
    """
    tail = 0.5 - 0.5 * confidence
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if law == "positive":
            low, high = _gamma(of, tail)
        elif law == "count":
            low, high = _clumped_poisson(of, tail)
        else:
            low, high = _clumped_binomial(of, tail)
            if law == "part":
                uncounted = _beta(of, tail)
                is_counted = np.isfinite(of.whole)
                low = np.where(is_counted, low, uncounted[0])
                high = np.where(is_counted, high, uncounted[1])
    is_known = np.isfinite(of.variance) & np.isfinite(low) & np.isfinite(high)
    low, high = np.fmin(low, of.value), np.fmax(high, of.value)
    return np.where(is_known, low, np.nan), np.where(is_known, high, np.nan)


def _gamma(of: Estimates, tail: float) -> tuple[Floats, Floats]:
    """Return the ends of a gamma of this mean and variance; NaN of a mean of 0, both the mean without variance."""
    variance = of.variance * of.widening**2
    shape = of.value**2 / variance
    low, high = (
        np.where(variance > 0.0, of.value / shape * _gamma_quantile(shape, p), of.value)
        for p in (tail, 1.0 - tail)
    )
    return np.where(of.value > 0.0, low, np.nan), np.where(of.value > 0.0, high, np.nan)


def _beta(of: Estimates, tail: float) -> tuple[Floats, Floats]:
    """Return the ends of a beta of this mean and variance, as `_gamma` does."""
    variance = of.variance * of.widening**2
    trials = of.value * (1.0 - of.value) / variance
    low, high = (
        np.where(
            variance > 0.0,
            _beta_quantile(of.value * trials, (1.0 - of.value) * trials, p),
            of.value,
        )
        for p in (tail, 1.0 - tail)
    )
    is_inside = (of.value > 0.0) & (of.value < 1.0)
    return np.where(is_inside, low, np.nan), np.where(is_inside, high, np.nan)


def _clumped_poisson(of: Estimates, tail: float) -> tuple[Floats, Floats]:
    """Return the ends of events by `whole`: Garwood's, of clumps."""
    events = of.value * of.whole
    seen = np.where(events > 0.0, of.variance * of.whole**2 / events, 0.0)
    dispersion, clump = _dispersion_and_clump(seen, of.widening)
    more = _with_one_more(events, dispersion, clump)
    low = dispersion * _gamma_quantile(events / dispersion, tail)
    high = more * _gamma_quantile((events + clump) / more, 1.0 - tail)
    return np.where(events > 0.0, low, 0.0) / of.whole, high / of.whole


def _clumped_binomial(of: Estimates, tail: float) -> tuple[Floats, Floats]:
    """Return the ends of a share of `whole` trials: Clopper's and Pearson's, of clumps."""
    events = of.value * of.whole
    others = np.fmax(of.whole - events, 0.0)
    is_mixed = (events > 0.0) & (others > 0.0)
    one = of.value * (1.0 - of.value) / of.whole
    seen = np.where(is_mixed, of.variance / one, 0.0)
    dispersion, clump = _dispersion_and_clump(seen, of.widening)
    # The lower end is one less the upper end of the other outcome.
    more, fewer = (_with_one_more(n, dispersion, clump) for n in (events, others))
    low = _beta_quantile(events / fewer, (others + clump) / fewer, tail)
    high = _beta_quantile((events + clump) / more, others / more, 1.0 - tail)
    return np.where(events > 0.0, low, 0.0), np.where(others > 0.0, high, 1.0)


def _dispersion_and_clump(seen: Floats, widening: Floats) -> tuple[Floats, Floats]:
    """
    Return by how much the variance is above that of single events, and how many come together.

    A variance below that of single events is taken for chance: replications are few.
    """
    return np.fmax(seen * widening**2, 1.0), np.fmax(seen, CLUMP)


def _with_one_more(events: Floats, dispersion: Floats, clump: Floats) -> Floats:
    """Return variance by mean of events and one more clump."""
    more: Floats = (dispersion * events + clump**2) / (events + clump)
    return more


def _gamma_quantile(shape: Floats, p: float) -> Floats:
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(shape, p), np.float64)


def _beta_quantile(a: Floats, b: Floats, p: float) -> Floats:
    from scipy.special import betaincinv

    return np.asarray(betaincinv(a, b, p), np.float64)
