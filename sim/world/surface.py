"""The surface of the whole raster as radio meets it: heights, also beyond the region, and what stands on the ground."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.clutter_map import rule_clutter
from sim.world.country import Elevation
from sim.world.grid import Grid
from sim.world.relief import coarse_heights_m, relief_heights_m, sea_squares


@dataclass(frozen=True)
class Surface:
    """
    Heights and clutter.

    Attributes
    ----------
    height_m : (row, col) ndarray of float32
        Height of the ground above sea level, 0 on the sea, NaN where nobody has told it. [m]
    clutter : (square,) ndarray of uint8
        What stands on each square: index into `CLUTTER_CLASSES`.
    """

    height_m: NDArray[np.float32]
    clutter: NDArray[np.uint8]


def make_heights(
    scenario: Scenario, folder: Path, grid: Grid, elevation: Elevation | None
) -> NDArray[np.float32]:
    """
    Return the heights of the whole raster, as `terrain.heights` chooses them.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.
    grid : Grid
        Squares.
    elevation : Elevation or None
        Coarse heights of the country; None where it is flat.

    Returns
    -------
    (row, col) ndarray of float32
        Heights. [m]

    Raises
    ------
    WorldError
        If a file cannot be used or leaves squares of the region without a height.
    """
    if scenario.terrain.heights == "files":
        # GDAL takes a sixth of a second to import: only where a raster is read.
        from sim.world.elevation_files import read_heights

        is_sea = None if elevation is None else sea_squares(grid, elevation)
        return read_heights(scenario.terrain.files, folder, grid, is_sea)
    if elevation is None:
        return np.zeros((grid.n_rows, grid.n_cols), np.float32)
    if scenario.terrain.heights == "synthetic":
        return relief_heights_m(grid, elevation, scenario.seed, scenario.run.world_replication)
    return coarse_heights_m(grid, elevation)


def make_surface(
    scenario: Scenario,
    folder: Path,
    grid: Grid,
    height_m: NDArray[np.float32],
    population: NDArray[np.int32],
) -> Surface:
    """
    Return heights and clutter, by a user's raster or by rule.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.
    grid : Grid
        Squares.
    height_m : (row, col) ndarray of float32
        Heights of the whole raster. [m]
    population : (square,) ndarray of int32
        People of each square.

    Returns
    -------
    Surface
        Surface.

    Raises
    ------
    WorldError
        If the raster of clutter cannot be used.
    """
    section = scenario.terrain
    if section.clutter_file is None:
        return Surface(height_m, rule_clutter(grid, population, height_m))
    from sim.world.clutter_file import read_clutter

    clutter = read_clutter(section.clutter_file, section.clutter_classes, folder, grid)
    return Surface(height_m, clutter[grid.row, grid.col])
