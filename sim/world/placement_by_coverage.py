"""
Sites placed by coverage: greedy maximum coverage of people by discs, to compare rules of placement with.

No site is shifted and no distance is kept: every square of the region is a place, and each next site goes where most
people within the radius have none. A smaller network is the beginning of a larger one.
"""

import numpy as np
from numpy.typing import NDArray

from sim.world.greedy import UNLIMITED, Candidates, Unserved
from sim.world.grid import Grid
from sim.world.placement_spacing import Floats


def place_by_coverage(
    grid: Grid,
    people: NDArray[np.int32],
    may_stand: NDArray[np.bool_],
    standing_m: tuple[Floats, Floats],
    radius_m: float,
    n_sites: int,
) -> tuple[Floats, Floats]:
    """
    Return where new sites of a network stand: in the middle of squares, at most one in each.

    Each goes where most people within the radius, of provinces in which the network is sold, are not within that of a
    site that stands already. When nobody is left, all people are laid out once more.
    """
    squares = np.flatnonzero(may_stand)
    x_m, y_m = grid.x_m[squares], grid.y_m[squares]
    places = Candidates(x_m, y_m, np.zeros(len(squares)))
    unserved = Unserved(grid, np.where(may_stand, people, 0), places, radius_m, UNLIMITED)
    for site_x_m, site_y_m in zip(*standing_m, strict=True):
        unserved.serve(float(site_x_m), float(site_y_m))
    chosen: list[int] = []
    is_full = len(standing_m[0]) == 0
    while len(chosen) < n_sites:
        place, n_people = unserved.choose()
        if place < 0:
            break
        if n_people == 0 and not is_full:
            unserved.refill()
            is_full = True
            continue
        chosen.append(place)
        unserved.serve(float(x_m[place]), float(y_m[place]))
        unserved.drop(place)
        is_full = False
    return x_m[chosen], y_m[chosen]
