"""
What a choice of the method leaves: order of convergence and Richardson's estimate, from paired replications.

A quantity is computed with steps h, h / f and h / f^2, the coarsest first, on the same random numbers. With an error
that falls as h^p both differences D = y2 - y1 and d = y3 - y2 have the ratio D / d = f^p, which gives the order p, and
the rest of the geometric series is what is left (Aitken's process, which is Richardson's with the observed order).
D, d and their covariance are estimated over replications. The ratio D / d and what is left, d^2 / (D - d) of the finest
step, are ratios of two uncertain numbers, of which the lower may be near 0: their intervals are Fieller's, which are
bounded exactly where the lower number surely differs from 0. Where they are not, nothing is extrapolated.

References
----------
L. F. Richardson, "The approximate arithmetical solution by finite differences of physical problems", Philosophical
Transactions of the Royal Society A 210 (1911) 307-357.
P. J. Roache, "Verification and Validation in Computational Science and Engineering" (1998), chapter 5.
E. C. Fieller, "Some problems in interval estimation", Journal of the Royal Statistical Society B 16 (1954) 175-185.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.stats.intervals import CONFIDENCE

Floats = NDArray[np.float64]

Verdict = Literal["same", "noise", "converging", "unsure", "not_converging", "difference"]
"""
same: not one replication differs; noise: the differences to all finer levels may be none; converging: differences
surely shrink, so that there are an order and an estimate; not_converging: they surely do not shrink, or change their
sign; unsure: it is not sure whether they shrink, or they hardly do; difference: a level surely differs, and no order
can be told, of two levels, of steps without one factor, or where the finest difference may be none.
"""

LEAST_ORDER = 0.5
"""
An observed order below this is not extrapolated: what is left would be many times the difference (house limit).
"""

N_LEVELS = 3
"""Levels that an order takes."""

_ROUNDING = 1e-12
"""Differences below this part of the values are those of sums in another order. [1]"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float  # and high: ends of the interval
    high: float

    @property
    def is_sure(self) -> bool:
        """Say whether it surely differs from 0."""
        return self.low > 0.0 or self.high < 0.0

    @property
    def most(self) -> float:
        """Return the end that is farther from 0, as a size."""
        return max(abs(self.low), abs(self.high))


@dataclass(frozen=True, slots=True)
class Convergence:
    """What a choice of the method leaves in one measure."""

    verdict: Verdict
    value: float  # the measure as it is
    # finer less coarser, of each two levels that follow each other, the coarsest first
    differences: tuple[Estimate, ...]
    order: Estimate | None  # observed order; None unless converging
    # Richardson's estimate of the limit less the value as it is; None unless converging
    left: Estimate | None
    # from the level as it is to each finer one; where none is finer, to it from that before
    to_finer: tuple[Estimate, ...]
    n_replications: int  # replications in which all levels counted something

    @property
    def seen(self) -> Estimate:
        """Return the largest of the sure differences to finer levels; of all where none is sure."""
        sure = [one for one in self.to_finer if one.is_sure]
        return max(sure or self.to_finer, key=lambda one: abs(one.value))

    @property
    def shown(self) -> float:
        """Return the size of the error that has been seen: what is left, else a sure difference, else 0."""
        if self.left is not None:
            return abs(self.left.value)
        return abs(self.seen.value) if self.seen.is_sure else 0.0

    @property
    def bound(self) -> float:
        """Return the size that the error has at most by what is known: of an interval the farther end."""
        if self.verdict == "same":
            return 0.0
        if self.left is not None:
            return self.left.most
        all_known = self.differences if self.verdict == "not_converging" else ()
        return max(one.most for one in (*self.to_finer, *all_known))


def convergence(
    values: ArrayLike, as_is: int, factor: float | None = 2.0, confidence: float = CONFIDENCE
) -> Convergence:
    """
    Say what a choice of the method leaves.

    Parameters
    ----------
    values : (replication, level) array of float
        Two or three levels, the coarsest first, over two or more paired replications.
    as_is : int
        Level that is used.
    factor : float or None
        How many times finer each level is than that before it, more than 1; None where it is not the same of all, so
        that there is no order.
    confidence : float
        Nominal coverage of each interval. [1]

    Returns
    -------
    Convergence
        Verdict, differences, and order and estimate where three levels allow them.

    Raises
    ------
    ValueError
        If there are too few replications, or levels.
    """
    y = np.asarray(values, np.float64)
    n, n_levels = y.shape
    if n < 2 or not 2 <= n_levels <= N_LEVELS or not 0 <= as_is < n_levels:
        raise ValueError(f"{n} replications of {n_levels} levels: must be 2 or more, of 2 or 3")
    steps = np.diff(y, axis=1)
    steps[np.abs(steps) <= _ROUNDING * np.abs(y).max()] = 0.0
    t = _t(n, confidence)
    mean, cov = _moments(steps)
    found = _estimates(mean, cov, t)
    to_finer = _estimates(*_moments(np.cumsum(steps[:, as_is:], axis=1)), t) or found[-1:]
    order = left = None
    verdict: Verdict
    if not steps.any():
        verdict = "same"
    elif not any(one.is_sure for one in to_finer):
        verdict = "noise"
    elif factor is None or n_levels < N_LEVELS or not found[-1].is_sure:
        verdict = "difference"
    else:
        # Bounded, as the finer difference surely is not 0.
        ratio = _fieller(mean[0], mean[1], cov[0, 0], cov[1, 1], cov[0, 1], t)
        order = _order(ratio, factor)
        left = _left(mean, cov, t, as_is) if order is not None else None
        grows = ratio is not None and ratio.high <= 1.0 + _ROUNDING
        verdict = "converging" if left else "not_converging" if grows else "unsure"
    if left is None:
        order = None
    return Convergence(verdict, float(y[:, as_is].mean()), found, order, left, to_finer, n)


def _moments(steps: Floats) -> tuple[Floats, Floats]:
    """Return means over replications, and the covariances of these."""
    n, n_steps = steps.shape
    if not n_steps:
        return np.empty(0), np.empty((0, 0))
    cov = np.cov(steps, rowvar=False, ddof=1).reshape(n_steps, n_steps) / n
    return steps.mean(axis=0), cov


def _estimates(mean: Floats, cov: Floats, t: float) -> tuple[Estimate, ...]:
    """Return means with their intervals."""
    halves = t * np.sqrt(np.diag(cov))
    pairs = zip(mean.tolist(), halves.tolist(), strict=True)
    return tuple(Estimate(value, value - half, value + half) for value, half in pairs)


def _t(n: int, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.5 + 0.5 * confidence))


def _order(ratio: Estimate | None, factor: float) -> Estimate | None:
    """Return the observed order; None where differences do not surely shrink, or hardly."""
    if ratio is None or ratio.low <= 1.0 or ratio.value < factor**LEAST_ORDER:
        return None
    logs = [math.log(one) / math.log(factor) for one in (ratio.value, ratio.low, ratio.high)]
    return Estimate(*logs)


def _left(mean: Floats, cov: Floats, t: float, as_is: int) -> Estimate | None:
    """
    Return the limit less the value at a level: the rest of a geometric series.

    It is D^2, D d or d^2 over D - d at the first, second or third level.
    """
    big, small = float(mean[0]), float(mean[1])
    # Of the upper number: itself, and how it changes with D and d.
    top, by = (
        (big * big, (2.0 * big, 0.0)),
        (big * small, (small, big)),
        (small * small, (0.0, 2.0 * small)),
    )[as_is]
    gradient, below = np.array(by), np.array([1.0, -1.0])
    return _fieller(
        top,
        big - small,
        float(gradient @ cov @ gradient),
        float(below @ cov @ below),
        float(gradient @ cov @ below),
        t,
    )


def _fieller(
    top: float, bottom: float, var_top: float, var_bottom: float, cov: float, t: float
) -> Estimate | None:
    """Return a ratio with Fieller's interval; None where it has no bounds, as the lower number may be 0."""
    a = bottom * bottom - t * t * var_bottom
    if a <= 0.0:
        return None
    b = top * bottom - t * t * cov
    c = top * top - t * t * var_top
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Estimate(top / bottom, (b - root) / a, (b + root) / a)


def pseudo_values(numerators: ArrayLike, denominators: ArrayLike) -> Floats:
    """
    Return the jackknife's pseudo-values of ratios of sums, whose mean and variance are those of the ratios.

    Parameters
    ----------
    numerators, denominators : (replication, level) array of float
        Sums of each replication. Where any level has no denominator the replication is left out.

    Returns
    -------
    (replication, level) ndarray of float64
        Pseudo-values of the replications that count; where all denominators are alike they are the values themselves.
    """
    top, bottom = np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)
    counted = (bottom > 0.0).all(axis=1)
    top, bottom = top[counted], bottom[counted]
    n = len(top)
    if n < 2 or (bottom == bottom[0]).all():
        return top / bottom
    without = (top.sum(axis=0) - top) / (bottom.sum(axis=0) - bottom)
    return np.asarray(n * (top.sum(axis=0) / bottom.sum(axis=0)) - (n - 1) * without)


def differences_from(
    values: ArrayLike, as_is: int, confidence: float = CONFIDENCE
) -> tuple[Estimate, ...]:
    """
    Return how far each level lies from one of them.

    Parameters
    ----------
    values : (replication, level) array of float
        Values of two or more paired replications.
    as_is : int
        Level from which differences are taken.
    confidence : float
        Nominal coverage of each interval. [1]

    Returns
    -------
    tuple of Estimate
        Differences by level; 0 at the level itself.
    """
    y = np.asarray(values, np.float64)
    away, n = y - y[:, [as_is]], len(y)
    half = _t(n, confidence) * away.std(axis=0, ddof=1) / math.sqrt(n)
    mean = away.mean(axis=0)
    return tuple(map(Estimate, mean.tolist(), (mean - half).tolist(), (mean + half).tolist()))
