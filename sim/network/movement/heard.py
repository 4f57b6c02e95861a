"""What a phone on its way hears: cells of its network by strength, and the place that it becomes for the radio."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.network.movement.state import N_PENDING, Movement, movement_of
from sim.network.radio.state import Radio, radio_of


@kernel
def listen(state: int, mover: int) -> int:
    """
    Put the cells that a phone may have where it is, the strongest first, into `heard`; return how many.

    With soft capacity these are all cells of its network that it hears: whether they bear it is for power to say. Where
    cells have channels, they are those that serve.
    """
    movement, radio = movement_of(state), radio_of(state)
    one = movement.movers[mover]
    if one.square < 0:
        return 0
    at = one.network * movement.rules[0].n_squares + one.square
    n, most = 0, min(radio.heard_cell.shape[1], N_PENDING)
    while n < most and radio.heard_cell[at, n] >= 0:
        n += 1
    for k in range(n):
        row = movement.heard[k]
        row.cell, row.cdbm = radio.heard_cell[at, k], radio.heard_cdbm[at, k]
        row.is_leg, row.is_due = 0, 0
    return n


@kernel
def find_heard(movement: Movement, n: int, cell: int) -> int:
    """Return where a cell stands among those that a phone hears, -1 for nowhere."""
    for k in range(n):
        if movement.heard[k].cell == cell:
            return k
    return -1


@kernel
def fill_place(state: int, mover: int, place: int, n: int) -> int:
    """Let a place of the radio be where a phone is: its legs first, then all others that it hears; return its legs."""
    movement, radio = movement_of(state), radio_of(state)
    one, rules = movement.movers[mover], movement.rules[0]
    at = one.network * rules.n_squares + one.square
    n_ranks, filled = radio.heard_cell.shape[1], 0
    for k in range(n):
        if movement.heard[k].is_leg:
            _put(movement, radio, place, filled, at, k, 1.0, 1.0)
            filled += 1
    n_legs = filled
    for k in range(n_ranks):
        if radio.heard_cell[at, k] < 0:
            break
        if k >= n or not movement.heard[k].is_leg:
            _put(movement, radio, place, filled, at, k, 1.0, 1.0)
            filled += 1
    for block in range(1, rules.n_blocks):
        network = block - 1 if block - 1 < one.network else block
        other = network * rules.n_squares + one.square
        for k in range(n_ranks):
            if radio.heard_cell[other, k] < 0:
                break
            leak = radio.rules[0].downlink_leak
            _put(movement, radio, place, filled, other, k, rules.uplink_leak, leak)
            filled += 1
    info = radio.info[place]
    info.n_heard, info.n_tried = filled, n_legs
    _find_pairs(radio, place, filled, n_legs)
    return n_legs


@kernel(inline=True)
def _put(
    movement: Movement, radio: Radio, place: int, k: int, at: int, rank: int, up: float, down: float
) -> None:
    """Let a cell be the one that is heard k-th at a place."""
    cell = radio.heard_cell[at, rank]
    loss_db = movement.cells[cell].pilot_dbm - radio.heard_cdbm[at, rank] / 100.0
    gain = 1.0 / math.pow(10.0, max(loss_db, movement.rules[0].min_loss_db) / 10.0)
    radio.cell[place, k] = cell
    radio.uplink_gain[place, k] = gain * up
    radio.downlink_gain[place, k] = gain * down


@kernel(inline=True)
def _find_pairs(radio: Radio, place: int, n_heard: int, n_legs: int) -> None:
    """Find the coefficients of each leg's cell and each cell that is heard."""
    cell, n_columns = radio.cell, radio.cell.shape[1]
    for k in range(n_heard):
        radio.uplink_at[place, k] = _position(
            radio.first, radio.other, cell[place, 0], cell[place, k]
        )
        for leg in range(n_legs):
            radio.at[place, leg * n_columns + k] = _position(
                radio.first, radio.other, cell[place, k], cell[place, leg]
            )


@kernel
def _position(first: "NDArray[np.uint32]", other: "NDArray[np.uint32]", one: int, two: int) -> int:
    """Return where the coefficient of a pair of cells stands."""
    low, high = int(first[one]), int(first[one + 1]) - 1
    while low < high:
        middle = (low + high) >> 1
        if other[middle] < two:
            low = middle + 1
        else:
            high = middle
    return low
