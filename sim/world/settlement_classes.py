"""
The map of settlements: classes of the Degree of Urbanisation on a lattice that nests in the squares of the grid.

A class says how people live at a place, from very few to the middle of a city, on squares of 1 km. The lattice takes
the nearest square's class every 125 m or so; its points divide each square of the grid evenly, so that squares of
1,000, 500, 250 and 125 m see the same map. Towns are connected points of the three densest classes.

References
----------
European Commission and others, Applying the Degree of Urbanisation, Eurostat (2021): level 2.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.world.country import ClassRaster
from sim.world.grid import Grid

WATER, VERY_LOW, LOW_DENSITY, RURAL_CLUSTER = 10, 11, 12, 13
SUBURBAN, SEMI_DENSE, DENSE, URBAN_CENTRE = 21, 22, 23, 30
CLASSES = {
    WATER: "water",
    VERY_LOW: "very low density rural",
    LOW_DENSITY: "low density rural",
    RURAL_CLUSTER: "rural cluster",
    SUBURBAN: "suburban",
    SEMI_DENSE: "semi-dense urban cluster",
    DENSE: "dense urban cluster",
    URBAN_CENTRE: "urban centre",
}
"""Classes of GHS-SMOD, level 2 of the Degree of Urbanisation."""

TOWN_CLASSES = (SEMI_DENSE, DENSE, URBAN_CENTRE)
"""Classes of towns: what belongs to them is urban."""

UNKNOWN = 0
"""Class of a point that no map tells."""

POINT_M = 125.0
"""Distance of the points of the lattice, about (house choice: an eighth of the classes' own squares). [m]"""

MAX_POINTS = 40_000_000
"""Most points of the lattice (house limit): those of a larger region are farther apart."""

BAND_POINTS = 4_000_000
"""Points of the lattice that are looked at in one go."""


@dataclass(frozen=True)
class ClassLattice:
    """Classes at points that divide each square of a grid evenly."""

    per_side: int  # points along the side of a square
    point_m: float  # distance of two points [m]
    code: NDArray[np.uint8]  # (row, col) class, `UNKNOWN` where no map tells it

    @property
    def point_km2(self) -> float:
        """Return the area for which a point stands."""
        return (self.point_m / 1000.0) ** 2


def points_grid(grid: Grid) -> Grid:
    """Return the lattice of a grid, as a grid of points without a region."""
    most = math.isqrt(max(1, MAX_POINTS // (grid.n_rows * grid.n_cols)))
    per_side = max(1, min(round(grid.resolution_m / POINT_M), most))
    none = np.zeros(0, np.int32)
    return replace(
        grid,
        resolution_m=grid.resolution_m / per_side,
        n_rows=grid.n_rows * per_side,
        n_cols=grid.n_cols * per_side,
        row=none,
        col=none,
        province_idx=np.zeros(0, np.uint8),
        height_m=np.zeros(0, np.float32),
        square_at=np.zeros((0, 0), np.int32),
    )


def make_lattice(grid: Grid, code: NDArray[np.uint8]) -> ClassLattice:
    """Return the lattice of a grid with its classes."""
    per_side = code.shape[0] // grid.n_rows
    return ClassLattice(per_side, grid.resolution_m / per_side, code)


def lay_classes(raster: ClassRaster, grid: Grid) -> ClassLattice:
    """Return the classes of a raster at the points of a grid's lattice: those of the nearest pixels."""
    # GDAL takes a tenth of a second to import: only where classes are laid.
    from affine import Affine
    from rasterio.crs import CRS
    from rasterio.enums import Resampling
    from rasterio.warp import reproject

    points = points_grid(grid)
    code = np.full((points.n_rows, points.n_cols), UNKNOWN, np.uint8)
    side_m, side_deg = points.resolution_m, raster.step_deg
    reproject(
        raster.code, code,
        src_transform=Affine(side_deg, 0.0, raster.west_deg, 0.0, -side_deg, raster.north_deg),
        src_crs=CRS.from_epsg(4326),
        dst_transform=Affine(side_m, 0.0, points.x_min_m, 0.0, -side_m, points.y_max_m),
        dst_crs=CRS.from_string(grid.crs), resampling=Resampling.nearest,
    )  # fmt: skip
    return make_lattice(grid, code)


def count_points(lattice: ClassLattice, grid: Grid, of_class: int) -> NDArray[np.float32]:
    """Return how many points of a class each square has."""
    n = lattice.per_side
    counts = np.empty(grid.n_squares, np.float32)
    for first, last, own in _bands(lattice, grid):
        is_class = lattice.code[first * n : last * n] == of_class
        # Rows of points first, along which memory lies, then those beside each other.
        by_row = is_class.reshape(last - first, n, -1).sum(axis=1, dtype=np.uint16)
        count = by_row.reshape(last - first, grid.n_cols, n).sum(axis=2, dtype=np.float32)
        counts[own] = count[grid.row[own] - first, grid.col[own]]
    return counts


def _bands(lattice: ClassLattice, grid: Grid) -> Iterator[tuple[int, int, NDArray[np.int32]]]:
    """Yield first and last row of bands of squares, and the squares in them."""
    side = max(1, BAND_POINTS // (lattice.per_side**2 * grid.n_cols))
    for first in range(0, grid.n_rows, side):
        last = min(grid.n_rows, first + side)
        own = grid.square_at[first:last]
        yield first, last, own[own >= 0]


@dataclass(frozen=True)
class TownPoints:
    """Points of the lattice that belong to towns."""

    row: NDArray[np.int32]  # and col: (point,) place in the lattice
    col: NDArray[np.int32]
    code: NDArray[np.uint8]  # (point,) class
    square_idx: NDArray[np.int32]  # (point,) square
    town_idx: NDArray[np.int32]  # (point,) town
    x_m: NDArray[np.float64]  # and y_m: (point,) place in the grid's metres [m]
    y_m: NDArray[np.float64]
    n_towns: int  # towns

    def __len__(self) -> int:
        return len(self.row)


def find_towns(lattice: ClassLattice, grid: Grid, outlines: Sequence[BaseGeometry]) -> TownPoints:
    """
    Return the towns of a region: points of town classes within its provinces, joined where they touch, at corners too.

    The outlines decide, not the squares, so that towns are the same ones on any grid; a point on a shore or a border
    whose square is not of its province belongs to the nearest square that is.
    """
    row, col = np.nonzero(lattice.code >= SEMI_DENSE)
    x_m = grid.x_min_m + (col.astype(np.float64) + 0.5) * lattice.point_m
    y_m = grid.y_max_m - (row.astype(np.float64) + 0.5) * lattice.point_m
    square_idx = _squares_of(grid, outlines, x_m, y_m)
    own = np.flatnonzero(square_idx >= 0)
    at = row[own].astype(np.int32), col[own].astype(np.int32)
    town_idx, n_towns = _join(*at, lattice.code.shape[1])
    code = lattice.code[at]
    return TownPoints(*at, code, square_idx[own], town_idx, x_m[own], y_m[own], n_towns)


_AROUND = 2
"""A point that no square of its province holds belongs to one at most so many squares away."""


def _squares_of(
    grid: Grid, outlines: Sequence[BaseGeometry], x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return the square of each point's province that holds it or is nearest, -1 outside all provinces."""
    square = grid.square_of(x_m, y_m)
    steps = np.arange(-_AROUND, _AROUND + 1) * grid.resolution_m
    shifts = sorted(((x, y) for x in steps for y in steps), key=lambda s: s[0] ** 2 + s[1] ** 2)
    # In the midst of a province the outline need not be asked.
    is_inner = square >= 0
    for east_m, north_m in shifts[1:9]:
        beside = grid.square_of(x_m + east_m, y_m + north_m)
        is_inner &= (beside >= 0) & (grid.province_idx[beside] == grid.province_idx[square])
    edge = np.flatnonzero(~is_inner)
    province = np.full(len(edge), -1)
    for k, outline in enumerate(outlines):
        shapely.prepare(outline)
        inside = (province < 0) & shapely.contains_xy(outline, x_m[edge], y_m[edge])
        province[inside] = k
    nearest = np.full(len(edge), -1, np.int32)
    least_m2 = np.full(len(edge), np.inf)
    for east_m, north_m in shifts:
        beside = grid.square_of(x_m[edge] + east_m, y_m[edge] + north_m)
        away_m2 = (grid.x_m[beside] - x_m[edge]) ** 2 + (grid.y_m[beside] - y_m[edge]) ** 2
        fits = (beside >= 0) & (grid.province_idx[beside] == province) & (away_m2 < least_m2)
        nearest[fits], least_m2[fits] = beside[fits], away_m2[fits]
    square[edge] = nearest
    return square


def _join(
    row: NDArray[np.int32], col: NDArray[np.int32], n_cols: int
) -> tuple[NDArray[np.int32], int]:
    """Return the connected piece to which each point belongs, points in the order of rows, and how many there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(row):
        return np.zeros(0, np.int32), 0
    # A column more than there are, so that the end of a row does not touch the begin of the next.
    width = n_cols + 1
    place = row.astype(np.int64) * width + col
    starts, ends = [], []
    for step in (1, width - 1, width, width + 1):
        at = np.minimum(np.searchsorted(place, place + step), len(place) - 1)
        touches = np.flatnonzero(place[at] == place + step)
        starts.append(touches)
        ends.append(at[touches])
    start, end = np.concatenate(starts), np.concatenate(ends)
    joined = coo_array((np.ones(len(start), np.bool_), (start, end)), shape=(len(place),) * 2)
    n_pieces, piece = connected_components(joined, directed=False)
    return piece.astype(np.int32), int(n_pieces)
