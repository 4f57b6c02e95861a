"""Paths end at places that lie alike among the heights, whatever the side of the squares."""

import numpy as np
import pytest
from shapely.geometry import box

from sim.radio.site_losses import OFF_HEIGHT, beside_middles
from sim.radio.terrain_loss import Link, Mast, Raster, site_losses_cdb
from sim.world.country import Territory
from sim.world.grid import make_grid


def ends_m(corner_m, n_parts):
    """Places where paths end, in distances between heights of 250 m from the plane's origin."""
    side_m = 250.0 * n_parts
    west_m, south_m = corner_m
    outline = box(west_m, south_m, west_m + 6000, south_m + 6000)
    grid = make_grid(Territory("", ("a",), ("a",), (outline,)), side_m)
    aside = beside_middles(grid, np.arange(grid.n_squares, dtype=np.int32), n_parts)
    return grid.x_m / 250.0 - 0.5 + aside[:, 1], -grid.y_m / 250.0 - 0.5 + aside[:, 0], aside


@pytest.mark.parametrize("n_parts", [1, 2, 3, 4])
def test_all_ends_are_as_far_from_the_next_height_in_all_four_directions_alike(n_parts):
    x, y, aside = ends_m((0.0, 0.0), n_parts)
    for place in (x, y):
        np.testing.assert_allclose(abs(place - np.rint(place)), OFF_HEIGHT, atol=1e-9)
    # In no direction on the mean, and never farther than to the next height or midway.
    np.testing.assert_allclose(aside.mean(axis=0), 0.0, atol=1e-12)
    assert abs(aside).max() < 0.3
    assert len(np.unique(np.sign(aside), axis=0)) == 4


def test_a_square_keeps_its_place_in_whichever_region_it_is_asked_for():
    whole, part = ends_m((0.0, 0.0), 2), ends_m((1500.0, 500.0), 2)
    places = set(zip(np.round(whole[0], 6), np.round(whole[1], 6), strict=True))
    asked = list(zip(np.round(part[0], 6), np.round(part[1], 6), strict=True))
    assert sum(one in places for one in asked) >= len(asked) // 2


def test_ground_varies_there_as_on_the_mean_over_all_places():
    """Of unrelated heights a bilinear surface keeps (s^2 + (1 - s)^2) of the variance each way, 2/3 on the mean."""
    heights = np.random.default_rng(4).normal(size=(400, 400))

    def spread(south, east):
        rows = heights[:-1] * (1 - south) + heights[1:] * south
        return (rows[:, :-1] * (1 - east) + rows[:, 1:] * east).var()

    shares = (np.arange(10) + 0.5) / 10
    everywhere = np.mean([spread(s, e) for s in shares for e in shares])
    assert spread(OFF_HEIGHT, OFF_HEIGHT) == pytest.approx(everywhere, rel=0.02)
    assert spread(0.5, 0.5) < 0.7 * everywhere
    assert spread(0.0, 0.0) > 2.0 * everywhere


def hidden_share(heights_m, n_parts):
    """Share of the squares within 25 km of a mast that lose more than 140 dB, heights being 250 m apart."""
    outline = box(0, 0, 60_000, 60_000)
    grid = make_grid(Territory("", ("a",), ("a",), (outline,)), 250.0 * n_parts)
    near = np.flatnonzero(np.hypot(grid.x_m - 30_100, grid.y_m - 30_050) < 25_000)
    rows, cols = ((v[near] + 0.5) * n_parts - 0.5 for v in (grid.row, grid.col))
    losses_cdb = site_losses_cdb(
        heights_m, Raster(0.0, 60_000.0, 250.0), Mast(30_100.0, 30_050.0, 60.0), Link(2140.0, 0.0, 60.0), rows, cols,
        np.full(len(near), 10.0, np.float32), beside_middles(grid, near.astype(np.int32), n_parts),
    )  # fmt: skip
    return (losses_cdb > 14_000).mean()


def test_rough_ground_hides_as_much_of_squares_of_four_heights_as_of_one():
    random = np.random.default_rng(9)
    grounds = [random.normal(500.0, 12.0, (240, 240)).astype(np.float32) for _ in range(3)]
    one, four = ([hidden_share(ground, n_parts) for ground in grounds] for n_parts in (1, 2))
    assert 0.3 < np.mean(one) < 0.7
    # Middles of the larger squares lie midway between heights, those of the smaller at one: 2 points more hidden.
    assert np.mean(four) == pytest.approx(np.mean(one), abs=0.01)
