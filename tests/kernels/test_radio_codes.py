"""Codes of a cell against a model that knows every code of the tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.network.radio.codes import N_LEAVES, NO_LEAF, find_code, has_code, mark_code
from sim.network.radio.phones import connect, disconnect
from sim.network.radio.state import Radio, radio_of
from sim.tables import Refusal
from tests.kernels.radio_by_hand import plain_only, require_idle, service, soft_state

pytestmark = plain_only

SIZES = (1, 2, 4, 8, 16, 32)


@pytest.fixture(scope="module")
def state():
    """One cell that lacks nothing but codes."""
    return soft_state([[100.0]], [service(n_codes=n) for n in SIZES])


class Tree:
    """Codes by spreading factor and number: one is free unless it, one above or one below is in use."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.used = set()

    def is_free(self, size, first):
        leaves = set(range(first, first + size))
        return first + size <= self.capacity and not any(
            leaves & set(range(other, other + n)) for n, other in self.used
        )

    def leftmost(self, size):
        firsts = range(0, N_LEAVES, size)
        return next((first for first in firsts if self.is_free(size, first)), NO_LEAF)


STEPS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60)
"""For each step a size to ask for, or beyond half the codes in use one to give back."""


def reset(state, capacity, is_repacking):
    radio = state[Radio]
    radio.rules["code_capacity"] = capacity
    radio.rules["is_repacking"] = is_repacking
    require_idle(state)


@settings(deadline=None)
@given(st.integers(1, N_LEAVES), STEPS)
def test_allocator_takes_the_leftmost_free_code(state, capacity, steps):
    reset(state, capacity, is_repacking=False)
    radio = radio_of(state.address)
    tree = Tree(capacity)
    for size_number, which in steps:
        if which % 3 == 0 and tree.used:
            size, first = sorted(tree.used)[which % len(tree.used)]
            tree.used.remove((size, first))
        else:
            size = SIZES[size_number]
            first = tree.leftmost(size)
            assert find_code(radio, 0, size) == first
            assert has_code(radio, 0, size) == (first != NO_LEAF)
            if first == NO_LEAF:
                continue
            tree.used.add((size, first))
        mark_code(radio, 0, first, size)
    for size, first in tree.used:
        mark_code(radio, 0, first, size)


def can_be_packed(sizes, capacity):
    """Whether codes of these sizes fit at all: the widest first, each leftmost, which is best for powers of two."""
    tree = Tree(capacity)
    for size in sorted(sizes, reverse=True):
        first = tree.leftmost(size)
        if first == NO_LEAF:
            return False
        tree.used.add((size, first))
    return True


@settings(deadline=None)
@given(st.integers(32, N_LEAVES), STEPS, st.booleans())
def test_phones_get_a_code_as_long_as_there_is_one(state, capacity, steps, is_repacking):
    reset(state, capacity, is_repacking)
    radio = state[Radio]
    held, tree = {}, Tree(capacity)
    n_before = radio.refusals[0, Refusal.CODE], radio.cells["n_fragmented"][0]
    n_blocked = n_fragmented = 0
    for size_number, which in steps:
        if which % 3 == 0 and held:
            leaver = sorted(held)[which % len(held)]
            disconnect(state.address, 1.0, leaver)
            tree.used.discard(held.pop(leaver))
            continue
        size = SIZES[size_number]
        first = tree.leftmost(size)
        phone = connect(state.address, 0.0, 0, 0, 0, size_number)
        sizes = [n for n, _ in held.values()]
        fits = can_be_packed([*sizes, size], capacity) if is_repacking else first != NO_LEAF
        if fits:
            assert phone >= 0
            held[phone] = (size, phone if is_repacking else first)
            if not is_repacking:
                tree.used.add((size, first))
                assert radio.phones[phone]["leaf"][0] == first
        else:
            assert phone == -1 - Refusal.CODE
            n_blocked += 1
            n_fragmented += sum(sizes) + size <= capacity
        assert radio.cells[0]["n_codes_busy"] == sum(n for n, _ in held.values())
    n_after = radio.refusals[0, Refusal.CODE], radio.cells["n_fragmented"][0]
    assert (n_after[0] - n_before[0], n_after[1] - n_before[1]) == (n_blocked, n_fragmented)
    for phone in held:
        disconnect(state.address, 1.0, phone)
    reset(state, capacity, is_repacking)
