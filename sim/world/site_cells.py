"""Sites from a table of cells with the columns of OpenCelliD: cells near each other are one site."""

import math
from collections.abc import Sequence
from heapq import heapify, heappop, heapreplace
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
Cells nearer than this to the cell in a site's middle belong to it (assumption): positions are means of what phones
reported, or the operator's own. No two cells of a site are more than twice as far apart. [m]
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
    wanted = [(where, row) for where, row in rows if _counts(row, keep)]
    if not wanted:
        there = sorted({f"{row.radio} {row.mcc}-{row.net}" for _, row in rows})
        message = (
            f"none of {len(rows):,} cells is {_wanted(keep)}: must have one; there are {', '.join(there[:8])} "
            "(networks[].cells chooses)"
        )
        raise WorldError(Problem(label_of(path), message))
    chosen = _once(wanted)
    longitude_deg = np.array([row.lon for _, row in chosen])
    latitude_deg = np.array([row.lat for _, row in chosen])
    on_sphere_m = _on_sphere_m(longitude_deg, latitude_deg)
    site = _group(on_sphere_m)
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
    notes = [
        f"{len(chosen):,} cells of {network} in {path.name} are taken for {n_sites:,} sites: those within "
        f"{SAME_SITE_M:g} m of the one in the middle, each with a sector for each cell, {MAX_SECTORS} at most; "
        f"the widest is about {_widest_m(on_sphere_m, site):,.0f} m across"
    ]
    if n_beyond := int(np.maximum(n_cells - MAX_SECTORS, 0).sum()):
        notes.append(
            f"{n_beyond:,} cells of {network} in {path.name} are left out: beyond the {MAX_SECTORS} of their site, "
            "they are taken for further carriers"
        )
    if n_again := len(wanted) - len(chosen):
        notes.append(
            f"{n_again:,} rows of {network} in {path.name} are left out: their cells come more than once (radio, mcc, "
            "net, area, cell), and of each the newest row counts, else the one with most samples"
        )
    if n_others := len(rows) - len(wanted):
        notes.append(f"{n_others:,} cells of {path.name} are left out: not {_wanted(keep)}")
    return sites, tuple(notes)


_Rows = list[tuple[str, CellRow]]
_NEVER = -math.inf


def _once(rows: _Rows) -> _Rows:
    """Return each cell once, in the order of the file: its newest row, else the one with most samples."""
    best: dict[tuple[object, ...], int] = {}
    for i, (_, row) in enumerate(rows):
        # A cell has a number of its own within its area only.
        alone = i if row.area is None else -1
        identity = row.radio.upper(), row.mcc, row.net, row.area, row.cell, alone
        k = best.setdefault(identity, i)
        if _worth(row) > _worth(rows[k][1]):
            best[identity] = i
    return [rows[i] for i in sorted(best.values())]


def _worth(row: CellRow) -> tuple[float, float]:
    """Return what says which of two rows of a cell counts."""
    updated = _NEVER if row.updated is None else row.updated
    return updated, _NEVER if row.samples is None else row.samples


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


def _on_sphere_m(
    longitude_deg: NDArray[np.float64], latitude_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return places as points of the globe's three axes, between which distances are straight."""
    longitude, latitude = np.radians(longitude_deg), np.radians(latitude_deg)
    return EARTH_RADIUS_M * np.column_stack(
        (
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        )
    )


def _group(on_sphere_m: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Return the site of each cell, sites numbered in the order of their first cells.

    The place with most others within `SAME_SITE_M` is the middle of a site, which takes all of these; then the place
    with most of those that are left, and so on. Chains of cells along a road thus become sites one behind the other.
    """
    from scipy.spatial import cKDTree

    # Cells at one place in their thousands count once.
    places, first, place_of = np.unique(on_sphere_m, axis=0, return_index=True, return_inverse=True)
    tree = cKDTree(places)
    n_near = np.asarray(tree.query_ball_point(places, SAME_SITE_M, return_length=True), np.int64)
    group = np.where(n_near == 1, np.arange(len(places)), -1)
    crowded = np.flatnonzero(n_near > 1)
    fullest = [(-int(n_near[k]), int(first[k]), int(k)) for k in crowded]
    heapify(fullest)
    while fullest:
        n, order, middle = fullest[0]
        if group[middle] >= 0:
            heappop(fullest)
            continue
        near = np.array(tree.query_ball_point(places[middle], SAME_SITE_M))
        free = near[group[near] < 0]
        if len(free) < -n:  # others took some of them since
            heapreplace(fullest, (-len(free), order, middle))
        else:
            group[free] = middle
    return _numbered(group[place_of.ravel()])


def _numbered(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return groups numbered in the order in which they come first."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _widest_m(on_sphere_m: NDArray[np.float64], site: NDArray[np.int64]) -> float:
    """Return about how wide the widest site is: from its cell farthest from its mean to the one farthest from that."""
    n_cells = np.bincount(site)
    mean_m = np.column_stack([np.bincount(site, axis) / n_cells for axis in on_sphere_m.T])
    off_m = np.linalg.norm(on_sphere_m - mean_m[site], axis=1)
    order = np.lexsort((off_m, site))
    end = order[np.cumsum(n_cells) - 1]
    return float(np.linalg.norm(on_sphere_m - on_sphere_m[end][site], axis=1).max())
