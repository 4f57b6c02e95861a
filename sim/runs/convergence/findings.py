"""What a study of convergence found: for each measure and choice what is left, as plain values of convergence.json."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import sim
from sim.runs.convergence.plan import AS_IS, DRAW, LEVEL, Study
from sim.runs.measures.subjects import MEASURES
from sim.runs.method.cards import SCHEMA, Found
from sim.runs.method.choices import Levels
from sim.runs.parquet import floats, read_parquet, texts
from sim.runs.provenance import code_digest
from sim.scenario.sweep_file import OF_COVERAGE
from sim.stats.intervals import mean_interval
from sim.stats.richardson import Estimate, convergence, differences_from, pseudo_values
from sim.tables import ALL

_DIGITS = 6
"""Significant digits of what was found: more are chance."""

_Key = tuple[str, str, str]
"""Measure, network, and by any of several networks or all."""

_Sums = dict[tuple[str, int], tuple[float, float]]
"""Numerator and denominator by level and seed."""


def found_in(folder: Path, study: Study, study_id: str, command: Sequence[str]) -> Found:
    """Return what the collected runs of a study say."""
    sums = _sums_by_measure(read_parquet(folder / "replications.parquet"), study)
    scenario = study.loaded.scenario
    return {
        "schema": SCHEMA,
        "kind": "convergence",
        "scenario": scenario.name,
        "id": study_id,
        "command": list(command),
        "version": sim.__version__,
        "code_sha256": code_digest(),
        "has_calls": study.with_calls,
        "duration_h": scenario.run.duration_h,
        "holds_sites": study.holds_sites,
        "factor": study.factor,
        "seeds": study.seeds,
        "set": list(study.overrides),
        "choices": [_choice(one) for one in study.levels],
        "measures": [row for key, own in sums.items() for row in _value(key, own, study)],
        "results": [
            row
            for key, own in sums.items()
            for one in study.levels
            for row in _row(key, own, study, one)
        ],
    }


def _choice(levels: Levels) -> dict[str, Any]:
    choice = levels.choice
    return {
        "name": choice.name,
        "label": choice.label,
        "path": choice.path,
        "unit": choice.unit,
        "values": list(levels.values),
        "as_is": levels.as_is,
        "left_out": list(levels.left_out),
    }


def _sums_by_measure(table: pa.Table, study: Study) -> dict[_Key, _Sums]:
    """Return the sums of each measure that is told, by level and seed."""
    columns = [texts(table, name).tolist() for name in ("measure", "network", "covered_by", LEVEL)]
    seeds = table.column(DRAW).to_pylist()
    sums = (floats(table, name).tolist() for name in ("numerator", "denominator"))
    has_one = len(study.networks) == 1
    found: dict[_Key, _Sums] = {}
    for measure, network, by, level, seed, top, bottom in zip(*columns, seeds, *sums, strict=True):
        # The only network has what all have.
        if has_one and network != ALL and not measure.startswith(OF_COVERAGE):
            continue
        if has_one and by != ALL:
            continue
        found.setdefault((measure, network, by), {})[level, seed] = (top, bottom)
    return found


def _values(own: _Sums, study: Study, cases: Sequence[str]) -> NDArray[np.float64]:
    """Return the pseudo-values of some levels, of the seeds in which all of them counted something."""
    there = [seed for seed in study.seeds if all((case, seed) in own for case in cases)]
    both = np.array([[own[case, seed] for case in cases] for seed in there], np.float64)
    both = both.reshape(len(there), len(cases), 2)
    return pseudo_values(both[:, :, 0], both[:, :, 1])


def _value(key: _Key, own: _Sums, study: Study) -> Iterator[dict[str, Any]]:
    """Yield a measure as it is; nothing where it counted nothing."""
    values = _values(own, study, [AS_IS])[:, 0]
    if not len(values):
        return
    estimate = mean_interval(values)
    numbers = (estimate.value, estimate.low, estimate.high)
    measure, network, by = key
    yield {
        "measure": measure,
        "network": network,
        "covered_by": by,
        "unit": MEASURES[measure].unit,
        **dict(zip(("value", "low", "high"), map(_rounded, numbers), strict=True)),
    }


def _row(key: _Key, own: _Sums, study: Study, levels: Levels) -> Iterator[dict[str, Any]]:
    """Yield what a choice leaves in a measure; nothing where too few replications counted anything."""
    if len(levels.values) < 2:
        return
    cases = [study.case_of(levels, i) for i in range(len(levels.values))]
    values = _values(own, study, cases)
    if len(values) < 2:
        return
    factor = study.factor if levels.has_order else None
    result = convergence(values, levels.as_is, factor)
    away = differences_from(values, levels.as_is)
    yield {
        "choice": levels.choice.name,
        **dict(zip(("measure", "network", "covered_by"), key, strict=True)),
        "verdict": result.verdict,
        "shown": _rounded(result.shown),
        "bound": _rounded(result.bound),
        "differences": [_ends(one) for one in result.differences],
        "order": _ends(result.order),
        "left": _ends(result.left),
        "seen": _ends(result.seen),
        "from_as_is": [_ends(one) for one in away],
        "n_replications": result.n_replications,
    }


def _ends(estimate: Estimate | None) -> list[float | None] | None:
    """Return an estimate with its ends."""
    if estimate is None:
        return None
    return [_rounded(value) for value in asdict(estimate).values()]


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(f"{value:.{_DIGITS}g}")
