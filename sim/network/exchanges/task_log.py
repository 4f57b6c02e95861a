"""What operators did, task by task, of all calls or of those in the sample."""

import numpy as np

from sim.scenario.schema import Records
from sim.streams import STREAM_RECORD_SAMPLE, uniform
from sim.switching.calls import Hop
from sim.switching.tasks import TASKS, TimedTask
from sim.tables import Columns
from sim.traffic.calls import REDIAL_SHIFT

_ROOT = (1 << REDIAL_SHIFT) - 1


class TaskLog:
    """Tasks as they are done; those of a call are all kept, or none, as the attempts of its intent are."""

    def __init__(self, rules: Records, key: tuple[int, int]) -> None:
        self._is_sampled, self._share, self._key = rules.tasks == "sample", rules.sample_share, key
        self._rows: list[tuple[str, int, int, int, int, float, float, float]] = []

    def add(self, exchange: str, position: int, hop: Hop, task: TimedTask) -> None:
        """Keep a task, if those of its call are kept."""
        entity, address = hop.call.entity, hop.call.index
        root = address & _ROOT
        if self._is_sampled and self._draw(entity, root) >= self._share:
            return
        kind, begun_s, done_s = task
        self._rows.append(
            (exchange, position, entity, address, int(kind), begun_s, done_s, hop.arrived_s)
        )

    def _draw(self, entity: int, root: int) -> float:
        return uniform(*self._key, STREAM_RECORD_SAMPLE, entity, root)

    def columns(self) -> Columns:
        """Return the tasks in the order in which they were done; nothing where there are none."""
        if not self._rows:
            return {}
        exchange, position, entity, address, kind, begun_s, done_s, arrived_s = zip(
            *self._rows, strict=True
        )
        addresses = np.array(address, np.int64)
        return {
            "exchange": np.array(exchange, np.str_),
            "position": np.array(position, np.int32),
            "entity": np.array(entity, np.uint32),
            "index": addresses & _ROOT,
            "redial": (addresses >> REDIAL_SHIFT).astype(np.uint8),
            "task": np.array(TASKS, np.str_)[list(kind)],
            "begin_s": np.array(begun_s, np.float64),
            "end_s": np.array(done_s, np.float64),
            "arrived_s": np.array(arrived_s, np.float64),
        }
