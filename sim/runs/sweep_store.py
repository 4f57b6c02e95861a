"""The folder of a sweep: plan, parts, and what is collected from them."""

import json
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import StoreError
from sim.runs.parquet import arrow_table, read_parquet
from sim.runs.store import storing
from sim.runs.summary import KEYS
from sim.runs.sweep_axes import axis_columns, axis_kinds
from sim.runs.sweep_parts import (
    RunNote,
    RunOutcome,
    part_files,
    part_name,
    read_notes,
    remove_leftovers,
    write_part,
    write_table,
)
from sim.runs.sweep_plan import Plan, kept_key
from sim.runs.temporary import own_mark
from sim.tables import Column, Table

PLAN_SCHEMA = 1
"""Version of plan.json."""

MOST_ADOPTED = 20_000
"""Runs in one part that is taken over from another sweep."""

_N_DIGITS = 8


@dataclass(frozen=True)
class SweepStore:
    """Where a sweep is kept."""

    root: Path  # folder of all results
    plan: Plan  # what the sweep will run

    @property
    def folder(self) -> Path:
        """Folder of the sweep."""
        return self.root / "sweeps" / self.plan.sweep.name / self.plan.sweep_id[:_N_DIGITS]

    @property
    def parts(self) -> Path:
        """Folder of the parts."""
        return self.folder / "parts"

    def open(self, *, is_fresh: bool = False) -> None:
        """Make the folder and write the plan; remove what dead processes left behind."""
        with storing(self.folder):
            if self.folder.exists():
                found = self._known_id()
                if found not in ("", self.plan.sweep_id):
                    message = (
                        f"{self.folder}: belongs to another sweep whose id begins alike; "
                        "move it away or name another folder with --out"
                    )
                    raise StoreError(message)
                if is_fresh:
                    old = self.folder.with_name(f".old-{self.folder.name}-{own_mark()}")
                    self.folder.rename(old)
                    shutil.rmtree(old, ignore_errors=True)
            self.parts.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.parts)
            remove_leftovers(self.folder)
            if self._known_id() != self.plan.sweep_id:
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
        write_table(self.folder / "points.parquet", table)
        self.write_json(
            "plan.json",
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

    def write_json(self, name: str, content: Any) -> None:  # noqa: ANN401  # whatever JSON holds
        """Write a JSON file that nobody sees half-written."""
        path = self.folder / name
        temporary = path.with_name(f".{name}-{own_mark()}")
        try:
            temporary.write_text(
                json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

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
            for path in sorted((self.root / "sweeps").glob("*/*/parts/part-*.parquet")):
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
