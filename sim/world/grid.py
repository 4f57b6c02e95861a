"""The equal-area grid: which squares the region has, where they are and in which province."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Grid:
    """
    Squares of the region, province by province, then row by row from the north.

    Parameters
    ----------
    crs : str
        Coordinate reference system of the metres, equal-area, as a PROJ string; empty for a plain.
    resolution_m : float
        Side of a square. [m]
    x_min_m, y_max_m : float
        North-west corner of the raster. [m]
    n_rows, n_cols : int
        Size of the raster.
    row, col : (square,) ndarray of int32
        Place in the raster, row 0 in the north.
    province_idx : (square,) ndarray of uint8
        Province of the square.
    height_m : (square,) ndarray of float32
        Mean terrain height above sea level. [m]
    square_at : (row, col) ndarray of int32
        Square at a place of the raster, -1 where the region has none.
    """

    crs: str
    resolution_m: float
    x_min_m: float
    y_max_m: float
    n_rows: int
    n_cols: int
    row: NDArray[np.int32]
    col: NDArray[np.int32]
    province_idx: NDArray[np.uint8]
    height_m: NDArray[np.float32]
    square_at: NDArray[np.int32]

    @property
    def n_squares(self) -> int:
        """Number of squares."""
        return len(self.row)

    @property
    def square_area_km2(self) -> float:
        """Area of a square. [km2]"""
        return (self.resolution_m / 1000.0) ** 2

    @property
    def x_m(self) -> NDArray[np.float64]:
        """Centres of the squares, east. [m]."""
        return self.x_min_m + (self.col + 0.5) * self.resolution_m

    @property
    def y_m(self) -> NDArray[np.float64]:
        """Centres of the squares, north. [m]."""
        return self.y_max_m - (self.row + 0.5) * self.resolution_m

    def square_of(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.int32]:
        """
        Return the square in which each point lies.

        Parameters
        ----------
        x_m, y_m : (point,) ndarray of float64
            Points. [m]

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
