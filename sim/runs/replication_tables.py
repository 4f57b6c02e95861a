"""What is kept of a replication: made when it ends, written, and read when the run is published."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.errors import StoreError
from sim.runs.measures.measure import MeasureRows
from sim.runs.measures.subject import Part, Replication
from sim.runs.measures.subjects import PARTS, SUBJECTS, check_invariants
from sim.runs.parquet import MAX_PART_ROWS, arrow_table, names_of, read_parquet, write_parquet
from sim.runs.store import Store, storing, write_json
from sim.scenario.schema import Scenario
from sim.streams import STREAM_RECORD_SAMPLE, uniforms
from sim.tables import Columns, Table

_Read = TypeVar("_Read")
_MEASURES, _FACTS = "measures.parquet", "facts.json"


@dataclass(frozen=True)
class ReplicationTables:
    """What is kept of a replication."""

    replication: int  # number of the replication, from 1
    measures: pa.Table  # its rows of `sim.tables.REPLICATIONS`
    # what subjects keep for the tables over all replications, by table
    kept: Mapping[str, Columns] = field(default_factory=dict)
    # rows that files keep, by the names in `PARTS`, in the order in which they ended; empty where there are none
    parts: Mapping[str, Columns] = field(default_factory=dict)
    n_attempts: int = 0  # all attempts, warm-up included
    n_events: int = 0  # machine events
    notes: tuple[str, ...] = ()  # what outputs must say of it


def replication_tables(replication: Replication) -> ReplicationTables:
    """Return what is kept of a replication, its invariants checked."""
    check_invariants(replication)
    scenario, records = replication.scenario, replication.records
    rows = MeasureRows(replication.number)
    kept: dict[str, Columns] = {}
    for subject in SUBJECTS:
        if subject.is_on(scenario, replication.world):
            for name, columns in subject.measured(replication, rows).items():
                kept.setdefault(name, {}).update(columns)
    return ReplicationTables(
        replication=replication.number,
        measures=rows.table(),
        kept=kept,
        parts={name: _kept_rows(replication, part) for name, part in PARTS.items()},
        n_attempts=replication.n_attempts,
        n_events=records.n_events,
    )


def _kept_rows(replication: Replication, part: Part) -> Columns:
    """Return the rows of some records that files keep, with what else is said of them there."""
    earlier = replication.of_earlier(part.record).kept
    records = replication.records[part.record]
    rows = _together([*earlier, rows_to_keep(replication.scenario, records, replication.number)])
    return rows | part.more(replication.world, rows) if rows else rows


def _together(parts: Sequence[Columns]) -> Columns:
    """Return the rows of all parts."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def rows_to_keep(scenario: Scenario, records: Columns, replication: int) -> Columns:
    """Return the rows to keep; all attempts of an intent, and all pages of a session, are kept or none."""
    if not records:
        return {}
    kept = _is_kept(scenario, records, replication)
    columns: Columns = {"replication": np.full(np.count_nonzero(kept), replication, np.int32)}
    return columns | {name: column[kept] for name, column in records.items()}


def _is_kept(scenario: Scenario, records: Columns, replication: int) -> NDArray[np.bool_]:
    rule = scenario.run.records
    n = len(records["time_s"])
    if rule.calls != "sample":
        return np.full(n, rule.calls == "all")
    draws = uniforms(
        scenario.seed, replication, STREAM_RECORD_SAMPLE, records["entity"], records["index"]
    )
    kept: NDArray[np.bool_] = draws < rule.sample_share
    return kept


@dataclass(frozen=True)
class Effort:
    """What a replication took."""

    n_attempts: int  # attempts, warm-up included
    n_events: int  # machine events
    wall_s: float  # wall time [s]
    peak_memory_bytes: int  # largest memory of the process up to its end [byte]


@dataclass(frozen=True)
class KeptReplications:
    """Finished replications, read back."""

    measures: tuple[pa.Table, ...]  # measures of each replication
    kept: dict[str, tuple[Columns, ...]]  # what subjects kept, by table, of each replication
    efforts: tuple[Effort, ...]  # what each took
    # parts of the rows that files keep, in order, by the names in `PARTS`
    parts: dict[str, tuple[Path, ...]]
    notes: tuple[str, ...]  # what outputs must say of any of them


def write_replication(
    folder: Path,
    tables: ReplicationTables,
    effort: Effort,
    names: Mapping[str, dict[str, Sequence[str]]] = MappingProxyType({}),
) -> None:
    """Write the files of a replication."""
    write_parquet(folder / _MEASURES, tables.measures)
    for name, columns in tables.kept.items():
        np.savez(folder / f"{name}.npz", **columns)  # type: ignore[arg-type]  # NumPy's stub
    for name, rows in tables.parts.items():
        _write_parts(
            folder / name, PARTS[name].table, rows, tables.replication, names.get(name, {})
        )
    write_json(folder / _FACTS, {"effort": asdict(effort), "notes": tables.notes})


def _write_parts(
    folder: Path, table: Table, rows: Columns, replication: int, names: dict[str, Sequence[str]]
) -> None:
    """Write rows as files of bounded length; none, and no folder, where there are no rows."""
    n_rows = len(rows.get("time_s", ()))
    behind = {name: words for name, words in names.items() if name in table.names}
    for number, first in enumerate(range(0, n_rows, MAX_PART_ROWS), start=1):
        folder.mkdir(exist_ok=True)
        chosen = {name: column[first : first + MAX_PART_ROWS] for name, column in rows.items()}
        named = {
            column.name: names_of(chosen[f"{column.name}_idx"], names[f"{column.name}_idx"])
            for column in table.columns
            if column.dtype == "name"
        }
        part = arrow_table(table, chosen | named, names=behind)
        write_parquet(folder / f"part-{replication:04d}-{number:04d}.parquet", part)


def read_replications(store: Store, n: int) -> KeptReplications | None:
    """Read finished replications back; None when another process has published the same run meanwhile."""
    return _read_back(store, lambda: _read(store, n))


def read_measures(store: Store, replications: Iterable[int]) -> list[pa.Table] | None:
    """Read the measures of some finished replications back; None likewise."""
    folders = [store.replication_folder(replication) for replication in replications]
    return _read_back(store, lambda: [read_parquet(folder / _MEASURES) for folder in folders])


def _read_back(store: Store, read: Callable[[], _Read]) -> _Read | None:
    with storing(store.staging):
        try:
            return read()
        except FileNotFoundError:
            if store.is_finished():
                return None
            raise
        except (pa.ArrowInvalid, ValueError, KeyError, EOFError, BadZipFile) as error:
            message = (
                f"{store.staging}: a kept replication is damaged ({type(error).__name__}: {error}); "
                "remove this folder and run again"
            )
            raise StoreError(message) from error


def _read(store: Store, n: int) -> KeptReplications:
    folders = [store.replication_folder(replication) for replication in range(1, n + 1)]
    facts = [json.loads((folder / _FACTS).read_text(encoding="utf-8")) for folder in folders]
    return KeptReplications(
        measures=tuple(read_parquet(folder / _MEASURES) for folder in folders),
        kept={
            first.stem: tuple(_read_columns(folder / first.name) for folder in folders)
            for first in sorted(folders[0].glob("*.npz"))
        },
        efforts=tuple(Effort(**one["effort"]) for one in facts),
        parts={
            name: tuple(part for one in folders for part in sorted((one / name).glob("part-*")))
            for name in PARTS
        },
        notes=tuple(dict.fromkeys(note for one in facts for note in one["notes"])),
    )


def _read_columns(path: Path) -> Columns:
    with np.load(path, allow_pickle=False) as columns:
        return {name: columns[name] for name in columns.files}
