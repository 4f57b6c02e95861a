"""Curves of a sweep along one axis, and points where its design draws them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from sim.report.figures.over_time import FEWEST_FOR_BAND
from sim.report.figures.sweep_table import SweepAxis, SweepMeasure, in_shown_units, panels_of
from sim.report.maps import n_map_columns
from sim.report.style import (
    COLUMN_WIDTH_IN,
    LEAST_PT,
    LETTER_IN,
    PAGE_WIDTH_IN,
    few_ticks,
    network_look,
    new_figure,
    wrapped,
)

MOST_LINES = 8
"""Most curves in one panel: there are so many looks that a print without colour tells apart."""

MOST_PANELS = 12
"""Most panels in one figure (house choice)."""

_FEWEST_ON_X = 2
_PANEL_IN, _BESIDE_IN, _MARK_IN, _LINE_IN = 2.1, 0.7, 0.5, 0.15


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


def _split(one: SweepMeasure, along: SweepAxis) -> tuple[list[SweepAxis], list[SweepAxis]]:
    """Return the axes whose values are panels, and the last of the others, whose values are curves."""
    others = [axis for axis in one.axes if axis.name != along.name]
    return others[:-1], others[-1:]


def can_be_curves(one: SweepMeasure) -> bool:
    """Return whether curves can be drawn: few enough, and of more than a point each."""
    along = x_axis(one)
    if along is None:
        return False
    panels, lines = _split(one, along)
    parts = [part for _, part in panels_of(one, panels)]
    curves = [[curve for _, curve in panels_of(part, _same(part, lines))] for part in parts]
    return (
        len(parts) <= MOST_PANELS
        and max(map(len, curves)) <= MOST_LINES
        and all(len(curve.value) >= _FEWEST_ON_X for own in curves for curve in own)
    )


def _same(part: SweepMeasure, axes: list[SweepAxis]) -> list[SweepAxis]:
    """Return axes with the values of some runs."""
    names = [axis.name for axis in axes]
    return [axis for axis in part.axes if axis.name in names]


def draw_curves(one: SweepMeasure) -> Figure:
    """Draw a measure along one axis: a curve for each value of another, a panel for each of all others."""
    along = x_axis(one)
    if along is None:
        raise ValueError("a sweep without an axis of numbers has no curves")
    one = in_shown_units(one)
    panels, lines = _split(one, along)
    parts = list(panels_of(one, panels))
    curves = [list(panels_of(part, _same(part, lines))) for _, part in parts]
    words = [name.rpartition(": ")[2] for name, _ in curves[0]]
    n_cols = n_map_columns(len(parts))
    width_in = COLUMN_WIDTH_IN if n_cols == 1 else PAGE_WIDTH_IN
    said = [*words, *([one.formula] if np.isfinite(one.theory).any() else [])]
    n_beside = max(1, int(width_in / (_MARK_IN + LETTER_IN * max(map(len, said)))))
    legend_in = (
        _LINE_IN * (1 + -(-len(said) // n_beside)) if lines or len(said) > len(words) else 0.0
    )
    figure, axes = _panels(width_in, n_cols, [title for title, _ in parts], legend_in, one)
    for ax, own in zip(axes, curves, strict=True):
        for i, (name, (_, curve)) in enumerate(zip(words, own, strict=True)):
            _draw_curve(ax, curve, along, i, name)
    panel_in = (width_in - _BESIDE_IN) / n_cols
    for k, ax in enumerate(axes):
        _scale_x(ax, along, panel_in)
        if k >= len(parts) - n_cols:
            ax.set_xlabel(wrapped(along.title, panel_in))
        else:
            ax.xaxis.set_tick_params(labelbottom=False)
    _scale_y(axes[0], one)
    if legend_in:
        figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=n_beside,
            title=wrapped(lines[0].title, width_in) if lines else None,
        )  # fmt: skip
    return figure


def _panels(
    width_in: float, n_cols: int, titles: list[str], legend_in: float, one: SweepMeasure
) -> tuple[Figure, list[Axes]]:
    """Return panels in rows that share the axis of the measure, each with its title."""
    titles = [", ".join(filter(None, (one.place, title))) for title in titles]
    titles = [wrapped(title, (width_in - _BESIDE_IN) / n_cols) for title in titles]
    n_rows = -(-len(titles) // n_cols)
    title_in = _LINE_IN * max(title.count("\n") + bool(title) for title in titles)
    figure = new_figure(width_in, n_rows * (_PANEL_IN + title_in) + legend_in + 0.2)
    axes = list(figure.subplots(n_rows, n_cols, sharey=True, squeeze=False).ravel())
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, loc="left", fontsize=LEAST_PT)
    for ax in axes[len(titles) :]:
        ax.set_axis_off()
    for ax in axes[: len(titles) : n_cols]:
        ax.set_ylabel(wrapped(one.shown.title, _PANEL_IN - 0.5))
    return figure, axes[: len(titles)]


def _scale_y(ax: Axes, one: SweepMeasure) -> None:
    if one.starts_at_0:
        ax.set_ylim(0.0, None if np.nanmax(one.value) > 0.0 else 1.0)
    ax.yaxis.set_major_locator(few_ticks())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def _draw_curve(ax: Axes, curve: SweepMeasure, along: SweepAxis, i: int, name: str) -> None:
    """Draw a curve with its band, and what a formula says of it."""
    (axis,) = _same(curve, [along])
    x = axis.values.astype(np.float64)
    order = np.argsort(x, kind="stable")
    look = network_look(i)
    if (curve.n_replications >= FEWEST_FOR_BAND).any():
        ends = curve.low[order], curve.high[order]
        ax.fill_between(x[order], *ends, color=look["color"], alpha=0.15, lw=0)
    ax.plot(x[order], curve.value[order], label=name, **look)
    if np.isfinite(curve.theory).any():
        label = curve.formula if i == 0 else None
        ax.plot(x[order], curve.theory[order], color="black", lw=0.6, label=label, zorder=3)


def _scale_x(ax: Axes, axis: SweepAxis, panel_in: float) -> None:
    """Set ticks at the values where there is room for them, else at round numbers."""
    x = np.unique(axis.values.astype(np.float64))
    words = [axis.word(value) for value in x]
    if axis.is_logarithmic and x[0] > 0.0:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    elif LETTER_IN * (len(x) + len("".join(words))) < 0.9 * panel_in:
        nearest_in = panel_in * float(np.diff(x, prepend=-np.inf).min() / (np.ptp(x) or 1.0))
        if nearest_in > LETTER_IN * (1 + max(map(len, words))):
            ax.set_xticks(x, words)
            return
    if not axis.is_logarithmic:
        is_whole = bool(np.all(x == np.round(x)))
        ax.xaxis.set_major_locator(few_ticks(max(2, int(panel_in / 0.5)), whole=is_whole))


def draw_points(one: SweepMeasure) -> Figure:
    """Draw a measure of drawn points against each axis, with intervals."""
    one = in_shown_units(one)
    numbers = [axis for axis in one.axes if axis.is_number]
    n_cols = n_map_columns(len(numbers))
    width_in = COLUMN_WIDTH_IN if n_cols == 1 else PAGE_WIDTH_IN
    figure, axes = _panels(width_in, n_cols, [""] * len(numbers), 0.0, one)
    half = np.nan_to_num(np.stack([one.value - one.low, one.high - one.value]))
    half[:, one.n_replications < FEWEST_FOR_BAND] = 0.0
    panel_in = (width_in - _BESIDE_IN) / n_cols
    for ax, axis in zip(axes, numbers, strict=True):
        ax.errorbar(axis.values.astype(np.float64), one.value, half, fmt="o", ms=2.5, lw=0.6)
        _scale_x(ax, axis, panel_in)
        ax.set_xlabel(wrapped(axis.title, panel_in))
    _scale_y(axes[0], one)
    return figure
