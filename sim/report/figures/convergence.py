"""What choices of the method change: differences from the scenario as it is, by level, a panel for each choice."""

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.drawings import Drawing, PlottedData, publish
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure, paper_style
from sim.runs.convergence.study import FILE, read_found
from sim.runs.method.headlines import HEADLINES
from sim.tables import ALL

NAME = "convergence"
_MOST_LINES = 8
_PANEL_IN, _LEGEND_IN, _N_COLS = 2.1, 0.9, 2
_WIDTH = 100
_SPREAD = 0.3  # between the first and the last measure at a level, in distances of levels

Row = Mapping[str, Any]


def is_drawn(folder: Path) -> bool:
    """
    Say whether the figure of a study is there.

    Parameters
    ----------
    folder : Path
        Folder of the study.

    Returns
    -------
    bool
        Whether it is.
    """
    return (folder / "figures" / f"{NAME}.pdf").is_file()


def draw_convergence(folder: Path) -> Path | None:
    """
    Draw what choices change into the `figures/` of a study.

    Parameters
    ----------
    folder : Path
        Folder of the study.

    Returns
    -------
    Path or None
        The PDF; None where no choice changes any measure.
    """
    found = read_found(folder / FILE)
    rows = list(_drawn(found))
    if not rows:
        return None
    with paper_style():
        drawing = Drawing(_figure(found, rows), _data(found, rows), _caption(found))
        return publish(folder / "figures", NAME, f"Convergence of {found['scenario']}", drawing)


def _drawn(found: Row) -> Iterator[tuple[Row, float]]:
    """Yield what is drawn, with the value of the measure: of whole countries, and more than 0."""
    values = {_key(row): row["value"] for row in found["measures"]}
    names = {key[1] for key in values}
    kept: list[tuple[str, str, str]] = []
    for key, value in values.items():
        _, network, by = key
        is_whole = by != ALL or network == ALL or (len(names - {ALL}) == 1)
        if value and is_whole and len(kept) < _MOST_LINES:
            kept.append(key)
    moved = {row["choice"] for row in found["results"] if row["bound"] > 0.0 and _key(row) in kept}
    for row in found["results"]:
        if row["choice"] in moved and _key(row) in kept:
            yield row, values[_key(row)]


def _key(row: Row) -> tuple[str, str, str]:
    return row["measure"], row["network"], row["covered_by"]


def _figure(found: Row, rows: Sequence[tuple[Row, float]]) -> Figure:
    choices = [one for one in found["choices"] if any(r["choice"] == one["name"] for r, _ in rows)]
    measures = list(dict.fromkeys(row["measure"] for row, _ in rows))
    n_rows = math.ceil(len(choices) / _N_COLS)
    figure = new_figure(PAGE_WIDTH_IN, _LEGEND_IN + _PANEL_IN * n_rows)
    panels = figure.subplots(n_rows, _N_COLS, squeeze=False).ravel()
    for ax in panels[len(choices) :]:
        ax.set_axis_off()
    for ax, choice in zip(panels, choices, strict=False):
        _panel(ax, choice, [one for one in rows if one[0]["choice"] == choice["name"]], measures)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(4, len(labels)))
    return figure


def _panel(
    ax: Axes, choice: Row, rows: Sequence[tuple[Row, float]], measures: Sequence[str]
) -> None:
    for row, value in rows:
        number = measures.index(row["measure"])
        shift = _SPREAD * ((number + 0.5) / len(measures) - 0.5)
        points = [[100.0 * end / value for end in one] for one in row["from_as_is"]]
        middle = [one[0] for one in points]
        reach = [[one[0] - one[1] for one in points], [one[2] - one[0] for one in points]]
        at = [i + shift for i in range(len(points))]
        label = _label(row["measure"])
        ax.errorbar(
            at, middle, yerr=reach, label=label, capsize=1.5, elinewidth=0.8, linewidth=0.8, **network_look(number)
        )  # fmt: skip
    ax.axhline(0.0, color="#404040", linewidth=0.6)
    unit = "" if choice["unit"] in ("", "1") else f" [{choice['unit']}]"
    ax.set_xticks(range(len(choice["values"])))
    ax.set_xticklabels([one if isinstance(one, str) else f"{one:g}" for one in choice["values"]])
    ax.set_xlim(-0.5, len(choice["values"]) - 0.5)
    ax.set_xlabel(f"{choice['label']}{unit}")
    ax.set_ylabel("difference [%]")


def _label(measure: str) -> str:
    """Return what a legend calls a measure: differences are in parts of its value, whatever its unit."""
    return HEADLINES[measure].label.partition(" [")[0]


def _data(found: Row, rows: Sequence[tuple[Row, float]]) -> PlottedData:
    columns = (
        "choice",
        "level",
        "measure",
        "network",
        "covered_by",
        "value",
        "difference",
        "low",
        "high",
    )
    choices = {one["name"]: one for one in found["choices"]}
    table: list[tuple[str | int | float, ...]] = []
    for row, value in rows:
        for level, ends in zip(choices[row["choice"]]["values"], row["from_as_is"], strict=True):
            table.append((row["choice"], level, *_key(row), value, *ends))
    return PlottedData(columns, tuple(table))


def _caption(found: Row) -> str:
    sites = "are held" if found["holds_sites"] else "are placed anew at every level"
    text = (
        f"Differences of measures from those of {found['scenario']} as it is, in per cent of these, where one choice "
        "of the method has another value, coarser to the left. Bars: paired 95 % intervals over "
        f"{len(found['seeds'])} seeds that all levels share. Sites {sites}. Study {found['id'][:8]}; choices and "
        "measures without any difference are left out."
    )
    return textwrap.fill(text, _WIDTH, break_long_words=False) + "\n"
