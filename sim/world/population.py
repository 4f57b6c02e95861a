"""How many people live in each square: totals of provinces, spread by rule or as a user's raster has them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.region_section import Population
from sim.world.country import Country, Territory
from sim.world.grid import Grid
from sim.world.settlements import Places, spread_m

URBAN_DENSITY_PER_KM2 = 1_500.0
"""
A square is urban from this density on.

References
----------
Eurostat, "Applying the Degree of Urbanisation" (2021): cells of an urban centre have 1,500 people per km2.
"""

WINDOW_SPREADS = 4.0
"""A place is cut off beyond so many standard deviations, where 0.03 % of its people would live."""


@dataclass(frozen=True)
class Ground:
    """What the rural spread depends on."""

    height_m: NDArray[np.float64]  # (square,) height above sea level [m]
    slope: NDArray[np.float64]  # (square,) rise over run [1]


def province_totals(country: Country, territory: Territory, total: int | None) -> NDArray[np.int64]:
    """
    Return the people of each province.

    The totals of all provinces of the country are scaled to `total` by the largest remainder, so that they sum to it
    exactly; a territory of some provinces has those provinces' totals.
    """
    people = np.array([province.population for province in country.provinces], np.int64)
    if total is not None and people.any():
        people = share_out(people.astype(np.float64), total)
    elif total:
        message = (
            f"{total:,}: cannot be reached, as no province has people; give populations above 0"
        )
        raise WorldError(Problem("population.total", message))
    of_code = dict(zip(country.codes, people.tolist(), strict=True))
    return np.array([of_code[code] for code in territory.code], np.int64)


def share_out(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """
    Return a total shared out by weight in whole numbers, by the method of the largest remainder.

    Parameters
    ----------
    weights : (item,) array of float
        Weights, 0 or more, of which one at least is more.
    total : int
        What the shares sum to.

    Returns
    -------
    (item,) array of int
        Shares.
    """
    share = weights * (total / weights.sum())
    count = np.floor(share).astype(np.int64)
    missing = total - int(count.sum())
    order = np.argsort(count - share, kind="stable")
    # Rounding of the shares can leave more to give than there are items, or less than nothing.
    if missing >= 0:
        count += missing // len(count)
        count[order[: missing % len(count)]] += 1
        return count
    positive = order[count[order] > 0]
    count[positive[missing:]] -= 1
    return count


def round_in_order(values: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """
    Return values rounded to whole numbers so that any run of them is off by less than one.

    The running sum is rounded, not each value: where every square holds a fraction of a person, the persons stay
    where they are, which the largest remainder would bring together on the densest squares.
    """
    running = np.cumsum(values)
    edge = np.floor(running * (total / running[-1]) + 0.5).astype(np.int64)
    return np.diff(edge, prepend=0)


def spread_population(
    section: Population,
    grid: Grid,
    ground: Ground,
    places: Places,
    totals: NDArray[np.int64],
    census: NDArray[np.int64],
) -> NDArray[np.int32]:
    """
    Return the people living in each square.

    Each place is a round Gaussian about its centre, cut at its province's border; everybody else lives in the
    country, whose density falls with height and slope.
    """
    rural = np.exp(
        -ground.height_m / section.rural_height_scale_m - ground.slope / section.rural_slope_scale
    )
    growth = totals / np.maximum(census, 1)
    density = np.zeros(grid.n_squares)
    in_places = np.zeros(len(totals))
    for k in range(len(places)):
        province = int(places.province_idx[k])
        people = float(places.population[k] * growth[province])
        squares, share = _gaussian(grid, places, k, spread_m(people, section.city_spread_km))
        density[squares] += people * share
        in_places[province] += people
    population = np.zeros(grid.n_squares, np.int32)
    for province, total in enumerate(totals):
        own = np.flatnonzero(grid.province_idx == province)
        rest = max(0.0, float(total) - in_places[province])
        density[own] += rest * rural[own] / rural[own].sum()
        if total > 0:
            population[own] = round_in_order(density[own], int(total))
    return population


def _gaussian(
    grid: Grid, places: Places, k: int, sd_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the squares around a place, of its province, and the share of its people in each."""
    alone = places.square_idx[k : k + 1], np.ones(1)
    if sd_m <= 0.0:
        return alone
    reach = math.ceil(WINDOW_SPREADS * sd_m / grid.resolution_m)
    centre = int(places.square_idx[k])
    row, col = int(grid.row[centre]), int(grid.col[centre])
    window = grid.square_at[
        max(0, row - reach) : row + reach + 1, max(0, col - reach) : col + reach + 1
    ]
    squares = window[window >= 0]
    squares = squares[grid.province_idx[squares] == places.province_idx[k]]
    x_m = grid.x_min_m + (grid.col[squares] + 0.5) * grid.resolution_m - places.x_m[k]
    y_m = grid.y_max_m - (grid.row[squares] + 0.5) * grid.resolution_m - places.y_m[k]
    weight = np.exp(-(x_m**2 + y_m**2) / (2.0 * sd_m**2))
    if weight.sum() <= 0.0:
        return alone
    return squares, weight / weight.sum()


def find_urban(grid: Grid, population: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which squares belong to a city."""
    return population >= URBAN_DENSITY_PER_KM2 * grid.square_area_km2


KEY = "population.raster_file"

Floats = NDArray[np.float64]


def raster_totals(
    country: Country, territory: Territory, total: int | None, in_province: Floats, key: str = KEY
) -> NDArray[np.int64]:
    """
    Return the people of each province.

    Provinces that have people keep their totals, scaled to `total` as without a raster. Where no province has any, the
    people in them by the raster of a key count, scaled to `total`.
    """
    if any(province.population for province in country.provinces):
        return province_totals(country, territory, total)
    if not in_province.any():
        raise WorldError(
            Problem(key, "nobody lives in the region by the raster, nor by its provinces")
        )
    if total is not None and len(territory.code) < len(country.provinces):
        message = (
            f"{total:,}: cannot be shared out, as no province has people and only some are simulated; leave it out "
            "for the raster's own figures, or simulate all provinces"
        )
        raise WorldError(Problem("population.total", message))
    return share_out(in_province, round(in_province.sum()) if total is None else total)


def spread_as_raster(
    people: Floats, grid: Grid, codes: Sequence[str], totals: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return the people living in each square: as a raster spreads them, each province with its total."""
    population = np.zeros(grid.n_squares, np.int32)
    problems = []
    for province, total in enumerate(totals.tolist()):
        own = np.flatnonzero(grid.province_idx == province)
        if total and not people[own].any():
            message = (
                f"has nobody in province {codes[province]}, which has {total:,} people: must have somebody in every "
                "such province; does the raster cover it?"
            )
            problems.append(Problem(KEY, message))
        elif total:
            population[own] = round_in_order(people[own], total)
    if problems:
        raise WorldError(*problems)
    return population
