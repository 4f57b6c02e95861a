"""What is kept of the runs of a sweep: parts of many runs each, written under another name and renamed when whole."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.runs.parquet import arrow_table
from sim.runs.temporary import is_of_dead_process, own_mark
from sim.tables import SWEEP_PARTS, Columns

_NOTES, _KEPT = b"runs", b"kept"
_N_DIGITS = 16
_ENDING = ".parquet"


@dataclass(frozen=True)
class RunNote:
    """What is noted of a run beside its measures."""

    run_id: str  # id of the run
    n_replications: int  # replications that were run
    n_attempts: int  # attempts of all of them, warm-up included
    wall_s: float  # and setup_s: wall time of the run, and of its world and coverage within it [s]
    setup_s: float
    peak_memory_bytes: int  # largest memory of the process up to its end [byte]
    platform: str  # digest of the platform fingerprint
    error: str = ""  # what went wrong, empty when nothing did
    traceback: str = ""  # where it went wrong
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
    digest = hashlib.sha256("\n".join(sorted(run_ids)).encode()).hexdigest()
    return f"part-{digest[:_N_DIGITS]}{_ENDING}"


def write_part(folder: Path, outcomes: Sequence[RunOutcome], kept: str) -> Path:
    """Write a part: all of it or nothing."""
    table = _table(outcomes)
    notes = json.dumps([asdict(outcome.note) for outcome in outcomes])
    table = table.replace_schema_metadata(
        {**table.schema.metadata, _NOTES: notes.encode(), _KEPT: kept.encode()}
    )
    return write_table(folder / part_name(outcome.note.run_id for outcome in outcomes), table)


def write_table(target: Path, table: pa.Table) -> Path:
    """Write a Parquet file under another name, have it reach the disk, and rename it."""
    temporary = target.with_name(f".{target.name}-{own_mark()}")
    try:
        with temporary.open("wb") as file:
            pq.write_table(table, file, compression="zstd", version="2.6")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return target


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


def remove_leftovers(folder: Path) -> None:
    """Remove files that dead processes of this host left half written."""
    for path in folder.glob(".*"):
        if is_of_dead_process(path.name):
            with suppress(OSError):
                path.unlink(missing_ok=True)
