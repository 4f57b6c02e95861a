"""Sites from a table of cells with the columns of OpenCelliD: cells near each other are one site."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.networks_section import CellFilter, Site
from sim.scenario.sections import Section, key
from sim.units import EARTH_RADIUS_M
from sim.world.input_files import read_rows

SAME_SITE_M = 100.0
"""
Cells nearer than this to one another belong to one site (assumption): positions are means of what phones reported,
or the operator's own. [m]
"""

MAX_CELLS = 200_000
"""Most rows of a table of cells (house limit): they take five seconds and half a gigabyte."""

MAX_SITES = 100_000
"""Most sites of a file (house limit, as that of n_sites)."""

MAX_SECTORS = 6
"""Most sectors of a site, as of `n_sectors`; further cells at a place are further carriers."""

RADIOS = ("GSM", "UMTS", "LTE", "NR", "CDMA", "NBIOT")
"""Technologies as OpenCelliD writes them; its files of a single country begin with one, without a header."""


class CellRow(Section):
    """One cell: a row of OpenCelliD's table."""

    radio: str = key("technology, such as UMTS", length="[1, 16]")
    mcc: int = key("mobile country code", within="[0, 999]")
    net: int = key("mobile network code", within="[0, 32767]")
    area: int | None = key("location area", None)
    cell: int = key("cell identity", within="[0, inf)")
    unit: int | None = key("scrambling code", None)
    lon: float = key("longitude", within="[-180, 180]", unit="deg")
    lat: float = key("latitude", within="[-90, 90]", unit="deg")
    range: float | None = key("estimated reach", None, unit="m")
    samples: int | None = key("reports of phones", None)
    changeable: int | None = key("0 where the operator gave the place", None)
    created: float | None = key("time", None, unit="s")
    updated: float | None = key("time", None, unit="s")
    averageSignal: float | None = key("mean strength", None)  # noqa: N815


COLUMNS = ("radio", "mcc", "net", "cell", "lon", "lat")
"""Columns that a table of cells must have."""


def is_cell_header(header: Sequence[str]) -> bool:
    """Return whether a header is that of a table of cells."""
    return {"radio", "lon", "lat"} <= set(header)


def read_cell_sites(
    path: Path, keep: CellFilter, network: str
) -> tuple[list[tuple[str, Site]], tuple[str, ...]]:
    """
    Return the sites of a table of cells.

    File and line of the first cell, and the site, in the order of the file; sites stand at the mean of their cells.
    """
    rows = read_rows(path, CellRow, "cell", MAX_CELLS, COLUMNS)
    chosen = [(where, row) for where, row in rows if _counts(row, keep)]
    if not chosen:
        there = sorted({f"{row.radio} {row.mcc}-{row.net}" for _, row in rows})
        message = (
            f"none of {len(rows):,} cells is {_wanted(keep)}: must have one; there are {', '.join(there[:8])} "
            "(networks[].cells chooses)"
        )
        raise WorldError(Problem(label_of(path), message))
    longitude_deg = np.array([row.lon for _, row in chosen])
    latitude_deg = np.array([row.lat for _, row in chosen])
    site = _group(longitude_deg, latitude_deg)
    n_sites = int(site.max()) + 1
    if n_sites > MAX_SITES:
        message = (
            f"holds {n_sites:,} sites: must be at most {MAX_SITES:,}; choose with networks[].cells"
        )
        raise WorldError(Problem(label_of(path), message))
    n_cells = np.bincount(site)
    mean_longitude_deg = np.bincount(site, longitude_deg) / n_cells
    mean_latitude_deg = np.bincount(site, latitude_deg) / n_cells
    first = np.full(n_sites, len(chosen))
    np.minimum.at(first, site, np.arange(len(chosen)))
    sites = [
        (
            chosen[first[k]][0],
            Site(
                name=f"{network}_c{k + 1:05d}",
                longitude_deg=float(mean_longitude_deg[k]),
                latitude_deg=float(mean_latitude_deg[k]),
                n_sectors=min(int(n_cells[k]), MAX_SECTORS),
            ),
        )
        for k in range(n_sites)
    ]
    taken = (
        f"{len(chosen):,} cells of {network} in {path.name} are taken for {n_sites:,} sites: those within "
        f"{SAME_SITE_M:g} m of one another, each with a sector for each cell, {MAX_SECTORS} at most"
    )
    n_others = len(rows) - len(chosen)
    left_out = f"{n_others:,} cells of {path.name} are left out: not {_wanted(keep)}"
    return sites, (taken, left_out) if n_others else (taken,)


def _counts(row: CellRow, keep: CellFilter) -> bool:
    return (
        row.radio.upper() == keep.radio.upper()
        and keep.mcc in (None, row.mcc)
        and keep.net in (None, row.net)
    )


def _wanted(keep: CellFilter) -> str:
    words = [keep.radio]
    words += [f"mcc {keep.mcc}"] if keep.mcc is not None else []
    words += [f"net {keep.net}"] if keep.net is not None else []
    return ", ".join(words)


def _group(
    longitude_deg: NDArray[np.float64], latitude_deg: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the site of each cell, sites numbered in the order of their first cells."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    longitude, latitude = np.radians(longitude_deg), np.radians(latitude_deg)
    on_sphere_m = EARTH_RADIUS_M * np.column_stack(
        (
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        )
    )
    # Cells at one place in their thousands would make millions of pairs: each place counts once.
    places, place_of = np.unique(on_sphere_m, axis=0, return_inverse=True)
    pairs = cKDTree(places).query_pairs(SAME_SITE_M, output_type="ndarray")
    n = len(places)
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    group = connected_components(joined, directed=False)[1][place_of.ravel()]
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
