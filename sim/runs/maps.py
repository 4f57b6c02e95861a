"""Coverage and sites for maps: squares, outlines of provinces, a GeoTIFF for each network, its sites as KML."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import get_coordinates, set_coordinates
from shapely.geometry import Point, mapping
from shapely.geometry.base import BaseGeometry

from sim.radio.coverage import Coverage, best_rscp_dbm, coverage_probability
from sim.radio.reach import overlapping_cells
from sim.runs.parquet import arrow_table
from sim.tables import Columns, coverage_table
from sim.world.build import World
from sim.world.grid import Grid

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
    provinces = world.provinces
    rows = zip(provinces.code, provinces.name, provinces.population, provinces.outline, strict=True)
    return _geojson(world.grid.crs, ("code", "name", "population"), rows)


def places_geojson(world: World) -> str:
    """Return the cities and towns, the largest first, with their people in the year of the provinces' populations."""
    places = world.places
    code = (world.provinces.code[k] for k in places.province_idx)
    centres = (Point(x_m, y_m) for x_m, y_m in zip(places.x_m, places.y_m, strict=True))
    rows = zip(places.name, places.is_named, code, places.population, centres, strict=True)
    return _geojson(world.grid.crs, ("name", "is_named", "province", "population"), rows)


def _geojson(crs: str, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    """Return rows of these properties, and of a geometry at their end, as GeoJSON; a line each."""
    unit = "longitude and latitude on WGS 84" if crs else "metres of a plain, not degrees"
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {
                    name: value if isinstance(value, str | bool) else round(value)
                    for name, value in zip(names, properties, strict=True)
                },
                "geometry": mapping(_on_wgs_84(shape, crs)),
            },
            ensure_ascii=False,
        )
        for *properties, shape in rows
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


BANDS = (
    ("best server", "1", "cell_idx of the first-ranked cell; nodata where none serves"),
    ("RSCP", "dBm", "received power of its common pilot channel; nodata where none serves"),
    ("coverage probability", "1", "probability that a phone is served; nodata outside the region"),
)
"""Name, unit and description of the bands, all float32: a cell_idx below 2**24 is exact. Nodata is NaN."""


def coverage_bands(world: World, coverage: Coverage, network_idx: int) -> NDArray[np.float32]:
    """
    Return the coverage of a network as a raster.

    Bands of `BANDS`, row 0 in the north; NaN where there is no data.
    """
    grid = world.grid
    cell_idx = coverage.cell_idx[network_idx, :, 0]
    bands = np.full((len(BANDS), grid.n_rows, grid.n_cols), np.nan, np.float32)
    bands[0, grid.row, grid.col] = np.where(cell_idx < 0, np.nan, cell_idx)
    bands[1, grid.row, grid.col] = best_rscp_dbm(coverage, network_idx)
    bands[2, grid.row, grid.col] = coverage_probability(coverage)[network_idx]
    return bands


def write_map_files(
    folder: Path, world: World, coverage: Coverage, notes: tuple[str, ...], written_by: str
) -> None:
    """Write `coverage_<network>.tif`, and on a globe `sites_<network>.kml`, for each network."""
    for network_idx, name in enumerate(world.network_names):
        bands = coverage_bands(world, coverage, network_idx)
        remark = "; ".join((f"coverage of {name}, {written_by}", *notes))
        _write_raster(folder / f"coverage_{name}.tif", bands, world.grid, remark)
        if world.grid.crs:
            _write_sites(folder / f"sites_{name}.kml", world, network_idx)


def _write_raster(path: Path, bands: NDArray[np.float32], grid: Grid, remark: str) -> None:
    """Write a GeoTIFF; that of a plain has metres but no place on the globe."""
    import rasterio
    from pyproj import CRS
    from rasterio.transform import Affine

    side_m = grid.resolution_m
    place = {"crs": CRS.from_user_input(grid.crs).to_wkt()} if grid.crs else {}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.n_cols,
        height=grid.n_rows,
        count=len(bands),
        dtype="float32",
        nodata=np.nan,
        transform=Affine(side_m, 0.0, grid.x_min_m, 0.0, -side_m, grid.y_max_m),
        compress="deflate",
        predictor=3,
        tiled=True,
        interleave="band",
        **place,
    ) as raster:
        raster.write(bands)
        raster.update_tags(TIFFTAG_IMAGEDESCRIPTION=remark)
        for number, (name, unit, description) in enumerate(BANDS, start=1):
            raster.set_band_description(number, name)
            raster.set_band_unit(number, unit)
            raster.update_tags(number, description=description)


def _write_sites(path: Path, world: World, network_idx: int) -> None:
    """Write the sites of a network as points on WGS 84, with what `sites_file` reads of them."""
    import pyogrio.raw
    import shapely

    sites, cells = world.sites, world.cells
    own = np.flatnonzero(sites.network_idx == network_idx)
    n_cells = np.bincount(cells.site_idx, minlength=len(sites))
    first = np.searchsorted(cells.site_idx, own)  # cells stand site by site, the first sector first
    azimuth_deg = cells.azimuth_deg[first]
    # What a file of sites may say of each, so that this one can be given as `sites_file`.
    said: dict[str, NDArray[Any]] = {
        "antenna_height_m": sites.antenna_height_m[own],
        "n_sectors": n_cells[own].astype(np.int32),
        "azimuth_deg": np.nan_to_num(azimuth_deg),
        "n_channels": cells.n_channels[first],
    }
    texts = [
        f"{world.network_names[network_idx]}, {world.provinces.code[sites.province_idx[site]]}: "
        f"{n_cells[site]} cells, antenna {sites.antenna_height_m[site]:g} m above ground"
        for site in own
    ]
    points = shapely.points(sites.longitude_deg[own].round(6), sites.latitude_deg[own].round(6))
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(points),
        field_data=[
            np.array([sites.name[site] for site in own], np.object_),
            np.array(texts, np.object_),
            *said.values(),
        ],
        field_mask=[None, None, None, None, np.isnan(azimuth_deg), None],
        fields=["Name", "Description", *said],
        geometry_type="Point",
        crs="EPSG:4326",
        driver="KML",
        layer=world.network_names[network_idx],
    )
