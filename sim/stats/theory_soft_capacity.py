"""
Blocking of soft capacity: cells full when they are too loud, at the timescale of calls.

A call of a service adds its load to its own cell and a part of it to the others; a cell bears loads up to the one of
its greatest noise rise, 1 - 10^(-rise / 10). All cells are taken to be equally loud, else loads of other cells do not
add up. Loads are turned into basic units and Kaufman-Roberts counts them; three answers to what other cells do: a fixed
ratio, a fixed point over all cells that a call disturbs, a log-normal load that each call finds.

References
----------
M. Glabowski, M. Stasiak, A. Wisniewski, P. Zwierzykowski, "Uplink Blocking Probability Calculation for Cellular Systems
with WCDMA Radio Interface, Finite Source Population and Differently Loaded Neighbouring Cells", APCC (2005) 138-142:
basic units, fixed point over neighbouring cells (abstract).
S.-P. Chung, K. W. Ross, "Reduced load approximations for multirate loss networks", IEEE Trans. Commun. 41 (1993)
1222-1231.
D. Staehle, A. Maeder, "An analytic approximation of the uplink capacity in a UMTS network with heterogeneous traffic",
ITC 18 (2003): local blocking under a log-normal load from other cells.
J. S. Kaufman, Blocking in a shared resource environment, IEEE Trans. Commun. COM-29 (1981) 1474-1481.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stats.theory_networks import service_blocking

_ROUNDING = 1e-9
"""Share of a unit by which a load may miss a whole number of units and still count as it: rounding of floats."""

_CONVERGED = 1e-12
_MAX_ITERATIONS = 10_000


@dataclass(frozen=True)
class FixedPoint:
    """
    Blocking by reduced load.

    Attributes
    ----------
    blocking : (kind,) ndarray of float64
        Probability that a call of each kind is refused by some cell. [1]
    by_cell : (kind, cell) ndarray of float64
        Probability that the cell has too little room, 0 where the kind adds nothing. [1]
    n_iterations : int
        Steps until nothing changed by more than 1e-12.
    """

    blocking: NDArray[np.float64]
    by_cell: NDArray[np.float64]
    n_iterations: int


@dataclass(frozen=True)
class LocalBlocking:
    """
    Blocking by the own cell under a random load from others.

    Attributes
    ----------
    blocking : (service,) ndarray of float64
        Probability that a call of each service is refused. [1]
    other_mean : float
        Mean load from other cells. [1]
    other_deviation : float
        Its standard deviation. [1]
    """

    blocking: NDArray[np.float64]
    other_mean: float
    other_deviation: float


def load_units(
    max_load: float, loads: NDArray[np.float64], unit_load: float
) -> tuple[int, NDArray[np.int64]]:
    """
    Return loads in whole basic units.

    Room is rounded down and calls are rounded up, so that blocking is rather too large. It is exact where the unit
    divides the loads.

    Parameters
    ----------
    max_load : float
        Load that a cell bears, 0 or more and at most 1. [1]
    loads : ndarray of float64
        Loads of calls, of any shape, 0 or more. [1]
    unit_load : float
        Load of a basic unit, more than 0. [1]

    Returns
    -------
    int and ndarray of int64
        Units of the cell, and of each call in the shape of `loads`.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    Glabowski et al. (2005).
    """
    if not 0.0 <= max_load <= 1.0 or not 0.0 < unit_load < math.inf:
        message = f"max_load = {max_load}, unit_load = {unit_load}: must be in [0, 1], more than 0"
        raise ValueError(message)
    if not bool((np.isfinite(loads) & (loads >= 0.0)).all()):
        message = f"loads = {loads}: must be 0 or more, finite"
        raise ValueError(message)
    units = np.ceil(np.asarray(loads) / unit_load - _ROUNDING).astype(np.int64)
    return int(max_load / unit_load + _ROUNDING), units


def soft_blocking(
    max_load: float,
    loads: Sequence[float],
    offered_erl: Sequence[float],
    other_cell_ratio: float,
    unit_load: float,
) -> NDArray[np.float64]:
    """
    Return the blocking of each service where other cells add a fixed ratio of the own load.

    Parameters
    ----------
    max_load : float
        Load that a cell bears: 1 - 10^(-rise / 10) with its greatest noise rise in dB. [1]
    loads : (service,) sequence of float
        Load of a call of each service in its own cell, more than 0. [1]
    offered_erl : (service,) sequence of float
        Offered traffic of each service in a cell. [erl]
    other_cell_ratio : float
        Load from other cells over that of the own, f, 0 or more. [1]
    unit_load : float
        Load of a basic unit. [1]

    Returns
    -------
    (service,) ndarray of float64
        Blocking. [1]

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    Glabowski et al. (2005); Kaufman (1981). Every call takes (1 + f) times its load.
    """
    _check(offered_erl, (other_cell_ratio,))
    taken = (1.0 + other_cell_ratio) * np.array(loads)
    n_units, units = load_units(max_load, taken, unit_load)
    return service_blocking(n_units, offered_erl, units.tolist())


def fixed_point_blocking(
    n_units: Sequence[int], units_per_call: NDArray[np.int64], offered_erl: Sequence[float]
) -> FixedPoint:
    """
    Return the blocking of calls that take units in several cells and are refused where any of them has too few.

    Each cell sees the calls that the others let pass, as if cells were independent. The exact blocking is that of
    `sim.stats.theory_networks.loss_network_blocking`; with three links that share all calls by two the fixed point is
    7.6 % too high.

    Parameters
    ----------
    n_units : (cell,) sequence of int
        Units of each cell.
    units_per_call : (kind, cell) ndarray of int64
        Units that a call of each kind (a service in an own cell) takes in each cell, 0 or more.
    offered_erl : (kind,) sequence of float
        Offered traffic of each kind. [erl]

    Returns
    -------
    FixedPoint
        Blocking by kind, by cell, and the steps taken.

    Raises
    ------
    ValueError
        If a number is out of range.
    ArithmeticError
        If it has not converged after 10,000 steps.

    References
    ----------
    Glabowski et al. (2005); Chung and Ross (1993), knapsack approximation:
    a_k at cell j is a_k times the product of 1 - B_ki over the other cells i.
    """
    _check(offered_erl, n_units)
    by_cell = np.zeros(units_per_call.shape)
    for n_iterations in range(1, _MAX_ITERATIONS + 1):
        found = _blocking_by_cell(n_units, units_per_call, np.array(offered_erl), by_cell)
        change = float(np.abs(found - by_cell).max(initial=0.0))
        # Repeated substitution may swing between too much and too little for ever; half a step does not.
        by_cell = found if change <= _CONVERGED else 0.5 * (by_cell + found)
        if change <= _CONVERGED:
            return FixedPoint(1.0 - (1.0 - by_cell).prod(axis=1), by_cell, n_iterations)
    message = f"fixed point still changes by {change} after {_MAX_ITERATIONS} steps: must be 1e-12"
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

    Parameters
    ----------
    max_load : float
        Load that a cell bears: 1 - 10^(-rise / 10) with its greatest noise rise in dB. [1]
    loads : (service,) sequence of float
        Load of a call of each service in its own cell, more than 0. [1]
    offered_erl : (service,) sequence of float
        Offered traffic of each service in a cell. [erl]
    other_mean, other_deviation : float
        Mean and standard deviation of the load from other cells, 0 or more. [1]
    unit_load : float
        Load of a basic unit. [1]

    Returns
    -------
    (service,) ndarray of float64
        Blocking. [1]

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    Staehle and Maeder (2003): j q(j) = sum_k a_k b_k (1 - beta_k(j - b_k)) q(j - b_k) and
    B_k = sum_j q(j) beta_k(j), with beta_k(j) the probability that j units, the call and other cells are too much.
    """
    _check(offered_erl, (other_mean, other_deviation))
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
    slack = room + _ROUNDING * unit_load
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

    Parameters
    ----------
    max_load : float
        Load that a cell bears: 1 - 10^(-rise / 10) with its greatest noise rise in dB. [1]
    loads : (service,) sequence of float
        Load of a call of each service in its own cell, more than 0. [1]
    offered_erl : (service,) sequence of float
        Offered traffic of each service in a cell. [erl]
    other_cell_moments : tuple of float
        Means over places of the sums over other cells k of L_s / L_k and of its square: f and f_2. [1]
    unit_load : float
        Load of a basic unit. [1]

    Returns
    -------
    LocalBlocking
        Blocking, and the load from other cells that goes with it.

    Raises
    ------
    ValueError
        If a number is out of range.
    ArithmeticError
        If it has not converged after 10,000 steps.

    References
    ----------
    Staehle and Maeder (2003); moments of a Poisson sum (theorem of Campbell).
    """
    _check(offered_erl, other_cell_moments)
    each, offered = np.array(loads), np.array(offered_erl)
    blocking = np.zeros(len(each))
    for _ in range(_MAX_ITERATIONS):
        carried = offered * (1.0 - blocking)
        mean = other_cell_moments[0] * float(carried @ each)
        deviation = math.sqrt(other_cell_moments[1] * float(carried @ each**2))
        found = local_blocking(max_load, loads, offered_erl, mean, deviation, unit_load)
        change = float(np.abs(found - blocking).max(initial=0.0))
        if change <= _CONVERGED:
            return LocalBlocking(found, mean, deviation)
        blocking = 0.5 * (blocking + found)
    message = f"blocking still changes by {change} after {_MAX_ITERATIONS} steps: must be 1e-12"
    raise ArithmeticError(message)


def _check(offered_erl: Sequence[float], others: Sequence[float]) -> None:
    numbers = np.array([*offered_erl, *others], dtype=np.float64)
    if not bool((np.isfinite(numbers) & (numbers >= 0.0)).all()):
        message = f"offered_erl = {offered_erl}, others = {others}: must be 0 or more, finite"
        raise ValueError(message)
