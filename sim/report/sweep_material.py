"""What the figures of a sweep are drawn from: its table, read from its folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import Problem, StoreError
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
