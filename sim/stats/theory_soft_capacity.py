"""
Blocking of soft capacity: cells full when they are too loud, at the timescale of calls.

A call of a service adds its load to its own cell and a part of it to the others; a cell bears loads up to the one of
its greatest noise rise, 1 - 10^(-rise / 10). All cells are taken to be equally loud, else loads of other cells do not
add up. Loads are turned into basic units and Kaufman-Roberts counts them. Two answers to what other cells do: a fixed
ratio, and a fixed point over all cells that a call disturbs; `sim.stats.theory_local_blocking` has a third one.

References
----------
M. Glabowski, M. Stasiak, A. Wisniewski, P. Zwierzykowski, "Uplink Blocking Probability Calculation for Cellular Systems
with WCDMA Radio Interface, Finite Source Population and Differently Loaded Neighbouring Cells", APCC (2005) 138-142:
basic units, fixed point over neighbouring cells (abstract).
S.-P. Chung, K. W. Ross, "Reduced load approximations for multirate loss networks", IEEE Trans. Commun. 41 (1993)
1222-1231.
J. S. Kaufman, Blocking in a shared resource environment, IEEE Trans. Commun. COM-29 (1981) 1474-1481.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.stats.theory_networks import service_blocking

ROUNDING_UNITS = 1e-9
"""Share of a unit by which a load may miss a whole number of units and still count as it: rounding of floats."""

CONVERGED = 1e-12
"""Change of a probability from one step to the next below which a fixed point is found. [1]"""

MAX_ITERATIONS = 10_000
"""Steps after which a fixed point is given up; some forty are usual."""


@dataclass(frozen=True)
class FixedPoint:
    """Blocking by reduced load."""

    # (kind,) probability that a call of each kind is refused by some cell [1]
    blocking: NDArray[np.float64]
    # (kind, cell) probability that the cell has too little room, 0 where the kind adds nothing [1]
    by_cell: NDArray[np.float64]
    n_iterations: int  # steps until nothing changed by more than 1e-12


def check_traffic(offered_erl: Sequence[float], others: Sequence[float]) -> None:
    """Refuse traffic, or what goes with it, that is negative or not finite."""
    numbers = np.array([*offered_erl, *others], dtype=np.float64)
    if not bool((np.isfinite(numbers) & (numbers >= 0.0)).all()):
        message = f"offered_erl = {offered_erl}, others = {others}: must be 0 or more, finite"
        raise ValueError(message)


def load_units(
    max_load: float, loads: NDArray[np.float64], unit_load: float
) -> tuple[int, NDArray[np.int64]]:
    """
    Return loads in whole basic units.

    Room is rounded down and calls are rounded up, so that blocking is rather too large. It is exact where the unit
    divides the loads.

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
    units = np.ceil(np.asarray(loads) / unit_load - ROUNDING_UNITS).astype(np.int64)
    return int(max_load / unit_load + ROUNDING_UNITS), units


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
    check_traffic(offered_erl, (other_cell_ratio,))
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
