"""From the parts of a sweep to one tidy table, sorted: the same bytes however the runs were computed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.subjects import MEASURES
from sim.runs.parquet import arrow_table, floats, texts, write_parquet
from sim.runs.provenance import platform_facts
from sim.runs.replications import peak_memory_bytes
from sim.runs.store import storing, write_json
from sim.runs.summary import KEYS, WITHIN, estimates_of
from sim.runs.sweeps.kept import Absent, absent_from
from sim.runs.sweeps.plan import Plan, axis_columns, axis_kinds, load_planned
from sim.runs.sweeps.store import RunNote, SweepStore
from sim.scenario.schema import Scenario
from sim.stats.theory import erlang_b
from sim.tables import SUMMARY_AXES, SWEEP_THEORY, Columns, sweep_replications_table, sweep_table

MANIFEST_SCHEMA = 1
"""Version of the manifest of a sweep."""


def collect(store: SweepStore, notes: Mapping[str, RunNote], command: tuple[str, ...]) -> Absent:
    """Collect the parts of a sweep; return what of it no run has."""
    rows = _sorted_rows(store)
    failed = [point for point, run in enumerate(store.plan.runs) if notes[run.run_id].error]
    with storing(store.folder):
        write_parquet(store.folder / "replications.parquet", _replications(store, rows))
        theory = theory_table(store.plan)
        if theory is not None:
            write_parquet(store.folder / "theory.parquet", theory)
        write_parquet(store.folder / "sweep.parquet", _measures(store, rows, failed))
        write_json(store.folder / "failures.json", _failures(store, notes, failed))
        absent = absent_from(store.plan.sweep, rows)
        write_json(store.folder / "manifest.json", _manifest(store, notes, failed, command, absent))
    return absent


def _sorted_rows(store: SweepStore) -> Columns:
    """Return the rows of all runs in the order of points, measures, their axes and replications."""
    table = store.read_rows()
    ids = texts(table, "run_id")
    points: dict[str, list[int]] = {}
    for point, run in enumerate(store.plan.runs):
        points.setdefault(run.run_id, []).append(point)
    columns: Columns = {name: texts(table, name).astype(np.str_) for name in KEYS}
    columns["replication"] = table.column("replication").to_numpy()
    columns |= {name: floats(table, name) for name in ("numerator", "denominator")}
    columns["run_id"] = ids.astype("U64")
    # A run that stands at two points of the plan has its rows at both.
    repeats = np.array([len(points[run_id]) for run_id in ids], np.int64)
    columns = {name: np.repeat(column, repeats) for name, column in columns.items()}
    columns["point"] = np.array([p for run_id in ids for p in points[run_id]], np.int32)
    order = np.lexsort(
        (
            columns["replication"],
            *(columns[axis] for axis in reversed(SUMMARY_AXES)),
            _rank(columns["measure"], store.plan.sweep.measures),
            columns["point"],
        )
    )
    return {name: column[order] for name, column in columns.items()}


def _rank(words: NDArray[np.str_], order: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the place of each word in an order."""
    rank = np.full(len(words), len(order), np.int64)
    for i, word in reversed(list(enumerate(order))):
        rank[words == word] = i
    return rank


def _replications(store: SweepStore, rows: Columns) -> pa.Table:
    plan = store.plan
    kinds = axis_kinds(plan.sweep, plan.points)
    axes = axis_columns(plan.sweep, plan.points)
    columns = rows | {name: column[rows["point"]] for name, column in axes.items()}
    return arrow_table(sweep_replications_table(kinds), columns)


def _measures(store: SweepStore, rows: Columns, failed: list[int]) -> pa.Table:
    """Return an estimate with its interval for each measure of each run."""
    plan = store.plan
    n = len(rows["point"])
    is_first = np.ones(n, np.bool_)
    if n:
        keys = ("point", *KEYS)
        is_first[1:] = np.logical_or.reduce([rows[key][1:] != rows[key][:-1] for key in keys])
    begins = np.flatnonzero(is_first)
    item = np.cumsum(is_first) - 1
    within = np.arange(n) - begins[item] if n else np.empty(0, np.int64)
    shape = (int(within.max(initial=0)) + 1, len(begins))
    # A replication that a run does not have is one without a denominator: it has nothing to say.
    numerators, denominators = np.zeros(shape), np.zeros(shape)
    numerators[within, item], denominators[within, item] = rows["numerator"], rows["denominator"]
    estimates = estimates_of(rows["measure"][begins], numerators, denominators)
    axes = axis_columns(plan.sweep, plan.points)
    columns: Columns = {key: rows[key][begins] for key in ("point", "run_id", *KEYS)}
    columns |= {name: column[columns["point"]] for name, column in axes.items()}
    columns |= {
        "value": estimates.value,
        "low": estimates.low,
        "high": estimates.high,
        "unit": np.array([MEASURES[name].unit for name in columns["measure"].tolist()], np.str_),
        "n_replications": estimates.n_replications,
    }
    about = {
        "sweep": plan.sweep.name,
        "id": plan.sweep_id,
        "interval": WITHIN,
        "notes": [plan.sweep.notes] if plan.sweep.notes else [],
        "n_runs": len(plan.runs),
        "failed_points": failed,
        "axes": [
            {"name": a.name, "label": a.label or a.name, "unit": a.unit, "spacing": a.spacing}
            for a in plan.sweep.axes
        ],
        "design": plan.sweep.design,
    }
    return arrow_table(sweep_table(axis_kinds(plan.sweep, plan.points)), columns, **about)


def _failures(
    store: SweepStore, notes: Mapping[str, RunNote], failed: list[int]
) -> list[dict[str, object]]:
    """Return every run that failed with its scenario and traceback."""
    axes = store.plan.sweep.axes
    entries = []
    for point in failed:
        run = store.plan.runs[point]
        note = notes[run.run_id]
        values = zip(axes, store.plan.points[point].values, strict=True)
        words = ["patchcell", "run", Path(run.base).stem]
        for path, value in run.settings:
            words += ["--set", f"{path}={json.dumps(value)}"]
        entries.append(
            {
                "point": point,
                "run_id": run.run_id,
                "axes": {axis.name: value for axis, value in values},
                "error": note.error,
                "command": words,
                "traceback": note.traceback,
                "scenario": note.scenario,
            }
        )
    return entries


def _manifest(
    store: SweepStore,
    notes: Mapping[str, RunNote],
    failed: list[int],
    command: tuple[str, ...],
    absent: Absent,
) -> dict[str, object]:
    used = [notes[run_id] for run_id in dict.fromkeys(run.run_id for run in store.plan.runs)]
    platforms: dict[str, int] = {}
    for note in used:
        platforms[note.platform] = platforms.get(note.platform, 0) + 1
    warnings = []
    if len(platforms) > 1:
        warnings.append(
            "runs were computed on several platforms: equal within Monte Carlo error, not byte for byte"
        )
    return {
        "schema": MANIFEST_SCHEMA,
        "id": store.plan.sweep_id,
        "kind": "sweep",
        "sweep": store.plan.sweep.name,
        "command": list(command),
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        **platform_facts(),
        "n_points": len(store.plan.runs),
        "n_runs": len(used),
        "n_failed": len({store.plan.runs[point].run_id for point in failed}),
        "n_replications": sum(note.n_replications for note in used),
        "n_attempts_with_warmup": sum(note.n_attempts for note in used),
        "run_wall_time_s": round(sum(note.wall_s for note in used), 3),
        "setup_wall_time_s": round(sum(note.setup_s for note in used), 3),
        "peak_memory_bytes_per_process": max((note.peak_memory_bytes for note in used), default=0),
        "peak_memory_bytes_of_this_process": peak_memory_bytes(),
        "runs_by_platform": platforms,
        "interval": f"95 % over replications, {WITHIN}: same sites, people and coverage",
        "notes": warnings,
        "not_measured": absent,
        "precision_not_reached": {
            note.run_id: note.not_reached for note in used if note.not_reached
        },
    }


FORMULA = "Erlang B"


def theory_table(plan: Plan) -> pa.Table | None:
    """
    Return what Erlang's formula says of the runs of a sweep.

    Table `sim.tables.SWEEP_THEORY`; None where the formula does not apply to the first run.
    """
    points: list[int] = []
    names: list[str] = []
    values: list[float] = []
    for point, run in enumerate(plan.runs):
        known = erlang_measures(load_planned(run.base, run.settings).scenario)
        if not known and point == 0:
            return None
        for name in plan.sweep.measures:
            if name in known:
                points.append(point)
                names.append(name)
                values.append(known[name])
    columns: Columns = {
        "point": np.array(points, np.int32),
        "measure": np.array(names, "U64"),
        "value": np.array(values, np.float64),
    }
    return arrow_table(SWEEP_THEORY, columns, formula=FORMULA)


def erlang_measures(scenario: Scenario) -> dict[str, float]:
    """
    Return the measures that Erlang's formula knows of a scenario.

    Values by measure; empty unless the scenario is one cell with Poisson calls and nothing else.
    """
    sites = [(network, site) for network in scenario.networks for site in network.sites]
    sources = scenario.traffic.sources
    is_alone = (
        len(sites) == 1
        and bool(sources)
        and all(
            n.n_subscribers == 0 and n.n_sites == 0 and not n.sites_file for n in scenario.networks
        )
        and scenario.fixed.source == "none"
        and str(scenario.radio.capacity) == "channels"
        and not scenario.extensions
    )
    if not is_alone:
        return {}
    network, site = sites[0]
    n_sectors = site.n_sectors or network.equipment.n_sectors
    if n_sectors != 1 or any(tuple(source.cells) != (site.name,) for source in sources):
        return {}
    offered_erl = sum(source.offered_erl for source in sources)
    blocking = erlang_b(offered_erl, site.n_channels or network.equipment.n_channels)
    return {
        "voice.blocking": blocking,
        "voice.leg_blocking": blocking,
        "voice.carried_erl": offered_erl * (1.0 - blocking),
    }
