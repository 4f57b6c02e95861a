"""
The surface of the whole raster as radio meets it: heights, also beyond the region, and what stands on the ground.

By rule there are buildings where people live close together: by the class of settlement in which most people of a
square live, where a map of classes tells it, else by the densities by which the Degree of Urbanisation tells centres
and clusters; the other numbers are assumptions. Elsewhere trees stand on what is too high or
too steep to be ploughed. By these numbers 44 % of the embedded country with synthetic relief is forest; the Food and
Agriculture Organization has 50 %.

References
----------
European Commission and others, Applying the Degree of Urbanisation, Eurostat (2021): 1,500 people a square kilometre
in an urban centre, 300 in an urban cluster.
FAO, Global Forest Resources Assessment 2020, Democratic People's Republic of Korea: 6.03 of 12.04 million hectares.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world.country import Elevation
from sim.world.grid import Grid, subdivide
from sim.world.heights import coarse_heights_m, relief_heights_m
from sim.world.settlement_classes import (
    DENSE,
    RURAL_CLUSTER,
    SEMI_DENSE,
    SUBURBAN,
    URBAN_CENTRE,
    ClassLattice,
)

DENSE_URBAN_PER_KM2 = 10_000.0
"""People a square kilometre among tall blocks (assumption, 5,000 to 20,000). [1/km2]"""

URBAN_PER_KM2 = 1_500.0
"""People a square kilometre in an urban centre (Degree of Urbanisation). [1/km2]"""

SUBURBAN_PER_KM2 = 300.0
"""People a square kilometre in an urban cluster (Degree of Urbanisation). [1/km2]"""

FOREST_SLOPE = 0.08
"""Slope between squares from which on nobody ploughs (assumption, 0.05 to 0.2). [1]"""

FOREST_HEIGHT_M = 800.0
"""Height from which on nobody ploughs (assumption, 500 to 1,500). [m]"""


class Layers(NamedTuple):
    """What rasters say of the land, None where no file of the scenario tells."""

    height_m: NDArray[np.float32] | None = None  # heights of parts of the whole raster [m]
    people: NDArray[np.float64] | None = None  # people of each square before they are scaled
    clutter: NDArray[np.uint8] | None = None  # clutter of the whole raster
    classes: ClassLattice | None = None  # settlement classes
    notes: tuple[str, ...] = ()  # what every output must say of them


CLUTTER_OF_CLASS = {
    URBAN_CENTRE: "urban",
    DENSE: "urban",
    SEMI_DENSE: "suburban",
    SUBURBAN: "suburban",
    RURAL_CLUSTER: "suburban",
}
"""What stands where most people of a square live in a settlement class (assumption): a village is houses too."""


def _rule_clutter(
    grid: Grid,
    population: NDArray[np.int32],
    height_m: NDArray[np.float32],
    class_of_square: NDArray[np.uint8] | None,
) -> NDArray[np.uint8]:
    """Return the clutter class of each square."""
    slope = _square_slopes(height_m, grid.resolution_m)[grid.row, grid.col]
    is_forest = (slope >= FOREST_SLOPE) | (height_m[grid.row, grid.col] >= FOREST_HEIGHT_M)
    open_idx, forest_idx = CLUTTER_CLASSES.index("open"), CLUTTER_CLASSES.index("forest")
    clutter = np.where(is_forest, forest_idx, open_idx).astype(np.uint8)
    per_km2 = population / grid.square_area_km2
    if class_of_square is not None:
        for code, name in CLUTTER_OF_CLASS.items():
            clutter[class_of_square == code] = CLUTTER_CLASSES.index(name)
        is_core = (class_of_square == URBAN_CENTRE) & (per_km2 >= DENSE_URBAN_PER_KM2)
        clutter[is_core] = CLUTTER_CLASSES.index("dense_urban")
        return clutter
    for name, least in (
        ("suburban", SUBURBAN_PER_KM2),
        ("urban", URBAN_PER_KM2),
        ("dense_urban", DENSE_URBAN_PER_KM2),
    ):
        clutter[per_km2 >= least] = CLUTTER_CLASSES.index(name)
    return clutter


def _square_slopes(height_m: NDArray[np.float32], resolution_m: float) -> NDArray[np.float32]:
    """
    Return the slope of the ground from square to square by central differences.

    Rise over run, 0 or more; NaN beside ground without data, 0 where the raster is a single line [1].
    """
    if min(height_m.shape) < 2:
        return np.zeros_like(height_m)
    south, east = np.gradient(height_m, np.float32(resolution_m))
    return np.sqrt(south * south + east * east).astype(np.float32)


@dataclass(frozen=True)
class Surface:
    """Heights and clutter."""

    # (row, col) height of the ground above sea level, 0 on the sea, NaN where nobody has told it; a whole number
    # of them lie along the side of a square [m]
    height_m: NDArray[np.float32]
    side_m: float  # distance between them [m]
    clutter: NDArray[np.uint8]  # (square,) what stands on each square: index into `CLUTTER_CLASSES`


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
    of_squares_m: NDArray[np.float32],
    given: NDArray[np.uint8] | None,
    population: NDArray[np.int32],
    class_of_square: NDArray[np.uint8] | None,
) -> Surface:
    """Return heights of parts of the squares, and clutter, by a user's raster or by rule and the heights of squares."""
    side_m = grid.resolution_m * grid.n_rows / len(height_m)
    if given is None:
        clutter = _rule_clutter(grid, population, of_squares_m, class_of_square)
        return Surface(height_m, side_m, clutter)
    return Surface(height_m, side_m, given[grid.row, grid.col])
