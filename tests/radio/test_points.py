"""Points of divided squares hear what the squares of a finer grid hear at the same places."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.radio.coverage import compute_coverage, ranks_at_spots
from sim.radio.site_cache import SiteCache
from sim.radio.terrain_loss import CLUTTER, clutter_loss_db
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world.build import build_world
from sim.world.cover import Cover
from sim.world.spots import make_spots
from sim.world.surface import Surface

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


def test_a_point_has_the_clutter_and_the_shadowing_of_where_it_stands(make, tmp_path):
    """A square of a town, half of it forest: points of that half lose more, by the difference of the classes."""
    open_idx, forest_idx = CLUTTER_CLASSES.index("open"), CLUTTER_CLASSES.index("forest")
    base = make.world([make.site("mast", 1800.0, 1250.0)], make.grid(5, 8, 500.0))
    spots = make_spots(base.grid, np.ones(40, bool), 250.0)
    code = np.full((20, 32), open_idx, np.uint8)
    code[:, ::4] = code[:, 1::4] = forest_idx
    share = np.zeros((len(CLUTTER_CLASSES), 40), np.float32)
    share[open_idx] = share[forest_idx] = 0.5
    clutter = np.full(40, open_idx, np.uint8)
    surface = Surface(np.zeros((10, 16), np.float32), 250.0, clutter)
    powers = {}
    for name, cover in (("open", None), ("mixed", Cover(4, code, share, share))):
        world = replace(base, spots=spots, surface=replace(surface, cover=cover))
        for mode in ("none", "field"):
            scenario = make.scenario(
                path_loss={"model": "terrain"}, min_rscp_dbm=-190.0, shadowing={"mode": mode}
            )
            coverage = compute_coverage(scenario, world, SiteCache(tmp_path))
            powers[name, mode] = coverage.at_spots.rscp_cdbm[0, 40:, 0].astype(int)
    in_west = np.arange(160) % 4 % 2 == 0
    more_cdb = powers["open", "none"] - powers["mixed", "none"]
    expected_cdb = 100 * (
        clutter_loss_db(2140.0, 1.5, CLUTTER["forest"])
        - clutter_loss_db(2140.0, 1.5, CLUTTER["open"])
    )
    np.testing.assert_allclose(more_cdb, np.where(in_west, expected_cdb, 0.0), atol=1.01)
    # Shadowing differs between the points of a square, and is wider in the forest: 8 beside 6 dB.
    shadow = {name: powers[name, "field"] - powers[name, "none"] for name in ("open", "mixed")}
    assert (np.ptp(shadow["open"].reshape(40, 4), axis=1) > 0).all()
    np.testing.assert_allclose(
        shadow["mixed"], shadow["open"] * np.where(in_west, 8 / 6, 1.0), atol=4
    )
