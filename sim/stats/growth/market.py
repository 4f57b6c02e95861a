"""
Two operators on one market: who wins the lines that are still to be had.

Both draw on the people who hold no line yet. With m of them in all, N the lines of both and n the lines of one,

    dn / dt = (p + q N / m) (m - N),

where p is what the operator wins by itself and q what it wins by how many hold a line already, whosever it is. The sum
of both is Bass's curve with the sums of p and q, and n follows in closed form from F = N / m:

    n / m = (q / Q) F + (p - q P / Q) / Q  ln(1 + Q F / P)   between two values of F,   P, Q the sums.

References
----------
T. V. Krishnan, F. M. Bass and V. Kumar, "Impact of a late entrant on the diffusion of a new product/service", Journal
of Marketing Research 37 (2000) 269-278.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.errors import SimError
from sim.stats.growth.curves import BASS, Floats


@dataclass(frozen=True)
class Operator:
    """How an operator wins lines."""

    innovation: float  # p: of those without a line, wins so many by itself [1 / unit of time]
    imitation: float  # q: and so many where all others have a line [1 / unit of time]


def split_market(
    saturation: float, first: Operator, second: Operator, entry: float, times: ArrayLike
) -> tuple[Floats, Floats]:
    """Return the lines of two operators at some times, of which the first begins at 0 and the second at its entry."""
    if (
        min(saturation, first.innovation, first.innovation + second.innovation) <= 0.0
        or entry < 0.0
    ):
        raise SimError("saturation and innovation must be more than 0, entry 0 or more")
    t = np.atleast_1d(np.asarray(times, np.float64))
    alone = np.array([saturation, first.innovation, first.imitation])
    n_at_entry = float(BASS.count(np.array([entry]), alone)[0])
    both = np.array([
        saturation, first.innovation + second.innovation, first.imitation + second.imitation
    ])  # fmt: skip
    # The time at which both together would have as many: from then on their curve is followed.
    shift = _time_of(n_at_entry / saturation, both)
    total = np.where(
        t < entry,
        BASS.count(np.maximum(t, 0.0), alone),
        BASS.count(t - entry + shift, both),
    )
    won = _won(second, both, total / saturation) - _won(second, both, n_at_entry / saturation)
    of_second = np.where(t < entry, 0.0, saturation * won)
    return total - of_second, of_second


def _time_of(share: float, theta: Floats) -> float:
    """Return when Bass's curve has reached a share."""
    p, q = float(theta[1]), float(theta[2])
    return math.log((1.0 + q / p * share) / (1.0 - share)) / (p + q)


def _won(one: Operator, both: Floats, share: ArrayLike) -> Floats:
    """Return which part of the market an operator would have won by the time that a share is reached."""
    _, p, q = both.tolist()
    reached = np.asarray(share, np.float64)
    if q == 0.0:
        return np.asarray(one.innovation / p * reached)
    own = one.imitation / q
    return np.asarray(own * reached + (one.innovation - own * p) / q * np.log1p(q / p * reached))
