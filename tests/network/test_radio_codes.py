"""Codes of a cell against a model that knows every code of the tree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.network.admission import BLOCKED_CODE, admit, leave
from sim.network.codes import N_LEAVES, NO_LEAF, find_code, mark_code
from sim.network.ways import CONNECTED
from tests.network.soft import network, radio_of_scenario, scenario_of, service

SIZES = (1, 2, 4, 8, 16, 32)


@pytest.fixture(scope="module")
def radio():
    """One cell that lacks nothing but codes."""
    scenario = scenario_of(
        [network("net", [(0.5, 0.5)], n_subscribers=4)],
        1.0,
        1.0,
        wcdma={"services": [service(f"s{n}", n_codes=n) for n in SIZES]},
    )
    return radio_of_scenario(scenario)


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


def reset(radio, capacity, is_repacking):
    radio.rules["code_capacity"] = capacity
    radio.rules["is_repacking"] = is_repacking
    assert not radio.cells["n_codes_busy"].any()
    assert not radio.cells["leaves_low"].any()
    assert not radio.cells["leaves_high"].any()


@settings(deadline=None)
@given(st.integers(1, N_LEAVES), STEPS)
def test_allocator_takes_the_leftmost_free_code(radio, capacity, steps):
    reset(radio, capacity, is_repacking=False)
    tree = Tree(capacity)
    for size_number, which in steps:
        if which % 3 == 0 and tree.used:
            size, first = sorted(tree.used)[which % len(tree.used)]
            tree.used.remove((size, first))
        else:
            size = SIZES[size_number]
            first = tree.leftmost(size)
            assert find_code(radio, 0, size) == first
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
def test_phones_get_a_code_as_long_as_there_is_one(radio, capacity, steps, is_repacking):
    reset(radio, capacity, is_repacking)
    place = int(np.flatnonzero(radio.info["n_tried"])[0])
    held, tree = {}, Tree(capacity)
    for link, (size_number, which) in enumerate(steps):
        if which % 3 == 0 and held:
            leaver = sorted(held)[which % len(held)]
            leave(radio, 1.0, leaver)
            tree.used.discard(held.pop(leaver))
            continue
        size = SIZES[size_number]
        first = tree.leftmost(size)
        outcome = admit(radio, 0.0, link, place, size_number)
        sizes = [n for n, _ in held.values()]
        fits = can_be_packed([*sizes, size], capacity) if is_repacking else first != NO_LEAF
        assert outcome == (CONNECTED if fits else BLOCKED_CODE)
        if outcome == CONNECTED:
            held[link] = (size, link if is_repacking else first)
            if not is_repacking:
                tree.used.add((size, first))
                assert radio.links[link]["leaf"][0] == first
        assert radio.cells[0]["n_codes_busy"] == sum(n for n, _ in held.values())
    for link in held:
        leave(radio, 1.0, link)
    reset(radio, capacity, is_repacking)
