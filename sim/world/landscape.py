"""Land and people of a scenario, before any network: country, territory, grid, places, population."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.memory import check_memory
from sim.scenario.radio_section import MODELS_OVER_TERRAIN
from sim.scenario.region_section import Region
from sim.scenario.schema import Scenario
from sim.world.country import Country, Elevation, Province, Settlement, Territory, make_territory
from sim.world.embedded_country import (
    CAMPS_NOTE,
    CENSUS_NOTE,
    CLASSES_NOTE,
    SMOOTH_NOTE,
    embedded_country,
)
from sim.world.grid import Grid, make_grid
from sim.world.heights import (
    RELIEF_NOTE,
    interpolate,
    node_heights_m,
    node_slopes,
    sea_squares,
    smooth_slope,
)
from sim.world.input_files import noting
from sim.world.people import People, people_by_rule, people_of_classes
from sim.world.population import Ground
from sim.world.projection import unproject
from sim.world.provinces_file import read_provinces_file
from sim.world.settlement_classes import ClassLattice, lay_classes
from sim.world.settlements import Places, assign_provinces, read_settlements_file
from sim.world.surface import (
    Layers,
    Surface,
    heights_grid,
    heights_of_squares,
    make_heights,
    make_surface,
)

FLAT_NOTE = "the ground is taken for flat, at height 0: there is no relief"
"""What every output must say of a country without heights."""

EVEN_NOTE = "people are spread evenly over each province: no settlements were given"
OWN_CLASSES_NOTE = (
    "people are totals of provinces, modelled by the user's settlement classes, not observed"
)
SPREAD_NOTE = "people of each settlement are spread about its centre by rule, all others evenly over their province"


def read_country(scenario: Scenario, folder: Path) -> Country:
    """Return the country of a scenario."""
    region = scenario.region
    if region.source == "plain":
        return _plain(region, scenario.population.total)
    if region.source == "north_korea":
        return embedded_country(scenario.population.densities.city_urban_share)
    return _from_files(scenario, folder)


def _plain(region: Region, total: int | None) -> Country:
    """Return a rectangle as a country of one province, its south-west corner at 0, 0."""
    if region.width_km is None or region.height_km is None:
        missing = [key for key in ("width_km", "height_km") if getattr(region, key) is None]
        message = "missing: a plain needs both sides; give it in km"
        raise WorldError(*(Problem(f"region.{key}", message) for key in missing))
    outline = shapely.box(0.0, 0.0, region.width_km * 1000.0, region.height_km * 1000.0)
    return Country((Province("plain", "plain", total or 0, outline),), is_plain=True)


def _from_files(scenario: Scenario, folder: Path) -> Country:
    """Return a user's country; the problems of both files come together."""
    region, is_flat = scenario.region, scenario.terrain.heights != "files"
    if region.provinces_file is None or (is_flat and region.relief is None):
        message = (
            "a region from geojson needs provinces_file, and relief: flat or terrain.heights: files"
        )
        raise WorldError(Problem("region", message))
    problems: list[Problem] = []
    provinces: tuple[Province, ...] = ()
    with noting(problems):
        provinces = read_provinces_file(folder / region.provinces_file, region.province_keys)
    settlements: tuple[Settlement, ...] = ()
    if region.settlements_file is not None:
        path = folder / region.settlements_file
        with noting(problems):
            rows = read_settlements_file(path)
            if not problems:
                settlements = assign_provinces(rows, provinces, label_of(path))
    if problems:
        raise WorldError(*problems)
    spread_note = SPREAD_NOTE if settlements else EVEN_NOTE
    if scenario.population.settlement_classes_file is not None:
        spread_note = OWN_CLASSES_NOTE
    notes = (FLAT_NOTE, spread_note) if is_flat else (spread_note,)
    return Country(provinces, settlements, notes=notes)


HEIGHTS_NOTE = "heights are those of the user's elevation files, averaged over parts of squares"
"""What every output must say of such heights."""

CLUTTER_NOTE = "buildings and forest are placed by rule, not observed"
"""What every output must say where no raster tells what stands on the ground."""

MISFITS_NOTE = (
    "cities whose built-up area does not hold their census figure within a factor of two: {}"
)
"""What every output must say of cities that are larger or smaller than their map."""

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
    urban_share: NDArray[np.float32]  # (square,) share of its people who live in cities [1]
    # (square,) settlement class in which most of its people live; None where no map tells classes
    class_of_square: NDArray[np.uint8] | None
    # heights and clutter of the whole raster, where the path-loss model meets them
    surface: Surface | None
    notes: tuple[str, ...]  # what every output must say of the country's data


def find_land(scenario: Scenario, folder: Path) -> tuple[Country, Territory]:
    """
    Return the country of a scenario and the part of it that is simulated, whatever memory it takes.

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
        If a file of the country cannot be used, or a province is unknown.
    """
    country = read_country(scenario, folder)
    return country, make_territory(country, scenario.region, scenario.networks)


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
    country, territory = find_land(scenario, folder)
    squares = math.ceil(territory.area_m2 / scenario.grid.resolution_m**2)
    needs = check_memory(
        scenario.region,
        scenario.grid,
        scenario.terrain,
        scenario.networks,
        scenario.radio,
        scenario.subscribers,
        scenario.traffic,
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
    layers = _read_rasters(scenario, folder, grid, country)
    height_m, people_file, clutter = layers.height_m, layers.people, layers.clutter
    lattice = layers.classes
    if height_m is None and (needs_surface or scenario.terrain.heights != "smooth"):
        # Flat ground is as flat in parts.
        parts = grid if country.elevation is None else heights_grid(scenario, grid)
        height_m = make_heights(scenario, parts, country.elevation)
    of_squares_m = None if height_m is None else heights_of_squares(grid, height_m)
    if of_squares_m is None or scenario.terrain.heights == "smooth":
        ground = _ground(grid, country.elevation)
    else:
        ground = _ground_of_raster(grid, of_squares_m)
    grid = replace(grid, height_m=ground.height_m.astype(np.float32))
    if lattice is None and country.classes is not None:
        people, lattice = _people_of_embedded(
            scenario, people_file, country, territory, grid, needs_lattice=needs_surface
        )
    elif lattice is None:
        people = people_by_rule(scenario, people_file, country, territory, grid, ground)
    else:
        people = people_of_classes(scenario, people_file, country, territory, grid, lattice)
    surface = None
    if needs_surface and height_m is not None:
        surface = make_surface(grid, height_m, clutter, people, lattice)
    return Landscape(
        territory=territory,
        grid=grid,
        places=people.places,
        province_population=people.totals,
        population=people.population,
        is_urban=people.is_urban,
        urban_share=people.urban_share,
        class_of_square=people.class_of_square,
        surface=surface,
        notes=(
            *_notes(scenario, country, people),
            *layers.notes,
            *_scaled(territory, grid, people_file, people.totals),
        ),
    )


_KEPT: dict[str, People] = {}
"""People of the last territory of the embedded country: worlds are often made that differ in their networks alone."""


def _people_of_embedded(
    scenario: Scenario,
    raster: NDArray[np.float64] | None,
    country: Country,
    territory: Territory,
    grid: Grid,
    *,
    needs_lattice: bool,
) -> tuple[People, ClassLattice | None]:
    """Return the people by the embedded map of settlements, and its lattice where that is needed or was laid."""
    assert country.classes is not None
    # All that the country, its squares and its people hang on.
    sections = scenario.model_dump_json(include={"region", "population"})
    key = f"{scenario.grid.resolution_m!r} {sections}"
    is_kept = raster is None and key in _KEPT
    if is_kept and not needs_lattice:
        return _KEPT[key], None
    lattice = lay_classes(country.classes, grid)
    if is_kept:
        return _KEPT[key], lattice
    people = people_of_classes(scenario, raster, country, territory, grid, lattice)
    if raster is None:
        _KEPT.clear()
        _KEPT[key] = people
    return people, lattice


def _read_rasters(scenario: Scenario, folder: Path, grid: Grid, country: Country) -> Layers:
    """Return heights, people, clutter and classes by the user's rasters; the country's data tell where the sea is."""
    terrain, population, is_sea = scenario.terrain, scenario.population, None
    if not (
        terrain.heights == "files"
        or terrain.clutter_file
        or population.raster_file
        or population.settlement_classes_file
    ):
        return Layers()
    # GDAL takes a tenth of a second to import: only where a raster is read.
    from sim.world.raster_layers import read_rasters

    parts = heights_grid(scenario, grid) if terrain.heights == "files" else grid
    if terrain.heights == "files" and country.elevation is not None:
        is_sea = sea_squares(parts, country.elevation)
    return read_rasters(scenario, folder, grid, parts, is_sea)


MOST_SCALED = 3.0
"""
By how much people of a raster are scaled to those of a province without a word, up or down (house limit): more is a
sign that the raster does not cover it, or counts something else. [1]
"""


def _scaled(
    territory: Territory, grid: Grid, people: NDArray[np.float64] | None, totals: NDArray[np.int64]
) -> Iterator[str]:
    """Yield in which provinces a raster has far fewer people than they have, or far more."""
    if people is None:
        return
    of_raster = np.bincount(grid.province_idx, people, len(totals))
    for code, total, there in zip(territory.code, totals.tolist(), of_raster.tolist(), strict=True):
        if total and not total / MOST_SCALED <= there <= total * MOST_SCALED:
            yield (
                f"province {code} has {total:,} people, {there:,.0f} by the population raster: these are multiplied by "
                f"{total / there:.3g}; does the raster cover it, and is population.raster_kind right?"
            )


def _notes(scenario: Scenario, country: Country, people: People) -> tuple[str, ...]:
    """Return the country's notes, with a user's files in place of what they replace."""
    notes = list(country.notes)
    finer = {"files": HEIGHTS_NOTE, "synthetic": RELIEF_NOTE}.get(scenario.terrain.heights)
    if finer is not None:
        notes = [*(note for note in notes if note != SMOOTH_NOTE), finer]
    if scenario.radio.path_loss.model in MODELS_OVER_TERRAIN and not scenario.terrain.clutter_file:
        notes.append(CLUTTER_NOTE)
    if scenario.population.settlement_classes_file is not None:
        notes = [note for note in notes if note != CLASSES_NOTE]
    if scenario.population.raster_file is not None:
        ruled = {EVEN_NOTE, SPREAD_NOTE, OWN_CLASSES_NOTE, CENSUS_NOTE}
        camps = [CAMPS_NOTE] if CENSUS_NOTE in notes else []
        notes = [*(note for note in notes if note not in ruled), *camps, PEOPLE_NOTE]
    elif people.misfits:
        notes.append(MISFITS_NOTE.format(", ".join(people.misfits)))
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
