"""Downlink codes of a cell: a tree of orthogonal codes (OVSF), counted in codes of spreading factor 128."""

import numpy as np

from sim.compilation.kernels import kernel
from sim.network.radio.state import Radio

N_LEAVES = 128
"""Codes of spreading factor 128."""

NO_LEAF = 255
"""No free code."""

_HALF = 64


@kernel(inline=True)
def _is_busy(radio: Radio, cell: int, leaf: int) -> bool:
    one = radio.cells[cell]
    word = one.leaves_low if leaf < _HALF else one.leaves_high
    return (word >> np.uint64(leaf % _HALF)) & np.uint64(1) != np.uint64(0)


@kernel
def find_code(radio: Radio, cell: int, n_codes: int) -> int:
    """Return the first leaf of the leftmost free subtree with so many leaves, a power of two; NO_LEAF for none."""
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


@kernel
def mark_code(radio: Radio, cell: int, leaf: int, n_codes: int) -> None:
    """Take the subtree that begins at a leaf into use, or give it back."""
    one = radio.cells[cell]
    for k in range(n_codes):
        bit = np.uint64(1) << np.uint64((leaf + k) % _HALF)
        if leaf + k < _HALF:
            one.leaves_low ^= bit
        else:
            one.leaves_high ^= bit


@kernel
def has_code(radio: Radio, cell: int, n_codes: int) -> bool:
    """Say whether a cell has a code free: any that are free where codes are repacked, else a free subtree."""
    rules = radio.rules[0]
    if radio.cells[cell].n_codes_busy + n_codes > rules.code_capacity:
        return False
    return rules.is_repacking != 0 or find_code(radio, cell, n_codes) != NO_LEAF
