"""The table of a sweep: its measures with their axes, in the words and units that figures show."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import Problem, StoreError
from sim.report import names
from sim.tables import ALL, SUMMARY_AXES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SweepAxis:
    """An axis with its value at each run."""

    name: str  # and label, unit: what it is called
    label: str
    unit: str
    values: NDArray[np.generic]  # (run,) values, numbers or texts
    is_logarithmic: bool = False  # whether its values are spaced by ratios

    @property
    def is_number(self) -> bool:
        """Whether values are numbers."""
        return bool(np.issubdtype(self.values.dtype, np.number))

    @property
    def title(self) -> str:
        """What an axis of a figure shows."""
        label = names.plain(self.label) if self.label == self.name else self.label
        return label if self.unit in ("", "1") else f"{label} [{self.unit}]"

    def word(self, value: object) -> str:
        """Return what a value is called."""
        if isinstance(value, int | float | np.number):
            return f"{value:g}"
        return names.plain(str(value))


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

    @property
    def shown(self) -> names.Shown:
        """Return how it is drawn."""
        return names.shown(self.measure, self.unit)

    @property
    def place(self) -> str:
        """Return what it is of: a network, a province, a trunk group; nothing where it is of all."""
        return ", ".join(names.place(one) for one in self.where)

    @property
    def starts_at_0(self) -> bool:
        """Return whether an axis or a scale begins at 0: unless all values lie far from it."""
        finite = self.value[np.isfinite(self.value)]
        return bool(len(finite) and finite.min() >= 0.0 and finite.min() <= 0.5 * finite.max())


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
                SweepAxis(
                    a["name"],
                    a["label"],
                    a["unit"],
                    _column(rows, a["name"]),
                    a.get("spacing") == "log",
                )
                for a in axes
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


def in_shown_units(one: SweepMeasure) -> SweepMeasure:
    """Return a measure in the unit in which it is drawn."""
    numbers = {name: getattr(one, name) * one.shown.factor for name in _NUMBERS}
    return replace(one, **numbers)


def of_runs(one: SweepMeasure, chosen: NDArray[np.bool_]) -> SweepMeasure:
    """Return a measure of some of the runs."""
    axes = tuple(replace(axis, values=axis.values[chosen]) for axis in one.axes)
    numbers = {name: getattr(one, name)[chosen] for name in (*_NUMBERS, "n_replications")}
    return replace(one, axes=axes, **numbers)


def panels_of(one: SweepMeasure, axes: Sequence[SweepAxis]) -> Iterator[tuple[str, SweepMeasure]]:
    """Yield the runs of each combination of the values of some axes, with what it is called."""
    keys = (
        list(zip(*(axis.values.tolist() for axis in axes), strict=True))
        if axes
        else [()] * len(one.value)
    )
    for key in dict.fromkeys(keys):
        said = ", ".join(f"{a.title}: {a.word(v)}" for a, v in zip(axes, key, strict=True))
        yield said, of_runs(one, np.array([other == key for other in keys]))


_NUMBERS = ("value", "low", "high", "theory")
