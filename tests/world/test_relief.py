"""Synthetic relief: the data's means and hypsometry, the sea, and addresses."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from sim.world import heights
from sim.world.embedded_country import read_elevation
from sim.world.heights import ROUGHNESS, cell_means, interpolate, node_heights_m, relief_heights_m


@pytest.fixture(scope="module")
def heights_m(national_grid):
    return relief_heights_m(national_grid, read_elevation(), (7, 0), national_grid.resolution_m)


@pytest.fixture(scope="module")
def places(national_grid):
    row, col = heights._places_in_cells(national_grid, read_elevation())
    return row, col, heights._is_sea(national_grid, read_elevation(), row, col)


def test_hypsometry_of_the_country(national_grid, heights_m):
    """
    Means of the 5-arc-minute data inside the outlines: mean 590 m, median 474, a tenth above 1,370, 23 % above 1,000.

    ITU-R P.1511 says 592, 460, 1,370 and 23 %. Relief widens the middle of the distribution a little.
    """
    inside_m = heights_m[national_grid.row, national_grid.col]
    assert inside_m.mean() == pytest.approx(590.0, abs=10.0)
    assert np.median(inside_m) == pytest.approx(467.0, abs=15.0)
    assert np.quantile(inside_m, 0.9) == pytest.approx(1370.0, abs=30.0)
    assert (inside_m > 1000.0).mean() == pytest.approx(0.23, abs=0.01)
    assert (inside_m < 200.0).mean() == pytest.approx(0.295, abs=0.015)


def test_cells_keep_their_means(heights_m, places):
    row, col, is_sea = places
    wanted_m = node_heights_m(read_elevation())
    mean_m, count = cell_means(heights_m, is_sea, row, col, wanted_m.shape)
    error_m = np.abs(mean_m - wanted_m)[count >= 0.5 * count.max()]
    assert len(error_m) > 3000
    assert np.quantile(error_m, 0.98) < 1.0
    assert error_m.max() < 10.0  # beside the sea, where land would have to lie below it


def test_sea_is_at_0_and_no_land_below(heights_m, places):
    assert not np.isnan(heights_m).any()
    assert (heights_m[places[2]] == 0.0).all()
    assert places[2].mean() > 0.1
    assert heights_m.min() == 0.0


def test_relief_is_strong_in_mountains_and_weak_in_plains(national_grid, heights_m):
    grid, elevation = national_grid, read_elevation()
    row, col = heights._places_in_cells(grid, elevation)
    smooth_m = np.zeros(heights_m.shape, np.float32)
    heights._add_bilinear(smooth_m, row, col, node_heights_m(elevation), 1.0, 1.0)
    added_m = heights_m - smooth_m
    assert added_m[(smooth_m > 5) & (smooth_m < 50)].std() < 25.0
    assert added_m[smooth_m > 800].std() > 60.0


def test_roughness_is_that_of_the_data():
    """What the cells add to bilinear means of 2 x 2 of them, in spreads of 3 x 3 such means."""
    elevation = read_elevation()
    height_m = node_heights_m(elevation)[:68]
    blocks = height_m.reshape(34, 2, 43, 2)
    mean_m, land = blocks.mean((1, 3)), (blocks > 0).all((1, 3))
    coarse = replace(
        elevation,
        latitude_deg=elevation.latitude_deg[:68].reshape(34, 2).mean(1),
        longitude_deg=elevation.longitude_deg.reshape(43, 2).mean(1),
    )
    inner = np.s_[2:-2, 2:-2]
    longitude, latitude = np.meshgrid(elevation.longitude_deg, elevation.latitude_deg[:68])
    smooth = interpolate(coarse, mean_m, longitude[inner].ravel(), latitude[inner].ravel())
    added = ((height_m[inner] - smooth.reshape(64, 82)) ** 2).reshape(32, 2, 41, 2).mean((1, 3))
    spread = sliding_window_view(mean_m, (3, 3)).var((2, 3))
    whole = sliding_window_view(land, (3, 3)).all((2, 3))
    assert np.sqrt(added[whole].mean() / spread[whole].mean()) == pytest.approx(ROUGHNESS, abs=0.01)


def test_relief_depends_on_seed_and_world_alone(national_grid, heights_m):
    elevation = read_elevation()
    assert (
        relief_heights_m(national_grid, elevation, (7, 0), national_grid.resolution_m) == heights_m
    ).all()
    for seed, replication in ((8, 0), (7, 1)):
        other_m = relief_heights_m(
            national_grid, elevation, (seed, replication), national_grid.resolution_m
        )
        land = heights_m > 300.0
        assert (other_m[land] != heights_m[land]).mean() > 0.99


def test_draws_belong_to_places_on_the_globe():
    whole = heights.draw_level((7, 0), 2, (560, 3650), (6, 5))
    part = heights.draw_level((7, 0), 2, (562, 3651), (3, 4))
    assert (whole[8:17, 4:17] == part).all()


def test_squares_beyond_the_data_have_no_height(national_grid):
    elevation = read_elevation()
    short = replace(
        elevation,
        height_m=elevation.height_m[20:],
        is_land=elevation.is_land[20:],
        latitude_deg=elevation.latitude_deg[20:],
    )
    heights_m = relief_heights_m(national_grid, short, (7, 0), national_grid.resolution_m)
    assert np.isnan(heights_m[:50]).all()
    assert not np.isnan(heights_m[-50:]).any()
