"""
Who hears whom: ranked cells of each square and network.

Received pilot power is pilot power + antenna gain - pattern loss - path loss, between a site and the centre of a
square. A centre nearer than a quarter of the square's side counts as that distance, since the people of the site's
own square are spread over it; a centre exactly at the site lies in no direction, and every sector reaches it without
pattern loss. Where a formula is used nearer than published, its loss is at least that of free space.

The model `disc` is a rule of distance: every square whose centre lies within the radius is served, whatever power
it receives; the power of free space only ranks the cells.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.radio.models import (
    MODELS,
    Ranges,
    Span,
    check_hard_limits,
    compiled,
    loss_function,
    range_warnings,
)
from sim.radio.pathloss import MIN_DISTANCE_KM, free_space_db
from sim.radio.ranking import find_squares, rank_cells, rounded_cdbm
from sim.radio.sectors import sectors_of
from sim.scenario.schema import Scenario
from sim.world.build import World

OWN_SQUARE_SHARE = 0.25
"""Least distance of a site to a square, in sides of the square (assumption)."""


@dataclass(frozen=True)
class Coverage:
    """
    Ranked candidate cells of each network and square.

    Attributes
    ----------
    cell_idx : (network, square, rank) ndarray of int32
        Cells by falling received pilot power, -1 where there are no more. Only cells that serve are listed.
    rscp_cdbm : (network, square, rank) ndarray of int16
        Received pilot power in hundredths of a dBm; -32768 where there is no cell. [0.01 dBm]
    notes : tuple of str
        Warnings that every output carries, such as a model used beyond its published range.
    """

    cell_idx: NDArray[np.int32]
    rscp_cdbm: NDArray[np.int16]
    notes: tuple[str, ...]


def compute_coverage(scenario: Scenario, world: World) -> Coverage:
    """
    Rank the cells that serve each square of each network.

    Cells of equal power are ranked by their index; the order in which sites are worked through never matters.

    Parameters
    ----------
    scenario : Scenario
        Section `radio`.
    world : World
        Grid, sites and cells.

    Returns
    -------
    Coverage
        Ranked cells and warnings.

    Raises
    ------
    ModelRangeError
        If the model is asked for values beyond its hard limits.
    ScenarioError
        If the model does not know the environment, or a disc has no radius.
    """
    radio = scenario.radio
    path = radio.path_loss
    reach_km = _reach_km(scenario)
    least_km = max(OWN_SQUARE_SHARE * world.grid.resolution_m / 1000.0, MIN_DISTANCE_KM)
    used = _arguments_in_use(scenario, world, Span(min(least_km, reach_km), reach_km))
    if len(world.sites):
        check_hard_limits(path.model, used)
    n_networks, n_ranks = len(world.network_names), radio.n_candidates
    shape = (n_networks, world.grid.n_squares, n_ranks)
    cell_idx = np.full(shape, -1, np.int32)
    rscp_dbm = np.full(shape, -math.inf, np.float64)
    distances_km = _rank_all(scenario, world, least_km, reach_km, cell_idx, rscp_dbm)
    notes: tuple[str, ...] = ()
    if distances_km is not None:
        used = _arguments_in_use(scenario, world, distances_km)
        notes = range_warnings(path.model, used)
    return Coverage(cell_idx, rounded_cdbm(rscp_dbm), notes)


def served(coverage: Coverage) -> NDArray[np.bool_]:
    """
    Return which squares each network serves.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.

    Returns
    -------
    (network, square) ndarray of bool
        Whether any cell of the network serves the square.
    """
    return coverage.cell_idx[:, :, 0] >= 0


def coverage_probability(coverage: Coverage) -> NDArray[np.float32]:
    """
    Return how surely each network serves each square.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.

    Returns
    -------
    (network, square) ndarray of float32
        Probability that a phone in the square is served, 0 or 1 where no shadowing is modelled. [1]
    """
    return served(coverage).astype(np.float32)


def _reach_km(scenario: Scenario) -> float:
    """Return the distance beyond which no cell is heard."""
    radio = scenario.radio
    if not MODELS[radio.path_loss.model].serves_by_distance:
        return radio.max_range_km
    if radio.path_loss.radius_km is None:
        message = (
            "is missing: the model disc needs a radius; give one in km, or choose another model"
        )
        raise ScenarioError(Problem("radio.path_loss.radius_km", message))
    return min(radio.max_range_km, radio.path_loss.radius_km)


def _arguments_in_use(scenario: Scenario, world: World, distance_km: Span) -> Ranges:
    """Return the least and greatest value of each argument of the model."""
    radio, heights_m = scenario.radio, world.sites.antenna_height_m
    antenna = Span(float(heights_m.min()), float(heights_m.max())) if len(heights_m) else Span(0, 0)
    frequency = Span(radio.frequency_mhz, radio.frequency_mhz)
    phone = Span(radio.phone_height_m, radio.phone_height_m)
    return Ranges(distance_km, frequency, antenna, phone)


def _rank_all(
    scenario: Scenario,
    world: World,
    least_km: float,
    reach_km: float,
    cell_idx: NDArray[np.int32],
    rscp_dbm: NDArray[np.float64],
) -> Span | None:
    """Fill the ranks site by site, and return the least and greatest distance that came up."""
    radio, grid, sites = scenario.radio, world.grid, world.sites
    model = MODELS[radio.path_loss.model]
    least_rscp_dbm = -math.inf if model.serves_by_distance else radio.min_rscp_dbm
    sectors = sectors_of(world.cells, len(sites))
    squares, distances_m, bearings_deg = _buffers(world, reach_km)
    nearest_m, farthest_m = math.inf, 0.0
    for site in range(len(sites)):
        n_squares = find_squares(
            (grid.x_min_m, grid.y_max_m, grid.resolution_m, 1000.0 * least_km),
            grid.square_at,
            (sites.x_m[site], sites.y_m[site], 1000.0 * reach_km),
            squares,
            distances_m,
            bearings_deg,
        )
        if n_squares == 0:
            continue
        distance_km = distances_m[:n_squares] / 1000.0
        nearest_m = min(nearest_m, float(distances_m[:n_squares].min()))
        farthest_m = max(farthest_m, float(distances_m[:n_squares].max()))
        loss_db = _losses_db(scenario, distance_km, float(sites.antenna_height_m[site]))
        network = int(sites.network_idx[site])
        rank_cells(
            squares[:n_squares],
            loss_db,
            bearings_deg,
            *sectors.of_site(site),
            least_rscp_dbm,
            cell_idx[network],
            rscp_dbm[network],
        )
    return None if math.isinf(nearest_m) else Span(nearest_m / 1000.0, farthest_m / 1000.0)


def _buffers(
    world: World, reach_km: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return room for the squares in reach of a site: their index, distance and bearing."""
    side = 2 * math.ceil(1000.0 * reach_km / world.grid.resolution_m) + 3
    room = min(world.grid.n_squares, side * side)
    return np.empty(room, np.int32), np.empty(room, np.float64), np.empty(room, np.float64)


def _losses_db(
    scenario: Scenario, distance_km: NDArray[np.float64], antenna_height_m: float
) -> NDArray[np.float64]:
    """Return the loss at each distance; nearer than published at least that of free space."""
    radio = scenario.radio
    path = radio.path_loss
    arguments = (radio.frequency_mhz, antenna_height_m, radio.phone_height_m)
    loss_db = compiled(loss_function(path.model, path.environment))(distance_km, *arguments)
    near = distance_km < MODELS[path.model].published.distance_km.low
    if near.any():
        floor_db = compiled(free_space_db)(distance_km[near], *arguments)
        loss_db[near] = np.maximum(loss_db[near], floor_db)
    return loss_db
