"""Losses over terrain: every square against the plain model, and what must hold whatever the terrain."""

import math

import numba
import numpy as np
import pytest

from sim.errors import WorldError
from sim.radio.pathloss import free_space_db
from sim.radio.terrain_loss import (
    CLUTTER,
    Clutter,
    Link,
    Mast,
    Raster,
    clutter_loss_db,
    site_losses_cdb,
    terrain_loss_db,
)
from tests.oracle import propagation as plain
from tests.radio.profiles import rough_raster

LINK = Link(frequency_mhz=2140.0, step_m=250.0, least_m=62.5)
RASTER = Raster(x_min_m=-4000.0, y_max_m=9000.0, side_m=250.0)


def losses_cdb(heights_m, mast, link=LINK, raster=RASTER, places=None, end_m=1.5):
    rows, cols = np.indices(heights_m.shape).reshape(2, -1) if places is None else places
    rows, cols = (np.asarray(v, np.float64) for v in (rows, cols))
    end = np.full(len(rows), end_m, np.float32)
    return site_losses_cdb(heights_m, raster, mast, link, rows, cols, end)


@pytest.mark.parametrize("spread_m", [0.0, 30.0, 250.0])
@pytest.mark.parametrize(
    ("step_m", "mast_m"),
    [(250.0, (13.0, 8012.0)), (90.0, (-3999.0, 3777.0)), (0.0, (-777.0, 6125.0))],
)
def test_every_square_equals_the_plain_model(spread_m, step_m, mast_m):
    heights_m = rough_raster(24, 31, seed=5, spread_m=spread_m)
    mast, link = Mast(*mast_m, 30.0), LINK._replace(step_m=step_m)
    found = losses_cdb(heights_m, mast, link).reshape(heights_m.shape)
    expected_db = [
        [
            plain.square_loss(heights_m, RASTER, mast, (row, col), 2140.0, 1.5, step_m, 62.5)
            for col in range(heights_m.shape[1])
        ]
        for row in range(heights_m.shape[0])
    ]
    # Rounding to the hundredth is at most half of one, up to float error.
    np.testing.assert_allclose(found, 100 * np.array(expected_db), rtol=0, atol=0.5 + 1e-6)


def test_points_on_the_lines_between_heights_are_what_ever_finer_steps_come_to():
    heights_m = rough_raster(40, 40, seed=2, spread_m=150.0)
    rows, cols = np.indices(heights_m.shape).reshape(2, -1)
    aside = np.tile([0.3, -0.2], (len(rows), 1))
    mast, end_m = Mast(1013.0, 3012.0, 30.0), np.full(len(rows), 10.0, np.float32)
    steps = {
        step_m: site_losses_cdb(
            heights_m, RASTER, mast, LINK._replace(step_m=step_m),
            rows.astype(float), cols.astype(float), end_m, aside,
        ).astype(float)
        for step_m in (250.0, 125.0, 62.5, 8.0, 0.0)
    }  # fmt: skip
    far = np.hypot(rows - 24.0, cols - 20.0) > 3.0
    errors_cdb = [abs((steps[m] - steps[8.0])[far]).mean() for m in (250.0, 125.0, 62.5, 0.0)]
    # Each halving leaves half or less; the lines are better than steps of a quarter at a third of the points.
    assert errors_cdb[1] < 0.6 * errors_cdb[0]
    assert errors_cdb[2] < 0.6 * errors_cdb[1]
    assert errors_cdb[3] < 0.8 * errors_cdb[2]


@pytest.mark.parametrize("step_m", [250.0, 0.0])
def test_every_square_equals_the_plain_model_aside_from_its_middle(step_m):
    heights_m = rough_raster(12, 14, seed=6, spread_m=60.0)
    rows, cols = np.indices(heights_m.shape).reshape(2, -1)
    aside = np.column_stack([0.2 - 0.4 * (rows % 2), 0.3 - 0.6 * (cols % 2)])
    found = site_losses_cdb(
        heights_m, RASTER, Mast(-3000.0, 8000.0, 30.0), LINK._replace(step_m=step_m),
        rows.astype(float), cols.astype(float), np.full(len(rows), 1.5, np.float32), aside,
    )  # fmt: skip
    expected_db = [
        plain.square_loss(
            heights_m, RASTER, (-3000.0, 8000.0, 30.0), place, 2140.0, 1.5, step_m, 62.5, beside
        )
        for place, beside in zip(zip(rows, cols, strict=True), aside, strict=True)
    ]
    np.testing.assert_allclose(found, 100 * np.array(expected_db), rtol=0, atol=0.5 + 1e-6)


def test_any_number_of_threads_and_any_choice_of_squares_give_the_same():
    heights_m = rough_raster(60, 70, seed=8)
    mast = Mast(3000.0, 2000.0, 25.0)
    everything = losses_cdb(heights_m, mast)
    n_threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert (losses_cdb(heights_m, mast) == everything).all()
    finally:
        numba.set_num_threads(n_threads)
    chosen = np.arange(0, heights_m.size, 37)[::-1]
    some = losses_cdb(heights_m, mast, places=np.unravel_index(chosen, heights_m.shape))
    assert (some == everything[chosen]).all()


def test_flat_ground_close_by_is_free_space():
    """Over 8,500 km of radius a phone 1 km away has its Fresnel zone clear of a smooth earth, as P.526 counts it."""
    mast = Mast(0.0, 5000.0, 30.0)
    places = [15, 15], [20, 24]
    found = losses_cdb(np.zeros((40, 60), np.float32), mast, places=places)
    for loss_cdb, col in zip(found, places[1], strict=True):
        x_m, y_m = -4000.0 + (col + 0.5) * 250.0, 9000.0 - 15.5 * 250.0
        slant_km = math.sqrt(x_m**2 + (y_m - 5000.0) ** 2 + 28.5**2) / 1000.0
        assert loss_cdb == pytest.approx(100 * free_space_db(slant_km, 2140.0, 30, 1.5), abs=0.51)


def test_a_ridge_casts_a_shadow_and_higher_ends_lie_less_in_it():
    flat = np.zeros((40, 60), np.float32)
    ridge = flat.copy()
    ridge[:, 30] = 200.0
    mast = Mast(0.0, 5000.0, 30.0)
    open_cdb, shadow_cdb = (losses_cdb(h, mast).reshape(h.shape) for h in (flat, ridge))
    assert (shadow_cdb[:, :28] == open_cdb[:, :28]).all()
    assert (shadow_cdb[:, 33:] > open_cdb[:, 33:] + 1000).all()
    higher_cdb = losses_cdb(ridge, mast, end_m=15.0).reshape(flat.shape)
    assert (higher_cdb[:, 33:] < shadow_cdb[:, 33:]).all()


def test_the_longest_path_fits():
    heights_m = rough_raster(40, 60, seed=1)
    corner = Mast(-4000.0, 9000.0, 30.0)
    assert losses_cdb(heights_m, corner, places=([39], [59]))[0] > 0


def test_ground_without_data_is_refused():
    heights_m = rough_raster(40, 60, seed=1)
    heights_m[10, 30] = np.nan
    mast = Mast(0.0, 5000.0, 30.0)
    assert losses_cdb(heights_m, mast, places=([15], [20]))[0] > 0
    with pytest.raises(WorldError, match="no heights on 1 of 2 paths from the antenna at 0 m east"):
        losses_cdb(heights_m, mast, places=([15, 10], [20, 30]))


def test_one_profile_from_python():
    distance_km, height_m = np.linspace(0.0, 5.0, 21), np.zeros(21)
    height_m[10] = 120.0
    loss_db = terrain_loss_db(distance_km, height_m, 30.0, 1.5, 2140.0, 8500.0, 3.0)
    plain_db = plain.delta_bullington(
        distance_km.tolist(), height_m.tolist(), 30.0, 1.5, 2140.0, 8500.0
    )
    slant_km = math.sqrt(25.0 + 0.0285**2)
    assert loss_db == pytest.approx(free_space_db(slant_km, 2140.0, 30, 1.5) + plain_db + 3.0)


@pytest.mark.parametrize(
    ("f_ghz", "height_m", "kind", "cover_m", "loss_db"),
    [
        (1.5, 2.0, "water", 10, 16.0),
        (1.5, 2.0, "open", 6, 10.9),
        (1.5, 2.0, "suburban", 10, 20.5),
        (1.5, 2.0, "urban", 15, 24.5),
        (1.5, 2.0, "dense_urban", 20, 27.1),
        (1.5, 2.0, "forest", 6, 14.6),
    ],
)
def test_clutter_as_the_reference_implementation_prints_it(f_ghz, height_m, kind, cover_m, loss_db):
    """Test vectors of NTIA's implementation of P.2108-1, printed to 0.1 dB."""
    surroundings = Clutter(float(cover_m), CLUTTER[kind].is_edge)
    assert clutter_loss_db(1000 * f_ghz, height_m, surroundings) == pytest.approx(loss_db, abs=0.05)


def test_a_phone_above_the_clutter_loses_nothing():
    assert clutter_loss_db(1700.0, 30.0, CLUTTER["suburban"]) == 0.0
    assert clutter_loss_db(1700.0, 9.999, CLUTTER["open"]) == pytest.approx(0.0, abs=0.01)
