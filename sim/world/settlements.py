"""Cities and towns of the region: where they are and how many people the spread gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.country import Country
from sim.world.grid import Grid
from sim.world.projection import project
from sim.world.region import Territory


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
