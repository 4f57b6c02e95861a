"""Powers of all cells: their solution at an update, and what they are between two updates."""

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.network.radio.state import UNIT, Radio

MAX_SWEEPS = 10_000
"""Sweeps after which a solution is taken as it is: it is bounded by the caps in any case."""


@kernel
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
    Solve x = min(cap, constant + M x) from any powers.

    The map is a standard interference function held to its caps (Yates 1995), so there is one solution, and the
    sweeps come to it whatever the load.

    Parameters
    ----------
    first : (cell + 1,) ndarray of int32
        Where the coefficients of each cell begin.
    other : (coefficient,) ndarray of int32
        The other cell of each; with a pair the pair in the other order is among them.
    coefficients : (coefficient,) ndarray of int64
        M in UNITs, none negative.
    constant_w : (cell,) ndarray of float64
        Noise, or power without phones; more than 0. [W]
    cap_w : (cell,) ndarray of float64
        Greatest values. [W]
    tolerance : float
        Relative change up to which others need not be told. [1]
    powers_w : (cell,) ndarray of float64
        Powers to begin with, changed to the solution. [W]

    Returns
    -------
    int
        Cells worked, each sweep counted.

    References
    ----------
    R. D. Yates, A framework for uplink power control in cellular radio systems, IEEE JSAC 13 (1995).
    """
    n_cells = len(powers_w)
    is_due, rest_w = np.ones(n_cells, np.uint8), np.zeros(n_cells)
    return _solve_due(
        first, other, coefficients, constant_w, cap_w, tolerance, powers_w, rest_w, is_due,
        powers_w.copy(), np.zeros(n_cells, np.uint8),
    )  # fmt: skip


@kernel
def _solve_due(
    first: NDArray[np.int32],
    other: NDArray[np.int32],
    coefficients: NDArray[np.int64],
    constant_w: NDArray[np.float64],
    cap_w: NDArray[np.float64],
    tolerance: float,
    powers_w: NDArray[np.float64],
    rest_w: NDArray[np.float64],
    is_due: NDArray[np.uint8],
    told_w: NDArray[np.float64],
    is_full: NDArray[np.uint8],
) -> int:
    """
    Work the cells that are due, over and over, until none is (Gauss-Seidel).

    A cell that has changed by more than the tolerance since it last told its neighbours makes them due; what a cell
    knows of another is wrong by no more than that.
    """
    n_worked = 0
    for _ in range(MAX_SWEEPS):
        n_before = n_worked
        for cell in range(len(powers_w)):
            if not is_due[cell]:
                continue
            is_due[cell] = 0
            n_worked += 1
            more_w, own = constant_w[cell], 0
            for k in range(first[cell], first[cell + 1]):
                if other[k] == cell:
                    own = coefficients[k]
                else:
                    more_w += coefficients[k] * UNIT * powers_w[other[k]]
            rest_w[cell] = more_w
            new_w = capped_w(more_w, 1.0 - own * UNIT, cap_w[cell])
            if is_full[cell]:
                new_w = cap_w[cell]
            powers_w[cell] = new_w
            if abs(new_w - told_w[cell]) > tolerance * new_w:
                told_w[cell] = new_w
                for k in range(first[cell], first[cell + 1]):
                    is_due[other[k]] |= other[k] != cell
        if n_worked == n_before:
            break
    return n_worked


@kernel(inline=True)
def capped_w(rest_w: float, left: float, cap_w: float) -> float:
    """Return rest / left, or the cap where that is more or there is no such power."""
    if rest_w >= left * cap_w:
        return cap_w
    return rest_w / left


@kernel(inline=True)
def interference_now_w(radio: Radio, cell: int) -> float:
    """Return the present interference and noise of a cell: exact for its own phones, the last solution for others."""
    one = radio.cells[cell]
    left = 1.0 - radio.uplink[one.diagonal] * UNIT
    return capped_w(radio.elsewhere_w[cell], left, one.cap_w)


@kernel(inline=True)
def power_now_w(radio: Radio, cell: int) -> float:
    """Return the present power of a cell: exact for its own part, the last solution for others."""
    one = radio.cells[cell]
    if radio.is_full[cell]:
        return one.most_w
    left = 1.0 - radio.downlink[one.diagonal] * UNIT
    return capped_w(radio.asked_w[cell], left, one.most_w)


@kernel(inline=True)
def leftover_w(radio: Radio, cell: int) -> float:
    """Return what all other channels leave of a cell's power when it sends all it has: P_hs of docs/data.md."""
    one = radio.cells[cell]
    own = radio.downlink[one.diagonal] * UNIT
    return max(0.0, one.most_w - (radio.asked_w[cell] + own * one.most_w))


@kernel
def solve_uplink(radio: Radio) -> None:
    """Solve the interference of all cells, and bring what each hears from elsewhere up to date."""
    cells = radio.cells
    n_cells = len(cells)
    constant_w, cap_w = np.empty(n_cells), np.empty(n_cells)
    for cell in range(n_cells):
        constant_w[cell] = cells[cell].noise_w
        cap_w[cell] = cells[cell].cap_w
    _solve_due(
        radio.first, radio.other, radio.uplink, constant_w, cap_w, radio.rules[0].tolerance,
        radio.interference_w, radio.elsewhere_w, radio.is_due_up, radio.told_up_w,
        np.zeros(n_cells, np.uint8),
    )  # fmt: skip


@kernel
def solve_downlink(radio: Radio) -> None:
    """Solve the powers of all cells, and bring what each needs for elsewhere up to date."""
    cells = radio.cells
    n_cells = len(cells)
    constant_w, cap_w = np.empty(n_cells), np.empty(n_cells)
    for cell in range(n_cells):
        one = cells[cell]
        constant_w[cell] = one.common_w + one.need * UNIT
        cap_w[cell] = one.most_w
    _solve_due(
        radio.first, radio.other, radio.downlink, constant_w, cap_w, radio.rules[0].tolerance,
        radio.power_w, radio.asked_w, radio.is_due_down, radio.told_down_w, radio.is_full,
    )  # fmt: skip
    present_w, power_w = radio.present_w, radio.power_w
    for cell in range(n_cells):
        present_w[cell] = power_w[cell]
