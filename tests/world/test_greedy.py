"""Greedy maximum coverage: the lazy choice is that of counting everything, and as good as theory says."""

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.spatial import cKDTree

from sim.errors import WorldError
from sim.scenario.schema import Scenario
from sim.world.build import build_world
from sim.world.country import Territory
from sim.world.greedy import CHUNK, Candidates, Unserved
from sim.world.grid import Grid, make_grid
from sim.world.placement_by_coverage import place_by_coverage

SIDE_M, RADIUS_M = 1_000.0, 2_300.0
NOWHERE = (np.zeros(0), np.zeros(0))


@pytest.fixture(scope="module")
def grid() -> Grid:
    """A plain of 14 x 11 squares with a corner cut off."""
    outline = shapely.Polygon([(0, 0), (14e3, 0), (14e3, 7e3), (10e3, 11e3), (0, 11e3)])
    return make_grid(Territory("", ("plain",), ("plain",), (outline,)), SIDE_M)


def people_of(grid: Grid, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).geometric(0.05, grid.n_squares).astype(np.int32)


def reaches(grid: Grid) -> np.ndarray:
    """Which squares each square reaches."""
    away = (grid.x_m[:, None] - grid.x_m) ** 2 + (grid.y_m[:, None] - grid.y_m) ** 2
    return away <= RADIUS_M**2


def plain_greedy(grid: Grid, people: np.ndarray, n_sites: int) -> list[int]:
    left, within, chosen = people.astype(np.int64), reaches(grid), []
    for _ in range(n_sites):
        gain = within @ left
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        left[within[chosen[-1]]] = 0
    return chosen


def squares_of(grid: Grid, people: np.ndarray, n_sites: int) -> list[int]:
    anywhere = np.ones(grid.n_squares, bool)
    x_m, y_m = place_by_coverage(grid, people, anywhere, NOWHERE, RADIUS_M, n_sites)
    return grid.square_of(x_m, y_m).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_the_lazy_choice_is_that_of_counting_everything(grid, seed):
    people = people_of(grid, seed)
    found = squares_of(grid, people, 9)
    assert found == plain_greedy(grid, people, 9)
    assert squares_of(grid, people, 4) == found[:4]


def test_it_serves_as_much_of_the_best_choice_as_theory_says(grid):
    people, within, n_sites = people_of(grid, 7), reaches(grid), 4
    n = grid.n_squares
    # Maximum coverage as an integer programme: a square counts once when a chosen one reaches it.
    gain = np.concatenate((np.zeros(n), -people.astype(float)))
    links = LinearConstraint(np.hstack((within.astype(float), -np.eye(n))), 0.0, np.inf)
    number = LinearConstraint(np.concatenate((np.ones(n), np.zeros(n))), 0.0, n_sites)
    integral = np.concatenate((np.ones(n), np.zeros(n)))
    best = milp(gain, constraints=[links, number], bounds=Bounds(0, 1), integrality=integral)
    assert best.success
    chosen = squares_of(grid, people, n_sites)
    served = people[within[chosen].any(axis=0)].sum()
    assert (1.0 - 1.0 / math.e) * -best.fun <= served <= -best.fun + 1e-6
    assert served >= 0.9 * -best.fun  # here


def test_when_everybody_is_served_people_are_laid_out_once_more(grid):
    people = np.zeros(grid.n_squares, np.int32)
    people[grid.square_of(np.array([3_500.0]), np.array([3_500.0]))] = 10
    chosen = squares_of(grid, people, 4)
    assert len(set(chosen)) == 4
    spot = np.hypot(grid.x_m[chosen] - 3_500.0, grid.y_m[chosen] - 3_500.0)
    assert spot.max() <= RADIUS_M


def test_standing_sites_and_provinces_without_the_network_count(grid):
    people = np.ones(grid.n_squares, np.int32)
    may_stand = grid.x_m > 5_000.0
    stands = (np.array([9_500.0]), np.array([4_500.0]))
    x_m, y_m = place_by_coverage(grid, people, may_stand, stands, RADIUS_M, 2)
    assert x_m.min() > 5_000.0
    assert np.hypot(x_m - 9_500.0, y_m - 4_500.0).min() > RADIUS_M


@pytest.fixture
def unserved(grid):
    """People in three squares of a row, 1 km apart; two places."""
    people = np.zeros(grid.n_squares, np.int32)
    x_m, y_m = np.array([2_500.0, 3_500.0, 4_500.0]), np.full(3, 4_500.0)
    people[grid.square_of(x_m, y_m)] = (50, 60, 70)
    spots = Candidates(np.array([2_500.0, 9_500.0]), np.array([4_500.0, 4_500.0]), np.zeros(2))
    return Unserved(grid, people, spots, RADIUS_M, 80)


def test_a_site_serves_the_nearest_people_up_to_its_quota(unserved):
    assert unserved.choose() == (0, 180)
    unserved.serve(2_500.0, 4_500.0)
    assert unserved.choose() == (0, 100)
    unserved.serve(4_500.0, 4_500.0)  # 70 here, and 10 of the 30 left at 3.5 km
    assert unserved.choose() == (0, 20)
    unserved.refill()
    assert unserved.choose() == (0, 200)


def test_places_are_closed_near_sites_and_opened_for_another_distance(unserved):
    far = Candidates(np.array([2_500.0, 9_500.0]), np.array([4_500.0, 4_500.0]), np.full(2, 3e3))
    unserved.reopen(far, (np.array([4_500.0]), np.array([4_500.0])))
    assert unserved.choose() == (1, 0)
    unserved.close_near(9_500.0, 6_500.0)
    assert unserved.choose() == (-1, 0)
    near = Candidates(far.x_m, far.y_m, np.full(2, 2e3))
    unserved.reopen(near, (np.array([4_500.0]), np.array([4_500.0])))
    assert unserved.choose() == (0, 180)
    unserved.drop(0)
    assert unserved.choose() == (1, 0)


def test_chunks_change_no_choice():
    wide = make_grid(
        Territory("", ("plain",), ("plain",), (shapely.box(0, 0, 60e3, 40e3),)), SIDE_M
    )
    assert wide.n_squares > 4 * CHUNK
    people = people_of(wide, 3)
    assert squares_of(wide, people, 25) == plain_greedy(wide, people, 25)


def test_a_scenario_asks_for_it_and_more_discs_cover_more_people():
    def within_reach(n_sites: int, radius_km: float) -> float:
        placement = {"rule": "coverage", "radius_km": radius_km}
        net = {"name": "net", "n_subscribers": 10, "n_sites": n_sites, "placement": placement}
        tree = {
            "name": "discs",
            "region": {"source": "north_korea", "provinces": ["KP-13", "KP-01"]},
            "grid": {"resolution_m": 1_000},
            "networks": [net],
        }
        world = build_world(Scenario.model_validate(tree), Path())
        assert len(world.sites) == n_sites
        sites = np.column_stack((world.sites.x_m, world.sites.y_m))
        squares = np.column_stack((world.grid.x_m, world.grid.y_m))
        away_m, _ = cKDTree(sites).query(squares)
        return float(world.population[away_m <= 1_000.0 * radius_km].sum())

    few, many, wide = within_reach(5, 3.0), within_reach(20, 3.0), within_reach(5, 6.0)
    assert few < many
    assert few < wide


def test_more_sites_than_squares_are_refused():
    net = {"name": "net", "n_subscribers": 0, "n_sites": 17, "placement": {"rule": "coverage"}}
    tree = {
        "name": "small",
        "region": {"source": "plain", "width_km": 4, "height_km": 4},
        "grid": {"resolution_m": 1_000},
        "population": {"total": 100},
        "networks": [net],
    }
    with pytest.raises(WorldError, match="room for only 16 was found with a site in each square"):
        build_world(Scenario.model_validate(tree), Path())


def test_a_country_without_people_has_no_place_by_history():
    tree = {
        "name": "empty",
        "seed": 1,
        "run": {"start": "2022-11-16 19:00", "duration_h": 0.1},
        "region": {"source": "plain", "width_km": 4, "height_km": 4},
        "population": {"total": 0},
        "networks": [
            {"name": "a", "n_subscribers": 0, "n_sites": 2, "placement": {"rule": "history"}}
        ],
    }
    with pytest.raises(WorldError, match="room for only 0 was found"):
        build_world(Scenario.model_validate(tree), Path())
