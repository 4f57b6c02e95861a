"""The subjects of runs, all measures that they declare, and what must hold of every replication."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sim.runs.measures.cells import CELLS_AND_SITES, cell_places
from sim.runs.measures.coverage import COVERAGE
from sim.runs.measures.data import DATA_FLOWS
from sim.runs.measures.emergency import EMERGENCY_CALLS
from sim.runs.measures.exchanges import MANUAL_EXCHANGES
from sim.runs.measures.extensions import EXTENSIONS
from sim.runs.measures.measure import MeasureRows
from sim.runs.measures.messages import SHORT_MESSAGES
from sim.runs.measures.movement import MOVEMENT
from sim.runs.measures.operator_tasks import TASKS_OF_OPERATORS
from sim.runs.measures.outages import OUTAGES
from sim.runs.measures.radio import SOFT_CAPACITY
from sim.runs.measures.reduction import reduced
from sim.runs.measures.registrations import REGISTRATIONS
from sim.runs.measures.subject import (
    Earlier,
    Finished,
    Replication,
    Rows,
    Subject,
    as_floats,
)
from sim.runs.measures.trunks import TRUNK_GROUPS
from sim.runs.measures.voice import VOICE
from sim.runs.measures.whereabouts import WHEREABOUTS
from sim.tables import RECORDS, Columns


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:  # noqa: ARG001
    tables = replication.records.tables
    return {
        name: as_floats(tables[name])
        for name, table in RECORDS.items()
        if table.is_over_replications and name in tables
    }


def _published(run: Finished) -> dict[str, pa.Table]:
    published = {}
    for name, table in RECORDS.items():
        if table.is_over_replications and name in run.kept:
            n_rows = len(next(iter(run.kept[name][0].values())))
            row: Columns = {"row": np.arange(n_rows, dtype=np.int32)}
            given = row | (cell_places(run.world) if table.axis == "cell" else {})
            published[name] = reduced(table, given, run.kept[name])
    return published


OWN_TABLES = Subject(measures=(), measured=_measured, published=_published)


SUBJECTS = (
    VOICE,
    CELLS_AND_SITES,
    MANUAL_EXCHANGES,
    SOFT_CAPACITY,
    DATA_FLOWS,
    SHORT_MESSAGES,
    MOVEMENT,
    REGISTRATIONS,
    EMERGENCY_CALLS,
    COVERAGE,
    OUTAGES,
    WHEREABOUTS,
    EXTENSIONS,
    TASKS_OF_OPERATORS,
    TRUNK_GROUPS,
    OWN_TABLES,
)
"""Subjects in the order in which they measure, and are printed."""

MEASURES = {measure.name: measure for subject in SUBJECTS for measure in subject.measures}
"""Measures by name, in the order of the reference."""

PARTS = {part.table.name: part for subject in SUBJECTS for part in subject.parts}
"""Records whose rows leave memory, by the folder of the files that keep some."""

ROW_PARTS = {part.record: part for part in PARTS.values()}
"""The same by the key of the records."""

INVARIANTS = tuple(text for subject in SUBJECTS for text in subject.invariants)
"""What is checked, as the manifest lists it."""


class BrokenInvariantError(AssertionError):
    """The simulator contradicts itself: a bug, not a mistake of the user."""


def check_invariants(replication: Replication) -> None:
    """Refuse a replication that contradicts itself."""
    of_rows = ((part.broken, replication.rows(record)) for record, part in ROW_PARTS.items())
    _refuse(
        text for broken, rows in of_rows for text in broken(rows)
    )  # before anything is made of them
    _refuse(text for subject in SUBJECTS for text in subject.broken(replication))


def take_rows(rows: Rows, earlier: Earlier) -> None:
    """Add what is to be known of rows that will not be kept; refuse them if they contradict themselves."""
    part = ROW_PARTS[rows.record]
    _refuse(part.broken(rows))
    earlier.n_rows += len(rows)
    earlier.sums += part.summed(rows)


def _refuse(broken: Iterable[str]) -> None:
    if texts := list(broken):
        raise BrokenInvariantError("; ".join(texts))
