"""Shadowing of a scenario: the field of each site, and how surely each square is covered."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.radio.shadow_margin import joint_probabilities
from sim.radio.shadowing import make_lattice, site_shadowing
from sim.scenario.radio_section import Shadowing
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world.build import World

FINEST_SHARE = 0.25
"""Least correlation distance of a field, in sides of a square: below it the squares are independent anyway."""

REACH_SIGMAS = 4.0
"""How far below the threshold a median may lie and its cell still count, in standard deviations."""


@dataclass(frozen=True)
class Chances:
    """How surely squares are covered."""

    # (network, square) probability that at least one of the ranked sites of the network suffices [1]
    p_covered: NDArray[np.float32]
    # and p_all: (square,) probability that at least one network covers the square, and that every one does [1]
    p_any: NDArray[np.float32]
    p_all: NDArray[np.float32]


def sigma_of_classes_db(section: Shadowing) -> NDArray[np.float64]:
    """
    Return the standard deviation of shadowing among each class of clutter.

    Standard deviations, in the order of `CLUTTER_CLASSES` [dB].
    """
    by_name = {
        "water": section.sigma_open_db,
        "open": section.sigma_open_db,
        "forest": section.sigma_forest_db,
    }
    return np.array([by_name.get(name, section.sigma_built_db) for name in CLUTTER_CLASSES])


def sigma_of_squares_db(scenario: Scenario, world: World) -> NDArray[np.float64]:
    """Return the standard deviation of shadowing in each square; without a surface every one counts as open country."""
    by_class = sigma_of_classes_db(scenario.radio.shadowing)
    if world.surface is None:
        return np.full(world.grid.n_squares, by_class[CLUTTER_CLASSES.index("open")])
    return np.asarray(by_class[world.surface.clutter], np.float64)


class Field:
    """
    Correlated fields of all sites.

    Parameters
    ----------
    scenario : Scenario
        Section `radio.shadowing`, seed and number of the world.
    world : World
        Grid and surface.
    """

    def __init__(self, scenario: Scenario, world: World) -> None:
        section, grid = scenario.radio.shadowing, world.grid
        low_m, high_m = FINEST_SHARE * grid.resolution_m, 20.0 * grid.resolution_m
        if not low_m <= section.correlation_m <= high_m:
            message = (
                f"{section.correlation_m:g} does not suit squares of {grid.resolution_m:g} m: must be {low_m:g} to "
                f"{high_m:g}; change it or grid.resolution_m, or take radio.shadowing.mode probability"
            )
            raise ScenarioError(Problem("radio.shadowing.correlation_m", message))
        self._lattice = make_lattice(grid.resolution_m, section.correlation_m)
        self._key = scenario.seed, scenario.run.world_replication
        self._site_correlation = section.site_correlation
        self._sigma_db = sigma_of_squares_db(scenario, world)
        n = self._lattice.nodes_per_square
        # From the plane's origin, so that a square keeps its shadowing in whichever region it is asked for.
        first_row = -round(grid.y_max_m / grid.resolution_m)
        first_col = round(grid.x_min_m / grid.resolution_m)
        self._row = (grid.row.astype(np.int64) + first_row) * n
        self._col = (grid.col.astype(np.int64) + first_col) * n

    def shadowing_db(self, site: int, squares: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the shadowing of a site, to be added to its losses."""
        field = site_shadowing(
            self._lattice, self._key, site, self._row[squares], self._col[squares], self._site_correlation
        )  # fmt: skip
        return self._sigma_db[squares] * field


def chances(
    cell_idx: NDArray[np.int32],
    rscp_dbm: NDArray[np.float64],
    site_idx: NDArray[np.int32],
    least_dbm: float,
    sigma_db: NDArray[np.float64],
    site_correlation: float,
) -> Chances:
    """
    Return how surely squares are covered, by each network, by any and by all of them.

    Sectors of a site share its shadowing, so that only its strongest one counts. Given the part that all sites share
    they are independent, those of other networks too; that part is integrated out. Sites that correlate fully share all
    of it, so that the strongest one decides.
    """
    n_networks, n_squares, _ = cell_idx.shape
    p_covered = np.zeros((n_networks, n_squares), np.float32)
    p_any, p_all = np.zeros((2, n_squares), np.float32)
    reached = np.flatnonzero((cell_idx[:, :, 0] >= 0).any(axis=0))
    margin = (rscp_dbm[:, reached] - least_dbm) / sigma_db[reached, np.newaxis]
    margin[_repeats_a_site(cell_idx[:, reached], site_idx)] = -math.inf
    covered, none, every = joint_probabilities(margin, site_correlation)
    p_covered[:, reached] = np.clip(covered, 0.0, 1.0)
    p_any[reached], p_all[reached] = np.clip(1.0 - none, 0.0, 1.0), np.clip(every, 0.0, 1.0)
    return Chances(p_covered, p_any, p_all)


def _repeats_a_site(cell_idx: NDArray[np.int32], site_idx: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which ranked cells belong to a site that a stronger one of them belongs to."""
    site = np.where(cell_idx >= 0, site_idx[cell_idx], -1)
    repeats = np.zeros(cell_idx.shape, np.bool_)
    for rank in range(1, cell_idx.shape[2]):
        same = site[:, :, :rank] == site[:, :, rank, np.newaxis]
        repeats[:, :, rank] = same.any(axis=2) & (site[:, :, rank] >= 0)
    return repeats
