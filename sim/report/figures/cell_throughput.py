"""Throughput of cells: on the map, and what is left of it beside calls."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, over, table_of, with_facts
from sim.report.figures.erlang_blocking import read_cells
from sim.report.figures.throughput import DATA_FILES, KBPS, has_throughput
from sim.report.folder import (
    RunFacts,
    Territory,
    read_best_cells,
    read_columns,
    read_territory,
)
from sim.report.maps import (
    cell_colours,
    draw_map,
    draw_scale_bar,
    grey_handles,
    map_axes,
    map_height_in,
    n_map_columns,
    name_places,
    painter,
)
from sim.report.style import PAGE_WIDTH_IN, dot_look, network_look, new_figure

MOST_BINS, FEWEST_IN_BIN = 8, 5
"""Most bins of cells by load, and the fewest cells in one of them (house choice)."""


@dataclass(frozen=True)
class CellThroughput:
    """Throughput and load of the cells, means over the replications."""

    name: NDArray[np.str_]  # (cell,) cells, in the order of their numbers
    network_idx: NDArray[np.int64]  # (cell,) network
    carried_erl: NDArray[np.float64]  # (cell,) telephone calls carried, legs [erl]
    # (cell,) sent over HSDPA while a flow is served; NaN where never [bit/s]
    busy_bps: NDArray[np.float64]
    # (cell,) bits / time of completed flows received; NaN where there are none [bit/s]
    user_bps: NDArray[np.float64]


def read_cell_throughput(folder: Path, run: RunFacts) -> CellThroughput:
    """Read throughput and load of each cell."""
    legs = read_cells(folder, run)
    numbers = ["cell_idx", "busy_throughput_bps", "user_throughput_bps"]
    columns = read_columns(folder / "cells.parquet", numbers, ())
    order = np.argsort(columns["cell_idx"], kind="stable")
    return CellThroughput(
        name=legs.name,
        network_idx=legs.network_idx,
        carried_erl=legs.busy_erl,
        busy_bps=columns["busy_throughput_bps"][order],
        user_bps=columns["user_throughput_bps"][order],
    )


def binned_medians(
    load_erl: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return medians over bins of cells of like load, as many cells in each.

    Medians of the load; none where there are too few cells for two bins.
    """
    known = np.flatnonzero(np.isfinite(values))
    n_bins = min(MOST_BINS, len(known) // FEWEST_IN_BIN)
    if n_bins < 2:
        return np.empty(0), np.empty(0)
    order = known[np.argsort(load_erl[known], kind="stable")]
    bins = np.array_split(order, n_bins)
    medians = [[np.median(column[one]) for one in bins] for column in (load_erl, values)]
    return np.array(medians[0]), np.array(medians[1])


_RAMP = "viridis"


def draw_throughput_map(
    run: RunFacts, territory: Territory, cells: CellThroughput, best_idx: NDArray[np.int64]
) -> Figure:
    """Draw the throughput of a user in the cell that serves each square best, a map for each network."""
    n_cols = n_map_columns(len(run.networks))
    n_rows = -(-len(run.networks) // n_cols)
    width_in = 4.6 if n_cols == 1 else PAGE_WIDTH_IN
    row_in = map_height_in(territory, (width_in - 0.9) / n_cols) + 0.3
    figure = new_figure(width_in, n_rows * row_in + 0.4)
    user_kbps = cells.user_bps * KBPS
    scale = Normalize(0.0, float(np.nanmax(user_kbps)))
    axes = map_axes(figure, len(run.networks))
    panels = list(figure.axes)  # those without a map too
    for idx, ax in enumerate(axes):
        colours = cell_colours(user_kbps, best_idx[idx], scale, _RAMP)
        draw_map(ax, territory, run.labels[idx], painter(territory, colours))
    draw_scale_bar(axes[0], territory)
    bar = figure.colorbar(
        ScalarMappable(scale, mpl.colormaps[_RAMP]),
        ax=panels,
        shrink=0.8,
        pad=0.02,
        format="{x:,g}",
    )
    bar.set_label("user throughput [kbit/s]")
    handles = grey_handles(user_kbps, best_idx, "served, nothing received")
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    name_places(figure, axes, territory)
    return figure


def draw_throughput_and_load(run: RunFacts, cells: CellThroughput) -> Figure:
    """Draw the throughput of each cell, and of a user in it, over the calls that it carries."""
    figure = new_figure(PAGE_WIDTH_IN, 2.9)
    axes = figure.subplots(1, 2, sharex=True)
    panels = (
        (cells.busy_bps, "cell while it serves [kbit/s]"),
        (cells.user_bps, "user who waits [kbit/s]"),
    )
    for ax, (values_bps, label) in zip(axes, panels, strict=True):
        for idx in range(len(run.networks)):
            _draw_cells(ax, run, cells, values_bps * KBPS, idx)
        ax.set_ylim(0.0, 1.08 * KBPS * float(np.nanmax(values_bps, initial=1.0)))
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_xlim(left=0.0)
        ax.set_xlabel("calls carried by the cell [erl]")
        ax.set_ylabel(label)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=min(len(labels), 4), markerscale=1.5
    )
    return figure


def _draw_cells(
    ax: Axes, run: RunFacts, cells: CellThroughput, kbps: NDArray[np.float64], idx: int
) -> None:
    """Draw the cells of a network, and medians of cells of like load."""
    own = (cells.network_idx == idx) & np.isfinite(kbps)
    look, dots = network_look(idx), dot_look(idx, int(np.count_nonzero(own)), faint=0.3, clear=0.7)
    ax.plot(cells.carried_erl[own], kbps[own], **dots, label=f"{run.labels[idx]}, cells")
    load_erl, median_kbps = binned_medians(cells.carried_erl[own], kbps[own])
    if len(load_erl):
        ax.plot(
            load_erl, median_kbps, color=look["color"], linestyle=look["linestyle"], marker=look["marker"],
            markersize=5.0, markeredgecolor="black", markeredgewidth=0.6, zorder=3.0,
            label=f"{run.labels[idx]}, medians",
        )  # fmt: skip


def _cell_throughput_data(run: RunFacts, cells: CellThroughput) -> PlottedData:
    """Return throughput and load of each cell."""
    return table_of(
        {
            "network": np.array(run.networks)[cells.network_idx],
            "cell": cells.name,
            "carried_erl": cells.carried_erl,
            "busy_throughput_bps": cells.busy_bps,
            "user_throughput_bps": cells.user_bps,
        }
    )


_USER = (
    "Throughput of a user who waits: bits over time of all flows that phones of the cell received whole, so that each "
    "counts by the time that it took."
)


def _throughput_map_caption(run: RunFacts, cells: CellThroughput, n_replications: int) -> str:
    """Return the caption of the map of throughput."""
    parts = []
    for idx, label in enumerate(run.labels):
        kbps = cells.user_bps[cells.network_idx == idx] / 1e3
        kbps = kbps[np.isfinite(kbps)]
        if len(kbps):
            low, middle, high = np.quantile(kbps, (0.05, 0.5, 0.95))
            parts.append(
                f"{label}: {len(kbps):,} cells, 5 % below {low:,.0f}, half below {middle:,.0f}, 95 % below "
                f"{high:,.0f} kbit/s."
            )
    text = (
        f"Squares coloured by what a user gets in the cell that serves them best without load, {over(n_replications)}. "
        f"{_USER} It is the mean of the whole cell: near the site it is more, at the edge less. North is up. "
        + " ".join(parts)
        + " The table beside this figure holds every cell."
    )
    return with_facts(run, text)


def _throughput_load_caption(run: RunFacts, cells: CellThroughput, n_replications: int) -> str:
    """Return the caption of throughput against calls."""
    n_left = int(np.isnan(cells.busy_bps).sum())
    left = (
        f" {n_left:,} cells that never served a flow over HSDPA are left out on the left."
        if n_left
        else ""
    )
    text = (
        f"What calls leave for data, a dot for each cell, {over(n_replications)}: calls that the cell carries, by the "
        "phones whose first-ranked cell it is, against throughput. Left: bits that the cell sent over HSDPA, by the "
        "time in which it had a flow to serve; calls take power and codes from it, and so do far phones and loud "
        f"neighbours. Right: {_USER[0].lower()}{_USER[1:]} There the cell's other flows count too. Large marks: "
        f"medians of up to {MOST_BINS} groups of cells of like load, as many cells in each; none where there are fewer "
        f"than {2 * FEWEST_IN_BIN} cells.{left}"
    )
    return with_facts(run, text)


def _throughput_map(folder: Path, run: RunFacts) -> Drawing:
    cells, best_idx = read_cell_throughput(folder, run), read_best_cells(folder, run)
    return Drawing(
        draw_throughput_map(run, read_territory(folder), cells, best_idx),
        _cell_throughput_data(run, cells),
        _throughput_map_caption(run, cells, run.n_replications),
    )


def _throughput_and_load(folder: Path, run: RunFacts) -> Drawing:
    cells = read_cell_throughput(folder, run)
    return Drawing(
        draw_throughput_and_load(run, cells),
        _cell_throughput_data(run, cells),
        _throughput_load_caption(run, cells, run.n_replications),
    )


FIGURES = (
    RunFigure("throughput_map", DATA_FILES, _throughput_map, has_throughput),
    RunFigure("throughput_and_load", DATA_FILES, _throughput_and_load, has_throughput),
)
