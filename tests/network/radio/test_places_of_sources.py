"""Phones of Poisson sources: all squares in which the cell is first are alike, divided or not."""

from types import SimpleNamespace

import numpy as np

from sim.network.radio.build import places_of_sources
from sim.world.spots import Spots

# Three squares, the last of which is divided into four points.
SPOTS = Spots(np.array([-1, -1, 3], np.int32), 2, np.array([0, 1, 2, 2, 2, 2, 2], np.int32))
CELLS = type("Cells", (), {"__len__": lambda _: 2})()
WORLD = SimpleNamespace(spots=SPOTS, cells=CELLS)


def places_of(first_cell):
    """Every spot is a place of the one network; nobody is in the middle of the divided square."""
    places = SimpleNamespace(
        network_spot=np.arange(7), cell=np.array(first_cell, np.int32)[:, np.newaxis]
    )
    is_of_source = np.array([True, True, False, True, True, True, True])
    first, found = places_of_sources(WORLD, places, is_of_source)
    return [found[first[cell] : first[cell + 1]].tolist() for cell in range(2)]


def test_a_divided_square_has_as_many_phones_as_another():
    left, right = places_of([0, 0, 0, 0, 0, 0, 0])
    assert right == []
    of_square = np.bincount(SPOTS.square_idx[left], minlength=3)
    assert of_square.tolist() == [4, 4, 4]
    assert 2 not in left  # the middle of the divided square


def test_a_square_counts_as_far_as_the_cell_is_first_in_it():
    left, right = places_of([0, 1, 0, 0, 1, 1, 1])
    assert np.bincount(SPOTS.square_idx[left], minlength=3).tolist() == [4, 0, 1]
    assert np.bincount(SPOTS.square_idx[right], minlength=3).tolist() == [0, 4, 3]
