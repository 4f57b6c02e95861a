"""Land and people of a scenario, before any network: territory, grid, places, population."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.grid import Grid, make_grid
from sim.world.pack import read_elevation
from sim.world.population import Ground, find_urban, province_totals, spread_population
from sim.world.region import Territory, make_territory, unproject
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
    """

    territory: Territory
    grid: Grid
    places: Places
    province_population: NDArray[np.int64]
    population: NDArray[np.int32]
    is_urban: NDArray[np.bool_]


def make_landscape(scenario: Scenario) -> Landscape:
    """
    Return land and people of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    Landscape
        Land and people.

    Raises
    ------
    WorldError
        If the region or the resolution is not possible.
    """
    territory = make_territory(scenario.region)
    grid = make_grid(territory, scenario.grid.resolution_m)
    ground = _ground(grid)
    grid = replace(grid, height_m=ground.height_m.astype(np.float32))
    places = place_settlements(territory, grid, scenario.population.city_spread_km)
    totals = province_totals(territory, scenario.population.total)
    census = province_totals(territory, None)
    population = spread_population(scenario.population, grid, ground, places, totals, census)
    return Landscape(territory, grid, places, totals, population, find_urban(grid, population))


def _ground(grid: Grid) -> Ground:
    """Return height and slope of the squares; a plain has neither."""
    if not grid.crs:
        return Ground(np.zeros(grid.n_squares), np.zeros(grid.n_squares))
    elevation = read_elevation()
    longitude_deg, latitude_deg = unproject(grid.crs, grid.x_m, grid.y_m)
    height_m, slope = (
        interpolate(elevation, nodes, longitude_deg, latitude_deg)
        for nodes in (node_heights_m(elevation), node_slopes(elevation))
    )
    return Ground(height_m, slope)
