"""Counties: as no outlines of them are known, the squares of a province that have one of its towns nearest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.grid import Grid
from sim.world.settlements import Places


@dataclass(frozen=True)
class Counties:
    """Counties, province by province and in each in the order of its towns; a province without any is one county."""

    of_square: NDArray[np.int32]  # (square,) county of each square
    # (county,) square of the centre of its town; where there is none, the square with most people
    centre_idx: NDArray[np.int32]
    population: NDArray[
        np.float64
    ]  # (county,) people; squares where the region has no people at all
    first: NDArray[np.int64]  # (province + 1,) first county of each province

    def __len__(self) -> int:
        return len(self.centre_idx)


def make_counties(
    grid: Grid, places: Places, population: NDArray[np.int32], n_provinces: int
) -> Counties:
    """Return the counties of a region: squares by the town of their province whose centre is nearest."""
    from scipy.spatial import cKDTree

    x_m, y_m = grid.x_m, grid.y_m
    of_square = np.zeros(grid.n_squares, np.int32)
    centres: list[NDArray[np.int32]] = []
    first = np.zeros(n_provinces + 1, np.int64)
    for province in range(n_provinces):
        own = np.flatnonzero(grid.province_idx == province)
        towns = np.flatnonzero(places.province_idx == province)
        if len(towns):
            tree = cKDTree(np.column_stack((places.x_m[towns], places.y_m[towns])))
            nearest = np.asarray(tree.query(np.column_stack((x_m[own], y_m[own])))[1])
            centres.append(places.square_idx[towns])
        else:
            nearest = np.zeros(len(own), np.int64)
            centres.append(own[[np.argmax(population[own])]].astype(np.int32))
        of_square[own] = first[province] + nearest
        first[province + 1] = first[province] + len(centres[-1])
    weight = population if population.any() else np.ones(grid.n_squares)
    people = np.bincount(of_square, weight, int(first[-1])).astype(np.float64)
    return Counties(of_square, np.concatenate(centres), people, first)
