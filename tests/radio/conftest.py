"""Tiny worlds built by hand, and scenarios with a chosen section `radio`."""

from types import SimpleNamespace

import numpy as np
import pytest
from shapely.geometry import box

from sim.scenario.schema import Scenario
from sim.world.build import Provinces, World
from sim.world.grid import Grid
from sim.world.spots import make_spots
from sim.world.stations import Cells, Sites
from sim.world.subscribers import Subscribers


def build_scenario(**radio):
    return Scenario.model_validate(
        {
            "name": "radio_test",
            "region": {"source": "plain", "width_km": 10, "height_km": 10},
            "networks": [{"name": "a", "n_subscribers": 0}],
            "radio": radio,
        }
    )


def site(name, x_m, y_m, **changes):
    """Describe one site; azimuths of n sectors start at `azimuth_deg`."""
    values = {"network": 0, "n_sectors": 1, "azimuth_deg": 0.0, "height_m": 30.0}
    values |= {"pilot_dbm": 33.0, "gain_dbi": 11.0} | changes
    return SimpleNamespace(name=name, x_m=float(x_m), y_m=float(y_m), **values)


def build_grid(n_rows, n_cols, resolution_m, inside=None, province=None):
    mask = np.ones((n_rows, n_cols), bool) if inside is None else inside
    province = np.zeros((n_rows, n_cols), np.uint8) if province is None else province
    row, col = np.nonzero(mask)
    order = np.lexsort((col, row, province[row, col]))
    row, col = row[order].astype(np.int32), col[order].astype(np.int32)
    square_at = np.full((n_rows, n_cols), -1, np.int32)
    square_at[row, col] = np.arange(len(row))
    height_m = np.zeros(len(row), np.float32)
    return Grid(
        crs="",
        resolution_m=resolution_m,
        x_min_m=0.0,
        y_max_m=n_rows * resolution_m,
        n_rows=n_rows,
        n_cols=n_cols,
        row=row,
        col=col,
        province_idx=province[row, col],
        height_m=height_m,
        square_at=square_at,
    )


def build_cells(sites):
    rows = []
    for index, s in enumerate(sites):
        for sector in range(s.n_sectors):
            omni = s.n_sectors == 1
            name = s.name if omni else f"{s.name}/{sector + 1}"
            azimuth = np.nan if omni else (s.azimuth_deg + sector * 360 / s.n_sectors) % 360
            rows.append((name, index, s.network, azimuth, 60, s.pilot_dbm, s.gain_dbi))
    names, *columns = zip(*rows, strict=True) if rows else ((),) * 7
    kinds = (np.int32, np.uint8, np.float64, np.int32, np.float64, np.float64)
    arrays = (np.array(c, k) for c, k in zip(columns, kinds, strict=True))
    return Cells(tuple(names), *arrays)


def build_sites(sites, grid):
    x_m, y_m = np.array([s.x_m for s in sites]), np.array([s.y_m for s in sites])
    unknown = np.full(len(sites), np.nan)
    return Sites(
        name=tuple(s.name for s in sites),
        network_idx=np.array([s.network for s in sites], np.uint8),
        x_m=x_m,
        y_m=y_m,
        longitude_deg=unknown,
        latitude_deg=unknown,
        square_idx=grid.square_of(x_m, y_m),
        province_idx=np.zeros(len(sites), np.uint8),
        antenna_height_m=np.array([s.height_m for s in sites]),
    )


def build_world(sites, grid, network_names=("a",), population=None):
    n_provinces = int(grid.province_idx.max()) + 1
    people = np.ones(grid.n_squares, np.int32) if population is None else population
    totals = np.bincount(grid.province_idx, people, n_provinces).astype(np.int64)
    outline = box(0, 0, grid.n_cols * grid.resolution_m, grid.n_rows * grid.resolution_m)
    codes = tuple(f"P{i}" for i in range(n_provinces))
    nobody = Subscribers(
        np.empty(0, np.uint32),
        np.empty(0, np.int32),
        np.empty(0, np.uint8),
        np.empty(0, np.uint8),
        np.empty(0, np.uint8),
        np.empty(0, np.uint8),
        np.zeros((len(network_names), n_provinces + 1), np.int64),
        np.empty(0, np.int32),
    )
    return World(
        grid=grid,
        spots=make_spots(grid, np.zeros(grid.n_squares, bool), grid.resolution_m),
        provinces=Provinces(codes, codes, (outline,) * n_provinces, totals),
        population=people,
        is_urban=np.zeros(grid.n_squares, bool),
        urban_share=np.zeros(grid.n_squares, np.float32),
        network_names=tuple(network_names),
        sites=build_sites(sites, grid),
        cells=build_cells(sites),
        subscribers=nobody,
        exchanges=None,  # coverage asks nothing of them
        notes=(),
    )


@pytest.fixture(scope="session")
def make():
    """Give the builders: scenario, site, grid, world."""
    return SimpleNamespace(
        scenario=build_scenario, site=site, grid=build_grid, world=build_world, cells=build_cells
    )
