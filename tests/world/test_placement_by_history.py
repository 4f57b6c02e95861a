"""Networks rebuilt from their number of sites: county seats, cities, corridors, in an order that is always the same."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from sim.errors import WorldError
from sim.scenario.schema import Scenario
from sim.world.build import build_world
from sim.world.corridors import CORRIDORS_NOTE, DOUBLING_SLOPE, make_corridors
from sim.world.country import Territory
from sim.world.grid import Grid, make_grid
from sim.world.landscape import make_landscape
from sim.world.placement_by_history import (
    CITY,
    CORRIDOR,
    SEAT,
    PlacedSites,
    Rule,
    centres,
    place_by_history,
)
from sim.world.placement_spacing import Address, Demand
from sim.world.settlements import Places

RULE = Rule(3_000.0, 7_000.0, 120_000.0, 1.5)
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
    return make_corridors(land.grid, land.places)


@pytest.fixture(scope="module")
def place(land, corridors):
    def place(n_sites: int, standing_m=NOWHERE, seed=1, network=0, may_stand=None) -> PlacedSites:
        everywhere = np.ones(land.grid.n_squares, np.bool_)
        demand = Demand(
            land.population.astype(float),
            everywhere if may_stand is None else may_stand,
            land.is_urban,
            1_000.0,
            3_000.0,
        )
        return place_by_history(
            land.grid, demand, standing_m, land.places, corridors, RULE, n_sites, Address(seed, 0, network)
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


def test_county_seats_come_first_then_cities_then_corridors_and_the_rest_in_cities(place):
    reason = place(1_750).reason
    turns = np.flatnonzero(np.diff(reason.astype(int)))
    assert [reason[0], *reason[turns + 1]] == [SEAT, CITY, CORRIDOR, CITY]


def test_seats_are_taken_in_the_order_of_their_people(land, place):
    placed = place(900)
    seats = np.flatnonzero(placed.reason == SEAT)
    x_m, y_m = centres(land.grid, land.places)
    away = (placed.x_m[seats, np.newaxis] - x_m) ** 2 + (placed.y_m[seats, np.newaxis] - y_m) ** 2
    nearest = away.argmin(axis=1)
    assert np.sqrt(away.min(axis=1)).max() <= SHIFT_M * np.sqrt(2.0)
    assert np.all(np.diff(land.places.population[nearest]) <= 0.0)
    assert len(set(nearest.tolist())) == len(seats) > 100
    # Every settlement has a site within the spacing: its own, or that of a larger one next to it.
    every = (x_m[:, np.newaxis] - placed.x_m[seats]) ** 2 + (
        y_m[:, np.newaxis] - placed.y_m[seats]
    ) ** 2
    assert np.sqrt(every.min(axis=1)).max() < 3_000.0


def test_cities_have_sites_by_their_people(land, place):
    placed = place(900)
    standing = placed.reason != CORRIDOR
    x_m, y_m = centres(land.grid, land.places)
    people = land.places.population[0]
    reach_m = 2.5 * 1_500.0 * np.sqrt(people / 100_000.0) + SHIFT_M
    away_m = np.sqrt((placed.x_m - x_m[0]) ** 2 + (placed.y_m - y_m[0]) ** 2)
    n_capital = (standing & (away_m <= reach_m)).sum()
    # At most 120,000 people a site; the seats of towns nearby may be among them.
    assert people / 120_000.0 <= n_capital <= people / 120_000.0 + 5.0
    assert (placed.reason == CITY).sum() >= 30


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
        assert not np.any(other.x_m[:50] == first.x_m[:50])
        assert np.abs(other.x_m[:50] - first.x_m[:50]).max() <= 2.0 * SHIFT_M
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


def test_a_third_settlement_between_two_breaks_their_corridor():
    grid = flat_grid()
    row = places_at(grid, (10_500, 30_500, 9e5), (50_500, 30_500, 5e5), (90_500, 30_500, 4e5))
    assert {c.ends for c in make_corridors(grid, row)} == {(0, 1), (1, 2)}
    triangle = places_at(grid, (10_500, 5_500, 9e5), (90_500, 5_500, 5e5), (50_500, 55_500, 4e5))
    assert {c.ends for c in make_corridors(grid, triangle)} == {(0, 2), (1, 2)}


def test_through_traffic_makes_a_corridor_matter():
    grid = flat_grid()
    row = places_at(
        grid, (50_500, 30_500, 1e6), (80_500, 30_500, 1e6), (65_500, 30_500, 1e3), (20_500, 30_500, 1e5)
    )  # fmt: skip
    first, second, third = make_corridors(grid, row)
    # The large two have a hamlet between them; both its corridors carry their traffic.
    assert {first.ends, second.ends} == {(0, 2), (1, 2)}
    assert third.ends == (0, 3)
    between_large = 1e6 * 1e6 / 30_000.0**2
    assert first.traffic == pytest.approx(between_large, rel=0.2)


def test_a_corridor_goes_round_a_ridge_when_that_is_cheaper():
    grid = flat_grid()
    two = places_at(grid, (10_500, 10_500, 1e5), (90_500, 10_500, 1e5))
    (level,) = make_corridors(grid, two)
    assert level.y_m.max() < 15_000.0
    # A ridge of 1,000 m that ends at y = 40 km: over it costs 2 x 1,000 / 0.02 = 100 km more.
    is_ridge = (np.abs(grid.x_m - 50_000.0) < 4_000.0) & (grid.y_m < 40_000.0)
    heights = np.where(is_ridge, 1_000.0, 0.0).astype(np.float32)
    (round_it,) = make_corridors(Grid(**(vars(grid) | {"height_m": heights})), two)
    assert 2.0 * np.hypot(40_000.0, 30_000.0) - 80_000.0 < 2.0 * 1_000.0 / DOUBLING_SLOPE
    assert round_it.y_m.max() > 38_000.0


def test_points_lie_at_their_spacing_along_a_corridor():
    grid = flat_grid()
    (corridor,) = make_corridors(grid, places_at(grid, (10_500, 30_500, 2), (60_500, 30_500, 1)))
    length_m = np.sqrt(np.diff(corridor.x_m) ** 2 + np.diff(corridor.y_m) ** 2).sum()
    x_m, y_m = corridor.points(7_000.0)
    assert len(x_m) == int(length_m / 7_000.0)
    assert np.hypot(np.diff(x_m), np.diff(y_m)).max() <= 7_000.0 + 1e-6


def test_corridors_fill_in_rounds_of_half_the_spacing():
    grid = flat_grid()
    two = places_at(grid, (10_500, 30_500, 2_000), (94_500, 30_500, 1_000))
    everywhere = np.ones(grid.n_squares, np.bool_)
    demand = Demand(np.ones(grid.n_squares), everywhere, ~everywhere, 1_000.0, 3_000.0)
    corridors = make_corridors(grid, two)
    placed = place_by_history(grid, demand, NOWHERE, two, corridors, RULE, 24, Address(1, 0, 0))
    along = placed.reason == CORRIDOR
    first, second = placed.x_m[along][:11], placed.x_m[along][11:]
    assert first == pytest.approx(10_500.0 + 7_000.0 * np.arange(1, 12), abs=SHIFT_M + 1_000.0)
    assert second == pytest.approx(
        14_000.0 + 7_000.0 * np.arange(len(second)), abs=SHIFT_M + 1_000.0
    )
    assert len(second) == 11
    assert least_distance_m(placed.x_m, placed.y_m) >= 3_000.0


def test_islands_are_not_joined():
    outlines = (shapely.box(0, 0, 30_000, 60_000), shapely.box(60_000, 0, 100_000, 60_000))
    grid = make_grid(Territory("", ("a", "b"), ("a", "b"), outlines), 1_000.0)
    spots = places_at(
        grid, (10_500, 10_500, 4), (70_500, 10_500, 3), (10_500, 50_500, 2), (70_500, 50_500, 1)
    )  # fmt: skip
    assert {c.ends for c in make_corridors(grid, spots)} == {(0, 2), (1, 3)}
    assert make_corridors(grid, places_at(grid, (10_500, 10_500, 4))) == ()
