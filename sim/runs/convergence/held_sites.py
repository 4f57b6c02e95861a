"""The sites of a scenario as a list: where a rule placed them, so that other squares move none of them."""

import math
from typing import Any

from sim.errors import Problem, SimError
from sim.runs.feasible import naming_file
from sim.scenario.networks_section import SITE_KEYS, Network
from sim.scenario.reference import OWN
from sim.scenario.resolve import LoadedScenario
from sim.world.build import World, build_world

MOST_SITES = 5_000
"""Sites that a network can list, as the schema has it."""


def held_sites(loaded: LoadedScenario) -> dict[str, Any]:
    """Return settings with which the sites of a scenario stand where they stand, whatever its squares are."""
    with naming_file(loaded.path):
        world = build_world(loaded.scenario, loaded.folder, with_lines=False)
    # The lines stay sold around these sites, which are those of before.
    held: dict[str, Any] = {"subscribers.placed_as": OWN}
    for k, network in enumerate(loaded.scenario.networks):
        at = f"networks[{network.name}]"
        sites = _listed(world, k)
        _require_room(network, sites)
        held |= _settings(at, sites)
        if network.reference_sites is not None:
            held[f"{at}.reference_sites"] = network.reference_sites.model_dump(mode="json")
    return held


def _settings(at: str, sites: list[dict[str, Any]]) -> dict[str, Any]:
    values = {"n_sites": 0, "sites": sites, "sites_file": None}
    return {f"{at}.{key}": value for key, value in values.items() if key in SITE_KEYS}


def _require_room(network: Network, sites: list[dict[str, Any]]) -> None:
    if len(sites) > MOST_SITES:
        message = (
            f"{len(sites):,} sites cannot be held: must be at most {MOST_SITES:,}; use --move-sites"
        )
        raise SimError(Problem(f"networks[{network.name}]", message))


def _listed(world: World, network_idx: int) -> list[dict[str, Any]]:
    """Return the sites of a network as a scenario lists them."""
    sites, cells, grid = world.sites, world.cells, world.grid
    cells_of: dict[int, list[int]] = {}
    for cell, site in enumerate(cells.site_idx.tolist()):
        cells_of.setdefault(site, []).append(cell)
    south_m = grid.y_max_m - grid.n_rows * grid.resolution_m
    listed = []
    for i, name in enumerate(sites.name):
        if sites.network_idx[i] != network_idx:
            continue
        own = cells_of[i]
        one: dict[str, Any] = {"name": name}
        if grid.crs:
            one["longitude_deg"] = float(sites.longitude_deg[i])
            one["latitude_deg"] = float(sites.latitude_deg[i])
        else:
            one["x_km"] = (float(sites.x_m[i]) - grid.x_min_m) / 1000.0
            one["y_km"] = (float(sites.y_m[i]) - south_m) / 1000.0
        one |= {
            "antenna_height_m": float(sites.antenna_height_m[i]),
            "n_sectors": len(own),
            "n_channels": int(cells.n_channels[own[0]]),
        }
        azimuth_deg = float(cells.azimuth_deg[own[0]])
        if not math.isnan(azimuth_deg):
            one["azimuth_deg"] = azimuth_deg
        listed.append(one)
    return listed
