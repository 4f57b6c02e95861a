"""
Means and ratios over independent replications, with their intervals.

An interval is Student's, about a mean or a jackknifed ratio, unless a law is named: then it keeps within what the law
allows (`sim.stats.bounded`). Every function works on columns: axis 0 is the replication, further axes are items of
their own.

References
----------
A. M. Law, "Simulation Modeling and Analysis", 5th edition (2015), sections 9.4 and 9.5.3: replications, and the
jackknife estimator of a ratio of expectations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.stats.bounded import Estimates, Floats, bounded_ends
from sim.tables import Law

CONFIDENCE = 0.95
"""Nominal coverage of every interval (docs/results.md). [1]"""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Estimates with their intervals, an item each."""

    value: NDArray[np.float64]  # (item,) estimate; NaN when nothing was counted
    low: NDArray[np.float64]  # and high: (item,) ends of the interval; NaN when there is none
    high: NDArray[np.float64]
    n_replications: NDArray[np.int32]  # (item,) replications in which anything was counted


@dataclass(frozen=True, slots=True)
class Interval:
    """One estimate with its interval."""

    value: float | None  # estimate; None when nothing was counted
    low: float | None  # and high: ends of the interval; None when there is none
    high: float | None
    n_replications: int  # replications in which anything was counted


def mean_intervals(
    values: ArrayLike,
    confidence: float = CONFIDENCE,
    law: Law | None = None,
    trials: ArrayLike | None = None,
) -> Intervals:
    """
    Return the means of replication values and their intervals.

    Parameters
    ----------
    values : (replication, item) array of float
        Values, of one replication or more; the same unit throughout.
    confidence : float
        Nominal coverage. [1]
    law : {"positive", "count", "share", "part"}, optional
        What the values are, if they keep within bounds; Student's t unless given.
    trials : (replication, item) array of float, optional
        Trials behind a share; one a replication unless given.

    Returns
    -------
    Intervals
        Mean of each item; without ends when there is but one replication.
    """
    x = np.atleast_1d(np.asarray(values, np.float64))
    n = np.full(x.shape[1:], x.shape[0], np.int32)
    value = x.mean(axis=0)
    variance = x.var(axis=0, ddof=1) / n if x.shape[0] > 1 else np.full(x.shape[1:], np.nan)
    whole = n.astype(np.float64)
    if law == "part":
        whole = np.full(x.shape[1:], np.nan)
    if trials is not None:
        whole = np.asarray(trials, np.float64).sum(axis=0)
    return _with_ends(value, variance, n, whole, confidence, law)


def ratio_intervals(
    numerators: ArrayLike,
    denominators: ArrayLike,
    confidence: float = CONFIDENCE,
    law: Law | None = None,
) -> Intervals:
    """
    Return the ratios of sums over replications and their intervals, of the variance by the jackknife.

    The estimate is sum of numerators / sum of denominators; the interval is centred on it, its width from the
    jackknife pseudo-values, unless a law says otherwise. Where all denominators are alike it is the t interval of the
    mean. A replication without a denominator has nothing to say and is left out of the degrees of freedom.

    Parameters
    ----------
    numerators, denominators : (replication, item) array of float
        Sums of each replication, denominators 0 or more; a numerator over 0 must be 0.
    confidence : float
        Nominal coverage. [1]
    law : {"positive", "count", "share", "part"}, optional
        What the ratios are, if they keep within bounds: of a share the denominators are trials. Student's t unless
        given.

    Returns
    -------
    Intervals
        Ratio of each item; NaN when every denominator is 0, without ends when fewer than two are not.
    """
    top = np.atleast_1d(np.asarray(numerators, np.float64))
    bottom = np.atleast_1d(np.asarray(denominators, np.float64))
    counted = bottom > 0.0
    n = counted.sum(axis=0, dtype=np.int32)
    sum_top, sum_bottom = top.sum(axis=0), bottom.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = sum_top / sum_bottom
        without = (sum_top - top) / (sum_bottom - bottom)
        # The pseudo-value of replication i is n * value - (n - 1) * without_i: only its last term varies.
        mean_without = np.where(counted, without, 0.0).sum(axis=0) / n
        deviation = np.where(counted, without - mean_without, 0.0)
        variance = (n - 1) * (deviation**2).sum(axis=0) / n
    value = np.where(n > 0, value, np.nan)
    variance = np.where(n > 1, variance, np.nan)
    whole = np.full(np.shape(value), np.nan) if law == "part" else sum_bottom
    return _with_ends(value, variance, n, whole, confidence, law)


def _with_ends(
    value: Floats,
    variance: Floats,
    n: NDArray[np.int32],
    whole: Floats,
    confidence: float,
    law: Law | None,
) -> Intervals:
    """Return estimates with the ends of their intervals."""
    factor = _t_of_counts(n, confidence)
    if law is None:
        half = factor * np.sqrt(variance)
        return Intervals(value, value - half, value + half, n)
    from scipy.special import ndtri

    widening = factor / float(ndtri(0.5 + 0.5 * confidence))
    of = Estimates(value, variance, widening, whole)
    return Intervals(value, *bounded_ends(law, of, confidence), n)


def _t_of_counts(n: NDArray[np.int32], confidence: float) -> NDArray[np.float64]:
    """Return Student's t for each number of values; NaN below two."""
    from scipy.special import stdtrit

    factor = stdtrit(np.maximum(n - 1, 1).astype(np.float64), 0.5 + 0.5 * confidence)
    return np.where(n > 1, np.asarray(factor, np.float64), np.nan)


def mean_interval(
    values: ArrayLike, confidence: float = CONFIDENCE, law: Law | None = None
) -> Interval:
    """
    Return the mean of replication values and its interval.

    Parameters
    ----------
    values : (replication,) array of float
        Values; the same unit throughout.
    confidence : float
        Nominal coverage. [1]
    law : {"positive", "count", "share", "part"}, optional
        What the values are, if they keep within bounds; Student's t unless given.

    Returns
    -------
    Interval
        Mean; `low` and `high` are None when there is but one replication.
    """
    return _single(mean_intervals(np.asarray(values, np.float64)[:, None], confidence, law))


def ratio_interval(
    numerators: ArrayLike,
    denominators: ArrayLike,
    confidence: float = CONFIDENCE,
    law: Law | None = None,
) -> Interval:
    """
    Return the ratio of sums over replications and its interval, of the variance by the jackknife.

    Parameters
    ----------
    numerators, denominators : (replication,) array of float
        Sums of each replication.
    confidence : float
        Nominal coverage. [1]
    law : {"positive", "count", "share", "part"}, optional
        What the ratio is, if it keeps within bounds; Student's t unless given.

    Returns
    -------
    Interval
        Ratio; None when every denominator is 0, without ends when fewer than two are not.
    """
    top = np.asarray(numerators, np.float64)[:, None]
    bottom = np.asarray(denominators, np.float64)[:, None]
    return _single(ratio_intervals(top, bottom, confidence, law))


def _single(intervals: Intervals) -> Interval:
    return Interval(
        _none_if_nan(intervals.value[0]),
        _none_if_nan(intervals.low[0]),
        _none_if_nan(intervals.high[0]),
        int(intervals.n_replications[0]),
    )


def _none_if_nan(value: float) -> float | None:
    """Return a number as Python's own, None in place of NaN. The number, None for NaN."""
    return None if np.isnan(value) else float(value)
