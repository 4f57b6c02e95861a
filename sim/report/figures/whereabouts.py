"""Where lines are: at which kinds of places by the hour of a day, and a map of two hours."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, Value, table_of, with_facts
from sim.report.folder import RunFacts, Territory, read_columns, read_territory
from sim.report.maps import (
    draw_map,
    draw_scale_bar,
    map_axes,
    map_height_in,
    name_places,
    painter,
)
from sim.report.style import (
    NETWORK_COLOURS,
    PAGE_WIDTH_IN,
    few_ticks,
    new_figure,
)
from sim.tables import AT_HOME

BY_HOUR_FILE, BY_SQUARE_FILE = "population_by_hour.parquet", "lines_by_square.parquet"
HOURS = 24

DENSITIES_PER_KM2 = (0.0, 1.0, 10.0, 100.0, 1000.0)
"""Borders of classes of lines a square kilometre, each of them exceeded (house choice). [1/km2]"""

CHANGES_PER_KM2 = (-100.0, -10.0, -1.0, 1.0, 10.0, 100.0)
"""Borders of classes of lines more or fewer a square kilometre (house choice). [1/km2]"""

_MINUS = "\N{MINUS SIGN}"
_SQUARED = "km\N{SUPERSCRIPT TWO}"
_EMPTY, _SAME = "#e4e4e4", "#f2f2f2"
_LEGEND_IN, _TITLE_IN = 1.15, 0.3


@dataclass(frozen=True)
class DayOfLines:
    """Where lines are in each hour of a day."""

    kinds: tuple[str, ...]  # kinds of places, without the home
    by_kind: NDArray[np.float64]  # (hour, kind) lines there
    in_cities: NDArray[np.float64]  # (hour,) lines in cities
    total: float  # all lines

    @property
    def away(self) -> NDArray[np.float64]:
        """Return how many lines are not at home in each hour."""
        return np.asarray(self.by_kind.sum(axis=1))


def read_day(folder: Path) -> DayOfLines:
    """Read where lines are by the hour."""
    rows = read_columns(folder / BY_HOUR_FILE, ["hour", "n_lines"], ["ground", "at"])
    hour, n_lines = rows["hour"].astype(np.int64), rows["n_lines"]
    kinds = tuple(dict.fromkeys(one for one in rows["at"].tolist() if one != AT_HOME))
    by_kind = [np.bincount(hour, n_lines * (rows["at"] == kind), HOURS) for kind in kinds]
    cities = np.bincount(hour, n_lines * (rows["ground"] == "city"), HOURS).astype(np.float64)
    return DayOfLines(kinds, np.stack(by_kind, axis=1), cities, float(n_lines[hour == 0].sum()))


def draw_day(day: DayOfLines) -> Figure:
    """Draw who is not at home, and who is in cities, by the hour."""
    figure = new_figure(PAGE_WIDTH_IN, 2.5)
    left, right = figure.subplots(1, 2)
    ends = np.arange(HOURS + 1)
    below = np.zeros(HOURS)
    for number, kind in enumerate(day.kinds):
        above = below + 100.0 * day.by_kind[:, number] / day.total
        colour = NETWORK_COLOURS[number % len(NETWORK_COLOURS)]
        left.stairs(above, ends, baseline=below, fill=True, color=colour, label=kind)
        below = above
    right.stairs(100.0 * day.in_cities / day.total, ends, baseline=None, color="black")
    for ax, said, most in (
        (left, "lines not at home [% of all]", below.max()),
        (right, "lines in cities [% of all]", 100.0 * (day.in_cities / day.total).max()),
    ):
        ax.set(
            xlim=(0, HOURS), xlabel="hour of the day", ylabel=said, ylim=(0.0, 1.08 * most or 1.0)
        )
        ax.set_xticks(range(0, HOURS + 1, 6))
        ax.yaxis.set_major_locator(few_ticks())
    figure.legend(loc="outside lower center", ncols=min(len(day.kinds), 6))
    return figure


def _day_data(day: DayOfLines) -> PlottedData:
    columns: dict[str, NDArray[np.generic]] = {"hour": np.arange(HOURS)}
    for number, kind in enumerate(day.kinds):
        columns[f"n_lines_at_{kind}"] = day.by_kind[:, number]
    columns["n_lines_in_cities"] = day.in_cities
    return table_of(columns)


def _population_by_hour(folder: Path, run: RunFacts) -> Drawing:
    day = read_day(folder)
    away, share = day.away, day.in_cities / day.total
    text = (
        f"Where {day.total:,.0f} lines are in each hour of {run.start:%Y-%m-%d}. Left: those that are not at home, by "
        f"the kind of place; most at {np.argmax(away)} h, {100 * away.max() / day.total:.1f} % of all lines, fewest at "
        f"{np.argmin(away)} h, {100 * away.min() / day.total:.1f} %. Right: those in squares of cities, "
        f"{100 * share.min():.1f} to {100 * share.max():.1f} %. At full hours lines go there or back; the way takes no "
        "time. Kinds, shares and hours are those of the scenario, traffic.places. population_by_hour.parquet has them "
        "by province."
    )
    return Drawing(draw_day(day), _day_data(day), with_facts(run, text))


def _number(value: float) -> str:
    return f"{value:g}".replace("-", _MINUS)


def _density_classes() -> tuple[list[str], NDArray[np.float64]]:
    """Return labels and colours of densities: none first."""
    low = DENSITIES_PER_KM2
    labels = ["none", *(f"up to {_number(high)}" for high in low[1:]), f"over {_number(low[-1])}"]
    ramp = np.asarray(mpl.colormaps["viridis_r"](np.linspace(0.05, 1.0, len(low))))[:, :3]
    return labels, np.vstack([to_rgb(_EMPTY), ramp])


def _change_classes() -> tuple[list[str], NDArray[np.float64]]:
    """Return labels and colours of changes: the largest loss first."""
    borders = CHANGES_PER_KM2
    labels = [f"below {_number(borders[0])}"]
    labels += [f"{_number(a)} to {_number(b)}" for a, b in pairwise(borders)]
    labels.append(f"over {_number(borders[-1])}")
    ramp = np.asarray(mpl.colormaps["RdBu_r"](np.linspace(0.0, 1.0, len(labels))))[:, :3]
    ramp[len(labels) // 2] = to_rgb(_SAME)
    return labels, ramp


def draw_two_hours(
    territory: Territory, before: NDArray[np.float64], change: NDArray[np.float64], hours: list[int]
) -> Figure:
    """Draw the density of lines in one hour, and how many there are more or fewer in another [1/km2]."""
    map_in = map_height_in(territory, PAGE_WIDTH_IN / 2 - 0.1)
    figure = new_figure(PAGE_WIDTH_IN, map_in + _LEGEND_IN + _TITLE_IN, compress=True)
    axes = map_axes(figure, 2)
    parts = (
        (_density_classes(), np.searchsorted(DENSITIES_PER_KM2, before), f"{hours[0]} h, lines/{_SQUARED}"),
        (
            _change_classes(), np.searchsorted(CHANGES_PER_KM2, change),
            f"{hours[1]} h, more or fewer/{_SQUARED}",
        ),
    )  # fmt: skip
    for ax, ((labels, colours), class_idx, title) in zip(axes, parts, strict=True):
        draw_map(ax, territory, title, painter(territory, colours[class_idx]))
        _add_legend(ax, labels, colours)
    draw_scale_bar(axes[0], territory)
    name_places(figure, axes, territory)
    return figure


def _add_legend(ax: Axes, labels: list[str], colours: NDArray[np.float64]) -> None:
    handles = [
        Patch(facecolor=tuple(colour), edgecolor="#808080", linewidth=0.3, label=label)
        for label, colour in zip(labels, colours, strict=True)
    ]
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3, handlelength=1.4
    )


def _population_map(folder: Path, run: RunFacts) -> Drawing:
    territory, away = read_territory(folder), read_day(folder).away
    names = ["n_lines_fewest_away", "n_lines_most_away"]
    squares = read_columns(folder / BY_SQUARE_FILE, names)
    square_km2 = (territory.resolution_m / 1000.0) ** 2
    before, after = (squares[name] / square_km2 for name in names)
    hours = [int(np.argmin(away)), int(np.argmax(away))]
    rows: list[tuple[Value, ...]] = []
    for idx, code in enumerate(territory.province_codes):
        inside = territory.province_idx == idx
        gone, come = (np.maximum(sign * (after - before)[inside], 0.0) for sign in (-1.0, 1.0))
        counts = (before[inside], after[inside], gone, come)
        rows.append((code, *(float(one.sum() * square_km2) for one in counts)))
    moved = sum(float(row[-1]) for row in rows)
    text = (
        f"Where lines are on {run.start:%Y-%m-%d}. Left: at {hours[0]} h, when most are at home. Right: at {hours[1]} "
        f"h, when fewest are, against {hours[0]} h: red where there are more, blue where there are fewer. Squares of "
        f"{territory.resolution_m:g} m; {moved:,.0f} more are in squares that gain, as many fewer in those that lose. "
        "Homes, and places beside them by traffic.places, are modelled, not observed. North is up, equal-area "
        "projection. The table beside this figure holds provinces; lines_by_square.parquet holds every square."
    )
    header = ("province", *names, "n_lines_fewer", "n_lines_more")
    figure = draw_two_hours(territory, before, after - before, hours)
    return Drawing(figure, PlottedData(header, tuple(rows)), with_facts(run, text))


def _lacks_moves(folder: Path) -> str:
    return "" if np.any(read_day(folder).away > 0.0) else "nobody leaves home"


FIGURES = (
    RunFigure("population_by_hour", (BY_HOUR_FILE,), _population_by_hour, lacks=_lacks_moves),
    RunFigure(
        "population_map",
        (BY_HOUR_FILE, BY_SQUARE_FILE, "coverage.parquet", "provinces.geojson"),
        _population_map,
        lacks=_lacks_moves,
    ),
)
