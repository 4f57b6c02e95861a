"""A manual exchange: calls and duties wait, operators take one after the other."""

import math
from collections.abc import Callable, Generator
from itertools import count
from typing import Protocol

from simpy import Environment
from simpy.events import Event, Timeout

from sim.switching.calls import Hop, Job
from sim.switching.draws import Draw, task_address, task_stream
from sim.switching.ledger import NOBODY, Entry, Happening, Ledger, Log
from sim.switching.operators import NEEDS_CORD, Position, Queue
from sim.switching.plan import ExchangePlan
from sim.switching.tasks import Task, TimedTask

OnTask = Callable[[str, int, Hop, TimedTask], None]
"""Called with exchange, position, call and task whenever a task is done."""


class Work(Protocol):
    """What an exchange asks of those who know how calls are worked."""

    def may_begin(self, hop: Hop, task: Task) -> bool:
        """Say whether a task can be begun, and seize what it needs."""

    def after(self, hop: Hop, task: Task) -> Task | None:
        """Do what a finished task brings about, and return what the operator does next for the same call."""

    def foreseen(self, hop: Hop, task: Task) -> Task | None:
        """Return what is sure to follow a task whatever happens meanwhile, None where that is to be seen."""


class Exchange:
    """A manual exchange, which follows its plan, tells `work` what its operators do, and counts in its ledger."""

    def __init__(
        self,
        env: Environment,
        plan: ExchangePlan,
        draw: Draw,
        work: Work,
        ledger: Ledger,
        log: Log | None,
        on_task: OnTask | None = None,
    ) -> None:
        self.plan, self.ledger = plan, ledger
        self._on_task = on_task
        self._env, self._draw, self._work, self._log = env, draw, work, log
        self._operator = count()
        self._queue = Queue(plan)
        self._staffed_until_s = env.now  # until then nobody comes or goes
        self._idle: list[Position] = []
        self.positions = tuple(
            Position(env, number, plan.n_cords, ledger.new_sheet(), self.finish)
            for number in range(plan.n_positions)
        )
        self._staff(plan.rota.n_at(env.now), is_shift=False)
        env.process(self._keep_rota())

    @property
    def has_idle_operator(self) -> bool:
        """Say whether an operator on duty has nothing to do."""
        return bool(self._idle)

    def add(self, hop: Hop, task: Task, is_in_hand: bool = False) -> None:
        """Put a task into the queue, and give it to an operator who has nothing to do."""
        self.queue(hop, task, is_in_hand)
        self._offer()

    def queue(self, hop: Hop, task: Task, is_in_hand: bool = False) -> None:
        """Put a task into the queue, for the next operator who looks."""
        self._queue.put(hop, task, is_in_hand)

    def withdraw(self, hop: Hop) -> None:
        """Take the waiting task of a call out of the queue."""
        if hop.job is not None:
            hop.job.is_void = True
            hop.job = None

    def free_cord(self, hop: Hop) -> None:
        """Take down the cord of a call."""
        if hop.position is None:
            return
        position, now_s = self.positions[hop.position], self._env.now
        hop.position = None
        position.n_cords_used -= 1
        self.ledger.cords.change(now_s, -1)
        self._write(Happening.CORD_CLEARED, position.number, hop, 0)
        self._offer()

    def staff(self, n: int) -> None:
        """Let the first `n` positions be staffed until the rota says otherwise."""
        self._staff(n, is_shift=False)

    def finish(self, position: Position, job: Job) -> None:
        """Take a finished task from an operator, and give the next one."""
        hop = job.hop
        hop.worker = None
        now_s = self._env.now
        self.ledger.busy.change(now_s, -1)
        for one, begun_s, done_s in job.tasks:
            position.sheet.add(one, begun_s, done_s, hop.arrived_s)
            if self._on_task is not None:
                self._on_task(self.plan.name, position.number, hop, (one, begun_s, done_s))
        task = job.tasks[-1][0]
        if self._log is not None:
            self._write(Happening.TASK_ENDED, position.number, hop, task)
        following = self._work.after(hop, task)
        if following is not None:
            if position.is_on_duty:
                self._begin(position, Job(hop, following))
                return
            self.add(hop, following, is_in_hand=True)
        if position.is_on_duty:
            next_job = self._take(position)
            if next_job is None:
                self._idle.append(position)
            else:
                self._begin(position, next_job)

    def _offer(self) -> None:
        """Give waiting tasks to idle operators, the longest idle first."""
        at = 0
        # Most often nothing waits: then nobody is asked, however many are idle.
        while at < len(self._idle) and not self._queue.is_empty:
            job = self._take(self._idle[at])
            if job is None:
                at += 1
            else:
                self._begin(self._idle.pop(at), job)

    def _take(self, position: Position) -> Job | None:
        """Return the next task that the operator can do, out of the queue."""
        while (job := self._queue.next_for(position)) is not None:
            if self._work.may_begin(job.hop, job.task):
                return job
        return None

    def _begin(self, position: Position, job: Job) -> None:
        hop, task, now_s = job.hop, job.task, self._env.now
        hop.worker = position.number
        if task in NEEDS_CORD:
            hop.position = position.number
            position.n_cords_used += 1
            self.ledger.cords.change(now_s, 1)
            if self._log is not None:
                self._write(Happening.CORD_TAKEN, position.number, hop, 0)
        self.ledger.busy.change(now_s, 1)
        if self._log is not None:
            self._write(Happening.TASK_BEGUN, position.number, hop, task)
        job.tasks = self._tasks_from(hop, task, now_s)
        position.begin(job)

    def _tasks_from(self, hop: Hop, task: Task, begun_s: float) -> list[TimedTask]:
        """Return a task and those that are sure to follow it at once, each with its times: they are one event."""
        done_s = begun_s + self._time_s(hop, task)
        tasks = [(task, begun_s, done_s)]
        # A log holds every task when it begins. When the shift changes, the call in hand waits for the successor.
        while self._log is None and done_s < self._staffed_until_s:
            following = self._work.foreseen(hop, task)
            if following is None:
                break
            task, begun_s = following, done_s
            done_s = begun_s + self._time_s(hop, task)
            tasks.append((task, begun_s, done_s))
        return tasks

    def _time_s(self, hop: Hop, task: Task) -> float:
        """Draw how long a task takes."""
        repetition = hop.n_done.get(task, 0)
        hop.n_done[task] = repetition + 1
        law = hop.laws.get(task)
        if law is None:
            return 0.0
        call = hop.call
        index = task_address(call.index, hop.number, repetition)
        return law.time_s(self._draw(task_stream(task), call.entity, index))

    def _keep_rota(self) -> Generator[Event, None, None]:
        for time_s, n, is_shift in self.plan.rota.changes(self._env.now):
            self._staffed_until_s = time_s
            yield Timeout(self._env, time_s - self._env.now)
            self._staff(n, is_shift)
        self._staffed_until_s = math.inf

    def _staff(self, n: int, is_shift: bool) -> None:
        """Let the first `n` positions be staffed from now on."""
        for position in self.positions:
            is_needed = position.number < n
            if position.is_on_duty and (is_shift or not is_needed):
                self._go_off(position)
            if is_needed and not position.is_on_duty:
                self._come_on(position)
        self._offer()

    def _come_on(self, position: Position) -> None:
        position.is_on_duty = True
        self.ledger.staffed.change(self._env.now, 1)
        position.sheet.staffed.change(self._env.now, 1)
        self._write(Happening.ON_DUTY, position.number, None, next(self._operator))
        if position.job is None:
            self._idle.append(position)

    def _go_off(self, position: Position) -> None:
        position.is_on_duty = False
        self.ledger.staffed.change(self._env.now, -1)
        position.sheet.staffed.change(self._env.now, -1)
        self._write(Happening.OFF_DUTY, position.number, None, 0)
        if position in self._idle:
            self._idle.remove(position)

    def _write(self, happening: Happening, position: int, hop: Hop | None, detail: int) -> None:
        if self._log is not None:
            number = NOBODY if hop is None else hop.call.number
            self._log.append(
                Entry(self._env.now, happening, self.plan.name, position, number, detail)
            )
