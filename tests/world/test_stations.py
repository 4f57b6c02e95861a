"""Sites from lists and by rule, and their cells."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from sim.errors import WorldError
from sim.scenario.schema import Scenario
from sim.world.build import World, build_world
from sim.world.landscape import make_landscape
from sim.world.subscribers import line_weights

PLAIN = {
    "region": {"source": "plain", "width_km": 10, "height_km": 10},
    "grid": {"resolution_m": 500},
    "population": {"total": 0},
}
HEADER = "name,x_km,y_km,antenna_height_m,n_sectors,azimuth_deg,n_channels"


def places_km(world: World, network_idx: int = 0) -> np.ndarray:
    own = world.sites.network_idx == network_idx
    return np.column_stack((world.sites.x_m[own], world.sites.y_m[own])) / 1000.0


def test_a_site_has_its_own_values_and_the_rest_from_its_network(make_scenario):
    sites = [
        {"name": "omni", "x_km": 1.0, "y_km": 2.0, "n_sectors": 1, "n_channels": 7},
        {"name": "three", "x_km": 9.9, "y_km": 0.1, "antenna_height_m": 45, "azimuth_deg": 300},
    ]
    equipment = {"antenna_height_m": 20, "n_channels": 30, "pilot_power_dbm": 31}
    networks = [{"name": "only", "n_subscribers": 0, "sites": sites, "equipment": equipment}]
    world = build_world(make_scenario(**PLAIN, networks=networks), Path())
    assert world.sites.name == ("omni", "three")
    np.testing.assert_allclose(places_km(world), [(1.0, 2.0), (9.9, 0.1)])
    assert np.isnan(world.sites.longitude_deg).all()
    assert world.sites.antenna_height_m.tolist() == [20.0, 45.0]
    assert world.cells.name == ("omni", "three/1", "three/2", "three/3")
    assert world.cells.site_idx.tolist() == [0, 1, 1, 1]
    assert np.isnan(world.cells.azimuth_deg[0])
    assert world.cells.azimuth_deg[1:].tolist() == [300.0, 60.0, 180.0]
    assert world.cells.n_channels.tolist() == [7, 30, 30, 30]
    assert world.cells.antenna_gain_dbi.tolist() == [11.0, 18.0, 18.0, 18.0]
    assert set(world.cells.pilot_power_dbm.tolist()) == {31.0}


def test_sites_on_the_edge_of_a_plain_stand(make_scenario):
    corners = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (10.0, 10.0)]
    sites = [{"name": f"s{i}", "x_km": x, "y_km": y} for i, (x, y) in enumerate(corners)]
    networks = [{"name": "only", "n_subscribers": 0, "sites": sites}]
    world = build_world(make_scenario(**PLAIN, networks=networks), Path())
    square = world.sites.square_idx
    assert world.grid.x_m[square].tolist() == [250.0, 9_750.0, 250.0, 9_750.0]
    assert world.grid.y_m[square].tolist() == [250.0, 250.0, 9_750.0, 9_750.0]


def test_sites_by_longitude_and_latitude_go_there_and_back(make_scenario, tmp_path: Path):
    table = (
        "name,longitude_deg,latitude_deg\nTower Hill,125.75432,39.03385\nPort,125.40778,38.7375\n"
    )
    (tmp_path / "sites.csv").write_text(table, "utf-8")
    networks = [{"name": "only", "n_subscribers": 0, "sites_file": "sites.csv"}]
    world = build_world(make_scenario(networks=networks), tmp_path)
    np.testing.assert_allclose(world.sites.longitude_deg, (125.75432, 125.40778), atol=1e-9)
    np.testing.assert_allclose(world.sites.latitude_deg, (39.03385, 38.7375), atol=1e-9)
    assert [world.provinces.code[p] for p in world.sites.province_idx] == ["KP-01", "KP-02"]


def test_a_table_gives_the_same_sites_as_the_scenario(make_scenario, tmp_path: Path):
    rows = f"{HEADER}\na,1.5,2.5,,1,,9\n\nb,3,4,25,2,90,"
    (tmp_path / "sites.csv").write_text("\ufeff" + rows, "utf-8")
    inline = [
        {"name": "a", "x_km": 1.5, "y_km": 2.5, "n_sectors": 1, "n_channels": 9},
        {"name": "b", "x_km": 3, "y_km": 4, "antenna_height_m": 25, "n_sectors": 2, "azimuth_deg": 90},
    ]  # fmt: skip
    worlds = [
        build_world(
            make_scenario(**PLAIN, networks=[{"name": "only", "n_subscribers": 0, **given}]),
            tmp_path,
        )
        for given in ({"sites_file": "sites.csv"}, {"sites": inline})
    ]
    for name in ("name", "square_idx", "antenna_height_m"):
        assert np.array_equal(*(getattr(world.sites, name) for world in worlds))
    for name in ("name", "site_idx", "n_channels"):
        assert np.array_equal(*(getattr(world.cells, name) for world in worlds))
    np.testing.assert_array_equal(*(world.cells.azimuth_deg for world in worlds))


def test_every_problem_of_a_table_is_told_with_its_line(make_scenario, tmp_path: Path):
    rows = (HEADER, "a,1,1,tall,,,", ",2,2,,,,", "c,3,3,,9,,", "d,4", "e,nan,1,,,,")
    path = tmp_path / "sites.csv"
    path.write_text("\n".join(rows), "utf-8")
    networks = [{"name": "only", "n_subscribers": 0, "sites_file": "sites.csv"}]
    with pytest.raises(WorldError) as caught:
        build_world(make_scenario(**PLAIN, networks=networks), tmp_path)
    assert str(caught.value).splitlines() == [
        f"{path}:2: antenna_height_m = 'tall': must be a number, 1 to 500",
        f"{path}:3: name: missing; every site needs it",
        f"{path}:4: n_sectors = '9': must be a whole number, 1 to 6",
        f"{path}:5: 2 fields; the header has 7 columns",
        f"{path}:6: x_km = 'nan': must be a number",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no sites; needs a header of name, x_km, y_km"),
        (b"name,x_km,y_km\n", "no sites"),
        (b"name,x_km,height\na,1,2\n", "column 'height': unknown; allowed are name, x_km"),
        (b"x_km,y_km\n1,2\n", "column 'name': missing"),
        (b"name,x_km,x_km,y_km\na,1,1,1\n", "column 'x_km': twice"),
        (b"name,x_km,latitude_deg\na,1,1\n", "coordinates are missing"),
        (b"\xff\xfe\x00name", "is a binary file; save the table"),
        (b"name,x_km,y_km\na,1,1\na,2,2\n", ":3: name = 'a': already that of .*:2; rename one"),
        (b"name,x_km,y_km\na,11,1\n", ":2: x_km = 11, y_km = 1: outside the region; the plain"),
        (b"name,longitude_deg,latitude_deg\na,126,39\n", ":2: a plain has no longitude"),
        (b"name,x_km,y_km\na,,1\n", ":2: place must be given once"),
    ],
)
def test_bad_tables_are_explained(content: bytes, message: str, make_scenario, tmp_path: Path):
    (tmp_path / "sites.csv").write_bytes(content)
    networks = [{"name": "only", "n_subscribers": 0, "sites_file": "sites.csv"}]
    with pytest.raises(WorldError, match=message):
        build_world(make_scenario(**PLAIN, networks=networks), tmp_path)


def test_a_missing_table_is_explained(make_scenario, tmp_path: Path):
    networks = [{"name": "only", "n_subscribers": 0, "sites_file": "none.csv"}]
    with pytest.raises(WorldError, match=r"none.csv: cannot be read \(No such file"):
        build_world(make_scenario(**PLAIN, networks=networks), tmp_path)


def test_a_site_outside_the_country_is_explained(make_scenario):
    sites = [{"name": "Seoul", "longitude_deg": 126.98, "latitude_deg": 37.57}]
    networks = [{"name": "only", "n_subscribers": 0, "sites": sites}]
    message = r"networks\[only\].sites\[0\]: longitude_deg = 126.98, .*: outside the region; its provinces"
    with pytest.raises(WorldError, match=message):
        build_world(make_scenario(networks=networks), Path())


def test_placed_sites_have_numbers_and_stand_where_the_network_is_sold(national):
    scenario, world = national
    names = [f"{n.name}_{i + 1:04d}" for n in scenario.networks for i in range(n.n_sites)]
    assert list(world.sites.name) == names
    assert np.bincount(world.sites.network_idx).tolist() == [150, 150]
    square = world.grid.square_of(world.sites.x_m, world.sites.y_m)
    assert np.array_equal(square, world.sites.square_idx)
    assert np.array_equal(world.grid.province_idx[square], world.sites.province_idx)
    first = world.sites.network_idx == 0
    unsold = {world.provinces.code.index(code) for code in ("KP-09", "KP-10", "KP-13")}
    assert not unsold & set(world.sites.province_idx[first].tolist())
    assert unsold <= set(world.sites.province_idx[~first].tolist())


def test_spacing_is_kept(make_scenario):
    placement = {"urban_spacing_km": 1.5, "rural_spacing_km": 4.0}
    networks = [
        {"name": "only", "n_subscribers": 10**6, "n_sites": 900, "placement": placement},
    ]
    scenario = make_scenario(networks=networks, grid={"resolution_m": 1_000})
    world = build_world(scenario, Path())
    place_km = places_km(world)
    tree = cKDTree(place_km)
    assert tree.query(place_km, k=2)[0][:, 1].min() >= 1.5
    rural = place_km[~world.is_urban[world.sites.square_idx]]
    assert len(rural) > 50
    assert cKDTree(rural).query(rural, k=2)[0][:, 1].min() >= 4.0


@pytest.mark.parametrize("seed", range(5))
def test_spacing_is_kept_where_sites_are_packed(seed: int, make_scenario):
    networks = [{"name": "only", "n_subscribers": 0, "n_sites": 9}]
    place_km = places_km(build_world(make_scenario(**PLAIN, networks=networks, seed=seed), Path()))
    assert cKDTree(place_km).query(place_km, k=2)[0][:, 1].min() >= 3.0


def test_county_seats_come_first(make_scenario):
    placement = {"county_seat_share": 1.0}
    networks = [{"name": "only", "n_subscribers": 10**6, "n_sites": 20, "placement": placement}]
    scenario = make_scenario(networks=networks)
    world = build_world(scenario, Path())
    places = make_landscape(scenario, Path()).places
    away_m = np.hypot(world.sites.x_m - places.x_m[:20], world.sites.y_m - places.y_m[:20])
    # The shift is at most a quarter of the spacing in towns each way, about the centre of the seat.
    assert away_m.max() <= np.hypot(250.0, 250.0)


def test_two_networks_under_one_rule_do_not_share_sites(make_scenario):
    networks = [{"name": name, "n_subscribers": 10**6, "n_sites": 100} for name in ("a", "b")]
    world = build_world(make_scenario(networks=networks), Path())
    away_km = cKDTree(places_km(world, 0)).query(places_km(world, 1))[0]
    assert (away_km > 0.01).mean() > 0.9


def test_placement_is_the_same_twice_and_another_with_another_seed(make_scenario):
    def place(seed: int) -> list[list[float]]:
        networks = [{"name": "only", "n_subscribers": 0, "n_sites": 8}]
        return places_km(
            build_world(make_scenario(**PLAIN, networks=networks, seed=seed), Path())
        ).tolist()

    assert place(1) == place(1)
    assert place(1) != place(2)


def test_listed_sites_are_taken_into_account(make_scenario):
    sites = [{"name": "mine", "x_km": 5.0, "y_km": 5.0}]
    networks = [{"name": "only", "n_subscribers": 0, "n_sites": 8, "sites": sites}]
    world = build_world(make_scenario(**PLAIN, networks=networks), Path())
    assert world.sites.name[:2] == ("mine", "only_0001")
    place_km = places_km(world)
    assert np.hypot(*(place_km[1:] - place_km[0]).T).min() >= 3.0


def test_a_placed_name_that_is_taken_is_explained(make_scenario):
    sites = [{"name": "only_0001", "x_km": 5.0, "y_km": 5.0}]
    networks = [{"name": "only", "n_subscribers": 0, "n_sites": 1, "sites": sites}]
    with pytest.raises(WorldError, match="'only_0001' has the name of a listed one"):
        build_world(make_scenario(**PLAIN, networks=networks), Path())


def test_more_sites_than_fit_are_explained(make_scenario):
    networks = [{"name": "only", "n_subscribers": 0, "n_sites": 1_000}]
    with pytest.raises(WorldError) as caught:
        build_world(make_scenario(**PLAIN, networks=networks), Path())
    message = str(caught.value)
    n_fit = int(message.split("room for only ")[1].split()[0])
    # Discs of half the spacing cannot overlap: in the plain and a rim of 1.5 km at most 0.9069 of the area.
    assert 4 <= n_fit <= 0.9069 * 13.0**2 / (np.pi * 1.5**2)


def test_where_no_province_is_sold_no_site_fits(make_scenario):
    networks = [{"name": "only", "n_subscribers": 0, "n_sites": 1, "province_weight": {"plain": 0}}]
    with pytest.raises(WorldError, match="room for only 0"):
        build_world(make_scenario(**PLAIN, networks=networks), Path())


def test_sites_go_on_when_everybody_is_served(make_scenario):
    # All lines of a small province lie within reach of the first sites; the others are placed all the same.
    placement = {"urban_spacing_km": 0.5, "rural_spacing_km": 2.0, "county_seat_share": 0.0}
    networks = [{"name": "only", "n_subscribers": 100, "n_sites": 60, "placement": placement}]
    scenario = make_scenario(
        region={"source": "north_korea", "provinces": ["KP-13"]},
        grid={"resolution_m": 500},
        networks=networks,
    )
    assert len(build_world(scenario, Path()).sites) == 60


def city_loads(scenario: Scenario) -> np.ndarray:
    """Return the lines whose nearest site is each site, of a city's network."""
    world = build_world(scenario, Path())
    weight = line_weights(
        scenario.networks[0], world.grid, world.provinces.code, world.population, world.urban_share
    )
    lines = weight / weight.sum() * len(world.sites)
    _, nearest = cKDTree(places_km(world)).query(
        np.column_stack((world.grid.x_m, world.grid.y_m)) / 1000.0
    )
    return np.bincount(nearest, lines, len(world.sites))


def test_load_is_roughly_even_in_a_city(make_scenario):
    networks = [{"name": "only", "n_subscribers": 10**6, "n_sites": 150, "rural_weight": 0.0}]
    scenario = make_scenario(
        region={"source": "north_korea", "provinces": ["KP-01"]},
        grid={"resolution_m": 250},
        networks=networks,
    )
    load = city_loads(scenario)
    # Sites thrown at random where the lines are would have a variation of about 0.53 from the areas of Poisson-Voronoi
    # cells alone (Hinde and Miles 1980), and more from the density; a rule must do clearly better.
    assert load.std() / load.mean() < 0.4
    assert load.max() < 2.5


def test_notes_say_what_is_synthetic(national):
    _, world = national
    text = " ".join(world.notes)
    assert "5-arc-minute" in text
    assert "702,372" in text
    assert "sites of koryolink, kang_song are placed by rule" in text
