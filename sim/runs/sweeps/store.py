"""The folder of a sweep: its plan, and parts of many runs each, written aside and renamed when whole."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.errors import StoreError
from sim.runs.parquet import arrow_table, read_parquet, write_parquet
from sim.runs.provenance import text_digest
from sim.runs.store import Store, remove_leftovers, set_aside, storing, write_json
from sim.runs.summary import KEYS
from sim.runs.sweeps.plan import Plan, axis_columns, axis_kinds, kept_key
from sim.tables import SWEEP_PARTS, Column, Columns, Table

_NOTES, _KEPT = b"runs", b"kept"
_N_NAME_DIGITS = 16
_ENDING = ".parquet"


@dataclass(frozen=True)
class RunNote:
    """What is noted of a run beside its measures."""

    run_id: str  # id of the run
    platform: str  # digest of the platform fingerprint
    n_replications: int = 0  # replications that count
    n_attempts: int = 0  # attempts of all of them, warm-up included
    wall_s: float = (
        0.0  # and setup_s: wall time of the run, and of its world and coverage within it [s]
    )
    setup_s: float = 0.0
    peak_memory_bytes: int = 0  # largest memory of the process up to its end [byte]
    error: str = ""  # what went wrong, empty when nothing did
    traceback: str = ""  # where it went wrong
    not_reached: str = (
        ""  # how far a run came from the precision that was asked for; empty where it was reached
    )
    # of a run that failed: the complete scenario, or what was set if it could not be loaded
    scenario: str = ""


@dataclass(frozen=True)
class RunOutcome:
    """What came of a run."""

    note: RunNote  # what is noted of it
    # columns of `sim.tables.SWEEP_PARTS`, all but `run_id`; empty of a run that failed
    columns: Columns


def part_name(run_ids: Iterable[str]) -> str:
    """Return the name of the part of some runs: the same runs have the same part."""
    digest = text_digest("\n".join(sorted(run_ids)))
    return f"part-{digest[:_N_NAME_DIGITS]}{_ENDING}"


def write_part(folder: Path, outcomes: Sequence[RunOutcome], kept: str) -> Path:
    """Write a part: all of it or nothing."""
    table = _table(outcomes)
    notes = json.dumps([asdict(outcome.note) for outcome in outcomes])
    table = table.replace_schema_metadata(
        {**table.schema.metadata, _NOTES: notes.encode(), _KEPT: kept.encode()}
    )
    path = folder / part_name(outcome.note.run_id for outcome in outcomes)
    write_parquet(path, table)
    return path


def _table(outcomes: Sequence[RunOutcome]) -> pa.Table:
    good = [outcome for outcome in outcomes if outcome.columns]
    columns: Columns = {}
    for column in SWEEP_PARTS.columns[1:]:
        empty = np.empty(0, "U1" if column.dtype == "str" else column.dtype)
        columns[column.name] = np.concatenate(
            [empty, *(outcome.columns[column.name] for outcome in good)]
        )
    ids = np.array([outcome.note.run_id for outcome in good], "U64")
    counts = [len(outcome.columns["replication"]) for outcome in good]
    columns["run_id"] = np.repeat(ids, counts)
    return arrow_table(SWEEP_PARTS, columns)


def read_notes(path: Path, kept: str | None = None) -> list[RunNote] | None:
    """
    Return what a part notes of its runs.

    Notes; None of a file that is damaged or gone, or keeps something else.
    """
    try:
        metadata = pq.read_metadata(path).metadata or {}
        if kept is not None and metadata.get(_KEPT) != kept.encode():
            return None
        found: list[dict[str, Any]] = json.loads(metadata[_NOTES])
        return [RunNote(**note) for note in found]
    except OSError as error:
        # What is no Parquet has no number of an error; a disk that fails for a moment has one, and damages nothing.
        if error.errno is not None and not isinstance(error, FileNotFoundError):
            raise
        return None
    except (pa.ArrowException, ValueError, KeyError, TypeError):
        return None


def part_files(folder: Path) -> list[Path]:
    """Return the parts of a folder in the order of their names."""
    return sorted(folder.glob(f"part-*{_ENDING}"))


KINDS = ("sweeps", "convergence", "years")
"""Folders of studies that keep their runs in parts."""


def _parts_of_all(root: Path) -> list[Path]:
    """Return the parts of all studies, in the order of their names."""
    return sorted(
        path for kind in KINDS for path in (root / kind).glob(f"*/*/parts/part-*{_ENDING}")
    )


PLAN_SCHEMA = 1
"""Version of plan.json."""

MOST_ADOPTED = 20_000
"""Runs in one part that is taken over from another sweep."""


@dataclass(frozen=True)
class SweepStore:
    """Where a sweep is kept."""

    root: Path  # folder of all results
    plan: Plan  # what the sweep will run
    kind: str = "sweeps"  # folder below that of all results

    @cached_property
    def own(self) -> Store:
        """What it has in common with the store of a run."""
        return Store(self.root / self.kind, self.plan.sweep.name, self.plan.sweep_id, noun="sweep")

    @property
    def folder(self) -> Path:
        """Folder of the sweep."""
        return self.own.folder

    @property
    def parts(self) -> Path:
        """Folder of the parts."""
        return self.folder / "parts"

    def open(self, *, is_fresh: bool = False) -> None:
        """Make the folder and write the plan; remove what dead processes left behind."""
        with storing(self.folder):
            if found := self._known_id():
                self.own.require_own(self.folder, found)
            if is_fresh:
                set_aside(self.folder)
            self.parts.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.parts)
            remove_leftovers(self.folder)
            if not self._known_id():
                self._write_plan()

    def _known_id(self) -> str:
        try:
            return str(json.loads((self.folder / "plan.json").read_text(encoding="utf-8"))["id"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _write_plan(self) -> None:
        plan = self.plan
        sweep = plan.sweep
        columns = {
            "point": np.arange(len(plan.runs), dtype=np.int32),
            "run_id": np.array([run.run_id for run in plan.runs], "U64"),
            **axis_columns(sweep, plan.points),
        }
        described = (
            Column("point", "int32", "1", "number of the run, from 0"),
            Column("run_id", "str", "", "id of the run"),
            *(
                Column(name, dtype, unit, "value of the axis")
                for name, dtype, unit in axis_kinds(sweep, plan.points)
            ),
        )
        table = arrow_table(Table("points", "run of the sweep", described), columns)
        write_parquet(self.folder / "points.parquet", table)
        write_json(
            self.folder / "plan.json",
            {
                "schema": PLAN_SCHEMA,
                "id": plan.sweep_id,
                "name": sweep.name,
                "n_points": len(plan.points),
                "n_runs": len({run.run_id for run in plan.runs}),
                "sweep": sweep.model_dump(mode="json"),
                "points": "points.parquet",
            },
        )

    def notes(self) -> dict[str, RunNote]:
        """Return what is noted of the runs that are kept; a damaged part is removed, its runs are missing again."""
        wanted = {run.run_id for run in self.plan.runs}
        found: dict[str, RunNote] = {}
        with storing(self.parts):
            for path in part_files(self.parts):
                notes = read_notes(path, kept_key(self.plan.sweep))
                if notes is None:
                    path.unlink(missing_ok=True)
                    continue
                found |= {note.run_id: note for note in notes if note.run_id in wanted}
        return found

    def drop_failed(self) -> None:
        """Forget the runs that failed, so that they are run again."""
        with storing(self.parts):
            for path in part_files(self.parts):
                notes = read_notes(path) or []
                good = [note for note in notes if not note.error]
                if len(good) == len(notes):
                    continue
                if good:
                    self._copy_part(path, good, {note.run_id for note in good})
                path.unlink(missing_ok=True)

    def adopt(self, missing: Collection[str]) -> int:
        """Take over runs that other sweeps have kept already."""
        left = set(missing)
        kept = kept_key(self.plan.sweep)
        with storing(self.root):
            for path in _parts_of_all(self.root):
                if not left or path.parent == self.parts:
                    continue
                notes = [
                    n for n in read_notes(path, kept) or () if n.run_id in left and not n.error
                ]
                if notes:
                    self._copy_part(path, notes, {note.run_id for note in notes})
                    left -= {note.run_id for note in notes}
        return len(missing) - len(left)

    def _copy_part(self, path: Path, notes: Iterable[RunNote], chosen: set[str]) -> None:
        table = read_parquet(path)
        outcomes = []
        for note in notes:
            rows = table.filter(pc.equal(table.column("run_id"), note.run_id))
            columns = {
                name: np.asarray(rows.column(name).to_numpy())
                for name in rows.column_names
                if name != "run_id"
            }
            for name in KEYS:
                columns[name] = columns[name].astype(np.str_)
            outcomes.append(RunOutcome(note, columns))
        if (self.parts / part_name(chosen)) != path:
            write_part(self.parts, outcomes, kept_key(self.plan.sweep))

    def read_rows(self) -> pa.Table:
        """Return the rows of all runs, each run once."""
        wanted = {run.run_id for run in self.plan.runs}
        seen: dict[str, tuple[Path, RunNote]] = {}
        tables = []
        with storing(self.parts):
            for path in part_files(self.parts):
                notes = [note for note in read_notes(path) or () if note.run_id in wanted]
                again = [note for note in notes if note.run_id in seen]
                table = read_parquet(path)
                for note in again:
                    self._require_equal(table, note, *seen[note.run_id])
                fresh = [note.run_id for note in notes if note.run_id not in seen]
                seen |= {note.run_id: (path, note) for note in notes if note.run_id not in seen}
                tables.append(
                    table.filter(pc.is_in(table.column("run_id"), pa.array(fresh, pa.string())))
                )
        return pa.concat_tables([table.replace_schema_metadata(None) for table in tables])

    @staticmethod
    def _require_equal(table: pa.Table, note: RunNote, path: Path, first: RunNote) -> None:
        rows = table.filter(pc.equal(table.column("run_id"), note.run_id))
        other = read_parquet(path)
        other = other.filter(pc.equal(other.column("run_id"), note.run_id))
        if rows.equals(other):
            return
        if note.platform == first.platform:
            raise AssertionError(f"run {note.run_id} was computed twice, with different results")
        raise StoreError(
            f"{path}: run {note.run_id[:8]} was computed on two platforms, with different results; "
            "run again with --force"
        )
