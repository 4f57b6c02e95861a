"""A user's rasters: opened warily, checked by their headers and how they lie on the grid, never loaded whole."""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform, transform_bounds

from sim.errors import Problem, WorldError
from sim.scenario.messages import given
from sim.scenario.schema import Scenario
from sim.world.grid import Grid
from sim.world.input_files import noting
from sim.world.projection import unproject

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
        ("population.settlement_classes_file", scenario.population.settlement_classes_file),
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
        west, south, east, north = bounds_of(raster)
        is_circle = west >= 0.0 and -90.0 <= south < north <= 90.0 and east <= 361.0
        hint = "is its reference system that of its metres?"
        if is_circle:
            hint = (
                "are these longitudes of 0 to 360? Cut the region out with gdal_translate -projwin, and subtract 360 "
                "from ends beyond 180 with gdal_edit.py -a_ullr"
            )
        yield (
            f"reaches from longitude {west:.6g} to {east:.6g}, latitude {south:.6g} to {north:.6g}: must lie within "
            f"+-180 and +-90 degrees; {hint}"
        )


Box = tuple[float, float, float, float]
"""West, south, east and north end."""


def bounds_of(raster: DatasetReader) -> Box:
    """Return the ends of a raster, whether its first row is in the north or, as some models write it, in the south."""
    left, bottom, right, top = raster.bounds
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _is_on_globe(raster: DatasetReader) -> bool:
    """Return whether a raster in degrees lies on the globe, give or take a pixel."""
    spare = max(abs(raster.transform.a), abs(raster.transform.e)) + 1e-6
    west, south, east, north = bounds_of(raster)
    on_globe = -180.0 - spare <= west < east <= 180.0 + spare
    return bool(on_globe and -90.0 - spare <= south < north <= 90.0 + spare)


MAX_PIXELS = 4_000_000_000
"""Most pixels within the region's raster of all files together (house limit): about two minutes of reading."""

MAX_PIXELS_PER_SQUARE = 1_000_000
"""Most pixels of a file in one square (house limit): finer ones are of no use."""


def _grid_box(grid: Grid) -> Box:
    """Return the ends of the grid's raster."""
    east_m = grid.x_min_m + grid.n_cols * grid.resolution_m
    return grid.x_min_m, grid.y_max_m - grid.n_rows * grid.resolution_m, east_m, grid.y_max_m


@dataclass(frozen=True)
class Fit:
    """How a raster lies on the grid."""

    box_m: Box  # what both cover: west, south, east and north end in the grid's metres [m]
    pixel_m: tuple[float, float]  # width and height of a pixel in the middle of it [m]

    @property
    def n_pixels(self) -> float:
        """Return about how many pixels lie on the grid's raster."""
        west, south, east, north = self.box_m
        return (east - west) * (north - south) / (self.pixel_m[0] * self.pixel_m[1])


def fit_raster(raster: DatasetReader, grid: Grid, where: str) -> Fit:
    """Return how a raster lies on the grid."""
    crs = CRS.from_string(grid.crs)
    try:
        own = transform_bounds(raster.crs, crs, *bounds_of(raster), densify_pts=21)
    except GDAL_ERRORS as error:
        raise WorldError(Problem(where, _cannot_transform(raster))) from error
    ours = _grid_box(grid)
    box = (
        max(own[0], ours[0]), max(own[1], ours[1]), min(own[2], ours[2]), min(own[3], ours[3]),
    )  # fmt: skip
    if not all(map(math.isfinite, own)):
        raise WorldError(Problem(where, _cannot_transform(raster)))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise WorldError(Problem(where, _elsewhere(raster, crs, ours)))
    fit = Fit(box, _pixel_m(raster, crs, box))
    area_m2 = fit.pixel_m[0] * fit.pixel_m[1]
    if not math.isfinite(area_m2) or area_m2 <= 0.0:
        raise WorldError(Problem(where, _cannot_transform(raster)))
    per_square = grid.resolution_m**2 / area_m2
    if per_square > MAX_PIXELS_PER_SQUARE:
        message = (
            f"has about {per_square:,.0f} pixels in a square of {grid.resolution_m:g} m: must be at most "
            f"{MAX_PIXELS_PER_SQUARE:,}; make it coarser with gdalwarp -r average -tr"
        )
        raise WorldError(Problem(where, message))
    return fit


def _cannot_transform(raster: DatasetReader) -> str:
    return (
        f"cannot be brought from its reference system {given(raster.crs.to_string())} to the region's: must be one "
        "that holds there; reproject it with gdalwarp -t_srs EPSG:4326"
    )


def _elsewhere(raster: DatasetReader, crs: CRS, ours: Box) -> str:
    """Return that a raster lies elsewhere."""
    degrees = CRS.from_epsg(4326)
    its, region = (
        transform_bounds(source, degrees, *box, densify_pts=21)
        for source, box in ((raster.crs, bounds_of(raster)), (crs, ours))
    )
    return (
        f"covers {_degrees(its)}, which is nowhere in the region ({_degrees(region)}): must overlap it; leave it out, "
        "or correct its reference system"
    )


def _degrees(box: Sequence[float]) -> str:
    west, south, east, north = box
    return f"longitude {west:.2f} to {east:.2f}, latitude {south:.2f} to {north:.2f}"


def _pixel_m(raster: DatasetReader, crs: CRS, box_m: Box) -> tuple[float, float]:
    """Return width and height of the pixel in the middle of a box."""
    west, south, east, north = box_m
    x, y = transform(crs, raster.crs, [(west + east) / 2.0], [(south + north) / 2.0])
    step = raster.transform
    corners_x = [x[0], x[0] + step.a, x[0] + step.b]
    corners_y = [y[0], y[0] + step.d, y[0] + step.e]
    x_m, y_m = transform(raster.crs, crs, corners_x, corners_y)
    return (
        math.hypot(x_m[1] - x_m[0], y_m[1] - y_m[0]),
        math.hypot(x_m[2] - x_m[0], y_m[2] - y_m[0]),
    )


def check_rasters(rasters: Sequence[Named], grid: Grid) -> list[Problem]:
    """
    Return what is wrong with the headers of rasters, and with all of them together.

    Parameters
    ----------
    rasters : sequence of Named
        Rasters of one key.
    grid : Grid
        Squares.

    Returns
    -------
    list of Problem
        Every problem; none of the values has been read.
    """
    problems: list[Problem] = []
    n_pixels = 0.0
    for raster in rasters:
        with noting(problems), open_raster(raster) as opened:
            n_pixels += fit_raster(opened, grid, raster.where).n_pixels
    if n_pixels > MAX_PIXELS:
        key = rasters[0].where.partition("[")[0].partition(" ")[0]
        message = (
            f"hold about {n_pixels:,.0f} pixels of the region: must be at most {MAX_PIXELS:,}; make them coarser with "
            "gdalwarp -r average -tr"
        )
        problems.append(Problem(key, message))
    return problems


def squares_beyond(raster: DatasetReader, grid: Grid) -> NDArray[np.intp]:
    """Return the squares whose middle lies beyond the edge of a raster."""
    x, y = transform(CRS.from_string(grid.crs), raster.crs, grid.x_m, grid.y_m)
    col, row = ~raster.transform @ (np.asarray(x), np.asarray(y))
    inside = (col >= 0.0) & (col <= raster.width) & (row >= 0.0) & (row <= raster.height)
    return np.flatnonzero(~inside)


def squares_without(grid: Grid, missing: NDArray[np.intp]) -> str:
    """Return how many squares have no value and where they lie, in words."""
    return f"for {some_squares(grid, missing)}: every square must have one"


def some_squares(grid: Grid, which: NDArray[np.intp]) -> str:
    """Return how many squares these are and where they lie, in words."""
    longitude_deg, latitude_deg = unproject(grid.crs, grid.x_m[which], grid.y_m[which])
    return (
        f"{len(which):,} of the region's {grid.n_squares:,} squares, at longitude "
        f"{longitude_deg.min():.2f} to {longitude_deg.max():.2f}, latitude {latitude_deg.min():.2f} to "
        f"{latitude_deg.max():.2f}"
    )
