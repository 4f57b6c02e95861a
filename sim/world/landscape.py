"""Land and people of a scenario, before any network: territory, grid, places, population."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.memory import check_memory
from sim.scenario.radio_section import MODELS_OVER_TERRAIN
from sim.scenario.schema import Scenario
from sim.world.country import Country, Elevation
from sim.world.embedded import CAMPS_NOTE, CENSUS_NOTE, SMOOTH_NOTE
from sim.world.given_rasters import GivenRasters, read_rasters
from sim.world.grid import Grid, make_grid
from sim.world.population import Ground, find_urban, province_totals, spread_population
from sim.world.projection import unproject
from sim.world.raster_people import raster_totals, spread_as_raster
from sim.world.read_country import EVEN_NOTE, SPREAD_NOTE, read_country
from sim.world.region import Territory, make_territory
from sim.world.relief import NOTE, sea_squares
from sim.world.settlements import Places, place_settlements
from sim.world.surface import Surface, make_heights, make_surface
from sim.world.terrain import interpolate, node_heights_m, node_slopes, smooth_slope

HEIGHTS_NOTE = "heights are those of the user's elevation files, averaged over the squares"
"""What every output must say of such heights."""

CLUTTER_NOTE = "buildings and forest are placed by rule, not observed"
"""What every output must say where no raster tells what stands on the ground."""

PEOPLE_NOTE = (
    "people are totals of provinces, spread within each as in the user's population raster"
)
"""What every output must say of such people."""


@dataclass(frozen=True)
class Landscape:
    """Land and people."""

    territory: Territory  # provinces
    grid: Grid  # squares with their heights
    places: Places  # cities and towns, the largest first
    province_population: NDArray[np.int64]  # (province,) people of each province
    population: NDArray[np.int32]  # (square,) people of each square
    is_urban: NDArray[np.bool_]  # (square,) whether a square belongs to a city
    # heights and clutter of the whole raster, where the path-loss model meets them
    surface: Surface | None
    notes: tuple[str, ...]  # what every output must say of the country's data


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
    needs_surface = scenario.radio.path_loss.model in MODELS_OVER_TERRAIN
    given = _read_rasters(scenario, folder, grid, country)
    height_m = given.height_m
    if height_m is None and (needs_surface or scenario.terrain.heights != "smooth"):
        height_m = make_heights(scenario, grid, country.elevation)
    if height_m is None or scenario.terrain.heights == "smooth":
        ground = _ground(grid, country.elevation)
    else:
        ground = _ground_of_raster(grid, height_m)
    grid = replace(grid, height_m=ground.height_m.astype(np.float32))
    places = place_settlements(country, territory, grid)
    totals, population = _people(scenario, given, country, territory, grid, ground, places)
    surface = None
    if needs_surface and height_m is not None:
        surface = make_surface(grid, height_m, given.clutter, population)
    return Landscape(
        territory=territory,
        grid=grid,
        places=places,
        province_population=totals,
        population=population,
        is_urban=find_urban(grid, population),
        surface=surface,
        notes=_notes(scenario, country),
    )


def _read_rasters(scenario: Scenario, folder: Path, grid: Grid, country: Country) -> GivenRasters:
    """Return what the user's rasters say; the country's own data tell where the sea is."""
    is_sea = None
    if scenario.terrain.heights == "files" and country.elevation is not None:
        is_sea = sea_squares(grid, country.elevation)
    return read_rasters(scenario, folder, grid, is_sea)


def _people(
    scenario: Scenario,
    given: GivenRasters,
    country: Country,
    territory: Territory,
    grid: Grid,
    ground: Ground,
    places: Places,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the people of each province and of each square, by a user's raster or by rule."""
    section = scenario.population
    if given.people is None:
        totals = province_totals(country, territory, section.total)
        census = province_totals(country, territory, None)
        return totals, spread_population(section, grid, ground, places, totals, census)
    in_province = np.bincount(grid.province_idx, given.people, len(territory.code))
    totals = raster_totals(country, territory, section.total, in_province.astype(np.float64))
    return totals, spread_as_raster(given.people, grid, territory.code, totals)


def _notes(scenario: Scenario, country: Country) -> tuple[str, ...]:
    """Return the country's notes, with a user's files in place of what they replace."""
    notes = list(country.notes)
    finer = {"files": HEIGHTS_NOTE, "synthetic": NOTE}.get(scenario.terrain.heights)
    if finer is not None:
        notes = [*(note for note in notes if note != SMOOTH_NOTE), finer]
    if scenario.radio.path_loss.model in MODELS_OVER_TERRAIN and not scenario.terrain.clutter_file:
        notes.append(CLUTTER_NOTE)
    if scenario.population.raster_file is not None:
        ruled = {EVEN_NOTE, SPREAD_NOTE, CENSUS_NOTE}
        camps = [CAMPS_NOTE] if CENSUS_NOTE in notes else []
        notes = [*(note for note in notes if note not in ruled), *camps, PEOPLE_NOTE]
    return tuple(notes)


def _ground_of_raster(grid: Grid, height_m: NDArray[np.float32]) -> Ground:
    """Return height and slope of the squares where heights are finer than the country's own."""
    slope = smooth_slope(height_m, grid.resolution_m)
    at = grid.row, grid.col
    return Ground(height_m[at].astype(np.float64), slope[at].astype(np.float64))


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
