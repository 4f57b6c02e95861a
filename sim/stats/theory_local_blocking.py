"""
Blocking of soft capacity where every call looks at its own cell alone and finds a random load from the others.

References
----------
D. Staehle, A. Maeder, "An analytic approximation of the uplink capacity in a UMTS network with heterogeneous traffic",
ITC 18 (2003): local blocking under a log-normal load from other cells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stats.theory_soft_capacity import (
    CONVERGED,
    MAX_ITERATIONS,
    ROUNDING_UNITS,
    check_traffic,
    load_units,
)


@dataclass(frozen=True)
class LocalBlocking:
    """Blocking by the own cell under a random load from others."""

    # (service,) probability that a call of each service is refused [1]
    blocking: NDArray[np.float64]
    other_mean: float  # mean load from other cells [1]
    other_deviation: float  # its standard deviation [1]


def local_blocking(
    max_load: float,
    loads: Sequence[float],
    offered_erl: Sequence[float],
    other_mean: float,
    other_deviation: float,
    unit_load: float,
) -> NDArray[np.float64]:
    """
    Return the blocking of each service where every call finds a log-normal load from other cells.

    References
    ----------
    Staehle and Maeder (2003): j q(j) = sum_k a_k b_k (1 - beta_k(j - b_k)) q(j - b_k) and
    B_k = sum_j q(j) beta_k(j), with beta_k(j) the probability that j units, the call and other cells are too much.
    """
    check_traffic(offered_erl, (other_mean, other_deviation))
    n_units, units = load_units(max_load, np.array(loads), unit_load)
    room = (n_units - np.arange(n_units + 1)[:, None] - units) * unit_load
    refused = np.array(
        [[_exceeds(one, other_mean, other_deviation, unit_load) for one in row] for row in room]
    )
    weight = np.zeros(n_units + 1)
    weight[0] = 1.0
    for busy in range(1, n_units + 1):
        for service, (offered, held) in enumerate(zip(offered_erl, units, strict=True)):
            if held <= busy:
                admitted = weight[busy - held] * (1.0 - refused[busy - held, service])
                weight[busy] += offered * held * admitted / busy
        if weight[busy] > 1e200:  # keep large cells inside the range of a float
            weight *= 1e-200
    return np.asarray(weight @ refused / weight.sum())


def _exceeds(room: float, mean: float, deviation: float, unit_load: float) -> float:
    """Return the probability that a log-normal load exceeds the room."""
    slack = room + ROUNDING_UNITS * unit_load
    if slack < 0.0:
        return 1.0
    if mean == 0.0 or deviation == 0.0:
        return float(mean > slack)
    variance = math.log1p((deviation / mean) ** 2)
    middle = math.log(mean) - 0.5 * variance
    return 0.5 * math.erfc((math.log(slack) - middle) / math.sqrt(2.0 * variance))


def lognormal_blocking(
    max_load: float,
    loads: Sequence[float],
    offered_erl: Sequence[float],
    other_cell_moments: tuple[float, float],
    unit_load: float,
) -> LocalBlocking:
    """
    Return the blocking of each service where all cells are alike and each looks at its own load alone.

    Calls in progress are taken for Poisson and independent, so that the load from other cells has the mean
    f sum a l (1 - B) and the variance f_2 sum a l^2 (1 - B).

    References
    ----------
    Staehle and Maeder (2003); moments of a Poisson sum (theorem of Campbell).
    """
    check_traffic(offered_erl, other_cell_moments)
    each, offered = np.array(loads), np.array(offered_erl)
    blocking = np.zeros(len(each))
    for _ in range(MAX_ITERATIONS):
        carried = offered * (1.0 - blocking)
        mean = other_cell_moments[0] * float(carried @ each)
        deviation = math.sqrt(other_cell_moments[1] * float(carried @ each**2))
        found = local_blocking(max_load, loads, offered_erl, mean, deviation, unit_load)
        change = float(np.abs(found - blocking).max(initial=0.0))
        if change <= CONVERGED:
            return LocalBlocking(found, mean, deviation)
        blocking = 0.5 * (blocking + found)
    message = f"blocking still changes by {change} after {MAX_ITERATIONS} steps: must be 1e-12"
    raise ArithmeticError(message)
