"""
What stands on the ground about a place, on a lattice of its own: the same whatever the side of the squares.

By rule there are buildings where people live close together: by the class of settlement, where a map of classes tells
it, else by the densities by which the Degree of Urbanisation tells centres and clusters; the other numbers are
assumptions. Elsewhere trees stand on what is too high or too steep to be ploughed. By these numbers 43 % of the
embedded country with synthetic relief is forest; the Food and Agriculture Organization has 50 %.

References
----------
European Commission and others, Applying the Degree of Urbanisation, Eurostat (2021): 1,500 people a square kilometre
in an urban centre, 300 in an urban cluster.
FAO, Global Forest Resources Assessment 2020, Democratic People's Republic of Korea: 6.03 of 12.04 million hectares.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.scenario.region_section import CLUTTER_CLASSES
from sim.world.grid import Grid
from sim.world.people_of_classes import TownPeople
from sim.world.settlement_classes import (
    DENSE,
    RURAL_CLUSTER,
    SEMI_DENSE,
    SUBURBAN,
    URBAN_CENTRE,
    ClassLattice,
    count_points,
)

DENSE_URBAN_PER_KM2 = 10_000.0
"""People a square kilometre among tall blocks (assumption, 5,000 to 20,000). [1/km2]"""

URBAN_PER_KM2 = 1_500.0
"""People a square kilometre in an urban centre (Degree of Urbanisation). [1/km2]"""

SUBURBAN_PER_KM2 = 300.0
"""People a square kilometre in an urban cluster (Degree of Urbanisation). [1/km2]"""

FOREST_SLOPE = 0.08
"""Slope over `SLOPE_M` from which on nobody ploughs (assumption, 0.05 to 0.2). [1]"""

FOREST_HEIGHT_M = 800.0
"""Height from which on nobody ploughs (assumption, 500 to 1,500). [m]"""

SLOPE_M = 500.0
"""Slopes are those between means over this distance, as far to either side (house choice). [m]"""

CLUTTER_OF_CLASS = {
    URBAN_CENTRE: "urban",
    DENSE: "urban",
    SEMI_DENSE: "suburban",
    SUBURBAN: "suburban",
    RURAL_CLUSTER: "suburban",
}
"""What stands in a settlement class (assumption): a village is houses too."""

_OPEN, _SUBURBAN, _FOREST = (CLUTTER_CLASSES.index(one) for one in ("open", "suburban", "forest"))
_URBAN, _DENSE_URBAN = (CLUTTER_CLASSES.index(one) for one in ("urban", "dense_urban"))


@dataclass(frozen=True)
class Cover:
    """What stands on parts of squares: indices into `CLUTTER_CLASSES`."""

    per_side: int  # parts along the side of a square
    code: NDArray[np.uint8]  # (row, col) class of each part of the whole raster
    area_share: NDArray[np.float32]  # (class, square) share of a square's area [1]
    # (class, square) share of its people; of its area where nobody lives [1]
    people_share: NDArray[np.float32]


def find_forest(height_m: NDArray[np.float32], side_m: float) -> NDArray[np.bool_]:
    """Return where nobody ploughs, of places so far apart: too high, or too steep over a fixed distance."""
    if min(height_m.shape) < 2:
        return height_m >= FOREST_HEIGHT_M
    mean_m = _box_mean(height_m, side_m)
    n = max(1, round(SLOPE_M / side_m))
    south, east = (_rise(mean_m, n, axis) / (side_m * n) for axis in (0, 1))
    return (south * south + east * east >= FOREST_SLOPE**2) | (height_m >= FOREST_HEIGHT_M)


def _box_mean(height_m: NDArray[np.float32], side_m: float) -> NDArray[np.float32]:
    """Return means over `SLOPE_M` about each place; NaN beside ground without data."""
    from scipy.ndimage import correlate1d

    half = SLOPE_M / side_m / 2.0
    n_aside = max(0, math.ceil(half - 0.5))
    about = np.abs(np.arange(-n_aside, n_aside + 1))
    weight = np.clip(half - about + 0.5, 0.0, 1.0)
    weight /= weight.sum()
    mean_m = correlate1d(height_m, weight, 0, mode="nearest")
    return np.asarray(correlate1d(mean_m, weight, 1, mode="nearest"), np.float32)


def _rise(height_m: NDArray[np.float32], n: int, axis: int) -> NDArray[np.float32]:
    """Return how much the ground rises over n places, by central differences; one-sided at the rim."""
    places = np.arange(height_m.shape[axis])
    after, before = np.minimum(places + n, places[-1]), np.maximum(places - n, 0)
    rise_m = np.take(height_m, after, axis) - np.take(height_m, before, axis)
    shape = (-1, 1) if axis == 0 else (1, -1)
    return (rise_m * (n / (after - before)).astype(np.float32).reshape(shape)).astype(np.float32)


def cover_by_density(
    grid: Grid, population: NDArray[np.int32], is_forest: NDArray[np.bool_]
) -> Cover:
    """Return what stands where no map tells classes: whole squares by density, forest on places of its own."""
    built = np.full(grid.n_squares, _OPEN, np.uint8)
    per_km2 = population / grid.square_area_km2
    for index, least in (
        (_SUBURBAN, SUBURBAN_PER_KM2),
        (_URBAN, URBAN_PER_KM2),
        (_DENSE_URBAN, DENSE_URBAN_PER_KM2),
    ):
        built[per_km2 >= least] = index
    n = len(is_forest) // grid.n_rows
    code = np.full((grid.n_rows, grid.n_cols), _OPEN, np.uint8)
    code[grid.row, grid.col] = built
    code = np.repeat(np.repeat(code, n, axis=0), n, axis=1)
    code[(code == _OPEN) & is_forest] = _FOREST
    area_share = _area_shares(grid, n, code)
    return Cover(n, code, area_share, area_share)


def cover_of_classes(
    grid: Grid, lattice: ClassLattice, people: TownPeople, is_forest: NDArray[np.bool_]
) -> Cover:
    """Return what stands by a map of settlement classes: at each of its points, forest on places of its own."""
    of_class = np.full(256, _OPEN, np.uint8)
    for settled, name in CLUTTER_OF_CLASS.items():
        of_class[settled] = CLUTTER_CLASSES.index(name)
    code = of_class[lattice.code]
    rows, cols = (_nearest(*n) for n in zip(code.shape, is_forest.shape, strict=True))
    is_wooded = (code == _OPEN) & is_forest[rows][:, cols]
    code[is_wooded] = _FOREST
    points = people.points
    is_crowded = people.at_point >= DENSE_URBAN_PER_KM2 * lattice.point_km2
    is_core = is_crowded & (points.code == URBAN_CENTRE)
    code[points.row[is_core], points.col[is_core]] = _DENSE_URBAN
    area_share = _area_shares(grid, lattice.per_side, code)
    wooded = replace(lattice, code=np.where(is_wooded, lattice.code, np.uint8(0)))
    living = _people_among(grid, lattice, people, wooded, code)
    total = living.sum(axis=0)
    people_share = np.where(total > 0.0, living / np.where(total > 0.0, total, 1.0), area_share)
    return Cover(lattice.per_side, code, area_share, people_share.astype(np.float32))


def _people_among(
    grid: Grid,
    lattice: ClassLattice,
    people: TownPeople,
    wooded: ClassLattice,
    code: NDArray[np.uint8],
) -> NDArray[np.float32]:
    """Return how many people of each square live among each class of clutter. (class, square) people."""
    living = np.zeros((len(CLUTTER_CLASSES), grid.n_squares), np.float32)
    points = people.points
    at_point = code[points.row, points.col]
    for index in (_SUBURBAN, _URBAN, _DENSE_URBAN):
        own = at_point == index
        living[index] = np.bincount(points.square_idx[own], people.at_point[own], grid.n_squares)
    of_point = (people.rural_fit[grid.province_idx] * lattice.point_km2).astype(np.float32)
    for settled, per_km2 in people.rural_per_km2.items():
        if per_km2 <= 0.0:
            continue
        count = count_points(lattice, grid, settled)
        if settled in CLUTTER_OF_CLASS:
            living[_SUBURBAN] += np.float32(per_km2) * of_point * count
            continue
        among_trees = count_points(wooded, grid, settled)
        living[_FOREST] += np.float32(per_km2) * of_point * among_trees
        living[_OPEN] += np.float32(per_km2) * of_point * (count - among_trees)
    return living


def _nearest(n_points: int, n_parts: int) -> NDArray[np.int64]:
    """Return in which of the parts of a line each of its points lies."""
    return ((np.arange(n_points) + 0.5) * (n_parts / n_points)).astype(np.int64)


def _area_shares(grid: Grid, n: int, code: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the shares of classes in the area of squares. (class, square) [1]."""
    lattice = ClassLattice(n, grid.resolution_m / n, code)
    share = np.zeros((len(CLUTTER_CLASSES), grid.n_squares), np.float32)
    # No rule says where water is.
    for index in range(_OPEN, len(share)):
        share[index] = count_points(lattice, grid, index) / n**2
    return share


_STEPS = 0.7548776662466927, 0.5698402909980532
"""Steps of the R2 sequence: its points fill a square evenly (Roberts, "The unreasonable effectiveness of quasirandom
sequences", 2018)."""


def class_of_middles(grid: Grid, cover: Cover) -> NDArray[np.uint8]:
    """
    Return what stands about a phone in the middle of each square: in as many squares as it has people of all of them.

    Not the class that most of them have: that would hang on the side of the squares. Which squares have which hangs on
    their place alone.
    """
    row = grid.row - round(grid.y_max_m / grid.resolution_m)
    col = grid.col + round(grid.x_min_m / grid.resolution_m)
    along = (row * _STEPS[0] + col * _STEPS[1]) % 1.0
    below = np.cumsum(cover.people_share, axis=0, dtype=np.float64)
    return np.argmax(below > along * below[-1], axis=0).astype(np.uint8)
