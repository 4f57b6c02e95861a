"""GeoTIFF and KML of coverage, read back by the library that others read them with."""

import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely
from pyproj import CRS

from sim.radio.coverage import compute_coverage
from sim.runs.maps import BANDS, coverage_bands, write_map_files
from sim.scenario.load import load_scenario
from sim.world.build import build_world
from sim.world.site_features import make_site, read_kml_sites


@pytest.fixture(scope="module")
def islands(tmp_path_factory):
    loaded = load_scenario("invented_islands")
    world = build_world(loaded.scenario, loaded.folder, with_lines=False)
    coverage = compute_coverage(loaded.scenario, world)
    folder = tmp_path_factory.mktemp("maps")
    write_map_files(folder, world, coverage, ("Invented.",), "scenario x, run y")
    return folder, world, coverage


def test_rasters_read_back_as_the_arrays(islands):
    folder, world, coverage = islands
    for network, name in enumerate(world.network_names):
        with rasterio.open(folder / f"coverage_{name}.tif") as raster:
            bands = raster.read()
            assert np.isnan(raster.nodata)
            assert raster.compression.name == "deflate"
            assert raster.descriptions == tuple(band[0] for band in BANDS)
            assert raster.units == tuple(band[1] for band in BANDS)
            assert "Invented." in raster.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        row, col = world.grid.row, world.grid.col
        best = coverage.cell_idx[network, :, 0]
        assert (best >= 0).any()
        assert (best < 0).any()
        np.testing.assert_array_equal(bands[0, row, col], np.where(best < 0, np.nan, best))
        rscp = np.where(best < 0, np.nan, coverage.rscp_cdbm[network, :, 0] / 100.0)
        np.testing.assert_allclose(bands[1, row, col], rscp, rtol=1e-6)
        np.testing.assert_array_equal(bands[2, row, col], best >= 0)
        outside = world.grid.square_at < 0
        assert np.isnan(bands[:, outside]).all()
        np.testing.assert_array_equal(bands, coverage_bands(world, coverage, network))


def test_sites_stand_in_their_own_square(islands):
    folder, world, coverage = islands
    sites = world.sites
    with rasterio.open(folder / f"coverage_{world.network_names[0]}.tif") as raster:
        own = np.flatnonzero(sites.network_idx == 0)
        points = list(zip(sites.x_m[own], sites.y_m[own], strict=True))
        found = np.array([raster.index(x_m, y_m) for x_m, y_m in points])
        best = np.array([values[0] for values in raster.sample(points)])
    square = sites.square_idx[own]
    np.testing.assert_array_equal(found, np.c_[world.grid.row[square], world.grid.col[square]])
    np.testing.assert_array_equal(best, coverage.cell_idx[0, square, 0])


def test_the_reference_system_comes_back(islands):
    folder, world, _ = islands
    with rasterio.open(folder / f"coverage_{world.network_names[0]}.tif") as raster:
        found = CRS.from_wkt(raster.crs.to_wkt())
        corner = raster.transform @ (0, 0)
    ours = CRS.from_user_input(world.grid.crs)
    assert found.coordinate_operation.method_name == ours.coordinate_operation.method_name
    for theirs, mine in zip(
        found.coordinate_operation.params, ours.coordinate_operation.params, strict=True
    ):
        assert (theirs.name, theirs.value) == (mine.name, pytest.approx(mine.value, abs=1e-9))
    assert found.ellipsoid.semi_major_metre == ours.ellipsoid.semi_major_metre
    assert corner == (world.grid.x_min_m, world.grid.y_max_m)


def test_sites_come_back_from_kml(islands):
    folder, world, _ = islands
    for network, name in enumerate(world.network_names):
        meta, _, geometry, fields = pyogrio.raw.read(folder / f"sites_{name}.kml")
        own = np.flatnonzero(world.sites.network_idx == network)
        texts = dict(zip(map(str.lower, meta["fields"]), fields, strict=True))
        assert texts["name"].tolist() == [world.sites.name[site] for site in own]
        assert all(text.startswith(name) for text in texts["description"])
        points = shapely.get_coordinates(shapely.from_wkb(geometry))
        np.testing.assert_allclose(points[:, 0], world.sites.longitude_deg[own], atol=1e-6)
        np.testing.assert_allclose(points[:, 1], world.sites.latitude_deg[own], atol=1e-6)


def test_the_kml_of_a_run_is_a_file_of_its_sites(islands):
    folder, world, _ = islands
    sites, cells = world.sites, world.cells
    for network, name in enumerate(world.network_names):
        path = folder / f"sites_{name}.kml"
        read = [make_site(point, "") for point in read_kml_sites(path, path.name, 10_000)]
        for k, site in zip(np.flatnonzero(sites.network_idx == network), read, strict=True):
            own = np.flatnonzero(cells.site_idx == k)
            azimuth_deg = cells.azimuth_deg[own[0]]
            assert site.name == sites.name[k]
            assert site.antenna_height_m == sites.antenna_height_m[k]
            assert site.n_sectors == len(own)
            assert site.azimuth_deg == (None if np.isnan(azimuth_deg) else azimuth_deg)
            assert site.n_channels == cells.n_channels[own[0]]


def test_a_plain_has_metres_and_no_place_on_the_globe(example, tmp_path):
    write_map_files(tmp_path, example.world, example.coverage, (), "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "coverage_north.tif",
        "coverage_south.tif",
    ]
    with rasterio.open(tmp_path / "coverage_north.tif") as raster:
        assert raster.crs is None
        assert raster.transform.to_gdal() == (0.0, 1000.0, 0.0, 2000.0, 0.0, -1000.0)
        np.testing.assert_array_equal(raster.read(1), [[0, 1, 2, 2], [0, np.nan, 2, 2]])


def test_the_same_bytes_again(islands, tmp_path):
    folder, world, coverage = islands
    write_map_files(tmp_path, world, coverage, ("Invented.",), "scenario x, run y")
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
