"""Cities and towns: from a user's table, or of the embedded country; where they are on the grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from sim.errors import Problem
from sim.scenario.region_section import SettlementRow
from sim.units import EARTH_RADIUS_M
from sim.world.country import Country, Province, Settlement, Territory
from sim.world.grid import Grid
from sim.world.input_files import raise_first, read_rows
from sim.world.projection import project

MAX_SETTLEMENTS = 20_000
"""Most rows of a table (house limit): what is smaller than a county seat is countryside here."""

SHORE_M = 2_000.0
"""A settlement this near to a province belongs to it: a simplified coast leaves harbours outside (assumption). [m]"""

COLUMNS = tuple(SettlementRow.model_fields)


def read_settlements_file(path: Path) -> list[tuple[str, SettlementRow]]:
    """Return the settlements of a table, each with the place of its row."""
    return read_rows(path, SettlementRow, "settlement", MAX_SETTLEMENTS, COLUMNS)


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
    raise_first(problems, label)
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


@dataclass(frozen=True)
class Places:
    """Cities and towns, the largest first."""

    name: tuple[str, ...]  # name of each place
    province_idx: NDArray[np.uint8]  # (place,) province
    x_m: NDArray[np.float64]  # and y_m: (place,) centre in the grid's metres [m]
    y_m: NDArray[np.float64]
    # (place,) square of the centre: the nearest one of its province when the coast's outline leaves it out
    square_idx: NDArray[np.int32]
    population: NDArray[np.float64]  # (place,) people, in the year of the provinces' populations
    # whether each has a name of its own, not one made of its province's; empty where all have
    named: tuple[bool, ...] = ()

    @property
    def is_named(self) -> tuple[bool, ...]:
        """Return whether each place has a name of its own."""
        return self.named or (True,) * len(self)

    def __len__(self) -> int:
        return len(self.name)


NO_PLACES = Places(
    (),
    np.zeros(0, np.uint8),
    np.zeros(0, np.float64),
    np.zeros(0, np.float64),
    np.zeros(0, np.int32),
    np.zeros(0, np.float64),
)
"""Of a territory without settlements, such as a plain."""


def spread_m(population: float, city_spread_km: float) -> float:
    """Return the standard deviation of a place's people about its centre."""
    return float(city_spread_km * 1000.0 * np.sqrt(population / 100_000.0))


def place_settlements(country: Country, territory: Territory, grid: Grid) -> Places:
    """Return the cities and towns of a territory."""
    chosen = [place for place in country.settlements if place.code in territory.code]
    if not chosen:
        return NO_PLACES
    longitude_deg = np.array([place.longitude_deg for place in chosen])
    latitude_deg = np.array([place.latitude_deg for place in chosen])
    x_m, y_m = project(territory.crs, longitude_deg, latitude_deg)
    province_idx = np.array([territory.code.index(place.code) for place in chosen], np.uint8)
    return Places(
        tuple(place.name for place in chosen),
        province_idx,
        x_m,
        y_m,
        _nearest_square(grid, x_m, y_m, province_idx),
        np.array([place.population for place in chosen], np.float64),
    )


def _nearest_square(
    grid: Grid,
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    province_idx: NDArray[np.uint8],
) -> NDArray[np.int32]:
    """Return the square of each point, or the nearest one of its province."""
    square = grid.square_of(x_m, y_m)
    squares_x_m, squares_y_m = grid.x_m, grid.y_m
    for i in range(len(square)):
        if square[i] >= 0 and grid.province_idx[square[i]] == province_idx[i]:
            continue
        own = np.flatnonzero(grid.province_idx == province_idx[i])
        away = (squares_x_m[own] - x_m[i]) ** 2 + (squares_y_m[own] - y_m[i]) ** 2
        square[i] = own[np.argmin(away)]
    return square
