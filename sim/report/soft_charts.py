"""Charts of soft capacity: noise rise and power on the map, causes of blocking over time, load against blocking."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.blocking_chart import cell_places, dot_size_pt
from sim.report.footer import add_footer, footer_lines
from sim.report.maps import draw_borders, draw_scale_bar, frame_map, map_height_in
from sim.report.material import RunFacts, Series, Territory
from sim.report.series_chart import set_clock, set_share_axis
from sim.report.soft_cells import SoftCells, SoftTheory
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure

CAUSE_LOOKS = {
    "no_coverage": ("#7F7F7F", "no coverage", ""),
    "callee_no_coverage": ("#c8c8c8", "no coverage, called phone", ""),
    "blocked_uplink": ("#0072B2", "uplink", ""),
    "blocked_downlink": ("#56B4E9", "downlink", "//"),
    "blocked_code": ("#009E73", "codes", ""),
    "blocked_channel_element": ("#CC79A7", "channel elements", "\\\\"),
    "blocked_channel": ("#E69F00", "channels", ""),
    "callee_blocked": ("#F0E442", "called phone", ".."),
    "blocked_trunk": ("#000000", "circuits", ""),
    "no_route": ("#8B4513", "no route", ""),
    "dropped": ("#D55E00", "dropped", "xx"),
}
"""Colour, name and hatching of each cause, in the order of the stacks."""

_RAMP = "viridis"


def draw_soft_map(run: RunFacts, territory: Territory, cells: SoftCells) -> Figure:
    """Draw mean noise rise and mean downlink power of each cell, a row of maps for each network."""
    n_networks = len(run.networks)
    row_in = map_height_in(territory, PAGE_WIDTH_IN / 2.0 - 0.7) + 0.3
    lines = footer_lines(run.notes, PAGE_WIDTH_IN)
    figure = new_figure(PAGE_WIDTH_IN, n_networks * row_in + 0.3 + 0.1 * len(lines))
    axes = figure.subplots(n_networks, 2, squeeze=False)
    x_m, y_m = cell_places(territory, cells.legs)
    share = cells.power_w / cells.power_limit_w
    panels = (
        (cells.noise_rise_db, "noise rise, mean [dB]", _top(cells.noise_rise_db)),
        (share, "downlink power, mean / greatest", 1.0),
    )
    for column, (values, label, top) in enumerate(panels):
        scale = Normalize(0.0, top)
        for idx in range(n_networks):
            ax = axes[idx, column]
            own = np.flatnonzero(cells.legs.network_idx == idx)
            own = own[np.argsort(values[own], kind="stable")]
            draw_borders(ax, territory.outlines)
            ax.scatter(
                x_m[own], y_m[own], s=dot_size_pt(len(own)) ** 2, c=values[own], cmap=_RAMP,
                norm=scale, edgecolors="none", zorder=3.0,
            )  # fmt: skip
            frame_map(ax, territory)
            ax.set_title(run.labels[idx], loc="left")
        mappable = ScalarMappable(scale, mpl.colormaps[_RAMP])
        bar = figure.colorbar(mappable, ax=list(axes[:, column]), shrink=0.8, pad=0.02)
        bar.set_label(label)
    draw_scale_bar(axes[-1, 0], territory)
    add_footer(figure, lines)
    return figure


def _top(values: NDArray[np.float64]) -> float:
    """Return the end of a scale: the next half above the highest value."""
    return float(np.ceil(2.0 * np.nanmax(values) + 1e-9) / 2.0) or 0.5


def draw_blocking_by_cause(run: RunFacts, series: Sequence[Series]) -> Figure:
    """Draw the share of attempts lost to each cause over time, one above the other, a panel for each network."""
    n_networks = len(run.networks)
    figure = new_figure(PAGE_WIDTH_IN, 1.7 * n_networks + 0.9)
    axes = figure.subplots(n_networks, 1, sharex=True, squeeze=False).ravel()
    shown: dict[str, Artist] = {}
    for idx, ax in enumerate(axes):
        own = [one for one in series if one.network_idx == idx]
        below = np.zeros(len(own[0].value))
        for one in own:
            share = np.nan_to_num(one.value)
            if share.any():
                cause = one.measure.removeprefix("voice.outcome.")
                shown[cause] = _draw_stack(ax, run, one, below, below + share)
            below = below + share
        set_share_axis(ax, float(below.max(initial=0.0)))
        ax.set_title(run.labels[idx], loc="left")
        ax.set_ylabel("attempts lost")
    set_clock(axes[-1], run)
    names = [cause for cause in CAUSE_LOOKS if cause in shown]
    handles = [shown[cause] for cause in names]
    labels = [CAUSE_LOOKS[cause][1] for cause in names]
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 6))
    return figure


def _draw_stack(
    ax: Axes, run: RunFacts, one: Series, below: NDArray[np.float64], above: NDArray[np.float64]
) -> Artist:
    """Draw a band of steps, and return what stands for it in the legend."""
    colour, _, hatch = CAUSE_LOOKS[one.measure.removeprefix("voice.outcome.")]
    edges_s = np.append(one.begin_s, one.end_s[-1])
    days = float(mpl.dates.date2num(run.start)) + edges_s / 86_400.0
    return ax.fill_between(
        days, np.append(below, below[-1]), np.append(above, above[-1]), step="post", color=colour,
        hatch=hatch or None, edgecolor="white" if hatch else None, linewidth=0.0,
    )  # fmt: skip


def draw_load_and_blocking(run: RunFacts, cells: SoftCells, theory: Sequence[SoftTheory]) -> Figure:
    """Draw blocking of each cell over its offered traffic, and what the theory of soft capacity says."""
    figure = new_figure(PAGE_WIDTH_IN, 3.0)
    ax = figure.subplots()
    offered_erl, blocking = cells.offered_erl, cells.blocking
    is_crowd = len(blocking) > 100
    for idx, label in enumerate(run.labels):
        own = (cells.legs.network_idx == idx) & np.isfinite(blocking) & np.isfinite(offered_erl)
        look = network_look(idx)
        ax.plot(
            offered_erl[own], blocking[own], linestyle="none", marker=look["marker"], color=look["color"],
            markersize=2.0 if is_crowd else 4.0, markeredgewidth=0.0, alpha=0.4 if is_crowd else 1.0,
            rasterized=len(blocking) > 1_000, label=f"{label}, cells",
        )  # fmt: skip
    for one in theory:
        look, label = network_look(one.network_idx), run.labels[one.network_idx]
        is_uplink = one.direction == "uplink"
        said = f"f = {one.other_ratio:.2f}" if is_uplink else f"load {one.load:.4f}"
        ax.plot(
            one.offered_erl, one.blocking, color=look["color"], linestyle=look["linestyle"],
            linewidth=1.0 if is_uplink else 2.0, label=f"{label}, {one.direction} theory ({said})",
        )  # fmt: skip
    most = np.nanmax(np.concatenate([blocking, *(one.blocking for one in theory), [0.0]]))
    set_share_axis(ax, float(most))
    ax.set_xlim(left=0.0)
    ax.set_xlabel("offered traffic of a cell [erl]")
    ax.set_ylabel("phones blocked")
    figure.legend(loc="outside upper center", ncols=2)
    return figure
