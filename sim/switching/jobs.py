"""Tasks that wait for an operator, and what an exchange asks of those who know how calls are worked."""

from heapq import heappop
from typing import Protocol

from sim.switching.calls import Hop
from sim.switching.tasks import Task

NEEDS_CORD = frozenset((Task.ANSWER, Task.CALL_BACK))
"""Tasks that begin with taking a cord."""


class Job:
    """
    A task that waits for an operator, or that an operator does.

    Parameters
    ----------
    hop : Hop
        The call at this exchange.
    task : Task
        Task.

    Attributes
    ----------
    hop, task
        As given.
    is_void : bool
        Whether nobody needs it any more.
    """

    __slots__ = ("hop", "is_void", "task")

    def __init__(self, hop: Hop, task: Task) -> None:
        self.hop, self.task, self.is_void = hop, task, False


class Work(Protocol):
    """What an exchange asks of those who know how calls are worked."""

    def may_begin(self, hop: Hop, task: Task) -> bool:
        """Say whether a task can be begun, and seize what it needs."""

    def after(self, hop: Hop, task: Task) -> Task | None:
        """
        Do what a finished task brings about.

        What the operator does next for the same call, None when the call is out of hand.
        """


Queue = list[tuple[int, int, Job]]
"""Heap of tasks by rank and number."""


def purged(queue: Queue) -> Queue:
    """Return a queue without void tasks at its head."""
    while queue and queue[0][2].is_void:
        heappop(queue)
    return queue
