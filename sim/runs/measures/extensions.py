"""What extensions changed in the network: a trace in the results."""

import numpy as np
import pyarrow as pa

from sim.runs.measures.measure import MeasureRows
from sim.runs.measures.reduction import one_after_the_other
from sim.runs.measures.subject import Finished, Replication, Subject
from sim.tables import CHANGES, Columns


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:  # noqa: ARG001
    changes = replication.records.rows("changes")
    number = np.full(len(changes["time_s"]), replication.number, np.int32)
    return {CHANGES.name: {"replication": number, **changes}}


def _published(run: Finished) -> dict[str, pa.Table]:
    table = one_after_the_other(CHANGES, run.kept[CHANGES.name])
    return {CHANGES.name: table} if table.num_rows else {}


EXTENSIONS = Subject(
    measures=(),
    in_scenario=lambda scenario: bool(scenario.extensions),
    measured=_measured,
    published=_published,
)
