"""People as a raster spreads them: within each province, whose total is kept to the person."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.world.country import Country
from sim.world.grid import Grid
from sim.world.population import province_totals, round_in_order, share_out
from sim.world.region import Territory

KEY = "population.raster_file"

Floats = NDArray[np.float64]


def raster_totals(
    country: Country, territory: Territory, total: int | None, in_province: Floats
) -> NDArray[np.int64]:
    """
    Return the people of each province.

    Provinces that have people keep their totals, scaled to `total` as without a raster. Where no province has any, the
    raster's own people count, scaled to `total`.
    """
    if any(province.population for province in country.provinces):
        return province_totals(country, territory, total)
    if not in_province.any():
        raise WorldError(
            Problem(KEY, "nobody lives in the region by the raster, nor by its provinces")
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
