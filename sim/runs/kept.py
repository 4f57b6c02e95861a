"""Files of one finished replication: written when it ends, read when the run is published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from sim.runs.measures import ReplicationTables
from sim.runs.parquet import MAX_PART_ROWS, Columns, arrow_table, read_parquet, write_parquet
from sim.runs.store import Store
from sim.tables import CALLS, KEPT_FLOWS, KEPT_MESSAGES, Table

_MEASURES, _TIMESERIES, _EFFORT = "measures.parquet", "timeseries.parquet", "effort.json"
_CELLS, _SITES, _TRUNKS = "cells.npz", "sites.npz", "trunks.npz"
_EXCHANGES, _POSITIONS = "exchanges.npz", "positions.npz"
_DATA, _THROUGHPUT = "data.npz", "throughput.npz"

PARTS: dict[str, Table] = {"calls": CALLS, "flows": KEPT_FLOWS, "messages": KEPT_MESSAGES}
"""Tables that come in parts, by the folder of their files."""


@dataclass(frozen=True)
class Effort:
    """
    What a replication took.

    Attributes
    ----------
    n_attempts : int
        Attempts, warm-up included.
    n_events : int
        Machine events.
    wall_s : float
        Wall time. [s]
    peak_memory_bytes : int
        Largest memory of the process up to its end. [byte]
    """

    n_attempts: int
    n_events: int
    wall_s: float
    peak_memory_bytes: int


@dataclass(frozen=True)
class KeptReplications:
    """
    Finished replications, read back.

    Attributes
    ----------
    measures, timeseries : tuple of pa.Table
        Tables of each replication.
    cells, sites, trunks, exchanges, positions : tuple of dict of str to ndarray
        Servers and operators of each replication, as in `ReplicationTables`.
    data, throughput : tuple of dict of str to ndarray
        Flows of each replication, likewise.
    efforts : tuple of Effort
        What each took.
    parts : dict of str to tuple of Path
        Parts of attempts, flows and messages, in order, by the names in `PARTS`.
    """

    measures: tuple[pa.Table, ...]
    timeseries: tuple[pa.Table, ...]
    cells: tuple[Columns, ...]
    sites: tuple[Columns, ...]
    trunks: tuple[Columns, ...]
    exchanges: tuple[Columns, ...]
    positions: tuple[Columns, ...]
    data: tuple[Columns, ...]
    throughput: tuple[Columns, ...]
    efforts: tuple[Effort, ...]
    parts: dict[str, tuple[Path, ...]]


def write_replication(
    folder: Path,
    tables: ReplicationTables,
    effort: Effort,
    names: Mapping[str, dict[str, Sequence[str]]],
) -> None:
    """
    Write the files of a replication.

    Parameters
    ----------
    folder : Path
        Folder, empty.
    tables : ReplicationTables
        Tables of the replication.
    effort : Effort
        What it took.
    names : mapping of str to dict of str to sequence of str
        Names behind the indices of each table in `PARTS`, for its metadata.
    """
    write_parquet(folder / _MEASURES, tables.measures)
    write_parquet(folder / _TIMESERIES, tables.timeseries)
    np.savez(folder / _CELLS, **tables.cells)  # type: ignore[arg-type]  # NumPy's stub
    np.savez(folder / _SITES, **tables.sites)  # type: ignore[arg-type]
    np.savez(folder / _TRUNKS, **tables.trunks)  # type: ignore[arg-type]
    np.savez(folder / _EXCHANGES, **tables.exchanges)  # type: ignore[arg-type]
    np.savez(folder / _POSITIONS, **tables.positions)  # type: ignore[arg-type]
    np.savez(folder / _DATA, **tables.data)  # type: ignore[arg-type]
    np.savez(folder / _THROUGHPUT, **tables.throughput)  # type: ignore[arg-type]
    for name, table in PARTS.items():
        rows: Columns = getattr(tables, name)
        _write_parts(folder / name, table, rows, tables.replication, names.get(name, {}))
    (folder / _EFFORT).write_text(json.dumps(asdict(effort)), encoding="ascii")


def _write_parts(
    folder: Path, table: Table, rows: Columns, replication: int, names: dict[str, Sequence[str]]
) -> None:
    """Write rows as files of bounded length; none, and no folder, where there are no rows."""
    n_rows = len(rows.get("time_s", ()))
    for number, first in enumerate(range(0, n_rows, MAX_PART_ROWS), start=1):
        folder.mkdir(exist_ok=True)
        chosen = {name: column[first : first + MAX_PART_ROWS] for name, column in rows.items()}
        part = arrow_table(table, chosen, names=names)
        write_parquet(folder / f"part-{replication:04d}-{number:04d}.parquet", part)


def read_replications(store: Store, replications: Sequence[int]) -> KeptReplications:
    """
    Read finished replications back.

    Parameters
    ----------
    store : Store
        Where they wait.
    replications : sequence of int
        Numbers of the replications.

    Returns
    -------
    KeptReplications
        Everything but attempts, flows and messages, of which the files are named.
    """
    folders = [store.replication_folder(replication) for replication in replications]
    return KeptReplications(
        measures=tuple(read_parquet(folder / _MEASURES) for folder in folders),
        timeseries=tuple(read_parquet(folder / _TIMESERIES) for folder in folders),
        cells=tuple(_read_columns(folder / _CELLS) for folder in folders),
        sites=tuple(_read_columns(folder / _SITES) for folder in folders),
        trunks=tuple(_read_columns(folder / _TRUNKS) for folder in folders),
        exchanges=tuple(_read_columns(folder / _EXCHANGES) for folder in folders),
        positions=tuple(_read_columns(folder / _POSITIONS) for folder in folders),
        data=tuple(_read_columns(folder / _DATA) for folder in folders),
        throughput=tuple(_read_columns(folder / _THROUGHPUT) for folder in folders),
        efforts=tuple(
            Effort(**json.loads((folder / _EFFORT).read_text(encoding="ascii")))
            for folder in folders
        ),
        parts={
            name: tuple(part for one in folders for part in sorted((one / name).glob("part-*")))
            for name in PARTS
        },
    )


def _read_columns(path: Path) -> Columns:
    with np.load(path, allow_pickle=False) as columns:
        return {name: columns[name] for name in columns.files}
