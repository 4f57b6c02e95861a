"""
The same site and terrain for SPLAT!, in the Longley-Rice model (`-olditm`), and what comes out of it.

SPLAT! reads tiles of 1,200 x 1,200 heights, three arc seconds apart; they are interpolated from the raster that the
engine here works on. It walks radials to every pixel at the edge of the tile and computes each pixel within the range
once. What it takes to read the tile and to write a map is measured by a run of 1 km and subtracted.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from sim.radio.terrain_loss import Link, Mast, Raster

PIXELS = 1_200
"""Pixels along a side of a tile of one degree."""

# Constants of the ground, refractivity, frequency, climate (continental temperate), vertical polarisation, medians.
_LRP = "15.000\n0.005\n301.000\n{mhz:.3f}\n5\n1\n0.50\n0.50\n"


@dataclass(frozen=True)
class SplatRun:
    """
    A run of SPLAT!.

    Attributes
    ----------
    wall_s : float
        Wall time of the process, without a list of losses. [s]
    longitude_deg, latitude_deg, loss_db : (pixel,) ndarray of float64
        Pixels within the range and their losses. [deg], [dB]
    """

    wall_s: float
    longitude_deg: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    loss_db: NDArray[np.float64]


def splat_command() -> str | None:
    """
    Return where SPLAT! is.

    Returns
    -------
    str or None
        Path of the program; None where it is not installed.
    """
    return which("splat")


def write_tile(
    folder: Path, south_deg: int, west_deg: int, heights_m: NDArray[np.float32], raster: Raster, crs: str
) -> None:  # fmt: skip
    """
    Write the heights of one degree as SPLAT! reads them: from the south, each row from the east.

    Parameters
    ----------
    folder : Path
        Where the tile goes.
    south_deg, west_deg : int
        South-west corner. [deg]
    heights_m : (row, col) ndarray of float32
        Heights. [m]
    raster : Raster
        Where they lie.
    crs : str
        Their coordinate reference system.
    """
    south = south_deg + np.arange(PIXELS) / PIXELS
    east = west_deg + 1.0 - (np.arange(PIXELS) + 1.0) / PIXELS
    longitude_deg, latitude_deg = np.meshgrid(east, south)
    x_m, y_m = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        longitude_deg, latitude_deg
    )
    rows = (raster.y_max_m - y_m) / raster.side_m - 0.5
    cols = (x_m - raster.x_min_m) / raster.side_m - 0.5
    tile_m = map_coordinates(heights_m, [rows, cols], order=1, mode="nearest")
    west = 360 - west_deg - 1
    name = f"{south_deg}:{south_deg + 1}:{west}:{west + 1}.sdf"
    head = f"{west + 1}\n{south_deg}\n{west}\n{south_deg + 1}\n"
    body = "\n".join(map(str, np.rint(tile_m).astype(int).ravel().tolist()))
    (folder / name).write_text(f"{head}{body}\n", encoding="ascii")


def write_site(folder: Path, mast: Mast, link: Link, crs: str) -> None:
    """
    Write the antenna and the parameters of the model.

    Parameters
    ----------
    folder : Path
        Where the files go.
    mast : Mast
        Antenna.
    link : Link
        Frequency.
    crs : str
        Coordinate reference system of the mast.
    """
    inverse = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude_deg, latitude_deg = inverse.transform(mast.x_m, mast.y_m)
    text = f"mast\n{latitude_deg:.6f}\n{360.0 - longitude_deg:.6f}\n{mast.height_m:.2f} meters\n"
    (folder / "mast.qth").write_text(text, encoding="ascii")
    (folder / "mast.lrp").write_text(_LRP.format(mhz=link.frequency_mhz), encoding="ascii")


def run_splat(folder: Path, phone_height_m: float, reach_km: float) -> SplatRun:
    """
    Compute losses about the antenna with SPLAT!.

    Parameters
    ----------
    folder : Path
        Folder of tile, antenna and parameters.
    phone_height_m : float
        Phone above ground. [m]
    reach_km : float
        Range. [km]

    Returns
    -------
    SplatRun
        Time and losses.
    """
    command = [
        "splat", "-t", "mast.qth", "-L", f"{phone_height_m:.2f}", "-metric", "-R", f"{reach_km:g}", "-d", ".",
        "-olditm", "-ngs", "-o", "map.ppm", "-ano", "losses.txt",
    ]  # fmt: skip
    # The list of losses is text, and takes time to write: a run with it is not timed.
    begin_s = perf_counter()
    subprocess.run(command[:-2], cwd=folder, check=True, capture_output=True, text=True)
    wall_s = perf_counter() - begin_s
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    rows = [
        [float(word) for word in line.replace("*", " ").split(",")]
        for line in (folder / "losses.txt").read_text("ascii", errors="replace").splitlines()[2:]
        if line.count(",") == 4
    ]
    table = np.array(rows).reshape(-1, 5)
    return SplatRun(wall_s, 360.0 - table[:, 1], table[:, 0], table[:, 4])
