"""The surface of the whole raster as radio meets it: heights, also beyond the region, and what stands on the ground."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.country import Elevation
from sim.world.cover import (
    Cover,
    class_of_middles,
    cover_by_density,
    cover_of_classes,
    find_forest,
)
from sim.world.grid import Grid, subdivide
from sim.world.heights import coarse_heights_m, relief_heights_m
from sim.world.people import People
from sim.world.settlement_classes import ClassLattice


class Layers(NamedTuple):
    """What rasters say of the land, None where no file of the scenario tells."""

    height_m: NDArray[np.float32] | None = None  # heights of parts of the whole raster [m]
    people: NDArray[np.float64] | None = None  # people of each square before they are scaled
    clutter: NDArray[np.uint8] | None = None  # clutter of the whole raster
    classes: ClassLattice | None = None  # settlement classes
    notes: tuple[str, ...] = ()  # what every output must say of them


@dataclass(frozen=True)
class Surface:
    """Heights and clutter."""

    # (row, col) height of the ground above sea level, 0 on the sea, NaN where nobody has told it; a whole number
    # of them lie along the side of a square [m]
    height_m: NDArray[np.float32]
    side_m: float  # distance between them [m]
    # (square,) what stands about a phone in the middle of each square: index into `CLUTTER_CLASSES`
    clutter: NDArray[np.uint8]
    cover: Cover | None = (
        None  # what stands on parts of squares; None where whole squares are of one class
    )


def make_heights(
    scenario: Scenario, parts: Grid, elevation: Elevation | None
) -> NDArray[np.float32]:
    """
    Return heights for the whole raster where no files tell them, smooth or with relief as `terrain.heights` has it.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    parts : Grid
        Parts of squares that have heights of their own (`heights_grid`).
    elevation : Elevation or None
        Coarse heights of the country; None where it is flat.

    Returns
    -------
    (row, col) ndarray of float32
        Heights. [m]
    """
    if elevation is None:
        return np.zeros((parts.n_rows, parts.n_cols), np.float32)
    if scenario.terrain.heights == "synthetic":
        key = scenario.seed, scenario.run.world_replication
        return relief_heights_m(parts, elevation, key, scenario.terrain.spacing_m)
    return coarse_heights_m(parts, elevation)


def heights_grid(scenario: Scenario, grid: Grid) -> Grid:
    """Return the parts of squares that have heights of their own, no longer than `terrain.spacing_m`."""
    return subdivide(grid, math.ceil(grid.resolution_m / scenario.terrain.spacing_m))


def heights_of_squares(grid: Grid, height_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean heights of squares from those of their parts, NaN where a part has none. (row, col) [m]."""
    n_parts = len(height_m) // grid.n_rows
    blocks = height_m.reshape(grid.n_rows, n_parts, grid.n_cols, n_parts)
    return blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float32)


def make_surface(
    grid: Grid,
    height_m: NDArray[np.float32],
    given: NDArray[np.uint8] | None,
    people: People,
    lattice: ClassLattice | None,
) -> Surface:
    """Return heights of parts of the squares, and clutter: by a user's raster, or by rule on a lattice of its own."""
    side_m = grid.resolution_m * grid.n_rows / len(height_m)
    if given is not None:
        return Surface(height_m, side_m, given[grid.row, grid.col])
    is_forest = find_forest(height_m, side_m)
    if lattice is None or people.in_towns is None:
        cover = cover_by_density(grid, people.population, is_forest)
    else:
        cover = cover_of_classes(grid, lattice, people.in_towns, is_forest)
    return Surface(height_m, side_m, class_of_middles(grid, cover), cover)
