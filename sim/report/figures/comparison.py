"""Two runs side by side: how many times as much of each measure B has as A, by network."""

import json
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.errors import Problem, SimError
from sim.report.drawings import Drawing, PlottedData, publish
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure, paper_style
from sim.runs.measures.subjects import MEASURES
from sim.tables import ALL

_ROW_IN, _REST_IN = 0.085, 0.8
_WIDE = 30.0  # ratios that reach farther have marks at powers of ten alone
_MOST_ROWS = 60
_WIDTH = 100
_ENDINGS = (".png", ".pdf", ".csv", ".txt")


def draw_comparison(table: pa.Table, path: Path) -> Path:
    """
    Draw a comparison, and write it as .pdf, .png, .csv and .txt (its caption).

    Parameters
    ----------
    table : pa.Table
        Table `sim.tables.COMPARISON`.
    path : Path
        Where to, with one of these endings or none.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    SimError
        If nothing can be drawn, or it cannot be written.
    """
    stem = path.with_suffix("") if path.suffix in _ENDINGS else path
    drawn = [row for row in table.to_pylist() if _is_drawn(row)]
    shown, n_more = drawn[:_MOST_ROWS], max(0, len(drawn) - _MOST_ROWS)
    if not shown:
        message = "nothing that differs has more than 0 in both runs; there is no figure"
        raise SimError(Problem(f"--figure {path}", message))
    facts = {key.decode(): json.loads(value) for key, value in _told(table).items()}
    with paper_style():
        drawing = Drawing(_figure(shown), _data(shown), _caption(facts, n_more))
        return publish(stem.parent, stem.name, "Comparison of two runs", drawing)


def _told(table: pa.Table) -> dict[bytes, bytes]:
    wanted = (b"a", b"b", b"n_pairs", b"differences")
    return {key: table.schema.metadata[key] for key in wanted}


def _is_drawn(row: dict[str, Any]) -> bool:
    """Say whether a row is shown to people, of a whole country, and has a ratio."""
    is_whole = row["province"] == ALL and row["trunk"] == ALL and row["covered_by"] == ALL
    has_ratio = (row["a"] or 0.0) > 0.0 and (row["b"] or 0.0) > 0.0
    return is_whole and has_ratio and MEASURES[row["measure"]].line is not None


def _figure(rows: Sequence[dict[str, Any]]) -> Figure:
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    networks = list(dict.fromkeys(row["network"] for row in rows))
    figure = new_figure(PAGE_WIDTH_IN, _REST_IN + _ROW_IN * max(6, len(measures) * len(networks)))
    ax = figure.subplots()
    for number, network in enumerate(networks):
        own = [row for row in rows if row["network"] == network]
        at = [measures.index(row["measure"]) + _shift(number, len(networks)) for row in own]
        ratios = [row["b"] / row["a"] for row in own]
        ends = [_ends(row) for row in own]
        reach = [
            [max(0.0, ratio - low) for ratio, (low, _) in zip(ratios, ends, strict=True)],
            [max(0.0, high - ratio) for ratio, (_, high) in zip(ratios, ends, strict=True)],
        ]
        look = network_look(number) | {"linestyle": "none"}
        label = "all networks" if network == ALL else network
        ax.errorbar(ratios, at, xerr=reach, label=label, capsize=1.5, elinewidth=0.8, **look)
    ax.axvline(1.0, color="#404040", linewidth=0.8)
    ax.set_xscale("log")
    least, most = _reach(rows)
    ax.set_xlim(least, most)
    marks = (1.0,) if most / least > _WIDE else (1.0, 2.0, 5.0)
    ax.xaxis.set_major_locator(LogLocator(10.0, subs=marks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(range(len(measures)))
    ax.set_yticklabels([_label(name, measures) for name in measures])
    ax.set_ylim(len(measures) - 0.5, -0.5)
    ax.set_xlabel("B / A")
    if len(networks) > 1:
        figure.legend(loc="outside upper right", ncols=len(networks))
    return figure


def _reach(rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Return the ends of the axis: all ratios, and 1; an interval may go beyond."""
    ratios = [1.0, *(row["b"] / row["a"] for row in rows)]
    return min(ratios) / 1.5, max(ratios) * 1.5


def _label(name: str, shown: Sequence[str]) -> str:
    """Return what the summary calls a measure, with its table where two have one name."""
    line = MEASURES[name].line
    label = name if line is None else line.label
    alike = [one for one in shown if (known := MEASURES[one].line) and known.label == label]
    return f"{name.partition('.')[0]}: {label}" if len(alike) > 1 else label


def _shift(number: int, n: int) -> float:
    """Return how far below the middle of its row a network stands."""
    return 0.7 * ((number + 0.5) / n - 0.5)


def _ends(row: dict[str, Any]) -> tuple[float, float]:
    """Return the ends of the interval of B / A: those of the difference, over A."""
    if row["low"] is None:
        return row["b"] / row["a"], row["b"] / row["a"]
    least = 1e-3 * row["b"] / row["a"]  # a logarithmic axis has no 0
    return max(least, 1.0 + row["low"] / row["a"]), 1.0 + row["high"] / row["a"]


def _data(rows: Sequence[dict[str, Any]]) -> PlottedData:
    columns = ("measure", "network", "unit", "a", "b", "value", "low", "high")
    kept = [tuple(math.nan if row[name] is None else row[name] for name in columns) for row in rows]
    return PlottedData(columns, tuple(kept))


def _caption(facts: dict[str, Any], n_more: int) -> str:
    names = [f"{facts[key]['scenario']} {facts[key]['id'][:8]}" for key in ("a", "b")]
    keys = "; ".join(one["path"] for one in facts["differences"][:12]) or "nothing"
    text = (
        f"How many times as much B has as A, by measure and network, on a logarithmic axis: A = {names[0]}, "
        f"B = {names[1]}, which differ in {keys}. Bars: paired 95 % intervals of the difference over "
        f"{facts['n_pairs']} pairs of replications, divided by A; coverage has one value in a world and none. "
        "Measures that are the same in both, or 0 in one, are left out."
        + (f" So are {n_more} more rows, which do not fit; --measures chooses." if n_more else "")
    )
    return textwrap.fill(text, _WIDTH, break_long_words=False) + "\n"
