"""The coverage map: what each network serves, and where people live unserved."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, Value, listed, with_facts
from sim.report.folder import RunFacts, Territory, read_columns, read_territory
from sim.report.maps import (
    Box,
    Paint,
    draw_map,
    draw_scale_bar,
    map_axes,
    map_height_in,
    n_map_columns,
    name_places,
    painter,
)
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, new_figure


@dataclass(frozen=True)
class NetworkLayer:
    """What one network covers."""

    name: str  # and label: name in tables, name in figures
    label: str
    # (square,) received pilot power of the best cell, NaN where no cell serves [dBm]
    rscp_dbm: NDArray[np.float64]
    site_x_m: NDArray[np.float64]  # and site_y_m: (site,) sites [m]
    site_y_m: NDArray[np.float64]
    # (square,) how surely each square is covered; where a cell serves, and nowhere else, when None [1]
    p_covered: NDArray[np.float64] | None = None


RSCP_STEP_DB = 10.0
"""Width of a class of received pilot power on a map. [dB]"""

UNCOVERED_DENSITY_PER_KM2 = (0.0, 50.0, 500.0)
"""Least density of people of the classes of uncovered squares, each of them exceeded. [1/km2]"""

DENSITY_BLOCK_M = 500.0
"""Side of the blocks whose density of people colours uncovered squares, or that of a square where larger. [m]"""

_MAX_RSCP_CLASSES = 7
_EMPTY_COLOUR = "#e4e4e4"
_UNCOVERED_COLOURS = ("#fde6cf", "#f6b26b", "#c04a00")


@dataclass(frozen=True)
class MapClass:
    """One colour of a coverage map."""

    name: str  # name in tables
    label: str  # name in the legend
    colour: str  # colour as hexadecimal RGB
    is_served: bool  # whether a cell serves the squares of this class


@dataclass(frozen=True)
class ClassedCoverage:
    """The class of every square for every network."""

    classes: tuple[MapClass, ...]  # classes, the unserved ones first, then by rising received power
    class_idx: NDArray[np.int64]  # (network, square) class of each square


def classify_coverage(
    territory: Territory, layers: Sequence[NetworkLayer], empty_label: str = "nobody lives there"
) -> ClassedCoverage:
    """Sort squares into the colours of the coverage map, the same for all networks."""
    borders_dbm = _rscp_borders([layer.rscp_dbm for layer in layers])
    classes = (*_unserved_classes(empty_label), *_served_classes(borders_dbm))
    density = _density_around(territory)
    unserved_idx = np.searchsorted(UNCOVERED_DENSITY_PER_KM2, density, side="left")
    n_unserved = len(UNCOVERED_DENSITY_PER_KM2) + 1
    class_idx = np.empty((len(layers), len(density)), np.int64)
    for row, layer in enumerate(layers):
        served = np.isfinite(layer.rscp_dbm)
        strength = np.searchsorted(borders_dbm, np.where(served, layer.rscp_dbm, 0.0), side="right")
        class_idx[row] = np.where(served, n_unserved + strength, unserved_idx)
    return ClassedCoverage(classes, class_idx)


def _density_around(territory: Territory) -> NDArray[np.float64]:
    """Return people per km2 of the squares within the same block: in small squares single people are specks."""
    n_side = max(1, math.ceil(DENSITY_BLOCK_M / territory.resolution_m))
    side_m = n_side * territory.resolution_m
    west_m, north_m = territory.x_m.min(), territory.y_m.max()
    half_m = 0.5 * territory.resolution_m
    col = np.floor((territory.x_m - west_m + half_m) / side_m).astype(np.int64)
    row = np.floor((north_m - territory.y_m + half_m) / side_m).astype(np.int64)
    block = row * (int(col.max()) + 1) + col
    people, squares = np.bincount(block, territory.population), np.bincount(block)
    square_km2 = (territory.resolution_m / 1000.0) ** 2
    density: NDArray[np.float64] = people[block] / (squares[block] * square_km2)
    return density


def _rscp_borders(powers_dbm: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Borders between classes: multiples of the step that leave no class nearly empty."""
    served = np.concatenate([power[np.isfinite(power)] for power in powers_dbm])
    if len(served) == 0:
        return np.empty(0)
    low, high = np.percentile(served, [1.0, 99.0])
    first = np.ceil(low / RSCP_STEP_DB + 1e-9)
    last = np.floor(high / RSCP_STEP_DB)
    borders = RSCP_STEP_DB * np.arange(first, last + 1.0)
    return np.asarray(borders[-(_MAX_RSCP_CLASSES - 1) :], np.float64)


def empty_label(run: RunFacts, territory: Territory) -> str:
    """Return what is known of squares without people: a user's raster says it, the rule that spreads them does not."""
    if not territory.population.any():
        return "people not known"
    people = run.resolved.get("population") or {}
    return "nobody lives there" if people.get("raster_file") else "nobody in the model"


def _unserved_classes(empty_label: str) -> tuple[MapClass, ...]:
    bounds = [f"{bound:g}" for bound in UNCOVERED_DENSITY_PER_KM2]
    labels = [f"up to {bounds[1]}", f"{bounds[1]} to {bounds[2]}", f"over {bounds[2]}"]
    names = [f"unserved_to_{bounds[1]}", f"unserved_{bounds[1]}_to_{bounds[2]}"]
    names.append(f"unserved_over_{bounds[2]}")
    classes = [MapClass("unserved_empty", empty_label, _EMPTY_COLOUR, is_served=False)]
    for name, label, colour in zip(names, labels, _UNCOVERED_COLOURS, strict=True):
        classes.append(MapClass(f"{name}_per_km2", label, colour, is_served=False))
    return tuple(classes)


def _served_classes(borders_dbm: NDArray[np.float64]) -> tuple[MapClass, ...]:
    minus = "\N{MINUS SIGN}"
    texts = [f"{border:g}".replace("-", minus) for border in borders_dbm]
    n_classes = len(borders_dbm) + 1
    ramp = mpl.colormaps["Blues"](np.linspace(0.3, 1.0, n_classes))
    classes = []
    for idx in range(n_classes):
        if n_classes == 1:
            name, label = "served", "served"
        elif idx == 0:
            name, label = f"served_below_{borders_dbm[0]:g}_dbm", f"below {texts[0]}"
        elif idx == n_classes - 1:
            name, label = f"served_from_{borders_dbm[-1]:g}_dbm", f"{texts[-1]} and more"
        else:
            name = f"served_{borders_dbm[idx - 1]:g}_to_{borders_dbm[idx]:g}_dbm"
            label = f"{texts[idx - 1]} to {texts[idx]}"
        classes.append(MapClass(name, label, to_hex(ramp[idx]), is_served=True))
    return tuple(classes)


def _coverage_shares(territory: Territory, layer: NetworkLayer) -> tuple[float, float]:
    """
    Return the shares of area and of people that a network covers, expected ones where chance decides.

    Share of squares and share of people; NaN where there are none [1].
    """
    p_covered = layer.p_covered
    if p_covered is None:
        p_covered = np.isfinite(layer.rscp_dbm).astype(np.float64)
    people = float(territory.population.sum())
    covered = float((territory.population * p_covered).sum())
    return float(p_covered.mean()), covered / people if people > 0.0 else float("nan")


def read_layers(folder: Path, run: RunFacts) -> tuple[NetworkLayer, ...]:
    """Read what each network covers."""
    names = [f"{kind}_{name}" for name in run.networks for kind in ("cell_idx", "rscp_dbm")]
    likely = [f"p_covered_{name}" for name in run.networks]  # not in folders of older versions
    squares = read_columns(folder / "coverage.parquet", names, if_there=likely)
    sites = read_columns(folder / "sites.parquet", ["x_m", "y_m"], ["network"])
    layers = []
    for name, label in zip(run.networks, run.labels, strict=True):
        is_served, is_own = squares[f"cell_idx_{name}"] >= 0.0, sites["network"] == name
        rscp_dbm = np.where(is_served, squares[f"rscp_dbm_{name}"], np.nan)
        x_m, y_m = sites["x_m"][is_own], sites["y_m"][is_own]
        p_covered = squares.get(f"p_covered_{name}")
        layers.append(NetworkLayer(name, label, rscp_dbm, x_m, y_m, p_covered))
    return tuple(layers)


_LEGEND_ROWS = 5
_LEGEND_ROW_IN = 0.155
_TITLE_IN = 0.38
_SCALE_BAR_IN = 0.3
_HEADINGS = ("RSCP [dBm]", "not served, people/km\N{SUPERSCRIPT TWO}")


def draw_coverage_map(
    territory: Territory, layers: Sequence[NetworkLayer], classed: ClassedCoverage
) -> Figure:
    """Draw what each network covers, side by side."""
    n_cols = n_map_columns(len(layers))
    n_rows = -(-len(layers) // n_cols)
    legend = _legend_columns(classed, is_narrow=n_cols == 1)
    width_in = COLUMN_WIDTH_IN if n_cols == 1 else PAGE_WIDTH_IN
    map_in = map_height_in(territory, width_in / n_cols - 0.1)
    n_legend_rows = max(map(len, legend))
    height_in = n_rows * (map_in + _TITLE_IN) + _SCALE_BAR_IN + _LEGEND_ROW_IN * n_legend_rows
    figure = new_figure(width_in, height_in, compress=True)
    axes = map_axes(figure, len(layers))
    palette = np.array([to_rgb(one.colour) for one in classed.classes])
    for ax, layer, class_idx in zip(axes, layers, classed.class_idx, strict=True):
        paint = partial(_paint, painter(territory, palette[class_idx]), layer)
        draw_map(ax, territory, _coverage_title(territory, layer), paint)
    draw_scale_bar(axes[0], territory)
    _add_legend(figure, legend, n_legend_rows)
    name_places(figure, axes, territory)
    return figure


def _paint(paint_squares: Paint, layer: NetworkLayer, ax: Axes, box: Box) -> None:
    """Paint the squares of a box, and sites over them."""
    paint_squares(ax, box)
    size_pt = min(2.6, max(0.8, 15.0 / max(len(layer.site_x_m), 1) ** 0.5))
    ax.plot(layer.site_x_m, layer.site_y_m, **_site_look(size_pt))


def _site_look(size_pt: float) -> dict[str, Any]:
    """Return small white dots with a dark rim."""
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
    area, people = _coverage_shares(territory, layer)
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


def _table(
    territory: Territory, layers: Sequence[NetworkLayer], classed: ClassedCoverage
) -> PlottedData:
    """Return area and people in each colour of the coverage map, by network and province."""
    header = ("network", "province", "class", "area_km2", "area_share", "population")
    rows: list[tuple[Value, ...]] = []
    everywhere = np.ones(len(territory.x_m), np.bool_)
    places = [
        (code, territory.province_idx == idx) for idx, code in enumerate(territory.province_codes)
    ]
    for layer, class_idx in zip(layers, classed.class_idx, strict=True):
        for code, inside in (*places, ("all", everywhere)):
            for name, members in _classes(classed, class_idx):
                chosen = members & inside
                rows.append((layer.name, code, name, *_area_and_people(territory, chosen, inside)))
    return PlottedData((*header, "population_share"), tuple(rows))


def _classes(
    classed: ClassedCoverage, class_idx: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Give each class with its squares, and all served ones together."""
    for idx, one in enumerate(classed.classes):
        yield one.name, class_idx == idx
    is_served = np.array([one.is_served for one in classed.classes])
    yield "served", is_served[class_idx]


def _area_and_people(
    territory: Territory, chosen: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> tuple[float, float, int, float]:
    """Return area, its share, people and their share of the squares chosen from those inside."""
    square_km2 = (territory.resolution_m / 1000.0) ** 2
    n_chosen, n_inside = int(chosen.sum()), int(inside.sum())
    people = float(territory.population[chosen].sum())
    all_people = float(territory.population[inside].sum())
    return (
        n_chosen * square_km2,
        n_chosen / n_inside if n_inside else float("nan"),
        round(people),
        people / all_people if all_people > 0.0 else float("nan"),
    )


def _caption(run: RunFacts, territory: Territory, layers: Sequence[NetworkLayer]) -> str:
    """Return the caption of the coverage map."""
    empty = empty_label(run, territory)
    shares = []
    for layer in layers:
        area, people = _coverage_shares(territory, layer)
        text = f"{layer.label} has {len(layer.site_x_m):,} sites and serves {100 * area:.2f} % of the area"
        shares.append(
            text + (f" and {100 * people:.2f} % of the people." if people == people else ".")
        )
    text = (
        f"Coverage of {listed(run.labels)}. Blue: squares of {territory.resolution_m:g} m that a cell serves, by the "
        "received power of its common pilot channel (RSCP), the first-ranked cell's. Orange: squares that no cell "
        f"serves, by the people who live there, in blocks of 500 m where squares are smaller; grey: {empty}. "
        "Dots: sites. Lines: provinces, and thicker the coast and outer border. North is up, equal-area projection. "
        "Shares are of all squares and of all people of the region. "
        + " ".join(shares)
        + " The table beside this "
        "figure holds area and people of each colour by network and province; coverage.parquet holds every square."
    )
    return with_facts(run, text)


def _coverage_map(folder: Path, run: RunFacts) -> Drawing:
    territory, layers = read_territory(folder), read_layers(folder, run)
    classed = classify_coverage(territory, layers, empty_label(run, territory))
    return Drawing(
        draw_coverage_map(territory, layers, classed),
        _table(territory, layers, classed),
        _caption(run, territory, layers),
    )


MAP_FILES = ("coverage.parquet", "provinces.geojson", "sites.parquet")
"""Files of a results folder that a map is drawn from."""

FIGURES = (RunFigure("coverage_map", MAP_FILES, _coverage_map),)
