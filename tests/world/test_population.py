"""People: exact sums, and where they live."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.region_section import Region
from sim.world.build import World, build_world
from sim.world.country import make_territory
from sim.world.embedded_country import embedded_country, read_provinces
from sim.world.landscape import make_landscape
from sim.world.population import province_totals, round_in_order, share_out
from sim.world.projection import project

COUNTRY = embedded_country(0.8)
WEIGHTS = st.lists(
    st.floats(min_value=0.0, max_value=1e9, allow_subnormal=False), min_size=1, max_size=60
).filter(lambda weights: sum(weights) > 1e-100)


@given(weights=WEIGHTS, total=st.integers(0, 2_000_000_000))
def test_shares_sum_to_the_total_and_are_off_by_less_than_one(weights: list[float], total: int):
    share = np.array(weights) * (total / sum(weights))
    count = share_out(np.array(weights), total)
    assert count.sum() == total
    assert count.min() >= 0
    # A share is known to a few units in the last place of the total.
    assert np.abs(count - share).max() < 1.0 + 1e-14 * total


@given(weights=WEIGHTS, total=st.integers(0, 2_000_000_000))
def test_any_run_of_rounded_values_is_off_by_less_than_one(weights: list[float], total: int):
    count = round_in_order(np.array(weights), total)
    assert count.sum() == total
    assert count.min() >= 0
    exact = np.concatenate(([0.0], np.cumsum(weights))) * (total / np.cumsum(weights)[-1])
    rounded = np.concatenate(([0], np.cumsum(count)))
    assert np.abs(rounded - exact).max() <= 0.5 + 1e-14 * total


def test_largest_remainder_by_hand():
    # Quotas 4.7, 3.1, 2.2 of 10: one seat is left, and goes to the remainder 0.7.
    assert share_out(np.array([47.0, 31.0, 22.0]), 10).tolist() == [5, 3, 2]


@given(total=st.integers(0, 2_000_000_000))
def test_province_totals_sum_to_the_country(total: int):
    territory = make_territory(COUNTRY, Region(source="north_korea"))
    assert province_totals(COUNTRY, territory, total).sum() == total


def test_the_census_is_the_default():
    territory = make_territory(COUNTRY, Region(source="north_korea"))
    census = [province.population for province in read_provinces()]
    assert province_totals(COUNTRY, territory, None).tolist() == census


def test_some_provinces_have_their_totals_of_the_whole_country():
    whole = make_territory(COUNTRY, Region(source="north_korea"))
    part = make_territory(COUNTRY, Region(source="north_korea", provinces=("KP-01", "KP-08")))
    totals = province_totals(COUNTRY, whole, 26_000_000)
    assert province_totals(COUNTRY, part, 26_000_000).tolist() == [totals[0], totals[7]]


def test_squares_sum_to_each_province_to_the_person(national):
    _, world = national
    found = np.bincount(world.grid.province_idx, world.population)
    assert found.astype(np.int64).tolist() == world.provinces.population.tolist()
    assert world.population.sum() == 25_970_000


def test_people_live_in_cities_and_below_mountains(national):
    _, world = national
    density = world.population / world.grid.square_area_km2
    pyongyang = density[_square(world, 125.75432, 39.03385)]
    paektu = density[_square(world, 128.08, 41.95)]
    assert pyongyang > 4_000.0
    assert paektu < 10.0
    # Rural squares of one province, low ones against high ones.
    own = (world.grid.province_idx == 7) & ~world.is_urban
    high = world.grid.height_m > 1_000.0
    assert density[own & ~high].mean() > 3.0 * density[own & high].mean()


def test_urban_squares_are_those_whose_people_live_in_towns(make_scenario):
    landscape = make_landscape(make_scenario(), Path())
    assert np.array_equal(landscape.is_urban, landscape.class_of_square >= 22)
    assert 0.01 < landscape.is_urban.mean() < 0.06
    in_towns = landscape.population[landscape.is_urban].sum() / landscape.population.sum()
    assert 0.6 < in_towns < 0.8


def test_places_hold_no_more_than_the_limit_of_towns(make_scenario):
    landscape = make_landscape(make_scenario(), Path())
    places = landscape.places
    census = np.array([province.population for province in read_provinces()])
    found = np.bincount(places.province_idx, places.population)
    # A town on a border counts to the province of its centre.
    assert np.all(found <= 0.9 * census + 20_000)
    assert np.all(np.diff(places.population) <= 0)
    assert np.array_equal(landscape.grid.province_idx[places.square_idx], places.province_idx)


def test_heights_are_above_the_sea(national):
    _, world = national
    assert world.grid.height_m.min() >= 0.0
    assert 500.0 < world.grid.height_m.mean() < 650.0


def test_a_plain_spreads_its_people_evenly(make_scenario):
    scenario = make_scenario(
        region={"source": "plain", "width_km": 7, "height_km": 3},
        grid={"resolution_m": 1_000},
        population={"total": 1_000},
        networks=[{"name": "only", "n_subscribers": 0}],
    )
    world = build_world(scenario, Path())
    assert world.population.sum() == 1_000
    assert set(world.population.tolist()) == {1_000 // 21, 1_000 // 21 + 1}


@pytest.mark.parametrize("resolution_m", [400.0, 10_000.0])
def test_any_resolution_keeps_the_totals(resolution_m: float, make_scenario):
    scenario = make_scenario(
        region={"source": "north_korea", "provinces": ["KP-01", "KP-13"]},
        grid={"resolution_m": resolution_m},
    )
    landscape = make_landscape(scenario, Path())
    found = np.bincount(landscape.grid.province_idx, landscape.population)
    assert found.tolist() == landscape.province_population.tolist()


def _square(world: World, longitude_deg: float, latitude_deg: float) -> int:
    x_m, y_m = project(world.grid.crs, np.array([longitude_deg]), np.array([latitude_deg]))
    square = int(world.grid.square_of(x_m, y_m)[0])
    assert square >= 0
    return square
