"""A measure of a sweep over two axes, a field for each run; of further axes a panel for each value."""

import math

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.figures.sweep_curves import MOST_PANELS
from sim.report.figures.sweep_table import SweepAxis, SweepMeasure, in_shown_units, panels_of
from sim.report.maps import n_map_columns
from sim.report.style import (
    COLUMN_WIDTH_IN,
    LEAST_PT,
    LETTER_IN,
    PAGE_WIDTH_IN,
    few_ticks,
    new_figure,
    wrapped,
)

_FEWEST = 2
_BESIDE_IN, _LINE_IN = 1.35, 0.15  # axis, its labels and the colour bar; a line of a title
# Pale enough for black numbers.
_RAMP = ListedColormap(mpl.colormaps["YlGnBu"](np.linspace(0.02, 0.6, 256)))


def can_be_a_map(one: SweepMeasure) -> bool:
    """Return whether every combination of the last two axes was run, for each of the others."""
    if len(one.axes) < 2:
        return False
    *others, rows, columns = one.axes
    n = len(np.unique(rows.values)), len(np.unique(columns.values))
    parts = [part for _, part in panels_of(one, others)]
    return (
        min(n) >= _FEWEST
        and len(parts) <= MOST_PANELS
        and all(len(part.value) == n[0] * n[1] for part in parts)
    )


def draw_map(one: SweepMeasure) -> Figure:
    """Draw a measure over two axes, all panels on one scale, values in their fields where there is room."""
    one = in_shown_units(one)
    *others, y_axis, x_axis = one.axes
    parts = list(panels_of(one, others))
    rows, columns = np.unique(y_axis.values), np.unique(x_axis.values)
    n_digits = _digits(one.value)
    n_cols = n_map_columns(len(parts))
    n_rows = -(-len(parts) // n_cols)
    beside_in = _BESIDE_IN + LETTER_IN * max(len(y_axis.word(row)) for row in rows)
    longest = max(len(_number(value, n_digits)) for value in one.value)
    wanted_in = beside_in + n_cols * len(columns) * LETTER_IN * (longest + 1)
    width_in = COLUMN_WIDTH_IN if n_cols == 1 and wanted_in <= COLUMN_WIDTH_IN else PAGE_WIDTH_IN
    panel_in = (width_in - beside_in) / n_cols
    titles = [wrapped(", ".join(filter(None, (one.place, t))), panel_in) for t, _ in parts]
    high_in = max(0.2 * len(rows), 1.2)
    title_in = _LINE_IN * max(title.count("\n") + bool(title) for title in titles)
    x_title = wrapped(x_axis.title, panel_in)
    below_in = 0.35 + _LINE_IN * (1 + x_title.count("\n"))
    figure = new_figure(width_in, min(9.5, n_rows * (high_in + title_in) + below_in))
    axes = figure.subplots(n_rows, n_cols, sharex=True, sharey=True, squeeze=False).ravel()
    least, most = _ends(one)
    for ax, title, (_, part) in zip(axes, titles, parts, strict=False):
        field = np.full((len(rows), len(columns)), np.nan)
        field[_places(part, rows, columns)] = part.value
        image = ax.imshow(field, origin="lower", aspect="auto", cmap=_RAMP, vmin=least, vmax=most)
        ax.grid(visible=False)
        ax.set_title(title, loc="left", fontsize=LEAST_PT)
        if wanted_in <= width_in:
            _write(ax, field, n_digits)
    for ax in axes[len(parts) :]:
        ax.set_axis_off()
    for ax in axes[max(0, len(parts) - n_cols) : len(parts)]:
        ax.set_xlabel(x_title)
        ax.xaxis.set_tick_params(labelbottom=True)
    for ax in axes[: len(parts) : n_cols]:
        ax.set_ylabel(wrapped(y_axis.title, high_in))
    _name_ticks(axes[0], (y_axis, rows), (x_axis, columns), panel_in / len(columns))
    bar = figure.colorbar(
        image, ax=list(axes), pad=0.02, format="{x:,.6g}", ticks=few_ticks(max(3, int(4 * high_in)))
    )
    bar.set_label(wrapped(one.shown.title, n_rows * high_in))
    return figure


def _places(
    part: SweepMeasure, rows: NDArray[np.generic], columns: NDArray[np.generic]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row and the column of each run."""
    y_axis, x_axis = part.axes[-2:]
    return np.searchsorted(rows, y_axis.values), np.searchsorted(columns, x_axis.values)


def _ends(one: SweepMeasure) -> tuple[float, float]:
    """Return the ends of the scale: from 0, unless all values lie far from it."""
    least, most = float(np.nanmin(one.value)), float(np.nanmax(one.value))
    if one.starts_at_0:
        least = 0.0
    return least, most if most > least else least + 1.0


def _digits(values: NDArray[np.float64]) -> int:
    """Return how many decimals tell a hundredth of the range of values."""
    finite = values[np.isfinite(values)]
    span = float(np.ptp(finite)) or abs(float(finite[0]))
    return min(6, max(0, 2 - math.floor(math.log10(span)))) if span > 0.0 else 0


def _number(value: float, n_digits: int) -> str:
    return f"{value:,.{n_digits}f}"


def _write(ax: Axes, field: NDArray[np.float64], n_digits: int) -> None:
    """Write the values into their fields."""
    for (row, column), value in np.ndenumerate(field):
        if np.isfinite(value):
            text = _number(value, n_digits)
            ax.text(column, row, text, ha="center", va="center", fontsize=LEAST_PT)


def _name_ticks(
    ax: Axes,
    y: tuple[SweepAxis, NDArray[np.generic]],
    x: tuple[SweepAxis, NDArray[np.generic]],
    column_in: float,
) -> None:
    """Name as many fields as there is room for; names that are long stand aslant."""
    ax.set_yticks(range(len(y[1])), [y[0].word(value) for value in y[1]])
    words = [x[0].word(value) for value in x[1]]
    needed_in = LETTER_IN * (max(map(len, words)) + 1)
    every = math.ceil(needed_in / column_in) if x[0].is_number else 1
    ax.set_xticks(range(0, len(words), every), words[::every])
    if not x[0].is_number and needed_in > column_in:
        ax.set_xticks(range(len(words)), words, rotation=30, ha="right", rotation_mode="anchor")
