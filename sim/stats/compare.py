"""
Differences of two systems on common random numbers, and corrections for looking at many of them.

Every function works on columns: axis 0 is the replication, axis 1 the item.

References
----------
A. M. Law, "Simulation Modeling and Analysis", 5th edition (2015), sections 10.2 and 11.2: the paired-t interval,
Welch's, and common random numbers.
S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.stats.intervals import CONFIDENCE

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences B less A, an item each; NaN where too few replications counted anything in both."""

    a: Floats  # and b, value: (item,) estimates of both systems, and their difference
    b: Floats
    value: Floats
    low: Floats  # and high: (item,) ends of the paired interval
    high: Floats
    # and unpaired_high: (item,) ends of Welch's interval, as if the systems had been simulated independently
    unpaired_low: Floats
    unpaired_high: Floats
    # (item,) variance of the difference without pairing by that with it: above 1 where common random numbers help
    variance_ratio: Floats
    correlation: Floats  # (item,) correlation of the two systems over replications [1]
    p: Floats  # (item,) two-sided p of no difference, by the paired t [1]
    p_adjusted: Floats  # (item,) the same by Holm over all items that have one [1]
    # and joint_high: (item,) ends of intervals that hold all at once (Bonferroni)
    joint_low: Floats
    joint_high: Floats
    n_replications: NDArray[np.int32]  # (item,) pairs in which both counted something


def paired_differences(
    a: tuple[ArrayLike, ArrayLike], b: tuple[ArrayLike, ArrayLike], confidence: float = CONFIDENCE
) -> Differences:
    """
    Return the differences of ratios over replications that two systems share.

    Variances are those of the jackknife: without one pair at a time. Where all denominators are alike this is the
    paired t of the values.

    Parameters
    ----------
    a, b : tuple of (replication, item) array of float
        Numerators and denominators of each system; the same replications in the same order.
    confidence : float
        Nominal coverage of each interval, and of all joint ones together. [1]

    Returns
    -------
    Differences
        Differences.
    """
    (top_a, bottom_a), (top_b, bottom_b) = (
        (np.asarray(top, np.float64), np.asarray(bottom, np.float64)) for top, bottom in (a, b)
    )
    counted = (bottom_a > 0.0) & (bottom_b > 0.0)
    n = counted.sum(axis=0, dtype=np.int32)
    value_a, loo_a = _leave_one_out(top_a, bottom_a, counted)
    value_b, loo_b = _leave_one_out(top_b, bottom_b, counted)
    with np.errstate(divide="ignore", invalid="ignore"):
        var_a, var_b = _variance(loo_a, counted, n), _variance(loo_b, counted, n)
        paired = _variance(loo_b - loo_a, counted, n)
        covariance = (var_a + var_b - paired) / 2.0
        unpaired = var_a + var_b
        ratio = np.where(unpaired > 0.0, unpaired / paired, np.nan)
        correlation = covariance / np.sqrt(var_a * var_b)
        welch = unpaired**2 / ((var_a**2 + var_b**2) / (n - 1))
    difference = value_b - value_a
    df = np.where(n > 1, n - 1, np.nan)
    p = _p_value(difference, paired, df)
    m = max(1, int(np.isfinite(p).sum()))
    half = _half(paired, df, confidence)
    joint = _half(paired, df, 1.0 - (1.0 - confidence) / m)
    half_unpaired = _half(unpaired, np.where(unpaired > 0.0, welch, df), confidence)
    return Differences(
        a=value_a,
        b=value_b,
        value=difference,
        low=difference - half,
        high=difference + half,
        unpaired_low=difference - half_unpaired,
        unpaired_high=difference + half_unpaired,
        variance_ratio=ratio,
        correlation=np.clip(correlation, -1.0, 1.0),
        p=p,
        p_adjusted=holm(p),
        joint_low=difference - joint,
        joint_high=difference + joint,
        n_replications=n,
    )


def _leave_one_out(
    top: Floats, bottom: Floats, counted: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return the ratio of sums, and the ratios without each replication; NaN where that one did not count."""
    top, bottom = np.where(counted, top, 0.0), np.where(counted, bottom, 0.0)
    sum_top, sum_bottom = top.sum(axis=0), bottom.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (sum_top - top) / (sum_bottom - bottom)
        return sum_top / sum_bottom, np.where(counted, without, np.nan)


def _variance(loo: Floats, counted: NDArray[np.bool_], n: NDArray[np.int32]) -> Floats:
    mean = np.where(counted, loo, 0.0).sum(axis=0) / n
    squares = np.where(counted, (loo - mean) ** 2, 0.0).sum(axis=0)
    return np.where(n > 1, (n - 1) / n * squares, np.nan)


def _half(variance: Floats, df: Floats, confidence: float) -> Floats:
    from scipy.special import stdtrit

    safe = np.where(np.isfinite(df) & (df > 0.0), df, 1.0)
    factor = np.asarray(stdtrit(safe, 0.5 + 0.5 * confidence), np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(df), factor * np.sqrt(variance), np.nan)


def _p_value(difference: Floats, variance: Floats, df: Floats) -> Floats:
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(difference) / np.sqrt(variance)
    tail = np.asarray(stdtr(np.where(np.isfinite(df), df, 1.0), -np.nan_to_num(t)), np.float64)
    p = np.where(variance > 0.0, 2.0 * tail, np.where(difference == 0.0, 1.0, 0.0))
    return np.where(np.isfinite(df) & np.isfinite(difference), p, np.nan)


def holm(p: ArrayLike) -> Floats:
    """Return p-values adjusted for being many, by Holm."""
    values = np.asarray(p, np.float64)
    adjusted = np.full(values.shape, np.nan)
    order = np.argsort(values)[: np.isfinite(values).sum()]
    m = len(order)
    stepped = values[order] * (m - np.arange(m))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return adjusted
