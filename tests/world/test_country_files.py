"""A country from a user's files: what is read, and what is said of files that cannot be used."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from sim.errors import WorldError
from sim.scenario.region_section import ProvinceKeys
from sim.scenario.schema import Scenario
from sim.world import provinces_file, settlements
from sim.world.build import build_world
from sim.world.landscape import make_landscape, survey_land
from sim.world.provinces_file import read_provinces_file
from sim.world.settlements import SHORE_M, assign_provinces, read_settlements_file

KEYS = ProvinceKeys()


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(code="A", name="Alpha", population=1_000, coordinates=None, **properties):
    coordinates = [ring(10, 50, 10.2, 50.2)] if coordinates is None else coordinates
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, "population": population} | properties,
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


ALPHA = feature()
BETA = feature("B", "Beta", 3_000, [ring(10.2, 50, 10.4, 50.2)])


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*features, **members) -> Path:
    tree = {"type": "FeatureCollection", "features": list(features)} | members
    Path("c.geojson").write_text(json.dumps(tree), "utf-8")
    return Path("c.geojson")


def problems(*features, **members) -> list[str]:
    path = write(*features, **members)
    with pytest.raises(WorldError) as caught:
        read_provinces_file(path, KEYS)
    return str(caught.value).splitlines()


def scenario(**sections) -> Scenario:
    tree = {
        "name": "own",
        "region": {"source": "geojson", "provinces_file": "c.geojson", "relief": "flat"},
        "networks": [{"name": "only", "n_subscribers": 100, "n_sites": 2}],
    }
    return Scenario.model_validate(tree | sections)


def test_provinces_are_read_in_the_order_of_the_file():
    holed = [ring(20, 50, 20.4, 50.4), ring(20.1, 50.1, 20.2, 50.2)[::-1]]
    multi = feature("C", coordinates=[[ring(30, 50, 30.1, 50.1)], [ring(31, 50, 31.1, 50.1)]])
    multi["geometry"]["type"] = "MultiPolygon"
    read = read_provinces_file(write(BETA, feature(7.0, "Seven", 5.0, holed), multi, ALPHA), KEYS)
    assert [province.code for province in read] == ["B", "7", "C", "A"]
    assert [province.population for province in read] == [3_000, 5, 1_000, 1_000]
    assert read[1].outline.area == pytest.approx(0.16 - 0.01)
    assert len(shapely.get_parts(read[2].outline)) == 2


def test_properties_may_have_other_names():
    own = feature()
    own["properties"] = {"id": 1, "label": "One", "inhabitants": 5}
    keys = ProvinceKeys(code="id", name="label", population="inhabitants")
    (province,) = read_provinces_file(write(own), keys)
    assert (province.code, province.name, province.population) == ("1", "One", 5)
    assert problems(own)[0] == (
        "c.geojson: feature 1: property 'code': missing; properties: id, label, inhabitants "
        "(region.province_keys can name another)"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "c.geojson:1:1: not JSON: Expecting value; save it as GeoJSON"),
        (b'{"type":\n "FeatureCollection" 1}', "c.geojson:2:22: not JSON: "),
        (b"\xff\xfe", "c.geojson:1: is not UTF-8"),
        (b"[" * 100_000, "c.geojson: not JSON: "),
        (b"[1]", "holds a list: must be a FeatureCollection"),
        (b"3", "holds a single value: must be"),
        (b'{"a": 1}', "holds an object without type: must be"),
        (b'{"type": "Feature"}', "holds an object of type 'Feature': must be"),
        (b'{"type": "FeatureCollection"}', "features: missing or empty"),
        (b'{"type": "FeatureCollection", "features": []}', "features: missing or empty"),
        (
            b'{"type": "FeatureCollection", "features": [3]}',
            "feature 1: is a single value: must be of type 'Feature'",
        ),
        (b'{"type": "FeatureCollection", "features": ' + b"9" * 5_000 + b"}", "not JSON: Exceeds"),
    ],
)
def test_what_is_no_collection_is_explained(content: bytes, message: str):
    path = Path("c.geojson")
    path.write_bytes(content)
    with pytest.raises(WorldError) as caught:
        read_provinces_file(path, KEYS)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"population": -1}, "population = -1: must be a whole number, 0 to 2,000,000,000"),
        ({"population": float("nan")}, "population = nan: must be a whole number"),
        ({"population": float("inf")}, "population = inf: must be a whole number"),
        ({"population": 1.5}, "population = 1.5: must be a whole number"),
        ({"population": 10**400}, "population = a whole number of 1329 bits: must be a whole"),
        ({"population": "1000"}, "population = '1000': must be a whole number"),
        ({"population": True}, "population = true: must be a whole number"),
        ({"population": None}, "property 'population': missing; properties: code, name, popul"),
        ({"code": ""}, "code = '': must be 1 to 16 characters"),
        ({"code": "x" * 17}, "must be 1 to 16 characters"),
        ({"code": [1]}, "code = [1]: must be text"),
        ({"code": "all"}, "code: must not be one of all, none"),
        ({"name": 3}, "name = 3: must be text"),
        ({"name": " a"}, "name = ' a': must be printable, without blanks"),
        ({"coordinates": []}, "geometry is empty"),
        ({"coordinates": [[]]}, "geometry has a ring of fewer than four positions"),
        ({"coordinates": [[*ring(10, 50, 11, 51)[:-1], [10, 50.5]]]}, "geometry has an open ring"),
        ({"coordinates": [[[1, 2], [1], [2, 2], [1, 2]]]}, "has the position [1]: must be [long"),
        ({"coordinates": [[[1, 2], [1, "a"], [2, 2], [1, 2]]]}, "must be two finite numbers"),
        ({"coordinates": [[[1, 2], [float("nan"), 3], [2, 2], [1, 2]]]}, "two finite numbers"),
        ({"coordinates": [[[1, 2], [10**400, 3], [2, 2], [1, 2]]]}, "two finite numbers"),
        (
            {"coordinates": [[[10, 50], [11, 51], [11, 50], [10, 51], [10, 50]]]},
            "geometry is invalid, self-intersection at longitude and latitude 10.5 50.5: must be",
        ),
        ({"coordinates": [[[10, 50], [11, 50], [12, 50], [10, 50]]]}, "geometry is invalid"),
        (
            {"coordinates": [ring(399_000, 5_800_000, 401_000, 5_802_000)]},
            "has the position [401000, 5802000]: must be degrees within +-180 and +-90; "
            "are these metres of a projection?",
        ),
        (
            {"coordinates": [ring(38, 124, 39, 126)]},
            "are longitude and latitude swapped? Longitude comes first",
        ),
        (
            {"coordinates": [ring(-179.5, 50, 179.5, 51)]},
            "reaches from longitude -179.5 to 179.5: must not cross the antimeridian",
        ),
    ],
)
def test_a_wrong_feature_is_named_by_its_number(changes: dict, message: str):
    lines = problems(BETA, feature(**{"coordinates": [ring(9, 40, 9.1, 40.1)]} | changes))
    assert len(lines) == 1
    assert lines[0].startswith("c.geojson: feature 2")
    assert message in lines[0]


@pytest.mark.parametrize("geometry", [None, 3, {}, {"type": "Point", "coordinates": [1, 2]}])
def test_a_geometry_that_is_no_polygon_is_explained(geometry):
    (line,) = problems(ALPHA | {"geometry": geometry})
    assert "geometry" in line
    assert "must be a Polygon or MultiPolygon" in line


def test_every_problem_is_told_at_once():
    wrong = feature("B", population=-1)
    wrong["geometry"] = None
    lines = problems(feature(population="x"), wrong, feature("B", name=None), {"type": "Feature"})
    assert [line.split(": ", 2)[1] for line in lines] == [
        "feature 1 (A)", "feature 2 (B)", "feature 2 (B)", "feature 3 (B)", "feature 3 (B)",
        "feature 4", "feature 4", "feature 4", "feature 4",
    ]  # fmt: skip
    assert "already that of feature 2; must be unique" in lines[4]


def test_only_some_of_many_problems_are_shown():
    lines = problems(*(feature(f"P{k}", population=-1) for k in range(30)))
    assert len(lines) == 21
    assert lines[-1] == "c.geojson: and 10 more problems like these"


def test_overlapping_provinces_are_refused_and_slivers_are_not():
    (line,) = problems(ALPHA, feature("B", coordinates=[ring(10.19, 50, 10.4, 50.2)]))
    assert line.startswith("c.geojson: features 1 and 2: A and B overlap by 5.0 % of the smaller")
    sliver = feature("B", coordinates=[ring(10.199, 50, 10.4, 50.2)])
    assert len(read_provinces_file(write(ALPHA, sliver), KEYS)) == 2


def test_a_country_on_both_sides_of_the_antimeridian_is_refused():
    east = feature("E", coordinates=[ring(-179.9, 50, -179.5, 51)])
    (line,) = problems(feature("W", coordinates=[ring(179.5, 50, 179.9, 51)]), east)
    assert line == (
        "c.geojson: reaches over 359.8 degrees of longitude: must not cross the antimeridian; "
        "leave out what lies beyond it"
    )


def test_a_corner_that_oversteps_the_date_line_by_rounding_is_on_it():
    rounded = feature(coordinates=[ring(179.8, -17.0, 180.00000000000017, -16.8)])
    (province,) = read_provinces_file(write(rounded), KEYS)
    assert province.outline.bounds == (179.8, -17.0, 180.0, -16.8)
    (line,) = problems(feature(coordinates=[ring(179.8, -17.0, 180.001, -16.8)]))
    assert "has the position [180.001, -17]: must be degrees within +-180 and +-90" in line


def test_longitudes_of_0_to_360_are_called_so():
    (line,) = problems(feature(coordinates=[ring(185.0, -17.0, 185.2, -16.8)]))
    assert line.endswith("are these longitudes of 0 to 360? Subtract 360 from those beyond 180")


def test_another_reference_system_is_refused():
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    (line,) = problems(ALPHA, crs=named)
    assert "crs = 'urn:ogc:def:crs:EPSG::3857': must be longitude and latitude" in line
    named["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert read_provinces_file(write(ALPHA, crs=named), KEYS)


def test_a_large_file_is_refused_unread():
    with Path("c.geojson").open("wb") as file:
        file.truncate(provinces_file.MAX_FILE_BYTES + 1)
    with pytest.raises(WorldError, match=r"c.geojson: is 20.0 MB: must be at most 20 MB"):
        read_provinces_file(Path("c.geojson"), KEYS)


def test_too_many_provinces_are_refused():
    many = [feature(str(k)) for k in range(251)]
    assert problems(*many) == ["c.geojson: 251 features: must be at most 250; join provinces"]


def test_a_missing_file_is_explained():
    with pytest.raises(WorldError, match=r"none.geojson: cannot be read \(No such file"):
        read_provinces_file(Path("none.geojson"), KEYS)


def test_codes_of_the_scenario_are_held_against_the_file():
    write(ALPHA, BETA)
    weights = {"A": 1.0, "AB": 2.0}
    wrong = scenario(
        region={
            "source": "geojson", "provinces_file": "c.geojson", "relief": "flat", "provinces": ["B", "C"],
        },
        networks=[{"name": "only", "n_subscribers": 9, "n_sites": 1, "province_weight": weights}],
    )  # fmt: skip
    with pytest.raises(WorldError) as caught:
        survey_land(wrong, Path())
    assert str(caught.value).splitlines() == [
        "region.provinces[1] = 'C': unknown province; provinces: A, B",
        "networks[only].province_weight.AB: unknown province; did you mean 'B'?",
    ]


def test_an_absurd_size_is_refused_before_it_is_laid_out():
    continent = feature("X", population=0, coordinates=[ring(0, -30, 60, 40)])
    write(continent)
    with pytest.raises(WorldError) as caught:
        make_landscape(scenario(grid={"resolution_m": 25}), Path())
    assert str(caught.value).startswith("grid.resolution_m: the world needs about")
    assert "70,880,500,334 squares): must be at most 16 GiB; make it coarser" in str(caught.value)


def test_a_province_without_a_square_is_explained():
    write(ALPHA, feature("B", coordinates=[ring(10.3, 50, 10.3001, 50.0001)]))
    with pytest.raises(WorldError, match=r"grid.resolution_m: 500 leaves province B without a sq"):
        make_landscape(scenario(), Path())


def test_people_without_settlements_are_spread_evenly_and_scaled():
    write(ALPHA, BETA)
    world = build_world(scenario(population={"total": 8_000}), Path())
    assert world.provinces.population.tolist() == [2_000, 6_000]
    for k, people in enumerate((2_000, 6_000)):
        own = world.population[world.grid.province_idx == k]
        assert own.sum() == people
        assert np.ptp(own) <= 1
    assert not world.grid.height_m.any()
    assert world.notes[0] == "the ground is taken for flat, at height 0: there is no relief"
    assert "spread evenly" in world.notes[1]


def test_a_subset_keeps_its_share_of_the_whole_country():
    write(ALPHA, BETA)
    region = {"source": "geojson", "provinces_file": "c.geojson", "relief": "flat"}
    part = scenario(region=region | {"provinces": ["B"]}, population={"total": 8_000})
    world = build_world(part, Path())
    assert (world.provinces.code, world.provinces.population.tolist()) == (("B",), [6_000])


def test_a_country_of_nobody_cannot_be_scaled():
    write(feature(population=0))
    assert build_world(scenario(), Path()).population.sum() == 0
    with pytest.raises(WorldError, match=r"population.total: 5: cannot be reached"):
        build_world(scenario(population={"total": 5}), Path())


HEADER = "name,latitude_deg,longitude_deg,population\n"


def settle(*rows: str) -> tuple[settlements.Settlement, ...]:
    Path("t.csv").write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    provinces = read_provinces_file(write(ALPHA, BETA), KEYS)
    return assign_provinces(read_settlements_file(Path("t.csv")), provinces, "t.csv")


def test_settlements_find_their_provinces():
    found = settle("Small,50.1,10.1,5", "Large,50.1,10.3,900", "Also,50.1,10.25,5")
    assert [(one.name, one.code) for one in found] == [
        ("Large", "B"), ("Also", "B"), ("Small", "A"),
    ]  # fmt: skip


def test_a_harbour_just_off_the_outline_belongs_to_its_province():
    m_per_deg = 111_195.0
    near, far = (50.2 + factor * SHORE_M / m_per_deg for factor in (0.99, 1.01))
    assert settle(f"Near,{near},10.3,5")[0].code == "B"
    with pytest.raises(WorldError, match=r"Far: latitude .* lies in no province; they reach from"):
        settle(f"Far,{far},10.3,5")
    # A degree of longitude is shorter here.
    reach_deg = SHORE_M / m_per_deg / np.cos(np.radians(50.1))
    assert settle(f"West,50.1,{10.0 - 0.99 * reach_deg},5")[0].code == "A"
    assert settle(f"East,50.1,{10.4 + 0.99 * reach_deg},5")[0].code == "B"
    with pytest.raises(WorldError, match="lies in no province"):
        settle(f"Far,50.1,{10.4 + 1.01 * reach_deg},5")


def test_settlements_off_the_country_are_named_all_at_once():
    with pytest.raises(WorldError) as caught:
        settle("Fine,50.1,10.1,5", "Swapped,10.1,50.1,5", "Away,40,10.1,5")
    assert str(caught.value).splitlines() == [
        "t.csv:3: Swapped: latitude 10.1, longitude 50.1 lies in no province; longitude and latitude look swapped",
        "t.csv:4: Away: latitude 40, longitude 10.1 lies in no province; "
        "they reach from longitude 10 to 10.4, latitude 50 to 50.2",
    ]


def test_settlements_cannot_hold_more_than_their_province():
    with pytest.raises(
        WorldError, match=r"t.csv: settlements of A have 1,001 people, the province 1,000"
    ):
        settle("a,50.1,10.1,1000", "b,50.15,10.1,1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "t.csv:1: no settlements; needs a header of name, latitude_deg, longitude_deg"),
        (b"name,lat,lon,population\na,1,2,3\n", "column 'lat': unknown; allowed are name, latit"),
        (
            b"name,latitude_deg,longitude_deg\na,1,2\n",
            "column 'population': missing; every settlement needs it",
        ),
        (HEADER.encode() + b"a,1,2\n", "t.csv:2: 3 fields; the header has 4 columns"),
        (
            HEADER.encode() + b"a,91,2,3\n",
            "t.csv:2: latitude_deg = '91': must be a number, -90 to 90",
        ),
        (
            HEADER.encode() + b"a,1,2,0\n",
            "t.csv:2: population = '0': must be a whole number, 1 to 2000000000",
        ),
        (HEADER.encode() + b"a,1,2,1.5\n", "t.csv:2: population = '1.5': must be a whole number"),
        (HEADER.encode() + b"a,x,,3\n", "t.csv:2: latitude_deg = 'x': must be a number"),
        (HEADER.encode() + b",1,2,3\n", "t.csv:2: name: missing; every settlement needs it"),
        (HEADER.encode() + b"\xff,1,2,3\n", "t.csv:2: byte 0xff is not UTF-8; save"),
        (HEADER.encode() + b"a,1,2,3\0\n", "t.csv: is a binary file; save the table"),
    ],
)
def test_bad_tables_are_explained(content: bytes, message: str):
    Path("t.csv").write_bytes(content)
    with pytest.raises(WorldError) as caught:
        read_settlements_file(Path("t.csv"))
    assert message in str(caught.value)


def test_problems_of_both_files_come_together():
    write(feature(population=-1))
    Path("t.csv").write_text(HEADER + "a,1,2\n", "utf-8")
    files = {"provinces_file": "c.geojson", "settlements_file": "t.csv"}
    with pytest.raises(WorldError) as caught:
        survey_land(scenario(region={"source": "geojson", "relief": "flat"} | files), Path())
    assert [problem.where for problem in caught.value.problems] == [
        "c.geojson: feature 1 (A)",
        "t.csv:2",
    ]


def test_towns_are_denser_than_the_country_and_totals_are_exact():
    Path("t.csv").write_text(HEADER + "Town,50.1,10.3,2000\n", "utf-8")
    write(ALPHA, BETA)
    files = {"provinces_file": "c.geojson", "settlements_file": "t.csv", "relief": "flat"}
    landscape = make_landscape(scenario(region={"source": "geojson"} | files), Path())
    assert landscape.places.name == ("Town",)
    own = landscape.grid.province_idx == 1
    assert landscape.population[own].sum() == 3_000
    centre = landscape.places.square_idx[0]
    assert landscape.population[centre] > 20 * np.median(landscape.population[own])
