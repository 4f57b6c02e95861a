"""Rasters that a user gives: opened warily, checked by their headers, never loaded whole."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader

from sim.errors import Problem, WorldError
from sim.scenario.messages import given
from sim.scenario.schema import Scenario

DRIVERS = {".hgt": "SRTMHGT"}
"""
Formats by the end of the name, by the names of GDAL; all others are GeoTIFF.

Anything else, such as a list of other files or of addresses, is no raster here.
"""

GDAL_ERRORS = (RasterioError, CRSError, CPLE_BaseError)
"""What rasterio raises, of which the last has no public name."""

_ENVIRONMENT = {
    # What lies beside a raster (world files, statistics, overviews) is not part of the run's id: it must not be read.
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_CACHEMAX": 64,
}


@dataclass(frozen=True)
class Named:
    """A raster as the scenario names it."""

    where: str  # key with the name, for messages
    path: Path  # file


def named(key: str, name: str, folder: Path) -> Named:
    """Return a raster that a key of the scenario names."""
    return Named(f"{key} = {given(name)}", (folder / name).absolute())


def list_rasters(scenario: Scenario, folder: Path) -> list[list[Named]]:
    """
    Return the rasters that a scenario names.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Its folder.

    Returns
    -------
    list of list of Named
        Rasters by key; keys without any are left out.
    """
    groups = [
        [
            named(f"terrain.files[{i}]", name, folder)
            for i, name in enumerate(scenario.terrain.files)
        ]
    ]
    for key, name in (
        ("terrain.clutter_file", scenario.terrain.clutter_file),
        ("population.raster_file", scenario.population.raster_file),
    ):
        if name is not None:
            groups.append([named(key, name, folder)])
    return [group for group in groups if group]


@contextmanager
def open_raster(raster: Named) -> Iterator[DatasetReader]:
    """Open a raster for reading."""
    if not raster.path.is_file():
        raise WorldError(
            Problem(raster.where, "no such file; must be a raster beside the scenario")
        )
    with warnings.catch_warnings(), rasterio.Env(**_ENVIRONMENT):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            driver = DRIVERS.get(raster.path.suffix.lower(), "GTiff")
            opened = rasterio.open(raster.path, driver=driver)
        except (*GDAL_ERRORS, ValueError) as error:
            raise WorldError(Problem(raster.where, _no_raster(raster.path))) from error
        with opened:
            try:
                problems = [Problem(raster.where, message) for message in _header_problems(opened)]
                if problems:
                    raise WorldError(*problems)
                yield opened
            except GDAL_ERRORS as error:
                raise WorldError(Problem(raster.where, _damaged(error))) from error


def _no_raster(path: Path) -> str:
    if path.suffix.lower() == ".hgt":
        return (
            "is no SRTM tile: must have the name of its south-west corner, such as N38E125.hgt, and 1201 x 1201 or "
            "3601 x 3601 heights of two bytes; unpack it first if it is packed"
        )
    return "is no raster: must be a GeoTIFF or an SRTM .hgt tile; convert it with gdal_translate -of GTiff"


def _damaged(error: Exception) -> str:
    reason = str(error.__cause__ or error)
    return f"cannot be read ({given(reason)}): is the file cut off? Fetch it again"


def _header_problems(raster: DatasetReader) -> Iterator[str]:
    """Yield what is wrong with a raster before any of its values is read."""
    if raster.count != 1:
        yield f"has {raster.count} bands: must have one; cut it out with gdal_translate -b"
    if any(np.dtype(kind).kind not in "iuf" for kind in raster.dtypes):
        yield f"holds values of type {raster.dtypes[0]}: must be whole numbers or decimals"
    if min(raster.width, raster.height) < 2:
        yield f"is a raster of {raster.width} x {raster.height}: must be at least 2 x 2"
    if raster.crs is None or not raster.crs.to_wkt():
        yield "has no reference system: must say one; add it with gdal_edit.py -a_srs, such as EPSG:4326"
    elif raster.transform.is_identity or raster.transform.is_degenerate:
        yield "has no place on the globe: must be georeferenced, with the size and the corner of its pixels"
    elif not (raster.crs.is_geographic or raster.crs.is_projected):
        yield (
            f"is in the reference system {given(raster.crs.to_string())}: must be longitude and latitude or a map "
            "projection; reproject it with gdalwarp -t_srs EPSG:4326"
        )
    elif raster.crs.is_geographic and not _is_on_globe(raster):
        yield (
            f"reaches from longitude {raster.bounds.left:.6g} to {raster.bounds.right:.6g}, latitude "
            f"{raster.bounds.bottom:.6g} to {raster.bounds.top:.6g}: must lie within +-180 and +-90 degrees; is its "
            "reference system that of its metres?"
        )


def _is_on_globe(raster: DatasetReader) -> bool:
    """Return whether a raster in degrees lies on the globe, give or take a pixel."""
    spare = max(abs(raster.transform.a), abs(raster.transform.e)) + 1e-6
    west, south, east, north = raster.bounds
    on_globe = -180.0 - spare <= west < east <= 180.0 + spare
    return bool(on_globe and -90.0 - spare <= south < north <= 90.0 + spare)
