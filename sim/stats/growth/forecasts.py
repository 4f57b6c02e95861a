"""
What several curves foretell, what came, and the choice of the curve as an uncertainty of its own.

Curves that fit the same counts well may foretell very different ones. How well a curve fits says little of how well it
foretells, so all are taken for equally likely unless told otherwise, and how far they lie apart is said beside the
error that each of them would admit.

References
----------
K. P. Burnham and D. R. Anderson, "Model selection and multimodel inference" (2002), chapter 4: the variance of a mean
of models has a part within and a part between them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.stats.growth.curves import CURVES
from sim.stats.growth.fits import Fit, Forecast, fit_curve
from sim.stats.intervals import CONFIDENCE


@dataclass(frozen=True)
class HeldOut:
    """A count that a fit did not see."""

    curve: str  # name of the curve
    n_fitted: int  # counts that the fit saw, the first ones
    time: float  # of the count
    came: float  # the count
    forecast: Forecast  # what the fit says of it

    @property
    def error(self) -> float:
        """Return how much too much was foretold."""
        return self.forecast.value - self.came

    @property
    def is_within(self) -> bool:
        """Say whether the count lies in its interval."""
        return self.forecast.low <= self.came <= self.forecast.high


@dataclass(frozen=True)
class Choice:
    """What all curves together foretell of one time."""

    time: float
    value: float  # mean of the curves
    within: float  # standard error that the curves admit, root of the mean square
    between: float  # standard deviation between the curves
    low: float  # and high: farthest ends of the curves' intervals of a count
    high: float

    @property
    def error(self) -> float:
        """Return the standard error with the choice of the curve."""
        return math.hypot(self.within, self.between)


def fit_all(
    times: ArrayLike, counts: ArrayLike, names: Sequence[str] = tuple(CURVES)
) -> dict[str, Fit]:
    """
    Fit several curves to the same counts.

    Parameters
    ----------
    times : array of float
        Times; those of Bass's curve from the launch.
    counts : array of float
        Counts.
    names : sequence of str
        Names of curves.

    Returns
    -------
    dict of str to Fit
        Fits by name.
    """
    return {name: fit_curve(CURVES[name], times, counts) for name in names}


def hold_out(
    times: ArrayLike, counts: ArrayLike, n_fitted: int, names: Sequence[str] = tuple(CURVES)
) -> list[HeldOut]:
    """
    Fit curves to the first counts only, and say what they foretell of the others.

    Parameters
    ----------
    times, counts : array of float
        Times and counts.
    n_fitted : int
        How many of them the fits see.
    names : sequence of str
        Names of curves.

    Returns
    -------
    list of HeldOut
        Each of the other counts, curve by curve.
    """
    t, y = np.asarray(times, np.float64), np.asarray(counts, np.float64)
    fits = fit_all(t[:n_fitted], y[:n_fitted], names)
    return [
        HeldOut(name, n_fitted, float(at), float(came), said)
        for name, fit in fits.items()
        for at, came, said in zip(
            t[n_fitted:], y[n_fitted:], fit.forecasts(t[n_fitted:]), strict=True
        )
    ]


def rolling(
    times: ArrayLike, counts: ArrayLike, first: int, names: Sequence[str] = tuple(CURVES)
) -> Iterator[HeldOut]:
    """Yield what is foretold of each count by the fit of all before it, from a number of them on."""
    t, y = np.asarray(times, np.float64), np.asarray(counts, np.float64)
    for n in range(first, len(t)):
        yield from hold_out(t[: n + 1], y[: n + 1], n, names)


def rms_errors(held: Sequence[HeldOut]) -> dict[str, float]:
    """Return the root of the mean square of hold-out errors, by curve."""
    squares: dict[str, list[float]] = {}
    for one in held:
        squares.setdefault(one.curve, []).append(one.error**2)
    return {name: math.sqrt(sum(own) / len(own)) for name, own in squares.items()}


def akaike_weights(fits: Mapping[str, Fit]) -> dict[str, float]:
    """Return how likely each curve is by how well it fits (Burnham and Anderson 2002, 2.9)."""
    best = min(fit.aicc for fit in fits.values())
    likely = {name: math.exp(-0.5 * (fit.aicc - best)) for name, fit in fits.items()}
    return {name: one / sum(likely.values()) for name, one in likely.items()}


def choices(
    fits: Mapping[str, Fit],
    times: ArrayLike,
    weights: Mapping[str, float] | None = None,
    confidence: float = CONFIDENCE,
) -> list[Choice]:
    """
    Return what several curves together foretell.

    Parameters
    ----------
    fits : mapping of str to Fit
        Fits by name.
    times : array of float
        Times.
    weights : mapping of str to float, optional
        How likely each curve is, summing to 1; all alike when not given.
    confidence : float
        Coverage of the curves' intervals.

    Returns
    -------
    list of Choice
        Mean, error that the curves admit, error of the choice between them, and the farthest ends.
    """
    t = np.atleast_1d(np.asarray(times, np.float64))
    shares = weights or dict.fromkeys(fits, 1.0 / len(fits))
    told = {name: fit.forecasts(t, confidence) for name, fit in fits.items()}
    errors = {name: _errors(fits[name], own, confidence) for name, own in told.items()}
    found = []
    for i, at in enumerate(t.tolist()):
        value = sum(shares[name] * told[name][i].value for name in fits)
        within = sum(shares[name] * errors[name][i] ** 2 for name in fits)
        between = sum(shares[name] * (told[name][i].value - value) ** 2 for name in fits)
        used = [own[i] for name, own in told.items() if shares[name] > 0.0]
        ends = min(one.low for one in used), max(one.high for one in used)
        found.append(Choice(at, value, math.sqrt(within), math.sqrt(between), *ends))
    return found


def _errors(fit: Fit, told: Sequence[Forecast], confidence: float) -> list[float]:
    """Return the standard errors of forecasts."""
    from scipy.stats import t

    far = float(t.ppf(0.5 + confidence / 2.0, fit.n_free))
    return [(one.high - one.low) / (2.0 * far) for one in told]
