"""The squares of a map, so few that a page holds them: each shows one of several."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.report.folder import RunFacts, Territory, read_columns

MOST_SQUARES = 350_000
"""Most squares of a map, of its whole box (house choice: about a megabyte of a page)."""

OUTSIDE, UNSERVED = 4_294_967_295, 4_294_967_294
"""In place of the number of a cell: no square of the region, and one that no cell serves."""

NO_POWER = 255
"""In place of a received power, which is kept as what is below 0 dBm. [dB]"""

_MOST_PEOPLE = 65_535


@dataclass(frozen=True)
class Squares:
    """Squares of a map, rows from the north."""

    n_rows: int
    n_cols: int
    side_m: float  # side of a square [m]
    own_side_m: float  # that of the squares that were simulated [m]
    west_m: float  # and north_m: the corner of the first [m]
    north_m: float
    arrays: dict[str, NDArray[Any]]  # (row x column,) what the squares show, by name

    @property
    def is_thinned(self) -> bool:
        """Return whether each square stands for several."""
        return self.side_m > self.own_side_m

    def facts(self) -> dict[str, float]:
        """Return where the squares lie."""
        return {
            "rows": self.n_rows,
            "cols": self.n_cols,
            "side_m": self.side_m,
            "own_side_m": self.own_side_m,
            "west_m": self.west_m,
            "north_m": self.north_m,
        }


def read_squares(folder: Path, run: RunFacts, territory: Territory) -> Squares:
    """
    Read who serves each square, with what power, and how many people are not served.

    Where there are too many, several make one: it shows the square of them in which most people live, and the sum of
    those not served.
    """
    own_m = territory.resolution_m
    west, east, south, north = territory.extent_m
    n_cols, n_rows = round((east - west) / own_m), round((north - south) / own_m)
    every = max(1, math.ceil(math.sqrt(n_rows * n_cols / MOST_SQUARES)))
    shape = -(-n_rows // every), -(-n_cols // every)
    row = np.rint((north - territory.y_m) / own_m - 0.5).astype(np.int64) // every
    col = np.rint((territory.x_m - west) / own_m - 0.5).astype(np.int64) // every
    block = row * shape[1] + col
    shows = _most_people(block, territory.population)
    arrays: dict[str, NDArray[Any]] = {
        "province": _laid(shape, block[shows], territory.province_idx[shows], np.uint8(255))
    }
    for number, name in enumerate(run.networks):
        names = [f"cell_idx_{name}", f"rscp_dbm_{name}", f"p_covered_{name}"]
        columns = read_columns(folder / "coverage.parquet", names)
        cell_idx, rscp_dbm, p_covered = (columns[one] for one in names)
        served = np.where(cell_idx < 0, UNSERVED, cell_idx)
        power = np.where(np.isfinite(rscp_dbm), np.clip(np.rint(-rscp_dbm), 0, NO_POWER - 1), NO_POWER)  # fmt: skip
        left_out = np.bincount(
            block, territory.population * (1.0 - p_covered), minlength=shape[0] * shape[1]
        )
        arrays[f"cell{number}"] = _laid(shape, block[shows], served[shows], np.uint32(OUTSIDE))
        arrays[f"power{number}"] = _laid(shape, block[shows], power[shows], np.uint8(NO_POWER))
        arrays[f"people{number}"] = np.minimum(np.rint(left_out), _MOST_PEOPLE).astype(np.uint16)
    return Squares(*shape, own_m * every, own_m, west, north, arrays)


def _most_people(block: NDArray[np.int64], population: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return of each block the square in which most people live, of equal ones the first."""
    order = np.lexsort((np.arange(len(block)), -population, block))
    _, first = np.unique(block[order], return_index=True)
    return order[first]


def _laid(
    shape: tuple[int, int], block: NDArray[np.int64], values: NDArray[Any], outside: np.integer
) -> NDArray[Any]:
    """Return values in their places among all of the box."""
    laid = np.full(shape[0] * shape[1], outside, outside.dtype)
    laid[block] = values.astype(outside.dtype)
    return laid
