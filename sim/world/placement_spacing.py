"""What rules that place sites share: what is asked of places, discs, distances kept, and shifts by chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.streams import STREAM_PLACEMENT, uniform_pair
from sim.world.grid import Grid
from sim.world.subscribers import NETWORK_SHIFT

Floats = NDArray[np.float64]

N_TRIES = 8
"""Draws of a place about the chosen one before the chosen one itself is taken."""


@dataclass(frozen=True)
class Demand:
    """What the sites of a network have to serve, and where they may stand."""

    lines: Floats  # (square,) expected lines, or another weight; its scale does not matter [1]
    may_stand: NDArray[np.bool_]  # (square,) whether a site may stand in the square
    is_urban: NDArray[np.bool_]  # (square,) whether the square belongs to a city
    # and rural_spacing_m: least distance of a new site in a city, or elsewhere, to every site of the network that
    # stands already [m]
    urban_spacing_m: float
    rural_spacing_m: float

    def spacing_m(self, square: int) -> float:
        """Return the least distance of a new site in a square to the others."""
        return self.urban_spacing_m if self.is_urban[square] else self.rural_spacing_m


@dataclass(frozen=True)
class Address:
    """Where the random shifts of a network's sites are drawn."""

    seed: int  # and replication: key
    replication: int
    network_idx: int  # network


@compiled("float64[::1]", "float64[::1]", int, float, float, float)
def is_clear(
    sites_x_m: Floats, sites_y_m: Floats, n: int, x_m: float, y_m: float, spacing_m: float
) -> bool:
    """Return whether a place keeps a distance to the first sites of a list."""
    clear = True
    for k in range(n):
        away_squared = (sites_x_m[k] - x_m) ** 2 + (sites_y_m[k] - y_m) ** 2
        clear = clear and away_squared >= spacing_m**2
    return clear


def disc(radius: float) -> NDArray[np.int64]:
    """Return (offset, 2) rows and columns within a radius in squares or blocks, the nearest first."""
    reach = int(radius)
    row, col = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    away = row**2 + col**2
    order = np.argsort(away, kind="stable")
    order = order[away[order] <= radius**2]
    return np.column_stack((row[order], col[order]))


def square_at(grid: Grid, x_m: float, y_m: float) -> int:
    """Return the square of a point. Square, -1 outside the region."""
    return int(grid.square_of(np.array([x_m]), np.array([y_m]))[0])


def shift_place(
    grid: Grid,
    demand: Demand,
    sites_m: tuple[Floats, Floats],
    n: int,
    place: tuple[float, float],
    reach_m: float,
    address: Address,
) -> tuple[float, float]:
    """Return a place about a chosen one that keeps the spacing and the province; else the chosen one."""
    chosen = square_at(grid, *place)
    entity = (address.network_idx << NETWORK_SHIFT) + n
    for index in range(N_TRIES):
        u, v = uniform_pair(address.seed, address.replication, STREAM_PLACEMENT, entity, index)
        x_m = place[0] + (u - 0.5) * (2.0 * reach_m)
        y_m = place[1] + (v - 0.5) * (2.0 * reach_m)
        square = square_at(grid, x_m, y_m)
        if square < 0 or grid.province_idx[square] != grid.province_idx[chosen]:
            continue
        spacing_m = max(demand.spacing_m(square), demand.spacing_m(chosen))
        if is_clear(*sites_m, n, x_m, y_m, spacing_m):
            return x_m, y_m
    return place
