"""Where phones stand: in the middle of their square, or at points of it where people live close together."""

import numpy as np
import pytest
from shapely.geometry import box

from sim.world.country import Territory
from sim.world.grid import make_grid
from sim.world.spots import make_spots


@pytest.fixture
def grid():
    return make_grid(Territory("", ("a",), ("a",), (box(0, 0, 3500, 2000),)), 500.0)


def test_a_divided_square_has_points_no_farther_apart_than_asked(grid):
    is_divided = np.arange(grid.n_squares) % 3 == 0
    spots = make_spots(grid, is_divided, grid.resolution_m / 3.5)
    assert spots.n_parts == 4
    assert len(spots) == grid.n_squares + 16 * is_divided.sum()
    assert (spots.square_idx[: grid.n_squares] == np.arange(grid.n_squares)).all()
    counts = np.bincount(spots.square_idx[grid.n_squares :], minlength=grid.n_squares)
    assert (counts == 16 * is_divided).all()


def test_phones_stand_at_their_point_or_in_the_middle(grid):
    is_divided = np.arange(grid.n_squares) % 2 == 0
    spots = make_spots(grid, is_divided, grid.resolution_m / 2)
    square = np.arange(grid.n_squares, dtype=np.int32)
    point = (square % 4).astype(np.uint8)
    found = spots.of(square, point)
    assert (spots.square_idx[found] == square).all()
    assert (found[~is_divided] == square[~is_divided]).all()
    assert (found[is_divided] == spots.first[square[is_divided]] + point[is_divided]).all()


@pytest.mark.parametrize("is_divided", [True, False])
def test_no_square_is_divided_where_nobody_asks_for_it(grid, is_divided):
    wanted = np.full(grid.n_squares, is_divided)
    spots = make_spots(grid, wanted, grid.resolution_m if is_divided else 1.0)
    assert len(spots) == grid.n_squares
    assert not spots.has_points
    assert (spots.first == -1).all()
