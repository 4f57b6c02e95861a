"""Base stations: sites and their cells, from a list or by the placement rule."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.networks_section import Network, Site
from sim.scenario.schema import Scenario
from sim.world.corridors import Corridor, make_corridors
from sim.world.grid import Grid, subdivide
from sim.world.landscape import Landscape
from sim.world.listed_sites import SiteOnGrid, list_sites
from sim.world.placement_by_coverage import place_by_coverage
from sim.world.placement_by_demand import place_sites
from sim.world.placement_by_history import Ground, Rule, centres, place_by_history
from sim.world.placement_spacing import Address, Demand
from sim.world.projection import unproject


@dataclass(frozen=True)
class Sites:
    """Base station sites, network by network."""

    name: tuple[str, ...]  # name of each site, unique
    network_idx: NDArray[np.uint8]  # (site,) network
    x_m: NDArray[np.float64]  # and y_m: (site,) place in the grid's metres [m]
    y_m: NDArray[np.float64]
    # and latitude_deg: (site,) place on WGS 84; NaN on a plain [deg]
    longitude_deg: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    square_idx: NDArray[np.int32]  # (site,) square in which the site stands
    province_idx: NDArray[np.uint8]  # (site,) province in which the site stands
    antenna_height_m: NDArray[np.float64]  # (site,) antenna above ground [m]

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Cells:
    """Cells, site by site, sectors clockwise."""

    # `site` of an omnidirectional site, else `site/sector` with sectors from 1
    name: tuple[str, ...]
    site_idx: NDArray[np.int32]  # (cell,) site
    network_idx: NDArray[np.uint8]  # (cell,) network
    # (cell,) direction of the main lobe, NaN when omnidirectional [deg]
    azimuth_deg: NDArray[np.float64]
    n_channels: NDArray[np.int32]  # (cell,) channels
    pilot_power_dbm: NDArray[np.float64]  # (cell,) cPICH power [dBm]
    antenna_gain_dbi: NDArray[np.float64]  # (cell,) antenna gain less feeder loss [dBi]

    def __len__(self) -> int:
        return len(self.name)


def build_sites(
    scenario: Scenario, folder: Path, landscape: Landscape, weights: NDArray[np.float64]
) -> tuple[Sites, Cells, tuple[str, ...]]:
    """
    Return the sites of all networks with their cells: listed ones, then those that the rule places.

    Sites by network: listed ones in their order, then placed ones in the order of placement.
    """
    listed = list_sites(scenario, folder, landscape.grid)
    standing = listed.standing
    taken = {site.site.name for sites in standing for site in sites}
    problems: list[Problem] = []
    rules = {network.placement.rule for network in scenario.networks if network.n_sites}
    corridors: tuple[Corridor, ...] = ()
    if "history" in rules:
        corridors = make_corridors(landscape.grid, landscape.places, landscape.population)
    for k, network in enumerate(scenario.networks):
        if network.n_sites == 0:
            continue
        x_m, y_m = _place(scenario, k, standing[k], landscape, weights[k], corridors)
        if len(x_m) < network.n_sites:
            problems.append(_does_not_fit(network, len(x_m)))
        square = landscape.grid.square_of(x_m, y_m)
        for i in range(len(x_m)):
            name = f"{network.name}_{i + 1:04d}"
            where = f"networks[{network.name}].n_sites"
            if name in taken:
                message = f"the placed site {name!r} has the name of a listed one; rename that"
                problems.append(Problem(where, message))
            place = float(x_m[i]), float(y_m[i]), int(square[i])
            standing[k].append(SiteOnGrid(where, Site(name=name), *place))
    if problems:
        raise WorldError(*problems)
    sites = _site_arrays(standing, scenario.networks, landscape.grid)
    return sites, _cell_arrays(standing, scenario.networks), listed.notes


def _place(
    scenario: Scenario,
    network_idx: int,
    standing: Sequence[SiteOnGrid],
    landscape: Landscape,
    weight: NDArray[np.float64],
    corridors: Sequence[Corridor],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the places that the rule finds for a network's further sites."""
    network, grid, places = scenario.networks[network_idx], landscape.grid, landscape.places
    placement, n_sites = network.placement, network.n_sites
    adoption = [network.province_weight.get(code, 1.0) for code in landscape.territory.code]
    may_stand = np.array(adoption)[grid.province_idx] > 0.0
    standing_m = (
        np.array([site.x_m for site in standing]),
        np.array([site.y_m for site in standing]),
    )
    if placement.rule == "coverage":
        people, radius_m = landscape.population, placement.radius_km * 1000.0
        return place_by_coverage(grid, people, may_stand, standing_m, radius_m, n_sites)
    address = Address(scenario.seed, scenario.run.world_replication, network_idx)
    if placement.rule == "history":
        ground = Ground(landscape.population, may_stand, landscape.is_urban)
        rule = Rule(
            town_spacing_m=placement.town_spacing_km * 1000.0,
            corridor_spacing_m=placement.corridor_spacing_km * 1000.0,
            people_per_site=placement.people_per_site,
        )
        placed = place_by_history(
            grid, ground, standing_m, places, corridors, rule, n_sites, address
        )
        return placed.x_m, placed.y_m
    n_parts = math.ceil(grid.resolution_m / PLACES_M)
    parts = subdivide(grid, n_parts)
    square = grid.square_at[parts.row // n_parts, parts.col // n_parts]
    demand = Demand(
        lines=weight[square],
        may_stand=may_stand[square],
        is_urban=landscape.is_urban[square],
        urban_spacing_m=placement.urban_spacing_km * 1000.0,
        rural_spacing_m=placement.rural_spacing_km * 1000.0,
    )
    n_planned = max(n_sites, placement.planned_sites or 0)
    n_seats = int(placement.county_seat_share * n_planned)
    seats_m = centres(grid, places)
    return place_sites(parts, demand, standing_m, seats_m, n_seats, n_sites, n_planned, address)


PLACES_M = 500.0
"""Places that are compared for sites lie no farther apart (house choice): squares of a city would else decide. [m]"""


def _does_not_fit(network: Network, n_fit: int) -> Problem:
    placement = network.placement
    spacings = {
        "demand": f"urban_spacing_km = {placement.urban_spacing_km:g} and rural_spacing_km = "
        f"{placement.rural_spacing_km:g}",
        "history": f"town_spacing_km = {placement.town_spacing_km:g} at settlements and along corridors",
        "coverage": "a site in each square",
    }
    message = (
        f"n_sites = {network.n_sites:,}: room for only {n_fit:,} was found with {spacings[placement.rule]} in the "
        "provinces of weight more than 0; lower n_sites or the spacings"
    )
    return Problem(f"networks[{network.name}]", message)


def _site_arrays(
    standing: Sequence[Sequence[SiteOnGrid]], networks: Sequence[Network], grid: Grid
) -> Sites:
    """Return the sites of all networks as arrays."""
    sites = [site for own in standing for site in own]
    heights_m = [
        _given(site.site.antenna_height_m, network.equipment.antenna_height_m)
        for own, network in zip(standing, networks, strict=True)
        for site in own
    ]
    x_m = np.array([site.x_m for site in sites], np.float64)
    y_m = np.array([site.y_m for site in sites], np.float64)
    unknown = np.full(len(sites), np.nan)
    longitude_deg, latitude_deg = unproject(grid.crs, x_m, y_m) if grid.crs else (unknown, unknown)
    square_idx = np.array([site.square_idx for site in sites], np.int32)
    return Sites(
        name=tuple(site.site.name for site in sites),
        network_idx=np.repeat(
            np.arange(len(standing), dtype=np.uint8), [len(own) for own in standing]
        ),
        x_m=x_m,
        y_m=y_m,
        longitude_deg=longitude_deg,
        latitude_deg=latitude_deg,
        square_idx=square_idx,
        province_idx=grid.province_idx[square_idx],
        antenna_height_m=np.array(heights_m, np.float64),
    )


def _given(value: float | None, default: float) -> float:
    return default if value is None else value


def _cell_arrays(standing: Sequence[Sequence[SiteOnGrid]], networks: Sequence[Network]) -> Cells:
    """Return the cells of all sites as arrays."""
    names: list[str] = []
    rows: list[tuple[int, int, float, float, float, float]] = []
    site_idx = 0
    for network_idx, (own, network) in enumerate(zip(standing, networks, strict=True)):
        default = network.equipment
        for site in (standing_site.site for standing_site in own):
            n_sectors = int(_given(site.n_sectors, default.n_sectors))
            first_deg = _given(site.azimuth_deg, default.azimuth_deg)
            n_channels = _given(site.n_channels, default.n_channels)
            for sector in range(n_sectors):
                is_omni = n_sectors == 1
                names.append(site.name if is_omni else f"{site.name}/{sector + 1}")
                azimuth_deg = (first_deg + 360.0 * sector / n_sectors) % 360.0
                gain_dbi = default.omni_gain_dbi if is_omni else default.antenna_gain_dbi
                azimuth_deg = np.nan if is_omni else azimuth_deg
                rows.append(
                    (
                        site_idx,
                        network_idx,
                        azimuth_deg,
                        n_channels,
                        default.pilot_power_dbm,
                        gain_dbi,
                    )
                )
            site_idx += 1
    columns = np.array(rows, np.float64).reshape(-1, 6).T
    return Cells(
        name=tuple(names),
        site_idx=columns[0].astype(np.int32),
        network_idx=columns[1].astype(np.uint8),
        azimuth_deg=columns[2],
        n_channels=columns[3].astype(np.int32),
        pilot_power_dbm=columns[4],
        antenna_gain_dbi=columns[5],
    )
