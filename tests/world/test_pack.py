"""The embedded data against the numbers known of its sources."""

import csv

import numpy as np
import pyproj
import pytest
import shapely

from sim.world import embedded_country as pack
from sim.world.heights import interpolate, node_heights_m, node_slopes

# Parts, vertices (closing ones included) and area of each province on WGS 84, measured on an independent cut. [km2]
PROVINCES = {
    "KP-01": (1, 256, 2_705),
    "KP-02": (1, 674, 12_355),
    "KP-03": (26, 575, 12_258),
    "KP-04": (1, 342, 15_822),
    "KP-05": (13, 660, 8_205),
    "KP-06": (1, 431, 9_311),
    "KP-07": (3, 274, 11_264),
    "KP-08": (2, 547, 18_541),
    "KP-09": (1, 399, 17_342),
    "KP-10": (1, 389, 13_888),
    "KP-13": (2, 103, 745),
}
SETTLEMENTS = {
    "KP-01": 7, "KP-02": 14, "KP-03": 12, "KP-04": 11, "KP-05": 20, "KP-06": 7,
    "KP-07": 5, "KP-08": 11, "KP-09": 29, "KP-10": 5, "KP-13": 6,
}  # fmt: skip


def area_km2(outline: shapely.Geometry) -> float:
    area_m2, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(
        shapely.orient_polygons(outline)
    )
    return abs(area_m2) / 1e6


def test_provinces_have_the_known_parts_vertices_and_areas():
    found = {
        province.iso: (
            len(shapely.get_parts(province.outline)),
            int(shapely.get_num_coordinates(province.outline)),
            round(area_km2(province.outline)),
        )
        for province in pack.read_provinces()
    }
    assert found == PROVINCES


def test_the_country_has_its_area_and_bounds_and_no_province_overlaps():
    outlines = [province.outline for province in pack.read_provinces()]
    assert round(sum(area_km2(outline) for outline in outlines)) == 122_438
    assert all(shapely.is_valid(outlines))
    bounds = shapely.total_bounds(np.array(outlines, dtype=object))
    np.testing.assert_allclose(bounds, (124.2113, 37.6756, 130.7000, 43.0103), atol=5e-5)
    union = shapely.union_all(outlines)
    assert sum(outline.area for outline in outlines) == pytest.approx(union.area, rel=1e-6)


def test_elevation_has_the_known_statistics_inside_the_provinces():
    elevation = pack.read_elevation()
    assert elevation.height_m.shape == (69, 86)
    assert (elevation.height_m.min(), elevation.height_m.max()) == (-282, 2_126)
    country = shapely.union_all([province.outline for province in pack.read_provinces()])
    longitude, latitude = np.meshgrid(elevation.longitude_deg, elevation.latitude_deg)
    inside = shapely.contains_xy(country, longitude, latitude)
    height_m = elevation.height_m[inside]
    assert inside.sum() == 1_864
    known = (590, 474, 1_370, 2_070)
    found = (height_m.mean(), np.median(height_m), np.quantile(height_m, 0.9), height_m.max())
    np.testing.assert_allclose(found, known, atol=0.5)


def test_the_highest_mountain_stands_where_it_is_and_not_a_cell_west():
    # Paektu, 41.993 N 128.077 E; the source grid has it one twelfth of a degree west. The centroid is that of the
    # heights over 1,900 m about it, which the 28 m steps of the source fix to about a tenth of a cell.
    elevation = pack.read_elevation()
    longitude, latitude = np.meshgrid(elevation.longitude_deg, elevation.latitude_deg)
    near = (abs(longitude - 128.077) < 0.25) & (abs(latitude - 41.993) < 0.25)
    weight = np.where(near, np.maximum(elevation.height_m - 1_900.0, 0.0), 0.0)
    assert np.sum(weight * longitude) / weight.sum() == pytest.approx(128.077, abs=0.5 / 12)
    assert np.sum(weight * latitude) / weight.sum() == pytest.approx(41.993, abs=0.5 / 12)


def test_land_mask_is_true_on_land():
    land = pack.read_land()
    assert land.shape == (697, 863)
    assert land.sum() == 389_413
    # Nodes at 43.2 - k / 120 N and 123.9083 + k / 120 E: the middle of the country, and the sea east of it.
    assert land[round((43.2 - 40.5) * 120), round((127.0 - 123.9083) * 120)]
    assert not land[round((43.2 - 39.0) * 120), round((130.0 - 123.9083) * 120)]


# Squares of each class in the file, as counted in the package's own table; 0 is farther than 3 km from the provinces.
CLASS_SQUARES = {
    0: 1_599_002, 10: 28_936, 11: 676_027, 12: 56_432, 13: 11_553, 21: 17_469, 22: 1_483, 23: 4_968, 30: 9_506,
}  # fmt: skip
# Area of each class within the outlines, measured independently. [km2]
CLASS_KM2 = {11: 106_579, 12: 8_625, 13: 1_713, 21: 2_690, 22: 222, 23: 757, 30: 1_432}


def test_settlement_classes_are_those_of_the_source_in_number_and_area():
    raster = pack.read_settlement_classes()
    code, count = np.unique(raster.code, return_counts=True)
    assert dict(zip(code.tolist(), count.tolist(), strict=True)) == CLASS_SQUARES
    latitude_deg = raster.north_deg - (np.arange(raster.code.shape[0]) + 0.5) * raster.step_deg
    longitude_deg = raster.west_deg + (np.arange(raster.code.shape[1]) + 0.5) * raster.step_deg
    country = shapely.union_all([province.outline for province in pack.read_provinces()])
    shapely.prepare(country)
    inside = shapely.contains_xy(country, longitude_deg[np.newaxis], latitude_deg[:, np.newaxis])
    side_km = np.radians(raster.step_deg) * 6_371.0
    square_km2 = np.broadcast_to(
        side_km**2 * np.cos(np.radians(latitude_deg))[:, np.newaxis], inside.shape
    )
    area_km2 = np.bincount(raster.code[inside], square_km2[inside])
    for of_class, known_km2 in CLASS_KM2.items():
        assert area_km2[of_class] == pytest.approx(known_km2, rel=0.005)
    # Seven eighths of the land are all but empty.
    land_km2 = area_km2[11:].sum()
    assert 1.0 - area_km2[11] / land_km2 == pytest.approx(0.126, abs=0.001)


def test_settlements_are_those_of_geonames_each_in_its_province():
    settlements = pack.read_settlements()
    assert len(settlements) == 127
    assert sum(place.population > 0 for place in settlements) == 118
    assert sum(place.population for place in settlements) == 13_120_998
    isos = [place.iso for place in settlements]
    assert {iso: isos.count(iso) for iso in sorted(set(isos))} == SETTLEMENTS


def test_census_sums_and_every_figure_names_its_source():
    people = {province.iso: province.population for province in pack.read_provinces()}
    assert sum(people.values()) == 24_052_231 - 702_372
    assert people["KP-09"] + people["KP-13"] == 2_327_362
    assert people["KP-13"] == 196_954
    for name in ("census_provinces.csv", "census_cities.csv"):
        with (pack.FOLDER / name).open(encoding="utf-8", newline="") as file:
            assert all(value for row in csv.DictReader(file) for value in row.values())


def test_census_cities_stand_in_their_provinces():
    outlines = {province.iso: province.outline for province in pack.read_provinces()}
    cities = pack.read_census_cities()
    assert len(cities) == 28
    # On the coast a city's point may lie a little off the outline, but its own province is the nearest.
    for city in cities:
        point = shapely.Point(city.longitude_deg, city.latitude_deg)
        assert min(outlines, key=lambda iso: outlines[iso].distance(point)) == city.iso


def test_pack_is_small():
    assert sum(path.stat().st_size for path in pack.FOLDER.iterdir()) <= 360_000


def test_interpolation_is_exact_at_nodes_and_linear_between_them():
    elevation = pack.read_elevation()
    heights_m = node_heights_m(elevation)
    west, east = elevation.longitude_deg[40:42]
    north, south = elevation.latitude_deg[30:32]
    places = (
        np.array([west, (west + east) / 2, west]),
        np.array([north, north, (north + south) / 2]),
    )
    expected = (
        heights_m[30, 40],
        (heights_m[30, 40] + heights_m[30, 41]) / 2,
        (heights_m[30, 40] + heights_m[31, 40]) / 2,
    )
    np.testing.assert_allclose(interpolate(elevation, heights_m, *places), expected, rtol=1e-9)


def test_sea_counts_as_0_and_never_less():
    elevation = pack.read_elevation()
    heights_m = node_heights_m(elevation)
    assert elevation.height_m.min() < 0
    assert heights_m.min() == 0.0
    assert not heights_m[~elevation.is_land].any()
    assert node_slopes(elevation).min() >= 0.0


def test_ground_without_data_is_an_error():
    elevation = pack.read_elevation()
    with pytest.raises(ValueError, match="outside the elevation data"):
        interpolate(elevation, node_heights_m(elevation), np.array([120.0]), np.array([40.0]))
