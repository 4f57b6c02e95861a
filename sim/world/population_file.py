"""People from a user's population raster, brought onto the squares by area."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from sim.errors import Problem, WorldError
from sim.world.grid import Grid
from sim.world.raster_blocks import Way, read_blocks
from sim.world.raster_fit import check_rasters, fit_raster
from sim.world.rasters import Named, named, open_raster

KEY = "population.raster_file"
MAX_PEOPLE = 2_000_000_000
"""Most people of a country (house limit): more are a sign of another unit."""

Kind = Literal["counts", "density_per_km2"]
Floats = NDArray[np.float64]


def read_people(file: str, kind: Kind, folder: Path, grid: Grid) -> Floats:
    """
    Return the people of each square as a raster has them.

    Pixels that lie in several squares are divided by area; those that the raster declares to be without data have
    nobody.
    """
    raster = named(KEY, file, folder)
    problems = check_rasters([raster], grid)
    if problems:
        raise WorldError(*problems)
    people = np.zeros((grid.n_rows, grid.n_cols))
    with open_raster(raster) as opened:
        _add(opened, raster, kind, grid, people)
    own: Floats = people[grid.row, grid.col]
    if own.sum() > MAX_PEOPLE:
        message = (
            f"holds {own.sum():,.0f} people in the region: must be at most {MAX_PEOPLE:,}; is population.raster_kind = "
            f"{kind} right?"
        )
        raise WorldError(Problem(raster.where, message))
    return own


def _add(opened: DatasetReader, raster: Named, kind: Kind, grid: Grid, people: Floats) -> None:
    """Add the people of a raster to the squares, or raise what is wrong with its values."""
    way: Way = "sum" if kind == "counts" else "average"
    worst, n_nan = 0.0, 0
    fit = fit_raster(opened, grid, raster.where)
    for block in read_blocks(opened, fit, grid, way, raster.where):
        n_nan += block.n_nan
        worst = min(worst, float(block.pixels.min(initial=0.0)))
        amount = np.where(block.share > 0.0, block.value, 0.0)
        if kind == "density_per_km2":
            amount *= block.share * grid.square_area_km2
        people[block.rows, block.cols] += amount
    problems = []
    if worst < 0.0:
        problems.append(
            f"holds negative values such as {worst:g}: must be 0 or more; if that value stands for no data, say so "
            "with gdal_edit.py -a_nodata"
        )
    if n_nan:
        problems.append(
            "holds NaN that its header does not declare: must be numbers; if it stands for no data, say so with "
            "gdal_edit.py -a_nodata nan"
        )
    if problems:
        raise WorldError(*(Problem(raster.where, message) for message in problems))
