"""Land and people of a scenario, before any network: territory, grid, places, population."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.memory import check_memory
from sim.scenario.schema import Scenario
from sim.world.country import Country, Elevation
from sim.world.grid import Grid, make_grid
from sim.world.population import Ground, find_urban, province_totals, spread_population
from sim.world.projection import unproject
from sim.world.read_country import read_country
from sim.world.region import Territory, make_territory
from sim.world.settlements import Places, place_settlements
from sim.world.terrain import interpolate, node_heights_m, node_slopes


@dataclass(frozen=True)
class Landscape:
    """
    Land and people.

    Attributes
    ----------
    territory : Territory
        Provinces.
    grid : Grid
        Squares with their heights.
    places : Places
        Cities and towns, the largest first.
    province_population : (province,) ndarray of int64
        People of each province.
    population : (square,) ndarray of int32
        People of each square.
    is_urban : (square,) ndarray of bool
        Whether a square belongs to a city.
    notes : tuple of str
        What every output must say of the country's data.
    """

    territory: Territory
    grid: Grid
    places: Places
    province_population: NDArray[np.int64]
    population: NDArray[np.int32]
    is_urban: NDArray[np.bool_]
    notes: tuple[str, ...]


def survey_land(scenario: Scenario, folder: Path) -> tuple[Country, Territory]:
    """
    Return the country of a scenario and the part of it that is simulated, before anything is laid out.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.

    Returns
    -------
    Country
        The whole country.
    Territory
        Provinces that are simulated.

    Raises
    ------
    WorldError
        If a file of the country cannot be used, a province is unknown, or the run needs too much memory.
    """
    country = read_country(scenario, folder)
    territory = make_territory(country, scenario.region, scenario.networks)
    squares = math.ceil(territory.area_m2 / scenario.grid.resolution_m**2)
    needs = check_memory(
        scenario.region,
        scenario.grid,
        scenario.networks,
        scenario.radio,
        scenario.subscribers,
        squares,
    )
    problems = [
        Problem(".".join(map(str, need.loc)), need.message.removeprefix(": ")) for need in needs
    ]
    if problems:
        raise WorldError(*problems)
    return country, territory


def make_landscape(scenario: Scenario, folder: Path) -> Landscape:
    """
    Return land and people of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.

    Returns
    -------
    Landscape
        Land and people.

    Raises
    ------
    WorldError
        If the region or the resolution is not possible.
    """
    country, territory = survey_land(scenario, folder)
    grid = make_grid(territory, scenario.grid.resolution_m)
    ground = _ground(grid, country.elevation)
    grid = replace(grid, height_m=ground.height_m.astype(np.float32))
    places = place_settlements(country, territory, grid)
    totals = province_totals(country, territory, scenario.population.total)
    census = province_totals(country, territory, None)
    population = spread_population(scenario.population, grid, ground, places, totals, census)
    is_urban = find_urban(grid, population)
    return Landscape(territory, grid, places, totals, population, is_urban, country.notes)


def _ground(grid: Grid, elevation: Elevation | None) -> Ground:
    """Return height and slope of the squares; flat ground has neither."""
    if elevation is None:
        return Ground(np.zeros(grid.n_squares), np.zeros(grid.n_squares))
    longitude_deg, latitude_deg = unproject(grid.crs, grid.x_m, grid.y_m)
    height_m, slope = (
        interpolate(elevation, nodes, longitude_deg, latitude_deg)
        for nodes in (node_heights_m(elevation), node_slopes(elevation))
    )
    return Ground(height_m, slope)
