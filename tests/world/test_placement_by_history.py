"""Networks rebuilt from their number of sites: cities, towns, corridors, in an order that is always the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from sim.errors import WorldError
from sim.scenario.schema import Scenario
from sim.world.build import build_world
from sim.world.corridors import (
    CORRIDORS_NOTE,
    DOUBLING_SLOPE,
    SETTLED_COST,
    SETTLED_DENSITY_PER_KM2,
    make_corridors,
)
from sim.world.country import Territory
from sim.world.grid import Grid, make_grid
from sim.world.landscape import make_landscape
from sim.world.placement_by_history import (
    CITY,
    CLEAR_SHARE,
    CORRIDOR,
    SEAT,
    Ground,
    PlacedSites,
    Rule,
    centres,
    place_by_history,
)
from sim.world.placement_spacing import Address
from sim.world.settlements import Places

RULE = Rule(3_000.0, 7_000.0, 120_000)
SHIFT_M = 250.0
"""A twelfth of the spacing."""

NOWHERE = (np.zeros(0), np.zeros(0))


@pytest.fixture(scope="module")
def land():
    tree = {
        "name": "land",
        "region": {"source": "north_korea"},
        "grid": {"resolution_m": 1_000},
        "networks": [{"name": "net", "n_subscribers": 0}],
    }
    return make_landscape(Scenario.model_validate(tree), Path())


@pytest.fixture(scope="module")
def corridors(land):
    return make_corridors(land.grid, land.places, land.population)


@pytest.fixture(scope="module")
def place(land, corridors):
    def place(n_sites: int, standing_m=NOWHERE, seed=1, network=0, may_stand=None) -> PlacedSites:
        everywhere = np.ones(land.grid.n_squares, np.bool_)
        may_stand = everywhere if may_stand is None else may_stand
        ground = Ground(land.population, may_stand, land.is_urban)
        return place_by_history(
            land.grid, ground, standing_m, land.places, corridors, RULE, n_sites, Address(seed, 0, network)
        )  # fmt: skip

    return place


def least_distance_m(x_m, y_m) -> float:
    away = (x_m[:, np.newaxis] - x_m) ** 2 + (y_m[:, np.newaxis] - y_m) ** 2
    np.fill_diagonal(away, np.inf)
    return float(np.sqrt(away.min()))


@pytest.mark.parametrize("n_sites", [1, 60, 150, 341, 700])
def test_a_smaller_network_is_the_beginning_of_a_larger_one(place, n_sites: int):
    small, large = place(n_sites), place(900)
    assert len(small.x_m) == n_sites
    assert small.x_m.tolist() == large.x_m[:n_sites].tolist()
    assert small.y_m.tolist() == large.y_m[:n_sites].tolist()
    assert small.reason.tolist() == large.reason[:n_sites].tolist()


def test_cities_come_first_and_small_towns_among_corridors(land, place):
    placed = place(900)
    x_m, y_m = centres(land.grid, land.places)
    away_m = np.hypot(x_m[:, np.newaxis] - placed.x_m, y_m[:, np.newaxis] - placed.y_m)
    first = (away_m <= RULE.reach_m).argmax(axis=1)
    people = land.places.population
    assert first[people > 300_000].max() < 60
    assert np.median(first[people > 100_000]) < np.median(first[people < 50_000])
    assert np.all((away_m <= RULE.reach_m).any(axis=1)[people > 20_000])
    # The first sites along corridors stand before the last ones in towns.
    assert np.flatnonzero(placed.reason == CORRIDOR)[0] < np.flatnonzero(placed.reason == CITY)[-1]
    assert {SEAT, CITY, CORRIDOR} == set(placed.reason.tolist())


def test_every_two_sites_keep_the_spacing(place):
    placed = place(900)
    assert least_distance_m(placed.x_m, placed.y_m) >= 3_000.0


def test_sites_of_corridors_lie_on_corridors(corridors, place):
    placed = place(900)
    lines = shapely.union_all(
        [shapely.LineString(np.column_stack((c.x_m, c.y_m))) for c in corridors]
    )
    sites = shapely.points(placed.x_m, placed.y_m)[placed.reason == CORRIDOR]
    assert len(sites) > 300
    assert shapely.distance(sites, lines).max() <= SHIFT_M * np.sqrt(2.0)


def test_shifts_are_drawn_by_seed_and_network(place):
    first = place(341)
    for other in (place(341, seed=2), place(341, network=1)):
        assert not np.any(other.x_m[:5] == first.x_m[:5])
        assert np.abs(other.x_m[0] - first.x_m[0]) <= 2.0 * SHIFT_M
    again = place(341)
    assert again.x_m.tobytes() == first.x_m.tobytes()


def test_what_stands_already_counts_as_built(land, place):
    x_m, y_m = centres(land.grid, land.places)
    placed = place(341, standing_m=(x_m[:20], y_m[:20]))
    away = (placed.x_m[:, np.newaxis] - x_m[:20]) ** 2 + (placed.y_m[:, np.newaxis] - y_m[:20]) ** 2
    assert np.sqrt(away.min()) >= 3_000.0
    assert len(placed.x_m) == 341


def test_no_site_stands_where_none_may(land, place):
    may_stand = land.grid.province_idx != land.territory.code.index("KP-13")
    placed = place(500, may_stand=may_stand)
    assert may_stand[land.grid.square_of(placed.x_m, placed.y_m)].all()


def world(n_sites: int, **placement):
    tree = {
        "name": "rebuilt",
        "region": {"source": "north_korea"},
        "grid": {"resolution_m": 2_000},
        "networks": [
            {
                "name": "net",
                "n_subscribers": 10,
                "n_sites": n_sites,
                "placement": {"rule": "history"} | placement,
            }
        ],
    }
    return build_world(Scenario.model_validate(tree), Path())


def test_a_scenario_asks_for_it_and_says_so():
    built = world(341)
    assert len(built.sites) == 341
    assert built.sites.name[0] == "net_0001"
    assert CORRIDORS_NOTE in built.notes
    other = world(341, town_spacing_km=5.0)
    assert least_distance_m(other.sites.x_m, other.sites.y_m) >= 5_000.0


def test_a_shortfall_is_reported():
    with pytest.raises(
        WorldError, match=r"room for only [\d,]+ was found with town_spacing_km = 3"
    ):
        world(5_000)


def flat_grid(width_km=100, height_km=60) -> Grid:
    outline = shapely.box(0.0, 0.0, width_km * 1000.0, height_km * 1000.0)
    return make_grid(Territory("", ("plain",), ("plain",), (outline,)), 1_000.0)


def places_at(grid: Grid, *places: tuple[float, float, float]) -> Places:
    x_m, y_m, people = np.array(places, float).T
    return Places(
        tuple(f"p{k}" for k in range(len(places))),
        np.zeros(len(places), np.uint8),
        x_m,
        y_m,
        grid.square_of(x_m, y_m),
        people,
    )


def empty(grid: Grid) -> np.ndarray:
    return np.zeros(grid.n_squares, np.int32)


def test_a_third_settlement_between_two_breaks_their_corridor():
    grid = flat_grid()
    row = places_at(grid, (10_500, 30_500, 9e5), (50_500, 30_500, 5e5), (90_500, 30_500, 4e5))
    assert [c.ends for c in make_corridors(grid, row, empty(grid))] == [(0, 1), (1, 2)]
    triangle = places_at(grid, (10_500, 5_500, 9e5), (90_500, 5_500, 5e5), (50_500, 55_500, 4e5))
    assert [c.ends for c in make_corridors(grid, triangle, empty(grid))] == [(0, 2), (1, 2)]


def test_neighbours_of_the_relative_neighbourhood_graph_have_corridors():
    grid = flat_grid()
    draw = np.random.default_rng(1)
    spots = np.column_stack((draw.uniform(0, 100e3, 30), draw.uniform(0, 60e3, 30)))
    places = places_at(grid, *((x, y, 1e5) for x, y in spots))
    away_m = np.hypot(*(spots[:, None, :] - spots).transpose(2, 0, 1))
    joined = {c.ends for c in make_corridors(grid, places, empty(grid))}
    for i in range(30):
        for j in range(i + 1, 30):
            third = np.delete(np.maximum(away_m[i], away_m[j]), (i, j)).min()
            # Ways over cells of 2 km go in eight directions, and are up to 8 % and two cells longer.
            if third > 1.15 * away_m[i, j] + 6_000.0:
                assert (i, j) in joined
            if third < 0.85 * away_m[i, j] - 6_000.0:
                assert (i, j) not in joined
    assert 29 <= len(joined) <= 60


def test_a_corridor_goes_round_a_ridge_when_that_is_cheaper():
    grid = flat_grid()
    two = places_at(grid, (10_500, 10_500, 1e5), (90_500, 10_500, 1e5))
    (level,) = make_corridors(grid, two, empty(grid))
    assert level.y_m.max() < 15_000.0
    # A ridge of 1,000 m that ends at y = 40 km: over it costs 2 x 1,000 / 0.02 = 100 km more.
    is_ridge = (np.abs(grid.x_m - 50_000.0) < 4_000.0) & (grid.y_m < 40_000.0)
    heights = np.where(is_ridge, 1_000.0, 0.0).astype(np.float32)
    (round_it,) = make_corridors(Grid(**(vars(grid) | {"height_m": heights})), two, empty(grid))
    assert 2.0 * np.hypot(40_000.0, 30_000.0) - 80_000.0 < 2.0 * 1_000.0 / DOUBLING_SLOPE
    assert round_it.y_m.max() > 38_000.0


def test_a_corridor_goes_by_settled_country_when_that_is_cheaper():
    grid = flat_grid()
    two = places_at(grid, (10_500, 10_500, 1e5), (90_500, 10_500, 1e5))
    # Villages along y = 28 km: 80 km straight on cost more than two ways of 20 km there and half of 80 km.
    is_valley = np.abs(grid.y_m - 28_000.0) < 3_000.0
    people = np.where(is_valley, SETTLED_DENSITY_PER_KM2, 0.0).astype(np.int32)
    assert SETTLED_COST == 0.5
    (by_villages,) = make_corridors(grid, two, people)
    assert by_villages.y_m.max() > 25_000.0
    (straight,) = make_corridors(grid, two, people - is_valley.astype(np.int32))
    assert straight.y_m.max() < 15_000.0


def test_points_lie_at_their_spacing_along_a_corridor():
    grid = flat_grid()
    two = places_at(grid, (10_500, 30_500, 2), (60_500, 30_500, 1))
    (corridor,) = make_corridors(grid, two, empty(grid))
    length_m = np.sqrt(np.diff(corridor.x_m) ** 2 + np.diff(corridor.y_m) ** 2).sum()
    assert length_m == pytest.approx(50_000.0, rel=0.1)
    x_m, y_m = corridor.points(7_000.0)
    assert len(x_m) == int(length_m / 7_000.0)
    assert np.hypot(np.diff(x_m), np.diff(y_m)).max() <= 7_000.0 + 1e-6


def place_on(
    grid: Grid, places: Places, people: np.ndarray, n_sites: int, rule=RULE
) -> PlacedSites:
    everywhere = np.ones(grid.n_squares, np.bool_)
    ground = Ground(people, everywhere, people >= 1_500)
    corridors = make_corridors(grid, places, people)
    return place_by_history(
        grid, ground, NOWHERE, places, corridors, rule, n_sites, Address(1, 0, 0)
    )


def city_and_town(grid: Grid, radius_m: float) -> tuple[Places, np.ndarray]:
    """A city of the people of Sinuiju, and a town of a thousand 100 km away."""
    two = places_at(grid, (20_500, 20_500, 359_341), (120_500, 20_500, 1_000))
    people = empty(grid)
    city = np.hypot(grid.x_m - 20_500.0, grid.y_m - 20_500.0) <= radius_m
    people[city] = 359_341 // city.sum()
    people[two.square_idx[1]] = 1_000
    return two, people


def test_a_city_has_a_site_for_as_many_people_as_one_serves():
    grid = flat_grid(150, 40)
    placed = place_on(grid, *city_and_town(grid, 3_000.0), 4)
    away_m = np.hypot(placed.x_m - 20_500.0, placed.y_m - 20_500.0)
    # Three for the city, as in Sinuiju, then one for the town.
    assert (away_m[:3] < 6_500.0).all()
    assert np.hypot(placed.x_m[3] - 120_500.0, placed.y_m[3] - 20_500.0) < 3_750.0


def test_the_tenth_site_of_a_city_comes_before_a_small_town():
    grid = flat_grid(150, 40)
    rule = replace(RULE, people_per_site=36_000)
    placed = place_on(grid, *city_and_town(grid, 7_000.0), 12, rule)
    away_m = np.hypot(placed.x_m - 20_500.0, placed.y_m - 20_500.0)
    assert (away_m[:10] < 12_250.0).all()
    assert (away_m > 90_000.0).any()


def hamlet_between(grid: Grid) -> tuple[Places, np.ndarray]:
    """Two settlements without people, and 1,400 people half way between them."""
    two = places_at(grid, (10_500, 10_500, 2), (110_500, 10_500, 1))
    people = empty(grid)
    people[grid.square_of(np.array([60_500.0]), np.array([10_500.0]))] = 1_400
    return two, people


def test_when_everybody_is_served_sites_go_to_the_people_again():
    grid = flat_grid(120, 20)
    placed = place_on(grid, *hamlet_between(grid), 3)
    assert np.abs(placed.x_m[:2] - 60_500.0).max() < 4_000.0
    assert placed.reason.tolist() == [CORRIDOR, CORRIDOR, SEAT]  # then there is no room about them


def test_sites_along_corridors_stand_apart_until_nobody_is_left():
    grid = flat_grid(120, 20)
    two, people = hamlet_between(grid)
    placed = place_on(grid, two, people, 2, replace(RULE, people_per_site=500))
    assert placed.reason.tolist() == [CORRIDOR, CORRIDOR]
    assert np.abs(placed.x_m - 60_500.0).max() < 4_000.0
    # With 3 km between them, as in towns, there would be room for them nearer to those people.
    assert abs(placed.x_m[1] - placed.x_m[0]) >= CLEAR_SHARE * 7_000.0 - 2.0 * SHIFT_M
    second_round = place_on(grid, two, people, 40)
    assert 3_000.0 <= least_distance_m(second_round.x_m, second_round.y_m) < 4_500.0


def test_islands_are_not_joined():
    outlines = (shapely.box(0, 0, 30_000, 60_000), shapely.box(60_000, 0, 100_000, 60_000))
    grid = make_grid(Territory("", ("a", "b"), ("a", "b"), outlines), 1_000.0)
    spots = places_at(
        grid, (10_500, 10_500, 4), (70_500, 10_500, 3), (10_500, 50_500, 2), (70_500, 50_500, 1)
    )  # fmt: skip
    assert {c.ends for c in make_corridors(grid, spots, empty(grid))} == {(0, 2), (1, 3)}
    assert make_corridors(grid, places_at(grid, (10_500, 10_500, 4)), empty(grid)) == ()
    # An island without a settlement is nobody's.
    alone = places_at(grid, (10_500, 10_500, 4), (10_500, 50_500, 2))
    assert [c.ends for c in make_corridors(grid, alone, empty(grid))] == [(0, 1)]
