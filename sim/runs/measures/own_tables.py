"""Record tables that say themselves how they are made over replications: published as they are declared."""

import numpy as np
import pyarrow as pa

from sim.runs.measures.cells import cell_places
from sim.runs.measures.rows import MeasureRows
from sim.runs.measures.subject import Finished, Replication, Subject, as_floats
from sim.runs.reduction import reduced
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
