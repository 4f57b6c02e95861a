"""What stands on the ground from a user's raster of classes, such as a map of land cover."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.terrain_section import CLUTTER_CLASSES, WORLD_COVER
from sim.world.grid import Grid
from sim.world.raster_blocks import read_blocks
from sim.world.raster_fit import check_rasters, fit_raster, squares_without
from sim.world.rasters import named, open_raster

KEY = "terrain.clutter_file"

NO_CLUTTER = 255
"""Class of a square without one."""


def read_clutter(
    file: str, classes: Mapping[str, str], folder: Path, grid: Grid
) -> NDArray[np.uint8]:
    """
    Return the clutter class of each place of a grid's raster: that of the pixel in its middle.

    Index into `CLUTTER_CLASSES`; `NO_CLUTTER` outside the region where the raster has none.
    """
    raster = named(KEY, file, folder)
    problems = check_rasters([raster], grid)
    if problems:
        raise WorldError(*problems)
    legend = {
        float(value): CLUTTER_CLASSES.index(name)
        for value, name in (classes or WORLD_COVER).items()
    }
    clutter = np.full((grid.n_rows, grid.n_cols), NO_CLUTTER, np.uint8)
    unknown: set[float] = set()
    with open_raster(raster) as opened:
        for block in read_blocks(
            opened, fit_raster(opened, grid, raster.where), grid, "nearest", raster.where
        ):
            there = clutter[block.rows, block.cols]
            for value in np.unique(block.value[~np.isnan(block.value)]).tolist():
                if value in legend:
                    there[block.value == value] = legend[value]
                else:
                    unknown.add(value)
    if unknown:
        values = ", ".join(f"{value:g}" for value in sorted(unknown)[:12])
        more = f" and {len(unknown) - 12} more" if len(unknown) > 12 else ""
        message = (
            f"holds the values {values}{more}, which have no class: each must be one of the keys of "
            f"terrain.clutter_classes ({', '.join(f'{value:g}' for value in sorted(legend))}); add them there, or "
            "declare what stands for no data with gdal_edit.py -a_nodata"
        )
        raise WorldError(Problem(raster.where, message))
    _require_every_square(clutter, grid, raster.where)
    return clutter


def _require_every_square(clutter: NDArray[np.uint8], grid: Grid, where: str) -> None:
    """Raise the error of squares of the region without a class."""
    missing = np.flatnonzero(clutter[grid.row, grid.col] == NO_CLUTTER)
    if not len(missing):
        return
    message = f"has no class {squares_without(grid, missing)}; use a raster that covers the region"
    raise WorldError(Problem(where, message))
