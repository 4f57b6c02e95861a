"""Downlink codes of a cell: a tree of orthogonal codes (OVSF), counted in codes of spreading factor 128."""

import numpy as np
from numba import njit

from sim.network.radio_state import Radio

N_LEAVES = 128
"""Codes of spreading factor 128."""

NO_LEAF = 255
"""No free code."""

_HALF = 64


@njit(cache=True, forceinline=True)
def _is_busy(radio: Radio, cell: int, leaf: int) -> bool:
    one = radio.cells[cell]
    word = one.leaves_low if leaf < _HALF else one.leaves_high
    return (word >> np.uint64(leaf % _HALF)) & np.uint64(1) != np.uint64(0)


@njit(cache=True)
def find_code(radio: Radio, cell: int, n_codes: int) -> int:
    """
    Return the first leaf of the leftmost free subtree of the code tree.

    Parameters
    ----------
    radio : Radio
        State.
    cell : int
        Cell.
    n_codes : int
        Leaves of the subtree, a power of two; it begins at a multiple of that.

    Returns
    -------
    int
        Its first leaf, NO_LEAF when none is free.
    """
    capacity = radio.rules[0].code_capacity
    for leaf in range(0, capacity - n_codes + 1, n_codes):
        is_free = True
        for k in range(n_codes):
            if _is_busy(radio, cell, leaf + k):
                is_free = False
                break
        if is_free:
            return leaf
    return NO_LEAF


@njit(cache=True)
def mark_code(radio: Radio, cell: int, leaf: int, n_codes: int) -> None:
    """
    Take a subtree into use, or give it back.

    Parameters
    ----------
    radio : Radio
        State; changed.
    cell : int
        Cell.
    leaf : int
        First leaf of the subtree.
    n_codes : int
        Its leaves.
    """
    one = radio.cells[cell]
    for k in range(n_codes):
        bit = np.uint64(1) << np.uint64((leaf + k) % _HALF)
        if leaf + k < _HALF:
            one.leaves_low ^= bit
        else:
            one.leaves_high ^= bit


@njit(cache=True, forceinline=True)
def has_code(radio: Radio, cell: int, n_codes: int) -> bool:
    """
    Say whether a cell has a code free for a service.

    Parameters
    ----------
    radio : Radio
        State.
    cell : int
        Cell.
    n_codes : int
        Codes of spreading factor 128 that it takes.

    Returns
    -------
    bool
        Whether it has: any that are free where codes are repacked, else a free subtree.
    """
    rules = radio.rules[0]
    if radio.cells[cell].n_codes_busy + n_codes > rules.code_capacity:
        return False
    return rules.is_repacking != 0 or find_code(radio, cell, n_codes) != NO_LEAF
