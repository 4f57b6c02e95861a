"""
Curves of growth fitted to counts by least squares, with standard errors and intervals of parameters and of forecasts.

Standard errors are those of least squares with independent errors of one size (as R's nls gives them). Counts of the
same network are not independent: what the errors of forecasts really are, hold-out errors tell.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.errors import SimError
from sim.stats.growth.curves import Curve, Floats, Peak
from sim.stats.intervals import CONFIDENCE

_TOLERANCE = 1e-12
"""Relative change of the sum of squares, and of parameters, below which a fit ends."""


@dataclass(frozen=True)
class Forecast:
    """A number that is foretold."""

    time: float
    value: float
    curve_low: float  # and curve_high: interval of the curve
    curve_high: float
    low: float  # and high: interval of a count
    high: float


@dataclass(frozen=True)
class Fit:
    """A curve with the parameters that fit best."""

    curve: Curve
    is_of_rates: (
        bool  # whether it was fitted to what is new in each unit of time, and not to counts
    )
    theta: Floats  # (parameter,) values
    covariance: Floats  # (parameter, parameter) of the values
    residuals: Floats  # (count,) what was given less the curve

    @property
    def n_free(self) -> int:
        """Return the degrees of freedom."""
        return len(self.residuals) - len(self.theta)

    @property
    def errors(self) -> Floats:
        """Return the standard errors of the parameters."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def residual_error(self) -> float:
        """Return the standard deviation of the residuals, by the degrees of freedom."""
        return math.sqrt(float(self.residuals @ self.residuals) / self.n_free)

    @property
    def rms_error(self) -> float:
        """Return the root of the mean square of the residuals."""
        return math.sqrt(float(self.residuals @ self.residuals) / len(self.residuals))

    @property
    def peak(self) -> Peak:
        """Return where the curve grows fastest."""
        return self.curve.peak(self.theta)

    @property
    def aicc(self) -> float:
        """Return Akaike's criterion, corrected for few counts; infinite of too few."""
        n, k = len(self.residuals), len(self.theta) + 1
        if n <= k + 1:
            return math.inf
        likely = n * math.log(max(self.rms_error, 1e-300) ** 2)
        return likely + 2.0 * k + 2.0 * k * (k + 1) / (n - k - 1)

    def intervals(self, confidence: float = CONFIDENCE) -> list[tuple[float, float]]:
        """
        Return the ends of the interval of each parameter.

        Parameters
        ----------
        confidence : float
            Coverage of the intervals.

        Returns
        -------
        list of tuple of float
            Ends, parameter by parameter.
        """
        reach = _quantile(confidence, self.n_free) * self.errors
        return [(float(a - b), float(a + b)) for a, b in zip(self.theta, reach, strict=True)]

    def at(self, times: ArrayLike) -> Floats:
        """
        Return the count of the curve at some times.

        Parameters
        ----------
        times : array of float
            Times.

        Returns
        -------
        ndarray of float
            Counts.
        """
        return self.curve.count(np.asarray(times, np.float64), self.theta)

    def forecasts(self, times: ArrayLike, confidence: float = CONFIDENCE) -> list[Forecast]:
        """
        Return the counts at some times, with the interval of the curve and that of a count.

        Parameters
        ----------
        times : array of float
            Times.
        confidence : float
            Coverage of the intervals.

        Returns
        -------
        list of Forecast
            Forecasts; by the slope of the curve in its parameters.
        """
        if self.is_of_rates:
            message = "a curve fitted to rates foretells rates: fit it to counts"
            raise SimError(f"forecasts: {message}")
        t = np.atleast_1d(np.asarray(times, np.float64))
        slopes = _slopes(self, t)
        of_curve = np.sqrt(np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes))
        of_count = np.hypot(of_curve, self.residual_error)
        far = _quantile(confidence, self.n_free)
        return [
            Forecast(
                float(at), float(y), float(y - far * a), float(y + far * a),
                float(y - far * b), float(y + far * b),
            )
            for at, y, a, b in zip(t, self.at(t), of_curve, of_count, strict=True)
        ]  # fmt: skip


def _quantile(confidence: float, n_free: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + confidence / 2.0, n_free))


def _slopes(fit: Fit, t: Floats) -> Floats:
    """Return how the count at each time changes with each parameter: central differences."""
    columns = []
    for i, value in enumerate(fit.theta):
        step = 1e-6 * max(abs(float(value)), 1e-6)
        ends = []
        for sign in (1.0, -1.0):
            moved = fit.theta.copy()
            moved[i] += sign * step
            ends.append(fit.curve.count(t, moved))
        columns.append((ends[0] - ends[1]) / (2.0 * step))
    return np.column_stack(columns)


def fit_curve(
    curve: Curve,
    times: ArrayLike,
    values: ArrayLike,
    *,
    is_of_rates: bool = False,
    start: tuple[float, ...] | None = None,
) -> Fit:
    """
    Fit a curve of growth by least squares.

    Parameters
    ----------
    curve : Curve
        Law of growth.
    times : array of float
        Times, in any unit; those of Bass's curve from the launch.
    values : array of float
        Counts at these times, or what is new in each unit of time.
    is_of_rates : bool
        Whether it is the latter, such as yearly sales.
    start : tuple of float, optional
        Values from which the fit begins; found from the counts when not given.

    Returns
    -------
    Fit
        The best of the fits from all starts.

    Raises
    ------
    SimError
        If there are fewer values than parameters and one more, if they are no numbers, or no fit comes to an end.
    """
    t, y = _checked(curve, times, values)
    law = curve.rate if is_of_rates else curve.count
    if start is not None:
        starts = [start]
    else:
        counts = np.cumsum(y) if is_of_rates else y
        starts = list(curve.starts(t, counts))
    found = [one for one in (_fitted(law, curve, t, y, start) for start in starts) if one]
    if not found:
        message = f"{curve.name}: no fit of {len(y)} values comes to an end: they do not tell where growth ends"
        raise SimError(f"{message}; give later ones, or another curve")
    _, theta, jacobian = min(found, key=lambda one: one[0])
    residuals = y - law(t, theta)
    n_free = len(y) - len(theta)
    _, sizes, turn = np.linalg.svd(jacobian, full_matrices=False)
    spread = float(residuals @ residuals) / n_free
    # Parameters of which the counts say nothing have no finite error.
    scaled = turn.T / np.maximum(sizes, np.finfo(float).tiny ** 0.25)
    covariance = spread * (scaled @ scaled.T)
    return Fit(curve, is_of_rates, theta, covariance, residuals)


def _checked(curve: Curve, times: ArrayLike, values: ArrayLike) -> tuple[Floats, Floats]:
    t, y = np.asarray(times, np.float64), np.asarray(values, np.float64)
    least = len(curve.parameters) + 1
    if t.shape != y.shape or t.ndim != 1:
        raise SimError(f"{t.shape} times, {y.shape} values: must be as many, one after the other")
    if len(t) < least:
        raise SimError(
            f"{curve.name}: {len(t)} values: must be {least} or more, for its parameters"
        )
    if not (np.isfinite(t).all() and np.isfinite(y).all()) or not (y >= 0.0).all() or not y.any():
        raise SimError(
            f"{curve.name}: times and values must be numbers, values 0 or more, not all 0"
        )
    return t, y


def _fitted(
    law: Callable[[Floats, Floats], Floats],
    curve: Curve,
    t: Floats,
    y: Floats,
    start: tuple[float, ...],
) -> tuple[float, Floats, Floats] | None:
    """Return the sum of squares, the parameters and the slopes of one fit; None where it does not come to an end."""
    from scipy.optimize import least_squares

    size = float(np.abs(y).max())
    lows = np.array(curve.lows)

    def residuals(theta: Floats) -> Floats:
        return np.asarray((law(t, theta) - y) / size)

    found = least_squares(
        residuals, np.maximum(start, lows * 1.01),
        jac="3-point", bounds=(lows, np.inf), x_scale=np.maximum(np.abs(start), 1e-6),
        ftol=_TOLERANCE, xtol=_TOLERANCE, gtol=_TOLERANCE, max_nfev=2_000,
    )  # fmt: skip
    if found.status <= 0 or not np.isfinite(found.x).all():
        return None
    return float(found.cost), np.asarray(found.x), np.asarray(found.jac) * size
