"""The planner's map: discs as geometry has them, each point counted once, towns and counties by hand."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from sim.radio.planner import disc_marks, marked_share, nearest_town, town_marks
from sim.runs.measures.measure import MeasureRows
from sim.runs.measures.planner import add_planner
from sim.world.settlements import Places

RADIUS_M = 2_300.0


@pytest.fixture
def world(make):
    """Two networks on 20 x 24 squares of 500 m; discs overlap, and one reaches over the edge."""
    province = np.zeros((20, 24), np.uint8)
    province[:, 12:] = 1
    inside = np.ones((20, 24), bool)
    inside[8:11, 10:13] = False  # a lake in a disc
    sites = [
        make.site("a1", 4_010, 6_130),
        make.site("a2", 6_870, 5_555),
        make.site("b1", 11_700, 3_300, network=1),
        make.site("b2", 6_870, 5_555, network=1),
    ]
    grid = make.grid(20, 24, 500.0, inside, province)
    people = (np.arange(grid.n_squares) % 7).astype(np.int32)
    return make.world(sites, grid, ("a", "b"), people)


def exact_share(world, *centres_m) -> np.ndarray:
    """Return the share of each square that lies in a union of discs, by Shapely."""
    discs = [shapely.Point(x, y).buffer(RADIUS_M, quad_segs=200) for x, y in centres_m]
    half_m = world.grid.resolution_m / 2.0
    x_m, y_m = world.grid.x_m, world.grid.y_m
    squares = shapely.box(x_m - half_m, y_m - half_m, x_m + half_m, y_m + half_m)
    return shapely.area(shapely.intersection(squares, shapely.union_all(discs))) / (2 * half_m) ** 2


def test_discs_are_those_of_geometry_and_no_point_counts_twice(world):
    found = marked_share(disc_marks(world, RADIUS_M))
    for own, centres_m in zip(
        found,
        ([(4_010, 6_130), (6_870, 5_555)], [(11_700, 3_300), (6_870, 5_555)]),
        strict=True,
    ):
        exact = exact_share(world, *centres_m)
        assert own[exact > 1.0 - 1e-9].min() == 1.0
        assert own[exact == 0.0].max() == 0.0
        assert (
            np.abs(own - exact).max() < 0.15
        )  # a line crosses few of 16 points otherwise than it cuts the square
        assert own.sum() == pytest.approx(exact.sum(), rel=0.01)


def rows_of(world) -> dict:
    scenario = type("Scenario", (), {"radio": type("Radio", (), {"planner_radius_km": 2.3})})
    rows = MeasureRows(0)
    add_planner(rows, scenario, world)
    table = rows.table().to_pylist()
    found = {
        (r["measure"].split("planner_")[1], r["network"], r["covered_by"], r["province"]): r
        for r in table
    }
    assert len(found) == len(table)
    return found


def test_shares_of_area_and_people_by_network_and_by_all_of_them(world):
    rows = rows_of(world)
    a, b = [(4_010, 6_130), (6_870, 5_555)], [(11_700, 3_300), (6_870, 5_555)]
    share = {"a": exact_share(world, *a), "b": exact_share(world, *b)}
    share["any"], share["both"] = exact_share(world, *a, *b), exact_share(world, (6_870, 5_555))
    for who, exact in share.items():
        axes = (who, "all") if who in "ab" else ("all", who)
        for code, is_there in (
            ("P1", world.grid.province_idx == 1),
            ("all", world.grid.row >= 0),
        ):
            area = rows["area_share", *axes, code]["value"]
            assert area == pytest.approx(exact[is_there].mean(), rel=0.02)
            weight = world.population[is_there]
            people = rows["population_share", *axes, code]["value"]
            assert people == pytest.approx(np.average(exact[is_there], weights=weight), rel=0.03)
    neither = rows["area_share", "all", "neither", "all"]["value"]
    assert neither == pytest.approx(1.0 - rows["area_share", "all", "any", "all"]["value"])


def test_towns_and_counties_are_served_by_a_site_within_the_radius(world):
    x_m, y_m = np.array([4_010.0, 11_000.0, 8_750.0]), np.array([8_400.0, 8_750.0, 3_000.0])
    squares = world.grid.square_of(x_m, y_m)
    places = Places(
        ("p", "q", "r"), world.grid.province_idx[squares], x_m, y_m, squares, np.ones(3)
    )
    world = replace(world, places=places)
    # From p to a1 2.27 km; q is far from all; r is farther than 2.3 km from b1, and 3.2 km from a2 and b2.
    assert town_marks(world, RADIUS_M).tolist() == [[True, False, False], [False, False, False]]
    assert town_marks(world, 3_000.0)[1].tolist() == [False, False, True]
    distance = (world.grid.x_m[:, None] - x_m) ** 2 + (world.grid.y_m[:, None] - y_m) ** 2
    nearest = nearest_town(world)
    is_sure = np.ptp(np.sqrt(np.sort(distance, axis=1)[:, :2]), axis=1) > 750.0
    assert (nearest == distance.argmin(axis=1))[is_sure].all()
    assert is_sure.mean() > 0.7
    rows = rows_of(world)
    assert rows["town_share", "a", "all", "P0"]["value"] == 1.0
    assert rows["town_share", "a", "all", "all"]["value"] == pytest.approx(1.0 / 3.0)
    assert rows["town_share", "all", "neither", "P1"]["value"] == 1.0
    own = world.population[nearest == 0].sum() / world.population.sum()
    assert rows["county_share", "a", "all", "all"]["value"] == pytest.approx(own)
    assert rows["county_share", "all", "both", "all"]["value"] == 0.0


def test_without_towns_there_is_nothing_of_them(world):
    assert {measure for measure, *_ in rows_of(world)} == {"area_share", "population_share"}
