"""
Losses from one site to the squares that it reaches: by a formula of distance, or over terrain.

Over terrain the median without clutter is computed once and kept by its content (`sim.radio.site_cache`): heights
about the site, mast, frequency and the code of the model. Clutter and shadowing are added after.
"""

import hashlib
import math
import platform
from functools import cache
from pathlib import Path
from typing import Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from sim import units
from sim.errors import Problem, WorldError
from sim.radio import diffraction, pathloss, terrain_loss
from sim.radio.pathloss import MODELS, free_space_db, loss_function, over_distances
from sim.radio.points import Found, Points, clutter_at
from sim.radio.site_cache import SiteCache
from sim.radio.terrain_loss import CLUTTER, Link, Mast, Raster, clutter_loss_db, site_losses_cdb
from sim.scenario.radio_section import MODELS_OVER_TERRAIN
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world.build import World
from sim.world.grid import Grid
from sim.world.surface import Surface

Floats = NDArray[np.float64]


class Losses(Protocol):
    """Median losses of sites."""

    def of_squares(self, site: int, found: Found) -> Floats:
        """Return the losses to the middles of squares. (phone,) losses [dB]."""

    def of_points(self, site: int, found: Found, loss_db: Floats, points: Points) -> Floats:
        """Return the losses to points, given those to the middles of all squares in reach. (point,) losses [dB]."""


def make_losses(scenario: Scenario, world: World, least_km: float, kept: SiteCache) -> Losses:
    """Return the losses of sites by the scenario's model."""
    if scenario.radio.path_loss.model not in MODELS_OVER_TERRAIN:
        return OfDistance(scenario, world)
    if world.surface is None:
        raise WorldError(
            Problem("radio.path_loss.model", "terrain needs a world that was built for it")
        )
    return OverTerrain(scenario, world, world.surface, least_km, kept)


class OfDistance:
    """Losses by a formula; nearer than published at least those of free space."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self._radio, path = scenario.radio, scenario.radio.path_loss
        self._heights_m = world.sites.antenna_height_m
        self._formula = over_distances(loss_function(path.model, path.environment))
        self._published_km = MODELS[path.model].published.distance_km.low

    def of_squares(self, site: int, found: Found) -> Floats:
        """Return the losses to the middles of squares."""
        distance_km = found.distances_m / 1000.0
        height_m = float(self._heights_m[site])
        arguments = (self._radio.frequency_mhz, height_m, self._radio.phone_height_m)
        loss_db = self._formula(distance_km, *arguments)
        near = distance_km < self._published_km
        if near.any():
            floor_db = over_distances(free_space_db)(distance_km[near], *arguments)
            loss_db[near] = np.maximum(loss_db[near], floor_db)
        return loss_db

    def of_points(self, site: int, found: Found, loss_db: Floats, points: Points) -> Floats:  # noqa: ARG002
        """Return the losses to points."""
        return self.of_squares(site, points.where)


class OverTerrain:
    """Losses over the surface: kept medians without clutter, then clutter."""

    def __init__(
        self, scenario: Scenario, world: World, surface: Surface, least_km: float, kept: SiteCache
    ) -> None:
        radio, grid = scenario.radio, world.grid
        step_m = radio.path_loss.profile_step_m or 0.0
        self._world, self._kept, self._height_m = world, kept, surface.height_m
        self._link = Link(radio.frequency_mhz, step_m, 1000.0 * least_km)
        self._raster = Raster(grid.x_min_m, grid.y_max_m, surface.side_m)
        self._of_class_db = clutter_losses_db(scenario)
        self._clutter_db = self._of_class_db[surface.clutter]
        self._surface = surface
        tops_m = [max(CLUTTER[name].height_m, radio.phone_height_m) for name in CLUTTER_CLASSES]
        self._end_m = np.array(tops_m, np.float32)[surface.clutter]
        # The middle of a square among the heights, which lie closer together.
        self._n_parts = round(grid.resolution_m / surface.side_m)
        self._free_space_db = over_distances(free_space_db)

    def of_squares(self, site: int, found: Found) -> Floats:
        """Return the losses to the middles of squares."""
        sites, grid, squares = self._world.sites, self._world.grid, found.squares
        mast = Mast(
            float(sites.x_m[site]), float(sites.y_m[site]), float(sites.antenna_height_m[site])
        )
        rows = (grid.row[squares].astype(np.float64) + 0.5) * self._n_parts - 0.5
        cols = (grid.col[squares].astype(np.float64) + 0.5) * self._n_parts - 0.5
        aside = beside_middles(grid, squares, self._n_parts)
        end_m = self._end_m[squares]
        height_m, raster, link = self._height_m, self._raster, self._link

        def _compute() -> NDArray[np.int16]:
            return site_losses_cdb(height_m, raster, mast, link, rows, cols, end_m, aside)

        content = _content(height_m, raster, mast, link, (rows, cols, aside, end_m))
        losses_cdb = self._kept.losses_cdb(content, len(squares), _compute)
        return losses_cdb / 100.0 + self._clutter_db[squares]

    def of_points(self, site: int, found: Found, loss_db: Floats, points: Points) -> Floats:  # noqa: ARG002
        """Return the losses to points: free space, what the ground takes in their square, and their own clutter."""
        bent_db = loss_db - self._free_db(found.distances_m) - self._clutter_db[found.squares]
        clutter_db = self._of_class_db[clutter_at(self._surface, points)]
        return self._free_db(points.where.distances_m) + bent_db[points.found_idx] + clutter_db

    def _free_db(self, distances_m: Floats) -> Floats:
        return self._free_space_db(distances_m / 1000.0, self._link.frequency_mhz, 0.0, 0.0)


OFF_HEIGHT = (1.0 - 1.0 / math.sqrt(3.0)) / 2.0
"""
How far from a height paths end, south or north and east or west, in distances between heights.

Between unrelated heights a bilinear surface varies as much there as on the mean over all places (the nodes of Gauss and
Legendre): more than midway between four of them, less than at one. [1]
"""


def beside_middles(grid: Grid, squares: NDArray[np.int32], n_parts: int) -> Floats:
    """
    Return how far beside the middles of squares paths end, of which so many heights lie along a side.

    Middles of squares of another side lie otherwise between the heights, midway or at one, and on such a surface would
    hear better or worse; these places lie alike on any grid, in all four directions in turn. (phone, 2) rows and
    columns of heights.
    """
    off = OFF_HEIGHT if n_parts % 2 else 0.5 - OFF_HEIGHT
    # From the plane's origin, so that a square keeps its place in whichever region it is asked for.
    row = grid.row[squares] - round(grid.y_max_m / grid.resolution_m)
    col = grid.col[squares] + round(grid.x_min_m / grid.resolution_m)
    return np.column_stack([off - 2.0 * off * (row % 2), off - 2.0 * off * (col % 2)])


def clutter_losses_db(scenario: Scenario) -> NDArray[np.float64]:
    """Return the loss among each class of clutter, given or by rule. Losses, in the order of `CLUTTER_CLASSES` [dB]."""
    radio, given_db = scenario.radio, scenario.radio.path_loss.clutter_db.model_dump()
    return np.array(
        [
            clutter_loss_db(radio.frequency_mhz, radio.phone_height_m, CLUTTER[name])
            if given_db[name] is None
            else given_db[name]
            for name in CLUTTER_CLASSES
        ]
    )


def _content(
    height_m: NDArray[np.float32],
    raster: Raster,
    mast: Mast,
    link: Link,
    ends: tuple[Floats, Floats, Floats, NDArray[np.float32]],
) -> bytes:
    """Return a digest of all that the losses of a site follow from: no height outside the window is ever read."""
    rows, cols, aside, end_m = ends
    mast_row = (raster.y_max_m - mast.y_m) / raster.side_m
    mast_col = (mast.x_m - raster.x_min_m) / raster.side_m
    north = max(0, math.floor(min(rows.min(), mast_row)) - 2)
    south = math.floor(max(rows.max(), mast_row)) + 4
    west = max(0, math.floor(min(cols.min(), mast_col)) - 2)
    east = math.floor(max(cols.max(), mast_col)) + 4
    window = np.ascontiguousarray(height_m[north:south, west:east])
    place = (mast_row - north, mast_col - west, raster.side_m, mast.height_m)
    edges = (north == 0, west == 0, south >= height_m.shape[0], east >= height_m.shape[1])
    digest = hashlib.sha256(_code_digest())
    digest.update(repr((place, edges, tuple(link), window.shape)).encode())
    for array in (window, rows - north, cols - west, aside, end_m):
        digest.update(array.tobytes())
    return digest.digest()


@cache
def _code_digest() -> bytes:
    """Return the digest of the files that compute losses over terrain, and of what compiles them for which machine."""
    machine = (numba.__version__, platform.system(), platform.machine(), platform.processor())
    digest = hashlib.sha256(repr(machine).encode())
    for module in (terrain_loss, diffraction, pathloss, units):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.digest()
