"""
What an operator does for a call, and how long each task takes.

References
----------
Cyclopedia of Telephony and Telegraphy, volume 2, American School of Correspondence (1911), chapter 37, Table XIV:
calls per operator and busy hour by share trunked to other offices; the same chapter, 250 to 500 connections per
busy hour of an operator on incoming trunks.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from sim.streams import exponential_quantile, normal_quantile


class Task(IntEnum):
    """One thing that an operator does, without interruption; the number is its distance from the first stream."""

    ANSWER = 0
    NUMBER = 1
    TEST_LINE = 2
    TEST_TRUNK = 3
    PASS = 4
    PLUG = 5
    RING = 6
    SUPERVISE = 7
    RE_RING = 8
    REPORT = 9
    TICKET = 10
    CALL_BACK = 11
    CLEAR = 12


TimedTask = tuple[Task, float, float]
"""A task with its begin and its end. [s]"""

TASKS = tuple(task.name.lower() for task in Task)
"""Names of the tasks, in the order of their codes."""


@dataclass(frozen=True, slots=True)
class Law:
    """Law of a time, drawn by inversion; made by `fixed`, `exponential` or `lognormal`."""

    kind: str  # `fixed`, `exponential` or `lognormal`
    mean_s: float  # mean, 0 or more; of a lognormal law more than 0 [s]
    cv: float = 0.0  # coefficient of variation of a lognormal law [1]
    # and sigma: mean and standard deviation of the logarithm of the seconds of a lognormal law, else 0
    mu: float = field(init=False, repr=False, default=0.0)
    sigma: float = field(init=False, repr=False, default=0.0)

    def __post_init__(self) -> None:
        if self.kind not in ("fixed", "exponential", "lognormal"):
            message = f"kind = {self.kind!r}: must be 'fixed', 'exponential' or 'lognormal'"
            raise ValueError(message)
        if not (0.0 <= self.mean_s < math.inf and 0.0 <= self.cv < math.inf):
            message = f"mean_s = {self.mean_s}, cv = {self.cv}: must be 0 or more and finite"
            raise ValueError(message)
        if self.kind == "lognormal":
            if self.mean_s == 0.0:
                message = "mean_s = 0: must be more than 0 of a lognormal law; use fixed(0)"
                raise ValueError(message)
            variance = math.log1p(self.cv**2)
            object.__setattr__(self, "mu", math.log(self.mean_s) - variance / 2.0)
            object.__setattr__(self, "sigma", math.sqrt(variance))

    def time_s(self, p: float) -> float:
        """Return the quantile of the time."""
        if self.kind == "lognormal":
            return math.exp(self.mu + self.sigma * float(normal_quantile(p)))
        if self.kind == "exponential":
            return self.mean_s * float(exponential_quantile(p))
        return self.mean_s


def fixed(mean_s: float) -> Law:
    """
    Return the law of a time that is always the same.

    Parameters
    ----------
    mean_s : float
        Time, 0 or more. [s]

    Returns
    -------
    Law
        Law.
    """
    return Law("fixed", mean_s)


def exponential(mean_s: float) -> Law:
    """
    Return the exponential law.

    Parameters
    ----------
    mean_s : float
        Mean, 0 or more. [s]

    Returns
    -------
    Law
        Law.
    """
    return Law("exponential", mean_s)


def lognormal(mean_s: float, cv: float) -> Law:
    """Return the lognormal law."""
    return Law("lognormal", mean_s, cv)


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """
    Laws of the times of tasks.

    A task without a law is not done: it takes no operator and no time. An exchange that clears without an operator
    has no law for `Task.CLEAR`.
    """

    originating: Mapping[Task, Law]  # calls of the exchange's own callers
    incoming: Mapping[Task, Law]  # calls that come in on a trunk from another exchange

    def __post_init__(self) -> None:
        for name in ("originating", "incoming"):
            if Task.ANSWER not in getattr(self, name):
                message = f"{name}: must have a law for Task.ANSWER, with which work begins"
                raise ValueError(message)

    def work_s(self, trunked_share: float) -> float:
        """
        Return the mean work on a call of an own caller that comes about at the first attempt.

        Parameters
        ----------
        trunked_share : float
            Share of calls that leave over a trunk. [1]

        Returns
        -------
        float
            Work. [s]
        """
        both = (Task.ANSWER, Task.NUMBER, Task.PLUG, Task.RING, Task.SUPERVISE, Task.CLEAR)
        local_s = self._sum_s((Task.TEST_LINE,))
        trunked_s = self._sum_s((Task.TEST_TRUNK, Task.PASS))
        return self._sum_s(both) + (1.0 - trunked_share) * local_s + trunked_share * trunked_s

    def _sum_s(self, tasks: tuple[Task, ...]) -> float:
        return sum(self.originating[task].mean_s for task in tasks if task in self.originating)


def only_answering(law: Law) -> TaskTimes:
    """Return the times of operators with a single task, as queueing theory has them."""
    return TaskTimes({Task.ANSWER: law}, {Task.ANSWER: law})


TASK_CV = 0.5
"""Coefficient of variation of every task of `TABLE_XIV` (assumption). [1]"""

# Table XIV publishes only sums: 240 calls per busy hour, 15.0 s a call, when none is trunked, falling to 165, 21.8 s,
# when 90 % are. How the 15.0 s divide among tasks is an assumption, and so is every time outside these sums.
_LOCAL_S = {
    Task.ANSWER: 2.0,
    Task.NUMBER: 4.0,
    Task.TEST_LINE: 1.5,
    Task.PLUG: 1.5,
    Task.RING: 2.0,
    Task.SUPERVISE: 2.0,
    Task.CLEAR: 2.0,
}
# A trunked call takes 8.0 s more: the slope that meets all six rows of the table within 4 %.
_TRUNKED_S = {Task.TEST_TRUNK: 3.5, Task.PASS: 6.0}
_SELDOM_S = {Task.RE_RING: 2.0, Task.REPORT: 3.0, Task.TICKET: 10.0, Task.CALL_BACK: 6.0}
# On incoming trunks 10.5 s a call: 343 an hour, within the published 250 to 500. The order is shorter than a caller's.
_INCOMING_S = _LOCAL_S | {Task.ANSWER: 1.0, Task.NUMBER: 2.5}


def table_xiv(work_factor: float = 1.0, cv: float = TASK_CV) -> TaskTimes:
    """
    Return times whose sums are those of Table XIV.

    Parameters
    ----------
    work_factor : float
        How much longer every task takes. [1]
    cv : float
        Coefficient of variation of every task. [1]

    Returns
    -------
    TaskTimes
        Times.
    """

    def _laws(means_s: Mapping[Task, float]) -> dict[Task, Law]:
        return {task: lognormal(mean_s * work_factor, cv) for task, mean_s in means_s.items()}

    return TaskTimes(
        originating=_laws(_LOCAL_S | _TRUNKED_S | _SELDOM_S),
        incoming=_laws(_INCOMING_S | _TRUNKED_S | _SELDOM_S),
    )


TABLE_XIV = table_xiv()
"""Times whose sums are those of Table XIV of the Cyclopedia of 1911; docs/switching.md shows the split."""
