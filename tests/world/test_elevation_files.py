"""Heights from a user's files: what the squares get, how tiles join, and what is said of files that cannot be used."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.transform import from_origin

from sim.errors import WorldError
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world import raster_blocks, rasters
from sim.world.country import Territory
from sim.world.grid import Grid, make_grid
from sim.world.heights import smooth_slope
from sim.world.landscape import HEIGHTS_NOTE, make_landscape
from sim.world.projection import equal_area_crs, unproject
from sim.world.raster_layers import _fill_parts, read_heights

CRS = equal_area_crs((10.0, 50.0, 10.4, 50.4))
SIDE_M = 500.0
FINE = 1.0 / 1_200.0
"""Three arc seconds: pixels of 60 m by 93 m. [deg]"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(side_m=SIDE_M, half_m=8_000.0) -> Grid:
    """A square region about 10.2 degrees east, 50.2 north."""
    outline = shapely.box(-half_m, -half_m, half_m, half_m)
    return make_grid(Territory(CRS, ("A",), ("Alpha",), (outline,)), side_m)


GRID = make()


def plane(longitude_deg, latitude_deg):
    """Ground that rises by 2 m in 71 m to the east and by 3 m in 111 m to the north."""
    return 500.0 + 2_000.0 * (longitude_deg - 10.2) + 3_000.0 * (latitude_deg - 50.2)


def centres(grid: Grid):
    x_m = grid.x_min_m + (np.arange(grid.n_cols) + 0.5) * grid.resolution_m
    y_m = grid.y_max_m - (np.arange(grid.n_rows) + 0.5) * grid.resolution_m
    x_m, y_m = np.meshgrid(x_m, y_m)
    longitude_deg, latitude_deg = unproject(grid.crs, x_m.ravel(), y_m.ravel())
    return longitude_deg.reshape(x_m.shape), latitude_deg.reshape(x_m.shape)


def write(name: str, values, west=10.0, north=50.4, step=FINE, crs="EPSG:4326", **more) -> str:
    values = np.asarray(values)
    bands = values[np.newaxis] if values.ndim == 2 else values
    Path(name).parent.mkdir(exist_ok=True)
    with rasterio.open(
        name, "w", driver="GTiff", count=len(bands), height=bands.shape[1], width=bands.shape[2],
        dtype=bands.dtype, crs=crs, transform=from_origin(west, north, step, step), **more,
    ) as file:  # fmt: skip
        file.write(bands)
    return name


def planar(west=10.0, north=50.4, east=10.4, south=50.0, step=FINE, dtype=np.float32):
    """Values of the plane at the pixels of a box."""
    n_rows, n_cols = round((north - south) / step), round((east - west) / step)
    latitude_deg = north - (np.arange(n_rows) + 0.5) * step
    longitude_deg = west + (np.arange(n_cols) + 0.5) * step
    return plane(longitude_deg, latitude_deg[:, np.newaxis]).astype(dtype)


def tile(name: str, west=10.0, north=50.4, east=10.4, south=50.0, step=FINE, **more) -> str:
    return write(name, planar(west, north, east, south, step), west, north, step, **more)


def turn(name: str) -> str:
    """Write a tile anew with its first row in the south, as climate models do."""
    with rasterio.open(name) as file:
        values, place = file.read(), file.transform
        about = file.profile | {
            "transform": Affine(
                place.a, 0.0, place.c, 0.0, -place.e, place.f + place.e * file.height
            )
        }
    with rasterio.open(f"turned_{name}", "w", **about) as file:
        file.write(values[:, ::-1])
    return f"turned_{name}"


def said(*files: str, grid: Grid = GRID) -> list[str]:
    with pytest.raises(WorldError) as caught:
        read_heights(files, Path(), grid)
    return str(caught.value).splitlines()


def off_m(step: float) -> float:
    """How far the plane may be missed: GDAL places squares to an eighth of a pixel; 0.05 m is for rounding."""
    return (2_000.0 + 3_000.0) * step / 8.0 + 0.05


PLACE_M = off_m(FINE)


@pytest.mark.parametrize("step", [FINE, 0.02])
def test_a_raster_whose_first_row_is_in_the_south_is_read_as_one_with_north_up(step: float):
    north_up = tile("n.tif", step=step)
    heights = read_heights([turn(north_up)], Path(), GRID)
    np.testing.assert_allclose(heights, read_heights([north_up], Path(), GRID), atol=1e-3)


@pytest.mark.parametrize("step", [FINE / 3, FINE, FINE * 6, FINE * 16])
def test_squares_have_the_mean_of_their_pixels_or_lie_between_them(step: float):
    name = tile("dem.tif", step=step)
    height_m = read_heights((name,), Path(), GRID)
    assert height_m.dtype == np.float32
    assert height_m.shape == (GRID.n_rows, GRID.n_cols)
    assert np.abs(height_m - plane(*centres(GRID))).max() < off_m(step)


def test_the_mean_is_of_area_not_a_sample():
    # Rows of pixels alternate between 0 and 100 m: a square of five rows or more has a mean near 50.
    values = planar() * 0.0 + (np.arange(480) % 2 * 100.0)[:, np.newaxis].astype(np.float32)
    height_m = read_heights((write("dem.tif", values),), Path(), GRID)
    assert height_m.mean() == pytest.approx(50.0, abs=0.5)
    assert np.abs(height_m - 50.0).max() < 12.0


def test_a_file_in_another_projection_gives_the_same():
    grid_m = 100.0
    west, north = 557_000.0, 5_585_000.0  # UTM zone 32 north, about 9.8 east, 50.4 north
    n = 600
    from pyproj import Transformer

    x, y = np.meshgrid(west + (np.arange(n) + 0.5) * grid_m, north - (np.arange(n) + 0.5) * grid_m)
    longitude_deg, latitude_deg = Transformer.from_crs(32632, 4326, always_xy=True).transform(x, y)
    values = plane(longitude_deg, latitude_deg).astype(np.float32)
    name = write("utm.tif", values, west, north, grid_m, "EPSG:32632")
    height_m = read_heights((name,), Path(), GRID)
    assert np.abs(height_m - plane(*centres(GRID))).max() < PLACE_M


def test_srtm_tiles_are_read_by_their_name():
    # Heights of two bytes at the corners of a lattice of 3 arc seconds, the outermost shared with the next tile.
    latitude_deg = 51.0 - np.arange(1_201) / 1_200.0
    longitude_deg = 10.0 + np.arange(1_201) / 1_200.0
    values = np.rint(plane(longitude_deg, latitude_deg[:, np.newaxis])).astype(">i2")
    Path("N50E010.hgt").write_bytes(values.tobytes())
    height_m = read_heights(("N50E010.hgt",), Path(), GRID)
    assert np.abs(height_m - plane(*centres(GRID))).max() < PLACE_M


@pytest.mark.parametrize("step", [FINE, FINE * 4])
def test_tiles_join_without_a_seam(step: float):
    whole = read_heights((tile("whole.tif", step=step),), Path(), GRID)
    left = tile("left.tif", east=10.2, step=step)
    right = tile("right.tif", west=10.2, step=step)
    for order in ((left, right), (right, left)):
        joined = read_heights(order, Path(), GRID)
        assert np.abs(joined - whole).max() < off_m(step)


def test_blocks_join_without_a_seam(monkeypatch: pytest.MonkeyPatch):
    name = tile("dem.tif")
    whole = read_heights((name,), Path(), GRID)
    monkeypatch.setattr(raster_blocks, "BLOCK_PIXELS", 3_000)
    assert np.abs(read_heights((name,), Path(), GRID) - whole).max() < PLACE_M


def test_where_files_overlap_the_first_counts_and_the_others_fill_its_voids():
    high = planar() * 0.0 + 800.0
    high[:, 300:] = -9_999.0
    first = write("first.tif", high, nodata=-9_999.0)
    second = write("second.tif", planar() * 0.0 + 100.0)
    height_m = read_heights((first, second), Path(), GRID)
    longitude_deg, _ = centres(GRID)
    assert np.all(height_m[longitude_deg < 10.24] == 800.0)
    assert np.all(height_m[longitude_deg > 10.26] == 100.0)
    other = read_heights((second, first), Path(), GRID)
    assert np.all(other == 100.0)


@pytest.mark.parametrize("void", [-32_768.0, np.nan])
def test_voids_in_the_region_are_an_error_that_says_where(void: float):
    values = planar()
    values[120:240, 120:240] = void
    (line,) = said(write("dem.tif", values))
    assert line.startswith("terrain.files: no height for ")
    assert "longitude 10.11 to 10.20, latitude 50.21 to 50.27: every square must have one" in line
    assert (
        "none is taken for sea; add the tiles that hold N50E010, fill voids with gdal_fillnodata"
        in line
    )


def test_voids_outside_the_region_stay_unknown_but_for_known_sea():
    # The region is a disc; the corners of the raster are not in it.
    disc = shapely.Point(0.0, 0.0).buffer(7_800.0)
    grid = make_grid(Territory(CRS, ("A",), ("Alpha",), (disc,)), SIDE_M)
    corners = planar()
    # 6 km and more to the north and to the west of the middle, where the disc ends at 5.5 km.
    corners[:175, :138] = -32_768.0
    name = write("corner.tif", corners)
    height_m = read_heights((name,), Path(), grid)
    unknown = np.isnan(height_m)
    assert unknown.any()
    assert np.all(grid.square_at[unknown] < 0)
    is_sea = np.ones(unknown.shape, np.bool_)
    with_sea = read_heights((name,), Path(), grid, is_sea)
    assert np.all(with_sea[unknown] == 0.0)
    assert with_sea[~unknown].tobytes() == height_m[~unknown].tobytes()
    # Land stays land: a void in the region is never taken for sea.
    corners[230:250, 230:250] = -32_768.0
    with pytest.raises(WorldError, match="no height for"):
        read_heights((write("hole.tif", corners),), Path(), grid, is_sea)


def test_part_of_a_region_is_not_taken_for_all_of_it():
    (line,) = said(tile("dem.tif", south=50.18))
    assert "no height for" in line
    assert "N50E010" in line


def test_files_elsewhere_are_named_each():
    lines = said(
        tile("good.tif"),
        tile("far.tif", 20.0, 50.4, 20.1, 50.3),
        tile("off.tif", 10.0, 40.4, 10.1, 40.3),
    )
    assert len(lines) == 2
    assert lines[0].startswith(
        "terrain.files[1] = 'far.tif': covers longitude 20.00 to 20.10, latitude 50.30 to 50.40, which is nowhere in "
        "the region (longitude 10.0"
    )
    assert lines[1].startswith(
        "terrain.files[2] = 'off.tif': covers longitude 10.00 to 10.10, latitude 40.30"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crs": None}, "has no reference system: must say one"),
        ({"crs": "EPSG:32632"}, "which is nowhere in the region"),
        ({"crs": "EPSG:4326", "west": 557_000.0, "north": 5_585_000.0, "step": 100.0}, "is its reference system"),
        ({"crs": 'LOCAL_CS["pit",UNIT["metre",1]]'}, "must be longitude and latitude or a map projection"),
        ({"crs": "+proj=longlat +a=1737400 +b=1737400 +no_defs"}, "cannot be brought from its reference system"),
        ({"values": np.stack([planar(), planar()])}, "has 2 bands: must have one"),
        ({"values": planar().astype(np.complex64)}, "holds values of type complex64: must be whole"),
        ({"values": np.full((1, 480), 5.0)}, "is a raster of 480 x 1: must be at least 2 x 2"),
        ({"values": planar() * 0 - 9_999.0}, "heights such as -9999 m: must be -500 to 9000 m"),
        ({"values": planar() * 30.0}, "must be -500 to 9000 m"),
        ({"values": planar() * np.inf}, "heights such as inf m"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(changes: dict, message: str):
    arguments = {"values": planar()} | changes
    name = write("dem.tif", arguments.pop("values"), **arguments)
    lines = said(tile("good.tif"), name)
    assert len(lines) == 1
    assert lines[0].startswith("terrain.files[1] = 'dem.tif': ")
    assert message in lines[0]


def test_heights_in_feet_are_refused():
    name = tile("dem.tif")
    with rasterio.open(name, "r+") as file:
        file.units = ("ft",)
    assert "has heights in 'ft': must be metres" in said(name)[0]


def test_scale_and_offset_of_a_band_count():
    name = write("dem.tif", np.rint(planar() * 10.0).astype(np.int16))
    with rasterio.open(name, "r+") as file:
        file.scales, file.offsets = (0.1,), (7.0,)
    height_m = read_heights((name,), Path(), GRID)
    assert np.abs(height_m - 7.0 - plane(*centres(GRID))).max() < PLACE_M


def test_what_is_no_raster_is_refused(capfd):
    Path("text.tif").write_text("no raster")
    Path("empty.tif").write_bytes(b"")
    Path("N50E010.hgt").write_bytes(b"\0" * 1_000)
    Path("list.tif").write_text("<VRTDataset rasterXSize='2' rasterYSize='2'></VRTDataset>")
    Path("folder.tif").mkdir()
    lines = said("text.tif", "empty.tif", "N50E010.hgt", "list.tif", "folder.tif", "none.tif")
    assert len(lines) == 6
    assert all("is no raster: must be a GeoTIFF" in lines[k] for k in (0, 1, 3))
    assert (
        "is no SRTM tile: must have the name of its south-west corner, such as N38E125.hgt"
        in lines[2]
    )
    assert all("no such file" in lines[k] for k in (4, 5))
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_cut_off_is_refused():
    rng = np.random.default_rng(1)
    name = write("dem.tif", planar() + rng.random((480, 480), np.float32), compress="deflate")
    data = Path(name).read_bytes()
    Path(name).write_bytes(data[: len(data) // 2])
    (line,) = said(name)
    assert "is the file cut off?" in line or "is no raster" in line


def test_what_lies_beside_a_raster_is_not_read():
    name = tile("dem.tif", crs=None)
    Path("dem.prj").write_text(rasterio.crs.CRS.from_epsg(4326).to_wkt())
    Path("dem.tfw").write_text("1\n0\n0\n-1\n10\n50\n")
    Path("dem.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:4326</SRS></PAMDataset>")
    assert "has no reference system" in said(name)[0]
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(
            "nowhere.tif", "w", driver="GTiff", count=1, height=480, width=480, dtype="float32", crs="EPSG:4326"
        ) as file,
    ):  # fmt: skip
        file.write(planar()[np.newaxis])
    Path("nowhere.tfw").write_text(f"{FINE}\n0\n0\n{-FINE}\n{10 + FINE / 2}\n{50.4 - FINE / 2}\n")
    assert "has no place on the globe: must be georeferenced" in said("nowhere.tif")[0]


def test_absurd_sizes_are_refused_before_a_value_is_read(monkeypatch: pytest.MonkeyPatch):
    # A sparse file of 400 million pixels that takes no space.
    name = "huge.tif"
    with rasterio.open(
        name, "w", driver="GTiff", count=1, height=20_000, width=20_000, dtype="int16", crs="EPSG:4326",
        transform=from_origin(10.19, 50.21, 1e-6, 1e-6), sparse_ok=True, tiled=True,
    ):  # fmt: skip
        pass
    assert Path(name).stat().st_size < 1_000_000
    (line,) = said(name)
    assert "pixels in a square of 500 m: must be at most 1,000,000" in line
    monkeypatch.setattr(rasters, "MAX_PIXELS", 10_000)
    (line,) = said(tile("dem.tif"))
    assert line.startswith("terrain.files: hold about ")
    assert "must be at most 10,000; make them coarser" in line


def test_a_large_file_is_read_in_windows(monkeypatch: pytest.MonkeyPatch):
    # 52 million pixels, 208 MB of decimals: in blocks of 4 million it takes less than the whole would.
    import tracemalloc

    name = "large.tif"
    with rasterio.open(
        name, "w", driver="GTiff", count=1, height=7_200, width=7_200, dtype="int16", crs="EPSG:4326",
        transform=from_origin(9.2, 51.2, 2.0 / 7_200, 2.0 / 7_200), sparse_ok=True, tiled=True,
    ):  # fmt: skip
        pass
    grid = make(half_m=60_000.0)
    tracemalloc.start()
    height_m = read_heights((name,), Path(), grid)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.all(height_m == 0.0)
    assert peak < 7_200 * 7_200 * 8 / 2


def test_smooth_slope_is_that_of_the_plane_and_hides_ripples():
    grid = make(half_m=40_000.0)
    height_m = (0.03 * (np.arange(grid.n_cols) * SIDE_M) + np.zeros((grid.n_rows, 1))).astype(
        np.float32
    )
    middle = slice(30, -30)
    assert smooth_slope(height_m, SIDE_M)[middle, middle] == pytest.approx(0.03, abs=1e-4)
    ripples = height_m + 100.0 * (np.arange(grid.n_cols) % 2)
    assert smooth_slope(ripples.astype(np.float32), SIDE_M)[middle, middle] == pytest.approx(
        0.03, abs=0.012
    )
    ripples[5, 5] = np.nan
    assert np.isfinite(smooth_slope(ripples.astype(np.float32), SIDE_M)).all()


def scenario(**sections) -> Scenario:
    import json

    ring = [[10.1, 50.1], [10.3, 50.1], [10.3, 50.3], [10.1, 50.3], [10.1, 50.1]]
    feature = {
        "type": "Feature",
        "properties": {"code": "A", "name": "Alpha", "population": 10_000},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    Path("c.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    tree = {
        "name": "own",
        "region": {"source": "geojson", "provinces_file": "c.geojson"},
        "networks": [{"name": "net", "n_subscribers": 0}],
        "terrain": {"heights": "files", "files": ["dem.tif"]},
    }
    return Scenario.model_validate(tree | sections)


def test_a_country_stands_on_the_heights_of_its_files():
    tile("dem.tif")
    land = make_landscape(scenario(), Path())
    longitude_deg, latitude_deg = unproject(land.grid.crs, land.grid.x_m, land.grid.y_m)
    assert np.abs(land.grid.height_m - plane(longitude_deg, latitude_deg)).max() < PLACE_M
    assert HEIGHTS_NOTE in land.notes
    assert not any("flat" in note for note in land.notes)
    # Fewer people live where it is high.
    high = land.grid.height_m > np.median(land.grid.height_m)
    assert land.population.sum() == 10_000
    assert land.population[high].sum() < 0.4 * 10_000


def test_problems_of_all_rasters_come_at_once():
    write("hole.tif", np.where(np.arange(480) > 240, -32_768.0, planar()).astype(np.float32))
    write("people.tif", -planar())
    write("cover.tif", np.full((480, 480), 77, np.uint8))
    broken = scenario(
        terrain={"heights": "files", "files": ["hole.tif"], "clutter_file": "cover.tif"},
        population={"raster_file": "people.tif"},
    )
    with pytest.raises(WorldError) as caught:
        make_landscape(broken, Path())
    where = [str(line).split()[0].rstrip(":") for line in caught.value.problems]
    assert where == ["terrain.files", "population.raster_file", "terrain.clutter_file"]


def test_radio_meets_the_heights_and_the_clutter_of_the_files():
    tile("dem.tif")
    write("cover.tif", np.full((480, 480), 3, np.uint8))
    terrain = {
        "heights": "files",
        "files": ["dem.tif"],
        "clutter_file": "cover.tif",
        "clutter_classes": {"3": "forest"},
    }
    radio = {"path_loss": {"model": "terrain"}}
    land = make_landscape(scenario(terrain=terrain, radio=radio), Path())
    heights_m = land.surface.height_m
    assert heights_m.shape == (2 * land.grid.n_rows, 2 * land.grid.n_cols)
    assert land.surface.side_m == land.grid.resolution_m / 2 == 250.0
    of_squares_m = heights_m.reshape(land.grid.n_rows, 2, land.grid.n_cols, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(
        of_squares_m[land.grid.row, land.grid.col], land.grid.height_m, rtol=1e-6
    )
    assert np.all(land.surface.clutter == CLUTTER_CLASSES.index("forest"))


def test_a_part_without_a_height_has_the_mean_of_the_others_of_its_square():
    height_m = np.arange(16.0, dtype=np.float32).reshape(4, 4)
    height_m[0, 1] = height_m[2, 2] = height_m[2, 3] = height_m[3, 2] = height_m[3, 3] = np.nan
    _fill_parts(height_m, 2)
    assert height_m[0, 1] == pytest.approx((0.0 + 4.0 + 5.0) / 3.0)
    assert np.isnan(height_m[2:, 2:]).all()
    assert height_m[1, 3] == 7.0


def test_the_sea_of_the_embedded_country_is_known_where_files_are_silent():
    # 100 m everywhere but in the Yellow Sea off the south-west, of which the file says nothing.
    step = 1.0 / 120.0
    values = np.full((180, 264), 100, np.int16)
    latitude_deg = 38.9 - (np.arange(180) + 0.5) * step
    longitude_deg = 124.5 + (np.arange(264) + 0.5) * step
    values[(latitude_deg < 37.75)[:, np.newaxis] & (longitude_deg < 125.0)] = -32_768
    write("dem.tif", values, 124.5, 38.9, step)
    tree = {
        "name": "coast",
        "region": {"source": "north_korea", "provinces": ["KP-05"]},
        "grid": {"resolution_m": 1_000},
        "networks": [{"name": "net", "n_subscribers": 0}],
        "radio": {"path_loss": {"model": "terrain"}},
        "terrain": {"heights": "files", "files": ["dem.tif"]},
    }
    land = make_landscape(Scenario.model_validate(tree), Path())
    longitude_deg, latitude_deg = centres(land.grid)
    silent = (latitude_deg < 37.74) & (longitude_deg < 124.99)
    assert silent.sum() > 100
    assert np.all(land.grid.square_at[silent] < 0)
    assert np.all(np.repeat(np.repeat(silent, 4, 0), 4, 1)[land.surface.height_m != 0.0] == 0)
    assert land.surface.height_m.shape == (4 * land.grid.n_rows, 4 * land.grid.n_cols)
    assert np.all(land.grid.height_m == 100.0)
