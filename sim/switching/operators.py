"""Operators: one SimPy process at each position, one task at a time."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from simpy import Environment
from simpy.events import NORMAL, Event

from sim.switching.ledger import WorkSheet

if TYPE_CHECKING:
    from sim.switching.exchange import Exchange
    from sim.switching.jobs import Job


class Position:
    """
    A position at a switchboard: an operator, if it is staffed, and cord pairs.

    The process waits for an event that happens when a task is done. When the shift changes, the successor goes on
    with the same process.

    Parameters
    ----------
    env : simpy.Environment
        Environment.
    exchange : Exchange
        Exchange that gives out the work.
    number : int
        Number of the position.
    n_cords : int
        Cord pairs.
    sheet : WorkSheet
        Where the work is counted.

    Attributes
    ----------
    number, n_cords : int
        As given.
    n_cords_used : int
        Cord pairs in use.
    is_on_duty : bool
        Whether the position is staffed.
    job : Job or None
        Task in hand.
    begun_s : float
        When the task in hand was begun, or the last one. [s]
    sheet : WorkSheet
        What is done here.
    """

    __slots__ = (
        "_done", "_env", "_exchange", "begun_s", "is_on_duty", "job", "n_cords", "n_cords_used", "number", "sheet",
    )  # fmt: skip

    def __init__(
        self, env: Environment, exchange: "Exchange", number: int, n_cords: int, sheet: WorkSheet
    ) -> None:
        self._env, self._exchange, self.sheet = env, exchange, sheet
        self.number, self.n_cords, self.n_cords_used = number, n_cords, 0
        self.is_on_duty = False
        self.job: Job | None = None
        self.begun_s = 0.0
        self._done = Event(env)
        env.process(self._work())

    @property
    def has_cord(self) -> bool:
        """Say whether a cord pair is free."""
        return self.n_cords_used < self.n_cords

    def begin(self, job: "Job", duration_s: float) -> None:
        """Begin a task; the process goes on when it is done."""
        if self.job is not None:
            message = f"position {self.number} has a task in hand"
            raise RuntimeError(message)
        self.job = job
        # One event for each task, from idle too: the event for which the process waits is put where the task ends.
        self._done._ok = True
        self._done._value = job
        self._env.schedule(self._done, NORMAL, duration_s)

    def _work(self) -> Generator[Event, "Job", None]:
        while True:
            job = yield self._done
            self._done = Event(self._env)
            self.job = None
            self._exchange.finish(self, job)
