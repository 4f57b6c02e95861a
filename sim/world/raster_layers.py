"""What a user's rasters say of the land: heights, people, clutter, settlement classes; all problems come at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader

from sim.errors import Problem, WorldError
from sim.scenario.region_section import CLUTTER_CLASSES, WORLD_COVER
from sim.scenario.schema import Scenario
from sim.world.grid import Grid, subdivide
from sim.world.input_files import noting
from sim.world.projection import unproject
from sim.world.raster_blocks import Block, Way, read_blocks
from sim.world.rasters import (
    Named,
    check_rasters,
    fit_raster,
    named,
    open_raster,
    some_squares,
    squares_beyond,
    squares_without,
)
from sim.world.settlement_classes import (
    CLASSES,
    UNKNOWN,
    ClassLattice,
    count_points,
    make_lattice,
    points_grid,
)
from sim.world.surface import Layers

HEIGHTS_KEY = "terrain.files"
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""Heights that the ground has: from below the Dead Sea to above Everest. [m]"""

SRTM_VOID = -32_768
"""What SRTM and many others write where they know nothing, whether or not the header says so."""

METRES = ("", "m", "metre", "metres", "meter", "meters")
"""Names of the unit in the header of a band; most files say none."""


def read_heights(
    files: Sequence[str],
    folder: Path,
    squares: Grid,
    is_sea: NDArray[np.bool_] | None = None,
    n_parts: int = 1,
) -> NDArray[np.float32]:
    """
    Return heights for parts of the whole raster of a grid, those outside the region included.

    A part has the mean of the pixels in it, by area; where pixels are larger than parts, heights are bilinear between
    their centres. Where files overlap the earlier one counts, as far as it covers a part. A part without any has the
    mean of the others of its square.

    Heights above sea level, -500 to 9,000; NaN outside the region where no file has one [m].
    """
    grid = subdivide(squares, n_parts)
    tiles = [named(f"{HEIGHTS_KEY}[{i}]", name, folder) for i, name in enumerate(files)]
    problems = check_rasters(tiles, grid)
    if problems:
        raise WorldError(*problems)
    height_m = np.zeros((grid.n_rows, grid.n_cols), np.float32)
    covered = np.zeros((grid.n_rows, grid.n_cols), np.float32)
    for tile in tiles:
        with noting(problems), open_raster(tile) as raster:
            _add_heights(raster, tile, grid, height_m, covered)
    if problems:
        raise WorldError(*problems)
    with np.errstate(invalid="ignore"):
        height_m /= covered
    if is_sea is not None:
        height_m[is_sea & np.isnan(height_m) & (grid.square_at < 0)] = 0.0
    _fill_parts(height_m, n_parts)
    _require_heights(height_m[::n_parts, ::n_parts], squares)
    return height_m


def _fill_parts(height_m: NDArray[np.float32], n_parts: int) -> None:
    """Give parts without a height the mean of the others of their square, where it has any."""
    if n_parts == 1 or not np.isnan(height_m).any():
        return
    n_rows, n_cols = len(height_m) // n_parts, height_m.shape[1] // n_parts
    parts = height_m.reshape(n_rows, n_parts, n_cols, n_parts)
    is_known = ~np.isnan(parts)
    count = is_known.sum(axis=(1, 3), keepdims=True)
    total = np.where(is_known, parts, 0.0).sum(axis=(1, 3), keepdims=True, dtype=np.float64)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    parts[...] = np.where(is_known, parts, mean)


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


def _add_heights(
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


def _require_heights(height_m: NDArray[np.float32], grid: Grid) -> None:
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
    raise WorldError(Problem(HEIGHTS_KEY, message))


def _tile_name(south_deg: int, west_deg: int) -> str:
    """Return the name of the SRTM tile of a degree."""
    return (
        f"{'N' if south_deg >= 0 else 'S'}{abs(south_deg):02d}"
        f"{'E' if west_deg >= 0 else 'W'}{abs(west_deg):03d}"
    )


PEOPLE_KEY = "population.raster_file"
MAX_PEOPLE = 2_000_000_000
"""Most people of a country (house limit): more are a sign of another unit."""

Kind = Literal["counts", "density_per_km2"]
Floats = NDArray[np.float64]


BEYOND_NOTE = "nobody lives on {}: they lie beyond the edge of the population raster"
"""What every output must say of squares that a raster does not reach."""


def _read_people(file: str, kind: Kind, folder: Path, grid: Grid) -> tuple[Floats, tuple[str, ...]]:
    """
    Return the people of each square as a raster has them, and what every output must say of it.

    Pixels that lie in several squares are divided by area; those that the raster declares to be without data have
    nobody.
    """
    raster = named(PEOPLE_KEY, file, folder)
    problems = check_rasters([raster], grid)
    if problems:
        raise WorldError(*problems)
    people = np.zeros((grid.n_rows, grid.n_cols))
    with open_raster(raster) as opened:
        _add_people(opened, raster, kind, grid, people)
        beyond = squares_beyond(opened, grid)
    own: Floats = people[grid.row, grid.col]
    if own.sum() > MAX_PEOPLE:
        message = (
            f"holds {own.sum():,.0f} people in the region: must be at most {MAX_PEOPLE:,}; is population.raster_kind = "
            f"{kind} right?"
        )
        raise WorldError(Problem(raster.where, message))
    notes = (BEYOND_NOTE.format(some_squares(grid, beyond)),) if len(beyond) else ()
    return own, notes


def _add_people(
    opened: DatasetReader, raster: Named, kind: Kind, grid: Grid, people: Floats
) -> None:
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


CLUTTER_KEY = "terrain.clutter_file"
SETTLEMENT_CLASSES_KEY = "population.settlement_classes_file"

NO_CLUTTER = 255
"""Class of a square without one."""


def read_clutter(
    file: str, classes: Mapping[str, str], folder: Path, grid: Grid
) -> NDArray[np.uint8]:
    """
    Return the clutter class of each place of a grid's raster: that of the pixel in its middle.

    Index into `CLUTTER_CLASSES`; `NO_CLUTTER` outside the region where the raster has none.
    """
    raster = named(CLUTTER_KEY, file, folder)
    legend = {
        float(value): CLUTTER_CLASSES.index(name)
        for value, name in (classes or WORLD_COVER).items()
    }
    advice = (
        f"which have no class: each must be one of the keys of terrain.clutter_classes ({_values(legend)}); add them "
        "there"
    )
    clutter = _read_legend(raster, legend, NO_CLUTTER, advice, grid)
    _require_classes(clutter[grid.row, grid.col] == NO_CLUTTER, grid, raster.where)
    return clutter


def read_settlement_classes(file: str, folder: Path, grid: Grid) -> ClassLattice:
    """Return the settlement classes of a raster at the points of a grid's lattice: those of the nearest pixels."""
    raster = named(SETTLEMENT_CLASSES_KEY, file, folder)
    legend = {float(code): code for code in CLASSES}
    advice = (
        f"which are no settlement classes: must be those of GHS-SMOD, {_values(legend)} (level 2 of the Degree of "
        "Urbanisation); map them with gdal_calc.py"
    )
    lattice = make_lattice(grid, _read_legend(raster, legend, UNKNOWN, advice, points_grid(grid)))
    is_known = sum(count_points(lattice, grid, code) for code in CLASSES) > 0
    _require_classes(~np.asarray(is_known, np.bool_), grid, raster.where)
    return lattice


def _values(legend: Mapping[float, int]) -> str:
    return ", ".join(f"{value:g}" for value in sorted(legend))


def _read_legend(
    raster: Named, legend: Mapping[float, int], unknown: int, advice: str, grid: Grid
) -> NDArray[np.uint8]:
    """Return what the value in the middle of each square stands for; a value that stands for nothing is an error."""
    problems = check_rasters([raster], grid)
    if problems:
        raise WorldError(*problems)
    classes = np.full((grid.n_rows, grid.n_cols), unknown, np.uint8)
    strange: set[float] = set()
    with open_raster(raster) as opened:
        for block in read_blocks(
            opened, fit_raster(opened, grid, raster.where), grid, "nearest", raster.where
        ):
            there = classes[block.rows, block.cols]
            for value in np.unique(block.value[~np.isnan(block.value)]).tolist():
                if value in legend:
                    there[block.value == value] = legend[value]
                else:
                    strange.add(value)
    if strange:
        values = ", ".join(f"{value:g}" for value in sorted(strange)[:12])
        more = f" and {len(strange) - 12} more" if len(strange) > 12 else ""
        message = (
            f"holds the values {values}{more}, {advice}, or declare what stands for no data with "
            "gdal_edit.py -a_nodata"
        )
        raise WorldError(Problem(raster.where, message))
    return classes


def _require_classes(is_missing: NDArray[np.bool_], grid: Grid, where: str) -> None:
    """Raise the error of squares of the region without a class."""
    missing = np.flatnonzero(is_missing)
    if not len(missing):
        return
    message = f"has no class {squares_without(grid, missing)}; use a raster that covers the region"
    raise WorldError(Problem(where, message))


def read_rasters(
    scenario: Scenario,
    folder: Path,
    grid: Grid,
    parts: Grid,
    is_sea: NDArray[np.bool_] | None = None,
) -> Layers:
    """Return what rasters say, heights of parts of the squares; or raise all that is wrong with any of them."""
    terrain, population = scenario.terrain, scenario.population
    files, clutter_file, people_file = terrain.files, terrain.clutter_file, population.raster_file
    classes_file = population.settlement_classes_file
    problems: list[Problem] = []
    heights = people = clutter = classes = None
    notes: tuple[str, ...] = ()
    with noting(problems):
        if terrain.heights == "files":
            heights = read_heights(files, folder, grid, is_sea, parts.n_rows // grid.n_rows)
    with noting(problems):
        if people_file is not None:
            people, notes = _read_people(people_file, population.raster_kind, folder, grid)
    with noting(problems):
        if clutter_file is not None:
            clutter = read_clutter(clutter_file, terrain.clutter_classes, folder, grid)
    with noting(problems):
        if classes_file is not None:
            classes = read_settlement_classes(classes_file, folder, grid)
    if problems:
        raise WorldError(*problems)
    return Layers(heights, people, clutter, classes, notes)
