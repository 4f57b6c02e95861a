"""What a worker does: a chunk of runs one after the other, and what is kept of each."""

import errno
import json
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa

from sim.errors import SimError, StoreError
from sim.radio.coverage import Coverage, compute_coverage
from sim.runs.extensions import read_extensions
from sim.runs.measures.coverage import coverage_rows
from sim.runs.once import Setting, run_once
from sim.runs.parquet import floats, texts
from sim.runs.precision import Watch, require_measured
from sim.runs.provenance import fingerprint, full_id, text_digest
from sim.runs.replications import peak_memory_bytes
from sim.runs.summary import KEYS, holds_for_all
from sim.runs.sweeps.plan import KIND, PlannedRun, kept_key, load_planned
from sim.runs.sweeps.store import RunNote, RunOutcome, write_part
from sim.scenario.resolve import LoadedScenario, id_tree
from sim.scenario.sweep_section import Sweep
from sim.tables import Columns
from sim.world.build import World, build_world

_MACHINE_ERRORS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE),
    *(errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM),
}
_NO_PART_OF_THE_WORLD = {
    "run": ("replications", "precision", "duration_h", "warmup_h", "records"),
    "traffic": ("erl_per_line", "voice", "sources"),
}
"""Keys on which neither world nor coverage depends."""


@cache
def platform_digest() -> str:
    """Return the digest of the platform fingerprint."""
    text = json.dumps(asdict(fingerprint()), sort_keys=True)
    return text_digest(text)[:16]


def run_planned(run: PlannedRun, sweep: Sweep) -> RunOutcome:
    """Simulate one run of a sweep."""
    begin_s = monotonic()
    loaded: LoadedScenario | None = None
    try:
        loaded = load_planned(run.base, run.settings)
        _require_as_planned(run, loaded)
        setting = _setting(loaded)
        setup_s = monotonic() - begin_s
        columns, facts = _replicate(setting, sweep)
    except _ChangedError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS:
            raise StoreError(
                f"{error.filename or 'a file'}: {error.strerror}; mend it and run again"
            ) from error
        failed = {
            "error": _error_text(error),
            "traceback": traceback.format_exc(),
            "scenario": _scenario_text(run, loaded),
        }
        return RunOutcome(_note(run, begin_s, **failed), {})
    return RunOutcome(_note(run, begin_s, setup_s=setup_s, **facts), columns)


class _ChangedError(SimError):
    """A run is another one than was planned."""


def _require_as_planned(run: PlannedRun, loaded: LoadedScenario) -> None:
    if full_id(KIND, loaded) != run.run_id:
        message = (
            f"{Path(run.base).name}: the scenario, a file that it names or the code of the simulator was changed after "
            "the sweep was planned, or workers have another version; give the command again"
        )
        raise _ChangedError(message)


def _error_text(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text if isinstance(error, SimError) else f"{type(error).__name__}: {text}"


def _note(run: PlannedRun, begin_s: float, **more: Any) -> RunNote:  # noqa: ANN401  # as RunNote has it
    return RunNote(
        run.run_id,
        platform_digest(),
        wall_s=monotonic() - begin_s,
        peak_memory_bytes=peak_memory_bytes(),
        **more,
    )


def _scenario_text(run: PlannedRun, loaded: LoadedScenario | None) -> str:
    """Return the scenario of a run that failed, for anybody to run again, or what was set if it cannot be loaded."""
    if loaded is not None:
        return loaded.resolved_yaml
    settings = (f"# {path} = {json.dumps(value)}\n" for path, value in run.settings)
    return "".join([f"base: {Path(run.base).stem}\n", *settings])


def planned_setting(run: PlannedRun) -> Setting:
    """
    Return the setting of a run of a sweep.

    Parameters
    ----------
    run : PlannedRun
        Run.

    Returns
    -------
    Setting
        Its scenario, world and coverage.
    """
    return _setting(load_planned(run.base, run.settings))


_world: tuple[str, World, Coverage] | None = None


def _setting(loaded: LoadedScenario) -> Setting:
    """Return the setting of a run; its world is that of the run before where it is the same."""
    global _world
    key = world_key(loaded)
    if _world is None or _world[0] != key:
        _world = None  # two worlds of a country at once would need twice the memory
        world = build_world(loaded.scenario, loaded.folder)
        _world = (key, world, compute_coverage(loaded.scenario, world))
    return Setting(loaded.scenario, _world[1], _world[2], read_extensions(loaded))


def world_key(loaded: LoadedScenario) -> str:
    """Return a text that is equal where world and coverage are."""
    tree = {**id_tree(loaded)}
    for key in ("name", "notes", "sources", "extensions"):
        tree.pop(key)
    if any(network.sites_off for network in loaded.scenario.networks):
        tree["from_h"] = (
            loaded.scenario.warmup_h
        )  # coverage is that of what is off from the begin on
    for section, keys in _NO_PART_OF_THE_WORLD.items():
        inner = tree[section]
        if isinstance(inner, dict):
            tree[section] = {key: value for key, value in inner.items() if key not in keys}
    files = [
        (str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in loaded.input_files
    ]
    return json.dumps([tree, files], sort_keys=True)


def _replicate(setting: Setting, sweep: Sweep) -> tuple[Columns, dict[str, Any]]:
    """Return the kept rows of all replications that count, and what is noted of these."""
    run = setting.scenario.run
    require_measured(setting.scenario, setting.world)
    watch = Watch(run.precision)
    blocks: list[Columns] = []
    n_attempts = 0
    n = run.n_replications[0]
    while len(blocks) < n:
        tables = run_once(setting, len(blocks) + 1)
        n_attempts += tables.n_attempts
        blocks.append(_kept_rows(tables.measures, sweep))
        if run.precision:
            watch.look([tables.measures])
            n = watch.stop.n_needed
    outcome = watch.outcome() if run.precision else None
    n_counted = outcome.n if outcome else n
    kept = blocks[:n_counted]
    if any(measure.startswith("coverage.") for measure in sweep.measures):
        shared = coverage_rows(setting.scenario, setting.world, setting.coverage)
        kept.insert(0, _kept_rows(shared, sweep))
    columns = {name: np.concatenate([block[name] for block in kept]) for name in kept[0]}
    not_reached = outcome.text if outcome and not outcome.is_reached else ""
    facts = {"n_replications": n_counted, "n_attempts": n_attempts, "not_reached": not_reached}
    return columns, facts


def _kept_rows(table: pa.Table, sweep: Sweep) -> Columns:
    names = {key: texts(table, key) for key in KEYS}
    chosen = holds_for_all(table)
    for key, words in zip(KEYS, (sweep.measures, *sweep.along), strict=True):
        chosen &= np.isin(names[key].astype(np.str_), words)
    columns: Columns = {
        "replication": table.column("replication").to_numpy()[chosen].astype(np.int32)
    }
    columns |= {key: column[chosen].astype(np.str_) for key, column in names.items()}
    for name in ("numerator", "denominator"):
        columns[name] = floats(table, name)[chosen]
    return columns


@dataclass(frozen=True)
class ChunkOrder:
    """What a worker is asked to do."""

    runs: tuple[PlannedRun, ...]  # runs in their order
    folder: str  # folder of the parts, which client and worker share
    sweep: Sweep  # what is kept, and how many replications there are
    platform: str  # digest of the platform fingerprint that is asked for; empty where any will do
    limit_s: float  # after so long no further run is begun [s]


@dataclass(frozen=True)
class ChunkReport:
    """What a worker did."""

    finished: tuple[str, ...]  # ids of the runs that are kept, failed ones too
    failures: tuple[tuple[str, str], ...]  # id and error of those that failed
    wall_s: float  # time that it took [s]
    peak_memory_bytes: int = 0  # largest memory of the worker so far [byte]
    refused: str = ""  # why the worker did nothing; empty when it did


def run_chunk(order: ChunkOrder, must_stop: Callable[[], bool] = lambda: False) -> ChunkReport:
    """Run a chunk and keep what came of it."""
    begin_s = monotonic()
    own = platform_digest()
    if order.platform and own != order.platform:
        platform = ", ".join(f"{key} {value}" for key, value in asdict(fingerprint()).items())
        return ChunkReport((), (), 0.0, refused=platform)
    outcomes: list[RunOutcome] = []
    try:
        for run in order.runs:
            if outcomes and (must_stop() or monotonic() - begin_s > order.limit_s):
                break
            outcomes.append(run_planned(run, order.sweep))
    finally:
        # Runs that are finished are kept, whatever ends the chunk.
        if outcomes:
            _keep(order, outcomes)
    return ChunkReport(
        tuple(outcome.note.run_id for outcome in outcomes),
        tuple((o.note.run_id, o.note.error) for o in outcomes if o.note.error),
        monotonic() - begin_s,
        peak_memory_bytes(),
    )


def _keep(order: ChunkOrder, outcomes: Sequence[RunOutcome]) -> None:
    try:
        write_part(Path(order.folder), outcomes, kept_key(order.sweep))
    except OSError as error:
        message = (
            f"{order.folder}: cannot keep results ({error.strerror or error}); free space or mend its permissions, "
            "and give the same command again: what is kept is not computed again"
        )
        raise StoreError(message) from error
