"""A study of what is not known as its folder holds it, in the words and units that figures show."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import Problem, StoreError
from sim.report import names
from sim.tables import ALL, SUMMARY_AXES

FEWEST_SAMPLES = 10
"""Samples below which nothing is drawn (house choice)."""

Floats = NDArray[np.float64]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """A study as its folder holds it."""

    folder: Path
    manifest: Mapping[str, Any]
    tables: Mapping[str, pa.Table]

    @property
    def facts(self) -> str:
        """What a caption says of where its numbers are from."""
        question = self.manifest["question"]
        often = (
            "coverage alone"
            if question["coverage_only"]
            else f"{question['replications']} replications of each"
        )
        return (
            f"{self.manifest['n_samples']:,} samples of {len(self.manifest['parameters'])} parameters, {often}, within "
            f"one world. Study {self.manifest['id'][:8]} of {self.manifest['scenario']}."
        )


@dataclass(frozen=True)
class Measured:
    """A measure of the samples in which it was counted."""

    key: tuple[str, ...]  # measure, and its names along the axes
    shown: names.Shown
    values: Floats  # (sample,) in the shown unit
    shares: Mapping[str, Floats]  # (sample,) share of each parameter, by path
    drawn: Mapping[str, tuple[Any, ...]]  # (sample,) what each parameter was set to
    is_of_sample: NDArray[
        np.bool_
    ]  # (sample,) whether all parameters are drawn apart: samples a and b

    @property
    def title(self) -> str:
        """What it is of, in words."""
        where = [names.place(word) for word in self.key[1:] if word != ALL]
        return ", ".join([self.shown.title, *where])


def read_study(folder: Path) -> Study:
    """Read a study."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files = sorted(folder.glob("*.parquet"))
        tables = {path.stem: pq.read_table(path, partitioning=None) for path in files}
        _ = manifest["question"]
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        message = "is no study that can be read; give the command `uncertainty` again"
        raise StoreError(Problem(str(folder), message)) from error
    return Study(folder, manifest, tables)


def by_measure(table: pa.Table) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """Yield the rows of each measure, of one that stands for all networks and for each alone at all of them only."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in table.to_pylist():
        groups.setdefault(tuple(row[key] for key in ("measure", *SUMMARY_AXES)), []).append(row)
    wide = {key[0] for key in groups if key[1] == ALL}
    yield from ((key, rows) for key, rows in groups.items() if key[1] == ALL or key[0] not in wide)


def measured_of(study: Study) -> Iterator[Measured]:
    """Yield the measures of the samples that say anything: enough of them, and not all alike."""
    if "uncertainty" not in study.tables:
        return
    roles = {
        row["sample"]: row["role"]
        for row in study.tables["samples"].to_pylist()
        if row["stage"] == "samples"
    }
    shares: dict[str, dict[int, float]] = {}
    drawn: dict[str, dict[int, Any]] = {}
    for row in study.tables["draws"].to_pylist():
        if row["stage"] == "samples" and row["share"] is not None:
            shares.setdefault(row["path"], {})[row["sample"]] = row["share"]
            drawn.setdefault(row["path"], {})[row["sample"]] = json.loads(row["value"])
    units = {row["measure"]: row["unit"] for row in study.tables["uncertainty"].to_pylist()}
    for key, rows in by_measure(study.tables["sample_measures"]):
        kept = [row for row in rows if row["stage"] == "samples" and roles[row["sample"]] != "own"]
        values = np.array([row["value"] for row in kept], np.float64)
        if key[0] not in units or len(values) < FEWEST_SAMPLES or np.ptp(values) == 0.0:
            continue
        samples, shown = [row["sample"] for row in kept], names.shown(key[0], units[key[0]])
        yield Measured(
            key=key,
            shown=shown,
            values=values * shown.factor,
            shares={path: np.array([of[i] for i in samples]) for path, of in shares.items()},
            drawn={path: tuple(of[i] for i in samples) for path, of in drawn.items()},
            is_of_sample=np.array([roles[i] in ("a", "b") for i in samples], np.bool_),
        )
