"""The benchmark of propagation hands SPLAT! the same ground, and finds the same pixels."""

import math

import numpy as np
import pytest
from pyproj import Transformer

from bench import splat_peer, terrain
from sim.radio.terrain_loss import Mast, Raster

CRS = "+proj=laea +lat_0=39.5 +lon_0=126.5 +datum=WGS84"
WEST_M, NORTH_M = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(125.8, 40.2)
RASTER = Raster(WEST_M, NORTH_M, 500.0)


@pytest.fixture
def ground():
    """A slope that rises to the north and, less, to the east, with a mast in its middle."""
    rows, cols = np.indices((280, 280))
    heights_m = (5.0 * (279 - rows) + 1.0 * cols).astype(np.float32)
    x_m, y_m = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(126.5, 39.5)
    return terrain.Ground(heights_m, RASTER, CRS, Mast(x_m, y_m, 30.0))


def test_a_tile_runs_from_the_south_and_each_row_from_the_east(ground, tmp_path):
    splat_peer.write_tile(tmp_path, 39, 126, ground.heights_m, RASTER, CRS)
    (tile,) = tmp_path.iterdir()
    assert tile.name == "39:40:233:234.sdf"
    head, body = np.split(np.array(tile.read_text().split(), int), [4])
    assert head.tolist() == [234, 39, 233, 40]
    heights = body.reshape(1200, 1200)
    # A degree of latitude is 111 km: 222 squares of 5 m; one of longitude some 86 km: 172 squares of 1 m.
    assert heights[-1, 600] - heights[0, 600] == pytest.approx(5 * 222, abs=15)
    assert heights[600, 0] - heights[600, -1] == pytest.approx(172, abs=8)


def test_squares_in_reach_fill_a_disc(ground, monkeypatch):
    monkeypatch.setattr(terrain, "SIDE_M", 500.0)
    rows, _ = terrain.squares_in_reach(ground)
    # The number of lattice points in a disc of radius 20 differs from its area by less than its circumference.
    assert len(rows) == pytest.approx(math.pi * 20**2, abs=2 * math.pi * 20)


@pytest.mark.skipif(splat_peer.splat_command() is None, reason="SPLAT! is not installed")
def test_splat_computes_the_disc_about_the_mast(ground, tmp_path):
    splat_peer.write_tile(tmp_path, 39, 126, ground.heights_m, RASTER, CRS)
    splat_peer.write_site(tmp_path, ground.mast, terrain.LINK, CRS)
    run = splat_peer.run_splat(tmp_path, terrain.PHONE_HEIGHT_M, 5.0)
    x_m, y_m = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(
        run.longitude_deg, run.latitude_deg
    )
    distance_m = np.hypot(x_m - ground.mast.x_m, y_m - ground.mast.y_m)
    assert distance_m.max() == pytest.approx(5000.0, abs=150.0)
    assert abs(x_m.mean() - ground.mast.x_m) < 100.0
    assert abs(y_m.mean() - ground.mast.y_m) < 100.0
    far = distance_m > 4000.0
    free_db = 32.44 + 20 * math.log10(2140.0) + 20 * np.log10(distance_m[far] / 1000.0)
    assert (run.loss_db[far] > free_db - 3.0).all()
