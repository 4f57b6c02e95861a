"""Second places: whose, in which county and how near they are, and when lines are there, as the scenario says."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from sim.errors import WorldError
from sim.runs.measures.whereabouts import GROUNDS, lines_by_hour, lines_of_squares
from sim.traffic.presence import presence_draws, spots_at
from sim.traffic.profile import start_hour
from sim.world.counties import make_counties
from sim.world.second_places import NO_KIND, draw_second_places
from tests.oracle.moving import CHANNELS
from tests.oracle.places import PlainPlaces

ALL = slice(None)
DAY = [0.0] * 7 + [0.3] * 3 + [0.8] * 6 + [0.1] * 8
KINDS = [
    {
        "name": "field", "classes": ["resident"], "share": 0.4, "squares": "countryside", "within_km": 6,
        "other_county_share": 0.1, "other_province_share": 0.02, "daily": DAY,
    },
    {
        "name": "market", "share": 0.3, "near": "town", "within_km": 3, "other_county_share": 0.2,
        "other_province_share": 0.05, "daily": [*DAY[12:], *DAY[:12]], "weekly": [0, 0, 1, 0, 0, 0.5, 0],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def placed(national, make_scenario):
    """The national scenario with places, its world with them, and its counties."""
    _, world = national
    scenario = make_scenario(traffic={"places": KINDS})
    grid, people = world.grid, world.population
    land = SimpleNamespace(
        grid=grid, places=world.places, population=people, urban_share=world.urban_share,
        province_population=world.provinces.population,
    )  # fmt: skip
    second = draw_second_places(scenario, land, world.spots, world.subscribers)
    placed = SimpleNamespace(**{**vars(world), "second_places": second})
    return scenario, placed, make_counties(grid, world.places, people, len(world.provinces))


def squares_of(world, kind):
    """Homes and second places of the lines of a kind."""
    own = world.second_places.kind_idx == kind
    spots = world.second_places.spot_idx[own]
    return world.subscribers.square_idx[own], world.spots.square_idx[spots]


def is_likely(n_found, n, share):
    return stats.binomtest(int(n_found), int(n), share).pvalue > 1e-3


def test_as_many_lines_of_each_class_have_a_kind_as_it_says(placed):
    _, world, _ = placed
    kind, classes = world.second_places.kind_idx, world.subscribers.class_idx
    for number, of_class in enumerate(((0.4, 0.3), (0.0, 0.3))):
        own = kind[classes == number]
        for k, share in enumerate(of_class):
            assert is_likely(np.sum(own == k), len(own), share)
    assert np.array_equal(kind == NO_KIND, world.second_places.spot_idx < 0)


@pytest.mark.parametrize("kind", range(2))
def test_as_many_are_in_the_county_in_others_and_in_other_provinces_as_it_says(placed, kind):
    _, world, counties = placed
    homes, squares = squares_of(world, kind)
    province = world.grid.province_idx
    is_in_county = counties.of_square[homes] == counties.of_square[squares]
    is_in_province = province[homes] == province[squares]
    assert len(homes) > 100_000
    far, near = KINDS[kind]["other_province_share"], KINDS[kind]["other_county_share"]
    assert is_likely(np.sum(~is_in_province), len(homes), far)
    # A province that is one county has no other to go to.
    has_other = np.diff(counties.first)[province[homes]] > 1
    assert is_likely(np.sum((is_in_province & ~is_in_county)[has_other]), has_other.sum(), near)
    assert np.all((is_in_county | ~is_in_province)[~has_other])


def test_places_are_near_homes_or_towns_in_squares_by_their_weight(placed):
    _, world, counties = placed
    grid = world.grid
    for kind, share in ((0, 1.0 - world.urban_share), (1, world.population)):
        homes, squares = squares_of(world, kind)
        county = counties.of_square[squares]
        is_own = county == counties.of_square[homes]
        anchor = counties.centre_idx[county]
        if kind == 0:
            anchor = np.where(is_own, homes, anchor)
        away_m = np.hypot(
            grid.x_m[squares] - grid.x_m[anchor], grid.y_m[squares] - grid.y_m[anchor]
        )
        assert away_m.max() <= 1000.0 * KINDS[kind]["within_km"] + 1e-6
        assert away_m.max() > 900.0 * KINDS[kind]["within_km"] * (2 / 3)
        assert np.all((share[squares] > 0.0) | (squares == anchor))
    # Squares about the largest town, of which all lines near it choose: as many as people.
    centre = counties.centre_idx[counties.of_square[world.places.square_idx[0]]]
    near = np.flatnonzero(
        (np.hypot(grid.x_m - grid.x_m[centre], grid.y_m - grid.y_m[centre]) <= 3000.0)
        & (counties.of_square == counties.of_square[centre])
    )
    found = np.bincount(squares, minlength=grid.n_squares)[near]
    expected = world.population[near] / world.population[near].sum() * found.sum()
    assert len(near) > 3
    assert found.sum() > 10_000
    assert stats.chisquare(found[expected > 0], expected[expected > 0]).pvalue > 1e-3


def test_who_is_where_by_the_hour_is_what_the_scenario_says(placed):
    scenario, world, _ = placed
    wednesday = start_hour("2022-11-16 00:00")[0]
    lines, kind = world.subscribers, world.second_places.kind_idx
    homes = world.spots.of(lines.square_idx, lines.point_idx)
    draws = presence_draws(scenario, world, ALL)
    for hour in (0, 9, 13, 22):
        spots = spots_at(scenario, world, wednesday + hour, ALL)
        for k in range(2):
            n, share = int(np.sum(kind == k)), KINDS[k]["daily"][hour]
            is_there = (kind == k) & (draws < share)
            assert is_likely(is_there.sum(), n, share) if share > 0.0 else not is_there.any()
            assert np.array_equal(spots[is_there], world.second_places.spot_idx[is_there])
            at_home = (kind == k) & ~is_there
            assert np.array_equal(spots[at_home], homes[at_home])
        assert np.array_equal(spots[kind == NO_KIND], homes[kind == NO_KIND])


def test_the_lines_of_every_hour_are_all_lines_and_those_of_its_squares(placed):
    scenario, world, _ = placed
    counts = lines_by_hour(scenario, world)
    assert np.array_equal(counts.sum(axis=(1, 2, 3)), np.full(24, len(world.subscribers)))
    assert counts.min() >= 0
    midnight = start_hour(scenario.run.start)[0] // 24 * 24
    for hour in (2, 13):
        squares = lines_of_squares(scenario, world, midnight + hour)
        assert squares.sum() == len(world.subscribers)
        for province in (0, 4):
            for ground in range(len(GROUNDS)):
                own = (world.grid.province_idx == province) & (world.is_urban == ground)
                assert squares[own].sum() == counts[hour, province, ground].sum()
    # At noon of a day in the fields cities are emptier than at night, when everybody sleeps.
    assert counts[13, :, 1].sum() < 0.95 * counts[2, :, 1].sum()


def test_a_market_day_is_not_another_day(placed):
    scenario, world, _ = placed
    run = scenario.run.model_copy(update={"start": "2022-11-17 19:00"})
    thursday = lines_by_hour(scenario.model_copy(update={"run": run}), world)
    wednesday = lines_by_hour(scenario, world)
    assert thursday[..., 2].sum() == 0
    assert np.array_equal(thursday[..., 1], wednesday[..., 1])
    n_market = np.sum(world.second_places.kind_idx == 1)
    assert is_likely(wednesday[1, ..., 2].sum(), n_market, KINDS[1]["daily"][1])


@pytest.mark.parametrize("one", CHANNELS[1:5:3], ids=lambda one: one.name)
def test_every_line_is_where_the_plain_model_has_it(one, build):
    world = build(one)
    plain, hour = PlainPlaces(one, world), start_hour(one.run.start)[0]
    past_s = start_hour(one.run.start)[1]
    for later in (0, 1):
        spots = spots_at(one, world, hour + later, ALL)
        time_s = 3600.0 * later - past_s + 1.0
        assert spots.tolist() == [plain.spot_at(row, time_s) for row in range(len(spots))]


def test_other_lines_and_other_hours_move_no_place(build):
    one = CHANNELS[4]  # provinces with towns
    world = build(one)
    tree = one.model_dump(mode="json")
    tree["networks"][0]["n_subscribers"] += 7
    tree["networks"][1]["n_subscribers"] -= 7
    tree["traffic"]["places"][0]["daily"] = [1.0] * 24
    other = build(type(one).model_validate(tree))
    found = [
        dict(zip(each.subscribers.subscriber_id.tolist(), each.second_places.spot_idx.tolist(), strict=True))
        for each in (world, other)
    ]  # fmt: skip
    both = found[0].keys() & found[1].keys()
    assert len(both) == len(world.subscribers) - 7
    assert all(found[0][entity] == found[1][entity] for entity in both)


def test_without_towns_nobody_can_go_to_one(make_scenario, build):
    region = {"source": "plain", "width_km": 4, "height_km": 4}
    with pytest.raises(WorldError, match=r"traffic.places\[market\]: the region has no town"):
        build(make_scenario(region=region, traffic={"places": KINDS[1:]}, networks=[
            {"name": "only", "n_sites": 1, "n_subscribers": 10}
        ]))  # fmt: skip


def test_without_kinds_everybody_stays_at_home(national):
    scenario, world = national
    assert world.second_places is None
    homes = world.spots.of(world.subscribers.square_idx, world.subscribers.point_idx)
    assert np.array_equal(spots_at(scenario, world, 0, ALL), homes)
