"""
Curves of growth: logistic, Bass, Gompertz; their counts, their rates, and where they grow fastest.

References
----------
F. M. Bass, "A new product growth for model consumer durables", Management Science 15 (1969) 215-227.
C. P. Winsor, "The Gompertz curve as a growth curve", Proceedings of the National Academy of Sciences 18 (1932) 1-8.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST_EXPONENT = 500.0
"""Exponents are kept below this, so that trial values of a fit do not overflow."""


@dataclass(frozen=True)
class Peak:
    """Where a curve grows fastest."""

    time: float  # in the unit of the times
    rate: float  # count a unit of time
    share: float  # part of the saturation that is reached by then [1]


@dataclass(frozen=True)
class Curve:
    """A law of growth from nothing to a saturation."""

    name: str
    parameters: tuple[str, ...]  # names; the first is the saturation
    lows: tuple[float, ...]  # least values that a fit tries
    count: Callable[[Floats, Floats], Floats]  # count at times, given the parameters
    rate: Callable[[Floats, Floats], Floats]  # growth at times, given the parameters
    peak: Callable[[Floats], Peak]  # where the rate is greatest, in closed form
    starts: Callable[
        [Floats, Floats], Iterator[tuple[float, ...]]
    ]  # values from which a fit begins


def _exp(x: Floats) -> Floats:
    return np.exp(np.clip(x, -_MOST_EXPONENT, _MOST_EXPONENT))


def _logistic(t: Floats, theta: Floats) -> Floats:
    m, r, middle = theta
    return np.asarray(m / (1.0 + _exp(-r * (t - middle))))


def _logistic_rate(t: Floats, theta: Floats) -> Floats:
    m, r, _ = theta
    share = _logistic(t, theta) / m
    return np.asarray(m * r * share * (1.0 - share))


def _logistic_peak(theta: Floats) -> Peak:
    m, r, middle = theta.tolist()
    return Peak(middle, m * r / 4.0, 0.5)


def _gompertz(t: Floats, theta: Floats) -> Floats:
    m, r, middle = theta
    return np.asarray(m * np.exp(-_exp(-r * (t - middle))))


def _gompertz_rate(t: Floats, theta: Floats) -> Floats:
    _, r, middle = theta
    return np.asarray(_gompertz(t, theta) * r * _exp(-r * (t - middle)))


def _gompertz_peak(theta: Floats) -> Peak:
    m, r, middle = theta.tolist()
    return Peak(middle, m * r / math.e, 1.0 / math.e)


def _bass(t: Floats, theta: Floats) -> Floats:
    m, p, q = theta
    left = _exp(-(p + q) * t)
    return np.asarray(m * (1.0 - left) / (1.0 + q / p * left))


def _bass_rate(t: Floats, theta: Floats) -> Floats:
    m, p, q = theta
    left = _exp(-(p + q) * t)
    return np.asarray(m * (p + q) ** 2 / p * left / (1.0 + q / p * left) ** 2)


def _bass_peak(theta: Floats) -> Peak:
    m, p, q = theta.tolist()
    if q <= p:  # then nothing is as fast as the begin
        return Peak(0.0, m * p, 0.0)
    return Peak(math.log(q / p) / (p + q), m * (p + q) ** 2 / (4.0 * q), 0.5 - p / (2.0 * q))


_SATURATIONS = (1.05, 1.5, 3.0, 8.0)
"""Saturations with which a fit begins, in parts of the largest count."""


def _line_starts(
    t: Floats, y: Floats, straight: Callable[[Floats], Floats]
) -> Iterator[tuple[float, ...]]:
    """Yield the values of curves that are straight lines after a transformation of the share reached."""
    for factor in _SATURATIONS:
        m = factor * float(y.max())
        share = y / m
        chosen = (share > 0.0) & (share < 1.0)
        if np.unique(t[chosen]).size < 2:
            continue
        slope, begin = np.polyfit(t[chosen], straight(share[chosen]), 1)
        if slope > 0.0:
            yield m, float(slope), float(-begin / slope)


def _logistic_starts(t: Floats, y: Floats) -> Iterator[tuple[float, ...]]:
    return _line_starts(t, y, lambda share: np.log(share / (1.0 - share)))


def _gompertz_starts(t: Floats, y: Floats) -> Iterator[tuple[float, ...]]:
    return _line_starts(t, y, lambda share: -np.log(-np.log(share)))


def _bass_starts(t: Floats, y: Floats) -> Iterator[tuple[float, ...]]:
    """Yield coefficients as they are found of many products, in the unit of the times."""
    pace = 8.0 / max(float(t.max()), 1e-9)
    for factor in _SATURATIONS:
        for p, q in ((0.03, 0.4), (0.005, 0.7), (0.02, 1.0)):
            yield factor * float(y.max()), p * pace, q * pace


_LEAST = 1e-9

LOGISTIC = Curve(
    "logistic",
    ("saturation", "rate", "midpoint"),
    (_LEAST, _LEAST, -math.inf),
    _logistic,
    _logistic_rate,
    _logistic_peak,
    _logistic_starts,
)
BASS = Curve(
    "bass",
    ("saturation", "innovation", "imitation"),
    (_LEAST, _LEAST, _LEAST),
    _bass,
    _bass_rate,
    _bass_peak,
    _bass_starts,
)
GOMPERTZ = Curve(
    "gompertz",
    ("saturation", "rate", "midpoint"),
    (_LEAST, _LEAST, -math.inf),
    _gompertz,
    _gompertz_rate,
    _gompertz_peak,
    _gompertz_starts,
)

CURVES = {one.name: one for one in (LOGISTIC, BASS, GOMPERTZ)}
"""Curves by name."""
