"""The fixed network by rule: lines, exchanges, names, manual ones and trunk groups."""

import re
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from sim.errors import WorldError
from sim.world.build import build_world
from sim.world.exchange_layout import ExchangePlace, Quarter, nearest_place, place_exchanges
from sim.world.exchanges import Exchanges, build_exchanges
from sim.world.landscape import Landscape, make_landscape

N_LINES = 1_183_806
"""CIA 2019, as in the facts."""

PLAIN = {
    "region": {"source": "plain", "width_km": 20, "height_km": 10},
    "grid": {"resolution_m": 500},
    "population": {"total": 10_000},
    "networks": [{"name": "red", "n_subscribers": 0}, {"name": "blue", "n_subscribers": 0}],
}
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


@pytest.fixture(scope="module")
def lay_out(make_scenario):
    """Return a maker of generated networks."""

    def make(sections: dict[str, Any] | None = None, switching=(), n_lines=N_LINES, **fixed: Any):
        fixed = {"source": "generated", "n_lines": n_lines, **fixed}
        scenario = make_scenario(**(sections or {}), fixed=fixed, switching=dict(switching))
        return build_exchanges(scenario, Path(), make_landscape(scenario, Path()))

    return make


@pytest.fixture(scope="module")
def country(lay_out) -> Exchanges:
    return lay_out()


@pytest.fixture(scope="module")
def land(make_scenario) -> Landscape:
    return make_landscape(make_scenario(), Path())


def seats_of(exchanges: Exchanges) -> list[int]:
    return [i for i, name in enumerate(exchanges.name) if re.fullmatch(r"kp_\d\d", name)]


def circuits_of(exchanges: Exchanges) -> dict[tuple[str, str], tuple[int, int]]:
    """Return circuits and order of each pair of names."""
    trunks = exchanges.trunks
    return {
        (exchanges.name[a], exchanges.name[b]): (int(n), int(order))
        for a, b, n, order in zip(trunks.a, trunks.b, trunks.n_circuits, trunks.order, strict=True)
    }


def test_a_national_network_has_every_line_and_every_exchange(country, land):
    assert int(country.n_lines.sum()) == N_LINES
    assert len(country) == 2 + 11 + 200
    assert int(country.is_manual.sum()) == 90  # 0.45 of 200
    assert (country.n_lines[2:] > 0).all()
    assert not country.is_manual[seats_of(country)].any()
    counties = np.setdiff1d(np.arange(2, len(country)), seats_of(country))
    manual = country.is_manual[counties]
    assert country.n_lines[counties][manual].max() <= country.n_lines[counties][~manual].min()
    square = land.grid.square_of(country.x_m[2:], country.y_m[2:])
    inside = square >= 0
    # Some settlements lie just off the shore as the outline has it.
    assert inside.mean() > 0.95
    own = land.grid.province_idx[square[inside]]
    assert (own == country.province_idx[2:][inside]).mean() > 0.98


def test_a_national_network_looks_like_the_country(country, land):
    people = land.province_population
    lines = np.bincount(country.province_idx[2:], country.n_lines[2:])
    capital = land.territory.code.index("KP-01")
    # 8.1 lines per 100 in Pyongyang and 4.2 in the country, 1988; 4.6 in the country, 2019.
    assert 0.07 < lines[capital] / people[capital] < 0.085
    others = np.arange(len(people)) != capital
    assert 0.038 < lines[others].sum() / people[others].sum() < 0.043
    relative = lines[others] / people[others]
    assert relative.max() / relative.min() < 1.001
    n_counties = np.bincount(country.province_idx[2:]) - 1
    np.testing.assert_allclose(n_counties, 200 * people / people.sum(), atol=1.0)
    # Most manual exchanges have a thousand or two lines, and those together are the smaller part.
    assert 1_000 < np.median(country.n_lines[country.is_manual]) < 4_000
    assert 0.1 < country.n_lines[country.is_manual].sum() / N_LINES < 0.3
    assert country.n_operators[country.is_manual].min() >= 1
    assert country.n_operators.max() < 20


def test_the_lines_of_a_province_follow_the_people_nearest_to_each_exchange(country, land):
    p = land.territory.code.index("KP-10")
    own = np.flatnonzero(country.province_idx == p)
    squares = np.flatnonzero(land.grid.province_idx == p)
    x_m, y_m = land.grid.x_m[squares], land.grid.y_m[squares]
    away = np.hypot(x_m[:, None] - country.x_m[own], y_m[:, None] - country.y_m[own])
    people = np.bincount(away.argmin(axis=1), land.population[squares], minlength=len(own))
    expected = country.n_lines[own].sum() * people / people.sum()
    assert np.abs(country.n_lines[own] - expected).max() < 1.0


def test_names_are_those_of_provinces_and_settlements(country):
    names = country.name[2:]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for name in names)
    assert {"kp_01", "kp_13", "kimchaek", "kaechon", "kp_01_028"} <= set(names)
    assert country.name[country.gateway_idx] == "kp_01"


def test_every_county_is_joined_to_its_province_and_all_to_the_gateway(country):
    circuits = circuits_of(country)
    seats = seats_of(country)
    for i in range(2, len(country)):
        if i not in seats:
            seat = country.name[seats[country.province_idx[i]]]
            n_systems = -(-int(country.n_lines[i]) * 2 // 3_000)  # 0.02 of the lines by 30
            assert circuits[country.name[i], seat] == (30 * n_systems, 0)
    lines = np.bincount(country.province_idx[2:], country.n_lines[2:])
    for seat in seats[1:]:
        n, order = circuits[country.name[seat], "kp_01"]
        assert 0 <= n - 0.01 * lines[country.province_idx[seat]] < 30
        assert order == 0
    across = {pair: n for pair, (n, order) in circuits.items() if order == 1}
    assert all("kp_01" not in pair for pair in across)
    # Ten provinces have a nearest other; of two that have each other it is one group.
    assert 5 <= len(across) <= 10
    assert across["kp_03", "kp_02"] == 330  # a quarter of 1,230 in systems of 30
    graph = country.graph().subgraph(country.name[2:])
    assert nx.is_connected(graph)


def test_the_same_scenario_has_the_same_network(lay_out, country):
    again = lay_out()
    assert again.name == country.name
    for key in ("x_m", "y_m", "n_lines", "is_manual", "n_operators"):
        np.testing.assert_array_equal(getattr(again, key), getattr(country, key))
    assert circuits_of(again) == circuits_of(country)


def test_what_the_user_gives_stands_beside_the_rule(lay_out):
    listed = [{"name": "hub", "n_lines": 5, "longitude_deg": 126.0, "latitude_deg": 39.1}]
    groups = [
        {"between": ["koryolink", "fixed"], "n_circuits": 7},
        {"between": ["kp_03", "fixed"], "n_circuits": 8},
        {"between": ["kp_02", "kp_03"], "n_circuits": 9},
    ]
    exchanges = lay_out(exchanges=listed, gateway="hub", switching={"trunk_groups": groups})
    assert exchanges.name[-1] == "hub"
    assert exchanges.gateway_idx == len(exchanges) - 1
    assert int(exchanges.n_lines.sum()) == N_LINES + 5
    assert exchanges.trunks.name[:3] == ("koryolink-fixed", "kp_03-fixed", "kp_02-kp_03")
    circuits = circuits_of(exchanges)
    assert circuits["kp_03", "hub"] == (8, 0)
    assert circuits["kp_02", "kp_03"] == (9, 0)
    assert ("kp_03", "kp_02") not in circuits
    assert circuits["kp_01", "hub"][0] > 2_000


def test_a_county_as_gateway_keeps_the_larger_of_two_groups(lay_out, country):
    exchanges = lay_out(gateway="sunan")
    before, after = circuits_of(country)["sunan", "kp_01"], circuits_of(exchanges)["sunan", "kp_01"]
    assert after[0] > before[0]
    assert len(circuits_of(exchanges)) == len(exchanges.trunks)


def test_without_settlements_exchanges_spread_over_the_people(lay_out):
    exchanges = lay_out(PLAIN, n_lines=1_000, generated={"n_county_exchanges": 7})
    assert exchanges.name[2:] == ("plain", *(f"plain_{k:03d}" for k in range(1, 8)))
    assert int(exchanges.n_lines.sum()) == 1_000
    assert int(exchanges.is_manual.sum()) == 3  # 0.45 of 7 is 3.15
    assert np.abs(exchanges.x_m[2] - 10_000) <= 500
    assert np.abs(exchanges.y_m[2] - 5_000) <= 500
    x_m, y_m = exchanges.x_m[2:], exchanges.y_m[2:]
    away_m = np.hypot(x_m[:, None] - x_m, y_m[:, None] - y_m)[~np.eye(8, dtype=bool)]
    assert away_m.min() >= 2_500  # half the side of an eighth of 200 km2
    assert exchanges.n_lines[2:].min() > 40


def test_shares_of_counties_are_rounded_to_the_nearest(lay_out):
    for share, n_manual in ((0.45, 3), (0.5, 4), (0.0, 0), (1.0, 7)):
        generated = {"n_county_exchanges": 7, "manual_share": share}
        assert int(lay_out(PLAIN, generated=generated).is_manual.sum()) == n_manual


def test_few_lines_have_a_whole_system_all_the_same(lay_out):
    exchanges = lay_out(n_lines=0, generated={"alternate_share": 0.0, "system_circuits": 24})
    assert len(exchanges.trunks) == 210
    assert set(exchanges.trunks.n_circuits.tolist()) == {24}


def test_the_gateway_is_that_of_the_largest_city_wherever_its_province_stands(lay_out):
    exchanges = lay_out(
        {"region": {"source": "north_korea", "provinces": ["KP-07", "KP-08"]}},
        generated={"n_county_exchanges": 9},
    )
    assert exchanges.name[2] == "kp_07"
    assert exchanges.name[exchanges.gateway_idx] == "kp_08"  # Hamhung is larger than Wonsan.


def test_crowded_people_have_their_exchanges_nearer_together():
    axis = np.arange(500.0, 20_000.0, 1_000.0)
    x_m, y_m = (side.ravel() for side in np.meshgrid(axis, axis))
    people = np.where((x_m < 4_000) & (y_m < 4_000), 1.0, 0.0)
    places = place_exchanges(Quarter(1_000.0, x_m, y_m, people, ()), 17)
    assert len({(place.x_m, place.y_m) for place in places}) == len(places) == 16
    assert max(max(place.x_m, place.y_m) for place in places) < 4_000


def test_a_network_without_lines_and_counties(lay_out):
    exchanges = lay_out(PLAIN, n_lines=0, generated={"n_county_exchanges": 0, "manual_share": 1.0})
    assert exchanges.name[2:] == ("plain",)
    assert int(exchanges.n_lines.sum()) == 0
    assert len(exchanges.trunks) == 0


def test_without_people_there_is_nowhere_to_go(lay_out):
    with pytest.raises(WorldError, match=r"^population: nobody lives in the region"):
        lay_out(PLAIN | {"population": {"total": 0}})


def test_more_exchanges_than_squares_with_people_are_refused(lay_out):
    crowded = PLAIN | {"grid": {"resolution_m": 1_000}}
    assert len(lay_out(crowded, generated={"n_county_exchanges": 199})) == 202
    with pytest.raises(WorldError) as caught:
        lay_out(crowded, generated={"n_county_exchanges": 300})
    assert str(caught.value) == (
        "fixed.generated.n_county_exchanges: 300: only 199 find a square with people of their own; "
        "lower it, or make grid.resolution_m finer"
    )


def test_a_listed_exchange_must_not_have_the_name_of_a_generated_one(lay_out):
    with pytest.raises(WorldError) as caught:
        lay_out(exchanges=[{"name": "kaechon"}])
    assert str(caught.value) == (
        "fixed.exchanges[0]: name = 'kaechon': already that of the rule of fixed.generated; rename one"
    )


def test_a_network_with_the_name_of_a_town_keeps_it(lay_out):
    networks = [{"name": "kaechon", "n_subscribers": 0}, {"name": "kp_01", "n_subscribers": 0}]
    exchanges = lay_out({"networks": networks})
    assert exchanges.name[2] == "kp_01_2"
    assert "kaechon_2" in exchanges.name


def test_settlements_near_another_are_left_out():
    axis = np.arange(500.0, 20_000.0, 1_000.0)
    x_m, y_m = (side.ravel() for side in np.meshgrid(axis, axis))
    towns = ((2_000.0, 2_000.0, "big"), (3_000.0, 2_000.0, "near"), (18_000.0, 18_000.0, "far"))
    people = np.where(x_m > 10_000, 0.0, 1.0)
    quarter = Quarter(1_000.0, x_m, y_m, people, tuple(ExchangePlace(*town) for town in towns))
    places = place_exchanges(quarter, 3)
    assert [place.name for place in places] == ["big", "far", ""]
    assert places[2].x_m < 10_000
    assert np.bincount(nearest_place(quarter, places)).sum() == len(people)


def test_the_notes_say_that_exchanges_are_placed(make_scenario):
    groups = [{"between": [name, "fixed"], "n_circuits": 30} for name in ("koryolink", "kang_song")]
    fixed = {"source": "generated", "n_lines": 1_000}
    world = build_world(make_scenario(fixed=fixed, switching={"trunk_groups": groups}), Path())
    assert world.notes[-1] == "exchanges are placed by rule, not observed"
