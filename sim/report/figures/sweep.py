"""The figures of a sweep: which there are, their numbers and captions."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sim.report.drawings import Drawing, PlottedData, publish
from sim.report.figures.over_time import FEWEST_FOR_BAND
from sim.report.figures.sweep_curves import can_be_curves, draw_curves, draw_points, x_axis
from sim.report.figures.sweep_map import can_be_a_map, draw_map
from sim.report.figures.sweep_table import SweepMeasure, read_sweep
from sim.report.style import paper_style

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
    name = "_".join([kind, one.measure, *one.where]).replace(".", "_")
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
        if band and n.max() >= FEWEST_FOR_BAND
        else ""
    )
    theory = (
        f" Thin black lines: {one.formula}."
        if kind == "curves" and np.isfinite(one.theory).any()
        else ""
    )
    said = "; ".join(note.removesuffix(".") for note in one.notes)
    notes = f" Note: {said}." if said else ""
    place = f", {one.place}," if one.place else ""
    return (
        f"{one.shown.title[0].upper()}{one.shown.title[1:]} ({one.measure}){place} over {axes}: sweep {one.sweep}, "
        f"{one.sweep_id[:8]}, {len(one.value)} runs.{intervals}{theory}{notes}\n"
    )
