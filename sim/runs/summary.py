"""Over all replications: measures with intervals, from numerators and denominators."""

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.subjects import MEASURES as DECLARED
from sim.runs.parquet import arrow_table, floats, texts
from sim.stats.intervals import Intervals, ratio_intervals
from sim.tables import ALL, AXES, LAWS, MEASURES, SUMMARY_AXES, Columns

SUMMARY_SCHEMA = 2
"""Version of summary.json."""

WITHIN, ACROSS = "within one world", "across worlds"
"""What intervals say: other calls in the same world, or other worlds."""

KEYS = ("measure", *SUMMARY_AXES)
"""Columns that tell the measures of the summary, of comparisons and of sweeps apart."""

_KEYS = ("measure", *(axis.name for axis in AXES))
_ENTRY = (*KEYS, "value", "low", "high", "unit", "n_replications")


def measures_over(replications: Sequence[pa.Table], interval: str = WITHIN) -> pa.Table:
    """Return measures over replications, those of single cells and exchanges apart."""
    keys = {key: texts(replications[0], key) for key in _KEYS}
    for other in replications[1:]:
        if any(not np.array_equal(keys[key], texts(other, key)) for key in _KEYS):
            raise AssertionError("replications hold different measures")
    kept = _holds_along(replications[0], ("measures", "summary"))
    numerators = np.stack([floats(table, "numerator")[kept] for table in replications])
    denominators = np.stack([floats(table, "denominator")[kept] for table in replications])
    columns: Columns = {key: names[kept] for key, names in keys.items()}
    estimates = estimates_of(columns["measure"], numerators, denominators)
    columns |= {
        "value": estimates.value,
        "low": estimates.low,
        "high": estimates.high,
        "unit": np.array([DECLARED[name].unit for name in columns["measure"]], np.str_),
        "n_replications": estimates.n_replications,
    }
    meanings = {
        name: {"unit": DECLARED[name].unit, "description": DECLARED[name].meaning}
        for name in dict.fromkeys(columns["measure"].tolist())
    }
    return arrow_table(MEASURES, columns, interval=interval, measures=meanings)


def estimates_of(
    measure: NDArray[np.str_],
    numerators: NDArray[np.float64],
    denominators: NDArray[np.float64],
) -> Intervals:
    """Return the estimates of named measures, with intervals by the law of each."""
    names, name_idx = np.unique(measure, return_inverse=True)
    law = np.array([DECLARED[name].made.law for name in names.tolist()], np.str_)[name_idx]
    n_items = len(measure)
    value, low, high = (np.full(n_items, np.nan) for _ in range(3))
    n_replications = np.zeros(n_items, np.int32)
    for one in LAWS:
        own = law == one
        found = ratio_intervals(numerators[:, own], denominators[:, own], law=one)
        value[own], low[own], high[own] = found.value, found.low, found.high
        n_replications[own] = found.n_replications
    return Intervals(value, low, high, n_replications)


def summary_json(measures: pa.Table, interval: str = WITHIN, notes: Sequence[str] = ()) -> str:
    """Return the summary for programs: all measures that hold for all classes, services, cells and exchanges."""
    rows = measures.filter(pa.array(holds_for_all(measures))).to_pylist()
    lines = ["  " + json.dumps({name: row[name] for name in _ENTRY}) for row in rows]
    body = ",\n".join(lines)
    head = f'"schema": {SUMMARY_SCHEMA}, "interval": {json.dumps(interval)}, "notes": {json.dumps(notes)}'
    return f'{{{head}, "measures": [\n{body}\n]}}\n'


def holds_for_all(measures: pa.Table) -> NDArray[np.bool_]:
    """Return which rows hold for all along the axes that the summary leaves out: the others tell them apart."""
    return _holds_along(measures, ("summary",))


def _holds_along(measures: pa.Table, reaches: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows hold for all along every axis that does not reach so far."""
    inner = [axis.name for axis in AXES if axis.reaches not in reaches]
    return np.asarray(np.logical_and.reduce([texts(measures, name) == ALL for name in inner]))
