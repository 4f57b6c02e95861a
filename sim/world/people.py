"""Who lives where and in which settlements: by rule, by settlement classes, or by a user's raster."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.country import Country, Territory
from sim.world.grid import Grid
from sim.world.people_of_classes import TownPeople, spread_by_classes
from sim.world.population import (
    Ground,
    find_urban,
    province_totals,
    raster_totals,
    spread_as_raster,
    spread_population,
)
from sim.world.settlement_classes import TOWN_CLASSES, ClassLattice
from sim.world.settlements import Places, place_settlements
from sim.world.towns import places_of_towns


@dataclass(frozen=True)
class People:
    """Who lives where, and in which settlements."""

    totals: NDArray[np.int64]  # (province,) people
    population: NDArray[np.int32]  # (square,) people
    is_urban: NDArray[np.bool_]  # (square,) whether it belongs to a city
    urban_share: NDArray[np.float32]  # (square,) share of its people who live in cities [1]
    places: Places  # cities and towns, the largest first
    class_of_square: NDArray[np.uint8] | None = None  # (square,) settlement class
    in_towns: TownPeople | None = None  # how many live where in towns, where a map tells classes
    misfits: tuple[str, ...] = ()  # cities whose town cannot hold the people that were counted


def people_by_rule(
    scenario: Scenario,
    raster: NDArray[np.float64] | None,
    country: Country,
    territory: Territory,
    grid: Grid,
    ground: Ground,
) -> People:
    """Return the people where no map tells settlement classes: by a user's raster or by rule."""
    section = scenario.population
    places = place_settlements(country, territory, grid)
    if raster is None:
        totals = province_totals(country, territory, section.total)
        census = province_totals(country, territory, None)
        population = spread_population(section, grid, ground, places, totals, census)
    else:
        in_province = np.bincount(grid.province_idx, raster, len(territory.code))
        totals = raster_totals(country, territory, section.total, in_province.astype(np.float64))
        population = spread_as_raster(raster, grid, territory.code, totals)
    is_urban = find_urban(grid, population)
    return People(totals, population, is_urban, is_urban.astype(np.float32), places)


def people_of_classes(
    scenario: Scenario,
    raster: NDArray[np.float64] | None,
    country: Country,
    territory: Territory,
    grid: Grid,
    lattice: ClassLattice,
) -> People:
    """Return the people by settlement classes, or by a user's raster, which says how many live in each town too."""
    section = scenario.population
    modelled = spread_by_classes(
        section.densities, section.total, country, territory, grid, lattice
    )
    totals, population, points = modelled.totals, modelled.population, modelled.in_towns.points
    at_point = modelled.in_towns.at_point
    if raster is not None:
        in_province = np.bincount(grid.province_idx, raster, len(territory.code))
        totals = raster_totals(country, territory, section.total, in_province.astype(np.float64))
        population = spread_as_raster(raster, grid, territory.code, totals)
        at_point = population[points.square_idx] / float(lattice.per_side**2)
    if country.settlements:
        places = place_settlements(country, territory, grid)
    else:
        growth = modelled.growth[grid.province_idx[points.square_idx]]
        at_census = at_point / np.where(growth > 0.0, growth, 1.0)
        places = places_of_towns(points, at_census, country, territory, grid)
    in_towns = np.bincount(points.square_idx, at_point, grid.n_squares)
    urban_share = np.clip(in_towns / np.maximum(population, 1), 0.0, 1.0)
    return People(
        totals,
        population,
        np.isin(modelled.class_of_square, TOWN_CLASSES),
        urban_share.astype(np.float32),
        places,
        modelled.class_of_square,
        replace(modelled.in_towns, at_point=at_point),
        () if raster is not None else tuple(c.name for c in modelled.cities if not c.is_kept),
    )
