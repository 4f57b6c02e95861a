"""
Who hears whom: ranked cells of each square and network.

Received pilot power is pilot power + antenna gain - pattern losses - path loss, between a site and the centre of a
square, or another spot at which phones stand (`sim.world.spots`). A centre nearer than a quarter of the square's side
counts as that distance, since the people of the site's own square are spread over it; a centre exactly at the site lies
in no direction, and every sector reaches it without loss of the horizontal pattern. Where a formula is used nearer than
published, its loss is at least that of free space.

The model `disc` is a rule of distance: every square whose centre lies within the radius is served, whatever power
it receives; the power of free space only ranks the cells.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.radio.antenna import VerticalLosses, sectors_of
from sim.radio.pathloss import (
    MIN_DISTANCE_KM,
    MODELS,
    Ranges,
    Span,
    check_hard_limits,
    range_warnings,
)
from sim.radio.points import Found, find_points
from sim.radio.ranking import find_squares, rank_cells, rounded_cdbm
from sim.radio.shadowing import (
    REACH_SIGMAS,
    Chances,
    Field,
    chances,
    sigma_of_classes_db,
    sigma_of_squares_db,
)
from sim.radio.site_cache import SiteCache
from sim.radio.site_losses import Losses, clutter_losses_db, make_losses
from sim.scenario.schema import Scenario
from sim.units import hours_to_seconds
from sim.world.build import World
from sim.world.outages import sites_off_at, switch_times_s

Floats = NDArray[np.float64]

OWN_SQUARE_SHARE = 0.25
"""Least distance of a site to a square, in sides of the square (assumption)."""


@dataclass(frozen=True)
class Ranks:
    """Cells at all spots, the middles of the squares first."""

    # (network, spot, rank) cells by falling received pilot power, -1 where there are no more
    cell_idx: NDArray[np.int32]
    # (network, spot, rank) received pilot power; -32768 where there is no cell [0.01 dBm]
    rscp_cdbm: NDArray[np.int16]


@dataclass(frozen=True)
class Coverage:
    """Ranked candidate cells of each network and square."""

    # (network, square, rank) cells by falling received pilot power, -1 where there are no more. Only cells that serve
    # are listed.
    cell_idx: NDArray[np.int32]
    # (network, square, rank) received pilot power in hundredths of a dBm; -32768 where there is no cell [0.01 dBm]
    rscp_cdbm: NDArray[np.int16]
    # warnings that every output carries, such as a model used beyond its published range
    notes: tuple[str, ...]
    # how surely squares are covered; None where nothing is left to chance
    chances: Chances | None = None
    # cells that phones hear, whether or not they serve; None where capacity does not hang on it
    heard: Ranks | None = None
    # cells that serve at all spots; None where there are no others than the middles of the squares
    at_spots: Ranks | None = None
    # the same while other sites are off the air than at the begin of the run, by `key_of`
    others: Mapping[bytes, "Coverage"] = field(default_factory=dict)


def ranks_at_spots(coverage: Coverage) -> Ranks:
    """
    Return the cells that serve phones where they are.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.

    Returns
    -------
    Ranks
        Cells that serve, at all spots.
    """
    if coverage.at_spots is None:
        return Ranks(coverage.cell_idx, coverage.rscp_cdbm)
    return coverage.at_spots


def key_of(is_off: NDArray[np.bool_]) -> bytes:
    """
    Return what tells coverages with different sites off the air apart.

    Parameters
    ----------
    is_off : (site,) ndarray of bool
        Whether each site is off the air.

    Returns
    -------
    bytes
        Key.
    """
    return np.packbits(is_off).tobytes()


def compute_coverage(scenario: Scenario, world: World, cache: SiteCache | None = None) -> Coverage:
    """
    Rank the cells that serve each square of each network, at the begin of the run and after each change of the sites.

    Cells of equal power are ranked by their index; the order in which sites are worked through never matters.

    Parameters
    ----------
    scenario : Scenario
        Section `radio`.
    world : World
        Grid, sites, cells and, for a model over terrain, the surface.
    cache : SiteCache, optional
        Where losses over terrain are kept; that of the project when not given.

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
    origin_s = -hours_to_seconds(scenario.warmup_h)
    off = [
        sites_off_at(world.outages, len(world.sites), time_s)
        for time_s in (origin_s, *switch_times_s(world.outages, origin_s))
    ]
    first = coverage_without(scenario, world, off[0], cache)
    others = {key_of(one): one for one in off if key_of(one) != key_of(off[0])}
    return replace(
        first,
        others={key: coverage_without(scenario, world, one, cache) for key, one in others.items()},
    )


def coverage_without(
    scenario: Scenario, world: World, is_off: NDArray[np.bool_], cache: SiteCache | None = None
) -> Coverage:
    """
    Rank the cells that serve each square of each network while some sites are off the air.

    Parameters
    ----------
    scenario : Scenario
        Section `radio`.
    world : World
        As in `compute_coverage`.
    is_off : (site,) ndarray of bool
        Whether each site is off the air.
    cache : SiteCache, optional
        As in `compute_coverage`.

    Returns
    -------
    Coverage
        As from `compute_coverage`.

    Raises
    ------
    ModelRangeError
        As from `compute_coverage`.
    ScenarioError
        As from `compute_coverage`.
    """
    radio = scenario.radio
    path = radio.path_loss
    reach_km = _reach_km(scenario)
    least_km = max(OWN_SQUARE_SHARE * world.grid.resolution_m / 1000.0, MIN_DISTANCE_KM)
    used = _arguments_in_use(scenario, world, Span(min(least_km, reach_km), reach_km))
    if len(world.sites):
        check_hard_limits(path.model, used)
    shape = (len(world.network_names), len(world.spots), radio.n_candidates)
    cell_idx = np.full(shape, -1, np.int32)
    rscp_dbm = np.full(shape, -math.inf, np.float64)
    kept = SiteCache() if cache is None else cache
    losses = make_losses(scenario, world, least_km, kept)
    distances_km = _rank_all(
        scenario, world, losses, (least_km, reach_km), is_off, cell_idx, rscp_dbm
    )
    if kept.n_computed:
        kept.prune()
    notes: tuple[str, ...] = ()
    if distances_km is not None:
        used = _arguments_in_use(scenario, world, distances_km)
        notes = range_warnings(path.model, used)
    likely = None
    n_squares = world.grid.n_squares
    if radio.shadowing.mode == "probability":
        likely = _chances(scenario, world, cell_idx[:, :n_squares], rscp_dbm[:, :n_squares])
    heard = None
    if radio.capacity == "wcdma":
        _keep_above(_least_heard_dbm(scenario), cell_idx, rscp_dbm)
        heard = Ranks(cell_idx.copy(), rounded_cdbm(rscp_dbm))
    if not MODELS[path.model].serves_by_distance:
        _keep_above(radio.min_rscp_dbm, cell_idx, rscp_dbm)
    ranks = Ranks(cell_idx, rounded_cdbm(rscp_dbm))
    of_squares = ranks.cell_idx[:, :n_squares], ranks.rscp_cdbm[:, :n_squares]
    at_spots = ranks if world.spots.has_points else None
    return Coverage(*of_squares, notes, likely, heard, at_spots)


def _keep_above(
    least_dbm: float, cell_idx: NDArray[np.int32], rscp_dbm: NDArray[np.float64]
) -> None:
    """Take weaker cells out of the ranks."""
    is_weak = rscp_dbm < least_dbm
    cell_idx[is_weak], rscp_dbm[is_weak] = -1, -math.inf


def best_rscp_dbm(coverage: Coverage, network_idx: int) -> NDArray[np.float32]:
    """
    Return the received pilot power of the best cell of a network.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.
    network_idx : int
        Network.

    Returns
    -------
    (square,) ndarray of float32
        Power, NaN where no cell serves. [dBm]
    """
    rscp_dbm = coverage.rscp_cdbm[network_idx, :, 0] * np.float32(0.01)
    return np.where(coverage.cell_idx[network_idx, :, 0] < 0, np.float32(np.nan), rscp_dbm)


def coverage_probability(coverage: Coverage) -> NDArray[np.float32]:
    """
    Return how surely each network covers each square.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.

    Returns
    -------
    (network, square) ndarray of float32
        Probability; 0 or 1 where nothing is left to chance. [1]
    """
    if coverage.chances is None:
        return served(coverage).astype(np.float32)
    return coverage.chances.p_covered


def _chances(
    scenario: Scenario, world: World, cell_idx: NDArray[np.int32], rscp_dbm: NDArray[np.float64]
) -> Chances:
    """
    Return how surely squares are covered: of a square of several classes of clutter the mean over them.

    Its area and its people may be shared out among them otherwise. What the ground takes is that to its middle.
    """
    radio, surface = scenario.radio, world.surface

    def _of(squares: NDArray[np.int64] | slice, gain_db: Floats, sigma_db: Floats) -> Chances:
        return chances(
            cell_idx[:, squares],
            rscp_dbm[:, squares] + gain_db[:, np.newaxis],
            world.cells.site_idx,
            radio.min_rscp_dbm,
            sigma_db,
            radio.shadowing.site_correlation,
        )

    n_squares = world.grid.n_squares
    if surface is None or surface.cover is None:
        return _of(slice(None), np.zeros(n_squares), sigma_of_squares_db(scenario, world))
    cover, clutter_db = surface.cover, clutter_losses_db(scenario)
    area, people = (
        Chances(*(np.zeros(shape, np.float32) for shape in (cell_idx.shape[:2], *2 * [n_squares])))
        for _ in range(2)
    )
    sigmas_db = sigma_of_classes_db(radio.shadowing)
    for index, shares in enumerate(zip(cover.area_share, cover.people_share, strict=True)):
        squares = np.flatnonzero((shares[0] > 0.0) | (shares[1] > 0.0))
        gain_db = clutter_db[surface.clutter[squares]] - clutter_db[index]
        likely = _of(squares, gain_db, np.full(len(squares), sigmas_db[index]))
        for total, share in zip((area, people), shares, strict=True):
            total.p_covered[:, squares] += likely.p_covered * share[squares]
            total.p_any[squares] += likely.p_any * share[squares]
            total.p_all[squares] += likely.p_all * share[squares]
    return replace(area, of_people=people)


def served(coverage: Coverage) -> NDArray[np.bool_]:
    """Return whether a cell serves in the middle of each square, by network; where chance decides, by the median."""
    return coverage.cell_idx[:, :, 0] >= 0


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
    losses: Losses,
    span_km: tuple[float, float],
    is_off: NDArray[np.bool_],
    cell_idx: NDArray[np.int32],
    rscp_dbm: NDArray[np.float64],
) -> Span | None:
    """Fill the ranks site by site, and return the least and greatest distance that came up."""
    (least_km, reach_km), grid, sites = span_km, world.grid, world.sites
    least_rscp_dbm = _least_ranked_dbm(scenario)
    field = Field(scenario, world) if scenario.radio.shadowing.mode == "field" else None
    sectors = sectors_of(world.cells, len(sites))
    reach_m = 1000.0 * reach_km
    # A divided square has points nearer to a site than its middle.
    wide_m = reach_m + (math.sqrt(0.5) * grid.resolution_m if world.spots.has_points else 0.0)
    squares, distances_m, bearings_deg = _buffers(world, wide_m)
    vertical = VerticalLosses(scenario, world)
    nearest_m, farthest_m = math.inf, 0.0
    for site in np.flatnonzero(~is_off).tolist():
        n_squares = find_squares(
            (grid.x_min_m, grid.y_max_m, grid.resolution_m, 1000.0 * least_km),
            grid.square_at,
            (sites.x_m[site], sites.y_m[site], wide_m),
            squares,
            distances_m,
            bearings_deg,
        )
        if n_squares == 0:
            continue
        found = Found(squares[:n_squares], distances_m[:n_squares], bearings_deg[:n_squares])
        middles, points = _losses_to_spots(world, losses, field, site, found, reach_m)
        if len(middles.spots):
            nearest_m = min(nearest_m, float(middles.where.distances_m.min()))
            farthest_m = max(farthest_m, float(middles.where.distances_m.max()))
        network = int(sites.network_idx[site])
        for some in (middles, points):
            rank_cells(
                some.spots,
                some.loss_db,
                some.where.bearings_deg,
                vertical.of_site(site, some.where.squares, some.where.distances_m),
                *sectors.of_site(site),
                least_rscp_dbm,
                cell_idx[network],
                rscp_dbm[network],
            )
    return None if math.isinf(nearest_m) else Span(nearest_m / 1000.0, farthest_m / 1000.0)


class _Spots(NamedTuple):
    """Spots in reach of a site."""

    spots: NDArray[np.int32]
    loss_db: NDArray[np.float64]
    where: Found


def _losses_to_spots(
    world: World, losses: Losses, field: Field | None, site: int, found: Found, reach_m: float
) -> tuple[_Spots, _Spots]:
    """Return the losses of a site to the middles of squares and to points of divided ones, given squares about it."""
    loss_db = losses.of_squares(site, found)
    points = find_points(world, site, found.squares, reach_m)
    of_points_db = losses.of_points(site, found, loss_db, points)
    if field is not None:
        loss_db += field.shadowing_db(site, found.squares)
        of_points_db += field.at_points_db(site, points)
    near = found.distances_m <= reach_m
    middles = Found(found.squares[near], found.distances_m[near], found.bearings_deg[near])
    return (
        _Spots(middles.squares, loss_db[near], middles),
        _Spots(points.spots, of_points_db, points.where),
    )


def _buffers(
    world: World, reach_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return room for the squares in reach of a site: their index, distance and bearing."""
    side = 2 * math.ceil(reach_m / world.grid.resolution_m) + 3
    room = min(world.grid.n_squares, side * side)
    return np.empty(room, np.int32), np.empty(room, np.float64), np.empty(room, np.float64)


def _least_heard_dbm(scenario: Scenario) -> float:
    """Return the least power of a cell that counts as interference: none that serves is left out."""
    radio = scenario.radio
    if MODELS[radio.path_loss.model].serves_by_distance:
        return -math.inf
    return min(radio.min_rscp_dbm, radio.wcdma.least_heard_rscp_dbm)


def _least_ranked_dbm(scenario: Scenario) -> float:
    """Return the least power of a cell that is ranked; where chance decides, one whose median is too low counts too."""
    radio = scenario.radio
    if MODELS[radio.path_loss.model].serves_by_distance:
        return -math.inf
    least_dbm = radio.min_rscp_dbm
    if radio.capacity == "wcdma":
        least_dbm = _least_heard_dbm(scenario)
    if radio.shadowing.mode != "probability":
        return least_dbm
    widest_db = float(sigma_of_classes_db(radio.shadowing).max())
    return min(least_dbm, radio.min_rscp_dbm - REACH_SIGMAS * widest_db)
