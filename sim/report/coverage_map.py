"""The coverage map: what each network serves, and where people live unserved."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.report.coverage_classes import ClassedCoverage, MapClass, coverage_shares
from sim.report.footer import add_footer, footer_height_in, footer_lines
from sim.report.maps import (
    draw_borders,
    draw_scale_bar,
    frame_map,
    map_height_in,
    n_map_columns,
    paint_squares,
)
from sim.report.material import NetworkLayer, Territory
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, new_figure

_LEGEND_ROWS = 5
_LEGEND_ROW_IN = 0.155
_TITLE_IN = 0.38
_SCALE_BAR_IN = 0.3
_HEADINGS = ("RSCP [dBm]", "not served, people/km\N{SUPERSCRIPT TWO}")


def draw_coverage_map(
    territory: Territory,
    layers: Sequence[NetworkLayer],
    classed: ClassedCoverage,
    notes: Sequence[str] = (),
) -> Figure:
    """Draw what each network covers, side by side."""
    n_cols = n_map_columns(len(layers))
    n_rows = -(-len(layers) // n_cols)
    legend = _legend_columns(classed, is_narrow=n_cols == 1)
    width_in = COLUMN_WIDTH_IN if n_cols == 1 else PAGE_WIDTH_IN
    map_in = map_height_in(territory, width_in / n_cols - 0.1)
    lines = footer_lines(notes, width_in)
    # Only one thing can stand outside the axes at an edge: the legend has empty rows for the small print.
    n_legend_rows = max(map(len, legend)) + math.ceil(footer_height_in(lines) / _LEGEND_ROW_IN)
    height_in = n_rows * (map_in + _TITLE_IN) + _SCALE_BAR_IN + _LEGEND_ROW_IN * n_legend_rows
    figure = new_figure(width_in, height_in, compress=True)
    axes = figure.subplots(n_rows, n_cols, squeeze=False).ravel()
    for ax, layer, class_idx in zip(axes, layers, classed.class_idx, strict=False):
        _draw_classes(ax, territory, classed.classes, class_idx)
        draw_borders(ax, territory.outlines)
        _draw_sites(ax, layer)
        frame_map(ax, territory)
        ax.set_title(_coverage_title(territory, layer), loc="left")
    for ax in axes[len(layers) :]:
        ax.set_axis_off()
    draw_scale_bar(axes[0], territory)
    _add_legend(figure, legend, n_legend_rows)
    add_footer(figure, lines, lifts=False)
    return figure


def _draw_classes(
    ax: Axes, territory: Territory, classes: Sequence[MapClass], class_idx: NDArray[np.int64]
) -> None:
    """Paint each square in the colour of its class."""
    palette = np.array([to_rgb(one.colour) for one in classes])
    paint_squares(ax, territory, palette[class_idx])


def _draw_sites(ax: Axes, layer: NetworkLayer) -> None:
    """Small white dots with a dark rim, smaller the more there are."""
    size_pt = min(2.6, max(0.8, 15.0 / max(len(layer.site_x_m), 1) ** 0.5))
    ax.plot(layer.site_x_m, layer.site_y_m, **_site_look(size_pt))


def _site_look(size_pt: float) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": "o",
        "markersize": size_pt,
        "markerfacecolor": "white",
        "markeredgecolor": "black",
        "markeredgewidth": 0.1 * size_pt,
        "zorder": 3.0,
    }


def _coverage_title(territory: Territory, layer: NetworkLayer) -> str:
    area, people = coverage_shares(territory, layer)
    n_sites = len(layer.site_x_m)
    shares = f"{_percent(area)} of area"
    if np.isfinite(people):
        shares += f", {_percent(people)} of people"
    return f"{layer.label}: {n_sites:,} {'site' if n_sites == 1 else 'sites'}\n{shares}"


def _percent(share: float) -> str:
    """Per cent with one decimal, never rounded to all or nothing unless it is."""
    text = f"{100.0 * share:.1f}"
    if share < 1.0 and text == "100.0":
        text = "99.9"
    return f"{text} %"


def _legend_columns(classed: ClassedCoverage, *, is_narrow: bool) -> list[list[Artist]]:
    """Return the legend's columns: served, not served; only classes that occur."""
    present = set(np.unique(classed.class_idx).tolist())
    shown = [one for idx, one in enumerate(classed.classes) if idx in present]
    served = [_swatch(one) for one in shown if one.is_served]
    missed = [_swatch(one) for one in shown if not one.is_served]
    site = Line2D([], [], label="site", **_site_look(2.6))
    n_first = len(served) if is_narrow else _LEGEND_ROWS - 1
    columns: list[list[Artist]] = [[_heading(_HEADINGS[0]), *served[:n_first]]]
    if missed:
        columns.append([_heading(_HEADINGS[1]), *missed])
    if is_narrow:
        columns[-1].append(site)
    else:
        columns.insert(1, [_heading(" "), *served[n_first:], site])
    return columns


def _add_legend(figure: Figure, columns: Sequence[Sequence[Artist]], n_rows: int) -> None:
    """Set one legend below the maps, its columns filled up to the same length."""
    handles = [
        artist
        for column in columns
        for artist in (*column, *(_heading(" ") for _ in range(n_rows - len(column))))
    ]
    legend = figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(columns),
        columnspacing=1.2,
        handlelength=1.4,
    )
    for text in legend.get_texts():
        if text.get_text() in _HEADINGS:
            text.set_fontweight("bold")


def _swatch(one: MapClass) -> Artist:
    return Patch(facecolor=one.colour, edgecolor="#808080", linewidth=0.3, label=one.label)


def _heading(text: str) -> Artist:
    return Patch(facecolor="none", edgecolor="none", label=text)
