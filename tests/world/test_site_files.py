"""Files of sites in every form in which they circulate: what is read, what is assumed, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from sim.errors import SimError
from sim.scenario.networks_section import Site
from sim.scenario.schema import Scenario
from sim.world.build import build_world
from sim.world.input_files import read_rows
from sim.world.site_cells import MAX_SECTORS, SAME_SITE_M, _group, _widest_m
from sim.world.site_features import Point, make_site, read_geojson_sites, read_kml_sites
from sim.world.stations import Sites

NAMPO = (125.40, 38.74)
KAESONG = (126.55, 37.97)
PYONGYANG = (125.75, 39.03)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def scenario(file: str, **network) -> Scenario:
    tree = {
        "name": "own",
        "region": {"source": "north_korea"},
        "grid": {"resolution_m": 10_000},
        "networks": [{"name": "net", "n_subscribers": 10, "sites_file": file} | network],
    }
    return Scenario.model_validate(tree)


def world(file: str, text: str, **network):
    Path(file).write_text(text, "utf-8")
    return build_world(scenario(file, **network), Path())


def sites(file: str, text: str, **network) -> Sites:
    return world(file, text, **network).sites


def said(file: str, text: str | bytes, **network) -> list[str]:
    Path(file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SimError) as caught:
        build_world(scenario(file, **network), Path())
    return str(caught.value).splitlines()


def point(place=NAMPO, **properties) -> dict:
    geometry = {"type": "Point", "coordinates": list(place)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features, **members) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | members)


def placemark(place="125.40,38.74,0", name="Nampo", more="") -> str:
    shape = f"<Point><coordinates>{place}</coordinates></Point>"
    return f"<Placemark><name>{name}</name>{more}{shape}</Placemark>"


def kml(*placemarks: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn by hand -->\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>\n'
        + "\n".join(placemarks)
        + "\n</Folder></Document></kml>\n"
    )


def test_geojson_points_become_sites_with_their_properties():
    text = collection(
        point(NAMPO, name="Nampo", antenna_height_m=45, n_sectors=1, n_channels=7, colour="red"),
        point(KAESONG, name="Kaesong", azimuth_deg=20.5),
    )
    built = world("sites.geojson", text)
    assert built.sites.name == ("Nampo", "Kaesong")
    assert built.sites.longitude_deg == pytest.approx([125.40, 126.55], abs=1e-7)
    assert built.sites.latitude_deg == pytest.approx([38.74, 37.97], abs=1e-7)
    assert built.sites.antenna_height_m.tolist() == [45.0, 30.0]
    assert built.cells.name == ("Nampo", "Kaesong/1", "Kaesong/2", "Kaesong/3")
    assert built.cells.n_channels.tolist() == [7, 60, 60, 60]
    assert built.cells.azimuth_deg[1:].tolist() == [20.5, 140.5, 260.5]
    note = "1 of 2 sites of net in sites.geojson have no antenna_height_m: 30 m are assumed"
    assert note in built.notes


def test_notes_say_the_same_wherever_the_file_lies(tmp_path):
    text = collection(point(NAMPO, name="Nampo"))
    here = world("sites.geojson", text)
    (tmp_path / "elsewhere").mkdir()
    assert world("elsewhere/sites.geojson", text).notes == here.notes
    assert any("in sites.geojson have no antenna_height_m" in note for note in here.notes)


def test_kml_placemarks_become_sites_with_extended_data_of_either_kind():
    untyped = '<ExtendedData><Data name="antenna_height_m"><value>55</value></Data></ExtendedData>'
    typed = (
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="n_sectors">2</SimpleData>'
        "</SchemaData></ExtendedData>"
    )
    text = kml(
        placemark(more=untyped),
        placemark("126.55,37.97", "Kaesong", typed),
        placemark("\n 125.75,39.03,0\n", ""),
    )
    built = world("sites.kml", text, equipment={"n_sectors": 1, "antenna_height_m": 25})
    assert built.sites.name == ("Nampo", "Kaesong", "net_f00003")
    assert built.sites.antenna_height_m.tolist() == [55.0, 25.0, 25.0]
    assert np.bincount(built.cells.site_idx).tolist() == [1, 2, 1]
    assert built.sites.longitude_deg == pytest.approx([125.40, 126.55, 125.75], abs=1e-7)
    assert "1 sites of net have no name in 'sites.kml' and are numbered" in built.notes


def test_a_file_of_another_name_is_judged_by_its_first_character():
    assert sites("a.txt", collection(point(name="a"))).name == ("a",)
    assert sites("b.txt", kml(placemark(name="b"))).name == ("b",)
    assert sites("c.txt", "name,longitude_deg,latitude_deg\nc,125.4,38.74\n").name == ("c",)


def test_a_point_that_was_saved_as_one_of_several_is_a_point():
    feature = point(name="a") | {"geometry": {"type": "MultiPoint", "coordinates": [NAMPO]}}
    nested = {"type": "GeometryCollection", "geometries": [feature["geometry"]]}
    text = collection(feature, feature | {"geometry": nested})
    points = f"<Point><coordinates>{NAMPO[0]},{NAMPO[1]}</coordinates></Point>"
    Path("a.geojson").write_text(text, "utf-8")
    Path("b.kml").write_text(
        kml(f"<Placemark><MultiGeometry>{points}</MultiGeometry></Placemark>"), "utf-8"
    )
    read = [
        *read_geojson_sites(Path("a.geojson"), "a.geojson", 9),
        *read_kml_sites(Path("b.kml"), "b.kml", 9),
    ]
    assert [(one.longitude_deg, one.latitude_deg) for one in read] == [NAMPO] * 3


def test_of_several_points_in_a_feature_it_is_said_how_to_part_them():
    feature = point() | {"geometry": {"type": "MultiPoint", "coordinates": [NAMPO, KAESONG]}}
    points = "<Point><coordinates>125,38</coordinates></Point>" * 2
    lines = said("a.geojson", collection(feature)) + said(
        "b.kml", kml(f"<Placemark><MultiGeometry>{points}</MultiGeometry></Placemark>")
    )
    assert len(lines) == 2
    for line in lines:
        assert (
            "with 2 parts: must be a Point; split it into features of one part (in QGIS: " in line
        )


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (point((38.74, 125.40), name="x"), "latitude_deg = '125.4': must be a number, -90 to 90"),
        (point((38.74, 125.40), name="x"), "longitude and latitude look swapped"),
        (point((126.98, 37.57), name="x"), "longitude_deg = 126.98, latitude_deg = 37.57: outside the region"),
        (point((124.0, 38.0), name="x"), "outside the region"),
        (point(name="x", n_sectors=9), "n_sectors = '9': must be a whole number, 1 to 6"),
        (point(name="x", antenna_height_m="tall"), "antenna_height_m = 'tall': must be a number"),
        (point(name="x", antenna_height_m=-2), "antenna_height_m = '-2': must be a number, 1 to 500"),
        (point(name="a/b"), "name = 'a/b': must not begin with a space and must not contain a slash"),
        (point(name="y" * 60), "must have at most 48 characters"),
        (point((float("nan"), 38.0), name="x"), "longitude_deg = 'nan': must be a number, -180 to 180"),
        (point(("125", 38.0), name="x"), "must be two numbers"),
        (point((125.0,), name="x"), "must be [longitude, latitude]"),
        ({"type": "Feature", "geometry": None}, "has no geometry: must be a Point"),
        ({"type": "Feature", "geometry": {"type": "Polygon"}}, "of type 'Polygon': must be a Point"),
        (point((190.0, 38.0)), "must be a number, -180 to 180; are these longitudes of 0 to 360? Subtract 360"),
        ([1], "is a list: must be of type 'Feature'"),
    ],
)  # fmt: skip
def test_a_wrong_feature_is_named_by_its_number(feature, message: str):
    lines = said("s.geojson", collection(point(name="good"), feature))
    assert len(lines) == 1
    assert lines[0].startswith("s.geojson: feature 2: ")
    assert message in lines[0]


def test_all_wrong_features_are_told_at_once():
    lines = said("s.geojson", collection(point(n_sectors=0), point((1, 95)), {"type": "x"}))
    assert [line.split(":")[1] for line in lines] == [" feature 1", " feature 2", " feature 3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ('{"type": "Topology"}', "holds an object of type 'Topology': must be a FeatureCollection"),
        (collection(), "features: missing or empty; must hold a site each"),
        (collection(point(), crs={"properties": {"name": "EPSG:5186"}}), "must be longitude and latitude on WGS 84"),
        (b"\xff\xfe{", "is not UTF-8"),
        ("[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_geojson_is_refused(text, message: str):
    lines = said("s.geojson", text)
    assert len(lines) == 1
    assert lines[0].startswith("s.geojson")
    assert message in lines[0]


BOMB = (
    '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (kml(placemark()).replace("\n<kml", f"\n{BOMB}<kml").replace("Nampo", "&i;"), "s.kml:3: holds <!DOCTYPE"),
        ("<kml><Placemark>", "is no XML"),
        ("<gpx></gpx>", "its first element must be kml"),
        ("<OGRVRTDataSource><kml/></OGRVRTDataSource>", "its first element must be kml"),
        ("name,x_km", "its first element must be kml"),
        ("", "its first element must be kml"),
        (b"<kml>\n\xe9</kml>", "s.kml:2: is not UTF-8"),
        (kml(placemark()).encode("utf-16"), "is not UTF-8"),
        ("<kml></kml>", "no placemarks: must hold one for each site"),
        (kml("<Placemark><name>way</name><LineString/></Placemark>"), "1 (way): has a LineString: must be a Point"),
        (kml("<Placemark/>"), "placemark 1: has no geometry: must be a Point"),
        (kml(placemark("125.4")), "has the coordinates '125.4': must be longitude,latitude"),
        (kml(placemark("125.4,38.74,0 125.5,38.74,0")), "must be longitude,latitude"),
        (kml(placemark("east,north")), "has the coordinates 'east,north': must be two numbers"),
        (kml(placemark("nan,38.74")), "longitude_deg = 'nan': must be a number, -180 to 180"),
        (kml(placemark("38.74,125.40")), "longitude and latitude look swapped"),
    ],
)  # fmt: skip
def test_a_kml_that_cannot_be_used_is_refused(text, message: str):
    lines = said("s.kml", text)
    assert len(lines) == 1
    assert lines[0].startswith("s.kml")
    assert message in lines[0]


def test_a_kml_cannot_spell_entities_in_another_encoding():
    # In code page 37 these bytes would be a DOCTYPE; they are read as UTF-8, whatever the file declares.
    hidden = kml(placemark()).replace("UTF-8", "cp037")
    assert sites("s.kml", hidden).name == ("Nampo",)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("s.kmz", "unpack it: the KML lies in it as doc.kml"),
        ("s.gpkg", "save it as GeoJSON"),
        ("s.xlsx", "save the table as CSV"),
    ],
)  # fmt: skip
def test_other_formats_are_named_with_what_to_do(name: str, advice: str):
    lines = said(name, "PK")
    assert lines == [f"{name}: is a {name[1:]} file: must be CSV, GeoJSON or KML; {advice}"]


def test_places_that_overstep_the_globe_by_rounding_are_on_its_ends():
    table = "name,longitude_deg,latitude_deg\na,180.00000000000017,-90.00000000000001\n"
    Path("a.csv").write_text(table, "utf-8")
    ((_, site),) = read_rows(Path("a.csv"), Site, "site", 9)
    assert (site.longitude_deg, site.latitude_deg) == (180.0, -90.0)
    here = make_site(Point("a: feature 1", "a", 180.00000000000017, 0.0, {}), "spare")
    assert isinstance(here, Site)
    assert here.longitude_deg == 180.0


def test_two_sites_of_a_file_at_one_place_are_refused_for_each_further_one():
    east = 0.5 / 86_900.0  # half a metre at 38.74 degrees
    text = collection(
        point(name="a"), point(KAESONG, name="b"), point((NAMPO[0] + east, NAMPO[1]), name="c")
    )
    assert said("s.geojson", text) == [
        "s.geojson: feature 3: stands within 1 m of s.geojson: feature 1: a network has one site at a place; "
        "leave one out"
    ]
    apart = collection(point(name="a"), point((NAMPO[0] + 4 * east, NAMPO[1]), name="c"))
    assert len(sites("s.geojson", apart)) == 2


def test_a_name_given_twice_is_refused():
    lines = said("s.kml", kml(placemark(), placemark("126.55,37.97")))
    assert lines == [
        "s.kml: placemark 2 (Nampo): name = 'Nampo': already that of s.kml: placemark 1 (Nampo); rename one"
    ]


HEADER = (
    "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
)


def cell(
    number: int, lon: float, lat: float, radio="UMTS", mcc=467, net=5, area=11, samples=1, updated=1
) -> str:
    return f"{radio},{mcc},{net},{area},{number},0,{lon},{lat},1000,{samples},1,1,{updated},0"


def test_cells_near_each_other_are_one_site():
    step = SAME_SITE_M / 86_900.0
    cells = [
        cell(1, *NAMPO), cell(10, *KAESONG), cell(2, NAMPO[0] + 0.9 * step, NAMPO[1]),
        cell(3, NAMPO[0] + 1.8 * step, NAMPO[1]), cell(11, KAESONG[0] + 1.1 * step, KAESONG[1]),
        cell(4, *PYONGYANG, radio="GSM"), cell(5, *PYONGYANG, mcc=450), cell(6, *PYONGYANG, net=6),
    ]  # fmt: skip
    built = world("cells.csv", "\n".join([HEADER, *cells]), cells={"mcc": 467, "net": 5})
    assert built.sites.name == ("net_c00001", "net_c00002", "net_c00003")
    assert np.bincount(built.cells.site_idx).tolist() == [3, 1, 1]
    assert built.sites.longitude_deg[0] == pytest.approx(NAMPO[0] + 0.9 * step, abs=1e-8)
    assert built.sites.longitude_deg[1] == pytest.approx(KAESONG[0], abs=1e-8)
    notes = " ".join(built.notes)
    assert "5 cells of net in cells.csv are taken for 3 sites" in notes
    assert "3 cells of cells.csv are left out: not UMTS, mcc 467, net 5" in notes


def test_cells_strung_along_a_road_are_sites_one_behind_the_other():
    step = 90.0 / 86_730.0
    cells = [cell(k, NAMPO[0] + k * step, NAMPO[1]) for k in range(60)]
    built = world("road.csv", "\n".join([HEADER, *cells]))
    assert np.bincount(built.cells.site_idx).tolist() == [3] * 20
    assert "the widest is about 180 m across" in " ".join(built.notes)


def test_a_site_is_no_wider_than_twice_the_reach_of_its_middle():
    rng = np.random.default_rng(1)
    on_sphere_m = rng.normal(0.0, 300.0, (2_000, 3)) * (1.0, 1.0, 0.0)
    site = _group(on_sphere_m)
    widths = [pdist(on_sphere_m[site == k]).max(initial=0.0) for k in range(site.max() + 1)]
    assert max(widths) <= 2.0 * SAME_SITE_M
    assert 0.86 * max(widths) <= _widest_m(on_sphere_m, site) <= max(widths)


def test_a_cell_that_comes_twice_counts_once_the_newest_else_that_with_most_samples():
    rows = [
        cell(101, 125.40, 38.74),
        cell(102, 125.40, 38.74),
        cell(103, 125.40, 38.74),
        cell(101, 125.40, 38.74),  # the same again
        cell(102, 125.50, 38.74, samples=9),  # moved, of the same age
        cell(103, 125.50, 38.74, updated=2),  # moved since
        cell(103, 125.60, 38.74, samples=99),
        cell(101, 125.70, 38.74, area=12),  # another cell
    ]
    built = world("merged.csv", "\n".join([HEADER, *rows]))
    assert built.sites.longitude_deg.round(6).tolist() == [125.40, 125.50, 125.70]
    assert np.bincount(built.cells.site_idx).tolist() == [1, 2, 1]
    assert "4 rows of net in merged.csv are left out: their cells come more than once" in " ".join(
        built.notes
    )


def test_of_cells_any_operator_counts_where_none_is_asked_for():
    cells = [cell(1, *NAMPO), cell(2, *KAESONG, net=6), cell(3, *PYONGYANG, radio="LTE")]
    assert len(sites("cells.csv", "\n".join([HEADER, *cells]))) == 2
    assert len(sites("cells.csv", "\n".join([HEADER, *cells]), cells={"radio": "LTE"})) == 1


def test_more_cells_at_a_place_than_a_site_can_have_are_further_carriers():
    cells = [cell(k, *NAMPO) for k in range(MAX_SECTORS + 3)]
    built = world("cells.csv", "\n".join([HEADER, *cells]))
    assert len(built.sites) == 1
    assert len(built.cells) == MAX_SECTORS
    assert "3 cells of net in cells.csv are left out: beyond the 6" in " ".join(built.notes)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([HEADER, cell(1, *NAMPO, radio="GSM")], "none of 1 cells is UMTS: must have one; there are GSM 467-5"),
        ([cell(1, *NAMPO)], "cells.csv:1: has no header: put the line radio,mcc,net"),
        ([HEADER, cell(1, 38.74, 125.40)], "cells.csv:2: lat = '125.4': must be a number, -90 to 90"),
        ([HEADER, cell(1, float("nan"), 38.7)], "cells.csv:2: lon = 'nan'"),
        ([HEADER, cell(1, 124.0, 38.0)], "cells.csv:2: longitude_deg = 124, latitude_deg = 38: outside the region"),
        ([HEADER.replace("mcc,", ""), cell(1, *NAMPO)], "column 'mcc': missing"),
        ([HEADER], "no cells; needs a header"),
    ],
)  # fmt: skip
def test_cells_that_cannot_be_used_are_refused(rows, message: str):
    lines = said("cells.csv", "\n".join(rows))
    assert len(lines) == 1
    assert message in lines[0]


def test_a_file_of_60_mb_is_refused_unread():
    for name in ("s.kml", "s.geojson"):
        with Path(name).open("wb") as file:
            file.truncate(60_000_000)
        with pytest.raises(SimError, match=r"is 60\.0 MB: must be at most 50 MB"):
            build_world(scenario(name), Path())
