"""Points of divided squares hear what the squares of a finer grid hear at the same places."""

from pathlib import Path

import numpy as np
import pytest

from sim.radio.coverage import compute_coverage, ranks_at_spots
from sim.radio.points import Found, Points, between_middles
from sim.scenario.schema import Scenario
from sim.world.build import build_world

SITES = [(2.3, 3.1, 3), (5.2, 2.6, 1), (3.9, 1.2, 3)]


def scenario_of(resolution_m, path_loss):
    """A crowded plain of 8 by 4 km."""
    sites = [
        {"name": f"s{i}", "x_km": x, "y_km": y, "n_sectors": n} for i, (x, y, n) in enumerate(SITES)
    ]
    return Scenario.model_validate(
        {
            "name": "points",
            "seed": 1,
            "run": {"start": "2022-11-16 19:00", "duration_h": 0.1},
            "region": {"source": "plain", "width_km": 8, "height_km": 4},
            "population": {"total": 100_000},
            "grid": {"resolution_m": resolution_m, "spot_m": 125},
            "networks": [{"name": "a", "n_subscribers": 0, "sites": sites}],
            "radio": {"path_loss": path_loss, "n_candidates": 4, "min_rscp_dbm": -110},
        }
    )


def heard_at_points(scenario):
    """By place (row and column of 125 m): cells and powers."""
    world = build_world(scenario, Path())
    ranks, spots, grid = ranks_at_spots(compute_coverage(scenario, world)), world.spots, world.grid
    square = spots.square_idx[-spots.n_points * grid.n_squares :] if spots.n_parts > 1 else None
    if square is None:
        place = grid.row * 64 + grid.col
        order = np.argsort(place)
        return ranks.cell_idx[0][order], ranks.rscp_cdbm[0][order]
    point = np.arange(len(square)) % spots.n_points
    row = grid.row[square] * spots.n_parts + point // spots.n_parts
    col = grid.col[square] * spots.n_parts + point % spots.n_parts
    order = np.argsort(row * 64 + col)
    of_points = slice(grid.n_squares, None)
    return ranks.cell_idx[0, of_points][order], ranks.rscp_cdbm[0, of_points][order]


@pytest.mark.parametrize(
    "path_loss",
    [{"model": "cost231_hata"}, {"model": "disc", "radius_km": 2.5}],
    ids=["hata", "disc"],
)
def test_by_a_formula_they_hear_the_same(path_loss):
    cells, powers = heard_at_points(scenario_of(125, path_loss))
    of_points, point_powers = heard_at_points(scenario_of(500, path_loss))
    assert (cells >= 0).any()
    assert (cells < 0).any()
    np.testing.assert_array_equal(of_points, cells)
    np.testing.assert_array_equal(point_powers, powers)


def test_over_flat_ground_they_hear_the_same_to_a_twentieth_of_a_decibel():
    path_loss = {"model": "terrain"}
    cells, powers = heard_at_points(scenario_of(125, path_loss))
    _, point_powers = heard_at_points(scenario_of(500, path_loss))
    assert (cells[:, 0] >= 0).mean() > 0.9
    # Slant distances and diffraction over the bulge of the earth are interpolated; a mast is far from most points.
    away_cdb = np.abs(point_powers[:, 0].astype(int) - powers[:, 0])
    assert np.quantile(away_cdb, 0.95) <= 5
    assert away_cdb.max() <= 300


def test_values_between_middles_are_bilinear_and_their_own_at_the_rim():
    world = build_world(scenario_of(500, {"model": "disc", "radius_km": 2.5}), Path())
    grid = world.grid
    squares = np.flatnonzero((grid.row < 3) & (grid.col < 3)).astype(np.int32)
    values = 10.0 * grid.row[squares] + grid.col[squares]
    rows, cols = np.array([0.25, 1.5, 2.25, 0.0]), np.array([1.75, 0.5, 1.0, 2.25])
    own = np.array([3 * 0 + 2, 3 * 1 + 0, 3 * 2 + 1, 3 * 0 + 2])
    found = Found(squares, np.ones(9), np.ones(9))
    points = Points(own.astype(np.int32), own, rows, cols, found)
    expected = [10 * 0.25 + 1.75, 10 * 1.5 + 0.5, 21.0, 2.0]
    np.testing.assert_allclose(between_middles(world, found, values, points), expected)
