"""Where lines are sold: near the sites of the network, or of the one that sold them before its sites were changed."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.networks_section import SITE_KEYS, Network
from sim.scenario.schema import Scenario
from sim.world.grid import Grid
from sim.world.landscape import Landscape
from sim.world.stations import Sites, build_sites
from sim.world.subscribers import Stages

SOLD_NOTE = "lines of {} live where they were sold, around reference_sites and not around the sites of today"
"""What every output must say where lines were sold around other sites."""


def is_sold_elsewhere(network: Network) -> bool:
    """Say whether the lines of a network were sold around other sites than its own."""
    return network.reference_sites is not None and network.sold_within_km is not None


def sold_stages(
    scenario: Scenario,
    folder: Path,
    landscape: Landscape,
    sites: Sites,
    weights: NDArray[np.float64],
) -> Stages:
    """Return how likely a line lives in each square, given where it was sold; 0 where it was not."""
    reference = _reference_sites(scenario, folder, landscape, weights)
    return partial(_stages_of, scenario.networks, landscape.grid, sites, reference, weights)


def _stages_of(
    networks: Sequence[Network],
    grid: Grid,
    sites: Sites,
    reference: Sites | None,
    weights: NDArray[np.float64],
    k: int,
) -> Iterable[tuple[int, NDArray[np.float64]]]:
    """Return the stages of a network."""
    network = networks[k]
    if network.sold_within_km is None:
        return ((network.n_subscribers, weights[k]),)
    seller = reference if reference and is_sold_elsewhere(network) else sites
    return _around(network, grid, seller, k, weights[k])


def _around(
    network: Network, grid: Grid, seller: Sites, k: int, weight: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield how likely lines live in each square, sold around ever more of a network's sites."""
    own = np.flatnonzero(seller.network_idx == k)
    then = network.reference_sites if is_sold_elsewhere(network) else None
    n_listed = len(own) - (network.n_sites if then is None else then.n_sites)
    is_sold, n_seen = np.zeros(grid.n_squares, bool), 0
    distance_m = (network.sold_within_km or 0.0) * 1000.0
    ends = [(one.n_subscribers, n_listed + one.n_sites) for one in network.sold_by_stage]
    for n_lines, n_sites in (*ends, (network.n_subscribers, len(own))):
        new = own[n_seen:n_sites]
        if len(new):
            is_sold |= is_within(grid, seller.x_m[new], seller.y_m[new], distance_m)
        n_seen = max(n_seen, n_sites)
        yield n_lines, weight * is_sold


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
