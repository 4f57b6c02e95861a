"""Where lines are sold: near the sites of their network."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.scenario.networks_section import Network
from sim.world.grid import Grid
from sim.world.stations import Sites


def is_within(
    grid: Grid, x_m: NDArray[np.float64], y_m: NDArray[np.float64], distance_m: float
) -> NDArray[np.bool_]:
    """Return which squares have a site near their centre."""
    from scipy.spatial import cKDTree

    if not len(x_m):
        return np.zeros(grid.n_squares, bool)
    tree = cKDTree(np.column_stack([x_m, y_m]))
    centres = np.column_stack([grid.x_m, grid.y_m])
    # The bound of the tree is exclusive.
    bound_m = np.nextafter(distance_m, np.inf)
    nearest_m, _ = tree.query(centres, distance_upper_bound=bound_m)
    return np.isfinite(nearest_m)


def sold_weights(
    networks: Sequence[Network],
    grid: Grid,
    sites: Sites,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how likely a line lives in each square, given where it is sold."""
    sold = weights.copy()
    for k, network in enumerate(networks):
        if network.sold_within_km is not None:
            own = sites.network_idx == k
            distance_m = network.sold_within_km * 1000.0
            sold[k] *= is_within(grid, sites.x_m[own], sites.y_m[own], distance_m)
    return sold
