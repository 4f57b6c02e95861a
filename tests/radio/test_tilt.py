"""Tilted antennas in coverage, against powers worked out square by square."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.radio.antenna import pattern_of
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario

SIDE_M = 200.0


def scenario_with(tilts_deg, **radio):
    networks = [
        {"name": name, "n_subscribers": 0, "equipment": {} if tilt is None else {"tilt_deg": tilt}}
        for name, tilt in tilts_deg.items()
    ]
    return Scenario.model_validate(
        {
            "name": "tilted",
            "region": {"source": "plain", "width_km": 10, "height_km": 10},
            "networks": networks,
            "radio": {"min_rscp_dbm": -180.0, "path_loss": {"model": "free_space"}} | radio,
        }
    )


def power_by_cell_dbm(coverage, square, network=0):
    cells, powers = coverage.cell_idx[network, square], coverage.rscp_cdbm[network, square]
    return {int(c): p / 100 for c, p in zip(cells, powers, strict=True) if c >= 0}


@pytest.mark.parametrize("tilt_deg", [0.0, 6.0])
@pytest.mark.parametrize("n_sectors", [1, 3])
def test_both_patterns_add_up_to_25_db(make, n_sectors, tilt_deg):
    """Hills of 400 m: the difference to coverage without a tilt is the capped sum less the horizontal part."""
    random = np.random.default_rng(5)  # fixed heights for a fixed expectation
    grid = make.grid(21, 21, SIDE_M)
    height_m = random.uniform(0.0, 400.0, grid.n_squares).astype(np.float32)
    site = make.site("s", 2050.0, 2120.0, n_sectors=n_sectors, azimuth_deg=20.0)
    world = make.world([site], replace(grid, height_m=height_m))
    level, tilted = (
        compute_coverage(scenario_with({"a": tilt}), world) for tilt in (None, tilt_deg)
    )
    shape = pattern_of(n_sectors)
    antenna_m = float(height_m[world.sites.square_idx[0]]) + 30.0
    seen = set()
    for square in range(grid.n_squares):
        east_m, north_m = grid.x_m[square] - site.x_m, grid.y_m[square] - site.y_m
        distance_m = max(math.hypot(east_m, north_m), SIDE_M / 4)
        below_deg = math.degrees(math.atan((antenna_m - height_m[square] - 1.5) / distance_m))
        vertical_db = min(12 * ((below_deg - tilt_deg) / 10) ** 2, 20)
        without, with_tilt = power_by_cell_dbm(level, square), power_by_cell_dbm(tilted, square)
        assert without.keys() == with_tilt.keys() == set(range(n_sectors))
        for cell in without:
            offset_deg = math.degrees(math.atan2(east_m, north_m)) - 20.0 - 120.0 * cell
            offset_deg = (offset_deg + 180.0) % 360.0 - 180.0
            horizontal_db = min(
                12 * (offset_deg / shape.beamwidth_deg) ** 2, shape.front_to_back_db
            )
            expected_db = min(horizontal_db + vertical_db, 25.0) - horizontal_db
            # Both powers are rounded to a hundredth.
            assert without[cell] - with_tilt[cell] == pytest.approx(expected_db, abs=0.0101)
            seen.add((vertical_db == 20.0, horizontal_db + vertical_db > 25.0))
    assert seen >= {(False, False), (True, n_sectors == 3)}


def test_each_network_has_its_own_tilt(make):
    sites = [make.site("a1", 2050.0, 2120.0), make.site("b1", 2050.0, 2120.0, network=1)]
    world = make.world(sites, make.grid(21, 21, SIDE_M), ("a", "b"))
    level, tilted = (
        compute_coverage(scenario_with({"a": None, "b": tilt}), world) for tilt in (None, 15.0)
    )
    np.testing.assert_array_equal(level.rscp_cdbm[0], tilted.rscp_cdbm[0])
    assert (level.rscp_cdbm[1, :, 0] > tilted.rscp_cdbm[1, :, 0]).mean() > 0.9


def test_the_own_square_is_below_the_main_lobe(make):
    """A centre at the mast counts as a quarter of a side away: atan(28.5 / 50) is 29.7 degrees below."""
    site = make.site("s", 2100.0, 2100.0, n_sectors=3)
    world = make.world([site], make.grid(21, 21, SIDE_M))
    own = int(world.sites.square_idx[0])
    below_deg = math.degrees(math.atan(28.5 / 50.0))
    for tilt_deg in (0.0, 25.0):
        powers = [
            compute_coverage(scenario_with({"a": tilt}), world).rscp_cdbm[0, own, :3] / 100.0
            for tilt in (None, tilt_deg)
        ]
        expected_db = min(12 * ((below_deg - tilt_deg) / 10) ** 2, 20)
        np.testing.assert_allclose(powers[0] - powers[1], expected_db, rtol=0, atol=0.0101)
