"""
What a result owes to its parameters, and what to the noise of the simulation: the two are never mixed.

Samples share random numbers, so that replication j of one sample goes with replication j of every other. Products are
taken over different replications only: what the noise adds to a square is then left out, whether the noise of two
samples is independent, alike, or the same. With one value a sample there is no noise to be told apart.

References
----------
A. Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181 (2010):
first-order indices of a design A, B, AB; M. J. W. Jansen, ibid. 117 (1999): total indices.
M. D. Morris, "Factorial sampling plans for preliminary computational experiments", Technometrics 33 (1991).
S. R. Searle, G. Casella, C. E. McCulloch, "Variance Components" (1992): the two-way layout, samples by replications.
T. A. Louis, "Estimating a population of parameter values", JASA 79 (1984): estimates shrunk to the right variance.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.streams import STREAM_UNCERTAINTY, uniforms

Floats = NDArray[np.float64]

INTERVAL = (0.025, 0.975)
"""Quantiles between which a parameter interval, and the interval of an index, lies. [1]"""

N_RESAMPLES = 1_000
"""Resamples of a bootstrap: the ends of an interval are then known to a tenth of its width (house choice)."""

_ENTITY_OF_RESAMPLES = 2**31
"""Draws of the bootstrap, beyond all those of designs."""


def cross_products(left: Floats, right: Floats) -> Floats:
    """
    Return the mean of left_j right_k over pairs of different replications, along the last axis.

    The plain product where there is one replication.
    """
    n = left.shape[-1]
    if n == 1:
        product: Floats = (left * right)[..., 0]
        return product
    together = left.sum(axis=-1) * right.sum(axis=-1) - (left * right).sum(axis=-1)
    found: Floats = together / (n * (n - 1))
    return found


@dataclass(frozen=True)
class Split:
    """Variance of a measure over samples, by where it comes from."""

    mean: float  # over samples and replications
    of_parameters: (
        float  # variance of what samples expect; below 0 by chance where there is hardly any
    )
    # variance of the mean of a sample's replications by what differs from sample to sample; 0 with one replication
    of_simulation: float

    @property
    def simulation_share(self) -> float:
        """Share of the variance over samples, as they were simulated, that is noise; NaN where nothing varies."""
        whole = max(self.of_parameters, 0.0) + self.of_simulation
        return self.of_simulation / whole if whole > 0.0 else math.nan


def split_variance(values: Floats) -> Split:
    """
    Split the variance of a measure over samples into that of the parameters and that of the simulation.

    The two-way layout of samples and replications: the mean square of the interaction is the noise.

    Parameters
    ----------
    values : (sample, replication) ndarray of float64
        Values of two samples or more.

    Returns
    -------
    Split
        Variances.
    """
    n_samples, n = values.shape
    centred = values - values.mean(axis=0)
    degrees = n_samples - 1
    of_parameters = float(cross_products(centred, centred).sum() / degrees)
    of_means = float((centred.mean(axis=1) ** 2).sum() / degrees)
    of_simulation = max(of_means - of_parameters, 0.0) if n > 1 else 0.0
    return Split(float(values.mean()), of_parameters, of_simulation)


def parameter_interval(values: Floats, split: Split) -> tuple[float, float]:
    """
    Return between what the measure lies in 95 % of the samples, without the noise of the simulation.

    Parameters
    ----------
    values : (sample, replication) ndarray of float64
        Values.
    split : Split
        Their variance.

    Returns
    -------
    (float, float)
        Quantiles of the samples' means, drawn in towards the mean of all so that their variance is that of the
        parameters; both the mean where noise explains all.
    """
    means = values.mean(axis=1)
    whole = split.of_parameters + split.of_simulation
    share = max(split.of_parameters, 0.0) / whole if whole > 0.0 else 0.0
    drawn_in = split.mean + (means - split.mean) * math.sqrt(min(share, 1.0))
    low, high = np.quantile(drawn_in, INTERVAL)
    return float(low), float(high)


@dataclass(frozen=True)
class Indices:
    """Sobol's indices of factors, with 95 % intervals by the bootstrap over rows of the design."""

    # (factor,) share of the parameters' variance by the factor alone
    first: Floats
    first_low: Floats
    first_high: Floats
    total: Floats  # (factor,) with all its interactions
    total_low: Floats
    total_high: Floats
    of_parameters: float  # variance of what samples expect
    of_simulation: float  # variance of a sample's mean by noise


def sobol_indices(a: Floats, b: Floats, ab: Floats, seed: int = 1) -> Indices:
    """
    Return Sobol's indices of a noisy function.

    Parameters
    ----------
    a, b : (row, replication) ndarray of float64
        Values at the points of two independent samples.
    ab : (factor, row, replication) ndarray of float64
        Values at the points of `a` with one factor as in `b`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Indices
        Indices of what the function expects; NaN where its variance does not stand out from the noise.
    """
    centre = 0.5 * (a.mean(axis=0) + b.mean(axis=0))
    a, b, ab = a - centre, b - centre, ab - centre
    n_rows = len(a)
    moved = ab - a
    first = cross_products(np.broadcast_to(b, moved.shape), moved)
    total = 0.5 * cross_products(moved, moved)
    squares = 0.5 * (cross_products(a, a) + cross_products(b, b))
    middle = 0.5 * (a + b)
    counts = _resamples(n_rows, seed)
    weights = np.concatenate([np.ones((1, n_rows)), counts]) / n_rows
    variance = weights @ squares - cross_products(weights @ middle, weights @ middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(variance > 0.0, variance, np.nan)[:, None]
        of_first, of_total = weights @ first.T / below, weights @ total.T / below
    split = split_variance(np.concatenate([a, b]))
    return Indices(
        of_first[0],
        *_ends(of_first[1:]),
        of_total[0],
        *_ends(of_total[1:]),
        float(variance[0]),
        split.of_simulation,
    )


def _ends(resampled: Floats) -> tuple[Floats, Floats]:
    """Return the ends of intervals; NaN where a fortieth of the resamples, or more, has no variance."""
    with np.errstate(invalid="ignore"):
        low, high = np.quantile(resampled, INTERVAL, axis=0)
    return low, high


def _resamples(n_rows: int, seed: int) -> Floats:
    """Return how often each row comes in each resample."""
    entities = np.repeat(np.arange(N_RESAMPLES, dtype=np.uint32) + _ENTITY_OF_RESAMPLES, n_rows)
    indices = np.tile(np.arange(n_rows, dtype=np.int64), N_RESAMPLES)
    draws = uniforms(seed, 0, STREAM_UNCERTAINTY, entities.astype(np.uint32), indices)
    chosen = (draws * n_rows).astype(np.int64).reshape(N_RESAMPLES, n_rows)
    counts = np.zeros((N_RESAMPLES, n_rows))
    np.add.at(counts, (np.arange(N_RESAMPLES)[:, None], chosen), 1.0)
    return counts


@dataclass(frozen=True)
class Effects:
    """What a step of a factor does, over the whole of its range."""

    mean: Floats  # (factor,) mean of elementary effects, with their signs
    size: Floats  # (factor,) mean of their sizes, Morris's mu star
    spread: Floats  # (factor,) their standard deviation: bends and interactions
    noise: Floats  # (factor,) the mean size that noise alone would have; 0 with one replication


def elementary_effects(before: Floats, after: Floats, steps: Floats) -> Effects:
    """
    Return Morris's elementary effects.

    Parameters
    ----------
    before, after : (factor, trajectory, replication) ndarray of float64
        Values before and after the step of a factor; NaN where a run failed.
    steps : (factor, trajectory) ndarray of float64
        Step of the factor, as a share of its range, with its sign. [1]

    Returns
    -------
    Effects
        Effects for a step over the whole range; NaN of a factor of which no step was run.
    """
    moved = (after - before) / steps[..., None]
    effects = moved.mean(axis=-1)
    n = moved.shape[-1]
    is_there = np.isfinite(effects)
    count = is_there.sum(axis=1)
    of_noise = moved.var(axis=-1, ddof=1) / n if n > 1 else np.zeros_like(effects)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(is_there, effects, 0.0).sum(axis=1) / count
        size = np.where(is_there, abs(effects), 0.0).sum(axis=1) / count
        square = np.where(is_there, (effects - mean[:, None]) ** 2, 0.0).sum(axis=1)
        spread = np.sqrt(square / (count - 1))
        noise = np.sqrt(np.where(is_there, of_noise, 0.0).sum(axis=1) / count * (2.0 / math.pi))
    return Effects(mean, size, np.where(count > 1, spread, np.nan), noise)
