"""Charts of a sweep: curves with bands of their intervals, points, and a heat map of two axes."""

import textwrap
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.report.style import COLUMN_WIDTH_IN, network_look, new_figure
from sim.report.sweep_material import SweepAxis, SweepMeasure

MOST_LINES = 8
"""Most curves in one figure: there are so many looks that a print without colour tells apart."""

_SHOWN = {"bit/s": ("_bps", 1e-3, "kbit/s"), "bit": ("_bit", 1e-9, "Gbit")}
"""Units whose numbers are long: ending of a measure that has them, and factor to the unit that is shown."""

_LETTERS_PER_IN, _BELOW_IN = 14.0, 0.75
"""Letters of a title, and the room that axis and small print take below a map."""

_FEWEST_ON_X = 2
_MOST_WORDS, _LARGE = 7, 100.0


def x_axis(one: SweepMeasure) -> SweepAxis | None:
    """
    Return the axis that is drawn along x.

    The axis of numbers with most values, the last of these; None where there is none.
    """
    numbers = [axis for axis in one.axes if axis.is_number]
    counts = [len(np.unique(axis.values)) for axis in numbers]
    if not counts or max(counts) < _FEWEST_ON_X:
        return None
    return [axis for axis, n in zip(numbers, counts, strict=True) if n == max(counts)][-1]


def can_be_curves(one: SweepMeasure) -> bool:
    """Return whether curves can be drawn."""
    along = x_axis(one)
    return along is not None and len(_groups(one, along)) <= MOST_LINES


def _groups(one: SweepMeasure, along: SweepAxis) -> dict[tuple[str, ...], list[int]]:
    """Return the runs of each curve, by the values of all other axes."""
    others = [axis for axis in one.axes if axis is not along]
    groups: dict[tuple[str, ...], list[int]] = {}
    for run in range(len(one.value)):
        key = tuple(_word(axis.values[run]) for axis in others)
        groups.setdefault(key, []).append(run)
    return groups


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def _shown(one: SweepMeasure) -> SweepMeasure:
    """Return a measure in a unit of short numbers."""
    if one.unit not in _SHOWN:
        return one
    ending, factor, unit = _SHOWN[one.unit]
    numbers = {name: getattr(one, name) * factor for name in ("value", "low", "high", "theory")}
    return replace(one, measure=one.measure.removesuffix(ending), unit=unit, **numbers)


def draw_curves(one: SweepMeasure) -> Figure:
    """Draw a measure along one axis, a curve with its band of intervals for each value of the others."""
    along = x_axis(one)
    if along is None:
        raise ValueError("a sweep without an axis of numbers has no curves")
    one = _shown(one)
    groups = _groups(one, along)
    figure = new_figure(COLUMN_WIDTH_IN, 2.6 + 0.13 * ((len(groups) + 1) // 2))
    ax = figure.subplots()
    x = along.values.astype(np.float64)
    for i, (key, runs) in enumerate(groups.items()):
        chosen = np.array(runs)[np.argsort(x[runs], kind="stable")]
        look = network_look(i)
        ax.fill_between(
            x[chosen], one.low[chosen], one.high[chosen], color=look["color"], alpha=0.2, lw=0
        )
        ax.plot(x[chosen], one.value[chosen], label=", ".join(key), **look)
        if np.isfinite(one.theory[chosen]).any():
            label = one.formula if i == 0 else None
            ax.plot(x[chosen], one.theory[chosen], color="black", lw=0.6, label=label, zorder=3)
    _label(ax, one, along)
    others = [axis.title for axis in one.axes if axis is not along]
    if others or np.isfinite(one.theory).any():
        title = ", ".join(others) or None
        figure.legend(loc="outside upper center", ncols=min(3, len(groups) + 1), title=title)
    return figure


def _label(ax: Axes, one: SweepMeasure, along: SweepAxis) -> None:
    ax.set_xlabel(along.title)
    ax.set_ylabel(measure_title(one))
    if np.all(along.values == np.round(along.values.astype(np.float64))):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    finite = one.value[np.isfinite(one.value)]
    if one.unit == "1" and len(finite) and finite.min() >= 0.0:
        ax.set_ylim(bottom=0.0)


def measure_title(one: SweepMeasure) -> str:
    """Return what a measure is called in a figure."""
    where = one.where
    name = " ".join([one.measure, *where])
    return name if one.unit == "1" else f"{name} [{one.unit}]"


def can_be_a_map(one: SweepMeasure) -> bool:
    """Return whether a heat map can be drawn."""
    if len(one.axes) != 2:
        return False
    n = [len(np.unique(axis.values)) for axis in one.axes]
    return min(n) >= _FEWEST_ON_X and n[0] * n[1] == len(one.value)


def draw_map(one: SweepMeasure) -> Figure:
    """Draw a measure over two axes, every value in its field."""
    one = _shown(one)
    y_axis, along = one.axes
    rows, row = np.unique(y_axis.values, return_inverse=True)
    columns, column = np.unique(along.values, return_inverse=True)
    field = np.full((len(rows), len(columns)), np.nan)
    field[row, column] = one.value
    title = measure_title(one)
    longest_in = max(map(len, title.split())) / _LETTERS_PER_IN
    height_in = min(5.0, max(1.3 + 0.32 * len(rows), _BELOW_IN + longest_in))
    figure = new_figure(COLUMN_WIDTH_IN, height_in)
    ax = figure.subplots()
    ax.grid(visible=False)
    image = ax.imshow(field, origin="lower", aspect="auto", cmap="cividis")
    ax.set_xticks(range(len(columns)), [_word(v) for v in columns])
    ax.set_yticks(range(len(rows)), [_word(v) for v in rows])
    ax.set_xlabel(along.title)
    ax.set_ylabel(y_axis.title)
    if len(columns) <= _MOST_WORDS:
        middle = (np.nanmin(field) + np.nanmax(field)) / 2.0
        for i, j in np.ndindex(field.shape):
            if np.isfinite(field[i, j]):
                colour = "white" if field[i, j] < middle else "black"
                ax.text(
                    j,
                    i,
                    f"{field[i, j]:.2g}" if field[i, j] < _LARGE else f"{field[i, j]:,.0f}",
                    ha="center",
                    va="center",
                    color=colour,
                    fontsize=5.5,
                )
    n_letters = round((height_in - _BELOW_IN) * _LETTERS_PER_IN)
    label = textwrap.fill(title, n_letters, break_long_words=False)
    figure.colorbar(image, ax=ax, label=label)
    return figure


def draw_points(one: SweepMeasure) -> Figure:
    """Draw a measure of drawn points against each axis, with intervals."""
    one = _shown(one)
    numbers = [axis for axis in one.axes if axis.is_number]
    figure = new_figure(COLUMN_WIDTH_IN, 0.4 + 1.7 * len(numbers))
    panels = np.atleast_1d(figure.subplots(len(numbers), 1))
    half = np.nan_to_num(np.stack([one.value - one.low, one.high - one.value]))
    for ax, axis in zip(panels, numbers, strict=True):
        ax.errorbar(axis.values.astype(np.float64), one.value, half, fmt="o", ms=2, lw=0.5)
        _label(ax, one, axis)
    return figure
