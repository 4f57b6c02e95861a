"""Propagation over terrain beside SPLAT!: `python -m bench.terrain`."""

import math
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
import numba
import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from bench.machine import describe_machine
from bench.splat_peer import run_splat, splat_command, write_site, write_tile
from sim.radio.terrain_loss import Link, Mast, Raster, site_losses_cdb
from sim.scenario.load import load_scenario
from sim.world.grid import make_grid
from sim.world.landscape import survey_land
from sim.world.surface import make_heights

SIDE_M, REACH_KM = 100.0, 10.0
PHONE_HEIGHT_M = 1.5
LINK = Link(frequency_mhz=2140.0, step_m=SIDE_M, least_m=SIDE_M / 4.0)
PLACE_DEG = (39, 126, 39.4, 126.5)
"""South-west corner of the tile, then latitude and longitude of the mast. [deg]"""

N_SITES = 1_500


@dataclass(frozen=True)
class Ground:
    """
    Heights about the mast.

    Attributes
    ----------
    heights_m : (row, col) ndarray of float32
        Synthetic relief of the embedded country. [m]
    raster : Raster
        Where they lie.
    crs : str
        Their coordinate reference system.
    mast : Mast
        Antenna.
    """

    heights_m: NDArray[np.float32]
    raster: Raster
    crs: str
    mast: Mast


def make_ground() -> Ground:
    """
    Return the embedded country's relief at squares of 100 m, and a mast of 30 m.

    Returns
    -------
    Ground
        Heights and mast.
    """
    loaded = load_scenario(
        "koryolink_2011",
        [
            f"grid.resolution_m={SIDE_M:g}",
            f"terrain.spacing_m={SIDE_M:g}",
        ],
    )
    country, territory = survey_land(loaded.scenario, loaded.folder)
    grid = make_grid(territory, SIDE_M)
    heights_m = make_heights(loaded.scenario, grid, country.elevation)
    transformer = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x_m, y_m = transformer.transform(PLACE_DEG[3], PLACE_DEG[2])
    raster = Raster(grid.x_min_m, grid.y_max_m, SIDE_M)
    return Ground(heights_m, raster, grid.crs, Mast(float(x_m), float(y_m), 30.0))


def squares_in_reach(ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return the squares that the mast reaches.

    Parameters
    ----------
    ground : Ground
        Heights and mast.

    Returns
    -------
    tuple of 2 (square,) ndarray of float64
        Rows and columns.
    """
    row = (ground.raster.y_max_m - ground.mast.y_m) / SIDE_M - 0.5
    col = (ground.mast.x_m - ground.raster.x_min_m) / SIDE_M - 0.5
    half = math.ceil(1000.0 * REACH_KM / SIDE_M) + 1
    rows = np.arange(math.floor(row) - half, math.floor(row) + half + 2)
    cols = np.arange(math.floor(col) - half, math.floor(col) + half + 2)
    all_rows, all_cols = (a.ravel() for a in np.meshgrid(rows, cols, indexing="ij"))
    is_near = np.hypot(all_rows - row, all_cols - col) * SIDE_M <= 1000.0 * REACH_KM
    return all_rows[is_near].astype(np.float64), all_cols[is_near].astype(np.float64)


def time_site(ground: Ground, n_threads: int) -> tuple[float, NDArray[np.int16]]:
    """
    Compute the losses of the site once.

    Parameters
    ----------
    ground : Ground
        Heights and mast.
    n_threads : int
        Threads.

    Returns
    -------
    wall_s : float
        Wall time. [s]
    losses_cdb : (square,) ndarray of int16
        Losses. [0.01 dB]
    """
    rows, cols = squares_in_reach(ground)
    end_m = np.full(len(rows), PHONE_HEIGHT_M, np.float32)
    numba.set_num_threads(n_threads)
    begin_s = perf_counter()
    losses_cdb = site_losses_cdb(
        ground.heights_m, ground.raster, ground.mast, LINK, rows, cols, end_m
    )
    return perf_counter() - begin_s, losses_cdb


def differences_db(
    ground: Ground, losses_cdb: NDArray[np.int16], splat_losses: NDArray[np.float64]
) -> NDArray[np.float64]:
    """
    Return SPLAT!'s losses less those here, at the squares in which its pixels lie.

    Parameters
    ----------
    ground : Ground
        Heights and mast.
    losses_cdb : (square,) ndarray of int16
        Losses here. [0.01 dB]
    splat_losses : (pixel, 3) ndarray of float64
        Longitude, latitude and loss of SPLAT!'s pixels. [deg], [dB]

    Returns
    -------
    (pixel,) ndarray of float64
        Differences, of the pixels 1 km and more from the mast. [dB]
    """
    rows, cols = squares_in_reach(ground)
    here = dict(
        zip(zip(rows.tolist(), cols.tolist(), strict=True), losses_cdb.tolist(), strict=True)
    )
    transformer = Transformer.from_crs("EPSG:4326", ground.crs, always_xy=True)
    x_m, y_m = transformer.transform(splat_losses[:, 0], splat_losses[:, 1])
    far = np.hypot(x_m - ground.mast.x_m, y_m - ground.mast.y_m) >= 1000.0
    row = np.floor((ground.raster.y_max_m - y_m) / SIDE_M).astype(int)
    col = np.floor((x_m - ground.raster.x_min_m) / SIDE_M).astype(int)
    found = [
        loss - here[r, c] / 100.0
        for r, c, loss, is_far in zip(row, col, splat_losses[:, 2], far, strict=True)
        if is_far and (r, c) in here and loss > 0.0
    ]
    return np.array(found)


@click.command()
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True)
def main(repeats: int) -> None:
    """
    Print how fast losses over terrain are, alone and beside SPLAT!.

    Parameters
    ----------
    repeats : int
        Alternating repeats.
    """
    for line in measure_terrain(repeats):
        click.echo(line)


def measure_terrain(repeats: int) -> list[str]:
    """
    Measure how fast losses over terrain are, alone and beside SPLAT!.

    Parameters
    ----------
    repeats : int
        Alternating repeats.

    Returns
    -------
    list of str
        What was measured, in words.
    """
    ground, n_cores = make_ground(), numba.get_num_threads()
    n_pixels = len(squares_in_reach(ground)[0])
    time_site(ground, n_cores)  # compiles
    machine = describe_machine()
    lines = [f"{machine.cpu}, {machine.n_cores} cores; load average {machine.load_average:.2f}"]
    laps: dict[str, list[float]] = {"one": [], "all": [], "splat": [], "ratio": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if splat_command() is None:
            lines.append("SPLAT! is not installed (Debian package splat): left out")
        else:
            south, west, _, _ = PLACE_DEG
            write_tile(folder, south, west, ground.heights_m, ground.raster, ground.crs)
            write_site(folder, ground.mast, LINK, ground.crs)
        losses = None
        for _ in range(repeats):
            one_s, losses_cdb = time_site(ground, 1)
            laps["one"].append(one_s)
            laps["all"].append(time_site(ground, n_cores)[0])
            if splat_command() is not None:
                start, whole = (
                    run_splat(folder, PHONE_HEIGHT_M, reach_km) for reach_km in (1.0, REACH_KM)
                )
                of_pixel_s = (whole.wall_s - start.wall_s) / (
                    len(whole.loss_db) - len(start.loss_db)
                )
                laps["splat"].append(of_pixel_s)
                laps["ratio"].append(of_pixel_s / (one_s / n_pixels))
                losses = np.column_stack((whole.longitude_deg, whole.latitude_deg, whole.loss_db))
    lines += _speeds(laps, n_pixels, n_cores)
    if losses is not None:
        lines.append(_differences(differences_db(ground, losses_cdb, losses)))
    return lines


def _speeds(laps: dict[str, list[float]], n_pixels: int, n_cores: int) -> list[str]:
    lines = []
    for name, n_threads in (("one", 1), ("all", n_cores)):
        wall_s = statistics.median(laps[name])
        ms = [1000 * one_s for one_s in laps[name]]
        lines.append(
            f"{n_threads} threads: {n_pixels:,} squares of {SIDE_M:g} m out to {REACH_KM:g} km in "
            f"{1000 * wall_s:.0f} ms ({min(ms):.0f} to {max(ms):.0f}): "
            f"{n_pixels / wall_s / 1e6:.2f} million squares/s, {1 / wall_s:.1f} sites/s, "
            f"{N_SITES:,} such sites would take {N_SITES * wall_s:.0f} s"
        )
    if laps["splat"]:
        us = [1e6 * one_s for one_s in laps["splat"]]
        ratio = laps["ratio"]
        lines.append(
            f"SPLAT!: {statistics.median(us):.2f} us a pixel ({min(us):.2f} to {max(us):.2f}), start-up subtracted; "
            f"one thread here takes a {statistics.median(ratio):.1f}th ({min(ratio):.1f} to {max(ratio):.1f})"
        )
    return lines


def _differences(difference_db: NDArray[np.float64]) -> str:
    low, median, high = np.percentile(difference_db, (5, 50, 95))
    return (
        f"SPLAT! (ITM) less delta-Bullington without clutter on {len(difference_db):,} pixels: mean "
        f"{difference_db.mean():.1f} dB, standard deviation {difference_db.std():.1f} dB, 5 % {low:.1f}, median "
        f"{median:.1f}, 95 % {high:.1f} dB"
    )


if __name__ == "__main__":
    main()
