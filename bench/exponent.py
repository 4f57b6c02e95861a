"""How time grows with size: the exponent of a power law, with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.stats.intervals import CONFIDENCE


@dataclass(frozen=True)
class Exponent:
    """
    Exponent of a power law, by least squares on logarithms.

    Attributes
    ----------
    value, low, high : float
        Estimate and ends of its 95 % Student interval; NaN where two points leave no degree of freedom.
    """

    value: float
    low: float
    high: float


def fit_exponent(sizes: Sequence[float], times_s: Sequence[float]) -> Exponent:
    """
    Fit time = factor x size ** exponent.

    Parameters
    ----------
    sizes : sequence of float
        Sizes, at least two different ones.
    times_s : sequence of float
        Time at each. [s]

    Returns
    -------
    Exponent
        Slope of log time over log size.
    """
    from scipy.stats import linregress, t  # slow to import

    line = linregress(np.log(sizes), np.log(times_s))
    freedom = len(sizes) - 2
    if freedom < 1:
        return Exponent(float(line.slope), math.nan, math.nan)
    half = float(t.ppf(0.5 + CONFIDENCE / 2.0, freedom)) * float(line.stderr)
    return Exponent(float(line.slope), float(line.slope) - half, float(line.slope) + half)
