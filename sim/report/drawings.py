"""A figure with its numbers and its caption, and how it is written beside the results."""

import csv
import os
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from sim.errors import Problem, StoreError
from sim.report.folder import RunFacts
from sim.report.style import save_figure
from sim.stats.intervals import CONFIDENCE

Value = str | int | float
"""One entry of a CSV file; NaN is written as nothing."""

_ENDINGS = (".csv", ".txt", ".png", ".pdf")
_LEFT_AFTER_S = 3600.0
_WIDTH = 100


@dataclass(frozen=True)
class PlottedData:
    """A tidy table."""

    header: tuple[str, ...]  # names of the columns, units in them
    rows: tuple[tuple[Value, ...], ...]  # rows


@dataclass(frozen=True)
class Drawing:
    """A figure with its numbers and its caption."""

    figure: Figure
    data: PlottedData
    caption: str


@dataclass(frozen=True)
class RunFigure:
    """A figure of a run, drawn where the results folder holds what it needs."""

    name: str  # name of its files
    needs: tuple[str, ...]  # files of the results folder
    draw: Callable[[Path, RunFacts], Drawing]
    applies: Callable[[Path], bool] = lambda _: True  # asked once the files are known to be there
    # why there is nothing to draw, though it applies; empty where there is
    lacks: Callable[[Path], str] = lambda _: ""


def table_of(columns: Mapping[str, ArrayLike]) -> PlottedData:
    """Return columns as a table."""
    lists = [np.asarray(column).tolist() for column in columns.values()]
    return PlottedData(tuple(columns), tuple(zip(*lists, strict=True)))


def _write_csv(path: Path, data: PlottedData) -> None:
    """Write a table; every number reads back as the same number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(data.header)
        for row in data.rows:
            writer.writerow(["" if value != value else value for value in row])


def listed(labels: Sequence[str]) -> str:
    """Return names as a text."""
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def over(n_replications: int) -> str:
    """Return what a mean is taken over."""
    return "one replication" if n_replications == 1 else f"over {n_replications} replications"


def interval_text(n_replications: int, ratio: str) -> str:
    """Return what a caption says of the bands about lines."""
    if n_replications < 2:
        return "One replication: there are no intervals."
    if n_replications == 2:
        return (
            "Lines: means of two replications, whose intervals are too wide to be drawn; the table beside this figure "
            "holds them."
        )
    return (
        f"Lines: over n = {n_replications} replications. Bands: {100 * CONFIDENCE:g} % intervals of each step, "
        f"{ratio} as a ratio by jackknife, never below 0; they hold within one world, that is for the same sites and "
        "people and other calls. A band may leave its panel."
    )


def with_facts(run: RunFacts, text: str) -> str:
    """Return a text as a caption: wrapped, with the run and its warnings after it."""
    facts = f"Scenario {run.scenario}, run {run.run_id}, seed {run.seed}."
    return captioned(text, facts, *(f"Note: {note}" for note in run.notes))


def captioned(*blocks: str) -> str:
    """Return paragraphs of a caption, wrapped."""
    return (
        "\n\n".join(textwrap.fill(block, _WIDTH, break_long_words=False) for block in blocks) + "\n"
    )


def _remove_leftovers(folder: Path) -> None:
    """Remove what a drawing left that was killed; another process may be drawing the same at this moment."""
    for left in folder.glob(".drawing-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)


def publish(folder: Path, name: str, title: str, drawing: Drawing) -> Path:
    """Write the four files of a figure under temporary names, then rename them."""
    try:
        folder.mkdir(exist_ok=True)
        _remove_leftovers(folder)
        with tempfile.TemporaryDirectory(prefix=".drawing-", dir=folder) as scratch:
            stem = Path(scratch) / name
            save_figure(drawing.figure, stem, title, drawing.caption)
            _write_csv(stem.with_name(name + ".csv"), drawing.data)
            stem.with_name(name + ".txt").write_text(drawing.caption, encoding="utf-8")
            for ending in _ENDINGS:
                os.replace(stem.with_name(name + ending), folder / (name + ending))  # noqa: PTH105
    except OSError as error:
        message = (
            f"figures cannot be written ({error.strerror or error}), the data beside them are whole; free space or "
            "mend the permissions, then run again"
        )
        raise StoreError(Problem(str(folder), message)) from error
    return folder / f"{name}.pdf"
