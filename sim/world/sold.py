"""Where lines are sold: near the sites of the network, or of the one that sold them before its sites were changed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.networks_section import SITE_KEYS, Network
from sim.scenario.schema import Scenario
from sim.world.grid import Grid
from sim.world.landscape import Landscape
from sim.world.stations import Sites, build_sites

SOLD_NOTE = "lines of {} live where they were sold, around reference_sites and not around the sites of today"
"""What every output must say where lines were sold around other sites."""


def is_sold_elsewhere(network: Network) -> bool:
    """Say whether the lines of a network were sold around other sites than its own."""
    return network.reference_sites is not None and network.sold_within_km is not None


def sold_weights(
    scenario: Scenario,
    folder: Path,
    landscape: Landscape,
    sites: Sites,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how likely a line lives in each square, given where it is sold; 0 where it is not."""
    sold, reference = weights.copy(), _reference_sites(scenario, folder, landscape, weights)
    for k, network in enumerate(scenario.networks):
        if network.sold_within_km is not None:
            seller = reference if reference and is_sold_elsewhere(network) else sites
            own = seller.network_idx == k
            distance_m = network.sold_within_km * 1000.0
            sold[k] *= is_within(landscape.grid, seller.x_m[own], seller.y_m[own], distance_m)
    return sold


def _reference_sites(
    scenario: Scenario, folder: Path, landscape: Landscape, weights: NDArray[np.float64]
) -> Sites | None:
    """Return the sites around which lines were sold, of the networks that have such; None where none has."""
    if not any(is_sold_elsewhere(network) for network in scenario.networks):
        return None
    networks = []
    for network in scenario.networks:
        then = network.reference_sites if is_sold_elsewhere(network) else None
        # Those of the others stay, of which tables that several share may speak; none is placed by the rule.
        sites: dict[str, object] = {"n_sites": 0}
        if then is not None:
            sites = {key: getattr(then, key) for key in SITE_KEYS}
        networks.append(network.model_copy(update=sites))
    before = scenario.model_copy(update={"networks": tuple(networks)})
    try:
        return build_sites(before, folder, landscape, weights)[0]
    except WorldError as error:
        raise WorldError(*(_of_reference(problem) for problem in error.problems)) from error


def _of_reference(problem: Problem) -> Problem:
    """Return a problem of reference sites by the key under which they stand."""
    head, bracket, rest = problem.where.partition("]")
    if not head.startswith("networks["):
        return problem
    return Problem(f"{head}{bracket}.reference_sites{rest}", problem.message)


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
