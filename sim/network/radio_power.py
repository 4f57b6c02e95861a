"""Powers of all cells: their solution at an update, and what they are between two updates."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.network.radio_state import UNIT, Radio

MAX_SWEEPS = 10_000
"""Sweeps after which a solution is taken as it is: it is bounded by the caps in any case."""


@njit(cache=True)
def solve(
    first: NDArray[np.int32],
    other: NDArray[np.int32],
    coefficients: NDArray[np.int64],
    constant_w: NDArray[np.float64],
    cap_w: NDArray[np.float64],
    tolerance: float,
    powers_w: NDArray[np.float64],
) -> int:
    """
    Solve x = min(cap, constant + M x), cell by cell (Gauss-Seidel), from the last solution.

    The map is a standard interference function held to its caps (Yates 1995), so there is one solution, and the
    sweeps come to it whatever the load.

    Parameters
    ----------
    first : (cell + 1,) ndarray of int32
        Where the coefficients of each cell begin.
    other : (coefficient,) ndarray of int32
        The other cell of each.
    coefficients : (coefficient,) ndarray of int64
        M in UNITs, none negative.
    constant_w : (cell,) ndarray of float64
        Noise, or power without phones; more than 0. [W]
    cap_w : (cell,) ndarray of float64
        Greatest values. [W]
    tolerance : float
        Greatest relative change in the last sweep. [1]
    powers_w : (cell,) ndarray of float64
        The last solution, changed to the new one. [W]

    Returns
    -------
    int
        Sweeps made.

    References
    ----------
    R. D. Yates, A framework for uplink power control in cellular radio systems, IEEE JSAC 13 (1995).
    """
    for sweep in range(MAX_SWEEPS):
        change = 0.0
        for cell in range(len(powers_w)):
            rest_w, own = constant_w[cell], 0.0
            for k in range(first[cell], first[cell + 1]):
                if other[k] == cell:
                    own = coefficients[k] * UNIT
                else:
                    rest_w += coefficients[k] * UNIT * powers_w[other[k]]
            new_w = capped_w(rest_w, 1.0 - own, cap_w[cell])
            change = max(change, abs(new_w - powers_w[cell]) / new_w)
            powers_w[cell] = new_w
        if change <= tolerance:
            return sweep + 1
    return MAX_SWEEPS


@njit(cache=True, forceinline=True)
def capped_w(rest_w: float, left: float, cap_w: float) -> float:
    """
    Return rest / left, or the cap where that is more or there is no such power.

    Parameters
    ----------
    rest_w : float
        What does not hang on the cell's own power. [W]
    left : float
        1 less the cell's own coefficient.
    cap_w : float
        Greatest value. [W]

    Returns
    -------
    float
        Power. [W]
    """
    if rest_w >= left * cap_w:
        return cap_w
    return rest_w / left


@njit(cache=True, forceinline=True)
def interference_now_w(radio: Radio, cell: int) -> float:
    """
    Return the present interference and noise of a cell.

    Parameters
    ----------
    radio : Radio
        State.
    cell : int
        Cell.

    Returns
    -------
    float
        Exact for the cell's own phones, the last solution for others. [W]
    """
    one = radio.cells[cell]
    left = 1.0 - radio.uplink[one.diagonal] * UNIT
    return capped_w(one.elsewhere_w, left, one.cap_w)


@njit(cache=True, forceinline=True)
def power_now_w(radio: Radio, cell: int) -> float:
    """
    Return the present power of a cell.

    Parameters
    ----------
    radio : Radio
        State.
    cell : int
        Cell.

    Returns
    -------
    float
        Exact for the cell's own part, the last solution for others. [W]
    """
    one = radio.cells[cell]
    left = 1.0 - radio.downlink[one.diagonal] * UNIT
    return capped_w(one.asked_w, left, one.most_w)


@njit(cache=True)
def solve_uplink(radio: Radio) -> None:
    """
    Solve the interference of all cells, and bring what each hears from elsewhere up to date.

    Parameters
    ----------
    radio : Radio
        State; changed.
    """
    n_cells = len(radio.cells)
    constant_w, cap_w = np.empty(n_cells), np.empty(n_cells)
    for cell in range(n_cells):
        constant_w[cell] = radio.cells[cell].noise_w
        cap_w[cell] = radio.cells[cell].cap_w
    solve(
        radio.first, radio.other, radio.uplink, constant_w, cap_w, radio.rules[0].tolerance,
        radio.interference_w,
    )  # fmt: skip
    for cell in range(n_cells):
        radio.cells[cell].elsewhere_w = constant_w[cell] + _from_elsewhere_w(
            radio.first, radio.other, radio.uplink, radio.interference_w, cell
        )


@njit(cache=True)
def solve_downlink(radio: Radio) -> None:
    """
    Solve the powers of all cells, and bring what each needs for elsewhere up to date.

    Parameters
    ----------
    radio : Radio
        State; changed.
    """
    n_cells = len(radio.cells)
    constant_w, cap_w = np.empty(n_cells), np.empty(n_cells)
    for cell in range(n_cells):
        one = radio.cells[cell]
        constant_w[cell] = one.common_w + one.need * UNIT
        cap_w[cell] = one.most_w
    solve(
        radio.first, radio.other, radio.downlink, constant_w, cap_w, radio.rules[0].tolerance,
        radio.power_w,
    )  # fmt: skip
    for cell in range(n_cells):
        radio.cells[cell].asked_w = constant_w[cell] + _from_elsewhere_w(
            radio.first, radio.other, radio.downlink, radio.power_w, cell
        )


@njit(cache=True, forceinline=True)
def _from_elsewhere_w(
    first: NDArray[np.int32],
    other: NDArray[np.int32],
    coefficients: NDArray[np.int64],
    powers_w: NDArray[np.float64],
    cell: int,
) -> float:
    total_w = 0.0
    for k in range(first[cell], first[cell + 1]):
        if other[k] != cell:
            total_w += coefficients[k] * UNIT * powers_w[other[k]]
    return total_w
