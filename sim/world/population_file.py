"""People from a user's population raster: where they live within each province, its total kept to the person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from sim.errors import Problem, WorldError
from sim.world.country import Country
from sim.world.grid import Grid
from sim.world.population import province_totals, round_in_order, share_out
from sim.world.raster_blocks import Way, read_blocks
from sim.world.raster_fit import check_rasters, fit_raster
from sim.world.rasters import Named, named, open_raster
from sim.world.region import Territory

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

    Parameters
    ----------
    file : str
        GeoTIFF as the scenario names it.
    kind : str
        `counts`, people in a pixel, or `density_per_km2`.
    folder : Path
        Folder of the scenario.
    grid : Grid
        Squares.

    Returns
    -------
    (square,) ndarray of float64
        People, 0 or more.

    Raises
    ------
    WorldError
        If the file cannot be used, or holds negative values, NaN or more people than there are anywhere.
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


def raster_totals(
    country: Country, territory: Territory, total: int | None, in_province: Floats
) -> NDArray[np.int64]:
    """
    Return the people of each province.

    Provinces that have people keep their totals, scaled to `total` as without a raster. Where no province has any, the
    raster's own people count, scaled to `total`.

    Parameters
    ----------
    country : Country
        Provinces of the whole country.
    territory : Territory
        Provinces that are simulated.
    total : int or None
        People in the whole country.
    in_province : (province,) ndarray of float64
        People of each simulated province by the raster.

    Returns
    -------
    (province,) ndarray of int64
        People.

    Raises
    ------
    WorldError
        If neither provinces nor raster have people, or a whole country's total is to be shared by some provinces.
    """
    if any(province.population for province in country.provinces):
        return province_totals(country, territory, total)
    if not in_province.any():
        raise WorldError(
            Problem(KEY, "nobody lives in the region by the raster, nor by its provinces")
        )
    if total is not None and len(territory.code) < len(country.provinces):
        message = (
            f"{total:,}: cannot be shared out, as no province has people and only some are simulated; leave it out "
            "for the raster's own figures, or simulate all provinces"
        )
        raise WorldError(Problem("population.total", message))
    return share_out(in_province, round(in_province.sum()) if total is None else total)


def spread_as_raster(
    people: Floats, grid: Grid, codes: Sequence[str], totals: NDArray[np.int64]
) -> NDArray[np.int32]:
    """
    Return the people living in each square: as a raster spreads them, each province with its total.

    Parameters
    ----------
    people : (square,) ndarray of float64
        People by the raster.
    grid : Grid
        Squares.
    codes : sequence of str
        Codes of the provinces.
    totals : (province,) ndarray of int64
        People of each province.

    Returns
    -------
    (square,) ndarray of int32
        People; each province's squares sum to its total.

    Raises
    ------
    WorldError
        If the raster has nobody where a province has people.
    """
    population = np.zeros(grid.n_squares, np.int32)
    problems = []
    for province, total in enumerate(totals.tolist()):
        own = np.flatnonzero(grid.province_idx == province)
        if total and not people[own].any():
            message = (
                f"has nobody in province {codes[province]}, which has {total:,} people: must have somebody in every "
                "such province; does the raster cover it?"
            )
            problems.append(Problem(KEY, message))
        elif total:
            population[own] = round_in_order(people[own], total)
    if problems:
        raise WorldError(*problems)
    return population
