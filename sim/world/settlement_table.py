"""Cities and county seats from a CSV beside the scenario, each brought into its province."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from sim.errors import Problem, WorldError
from sim.scenario.territory import SettlementRow
from sim.units import EARTH_RADIUS_M
from sim.world.country import Province, Settlement
from sim.world.csv_table import MAX_PROBLEMS, read_rows

MAX_SETTLEMENTS = 20_000
"""Most rows of a table (house limit): what is smaller than a county seat is countryside here."""

SHORE_M = 2_000.0
"""A settlement this near to a province belongs to it: a simplified coast leaves harbours outside (assumption). [m]"""

COLUMNS = tuple(SettlementRow.model_fields)


def read_settlements_file(path: Path) -> list[tuple[str, SettlementRow]]:
    """Return the settlements of a table, each with the place of its row."""
    return read_rows(path, SettlementRow, "settlement", MAX_SETTLEMENTS, _header_problems)


def _header_problems(where: str, header: list[str]) -> list[Problem]:
    return [
        Problem(where, f"column {name!r}: missing; must have {', '.join(COLUMNS)}")
        for name in COLUMNS
        if name not in header
    ]


def assign_provinces(
    rows: Sequence[tuple[str, SettlementRow]], provinces: Sequence[Province], label: str
) -> tuple[Settlement, ...]:
    """Return settlements with the provinces in which they lie."""
    outlines = np.array([province.outline for province in provinces], dtype=object)
    shapely.prepare(outlines)
    problems: list[Problem] = []
    settlements: list[Settlement] = []
    for where, row in rows:
        k = _province_of(outlines, row.longitude_deg, row.latitude_deg)
        if k < 0:
            problems.append(Problem(where, _outside(outlines, row)))
            continue
        place = row.longitude_deg, row.latitude_deg
        settlements.append(Settlement(row.name, provinces[k].code, row.population, *place))
    for province in provinces:
        own = sum(one.population for one in settlements if one.code == province.code)
        if own > province.population:
            message = (
                f"settlements of {province.code} have {own:,} people, the province {province.population:,}: must not "
                "have more; take both from the same year"
            )
            problems.append(Problem(label, message))
    if len(problems) > MAX_PROBLEMS:
        more = Problem(label, f"and {len(problems) - MAX_PROBLEMS} more problems like these")
        problems = [*problems[:MAX_PROBLEMS], more]
    if problems:
        raise WorldError(*problems)
    return tuple(sorted(settlements, key=lambda one: (-one.population, one.name)))


def _province_of(outlines: np.ndarray, longitude_deg: float, latitude_deg: float) -> int:
    """Return the province of a place, or the one whose shore is near; -1 for none."""
    inside = np.flatnonzero(shapely.intersects_xy(outlines, longitude_deg, latitude_deg))
    if len(inside):
        return int(inside[0])
    # On a plane that touches the sphere there, near enough for the width of a shore.
    m_per_deg = math.radians(1.0) * EARTH_RADIUS_M
    squeeze = math.cos(math.radians(latitude_deg))
    reach_deg = SHORE_M / m_per_deg
    box = shapely.box(
        longitude_deg - reach_deg / max(squeeze, 0.01),
        latitude_deg - reach_deg,
        longitude_deg + reach_deg / max(squeeze, 0.01),
        latitude_deg + reach_deg,
    )
    near = np.flatnonzero(shapely.intersects(outlines, box))
    if not len(near):
        return -1
    scale = np.array([squeeze * m_per_deg, m_per_deg])
    origin = np.array([longitude_deg, latitude_deg])
    local = shapely.transform(outlines[near], lambda points: (points - origin) * scale)
    away_m = shapely.distance(local, shapely.Point(0.0, 0.0))
    best = int(np.argmin(away_m))
    return int(near[best]) if away_m[best] <= SHORE_M else -1


def _outside(outlines: np.ndarray, row: SettlementRow) -> str:
    """Return that a settlement lies in no province, and what may be the matter."""
    west, south, east, north = shapely.total_bounds(outlines)
    hint = (
        f"they reach from longitude {west:.4g} to {east:.4g}, latitude {south:.4g} to {north:.4g}"
    )
    if shapely.intersects_xy(outlines, row.latitude_deg, row.longitude_deg).any():
        hint = "longitude and latitude look swapped"
    return f"{row.name}: latitude {row.latitude_deg:g}, longitude {row.longitude_deg:g} lies in no province; {hint}"
