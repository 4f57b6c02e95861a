"""Clutter from a raster of classes: nearest pixel, legends, and what is said of values without a class."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from sim.errors import WorldError
from sim.scenario.region_section import CLUTTER_CLASSES, WORLD_COVER
from sim.world import raster_blocks
from sim.world.country import Territory
from sim.world.grid import make_grid
from sim.world.projection import equal_area_crs, unproject
from sim.world.raster_layers import NO_CLUTTER, read_clutter

STEP = 1.0 / 1_200.0
GRID = make_grid(
    Territory(
        equal_area_crs((10.0, 50.0, 10.4, 50.4)),
        ("A",),
        ("Alpha",),
        (shapely.Point(0.0, 0.0).buffer(7_800.0),),
    ),
    500.0,
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(values, **more) -> None:
    with rasterio.open(
        "cover.tif", "w", driver="GTiff", count=1, height=len(values), width=len(values[0]), dtype=values.dtype,
        crs="EPSG:4326", transform=from_origin(10.0, 50.4, STEP, STEP), **more,
    ) as file:  # fmt: skip
        file.write(values, 1)


def quarters(north_west=10, north_east=50, south_west=80, south_east=40, dtype=np.uint8):
    values = np.empty((480, 480), dtype)
    values[:240, :240], values[:240, 240:] = north_west, north_east
    values[240:, :240], values[240:, 240:] = south_west, south_east
    return values


def said(classes=None) -> list[str]:
    with pytest.raises(WorldError) as caught:
        read_clutter("cover.tif", classes or {}, Path(), GRID)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("block_pixels", [4_000_000, 3_000])
def test_squares_have_the_class_of_the_pixel_in_their_middle(monkeypatch, block_pixels: int):
    monkeypatch.setattr(raster_blocks, "BLOCK_PIXELS", block_pixels)
    write(quarters())
    clutter = read_clutter("cover.tif", {}, Path(), GRID)
    assert clutter.dtype == np.uint8
    longitude_deg, latitude_deg = unproject(GRID.crs, GRID.x_m, GRID.y_m)
    is_north, is_east = latitude_deg > 50.2, longitude_deg > 10.2
    names = np.array(CLUTTER_CLASSES)[clutter[GRID.row, GRID.col]]
    expected = np.where(
        is_north, np.where(is_east, "urban", "forest"), np.where(is_east, "open", "water")
    )
    clear = (np.abs(latitude_deg - 50.2) > STEP) & (np.abs(longitude_deg - 10.2) > STEP)
    assert clear.sum() > 600
    assert np.array_equal(names[clear], expected[clear])


def test_classes_are_never_mixed():
    # Between forest (10) and built-up (50) lies grass (30): nearest pixels never make it.
    values = quarters(10, 50, 50, 10)
    values[::2] = 10
    write(values)
    clutter = read_clutter("cover.tif", {}, Path(), GRID)[GRID.row, GRID.col]
    assert set(clutter.tolist()) == {
        CLUTTER_CLASSES.index("forest"),
        CLUTTER_CLASSES.index("urban"),
    }


def test_a_users_legend_counts_alone():
    write(quarters(-3, 1, 2, 7, np.int16))
    classes = {"-3": "dense_urban", "1": "water", "2": "suburban", "7": "open"}
    clutter = read_clutter("cover.tif", classes, Path(), GRID)[GRID.row, GRID.col]
    names = {CLUTTER_CLASSES[k] for k in clutter.tolist()}
    assert names == {"dense_urban", "water", "suburban", "open"}


def test_values_without_a_class_are_named():
    write(quarters(10, 51, 81, 40))
    (line,) = said()
    assert line.startswith(
        "terrain.clutter_file = 'cover.tif': holds the values 51, 81, which have no class: each must be one of the "
    )
    assert "(10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)" in line
    assert "holds the values 10, 40, 51, 81" in said({"1": "open"})[0]


def test_a_square_without_a_class_is_an_error_in_the_region_only():
    values = quarters()
    # Squares 6 km and more to the north and to the west, where the disc ends at 5.5 km.
    values[:175, :138] = 0
    write(values, nodata=0)
    clutter = read_clutter("cover.tif", {}, Path(), GRID)
    assert np.all(GRID.square_at[clutter == NO_CLUTTER] < 0)
    assert (clutter == NO_CLUTTER).any()
    values[:240, :240] = 0
    write(values, nodata=0)
    (line,) = said()
    assert "has no class for " in line
    assert "latitude 50.20 to 50.27: every square must have one" in line


def test_the_legend_of_worldcover_has_all_its_values():
    assert list(map(int, WORLD_COVER)) == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100]
    assert set(WORLD_COVER.values()) <= set(CLUTTER_CLASSES)


def test_what_is_no_raster_is_refused():
    Path("cover.tif").write_text("x")
    assert "is no raster" in said()[0]
