"""Operators: one SimPy process at each position, one task at a time, and which task an operator takes next."""

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from itertools import count

from simpy import Environment
from simpy.events import Event

from sim.engine.clock import put_at
from sim.switching.calls import Hop, Job
from sim.switching.ledger import WorkSheet
from sim.switching.plan import ExchangePlan
from sim.switching.tasks import Task

NEEDS_CORD = frozenset((Task.ANSWER, Task.CALL_BACK))
"""Tasks that begin with taking a cord."""

_IN_HAND = -2  # a call whose operator has gone off: before everything else
_CLEARING = -1

_Heap = list[tuple[int, int, Job]]  # by rank and number


class Position:
    """
    A position at a switchboard: an operator, if it is staffed, and cord pairs.

    The process waits for an event that happens when a task is done. When the shift changes, the successor goes on
    with the same process.
    """

    __slots__ = (
        "_done", "_env", "_on_done", "is_on_duty", "job", "n_cords", "n_cords_used", "number", "sheet",
    )  # fmt: skip

    def __init__(
        self,
        env: Environment,
        number: int,
        n_cords: int,
        sheet: WorkSheet,
        on_done: Callable[["Position", Job], None],
    ) -> None:
        self._env, self._on_done = env, on_done
        self.sheet = sheet  # where the work is counted
        self.number, self.n_cords, self.n_cords_used = number, n_cords, 0  # cord pairs
        self.is_on_duty = False  # whether the position is staffed
        self.job: Job | None = None  # task in hand
        self._done = Event(env)
        env.process(self._work())

    @property
    def has_cord(self) -> bool:
        """Say whether a cord pair is free."""
        return self.n_cords_used < self.n_cords

    def begin(self, job: Job) -> None:
        """Begin a task; the process goes on when it is done, and those that are done in one go with it."""
        if self.job is not None:
            message = f"position {self.number} has a task in hand"
            raise RuntimeError(message)
        self.job = job
        # One event, from idle too: that for which the process waits is put where the last task ends.
        self._done._ok = True
        self._done._value = job
        put_at(self._env, self._done, job.tasks[-1][-1])

    def _work(self) -> Generator[Event, Job, None]:
        while True:
            job = yield self._done
            self._done = Event(self._env)
            self.job = None
            self._on_done(self, job)


class Queue:
    """Calls and duties that wait: an operator takes the first of the least rank, a call only with a cord free."""

    def __init__(self, plan: ExchangePlan) -> None:
        self._plan = plan
        self._number = count()
        self._calls: _Heap = []  # what needs a cord, and what does not
        self._duties: _Heap = []

    def put(self, hop: Hop, task: Task, is_in_hand: bool) -> None:
        """Let a task wait for the next operator who looks."""
        plan = self._plan
        if is_in_hand:
            rank = _IN_HAND
        elif task is Task.CLEAR and plan.clears_first:
            rank = _CLEARING
        else:
            rank = max(0, hop.call.priority) if plan.has_priority_lines else 0
        job = hop.job = Job(hop, task)
        heap = self._calls if task in NEEDS_CORD else self._duties
        heappush(heap, (rank, next(self._number), job))

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits."""
        return not (_purged(self._duties) or _purged(self._calls))

    def next_for(self, position: Position) -> Job | None:
        """Take out what the operator at a position does next, None where there is nothing that can be done there."""
        heap = _purged(self._duties)
        if position.has_cord:
            calls = _purged(self._calls)
            if calls and (not heap or calls[0] < heap[0]):
                heap = calls
        if not heap:
            return None
        job = heappop(heap)[2]
        job.hop.job = None
        return job


def _purged(heap: _Heap) -> _Heap:
    """Return a heap without void tasks at its head."""
    while heap and heap[0][2].is_void:
        heappop(heap)
    return heap
