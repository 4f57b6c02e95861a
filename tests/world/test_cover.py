"""What stands about a place is the same whatever the side of the squares, and squares have shares of it."""

from pathlib import Path

import numpy as np
import pytest

from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world.cover import FOREST_HEIGHT_M, Cover, class_of_middles, find_forest
from sim.world.landscape import make_landscape

OPEN, SUBURBAN, URBAN, FOREST = (
    CLUTTER_CLASSES.index(name) for name in ("open", "suburban", "urban", "forest")
)


def landscape(resolution_m):
    """Rason with synthetic relief."""
    return make_landscape(
        Scenario.model_validate(
            {
                "name": "rason",
                "seed": 1,
                "run": {"start": "2022-11-16 19:00", "duration_h": 0.1},
                "region": {"source": "north_korea", "provinces": ["KP-13"]},
                "grid": {"resolution_m": resolution_m},
                "terrain": {"heights": "synthetic"},
                "networks": [{"name": "a", "n_subscribers": 0}],
                "radio": {"path_loss": {"model": "terrain"}},
            }
        ),
        Path(),
    )


@pytest.fixture(scope="module")
def lands():
    return {side_m: landscape(side_m) for side_m in (1000, 500, 250)}


def test_a_place_has_the_same_clutter_on_squares_of_any_side(lands):
    grid = lands[250].grid
    # The middles of squares of 250 m are corners between points of the lattice of 125 m: a bit aside.
    x_m, y_m = grid.x_m + 40.0, grid.y_m + 40.0
    found = []
    for land in lands.values():
        side_m = land.grid.resolution_m / land.surface.cover.per_side
        assert side_m == 125.0
        rows = ((land.grid.y_max_m - y_m) // side_m).astype(int)
        cols = ((x_m - land.grid.x_min_m) // side_m).astype(int)
        inside = (rows >= 0) & (rows < land.surface.cover.code.shape[0])
        inside &= (cols >= 0) & (cols < land.surface.cover.code.shape[1])
        code = np.full(len(rows), 255)
        code[inside] = land.surface.cover.code[rows[inside], cols[inside]]
        found.append(code)
    assert len(np.unique(found[2])) == 4
    for other in found[:2]:
        known = other != 255
        assert known.mean() > 0.99
        # Heights on the shore hang on which squares are land: a hundredth of the forest's edge.
        assert (other == found[2])[known].mean() > 0.997


def test_shares_of_squares_sum_to_1_and_their_totals_do_not_hang_on_the_side(lands):
    area, people = {}, {}
    for side_m, land in lands.items():
        cover = land.surface.cover
        for share in (cover.area_share, cover.people_share):
            np.testing.assert_allclose(share.sum(axis=0), 1.0, atol=1e-5)
            assert share.min() >= 0.0
        weight = land.population / land.population.sum()
        area[side_m], people[side_m] = cover.area_share.mean(axis=1), cover.people_share @ weight
        # As many people live about a middle of each class as among it.
        drawn = np.bincount(land.surface.clutter, weight, len(CLUTTER_CLASSES))
        np.testing.assert_allclose(drawn, people[side_m], atol=0.02)
    for side_m in (1000, 500):
        np.testing.assert_allclose(area[side_m], area[250], atol=0.004)
        np.testing.assert_allclose(people[side_m], people[250], atol=0.01)
    assert 0.1 < area[250][FOREST] < 0.9
    assert people[250][SUBURBAN] + people[250][URBAN] > 0.6


def test_middles_have_classes_as_often_as_people_live_among_them(lands):
    grid = lands[250].grid
    share = np.zeros((len(CLUTTER_CLASSES), grid.n_squares), np.float32)
    share[OPEN], share[URBAN], share[FOREST] = 0.7, 0.25, 0.05
    found = class_of_middles(grid, Cover(1, np.zeros((1, 1), np.uint8), share, share))
    counts = np.bincount(found, minlength=len(CLUTTER_CLASSES)) / grid.n_squares
    np.testing.assert_allclose(counts, share[:, 0], atol=0.003)
    # Evenly over the land, not by regions.
    west = grid.x_m < np.median(grid.x_m)
    assert (found[west] == URBAN).mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("side_m", [100.0, 250.0, 500.0])
def test_forest_is_where_it_is_steep_over_a_fixed_distance_or_high(side_m):
    n = round(20_000 / side_m)
    east_m = (np.arange(n) + 0.5) * side_m
    gentle, steep = (np.tile(slope * east_m, (n, 1)).astype(np.float32) for slope in (0.07, 0.09))
    low = gentle < FOREST_HEIGHT_M - 10.0
    assert not find_forest(gentle, side_m)[low].any()
    assert find_forest(gentle, side_m)[gentle > FOREST_HEIGHT_M + 10.0].all()
    assert find_forest(steep, side_m)[:, n // 20 : -n // 20].all()
    # What rises and falls within half a kilometre is no slope: people plough between banks.
    banks = np.where((np.arange(n) * side_m) // 500.0 % 2, 30.0, 0.0).astype(np.float32)
    smooth = find_forest(np.tile(banks, (n, 1)), side_m)
    assert not smooth[:, n // 4 : -n // 4].any()
