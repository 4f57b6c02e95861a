"""The world of a scenario: everything that stands still."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.scenario.extension_items import extension_name
from sim.scenario.schema import Scenario
from sim.world.corridors import CORRIDORS_NOTE, Corridor, make_corridors
from sim.world.exchanges import Exchanges, build_exchanges, islands
from sim.world.grid import Grid
from sim.world.landscape import make_landscape
from sim.world.outages import Outage, make_outages
from sim.world.second_places import SECOND_PLACES_NOTE, SecondPlaces, draw_second_places
from sim.world.settlements import NO_PLACES, Places
from sim.world.sold import SOLD_NOTE, is_sold_elsewhere, sold_stages
from sim.world.spots import Spots, make_spots
from sim.world.stations import Cells, Sites, build_sites
from sim.world.subscribers import Subscribers, draw_subscribers, line_weights
from sim.world.surface import Surface


@dataclass(frozen=True)
class Provinces:
    """Provinces of the region, in the order of their indices."""

    code: tuple[str, ...]  # code: ISO 3166-2 of the embedded country, or `plain`
    name: tuple[str, ...]  # name
    outline: tuple[BaseGeometry, ...]  # outline in the grid's metres [m]
    population: NDArray[np.int64]  # (province,) people

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True)
class World:
    """Everything that stands still, frozen."""

    grid: Grid  # squares
    provinces: Provinces  # provinces
    spots: Spots  # points at which phones are heard
    population: NDArray[np.int32]  # (square,) people living in each square
    is_urban: NDArray[np.bool_]  # (square,) whether the square belongs to a city
    urban_share: NDArray[np.float32]  # (square,) share of its people who live in cities [1]
    network_names: tuple[str, ...]  # names of the networks, in the order of their indices
    sites: Sites  # sites of all networks
    cells: Cells  # cells of all networks
    subscribers: Subscribers  # lines of all networks
    exchanges: Exchanges  # switching centres, exchanges of the fixed network and trunk groups
    notes: tuple[str, ...]  # what every output must say of this world (synthetic data, sampling)
    outages: tuple[Outage, ...] = ()  # sites off the air
    # heights and clutter of the whole raster, where the path-loss model meets them
    surface: Surface | None = None
    places: Places = NO_PLACES  # cities and towns, the largest first
    corridors: tuple[Corridor, ...] = ()  # between them, where anybody goes along them
    second_places: SecondPlaces | None = (
        None  # where lines are beside their homes; None for nowhere
    )


def build_world(scenario: Scenario, folder: Path, *, with_lines: bool = True) -> World:
    """
    Return the world of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where the tables beside the scenario lie.
    with_lines : bool
        Whether subscribers are drawn; coverage alone needs none.

    Returns
    -------
    World
        World; the same scenario has the same world.

    Raises
    ------
    WorldError
        If the scenario asks for a world that cannot be, with every problem found in a step.
    """
    landscape = make_landscape(scenario, folder)
    territory, grid = landscape.territory, landscape.grid
    weights = np.stack(
        [
            line_weights(network, grid, territory.code, landscape.population, landscape.urban_share)
            for network in scenario.networks
        ]
    )
    sites, cells, site_notes = build_sites(scenario, folder, landscape, weights)
    stages = sold_stages(scenario, folder, landscape, sites, weights)
    totals = landscape.province_population
    exchanges = build_exchanges(scenario, folder, landscape)
    spots = make_spots(grid, landscape.is_urban, scenario.grid.spot_m)
    subscribers = draw_subscribers(
        scenario, grid, spots.n_points, stages, territory.code, totals, with_lines=with_lines
    )
    return World(
        grid=grid,
        spots=spots,
        provinces=Provinces(territory.code, territory.name, territory.outline, totals),
        population=landscape.population,
        is_urban=landscape.is_urban,
        urban_share=landscape.urban_share,
        network_names=tuple(network.name for network in scenario.networks),
        sites=sites,
        cells=cells,
        subscribers=subscribers,
        exchanges=exchanges,
        outages=make_outages(scenario, folder, sites),
        notes=(*landscape.notes, *site_notes, *_notes(scenario, exchanges, len(cells))),
        surface=landscape.surface,
        places=landscape.places,
        corridors=make_corridors(grid, landscape.places, landscape.population)
        if scenario.traffic.journeys.uses_corridors
        else (),
        second_places=draw_second_places(scenario, landscape, spots, subscribers),
    )


def _notes(scenario: Scenario, exchanges: Exchanges, n_cells: int) -> tuple[str, ...]:
    """Return what every output must say of the networks in the world."""
    notes = []
    if scenario.run.is_preview:
        notes.append(
            f"PREVIEW, no result: squares of {scenario.grid.resolution_m:,.0f} m, "
            f"{60.0 * scenario.run.duration_h:.0f} minutes, {scenario.run.replications} replications"
        )
    placed = [network.name for network in scenario.networks if network.n_sites > 0]
    if placed:
        notes.append(f"sites of {', '.join(placed)} are placed by rule, not observed")
    if scenario.traffic.journeys.uses_corridors or any(
        network.n_sites and network.placement.rule == "history" for network in scenario.networks
    ):
        notes.append(CORRIDORS_NOTE)
    elsewhere = [network.name for network in scenario.networks if is_sold_elsewhere(network)]
    if elsewhere:
        notes.append(SOLD_NOTE.format(", ".join(elsewhere)))
    if scenario.traffic.places:
        kinds = ", ".join(one.name for one in scenario.traffic.places)
        notes.append(SECOND_PLACES_NOTE.format(kinds))
    if scenario.fixed.source == "generated":
        notes.append("exchanges are placed by rule, not observed")
    if scenario.fixed.source != "none" and (note := islands(exchanges)):
        notes.append(note)
    for file in scenario.extensions:
        name = extension_name(file)
        given = scenario.extension_parameters.get(name, {})
        told = ", ".join(f"{key} = {value:g}" for key, value in given.items())
        notes.append(f"the extension {name} takes part{f', with {told}' if told else ''}")
    if scenario.subscribers.scale < 1.0:
        lines = sum(network.n_subscribers for network in scenario.networks)
        error = sampling_error(scenario.subscribers.scale, lines / max(n_cells, 1))
        notes.append(
            f"subscribers sampled 1 in {1.0 / scenario.subscribers.scale:g}: as many calls from fewer places, so that "
            f"the traffic of a cell is off by some {100.0 * error:.2g} % (one standard deviation) and fuller cells "
            "refuse more; --preview is the quick look"
        )
    return tuple(notes)


def sampling_error(scale: float, lines_per_cell: float) -> float:
    """
    Return by which share the traffic of a mean cell is off where only some of its lines are simulated.

    A standard deviation: each line is simulated by chance and then calls for 1 / scale lines [1].
    """
    return float(np.sqrt((1.0 / scale - 1.0) / max(lines_per_cell, 1.0)))
