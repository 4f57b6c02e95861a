"""The surface of the whole raster as radio meets it: heights, also beyond the region, and what stands on the ground."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.clutter_map import rule_clutter
from sim.world.country import Elevation
from sim.world.grid import Grid
from sim.world.relief import coarse_heights_m, relief_heights_m


@dataclass(frozen=True)
class Surface:
    """Heights and clutter."""

    # (row, col) height of the ground above sea level, 0 on the sea, NaN where nobody has told it [m]
    height_m: NDArray[np.float32]
    clutter: NDArray[np.uint8]  # (square,) what stands on each square: index into `CLUTTER_CLASSES`


def make_heights(
    scenario: Scenario, grid: Grid, elevation: Elevation | None
) -> NDArray[np.float32]:
    """
    Return the heights of the whole raster where no files tell them, smooth or with relief as `terrain.heights` has it.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    grid : Grid
        Squares.
    elevation : Elevation or None
        Coarse heights of the country; None where it is flat.

    Returns
    -------
    (row, col) ndarray of float32
        Heights. [m]
    """
    if elevation is None:
        return np.zeros((grid.n_rows, grid.n_cols), np.float32)
    if scenario.terrain.heights == "synthetic":
        return relief_heights_m(grid, elevation, scenario.seed, scenario.run.world_replication)
    return coarse_heights_m(grid, elevation)


def make_surface(
    grid: Grid,
    height_m: NDArray[np.float32],
    given: NDArray[np.uint8] | None,
    population: NDArray[np.int32],
) -> Surface:
    """Return heights and clutter, by a user's raster or by rule."""
    if given is None:
        return Surface(height_m, rule_clutter(grid, population, height_m))
    return Surface(height_m, given[grid.row, grid.col])
