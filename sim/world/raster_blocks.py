"""
Values of a raster on the squares of the grid, block by block, so that no file is ever in memory whole.

A block of squares reads the pixels under it with a rim, those beyond the raster's edge being absent, and gives them to
GDAL, which finds the place of a square among them to an eighth of a pixel.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.warp import reproject, transform_bounds
from rasterio.windows import Window

from sim.errors import Problem, WorldError
from sim.world.grid import Grid
from sim.world.rasters import Fit

BLOCK_PIXELS = 4_000_000
"""Pixels that a block reads, about: 32 MB of decimals, and as much again for their weights."""

LARGEST_BLOCK = 1_024
"""Squares along the side of a block at most."""

RIM = 3
"""Pixels about a block that interpolation reaches."""

Floats = NDArray[np.float64]
Way = Literal["mean", "average", "sum", "nearest"]
"""
How pixels become squares: the mean of those in a square by area, but bilinear where pixels are larger than squares; the
mean by area in any case; their sum, each divided by area; or the one in the square's middle.
"""


@dataclass(frozen=True)
class Block:
    """Values on some squares of the grid's raster."""

    rows: slice  # and cols: where they lie
    cols: slice
    value: Floats  # (row, col) values, NaN where the raster has none
    share: Floats  # (row, col) share of each square that pixels with a value cover, 0 to 1 [1]
    pixels: Floats  # (pixel,) the values that were read, for a check of their range
    n_nan: int  # pixels that are NaN without being declared to have no value


def read_blocks(
    raster: DatasetReader, fit: Fit, grid: Grid, way: Way, where: str, void: float = np.nan
) -> Iterator[Block]:
    """Yield the values of a raster, block by block."""
    pixel_m = math.sqrt(fit.pixel_m[0] * fit.pixel_m[1])
    side = int(math.sqrt(BLOCK_PIXELS) * pixel_m / grid.resolution_m)
    side = max(1, min(LARGEST_BLOCK, side))
    first_row, last_row, first_col, last_col = _reached(fit, grid)
    for row in range(first_row, last_row, side):
        for col in range(first_col, last_col, side):
            rows = slice(row, min(last_row, row + side))
            cols = slice(col, min(last_col, col + side))
            block = _read_block(raster, fit, grid, rows, cols, way, where, void)
            if block is not None:
                yield block


def _reached(fit: Fit, grid: Grid) -> tuple[int, int, int, int]:
    """Return first and last row and column that a raster reaches."""
    west, south, east, north = fit.box_m
    side_m = grid.resolution_m
    return (
        max(0, math.floor((grid.y_max_m - north) / side_m) - 1),
        min(grid.n_rows, math.ceil((grid.y_max_m - south) / side_m) + 1),
        max(0, math.floor((west - grid.x_min_m) / side_m) - 1),
        min(grid.n_cols, math.ceil((east - grid.x_min_m) / side_m) + 1),
    )


def _read_block(
    raster: DatasetReader,
    fit: Fit,
    grid: Grid,
    rows: slice,
    cols: slice,
    way: Way,
    where: str,
    void: float,
) -> Block | None:
    """Return the values on a block of squares, None where the raster has no pixel."""
    side_m = grid.resolution_m
    west_m, north_m = grid.x_min_m + cols.start * side_m, grid.y_max_m - rows.start * side_m
    place = Affine(side_m, 0.0, west_m, 0.0, -side_m, north_m)
    shape = rows.stop - rows.start, cols.stop - cols.start
    box = west_m, north_m - shape[0] * side_m, west_m + shape[1] * side_m, north_m
    crs = CRS.from_string(grid.crs)
    window = _window(raster, transform_bounds(crs, raster.crs, *box, densify_pts=21))
    if window.width * window.height > 16 * BLOCK_PIXELS:
        message = "its reference system is too far from the region's; reproject it with gdalwarp -t_srs EPSG:4326"
        raise WorldError(Problem(where, message))
    pixels, n_nan = _read_padded(raster, window)
    pixels[pixels == void] = np.nan
    has_value = ~np.isnan(pixels)
    if not has_value.any() and not n_nan:
        return None
    source = raster.window_transform(window)

    def _warp(values: Floats, method: Resampling, empty: float) -> Floats:
        result = np.full(shape, empty)
        reproject(
            values, result,
            src_transform=source, src_crs=raster.crs, src_nodata=np.nan,
            dst_transform=place, dst_crs=crs, dst_nodata=empty, resampling=method,
        )  # fmt: skip
        return result

    is_fine = max(fit.pixel_m) < side_m
    method = {
        "mean": Resampling.average if is_fine else Resampling.bilinear,
        "average": Resampling.average,
        "sum": Resampling.sum,
        "nearest": Resampling.nearest,
    }[way]
    value = _warp(pixels, method, np.nan)
    if method == Resampling.average and not has_value.all():
        share = np.clip(_warp(has_value.astype(np.float64), Resampling.average, 0.0), 0.0, 1.0)
    else:
        share = (~np.isnan(value)).astype(np.float64)
    return Block(rows, cols, value, share, pixels[has_value], n_nan)


def _window(raster: DatasetReader, box: tuple[float, float, float, float]) -> Window:
    """Return the window of whole pixels about a box, with a rim; it may reach beyond the raster."""
    west, south, east, north = box
    to = ~raster.transform
    corners = [(x, y) for x in (west, east) for y in (south, north)]
    cols = [to.a * x + to.b * y + to.c for x, y in corners]
    rows = [to.d * x + to.e * y + to.f for x, y in corners]
    first_col, first_row = math.floor(min(cols)) - RIM, math.floor(min(rows)) - RIM
    width, height = math.ceil(max(cols)) + RIM - first_col, math.ceil(max(rows)) + RIM - first_row
    return Window(first_col, first_row, width, height)


def _read_padded(raster: DatasetReader, window: Window) -> tuple[Floats, int]:
    """Return the pixels of a window, NaN beyond the raster and where it has no value, and how many just are NaN."""
    result = np.full((int(window.height), int(window.width)), np.nan)
    first_row, first_col = max(0, int(window.row_off)), max(0, int(window.col_off))
    last_row = min(raster.height, int(window.row_off + window.height))
    last_col = min(raster.width, int(window.col_off + window.width))
    if last_row <= first_row or last_col <= first_col:
        return result, 0
    inside = Window(first_col, first_row, last_col - first_col, last_row - first_row)
    read = raster.read(1, window=inside, masked=True)
    has_value = ~np.ma.getmaskarray(read)
    # Values that are no numbers come out as such and are told of later.
    with np.errstate(invalid="ignore", over="ignore"):
        values = read.data.astype(np.float64) * raster.scales[0] + raster.offsets[0]
    n_nan = int((np.isnan(values) & has_value).sum())
    row, col = first_row - int(window.row_off), first_col - int(window.col_off)
    result[row : row + values.shape[0], col : col + values.shape[1]] = np.where(
        has_value, values, np.nan
    )
    return result, n_nan
