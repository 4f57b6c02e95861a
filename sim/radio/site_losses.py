"""
Losses from one site to the squares that it reaches: by a formula of distance, or over terrain.

Over terrain the median without clutter is computed once and kept by its content (`sim.radio.site_cache`): heights
about the site, mast, frequency and the code of the model. Clutter and shadowing are added after.
"""

import hashlib
import math
import platform
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from sim import units
from sim.errors import Problem, WorldError
from sim.radio import diffraction, pathloss, terrain_loss
from sim.radio.pathloss import MODELS, free_space_db, loss_function, over_distances
from sim.radio.site_cache import SiteCache
from sim.radio.terrain_loss import CLUTTER, Link, Mast, Raster, clutter_loss_db, site_losses_cdb
from sim.scenario.radio_section import MODELS_OVER_TERRAIN
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.world.build import World
from sim.world.surface import Surface

Losses = Callable[[int, NDArray[np.int32], NDArray[np.float64]], NDArray[np.float64]]
"""Returns the median losses [dB] of a site, given its index, the squares in its reach and their distances [m]."""


def make_losses(scenario: Scenario, world: World, least_km: float, kept: SiteCache) -> Losses:
    """Return the losses of sites by the scenario's model."""
    if scenario.radio.path_loss.model not in MODELS_OVER_TERRAIN:
        return _of_distance(scenario, world)
    if world.surface is None:
        raise WorldError(
            Problem("radio.path_loss.model", "terrain needs a world that was built for it")
        )
    return _over_terrain(scenario, world, world.surface, least_km, kept)


def _of_distance(scenario: Scenario, world: World) -> Losses:
    """Return losses by a formula; nearer than published at least those of free space."""
    radio, path = scenario.radio, scenario.radio.path_loss
    formula = over_distances(loss_function(path.model, path.environment))
    published_km = MODELS[path.model].published.distance_km.low

    def _losses_db(
        site: int, _squares: NDArray[np.int32], distances_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        distance_km = distances_m / 1000.0
        height_m = float(world.sites.antenna_height_m[site])
        arguments = (radio.frequency_mhz, height_m, radio.phone_height_m)
        loss_db = formula(distance_km, *arguments)
        near = distance_km < published_km
        if near.any():
            floor_db = over_distances(free_space_db)(distance_km[near], *arguments)
            loss_db[near] = np.maximum(loss_db[near], floor_db)
        return loss_db

    return _losses_db


def _over_terrain(
    scenario: Scenario, world: World, surface: Surface, least_km: float, kept: SiteCache
) -> Losses:
    """Return losses over the surface: kept medians without clutter, then clutter."""
    radio, grid, sites = scenario.radio, world.grid, world.sites
    step_m = radio.path_loss.profile_step_m or grid.resolution_m
    link = Link(radio.frequency_mhz, radio.phone_height_m, step_m, 1000.0 * least_km)
    raster = Raster(grid.x_min_m, grid.y_max_m, grid.resolution_m)
    clutter_db = _clutter_losses_db(scenario)[surface.clutter]

    def _losses_db(
        site: int, squares: NDArray[np.int32], _distances_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        mast = Mast(
            float(sites.x_m[site]), float(sites.y_m[site]), float(sites.antenna_height_m[site])
        )
        rows, cols = grid.row[squares], grid.col[squares]
        none_db = np.zeros(len(squares), np.float32)

        def _compute() -> NDArray[np.int16]:
            return site_losses_cdb(surface.height_m, raster, mast, link, rows, cols, none_db)

        content = _content(surface.height_m, raster, mast, link, rows, cols)
        losses_cdb = kept.losses_cdb(content, len(squares), _compute)
        return losses_cdb / 100.0 + clutter_db[squares]

    return _losses_db


def _clutter_losses_db(scenario: Scenario) -> NDArray[np.float64]:
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
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
) -> bytes:
    """Return a digest of all that the losses of a site follow from: no height outside the window is ever read."""
    mast_row = (raster.y_max_m - mast.y_m) / raster.side_m
    mast_col = (mast.x_m - raster.x_min_m) / raster.side_m
    north = max(0, min(int(rows.min()), math.floor(mast_row)) - 2)
    south = max(int(rows.max()), math.floor(mast_row)) + 3
    west = max(0, min(int(cols.min()), math.floor(mast_col)) - 2)
    east = max(int(cols.max()), math.floor(mast_col)) + 3
    window = np.ascontiguousarray(height_m[north:south, west:east])
    place = (mast_row - north, mast_col - west, raster.side_m, mast.height_m)
    edges = (north == 0, west == 0, south >= height_m.shape[0], east >= height_m.shape[1])
    digest = hashlib.sha256(_code_digest())
    digest.update(repr((place, edges, tuple(link), window.shape)).encode())
    for array in (window, rows - np.int32(north), cols - np.int32(west)):
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
