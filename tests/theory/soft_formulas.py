"""
Approximations of the blocking of soft capacity: a fixed point over cells, and a random load from other cells.

Where a call needs room in several cells, each cell sees what the others let pass. Where it looks at its own cell alone,
it finds a log-normal load from the others.

References
----------
M. Glabowski, M. Stasiak, A. Wisniewski, P. Zwierzykowski, "Uplink Blocking Probability Calculation for Cellular Systems
with WCDMA Radio Interface, Finite Source Population and Differently Loaded Neighbouring Cells", APCC (2005) 138-142:
basic units, fixed point over neighbouring cells (abstract).
S.-P. Chung, K. W. Ross, "Reduced load approximations for multirate loss networks", IEEE Trans. Commun. 41 (1993)
1222-1231.
D. Staehle, A. Maeder, "An analytic approximation of the uplink capacity in a UMTS network with heterogeneous traffic",
ITC 18 (2003): local blocking under a log-normal load from other cells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stats.theory import ROUNDING_UNITS, check_traffic, load_units, service_blocking

CONVERGED = 1e-12
"""Change of a probability from one step to the next below which a fixed point is found. [1]"""

MAX_ITERATIONS = 10_000
"""Steps after which a fixed point is given up; some forty are usual."""


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


@dataclass(frozen=True)
class FixedPoint:
    """Blocking by reduced load."""

    # (kind,) probability that a call of each kind is refused by some cell [1]
    blocking: NDArray[np.float64]
    # (kind, cell) probability that the cell has too little room, 0 where the kind adds nothing [1]
    by_cell: NDArray[np.float64]
    n_iterations: int  # steps until nothing changed by more than 1e-12


def fixed_point_blocking(
    n_units: Sequence[int], units_per_call: NDArray[np.int64], offered_erl: Sequence[float]
) -> FixedPoint:
    """
    Return the blocking of calls that take units in several cells and are refused where any of them has too few.

    Each cell sees the calls that the others let pass, as if cells were independent. The exact blocking is that of
    `loss_network_blocking`; with three links that share all calls by two the fixed point is
    7.6 % too high.

    References
    ----------
    Glabowski et al. (2005); Chung and Ross (1993), knapsack approximation:
    a_k at cell j is a_k times the product of 1 - B_ki over the other cells i.
    """
    check_traffic(offered_erl, n_units)
    by_cell = np.zeros(units_per_call.shape)
    for n_iterations in range(1, MAX_ITERATIONS + 1):
        found = _blocking_by_cell(n_units, units_per_call, np.array(offered_erl), by_cell)
        change = float(np.abs(found - by_cell).max(initial=0.0))
        # Repeated substitution may swing between too much and too little for ever; half a step does not.
        by_cell = found if change <= CONVERGED else 0.5 * (by_cell + found)
        if change <= CONVERGED:
            return FixedPoint(1.0 - (1.0 - by_cell).prod(axis=1), by_cell, n_iterations)
    message = f"fixed point still changes by {change} after {MAX_ITERATIONS} steps: must be 1e-12"
    raise ArithmeticError(message)


def _blocking_by_cell(
    n_units: Sequence[int],
    units_per_call: NDArray[np.int64],
    offered_erl: NDArray[np.float64],
    by_cell: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the blocking of every kind in every cell under the calls that pass the other cells."""
    found = np.zeros_like(by_cell)
    for cell, room in enumerate(n_units):
        kinds = np.flatnonzero(units_per_call[:, cell])
        passed = np.delete(1.0 - by_cell[kinds], cell, axis=1).prod(axis=1)
        offered = (offered_erl[kinds] * passed).tolist()
        found[kinds, cell] = service_blocking(room, offered, units_per_call[kinds, cell].tolist())
    return found
