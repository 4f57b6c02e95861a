"""Coverage by square and outlines of provinces, for maps."""

import json

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import get_coordinates, set_coordinates
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from sim.radio.coverage import Coverage, best_rscp_dbm, coverage_probability
from sim.radio.reach import overlapping_cells
from sim.runs.parquet import arrow_table
from sim.tables import Columns, coverage_table
from sim.world.build import World

_WGS_84 = "EPSG:4326"
_DIGITS_DEG = 6  # 0.1 m
_DIGITS_M = 1


def _degrees(
    crs: str, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude of points of the grid; NaN on a plain."""
    if not crs:
        return np.full(len(x_m), np.nan), np.full(len(x_m), np.nan)
    transformer = Transformer.from_crs(crs, _WGS_84, always_xy=True)
    longitude_deg, latitude_deg = transformer.transform(x_m, y_m)
    return np.asarray(longitude_deg), np.asarray(latitude_deg)


def squares_table(world: World, coverage: Coverage) -> pa.Table:
    """Return the coverage of each square."""
    grid = world.grid
    longitude_deg, latitude_deg = _degrees(grid.crs, grid.x_m, grid.y_m)
    columns: Columns = {
        "province": np.asarray(world.provinces.code)[grid.province_idx],
        "population": world.population,
        "x_m": grid.x_m,
        "y_m": grid.y_m,
        "longitude_deg": longitude_deg,
        "latitude_deg": latitude_deg,
    }
    p_covered, n_overlap = coverage_probability(coverage), overlapping_cells(coverage)
    for network_idx, name in enumerate(world.network_names):
        columns[f"cell_idx_{name}"] = coverage.cell_idx[network_idx, :, 0]
        columns[f"rscp_dbm_{name}"] = best_rscp_dbm(coverage, network_idx)
        columns[f"p_covered_{name}"] = p_covered[network_idx]
        columns[f"n_overlap_{name}"] = n_overlap[network_idx]
    return arrow_table(
        coverage_table(world.network_names),
        columns,
        crs=grid.crs,
        resolution_m=grid.resolution_m,
        x_min_m=grid.x_min_m,
        y_max_m=grid.y_max_m,
        n_rows=grid.n_rows,
        n_cols=grid.n_cols,
    )


def provinces_geojson(world: World) -> str:
    """Return the outlines of the provinces."""
    provinces, crs = world.provinces, world.grid.crs
    unit = "longitude and latitude on WGS 84" if crs else "metres of a plain, not degrees"
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": code, "name": name, "population": int(population)},
                "geometry": mapping(_on_wgs_84(outline, crs)),
            },
            ensure_ascii=False,
        )
        for code, name, outline, population in zip(
            provinces.code, provinces.name, provinces.outline, provinces.population, strict=True
        )
    ]
    body = ",\n".join(features)
    return f'{{"type": "FeatureCollection", "coordinates": "{unit}", "features": [\n{body}\n]}}\n'


def _on_wgs_84(outline: BaseGeometry, crs: str) -> BaseGeometry:
    points = get_coordinates(outline)
    if not crs:
        return set_coordinates(outline, np.round(points, _DIGITS_M))
    longitude_deg, latitude_deg = _degrees(crs, points[:, 0], points[:, 1])
    degrees = np.column_stack([longitude_deg, latitude_deg])
    return set_coordinates(outline, np.round(degrees, _DIGITS_DEG))
