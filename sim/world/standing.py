"""Where a site or an exchange that the user gave stands on the grid."""

import numpy as np

from sim.errors import Problem
from sim.scenario.fixed_section import Exchange
from sim.scenario.territory import Site
from sim.world.grid import Grid
from sim.world.projection import project, unproject

NEAR_SQUARES = 1
"""A site so many squares outside the region stands in the nearest square: a coast's squares are not its shore."""

Place = tuple[float, float, int]
"""East and north in the grid's metres, and the square."""


def stand_at(where: str, given_place: Site | Exchange, grid: Grid) -> Place | Problem:
    """Return where a site or an exchange stands on the grid."""
    x_km, y_km = given_place.x_km, given_place.y_km
    longitude_deg, latitude_deg = given_place.longitude_deg, given_place.latitude_deg
    on_plane = x_km is not None and y_km is not None
    on_globe = longitude_deg is not None and latitude_deg is not None
    if on_globe and not grid.crs:
        return Problem(where, "a plain has no longitude and latitude; give x_km and y_km")
    if on_plane == on_globe:
        message = "place must be given once: x_km and y_km, or longitude_deg and latitude_deg"
        return Problem(where, message)
    if x_km is not None and y_km is not None:
        south_m = grid.y_max_m - grid.n_rows * grid.resolution_m
        x_m, y_m = grid.x_min_m + x_km * 1000.0, south_m + y_km * 1000.0
    else:
        x, y = project(grid.crs, np.array([longitude_deg]), np.array([latitude_deg]))
        x_m, y_m = float(x[0]), float(y[0])
    square_idx = nearest_square(grid, x_m, y_m)
    if square_idx < 0:
        message = f"{_place(given_place)}: outside the region; {_extent(grid)}"
        if on_globe and _is_inside(grid, latitude_deg, longitude_deg):
            message += "; longitude and latitude look swapped"
        return Problem(where, message)
    return x_m, y_m, square_idx


def _is_inside(grid: Grid, longitude_deg: float | None, latitude_deg: float | None) -> bool:
    """Return whether a place lies in the region."""
    if longitude_deg is None or latitude_deg is None or abs(latitude_deg) > 90.0:
        return False
    x_m, y_m = project(grid.crs, np.array([longitude_deg]), np.array([latitude_deg]))
    return nearest_square(grid, float(x_m[0]), float(y_m[0])) >= 0


def nearest_square(grid: Grid, x_m: float, y_m: float) -> int:
    """
    Return the square of a point, or the nearest one when the point is at most a square outside the region.

    Square, -1 far outside the region.
    """
    if not (np.isfinite(x_m) and np.isfinite(y_m)):
        return -1
    steps_m = np.arange(-NEAR_SQUARES, NEAR_SQUARES + 1) * grid.resolution_m
    around = grid.square_of(*(a.ravel() for a in np.meshgrid(x_m + steps_m, y_m + steps_m)))
    middle = int(around[len(around) // 2])
    if middle >= 0:
        return middle
    around = np.unique(around[around >= 0])
    if not len(around):
        return -1
    away = (grid.x_m[around] - x_m) ** 2 + (grid.y_m[around] - y_m) ** 2
    return int(around[np.argmin(away)])


def _place(site: Site | Exchange) -> str:
    if site.x_km is not None:
        return f"x_km = {site.x_km:g}, y_km = {site.y_km:g}"
    return f"longitude_deg = {site.longitude_deg:g}, latitude_deg = {site.latitude_deg:g}"


def _extent(grid: Grid) -> str:
    """Return where the region lies, in the user's terms."""
    x_m, y_m = grid.x_m, grid.y_m
    if not grid.crs:
        side_m = grid.resolution_m / 2.0
        east_km, north_km = (x_m.max() + side_m) / 1000.0, (y_m.max() + side_m) / 1000.0
        return f"the plain reaches from 0 to x_km = {east_km:g}, y_km = {north_km:g}"
    longitude_deg, latitude_deg = unproject(grid.crs, x_m, y_m)
    return (
        f"its provinces reach from longitude {longitude_deg.min():.2f} to {longitude_deg.max():.2f}, "
        f"latitude {latitude_deg.min():.2f} to {latitude_deg.max():.2f}"
    )
