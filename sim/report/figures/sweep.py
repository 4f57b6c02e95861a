"""The figures of a sweep: curves with bands of their intervals, points, and a heat map of two axes."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.errors import Problem, StoreError
from sim.report.drawings import Drawing, PlottedData, publish
from sim.report.style import (
    COLUMN_WIDTH_IN,
    add_footer,
    footer_lines,
    network_look,
    new_figure,
    paper_style,
)
from sim.tables import ALL, SUMMARY_AXES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SweepAxis:
    """An axis with its value at each run."""

    name: str  # and label, unit: what it is called
    label: str
    unit: str
    values: NDArray[np.generic]  # (run,) values, numbers or texts

    @property
    def is_number(self) -> bool:
        """Whether values are numbers."""
        return bool(np.issubdtype(self.values.dtype, np.number))

    @property
    def title(self) -> str:
        """What an axis of a figure shows."""
        return self.label if self.unit in ("", "1") else f"{self.label} [{self.unit}]"


@dataclass(frozen=True)
class SweepMeasure:
    """A measure of all runs, with one name along each axis."""

    measure: str  # and unit: what it is
    # names along the axes that are not `all`, such as a network and a province
    where: tuple[str, ...]
    unit: str
    axes: tuple[SweepAxis, ...]  # axes, a value for each run
    value: Floats  # and low, high: (run,) estimate and interval
    low: Floats
    high: Floats
    theory: Floats  # (run,) what a formula says; NaN where none does
    formula: str  # name of the formula
    n_replications: NDArray[np.int64]  # (run,) replications
    sweep: str  # and sweep_id: where it comes from
    sweep_id: str
    notes: tuple[str, ...]  # what must be said


def read_sweep(folder: Path) -> Iterator[SweepMeasure]:
    """Read the measures of a sweep."""
    path = folder / "sweep.parquet"
    try:
        table = pq.read_table(path, partitioning=None)
        facts = {key.decode(): value for key, value in table.schema.metadata.items()}
        axes = json.loads(facts["axes"])
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        message = "is no table of a sweep that can be read; give the command `sweep` again"
        raise StoreError(Problem(str(path), message)) from error
    theory, formula = _read_theory(folder)
    keys = [table.column(name).to_numpy() for name in ("measure", *SUMMARY_AXES)]
    for key in dict.fromkeys(zip(*keys, strict=True)):
        measure, where = key[0], tuple(word for word in key[1:] if word != ALL)
        chosen = np.logical_and.reduce([own == word for own, word in zip(keys, key, strict=True)])
        rows = table.filter(pa.array(chosen))
        points = rows.column("point").to_pylist()
        numbers = {
            name: rows.column(name).to_numpy().astype(np.float64)
            for name in ("value", "low", "high")
        }
        yield SweepMeasure(
            measure=measure,
            where=where,
            unit=rows.column("unit")[0].as_py(),
            axes=tuple(
                SweepAxis(a["name"], a["label"], a["unit"], _column(rows, a["name"])) for a in axes
            ),
            **numbers,
            theory=np.array(
                [theory.get((p, measure), np.nan) if not where else np.nan for p in points],
                np.float64,
            ),
            formula=formula,
            n_replications=rows.column("n_replications").to_numpy().astype(np.int64),
            sweep=json.loads(facts["sweep"]),
            sweep_id=json.loads(facts["id"]),
            notes=tuple(json.loads(facts["notes"])),
        )


def _column(table: pa.Table, name: str) -> NDArray[np.generic]:
    values: NDArray[np.generic] = table.column(name).to_numpy()
    return values if np.issubdtype(values.dtype, np.number) else values.astype(np.str_)


def _read_theory(folder: Path) -> tuple[dict[tuple[int, str], float], str]:
    path = folder / "theory.parquet"
    if not path.is_file():
        return {}, ""
    table = pq.read_table(path, partitioning=None)
    keys = zip(table.column("point").to_pylist(), table.column("measure").to_pylist(), strict=True)
    found = dict(zip(keys, table.column("value").to_pylist(), strict=True))
    return found, json.loads(table.schema.metadata[b"formula"])


MOST_LINES = 8
"""Most curves in one figure: there are so many looks that a print without colour tells apart."""

_SHOWN = {"bit/s": ("_bps", 1e-3, "kbit/s"), "bit": ("_bit", 1e-9, "Gbit")}
"""Units whose numbers are long: ending of a measure that has them, and factor to the unit that is shown."""

_LETTERS_PER_IN, _BELOW_IN = 14.0, 0.75
"""Letters of a title, and the room that axis and small print take below a map."""

_FEWEST_ON_X = 2
_MOST_WORDS, _LARGE = 7, 100.0


def _x_axis(one: SweepMeasure) -> SweepAxis | None:
    """
    Return the axis that is drawn along x.

    The axis of numbers with most values, the last of these; None where there is none.
    """
    numbers = [axis for axis in one.axes if axis.is_number]
    counts = [len(np.unique(axis.values)) for axis in numbers]
    if not counts or max(counts) < _FEWEST_ON_X:
        return None
    return [axis for axis, n in zip(numbers, counts, strict=True) if n == max(counts)][-1]


def _can_be_curves(one: SweepMeasure) -> bool:
    """Return whether curves can be drawn."""
    along = _x_axis(one)
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
    along = _x_axis(one)
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
    ax.set_ylabel(_measure_title(one))
    if np.all(along.values == np.round(along.values.astype(np.float64))):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    finite = one.value[np.isfinite(one.value)]
    if one.unit == "1" and len(finite) and finite.min() >= 0.0:
        ax.set_ylim(bottom=0.0)


def _measure_title(one: SweepMeasure) -> str:
    """Return what a measure is called in a figure."""
    where = one.where
    name = " ".join([one.measure, *where])
    return name if one.unit == "1" else f"{name} [{one.unit}]"


def _can_be_a_map(one: SweepMeasure) -> bool:
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
    title = _measure_title(one)
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


_MOST_FIGURES = 40


def draw_sweep_figures(folder: Path) -> list[Path]:
    """
    Draw the figures of a sweep into its `figures/`.

    Parameters
    ----------
    folder : Path
        Folder of the sweep.

    Returns
    -------
    list of Path
        PDF file of each figure drawn; `.png`, `.csv` and `.txt` lie beside it.

    Raises
    ------
    StoreError
        If the folder holds no collected sweep, or cannot be written to.
    """
    drawn: list[Path] = []
    with paper_style():
        for one in read_sweep(folder):
            for kind, figure in _figures(one):
                if len(drawn) < _MOST_FIGURES:
                    drawn.append(_publish(folder / "figures", kind, one, figure))
    return drawn


def _figures(one: SweepMeasure) -> Iterator[tuple[str, Figure]]:
    if not np.isfinite(one.value).any():
        return
    if _can_be_a_map(one):
        yield "map", draw_map(one)
    if _can_be_curves(one):
        yield "curves", draw_curves(one)
    elif _x_axis(one) is not None:
        yield "points", draw_points(one)


def _publish(folder: Path, kind: str, one: SweepMeasure, figure: Figure) -> Path:
    name = "_".join([kind, one.measure, *one.where]).replace(".", "_")
    add_footer(figure, footer_lines(one.notes, COLUMN_WIDTH_IN))
    title = f"{name} of sweep {one.sweep}, {one.sweep_id[:8]}"
    return publish(folder, name, title, Drawing(figure, _sweep_data(one), sweep_caption(kind, one)))


def _sweep_data(one: SweepMeasure) -> PlottedData:
    """Return the numbers drawn."""
    columns = [axis.values.tolist() for axis in one.axes]
    columns += [
        array.tolist() for array in (one.value, one.low, one.high, one.n_replications, one.theory)
    ]
    header = (*(axis.name for axis in one.axes), "value", "low", "high", "n_replications", "theory")
    return PlottedData(header, tuple(zip(*columns, strict=True)))


def sweep_caption(kind: str, one: SweepMeasure) -> str:
    """Return the caption of a figure of a sweep."""
    n = one.n_replications
    times = f"{n.min()}" if n.min() == n.max() else f"{n.min()} to {n.max()}"
    axes = " and ".join(axis.label for axis in one.axes)
    band = {"map": "", "curves": " Bands are", "points": " Bars are"}[kind]
    intervals = (
        f"{band} 95 % intervals over {times} replications, within one world; runs share random numbers."
        if band
        else ""
    )
    theory = (
        f" Thin black lines: {one.formula}."
        if kind == "curves" and np.isfinite(one.theory).any()
        else ""
    )
    said = "; ".join(note.removesuffix(".") for note in one.notes)
    notes = f" Note: {said}." if said else ""
    return (
        f"{_measure_title(one)} over {axes}: sweep {one.sweep}, {one.sweep_id[:8]}, {len(one.value)} runs."
        f"{intervals}{theory}{notes}\n"
    )
