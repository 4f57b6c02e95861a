"""
Means and ratios over independent replications, with Student-t intervals.

Every function works on columns: axis 0 is the replication, further axes are items of their own.

References
----------
A. M. Law, "Simulation Modeling and Analysis", 5th edition (2015), sections 9.4 and 9.5.3: replications, and the
jackknife estimator of a ratio of expectations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def mean_intervals(values: ArrayLike, confidence: float = CONFIDENCE) -> Intervals:
    """
    Return the means of replication values and their t intervals.

    Parameters
    ----------
    values : (replication, item) array of float
        Values, of one replication or more; the same unit throughout.
    confidence : float
        Nominal coverage. [1]

    Returns
    -------
    Intervals
        Mean of each item; without ends when there is but one replication.
    """
    x = np.atleast_1d(np.asarray(values, np.float64))
    n = np.full(x.shape[1:], x.shape[0], np.int32)
    value = x.mean(axis=0)
    if x.shape[0] < 2:
        half = np.full(x.shape[1:], np.nan)
    else:
        half = _t_of_counts(n, confidence) * np.sqrt(x.var(axis=0, ddof=1) / n)
    return Intervals(value, value - half, value + half, n)


def ratio_intervals(
    numerators: ArrayLike, denominators: ArrayLike, confidence: float = CONFIDENCE
) -> Intervals:
    """
    Return the ratios of sums over replications and their jackknife t intervals.

    The estimate is sum of numerators / sum of denominators; the interval is centred on it, its width from the
    jackknife pseudo-values. Where all denominators are alike it is the t interval of the mean. A replication
    without a denominator has nothing to say and is left out of the degrees of freedom.

    Parameters
    ----------
    numerators, denominators : (replication, item) array of float
        Sums of each replication, denominators 0 or more; a numerator over 0 must be 0.
    confidence : float
        Nominal coverage. [1]

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
        half = _t_of_counts(n, confidence) * np.sqrt((n - 1) * (deviation**2).sum(axis=0) / n)
    value = np.where(n > 0, value, np.nan)
    half = np.where(n > 1, half, np.nan)
    return Intervals(value, value - half, value + half, n)


def _t_of_counts(n: NDArray[np.int32], confidence: float) -> NDArray[np.float64]:
    """Return Student's t for each number of values; NaN below two."""
    from scipy.special import stdtrit

    factor = stdtrit(np.maximum(n - 1, 1).astype(np.float64), 0.5 + 0.5 * confidence)
    return np.where(n > 1, np.asarray(factor, np.float64), np.nan)


def mean_interval(values: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """
    Return the mean of replication values and its t interval.

    Parameters
    ----------
    values : (replication,) array of float
        Values; the same unit throughout.
    confidence : float
        Nominal coverage. [1]

    Returns
    -------
    Interval
        Mean; `low` and `high` are None when there is but one replication.
    """
    return _single(mean_intervals(np.asarray(values, np.float64)[:, None], confidence))


def ratio_interval(
    numerators: ArrayLike, denominators: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """
    Return the ratio of sums over replications and its jackknife t interval.

    Parameters
    ----------
    numerators, denominators : (replication,) array of float
        Sums of each replication.
    confidence : float
        Nominal coverage. [1]

    Returns
    -------
    Interval
        Ratio; None when every denominator is 0, without ends when fewer than two are not.
    """
    top = np.asarray(numerators, np.float64)[:, None]
    bottom = np.asarray(denominators, np.float64)[:, None]
    return _single(ratio_intervals(top, bottom, confidence))


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
