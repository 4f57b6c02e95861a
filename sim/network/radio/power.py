"""Powers of all cells: their solution at an update, and what they are between two updates."""

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.network.radio.state import UNIT, Radio

MAX_SWEEPS = 10_000
"""Sweeps after which a solution is taken as it is: it is bounded by the caps in any case."""


@kernel
def solve(
    first: NDArray[np.uint32],
    other: NDArray[np.uint32],
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
    first : (cell + 1,) ndarray of uint32
        Where the coefficients of each cell begin.
    other : (coefficient,) ndarray of uint32
        The other cell of each; with a pair the pair in the other order is among them.
    coefficients : (coefficient,) ndarray of int64
        M in UNITs, none negative: for each cell its column, what others get of it.
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
    rest_w = constant_w.copy()
    diagonal = np.empty(n_cells, np.int32)
    for cell in range(n_cells):
        _push(first, other, coefficients, cell, powers_w[cell], rest_w)
        for k in range(first[cell], first[cell + 1]):
            if other[k] == cell:
                diagonal[cell] = k
    is_due, is_worked = np.ones(n_cells, np.uint8), np.zeros(n_cells, np.uint8)
    return _solve_due(
        first, other, coefficients, diagonal, cap_w, tolerance, powers_w, rest_w, rest_w.copy(),
        is_due, is_worked, np.zeros(n_cells, np.uint8),
    )  # fmt: skip


@kernel(inline=True)
def _push(
    first: NDArray[np.uint32],
    other: NDArray[np.uint32],
    coefficients: NDArray[np.int64],
    cell: int,
    more_w: float,
    rest_w: NDArray[np.float64],
) -> None:
    """Let all others, but not the cell itself, get what a cell has more."""
    own_w, more = rest_w[cell], more_w * UNIT
    for k in range(first[cell], first[cell + 1]):
        rest_w[other[k]] += coefficients[k] * more
    rest_w[cell] = own_w


@kernel
def _solve_due(
    first: NDArray[np.uint32],
    other: NDArray[np.uint32],
    coefficients: NDArray[np.int64],
    diagonal: NDArray[np.int32],
    cap_w: NDArray[np.float64],
    tolerance: float,
    powers_w: NDArray[np.float64],
    rest_w: NDArray[np.float64],
    seen_w: NDArray[np.float64],
    is_due: NDArray[np.uint8],
    is_worked: NDArray[np.uint8],
    is_full: NDArray[np.uint8],
) -> int:
    """
    Work the cells that are due, over and over, until none is (Gauss-Seidel); mark them.

    A cell is due if its own phones have changed, or what it gets of others by more than the tolerance since it was
    worked. One whose power would change by no more than the tolerance keeps it, so that `rest_w` is at any time what
    follows from `powers_w`.
    """
    n_worked = 0
    for _ in range(MAX_SWEEPS):
        n_before = n_worked
        for cell in range(len(powers_w)):
            more_w = rest_w[cell]
            if not is_due[cell] and abs(more_w - seen_w[cell]) <= tolerance * more_w:
                continue
            is_due[cell] = 0
            is_worked[cell] = 1
            seen_w[cell] = more_w
            n_worked += 1
            new_w = cap_w[cell]
            if not is_full[cell]:
                new_w = capped_w(more_w, 1.0 - coefficients[diagonal[cell]] * UNIT, new_w)
            change_w = new_w - powers_w[cell]
            if abs(change_w) > tolerance * new_w:
                powers_w[cell] = new_w
                _push(first, other, coefficients, cell, change_w, rest_w)
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
    left = 1.0 - radio.uplink[radio.diagonal[cell]] * UNIT
    return capped_w(radio.elsewhere_w[cell], left, radio.cap_w[cell])


@kernel(inline=True)
def power_now_w(radio: Radio, cell: int) -> float:
    """Return the present power of a cell: exact for its own part, the last solution for others."""
    if radio.is_full[cell]:
        return radio.most_w[cell]
    left = 1.0 - radio.downlink[radio.diagonal[cell]] * UNIT
    return capped_w(radio.asked_w[cell], left, radio.most_w[cell])


@kernel(inline=True)
def leftover_w(radio: Radio, cell: int) -> float:
    """Return what all other channels leave of a cell's power when it sends all it has: P_hs of docs/data.md."""
    own = radio.downlink[radio.diagonal[cell]] * UNIT
    return max(0.0, radio.most_w[cell] - (radio.asked_w[cell] + own * radio.most_w[cell]))


@kernel
def solve_uplink(radio: Radio) -> None:
    """Solve the interference of all cells, and bring what each hears from elsewhere up to date."""
    _solve_due(
        radio.first, radio.other, radio.uplink, radio.diagonal, radio.cap_w, radio.rules[0].tolerance,
        radio.interference_w, radio.elsewhere_w, radio.seen_up_w, radio.is_due_up, radio.is_changed_up,
        radio.is_never,
    )  # fmt: skip


@kernel
def solve_downlink(radio: Radio) -> None:
    """Solve the powers of all cells, and bring what each needs for elsewhere up to date."""
    _solve_due(
        radio.first, radio.other, radio.downlink, radio.diagonal, radio.most_w, radio.rules[0].tolerance,
        radio.power_w, radio.asked_w, radio.seen_down_w, radio.is_due_down, radio.is_changed_down,
        radio.is_full,
    )  # fmt: skip
    for cell in range(len(radio.present_w)):
        if radio.is_changed_down[cell]:
            radio.present_w[cell] = power_now_w(radio, cell)
