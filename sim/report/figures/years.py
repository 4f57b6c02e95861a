"""The years of a scenario: a panel for each quantity, its series with intervals, and published points on it."""

import math
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.drawings import Drawing, PlottedData, publish
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure, paper_style
from sim.runs.timeline.found import DATE
from sim.runs.timeline.printed import line_of
from sim.runs.timeline.study import read_years
from sim.tables import ALL

NAME = "years"
_PANEL_IN, _LEGEND_IN, _N_COLS = 1.9, 0.5, 2
_WIDTH = 100
_POINT: dict[str, Any] = {
    "marker": "x",
    "color": "#000000",
    "linestyle": "",
    "markersize": 4.5,
    "zorder": 5,
}
_PUBLISHED = "published"

Row = Mapping[str, Any]


def draw_years(folder: Path) -> Path:
    """
    Draw the years of a scenario into the `figures/` of their folder.

    Parameters
    ----------
    folder : Path
        Folder of the years.

    Returns
    -------
    Path
        The PDF.
    """
    found = read_years(folder)
    with paper_style():
        drawing = Drawing(_figure(found), _data(found), _caption(found))
        return publish(folder / "figures", NAME, f"Years of {found['scenario']}", drawing)


def _figure(found: Row) -> Figure:
    quantities = list(dict.fromkeys(one["quantity"] for one in found["rows"]))
    n_rows = math.ceil(len(quantities) / _N_COLS)
    figure = new_figure(PAGE_WIDTH_IN, _LEGEND_IN + _PANEL_IN * n_rows)
    panels = figure.subplots(n_rows, _N_COLS, squeeze=False).ravel()
    for ax in panels[len(quantities) :]:
        ax.set_axis_off()
    known: dict[str, Any] = {}
    for ax, quantity in zip(panels, quantities, strict=False):
        _panel(ax, found, quantity)
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    figure.legend(known.values(), known.keys(), loc="outside upper center", ncols=len(known))
    return figure


def _panel(ax: Axes, found: Row, quantity: str) -> None:
    line, names = line_of(quantity), _labels(found)
    rows = [
        one for one in found["rows"] if one["quantity"] == quantity and one["value"] is not None
    ]
    there = [name for name in names if any(one["network"] == name for one in rows)]
    for name in there:
        own = [one for one in rows if one["network"] == name]
        at = [_year(one[DATE]) for one in own]
        middle = [one["value"] * line.factor for one in own]
        look = network_look(list(names).index(name))
        reach = [[_reach(one, end) * line.factor for one in own] for end in ("low", "high")]
        ax.errorbar(at, middle, yerr=reach, label=names[name], capsize=1.5, elinewidth=0.8, **look)
    points = list(_points(found, quantity))
    if points:
        years, values, *reach = (list(column) for column in zip(*points, strict=True))
        ax.errorbar(years, values, yerr=reach, label=_PUBLISHED, elinewidth=0.8, **_POINT)
    ax.set_ylim(bottom=0.0)
    ax.set_ylabel(line.label)


def _labels(found: Row) -> dict[str, str]:
    """Return what a legend calls networks, any and all of them."""
    names = {one["name"]: one["label"] for one in found["networks"]}
    return names if len(names) == 1 else {**names, ALL: "all", "any": "any"}


def _year(text: str) -> float:
    """Return a date as a number of years, with its part of the year."""
    day = date.fromisoformat(text)
    begin, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - begin) / (end - begin)


def _reach(row: Row, end: str) -> float:
    return 0.0 if row[end] is None else abs(row[end] - row["value"])


def _points(found: Row, quantity: str) -> Iterator[tuple[float, float, float, float]]:
    """Yield published points: year, value, and how far it may be below and above."""
    factor = line_of(quantity).factor
    for one in found["published"]:
        if one["quantity"] == quantity:
            low, high = (_reach(one, end) * factor for end in ("low", "high"))
            yield _year(one[DATE]), one["value"] * factor, low, high


def _data(found: Row) -> PlottedData:
    columns = ("date", "quantity", "network", "kind", "value", "low", "high", "unit", "source")
    table: list[tuple[str | int | float, ...]] = []
    for kind, rows in (("simulated", found["rows"]), (_PUBLISHED, found["published"])):
        for one in rows:
            ends = (_number(one[key]) for key in ("value", "low", "high"))
            said = one.get("source", "")
            row = (one[DATE], one["quantity"], one["network"], kind, *ends, one["unit"], said)
            table.append(row)
    return PlottedData(columns, tuple(table))


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _caption(found: Row) -> str:
    hour = f"the hour from {found['hour']}" if found["has_calls"] else "coverage"
    text = (
        f"{found['scenario']} by date: {hour} with the sites, lines and rules of each date, on the same draws at all. "
        "Bars: 95 % intervals over replications, within one world. Crosses: published numbers, to which nothing was "
        f"fitted but sites and lines that the timeline gives. Id {found['id'][:8]}."
    )
    if documents := _documents(found["sources"]):
        text += f" Sources: {documents}."
    return textwrap.fill(text, _WIDTH, break_long_words=False) + "\n"


def _documents(sources: Mapping[str, str]) -> str:
    return "; ".join(f"{key} {text}" for key, text in sources.items())
