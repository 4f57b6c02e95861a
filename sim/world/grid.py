"""The equal-area grid: which squares the region has, in which province they are, and where a user's point lies."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.errors import Problem, WorldError
from sim.scenario.fixed_section import Exchange
from sim.scenario.networks_section import Site
from sim.world.country import Territory
from sim.world.projection import project, unproject

MAX_RASTER = 100_000_000
"""Most places of the raster: beyond it the arrays of a run no longer fit a common machine (house limit)."""


@dataclass(frozen=True)
class Grid:
    """Squares of the region, province by province, then row by row from the north."""

    # coordinate reference system of the metres, equal-area, as a PROJ string; empty for a plain
    crs: str
    resolution_m: float  # side of a square [m]
    x_min_m: float  # and y_max_m: north-west corner of the raster [m]
    y_max_m: float
    n_rows: int  # and n_cols: size of the raster
    n_cols: int
    row: NDArray[np.int32]  # and col: (square,) place in the raster, row 0 in the north
    col: NDArray[np.int32]
    province_idx: NDArray[np.uint8]  # (square,) province of the square
    height_m: NDArray[np.float32]  # (square,) mean terrain height above sea level [m]
    # (row, col) square at a place of the raster, -1 where the region has none
    square_at: NDArray[np.int32]

    @property
    def n_squares(self) -> int:
        """Return the number of squares."""
        return len(self.row)

    @property
    def square_area_km2(self) -> float:
        """Return the area of a square."""
        return (self.resolution_m / 1000.0) ** 2

    @property
    def x_m(self) -> NDArray[np.float64]:
        """Return how far east the centres of the squares are."""
        return self.x_min_m + (self.col.astype(np.float64) + 0.5) * self.resolution_m

    @property
    def y_m(self) -> NDArray[np.float64]:
        """Return how far north the centres of the squares are."""
        return self.y_max_m - (self.row.astype(np.float64) + 0.5) * self.resolution_m

    def square_of(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.int32]:
        """
        Return the square in which each point lies.

        Parameters
        ----------
        x_m, y_m : (point,) ndarray of float64
            Points, in the metres of the grid. [m]

        Returns
        -------
        (point,) ndarray of int32
            Square, -1 outside the region.
        """
        col = np.floor((x_m - self.x_min_m) / self.resolution_m).astype(np.int64)
        row = np.floor((self.y_max_m - y_m) / self.resolution_m).astype(np.int64)
        inside = (col >= 0) & (col < self.n_cols) & (row >= 0) & (row < self.n_rows)
        square = np.full(len(col), -1, np.int32)
        square[inside] = self.square_at[row[inside], col[inside]]
        return square


def make_grid(territory: Territory, resolution_m: float) -> Grid:
    """
    Return the squares whose centre lies in a province, all at height 0.

    Parameters
    ----------
    territory : Territory
        Provinces.
    resolution_m : float
        Side of a square. [m]

    Returns
    -------
    Grid
        Squares; corners of the raster are multiples of the side.

    Raises
    ------
    WorldError
        If the raster is too large or a province gets no square.
    """
    west, south, east, north = territory.bounds_m
    first_col, last_col = np.floor(west / resolution_m), np.ceil(east / resolution_m)
    first_row, last_row = np.floor(south / resolution_m), np.ceil(north / resolution_m)
    n_rows, n_cols = int(last_row - first_row), int(last_col - first_col)
    if n_rows * n_cols > MAX_RASTER:
        finest_m = resolution_m * np.sqrt(n_rows * n_cols / MAX_RASTER)
        raise _too_fine(resolution_m, n_rows, n_cols, float(finest_m))
    x_min_m, y_max_m = float(first_col * resolution_m), float(last_row * resolution_m)
    square_at = np.full((n_rows, n_cols), -1, np.int32)
    rows: list[NDArray[np.int64]] = []
    cols: list[NDArray[np.int64]] = []
    n_squares: list[int] = []
    for outline in territory.outline:
        free = _centres_inside(outline, x_min_m, y_max_m, resolution_m, square_at.shape)
        free &= square_at < 0
        row, col = np.nonzero(free)
        square_at[row, col] = np.arange(len(row)) + sum(n_squares)
        rows.append(row)
        cols.append(col)
        n_squares.append(len(row))
    _require_squares(territory, n_squares, resolution_m)
    return Grid(
        crs=territory.crs,
        resolution_m=resolution_m,
        x_min_m=x_min_m,
        y_max_m=y_max_m,
        n_rows=n_rows,
        n_cols=n_cols,
        row=np.concatenate(rows).astype(np.int32),
        col=np.concatenate(cols).astype(np.int32),
        province_idx=np.repeat(np.arange(len(n_squares), dtype=np.uint8), n_squares),
        height_m=np.zeros(sum(n_squares), np.float32),
        square_at=square_at,
    )


def subdivide(grid: Grid, n_parts: int) -> Grid:
    """Return a grid whose squares are cut into parts, row by row over the whole raster, each at its square's height."""
    if n_parts == 1:
        return grid
    square_at = np.repeat(np.repeat(grid.square_at, n_parts, axis=0), n_parts, axis=1)
    row, col = np.nonzero(square_at >= 0)
    square = square_at[row, col]
    square_at[row, col] = np.arange(len(row))
    return Grid(
        crs=grid.crs,
        resolution_m=grid.resolution_m / n_parts,
        x_min_m=grid.x_min_m,
        y_max_m=grid.y_max_m,
        n_rows=grid.n_rows * n_parts,
        n_cols=grid.n_cols * n_parts,
        row=row.astype(np.int32),
        col=col.astype(np.int32),
        province_idx=grid.province_idx[square],
        height_m=grid.height_m[square],
        square_at=square_at,
    )


def _centres_inside(
    outline: BaseGeometry,
    x_min_m: float,
    y_max_m: float,
    resolution_m: float,
    shape: tuple[int, ...],
) -> NDArray[np.bool_]:
    """
    Return which centres of the raster lie inside an outline, by the even-odd rule along rows.

    Each edge is taken from its southern end, so that a border shared by two provinces gives each centre to one.
    """
    rings = shapely.get_rings(shapely.get_parts(outline))
    points, ring_idx = shapely.get_coordinates(rings, return_index=True)
    is_edge = ring_idx[1:] == ring_idx[:-1]
    start, end = points[:-1][is_edge], points[1:][is_edge]
    upward = (start[:, 1] < end[:, 1])[:, np.newaxis]
    low, high = np.where(upward, start, end), np.where(upward, end, start)
    # Rows whose centre y fulfils low <= y < high.
    first = np.floor((y_max_m - high[:, 1]) / resolution_m - 0.5).astype(np.int64) + 1
    last = np.floor((y_max_m - low[:, 1]) / resolution_m - 0.5).astype(np.int64)
    n_crossed = np.maximum(last - first + 1, 0)
    edge = np.repeat(np.arange(len(low)), n_crossed)
    row = (
        np.arange(len(edge)) - np.repeat(np.cumsum(n_crossed) - n_crossed, n_crossed) + first[edge]
    )
    y_m = y_max_m - (row + 0.5) * resolution_m
    rise = (y_m - low[edge, 1]) / (high[edge, 1] - low[edge, 1])
    x_m = low[edge, 0] + rise * (high[edge, 0] - low[edge, 0])
    col = np.ceil((x_m - x_min_m) / resolution_m - 0.5).astype(np.int64)
    n_rows, n_cols = shape
    crossing = np.zeros((n_rows, n_cols + 1), np.bool_)
    np.logical_xor.at(crossing, (row, np.clip(col, 0, n_cols)), True)
    return np.logical_xor.accumulate(crossing, axis=1)[:, :n_cols]


def _too_fine(resolution_m: float, n_rows: int, n_cols: int, finest_m: float) -> WorldError:
    return WorldError(
        Problem(
            "grid.resolution_m",
            f"{resolution_m:g} gives a raster of {n_rows} x {n_cols}; at most {MAX_RASTER:,} squares fit; "
            f"use {np.ceil(finest_m):.0f} m or more, or fewer provinces",
        )
    )


def _require_squares(territory: Territory, n_squares: list[int], resolution_m: float) -> None:
    """Raise the error of provinces that no square's centre hits."""
    problems = [
        Problem(
            "grid.resolution_m",
            f"{resolution_m:g} leaves province {code} without a square; use a smaller one",
        )
        for code, n in zip(territory.code, n_squares, strict=True)
        if n == 0
    ]
    if problems:
        raise WorldError(*problems)


NEAR_SQUARES = 1
"""A site so many squares outside the region stands in the nearest square: a coast's squares are not its shore."""

Place = tuple[float, float, int]
"""East and north in the grid's metres, and the square."""


def place_on_grid(where: str, listed: Site | Exchange, grid: Grid) -> Place | Problem:
    """Return where a site or an exchange stands on the grid."""
    x_km, y_km = listed.x_km, listed.y_km
    longitude_deg, latitude_deg = listed.longitude_deg, listed.latitude_deg
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
    square_idx = _nearest_square(grid, x_m, y_m)
    if square_idx < 0:
        message = f"{_place(listed)}: outside the region; {_extent(grid)}"
        if on_globe and _is_inside(grid, latitude_deg, longitude_deg):
            message += "; longitude and latitude look swapped"
        return Problem(where, message)
    return x_m, y_m, square_idx


def _is_inside(grid: Grid, longitude_deg: float | None, latitude_deg: float | None) -> bool:
    """Return whether a place lies in the region."""
    if longitude_deg is None or latitude_deg is None or abs(latitude_deg) > 90.0:
        return False
    x_m, y_m = project(grid.crs, np.array([longitude_deg]), np.array([latitude_deg]))
    return _nearest_square(grid, float(x_m[0]), float(y_m[0])) >= 0


def _nearest_square(grid: Grid, x_m: float, y_m: float) -> int:
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
