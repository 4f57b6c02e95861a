"""Flows of handovers between sites, on a map."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, listed, with_facts
from sim.report.folder import RunFacts, read_columns, read_territory
from sim.report.maps import map_height_in
from sim.report.style import COLUMN_WIDTH_IN, new_figure
from sim.units import METRES_PER_KM

_FILE = "cell_pairs.parquet"
_MAX_WIDTH_PT = 4.0
_LIGHTEST = 0.2  # of the colours, so that a thin line is seen on white
_MOST_STRETCHED = 3.0  # a longer strip of land is drawn wider than it is
_MAX_LINES = 4000  # the thinnest are left out of a map of a country, and the caption says how many


@dataclass(frozen=True)
class SiteFlows:
    """Handovers between two sites, both ways together, the fewest first."""

    first: NDArray[np.str_]  # and second: sites, in the order of their names
    second: NDArray[np.str_]
    attempts: NDArray[np.float64]
    failures: NDArray[np.float64]
    lines_km: NDArray[np.float64]  # (flow, 2, 2) where they stand


def read_flows(folder: Path) -> SiteFlows:
    """Read the handovers between cells, and add them up by pairs of sites; those within a site are left out."""
    pairs = read_columns(folder / _FILE, ["attempts", "failures"], ["from_cell", "to_cell"])
    cells = read_columns(folder / "cells.parquet", [], ["cell", "site"])
    grounds = read_columns(folder / "sites.parquet", ["x_m", "y_m"], ["site"])
    place = {name: k for k, name in enumerate(cells["cell"].tolist())}
    from_idx, to_idx = (
        np.array([place[name] for name in pairs[column].tolist()], np.int64)
        for column in ("from_cell", "to_cell")
    )
    sites, site_idx = np.unique(cells["site"], return_inverse=True)
    one, two = site_idx[from_idx], site_idx[to_idx]
    low, high = np.minimum(one, two), np.maximum(one, two)
    is_between = (low != high) & (pairs["attempts"] > 0.0)
    key, group = np.unique(low[is_between] * len(sites) + high[is_between], return_inverse=True)
    attempts, failures = (
        np.bincount(group, pairs[name][is_between], len(key)).astype(np.float64)
        for name in ("attempts", "failures")
    )
    order = np.argsort(attempts, kind="stable")
    low, high = key[order] // len(sites), key[order] % len(sites)
    ground = {name: k for k, name in enumerate(grounds["site"].tolist())}
    at = [ground[name] for name in sites.tolist()]
    where = np.column_stack((grounds["x_m"], grounds["y_m"]))[at] / METRES_PER_KM
    return SiteFlows(
        sites[low],
        sites[high],
        attempts[order],
        failures[order],
        np.stack((where[low], where[high]), axis=1),
    )


def draw_handover_flows(flows: SiteFlows, height_in: float = COLUMN_WIDTH_IN) -> Figure:
    """Draw a line between two sites, the wider the more handovers, the darker the more of them are refused."""
    figure = new_figure(COLUMN_WIDTH_IN, height_in + 0.6)
    ax = figure.subplots()
    kept = slice(-_MAX_LINES, None)
    refused = 100.0 * flows.failures[kept] / flows.attempts[kept]
    most = float(flows.attempts.max(initial=1.0))
    lines = LineCollection(
        list(flows.lines_km[kept]),
        linewidths=0.3 + _MAX_WIDTH_PT * np.sqrt(flows.attempts[kept] / most),
        array=refused,
        cmap=ListedColormap(colormaps["viridis_r"](np.linspace(_LIGHTEST, 1.0, 256))),
        norm=Normalize(0.0, max(1.0, float(refused.max(initial=0.0)))),
        capstyle="round",
    )
    ax.add_collection(lines)
    points = flows.lines_km.reshape(-1, 2)
    ax.plot(points[:, 0], points[:, 1], linestyle="none", marker=".", markersize=2.0, color="black")
    ax.autoscale_view()
    width_km, height_km = np.ptp(points, axis=0) + 1e-9
    if 1.0 / _MOST_STRETCHED < height_km / width_km < _MOST_STRETCHED:
        ax.set_aspect("equal")
    ax.set_xlabel("east [km]")
    ax.set_ylabel("north [km]")
    bar = figure.colorbar(lines, ax=ax, location="top", shrink=0.7, aspect=30)
    bar.set_label("handovers refused [%]")
    return figure


def _caption(run: RunFacts, flows: SiteFlows) -> str:
    top = len(flows.attempts) - 1
    left_out = max(0, len(flows.attempts) - _MAX_LINES)
    thinned = f" The {left_out:,} pairs with the fewest are left out." if left_out else ""
    text = (
        f"Handovers between sites of {listed(run.labels)} in the measured window, both ways together; those "
        f"between cells of one site are not drawn. A line is the wider the more there are (as the square root), up to "
        f"{flows.attempts[top]:,.0f} between {flows.first[top]} and {flows.second[top]}. In all "
        f"{flows.attempts.sum():,.0f} between {len(flows.attempts):,} pairs of sites, of which "
        f"{100.0 * flows.failures.sum() / flows.attempts.sum():.2f} % were refused.{thinned}"
    )
    return with_facts(run, text)


def _handover_flows(folder: Path, run: RunFacts) -> Drawing:
    flows = read_flows(folder)
    rows = tuple(
        zip(
            flows.first.tolist(),
            flows.second.tolist(),
            flows.attempts.tolist(),
            flows.failures.tolist(),
            strict=True,
        )
    )
    height_in = map_height_in(read_territory(folder), COLUMN_WIDTH_IN)
    return Drawing(
        draw_handover_flows(flows, height_in),
        PlottedData(("first_site", "second_site", "attempts", "failures"), rows),
        _caption(run, flows),
    )


def _lacks(folder: Path) -> str:
    return "" if len(read_flows(folder).attempts) else "no phone went from site to site"


FIGURES = (
    RunFigure(
        "handover_flows", (_FILE, "cells.parquet", "sites.parquet"), _handover_flows, lacks=_lacks
    ),
)
