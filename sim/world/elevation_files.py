"""Heights of the ground from a user's elevation files: GeoTIFF and SRTM tiles, joined on the grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from sim.errors import Problem, WorldError
from sim.world.grid import Grid
from sim.world.projection import unproject
from sim.world.raster_blocks import Block, read_blocks
from sim.world.raster_fit import check_rasters, fit_raster, squares_without
from sim.world.rasters import Named, named, open_raster

KEY = "terrain.files"
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""Heights that the ground has: from below the Dead Sea to above Everest. [m]"""

SRTM_VOID = -32_768
"""What SRTM and many others write where they know nothing, whether or not the header says so."""

METRES = ("", "m", "metre", "metres", "meter", "meters")
"""Names of the unit in the header of a band; most files say none."""


def read_heights(
    files: Sequence[str], folder: Path, grid: Grid, is_sea: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """
    Return heights for the whole raster of a grid, those outside the region included.

    A square has the mean of the pixels in it, by area; where pixels are larger than squares, heights are bilinear
    between their centres. Where files overlap the earlier one counts, as far as it covers a square.

    Heights above sea level, -500 to 9,000; NaN outside the region where no file has one [m].
    """
    tiles = [named(f"{KEY}[{i}]", name, folder) for i, name in enumerate(files)]
    problems = check_rasters(tiles, grid)
    if problems:
        raise WorldError(*problems)
    height_m = np.zeros((grid.n_rows, grid.n_cols), np.float32)
    covered = np.zeros((grid.n_rows, grid.n_cols), np.float32)
    for tile in tiles:
        try:
            with open_raster(tile) as raster:
                _add(raster, tile, grid, height_m, covered)
        except WorldError as error:
            problems.extend(error.problems)
    if problems:
        raise WorldError(*problems)
    with np.errstate(invalid="ignore"):
        height_m /= covered
    if is_sea is not None:
        height_m[is_sea & np.isnan(height_m) & (grid.square_at < 0)] = 0.0
    _require_every_square(height_m, grid)
    return height_m


@dataclass
class _Beyond:
    """Heights that no ground has: how many, and the worst."""

    n: int = 0
    lowest_m: float = 0.0
    highest_m: float = 0.0

    def note(self, pixels: NDArray[np.float64]) -> None:
        beyond = pixels[(pixels < LOWEST_M) | (pixels > HIGHEST_M)]
        if len(beyond):
            self.n += len(beyond)
            self.lowest_m = min(self.lowest_m, float(beyond.min()))
            self.highest_m = max(self.highest_m, float(beyond.max()))


def _add(
    raster: DatasetReader,
    tile: Named,
    grid: Grid,
    height_m: NDArray[np.float32],
    covered: NDArray[np.float32],
) -> None:
    """Add a file's heights, each by the share of its square that no earlier file covers."""
    unit = (raster.units[0] or "").strip().lower()
    if unit not in METRES:
        message = f"has heights in {unit!r}: must be metres; convert them with gdal_calc.py"
        raise WorldError(Problem(tile.where, message))
    beyond = _Beyond()
    for block in read_blocks(
        raster, fit_raster(raster, grid, tile.where), grid, "mean", tile.where, void=SRTM_VOID
    ):
        beyond.note(block.pixels)
        _lay(block, height_m, covered)
    if beyond.n:
        worst = beyond.lowest_m if beyond.lowest_m < LOWEST_M else beyond.highest_m
        message = (
            f"has {beyond.n:,} heights such as {worst:g} m: must be {LOWEST_M:g} to {HIGHEST_M:g} m; if that value "
            "stands for no data, say so with gdal_edit.py -a_nodata; if they are feet, convert them"
        )
        raise WorldError(Problem(tile.where, message))


def _lay(block: Block, height_m: NDArray[np.float32], covered: NDArray[np.float32]) -> None:
    """Add the heights of a block where earlier files leave a share of a square."""
    there = covered[block.rows, block.cols]
    share = np.minimum(block.share, 1.0 - there)
    height_m[block.rows, block.cols] += np.where(share > 0.0, block.value, 0.0) * share
    covered[block.rows, block.cols] += share


def _require_every_square(height_m: NDArray[np.float32], grid: Grid) -> None:
    """Raise the error of squares of the region without a height."""
    missing = np.flatnonzero(np.isnan(height_m[grid.row, grid.col]))
    if not len(missing):
        return
    longitude_deg, latitude_deg = unproject(grid.crs, grid.x_m[missing], grid.y_m[missing])
    corners = sorted(
        {
            (int(y), int(x))
            for y, x in zip(np.floor(latitude_deg), np.floor(longitude_deg), strict=True)
        }
    )
    tiles = ", ".join(_tile_name(south, west) for south, west in corners[:6])
    more = f" and {len(corners) - 6} more" if len(corners) > 6 else ""
    message = (
        f"no height {squares_without(grid, missing)}, and none is taken for sea; add the tiles that hold "
        f"{tiles}{more}, fill voids with gdal_fillnodata.py, and give a shore's sea the height 0"
    )
    raise WorldError(Problem(KEY, message))


def _tile_name(south_deg: int, west_deg: int) -> str:
    """Return the name of the SRTM tile of a degree."""
    return (
        f"{'N' if south_deg >= 0 else 'S'}{abs(south_deg):02d}"
        f"{'E' if west_deg >= 0 else 'W'}{abs(west_deg):03d}"
    )
