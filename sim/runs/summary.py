"""Over all replications: measures with intervals, from numerators and denominators."""

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.parquet import arrow_table, floats, texts
from sim.runs.rows import ALL
from sim.stats.intervals import ratio_intervals
from sim.tables import MEASURE_UNITS, MEASURES

SUMMARY_SCHEMA = 1
"""Version of summary.json."""

WITHIN, ACROSS = "within one world", "across worlds"
"""What intervals say: other calls in the same world, or other worlds."""

_KEYS = ("measure", "network", "province", "cell", "class", "service")
_ENTRY = ("measure", "network", "province", "value", "low", "high", "unit", "n_replications")


def measures_over(replications: Sequence[pa.Table], interval: str = WITHIN) -> pa.Table:
    """
    Return measures over replications, those of single cells apart.

    Parameters
    ----------
    replications : sequence of pa.Table
        Rows of each replication, the same measures in the same order.
    interval : str
        WITHIN where the replications share one world, ACROSS where each has a world of its own.

    Returns
    -------
    pa.Table
        Table `sim.tables.MEASURES`; its metadata says the interval.

    Raises
    ------
    AssertionError
        If the replications do not hold the same measures.
    """
    keys = {key: texts(replications[0], key) for key in _KEYS}
    for other in replications[1:]:
        if any(not np.array_equal(keys[key], texts(other, key)) for key in _KEYS):
            raise AssertionError("replications hold different measures")
    kept = keys["cell"] == ALL
    numerators = np.stack([floats(table, "numerator")[kept] for table in replications])
    denominators = np.stack([floats(table, "denominator")[kept] for table in replications])
    estimates = ratio_intervals(numerators, denominators)
    columns = {key: names[kept] for key, names in keys.items()}
    columns |= {
        "value": estimates.value,
        "low": estimates.low,
        "high": estimates.high,
        "unit": np.array([MEASURE_UNITS[name] for name in columns["measure"]], np.str_),
        "n_replications": estimates.n_replications,
    }
    return arrow_table(MEASURES, columns, interval=interval)


def summary_json(measures: pa.Table, interval: str = WITHIN, notes: Sequence[str] = ()) -> str:
    """
    Return the summary for programs: all measures that hold for all classes and services.

    Parameters
    ----------
    measures : pa.Table
        Table `sim.tables.MEASURES`.
    interval : str
        What its intervals say.
    notes : sequence of str
        What every output must say of the world.

    Returns
    -------
    str
        JSON, a line for each measure.
    """
    rows = measures.filter(pa.array(holds_for_all(measures))).to_pylist()
    lines = ["  " + json.dumps({name: row[name] for name in _ENTRY}) for row in rows]
    body = ",\n".join(lines)
    head = f'"schema": {SUMMARY_SCHEMA}, "interval": {json.dumps(interval)}, "notes": {json.dumps(notes)}'
    return f'{{{head}, "measures": [\n{body}\n]}}\n'


def holds_for_all(measures: pa.Table) -> NDArray[np.bool_]:
    """
    Return which rows hold for all classes and services: a measure of a network and province is among them once.

    Parameters
    ----------
    measures : pa.Table
        Table `sim.tables.MEASURES` or `sim.tables.REPLICATIONS`.

    Returns
    -------
    (row,) ndarray of bool
        Whether a row holds for all.
    """
    services = texts(measures, "service") == ALL
    # Where calls are of several services, their rows stand beside those of all; with channels there is but one.
    if not np.any(services & (texts(measures, "measure") == "voice.attempts")):
        services = np.ones(len(measures), np.bool_)
    return np.asarray(services & (texts(measures, "class") == ALL))
