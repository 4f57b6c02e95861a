"""Squares: which there are, where, and of which province."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from sim.errors import WorldError
from sim.scenario.region_section import Region
from sim.scenario.schema import Scenario
from sim.world.country import Territory, make_territory
from sim.world.grid import Grid, make_grid
from sim.world.landscape import read_country
from sim.world.projection import project, unproject


def territory_of(region: Region) -> Territory:
    networks = [{"name": "only", "n_subscribers": 0}]
    tree = {"name": "any", "region": region.model_dump(), "networks": networks}
    country = read_country(Scenario.model_validate(tree), Path())
    return make_territory(country, region)


@pytest.fixture(scope="module")
def country() -> Territory:
    return territory_of(Region(source="north_korea"))


@pytest.fixture(scope="module")
def grid(country: Territory) -> Grid:
    return make_grid(country, 500.0)


def test_projection_keeps_areas(country: Territory):
    # 122,438 km2 on WGS 84; edges are straight in the plane and geodesics on the ellipsoid, which is the difference.
    assert sum(outline.area for outline in country.outline) / 1e6 == pytest.approx(
        122_438, rel=1e-4
    )


def test_projection_goes_there_and_back(country: Territory):
    longitude, latitude = np.array([124.3, 127.0, 130.6]), np.array([37.8, 40.0, 42.9])
    back = unproject(country.crs, *project(country.crs, longitude, latitude))
    np.testing.assert_allclose(back, (longitude, latitude), atol=1e-9)


def test_squares_are_those_whose_centre_lies_in_the_province(country: Territory, grid: Grid):
    col, row = np.meshgrid(np.arange(grid.n_cols), np.arange(grid.n_rows))
    x_m = grid.x_min_m + (col + 0.5) * grid.resolution_m
    y_m = grid.y_max_m - (row + 0.5) * grid.resolution_m
    for province_idx in (4, 10):
        inside = shapely.contains_xy(country.outline[province_idx], x_m, y_m)
        found = np.zeros_like(inside)
        own = grid.province_idx == province_idx
        found[grid.row[own], grid.col[own]] = True
        assert np.array_equal(found, inside)


def test_each_province_has_its_area(country: Territory, grid: Grid):
    n_squares = np.bincount(grid.province_idx)
    area_km2 = np.array([outline.area for outline in country.outline]) / 1e6
    np.testing.assert_allclose(n_squares * grid.square_area_km2, area_km2, rtol=0.01)


def test_order_is_province_then_row_then_column(grid: Grid):
    place = (grid.province_idx.astype(np.int64) * grid.n_rows + grid.row) * grid.n_cols + grid.col
    assert np.all(np.diff(place) > 0)


def test_square_at_and_square_of_find_every_square(grid: Grid):
    squares = np.arange(grid.n_squares)
    assert np.array_equal(grid.square_at[grid.row, grid.col], squares)
    assert (grid.square_at >= 0).sum() == grid.n_squares
    assert np.array_equal(grid.square_of(grid.x_m, grid.y_m), squares)
    assert grid.square_of(np.array([1e9]), np.array([0.0]))[0] == -1


def test_a_subset_is_centred_on_itself():
    whole = territory_of(Region(source="north_korea"))
    city = territory_of(Region(source="north_korea", provinces=("KP-01",)))
    assert city.code == ("KP-01",)
    assert city.crs != whole.crs
    west, south, east, north = city.bounds_m
    assert abs(west + east) < 0.1 * (east - west)
    assert abs(south + north) < 0.1 * (north - south)
    assert make_grid(city, 100.0).n_squares == pytest.approx(270_500, rel=0.001)


def test_provinces_keep_the_order_of_their_codes():
    territory = territory_of(Region(source="north_korea", provinces=("KP-07", "KP-02")))
    assert territory.code == ("KP-02", "KP-07")
    assert territory.name == ("South Pyongan", "Kangwon")


def test_a_plain_starts_at_its_south_west_corner():
    plain = territory_of(Region(source="plain", width_km=10, height_km=5))
    grid = make_grid(plain, 500.0)
    assert (plain.crs, plain.code, grid.crs) == ("", ("plain",), "")
    assert grid.n_squares == 20 * 10
    assert (grid.x_m.min(), grid.x_m.max()) == (250.0, 9_750.0)
    assert (grid.y_m.min(), grid.y_m.max()) == (250.0, 4_750.0)
    assert (grid.x_m[0], grid.y_m[0]) == (250.0, 4_750.0)
    assert not grid.height_m.any()


def test_where_outlines_overlap_the_first_province_has_the_square():
    outlines = shapely.box(0, 0, 2_000, 1_000), shapely.box(1_000, 0, 3_000, 1_000)
    grid = make_grid(Territory("", ("a", "b"), ("a", "b"), outlines), 1_000.0)
    assert grid.province_idx.tolist() == [0, 0, 1]
    assert grid.square_at.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (Region(source="plain", width_km=3), "region.height_km: missing"),
        (
            Region(source="plain", width_km=3, height_km=3, provinces=("KP-01",)),
            "unknown province; provinces: plain",
        ),
        (
            Region(source="north_korea", provinces=("KP-01", "KP-99")),
            "KP-99': unknown province; did you",
        ),
        (Region(source="north_korea", provinces=()), "must name a province"),
    ],
)
def test_impossible_regions_are_explained(region: Region, message: str):
    with pytest.raises(WorldError, match=message):
        territory_of(region)


@pytest.mark.parametrize(
    ("side_km", "resolution_m", "message"),
    [(2_000.0, 25.0, "use 200 m or more"), (0.1, 500.0, "leaves province plain without a square")],
)
def test_impossible_resolutions_are_explained(side_km: float, resolution_m: float, message: str):
    plain = territory_of(Region(source="plain", width_km=side_km, height_km=side_km))
    with pytest.raises(WorldError, match=message):
        make_grid(plain, resolution_m)
