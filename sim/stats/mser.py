"""
How much of the begin of a series is still on its way: the marginal standard error rule.

References
----------
K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69 (1997) 323-334.
K. P. White, M. J. Cobb and S. C. Spratt, "A comparison of five steady-state truncation heuristics for simulation",
Winter Simulation Conference (2000) 755-760: MSER-5, of means of batches of five; an optimum beyond half the series
says that the series is too short.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BATCH = 5
"""Values of a series that are taken together."""

_LEFT_OUT = 5
"""Batches at the end before which a cut must lie: few of them may be alike by chance."""

FEWEST_BATCHES = 4 * _LEFT_OUT
"""Of a shorter series nothing is said (house limit)."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """Where a series should be cut."""

    n_batches: int  # batches to be cut at its begin, of the first half
    n_values: int  # values to be cut
    mean: float  # of the rest
    mser: float  # marginal standard error squared: of the mean of the rest, as if its batches were independent
    # whether a cut beyond half would be better: the series is too short or not stationary, and the cut says nothing
    is_beyond_half: bool


def mser5(series: ArrayLike) -> Truncation | None:
    """
    Return where a series should be cut so that its mean is known best.

    Parameters
    ----------
    series : (time,) array of float
        Values at equal distances.

    Returns
    -------
    Truncation or None
        Cut; None of a series that is too short.

    Notes
    -----
    The cut d minimises the sum over the batch means after it of (Y - mean)**2, by the square of their number, over d up
    to half of them. Of equal minima the first is taken.
    """
    values = np.asarray(series, np.float64)
    n = len(values) // BATCH
    if n < FEWEST_BATCHES:
        return None
    batches = values[: n * BATCH].reshape(n, BATCH).mean(axis=1)
    # Sums from each batch to the end, of deviations from the mean of all: squares of large values would lose digits.
    deviations = batches - batches.mean()
    left = n - np.arange(n)
    sums = np.cumsum(deviations[::-1])[::-1]
    squares = np.cumsum(deviations[::-1] ** 2)[::-1]
    errors = np.maximum(squares - sums**2 / left, 0.0) / left**2
    half = n // 2
    cut = int(np.argmin(errors[: half + 1]))
    best = int(np.argmin(errors[: n - _LEFT_OUT + 1]))
    return Truncation(
        cut,
        cut * BATCH,
        float(batches[cut:].mean()),
        float(errors[cut]),
        is_beyond_half=best > half,
    )
