"""Charts of throughput: its distribution, its map, and what is left of it beside calls."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.report.footer import add_footer, footer_lines
from sim.report.maps import (
    draw_borders,
    draw_scale_bar,
    frame_map,
    map_height_in,
    n_map_columns,
    paint_squares,
)
from sim.report.material import RunFacts, Territory
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure
from sim.report.throughput import KINDS, CellThroughput, Distribution, binned_medians

_RAMP = "viridis"
_UNSERVED, _UNUSED = "#e4e4e4", "#b0b0b0"
_KBPS = 1e-3
_P05 = 0.05
_IN_LEGEND = 2
_TAIL = 0.002  # what may lie beyond either end of the axis
_OF = {"flow": "share of the flows", "time": "share of the time of flows"}


def draw_throughput_distribution(run: RunFacts, distributions: Sequence[Distribution]) -> Figure:
    """Draw which share of the flows, and of their time, has at most each throughput, with the 5 % quantiles."""
    figure = new_figure(PAGE_WIDTH_IN, 2.8 + 0.14 * -(-len(distributions) // _IN_LEGEND))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, kind in zip(axes, KINDS, strict=True):
        for one in distributions:
            _draw_distribution(ax, run, one, kind)
        ax.axhline(_P05, color="#808080", linewidth=0.6, linestyle=":")
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda kbps, _: f"{kbps:,g}"))
        ax.set_xlabel("throughput [kbit/s]")
        ax.set_ylabel(_OF[kind])
        ax.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), title="5 % quantile [kbit/s]",
            ncols=_IN_LEGEND, alignment="left",
        )  # fmt: skip
    axes[0].set_ylim(0.0, 1.0)
    axes[0].set_xlim(*_range_kbps(distributions))
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100.0 * share:g} %"))
    return figure


def _draw_distribution(ax: Axes, run: RunFacts, one: Distribution, kind: str) -> None:
    look, share, p05 = network_look(one.network_idx), one.share[kind], one.p05_bps[kind]
    kbps, p05_kbps = one.throughput_bps * _KBPS, float(p05.value[0]) * _KBPS
    if np.isfinite(share.low).any():
        ax.fill_between(kbps, share.low, share.high, color=look["color"], alpha=0.2, linewidth=0.0)
    label = f"{run.labels[one.network_idx]}: {p05_kbps:,.3g}"
    ax.plot(kbps, share.value, color=look["color"], linestyle=look["linestyle"])
    ax.plot(
        [p05_kbps], [_P05], color=look["color"], linestyle=look["linestyle"], marker=look["marker"],
        markersize=4.0, label=label, clip_on=False, zorder=4.0,
    )  # fmt: skip


def _range_kbps(distributions: Sequence[Distribution]) -> tuple[float, float]:
    """Return where nearly all of the distributions lie, with room on either side."""
    shares = np.stack([one.share[kind].value for one in distributions for kind in KINDS])
    kbps = distributions[0].throughput_bps * _KBPS
    is_between = (shares > _TAIL).any(axis=0) & (shares < 1.0 - _TAIL).any(axis=0)
    between = kbps[is_between] if is_between.any() else kbps
    return float(between[0]) / 1.5, float(between[-1]) * 1.5


def draw_throughput_map(
    run: RunFacts, territory: Territory, cells: CellThroughput, best_idx: NDArray[np.int64]
) -> Figure:
    """Draw the throughput of a user in the cell that serves each square best, a map for each network."""
    n_cols = n_map_columns(len(run.networks))
    n_rows = -(-len(run.networks) // n_cols)
    width_in = 4.6 if n_cols == 1 else PAGE_WIDTH_IN
    row_in = map_height_in(territory, (width_in - 0.9) / n_cols) + 0.35
    lines = footer_lines(run.notes, width_in)
    figure = new_figure(width_in, n_rows * row_in + 0.6 + 0.1 * len(lines))
    axes = figure.subplots(n_rows, n_cols, squeeze=False).ravel()
    user_kbps = np.append(cells.user_bps * _KBPS, np.nan)  # the last for squares without a cell
    scale = Normalize(0.0, float(np.nanmax(user_kbps)))
    ramp = mpl.colormaps[_RAMP]
    of_squares = user_kbps[best_idx]
    colours = np.asarray(ramp(scale(np.nan_to_num(of_squares))))[..., :3]
    is_unserved = best_idx < 0
    greys = (
        (np.isnan(of_squares) & ~is_unserved, _UNUSED, "served, nothing received"),
        (is_unserved, _UNSERVED, "not served"),
    )
    for is_grey, colour, _ in greys:
        colours[is_grey] = to_rgb(colour)
    for ax in axes[len(run.networks) :]:
        ax.set_axis_off()
    for idx, ax in enumerate(axes[: len(run.networks)]):
        paint_squares(ax, territory, colours[idx])
        draw_borders(ax, territory.outlines)
        frame_map(ax, territory)
        ax.set_title(run.labels[idx], loc="left")
    draw_scale_bar(axes[0], territory)
    bar = figure.colorbar(ScalarMappable(scale, ramp), ax=list(axes), shrink=0.8, pad=0.02)
    bar.set_label("user throughput [kbit/s]")
    handles = [
        Patch(facecolor=colour, label=label) for chosen, colour, label in greys if chosen.any()
    ]
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=2)
    add_footer(figure, lines)
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
            _draw_cells(ax, run, cells, values_bps * _KBPS, idx)
        ax.set_ylim(0.0, 1.08 * _KBPS * float(np.nanmax(values_bps, initial=1.0)))
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_xlim(left=0.0)
        ax.set_xlabel("calls carried by the cell [erl]")
        ax.set_ylabel(label)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
    return figure


def _draw_cells(
    ax: Axes, run: RunFacts, cells: CellThroughput, kbps: NDArray[np.float64], idx: int
) -> None:
    """Draw the cells of a network, and medians of cells of like load."""
    own = (cells.network_idx == idx) & np.isfinite(kbps)
    look, is_crowd = network_look(idx), np.count_nonzero(own) > 100
    ax.plot(
        cells.carried_erl[own], kbps[own], linestyle="none", marker=look["marker"], color=look["color"],
        markersize=2.0 if is_crowd else 4.0, markeredgewidth=0.0, alpha=0.3 if is_crowd else 0.7,
        rasterized=np.count_nonzero(own) > 1_000, label=f"{run.labels[idx]}, cells",
    )  # fmt: skip
    load_erl, median_kbps = binned_medians(cells.carried_erl[own], kbps[own])
    if len(load_erl):
        ax.plot(
            load_erl, median_kbps, color=look["color"], linestyle=look["linestyle"], marker=look["marker"],
            markersize=5.0, markeredgecolor="black", markeredgewidth=0.6, zorder=3.0,
            label=f"{run.labels[idx]}, medians",
        )  # fmt: skip
