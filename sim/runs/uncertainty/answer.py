"""What the runs of a study say: both kinds of intervals, indices and effects, as tables."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.subjects import MEASURES
from sim.runs.parquet import arrow_table, floats, read_parquet, texts
from sim.runs.uncertainty.design import AB, OWN, STEP, A, B, Factor, Sample
from sim.runs.uncertainty.drawn import Drawn
from sim.stats.sensitivity import (
    elementary_effects,
    parameter_interval,
    sobol_indices,
    split_variance,
)
from sim.tables import (
    DRAWS,
    INDICES,
    SAMPLE_MEASURES,
    SAMPLES,
    SCREENING,
    SUMMARY_AXES,
    UNCERTAINTY,
    Columns,
    Table,
)

KEYS = ("measure", *SUMMARY_AXES)
"""Columns that tell measures apart."""

Key = tuple[str, ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What a study found."""

    tables: Mapping[str, pa.Table]  # by file without ending
    n_mended: int  # samples of which some values were given back
    n_refused: int  # samples of which no scenario can be made
    n_failed: int  # samples whose runs failed
    problems: tuple[str, ...]  # what was wrong with those without a result, each once


@dataclass(frozen=True)
class _Stage:
    """Samples of a stage with what came of them."""

    name: str
    drawn: Sequence[Drawn]
    values: Mapping[Key, Floats]  # (sample, replication) by measure; NaN where there is nothing
    estimates: Mapping[
        Key, tuple[float, float, float]
    ]  # of the scenario's own values, with interval
    errors: Mapping[int, str]  # why runs failed, by sample


def answer_of(
    stages: Sequence[tuple[str, Sequence[Drawn]]],
    folders: Sequence[Path],
    names: Sequence[str],
    factors: Sequence[Factor] | None,
    seed: int,
) -> Answer:
    """Return what collected sweeps say of the samples that they ran."""
    read = [
        _read(name, drawn, folder) for (name, drawn), folder in zip(stages, folders, strict=True)
    ]
    tables: dict[str, pa.Table] = {
        "samples": _samples(read, names, factors),
        "draws": _draws(read, names),
        "sample_measures": _sample_measures(read),
    }
    for stage in read:
        if any(one.sample.role == STEP for one in stage.drawn):
            tables["screening"] = _screening(stage, names)
            continue
        tables["uncertainty"] = _uncertainty(stage)
        if factors is not None:
            tables["indices"] = _indices(stage, factors, seed)
    every = [one for _, drawn in stages for one in drawn]
    errors = [text for stage in read for text in stage.errors.values()]
    return Answer(
        tables,
        n_mended=sum(bool(one.mended) for one in every),
        n_refused=sum(one.run is None for one in every),
        n_failed=len(errors),
        problems=tuple(dict.fromkeys([*(one.refusal for one in every if one.refusal), *errors])),
    )


def screened(drawn: Sequence[Drawn], names: Sequence[str], folder: Path) -> pa.Table:
    """Return the elementary effects of a screening."""
    return _screening(_read("", drawn, folder), names)


def ranked(screening: pa.Table, names: Sequence[str]) -> list[int]:
    """Return the numbers of all parameters, the strongest first, by the measure that each moves most."""
    above = np.maximum(floats(screening, "size") - floats(screening, "noise"), 0.0)
    keys = list(zip(*(texts(screening, key).tolist() for key in KEYS), strict=True))
    paths = texts(screening, "path").tolist()
    wholes: dict[Key, float] = {}
    for key, size in zip(keys, above.tolist(), strict=True):
        wholes[key] = wholes.get(key, 0.0) + (size if math.isfinite(size) else 0.0)
    strength = dict.fromkeys(names, 0.0)
    for key, path, size in zip(keys, paths, above.tolist(), strict=True):
        if math.isfinite(size) and wholes[key] > 0.0:
            strength[path] = max(strength[path], size / wholes[key])
    return sorted(range(len(names)), key=lambda i: (-strength[names[i]], i))


def _read(name: str, drawn: Sequence[Drawn], folder: Path) -> _Stage:
    rows = read_parquet(folder / "replications.parquet")
    sample = rows.column("sample").to_numpy().astype(np.int64)
    replication = rows.column("replication").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        value = floats(rows, "numerator") / floats(rows, "denominator")
    keys = list(zip(*(texts(rows, key).tolist() for key in KEYS), strict=True))
    own = {i for i, one in enumerate(drawn) if one.sample.role == OWN}
    is_drawn = np.array([i not in own for i in sample.tolist()], np.bool_)
    numbers: dict[Key, int] = {}
    key_idx = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    values = {}
    for key, k in numbers.items():
        chosen = (key_idx == k) & is_drawn
        found, column = np.unique(replication[chosen], return_inverse=True)
        values[key] = np.full((len(drawn), max(len(found), 1)), np.nan)
        values[key][sample[chosen], column] = value[chosen]
    return _Stage(name, drawn, values, _estimates(folder, own), _errors(folder))


def _estimates(folder: Path, own: set[int]) -> dict[Key, tuple[float, float, float]]:
    table = read_parquet(folder / "sweep.parquet")
    rows = table.filter(pa.array(np.isin(table.column("sample").to_numpy(), list(own))))
    keys = zip(*(texts(rows, key).tolist() for key in KEYS), strict=True)
    numbers = (floats(rows, name).tolist() for name in ("value", "low", "high"))
    return dict(zip(keys, zip(*numbers, strict=True), strict=True))


def _errors(folder: Path) -> dict[int, str]:
    failures = json.loads((folder / "failures.json").read_text(encoding="utf-8"))
    return {int(one["axes"]["sample"]): str(one["error"]) for one in failures}


def _samples(
    stages: Sequence[_Stage], names: Sequence[str], factors: Sequence[Factor] | None
) -> pa.Table:
    rows = []
    for stage in stages:
        for i, one in enumerate(stage.drawn):
            sample = one.sample
            rows.append(
                (
                    i,
                    stage.name,
                    sample.role,
                    sample.row,
                    _factor_name(sample, names, factors),
                    sample.step,
                    "" if one.run is None else one.run.run_id,
                    ", ".join(one.mended),
                    one.refusal or stage.errors.get(i, ""),
                )
            )
    return _table(SAMPLES, rows)


def _factor_name(sample: Sample, names: Sequence[str], factors: Sequence[Factor] | None) -> str:
    if sample.factor < 0:
        return ""
    return (
        names[sample.factor]
        if sample.role == STEP or factors is None
        else factors[sample.factor].name
    )


def _draws(stages: Sequence[_Stage], names: Sequence[str]) -> pa.Table:
    rows = []
    for stage in stages:
        for i, one in enumerate(stage.drawn):
            shares = one.sample.shares
            of = {} if shares is None else dict(zip(names, shares.tolist(), strict=True))
            rows += [
                (stage.name, i, path, of.get(path, math.nan), json.dumps(value))
                for path, value in one.values.items()
            ]
    return _table(DRAWS, rows)


def _sample_measures(stages: Sequence[_Stage]) -> pa.Table:
    rows = []
    for stage in stages:
        for key, values in stage.values.items():
            counts = np.isfinite(values).sum(axis=1)
            sums = np.where(np.isfinite(values), values, 0.0).sum(axis=1)
            for i in np.flatnonzero(counts).tolist():
                rows.append((stage.name, i, *key, sums[i] / counts[i], int(counts[i])))
    return _table(SAMPLE_MEASURES, rows)


def _uncertainty(stage: _Stage) -> pa.Table:
    rows = []
    is_of_sample = np.array([one.sample.role in (A, B) for one in stage.drawn], np.bool_)
    for key, every in stage.values.items():
        values = _whole(every[is_of_sample])
        if len(values) < 2:
            continue
        split = split_variance(values)
        low, high = parameter_interval(values, split)
        n = values.shape[1]
        own = stage.estimates.get(key, (math.nan, math.nan, math.nan))
        sds = [math.sqrt(max(v, 0.0)) for v in (split.of_parameters, split.of_simulation)]
        share = split.simulation_share if n > 1 else math.nan
        rows.append(
            (
                *key, *own, split.mean, low, high, sds[0], sds[1] if n > 1 else math.nan, share,
                MEASURES[key[0]].unit, len(values), n,
            )
        )  # fmt: skip
    return _table(UNCERTAINTY, rows)


def _whole(values: Floats) -> Floats:
    """Return the samples of which every replication counted something."""
    found: Floats = values[np.isfinite(values).all(axis=1)]
    return found


def _indices(stage: _Stage, factors: Sequence[Factor], seed: int) -> pa.Table:
    places = {
        (one.sample.role, one.sample.row, one.sample.factor): i for i, one in enumerate(stage.drawn)
    }
    n_rows = 1 + max(row for role, row, _ in places if role == A)
    a, b = ([places[role, row, -1] for row in range(n_rows)] for role in (A, B))
    ab = [[places[AB, row, k] for row in range(n_rows)] for k in range(len(factors))]
    rows = []
    for key, values in stage.values.items():
        of_a, of_b, of_ab = values[a], values[b], values[np.array(ab)]
        is_whole = np.isfinite(np.concatenate([of_a[None], of_b[None], of_ab])).all(axis=(0, 2))
        n = int(is_whole.sum())
        if n < 2:
            continue
        found = sobol_indices(of_a[is_whole], of_b[is_whole], of_ab[:, is_whole], seed)
        numbers = (
            found.first, found.first_low, found.first_high,
            found.total, found.total_low, found.total_high,
        )  # fmt: skip
        for k, factor in enumerate(factors):
            rows.append((*key, factor.name, *(float(one[k]) for one in numbers), n))
    return _table(INDICES, rows)


def _screening(stage: _Stage, names: Sequence[str]) -> pa.Table:
    n_rows = 1 + max(one.sample.row for one in stage.drawn)
    before = np.zeros((len(names), n_rows), np.int64)
    after, steps = np.zeros_like(before), np.zeros(before.shape)
    for i, one in enumerate(stage.drawn):
        if one.sample.factor >= 0:
            place = one.sample.factor, one.sample.row
            before[place], after[place], steps[place] = i - 1, i, one.sample.step
    rows = []
    for key, values in stage.values.items():
        found = elementary_effects(values[before], values[after], steps)
        n_steps = np.isfinite((values[after] - values[before]).mean(axis=-1)).sum(axis=1)
        for k, path in enumerate(names):
            effects = (found.mean, found.size, found.spread, found.noise)
            rows.append((*key, path, *(float(one[k]) for one in effects), int(n_steps[k])))
    return _table(SCREENING, rows)


def _table(table: Table, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    columns: Columns = {}
    for i, column in enumerate(table.columns):
        entries = [row[i] for row in rows]
        columns[column.name] = np.array(entries, object if column.dtype == "str" else column.dtype)
    return arrow_table(table, columns)
