"""The figures of a study of what is not known: tornado, scatter, indices and screening, for each measure."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.report import names
from sim.report.drawings import Drawing, captioned, publish, table_of
from sim.report.figures.uncertainty_table import (
    FEWEST_SAMPLES,
    Floats,
    Measured,
    Row,
    Study,
    by_measure,
    measured_of,
    read_study,
)
from sim.report.maps import n_map_columns
from sim.report.style import (
    COLUMN_WIDTH_IN,
    LEAST_PT,
    PAGE_WIDTH_IN,
    few_ticks,
    network_look,
    new_figure,
    paper_style,
    wrapped,
)
from sim.tables import ALL

_MOST_FIGURES, _MOST_BARS, _MOST_PANELS = 40, 10, 6
_TAIL = 1.0 / 3.0
_BAR_IN, _AROUND_IN, _PANEL_IN, _NAME_IN = 0.3, 0.8, 2.0, 2.2


def draw_uncertainty_figures(folder: Path) -> list[Path]:
    """
    Draw the figures of a study into its `figures/`.

    Parameters
    ----------
    folder : Path
        Folder of the study.

    Returns
    -------
    list of Path
        PDF file of each figure drawn; `.png`, `.csv` and `.txt` lie beside it.

    Raises
    ------
    StoreError
        If the folder holds no study, or cannot be written to.
    """
    study = read_study(folder)
    drawn: list[Path] = []
    with paper_style():
        for name, title, drawing in _drawings(study):
            if len(drawn) < _MOST_FIGURES:
                drawn.append(publish(folder / "figures", name, title, drawing))
    return drawn


def _drawings(study: Study) -> Iterator[tuple[str, str, Drawing]]:
    makers: list[tuple[str, Callable[[Study, Measured], Drawing | None]]] = [
        ("tornado", draw_tornado), ("scatter", draw_scatter), ("indices", draw_indices),
    ]  # fmt: skip
    for one in measured_of(study):
        for kind, draw in makers:
            drawing = draw(study, one)
            if drawing is not None:
                yield _name(kind, one.key), f"{kind} of {one.title}", drawing
    if "indices" not in study.tables and "screening" in study.tables:
        for key, rows in by_measure(study.tables["screening"]):
            if any(row["size"] for row in rows):
                yield (
                    _name("screening", key),
                    f"screening of {key[0]}",
                    _draw_screening(study, key, rows),
                )


def _name(kind: str, key: tuple[str, ...]) -> str:
    return "_".join([kind, key[0], *(word for word in key[1:] if word != ALL)]).replace(".", "_")


@dataclass(frozen=True)
class _Swing:
    """What a measure is, in the mean, where a parameter is low and where it is high."""

    path: str
    low: float
    high: float
    error: float  # standard error of each, the larger of both

    @property
    def width(self) -> float:
        return abs(self.high - self.low)

    @property
    def stands_out(self) -> bool:
        """Whether the difference is more than three of its standard errors: of many bars one makes two by chance."""
        return self.width > 3.0 * math.sqrt(2.0) * self.error


def _swings(one: Measured) -> list[_Swing]:
    found = []
    for path, shares in one.shares.items():
        # Samples in which one factor is moved repeat all others: they would count what is the same many times.
        tails = (one.is_of_sample & (shares < _TAIL), one.is_of_sample & (shares > 1.0 - _TAIL))
        ends = [one.values[chosen] for chosen in tails]
        if min(map(len, ends)) < 2:
            continue
        errors = [float(end.std(ddof=1)) / len(end) ** 0.5 for end in ends]
        found.append(_Swing(path, float(ends[0].mean()), float(ends[1].mean()), max(errors)))
    return sorted(found, key=lambda swing: -swing.width)


def draw_tornado(study: Study, one: Measured) -> Drawing | None:
    """Draw what a measure is where a parameter lies in the lowest and in the highest third of its law."""
    swings = _swings(one)[:_MOST_BARS]
    if not swings:
        return None
    figure, ax = _bars_figure([swing.path for swing in swings])
    middle = float(one.values[one.is_of_sample].mean())
    looks = [network_look(0), network_look(1)]
    for i, swing in enumerate(swings):
        clear = 0.75 if swing.stands_out else 0.25
        for end, look, hatch in zip((swing.low, swing.high), looks, ("", "////"), strict=True):
            ax.barh(
                i, end - middle, left=middle, height=0.6, color=look["color"], alpha=clear,
                hatch=hatch, edgecolor="white", linewidth=0.0, xerr=swing.error,
                error_kw={"lw": 0.6, "capsize": 1.5},
                label=("lowest third", "highest third")[end is swing.high] if i == 0 else None,
            )  # fmt: skip
    ax.axvline(middle, color="black", lw=0.6)
    ax.set_xlabel(wrapped(one.title, PAGE_WIDTH_IN - _NAME_IN))
    figure.legend(loc="outside upper right", ncols=2)
    data = table_of(
        {
            "parameter": [swing.path for swing in swings],
            "low": [swing.low for swing in swings],
            "high": [swing.high for swing in swings],
            "standard_error": [swing.error for swing in swings],
            "mean": [middle] * len(swings),
        }
    )
    text = (
        f"{_capital(one.title)}: mean of the samples in which a parameter lies in the lowest and in the "
        "highest third of its law, all others drawn as well. Line: mean of all samples. Thin bars: a standard error to "
        "each side, of the other parameters and of chance. Pale: the ends differ by less than three standard errors "
        "of a difference."
    )
    return Drawing(figure, data, _caption(study, text))


def _bars_figure(paths: list[str]) -> tuple[Figure, Axes]:
    """Return a panel with a bar for each path, the first at the top."""
    figure = new_figure(PAGE_WIDTH_IN, _AROUND_IN + _BAR_IN * len(paths))
    ax = figure.subplots()
    ax.set_yticks(range(len(paths)), [_broken(path) for path in paths])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_locator(few_ticks())
    return figure, ax


def _broken(path: str) -> str:
    """Return a path in lines that fit beside a bar, broken after points."""
    return wrapped(path.replace(".", ". "), _NAME_IN).replace(". ", ".").replace(".\n", ".\n")


def _without_unit(title: str) -> str:
    return re.sub(r" \[[^\]]*\]", "", title)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _caption(study: Study, text: str) -> str:
    return captioned(text, study.facts)


def draw_scatter(study: Study, one: Measured) -> Drawing | None:
    """Draw a measure over each of the parameters that move it most."""
    paths = [swing.path for swing in _swings(one)[:_MOST_PANELS]]
    chosen = one.is_of_sample
    if not paths or int(chosen.sum()) < FEWEST_SAMPLES:
        return None
    n_cols = n_map_columns(len(paths))
    n_rows = -(-len(paths) // n_cols)
    width_in = COLUMN_WIDTH_IN if n_cols == 1 else PAGE_WIDTH_IN
    figure = new_figure(width_in, _PANEL_IN * n_rows + 0.2)
    axes = list(figure.subplots(n_rows, n_cols, sharey=True, squeeze=False).ravel())
    columns: dict[str, list[Any]] = {one.key[0]: one.values[chosen].tolist()}
    for ax, path in zip(axes, paths, strict=False):
        x = [
            value
            for value, is_kept in zip(one.drawn[path], chosen.tolist(), strict=True)
            if is_kept
        ]
        columns[path] = x
        _draw_dots(ax, x, one.values[chosen], study.manifest["parameters"].get(path, ""))
        ax.set_xlabel(wrapped(path.replace(".", ". "), width_in / n_cols - 0.4).replace(". ", "."))
    for ax in axes[len(paths) :]:
        ax.set_axis_off()
    for ax in axes[: len(paths) : n_cols]:
        ax.set_ylabel(wrapped(one.title, _PANEL_IN - 0.4))
    text = (
        f"{_capital(one.title)} of each sample, over the parameters that move it most, all drawn at once. A dot is the "
        "mean of a sample's replications: it spreads by the other parameters and by chance."
    )
    return Drawing(figure, table_of(columns), _caption(study, text))


def _draw_dots(ax: Axes, x: list[Any], y: Floats, law: str) -> None:
    look = network_look(0)
    if any(isinstance(value, str | bool) for value in x):
        words = sorted({str(value) for value in x})
        ax.plot(
            [words.index(str(value)) for value in x], y, "o", ms=2.5, alpha=0.6, color=look["color"]
        )
        ax.set_xticks(range(len(words)), words, fontsize=LEAST_PT)
        return
    ax.plot(x, y, "o", ms=2.5, alpha=0.6, mew=0.0, color=look["color"])
    if "by ratios" in law:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.xaxis.set_major_locator(few_ticks(4))
    ax.yaxis.set_major_locator(few_ticks(5))


def draw_indices(study: Study, one: Measured) -> Drawing | None:
    """Draw first-order and total indices of a measure, with their intervals."""
    if "indices" not in study.tables:
        return None
    found = dict(by_measure(study.tables["indices"])).get(one.key, [])
    rows = sorted((row for row in found if row["total"] is not None), key=lambda row: -row["total"])
    rows = rows[: _MOST_BARS + 1]
    if not rows:
        return None
    figure, ax = _bars_figure([row["factor"] for row in rows])
    for kind, offset, look in (("total", -0.15, network_look(0)), ("first", 0.15, network_look(1))):
        value = 100.0 * np.array([row[kind] for row in rows])
        ends = [
            100.0
            * np.array(
                [np.nan if row[f"{kind}_{e}"] is None else row[f"{kind}_{e}"] for row in rows]
            )
            for e in ("low", "high")
        ]
        beside = np.abs(np.nan_to_num(np.stack([value - ends[0], ends[1] - value])))
        ax.errorbar(
            value, np.arange(len(rows)) + offset, xerr=beside,
            fmt=look["marker"], color=look["color"], ms=3.5, lw=0.8, capsize=1.5,
            label={"total": "with interactions (total)", "first": "alone (first order)"}[kind],
        )  # fmt: skip
    ax.axvline(0.0, color="black", lw=0.6)
    ax.set_xlabel(
        wrapped(
            f"share of what is unknown of {_without_unit(one.title)} [%]", PAGE_WIDTH_IN - _NAME_IN
        )
    )
    figure.legend(loc="outside upper right", ncols=2)
    kept = (
        "factor",
        "first",
        "first_low",
        "first_high",
        "total",
        "total_low",
        "total_high",
        "n_rows",
    )
    data = table_of(
        {name: [np.nan if row[name] is None else row[name] for row in rows] for name in kept}
    )
    text = (
        f"{_capital(one.title)}: share of the variance by parameters that each makes alone and with all its "
        "interactions (Sobol's indices), chance taken off. Bars: 95 % by the bootstrap over rows of the design."
    )
    return Drawing(figure, data, _caption(study, text))


def _draw_screening(study: Study, key: tuple[str, ...], rows: list[Row]) -> Drawing:
    rows = sorted((row for row in rows if row["size"] is not None), key=lambda row: -row["size"])
    rows = rows[:_MOST_BARS]
    shown = names.shown(key[0], "")
    title = ", ".join([shown.title, *(names.place(word) for word in key[1:] if word != ALL)])
    figure, ax = _bars_figure([row["path"] for row in rows])
    numbers = {
        name: shown.factor * np.array([np.nan if row[name] is None else row[name] for row in rows])
        for name in ("mean", "size", "spread", "noise")
    }
    at = np.arange(len(rows))
    ax.barh(
        at, numbers["size"], height=0.6, color=network_look(0)["color"], alpha=0.75, label="size"
    )
    ax.plot(numbers["spread"], at, "s", color=network_look(1)["color"], ms=3.0, label="spread")
    if numbers["noise"].any():
        ax.plot(numbers["noise"], at, "k|", ms=8.0, label="size by chance alone")
    ax.set_xlabel(wrapped(f"change from low to high: {title}", PAGE_WIDTH_IN - _NAME_IN))
    figure.legend(loc="outside upper right", ncols=3)
    text = (
        f"{_capital(title)}: mean size of the change from the lower to the upper end of a range, and its standard "
        "deviation, by bends and interactions (Morris's elementary effects)."
    )
    data = table_of({"parameter": [row["path"] for row in rows], **numbers})
    return Drawing(figure, data, _caption(study, text))
