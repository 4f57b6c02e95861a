"""What operators did, task by task, where a scenario keeps it."""

import numpy as np
import pyarrow as pa

from sim.runs.measures.measure import MeasureRows
from sim.runs.measures.reduction import one_after_the_other
from sim.runs.measures.subject import Finished, Replication, Subject
from sim.tables import OPERATOR_TASK_TABLE, Columns


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:  # noqa: ARG001
    tasks = replication.records.rows("tasks")
    number = np.full(len(tasks["begin_s"]), replication.number, np.int32)
    return {OPERATOR_TASK_TABLE.name: {"replication": number, **tasks}}


def _published(run: Finished) -> dict[str, pa.Table]:
    kept = run.kept[OPERATOR_TASK_TABLE.name]
    return {OPERATOR_TASK_TABLE.name: one_after_the_other(OPERATOR_TASK_TABLE, kept)}


TASKS_OF_OPERATORS = Subject(
    measures=(),
    in_scenario=lambda scenario: scenario.run.records.tasks != "none",
    in_world=lambda world: bool(world.exchanges.is_manual.any()),
    measured=_measured,
    published=_published,
)
