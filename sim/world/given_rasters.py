"""What a user's rasters say of the land: heights, people, clutter; read together, so that all problems come at once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.schema import Scenario
from sim.world.grid import Grid

T = TypeVar("T")


@dataclass(frozen=True)
class GivenRasters:
    """What a user's rasters say; None where the scenario names none."""

    # (row, col) heights, NaN outside the region where no file has one [m]
    height_m: NDArray[np.float32] | None = None
    # (square,) people by the raster, before they are scaled
    people: NDArray[np.float64] | None = None
    # (row, col) index into `CLUTTER_CLASSES`, 255 outside the region where the raster has none
    clutter: NDArray[np.uint8] | None = None


def read_rasters(
    scenario: Scenario, folder: Path, grid: Grid, is_sea: NDArray[np.bool_] | None = None
) -> GivenRasters:
    """Return what the rasters of a scenario say."""
    terrain, population = scenario.terrain, scenario.population
    files, clutter_file, people_file = terrain.files, terrain.clutter_file, population.raster_file
    if terrain.heights != "files" and clutter_file is None and people_file is None:
        return GivenRasters()
    # GDAL takes a sixth of a second to import: only where a raster is read.
    from sim.world.clutter_file import read_clutter
    from sim.world.elevation_files import read_heights
    from sim.world.population_file import read_people

    problems: list[Problem] = []
    heights = _attempt(
        problems,
        lambda: read_heights(files, folder, grid, is_sea) if terrain.heights == "files" else None,
    )
    people = _attempt(
        problems,
        lambda: (
            read_people(people_file, population.raster_kind, folder, grid)
            if people_file is not None
            else None
        ),
    )
    clutter = _attempt(
        problems,
        lambda: (
            read_clutter(clutter_file, terrain.clutter_classes, folder, grid)
            if clutter_file is not None
            else None
        ),
    )
    if problems:
        raise WorldError(*problems)
    return GivenRasters(heights, people, clutter)


def _attempt(problems: list[Problem], read: Callable[[], T]) -> T | None:
    """Return what is read, or note its problems."""
    try:
        return read()
    except WorldError as error:
        problems.extend(error.problems)
        return None
