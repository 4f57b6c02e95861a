"""Sites from a CSV beside the scenario, with the columns of the section `sites`."""

from pathlib import Path

from sim.errors import Problem
from sim.scenario.territory import Site
from sim.world.csv_table import read_rows

COLUMNS = tuple(Site.model_fields)
"""Columns that the table may have; `name` and a pair of coordinates must be there."""

MAX_SITES = 100_000
"""Most rows of a table (house limit, as that of n_sites)."""


def read_sites(path: Path) -> list[tuple[str, Site]]:
    """Return the sites of a table, each with the place of its row."""
    return read_rows(path, Site, "site", MAX_SITES, _header_problems)


def _header_problems(where: str, header: list[str]) -> list[Problem]:
    """Return what the header lacks."""
    problems = []
    if "name" not in header:
        problems.append(Problem(where, "column 'name': missing; every site needs a name"))
    pairs = ({"x_km", "y_km"}, {"longitude_deg", "latitude_deg"})
    if not any(pair <= set(header) for pair in pairs):
        message = "coordinates are missing: needs x_km and y_km, or longitude_deg and latitude_deg"
        problems.append(Problem(where, message))
    return problems
