"""Compiled kernels of coverage: squares in reach of a site, and the strongest cells of a square."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.radio.antenna import GREATEST_LOSS_DB, pattern_loss_db

NO_RSCP_CDBM = -32768
"""Received power where there is no cell. [0.01 dBm]"""

NO_DIRECTION_DEG = 1e9
"""Bearing of a square whose centre is the site itself."""


@compiled(
    tuple[float, float, float, float],
    "int32[:, ::1]",
    tuple[float, float, float],
    "int32[::1]",
    "float64[::1]",
    "float64[::1]",
)
def find_squares(
    raster: tuple[float, float, float, float],
    square_at: NDArray[np.int32],
    site: tuple[float, float, float],
    squares: NDArray[np.int32],
    distances_m: NDArray[np.float64],
    bearings_deg: NDArray[np.float64],
) -> int:
    """Find the squares whose centres a site reaches, row by row from the north."""
    x_min_m, y_max_m, side_m, least_m = raster
    x_m, y_m, reach_m = site
    n_rows, n_cols = square_at.shape
    row_from = max(0, math.floor((y_max_m - y_m - reach_m) / side_m))
    row_to = min(n_rows, math.floor((y_max_m - y_m + reach_m) / side_m) + 1)
    col_from = max(0, math.floor((x_m - reach_m - x_min_m) / side_m))
    col_to = min(n_cols, math.floor((x_m + reach_m - x_min_m) / side_m) + 1)
    n_found = 0
    for row in range(row_from, row_to):
        north_m = y_max_m - (row + 0.5) * side_m - y_m
        for col in range(col_from, col_to):
            square = square_at[row, col]
            east_m = x_min_m + (col + 0.5) * side_m - x_m
            distance_m = math.sqrt(east_m * east_m + north_m * north_m)
            if square < 0 or distance_m > reach_m:
                continue
            squares[n_found] = square
            distances_m[n_found] = max(distance_m, least_m)
            if distance_m == 0.0:
                bearings_deg[n_found] = NO_DIRECTION_DEG
            else:
                bearings_deg[n_found] = math.degrees(math.atan2(east_m, north_m))
            n_found += 1
    return n_found


@compiled(
    "int32[::1]",
    "float64[::1]",
    "float64[::1]",
    "float64[::1]",
    "int32[::1]",
    "float64[::1]",
    "float64[::1]",
    "float64[:, ::1]",
    float,
    "int32[:, ::1]",
    "float64[:, ::1]",
)
def rank_cells(
    squares: NDArray[np.int32],
    loss_db: NDArray[np.float64],
    bearings_deg: NDArray[np.float64],
    vertical_db: NDArray[np.float64],
    site_cells: NDArray[np.int32],
    eirp_dbm: NDArray[np.float64],
    azimuth_deg: NDArray[np.float64],
    pattern: NDArray[np.float64],
    least_rscp_dbm: float,
    cell_idx: NDArray[np.int32],
    rscp_dbm: NDArray[np.float64],
) -> None:
    """
    Put the cells of one site into the ranks of the squares that it reaches.

    Ranks are by falling power, then by rising index of the cell: an order without ties, so that the ranks do not
    depend on the order in which cells are put in.
    """
    for found in range(len(squares)):
        square = squares[found]
        for sector in range(len(site_cells)):
            power_dbm = eirp_dbm[sector] - loss_db[found]
            if power_dbm < least_rscp_dbm:
                continue
            off_lobe_db = vertical_db[found]
            if bearings_deg[found] != NO_DIRECTION_DEG:
                off_lobe_db += pattern_loss_db(
                    bearings_deg[found], azimuth_deg[sector], pattern[sector, 0], pattern[sector, 1]
                )
            power_dbm -= min(off_lobe_db, GREATEST_LOSS_DB)
            if power_dbm >= least_rscp_dbm:
                _insert(cell_idx[square], rscp_dbm[square], site_cells[sector], power_dbm)


@kernel
def _insert(
    cells: NDArray[np.int32], powers_dbm: NDArray[np.float64], cell: int, power_dbm: float
) -> None:
    """Insert one cell into the ranks of one square, or drop it when it is weaker than all of them."""
    rank = len(cells)
    while rank > 0 and (
        cells[rank - 1] < 0
        or power_dbm > powers_dbm[rank - 1]
        or (power_dbm == powers_dbm[rank - 1] and cell < cells[rank - 1])
    ):
        rank -= 1
    if rank == len(cells):
        return
    for lower in range(len(cells) - 1, rank, -1):
        cells[lower] = cells[lower - 1]
        powers_dbm[lower] = powers_dbm[lower - 1]
    cells[rank] = cell
    powers_dbm[rank] = power_dbm


@compiled("float64[:, :, ::1]")
def rounded_cdbm(rscp_dbm: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return powers in hundredths of a dBm, -32768 where there is none."""
    rounded = np.full(rscp_dbm.shape, NO_RSCP_CDBM, np.int16)
    flat, powers = rounded.reshape(-1), rscp_dbm.reshape(-1)
    for place in range(len(powers)):
        if powers[place] > -math.inf:
            value = math.floor(100.0 * powers[place] + 0.5)
            flat[place] = min(max(value, -32767), 32767)
    return rounded
