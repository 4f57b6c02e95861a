"""The figures of a sweep, each with its numbers and its caption."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sim.errors import Problem, StoreError
from sim.report.footer import add_footer, footer_lines
from sim.report.plotted import PlottedData, write_csv
from sim.report.style import COLUMN_WIDTH_IN, paper_style, save_figure
from sim.report.sweep_chart import (
    can_be_a_map,
    can_be_curves,
    draw_curves,
    draw_map,
    draw_points,
    measure_title,
    x_axis,
)
from sim.report.sweep_material import SweepMeasure, read_sweep

_ENDINGS = (".csv", ".txt", ".png", ".pdf")
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
    if can_be_a_map(one):
        yield "map", draw_map(one)
    if can_be_curves(one):
        yield "curves", draw_curves(one)
    elif x_axis(one) is not None:
        yield "points", draw_points(one)


def _publish(folder: Path, kind: str, one: SweepMeasure, figure: Figure) -> Path:
    """Write the four files of a figure under temporary names, then rename them."""
    words = [one.measure, *one.where]
    name = "_".join([kind, *words]).replace(".", "_")
    add_footer(figure, footer_lines(one.notes, COLUMN_WIDTH_IN))
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".drawing-", dir=folder) as scratch:
            stem = Path(scratch) / name
            save_figure(figure, stem, f"{name} of sweep {one.sweep}, {one.sweep_id[:8]}")
            write_csv(stem.with_name(name + ".csv"), sweep_data(one))
            stem.with_name(name + ".txt").write_text(sweep_caption(kind, one), encoding="utf-8")
            for ending in _ENDINGS:
                os.replace(stem.with_name(name + ending), folder / (name + ending))  # noqa: PTH105
    except OSError as error:
        message = (
            f"figures cannot be written ({error.strerror or error}), the data beside them are whole"
        )
        raise StoreError(Problem(str(folder), message)) from error
    return folder / f"{name}.pdf"


def sweep_data(one: SweepMeasure) -> PlottedData:
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
        f"{measure_title(one)} over {axes}: sweep {one.sweep}, {one.sweep_id[:8]}, {len(one.value)} runs."
        f"{intervals}{theory}{notes}\n"
    )
