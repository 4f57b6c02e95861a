"""The rule that places sites: county seats first, then where most is to serve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.streams import STREAM_PLACEMENT, uniform_pair
from sim.world.grid import Grid
from sim.world.placement_blocks import (
    Demand,
    Floats,
    find_best,
    make_blocks,
    settle,
)
from sim.world.placement_kernels import is_clear
from sim.world.subscribers import NETWORK_SHIFT

N_TRIES = 8
"""Draws of a place about the chosen one before the chosen one itself is taken."""

SHIFT_SHARE = 0.25
"""A site is shifted by up to this part of the spacing in towns in each direction."""


@dataclass(frozen=True)
class Address:
    """Where the random shifts of a network's sites are drawn."""

    seed: int  # and replication: key
    replication: int
    network_idx: int  # network


def place_sites(
    grid: Grid,
    demand: Demand,
    standing_m: tuple[Floats, Floats],
    seats_m: tuple[Floats, Floats],
    n_seats: int,
    n_sites: int,
    address: Address,
) -> tuple[Floats, Floats]:
    """
    Return where new sites of a network stand.

    The first go to county seats in the given order, at most `n_seats` of them. Each of the others goes where it has
    most to serve: the unserved lines within its reach, the spacing in the country, up to as many as the mean site
    has, plus the unserved lines within the spacing in towns, which tell the middle of a city from its edge. A site
    then serves the nearest unserved lines. When nothing is unserved, all lines are laid out once more. Each site is
    shifted at random by up to a quarter of the spacing in towns where spacing and province allow it, so that two
    networks under the same rule do not share their sites.
    """
    n_standing = len(standing_m[0])
    reach_m = SHIFT_SHARE * demand.urban_spacing_m
    blocks = make_blocks(grid, demand, n_standing + n_sites)
    x_m, y_m = np.empty((2, n_standing + n_sites))
    x_m[:n_standing], y_m[:n_standing] = standing_m
    n = n_standing
    for k in range(n_standing):
        settle(blocks, grid, x_m[k], y_m[k])
    for place in _seats(grid, demand, seats_m):
        if n - n_standing >= min(n_seats, n_sites):
            break
        if is_clear(x_m, y_m, n, *place, demand.spacing_m(square_at(grid, *place))):
            x_m[n], y_m[n] = shift_place(grid, demand, (x_m, y_m), n, place, reach_m, address)
            settle(blocks, grid, x_m[n], y_m[n])
            n += 1
    while n < n_standing + n_sites:
        best = find_best(blocks)
        if best is None:
            break
        x_m[n], y_m[n] = shift_place(grid, demand, (x_m, y_m), n, best, reach_m, address)
        settle(blocks, grid, x_m[n], y_m[n])
        n += 1
    return x_m[n_standing:n], y_m[n_standing:n]


def _seats(
    grid: Grid, demand: Demand, seats_m: tuple[Floats, Floats]
) -> Sequence[tuple[float, float]]:
    """Return the county seats in squares where a site may stand."""
    squares = grid.square_of(*seats_m)
    return [
        (float(x), float(y))
        for x, y, square in zip(*seats_m, squares, strict=True)
        if square >= 0 and demand.may_stand[square]
    ]


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
