"""What is written down at an exchange: the log, counts and time integrals, and the measures made of them."""

import math
from array import array
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from sim.switching.tasks import Task
from sim.tables import Outcome

NOBODY = -1
"""In place of a position or a call where there is none."""


class Happening(IntEnum):
    """What happened; the words behind say what `detail` holds."""

    PRESENTED = 0  # nothing
    ARRIVED = 1  # number of the exchange on the call's way
    REFUSED = 2  # nothing
    ABANDONED = 3  # nothing
    TASK_BEGUN = 4  # task
    TASK_ENDED = 5  # task
    CORD_TAKEN = 6  # nothing
    CORD_CLEARED = 7  # nothing
    TRUNK_SEIZED = 8  # trunk group
    TRUNK_REFUSED = 9  # trunk group
    TRUNK_RELEASED = 10  # trunk group
    RINGING = 11  # nothing
    ANSWERED = 12  # nothing
    TICKET_WRITTEN = 13  # nothing
    TICKET_CLOSED = 14  # nothing
    ON_DUTY = 15  # operator
    OFF_DUTY = 16  # operator
    ENDED = 17  # outcome


class Entry(NamedTuple):
    """One line of the log."""

    time_s: float  # when [s]
    happening: Happening  # what
    exchange: str  # where
    position: int  # position, of a cord the one to which it belongs; NOBODY for none
    call: int  # number of the call, NOBODY for none
    detail: int  # see Happening


Log = list[Entry]
"""Entries in their order."""


class Level:
    """A number that goes up and down, with its integral over the measured window."""

    __slots__ = ("_area", "_begin_s", "_end_s", "_since_s", "most", "n")

    def __init__(self, window: tuple[float, float]) -> None:
        self._begin_s, self._end_s = window
        self._since_s = self._begin_s
        self._area = 0.0
        self.n = 0  # the number now
        self.most = 0  # the greatest number in the window

    def change(self, time_s: float, by: int) -> None:
        """Change the number."""
        # Written out: half a million calls an hour of a country come through here.
        n, begin_s, end_s, since_s = self.n, self._begin_s, self._end_s, self._since_s
        until_s = time_s if time_s < end_s else end_s
        if n:
            if until_s > since_s:
                self._area += n * (until_s - since_s)
            if n > self.most and begin_s < time_s and since_s < end_s:
                self.most = n
        self._since_s = until_s if until_s > begin_s else begin_s
        self.n = n = n + by
        if n > self.most and begin_s <= time_s < end_s:
            self.most = n

    def area(self, time_s: float) -> float:
        """Return the integral from the begin of the window."""
        return self._area + self.n * max(0.0, min(time_s, self._end_s) - self._since_s)

    def mean(self, time_s: float) -> float:
        """Return the mean over the window. Mean; NaN before the window."""
        length_s = min(time_s, self._end_s) - self._begin_s
        return self.area(time_s) / length_s if length_s > 0.0 else math.nan


class Ledger:
    """
    What is counted at one exchange.

    Calls count when they reach the exchange, and attempts when they begin, in the measured window.

    Parameters
    ----------
    window : tuple of 2 float
        Begin and end of the measured window. [s]

    Attributes
    ----------
    wait_s : array of float
        Waits of calls at the exchange, in the order of their ends. [s]
    arrived_s : array of float
        When these calls reached the exchange. [s]
    is_answered : array of int
        1 for those that an operator answered, 0 for those lost before.
    n_refused : int
        Calls that were refused since too many waited.
    outcomes : Counter
        Attempts that began here by outcome.
    lost : Counter
        Attempts that were lost here by cause, wherever they began.
    setup_s : dict of int to array of float
        Of calls whose first manual exchange this is, or that began here and met none: times from the begin to the
        called party's answer, by number of manual exchanges on the way. [s]
    waiting, staffed, busy, cords, tickets : Level
        Calls that wait, positions on duty, operators at work, cords in use, tickets open.
    sheets : list of WorkSheet
        What each position did, by number.
    """

    def __init__(self, window: tuple[float, float]) -> None:
        self._begin_s, self._end_s = window
        self.wait_s = array("d")
        self.arrived_s = array("d")
        self.is_answered = array("b")
        self.n_refused = 0
        self.outcomes: Counter[Outcome] = Counter()
        self.lost: Counter[Outcome] = Counter()
        self.setup_s: dict[int, array[float]] = {}
        self.waiting, self.staffed, self.busy, self.cords, self.tickets = (
            Level(window) for _ in range(5)
        )
        self.sheets: list[WorkSheet] = []

    def new_sheet(self) -> "WorkSheet":
        """Return the sheet of one more position."""
        sheet = WorkSheet((self._begin_s, self._end_s))
        self.sheets.append(sheet)
        return sheet

    def counts(self, time_s: float) -> bool:
        """
        Say whether what begins at a time is measured.

        Parameters
        ----------
        time_s : float
            Time. [s]

        Returns
        -------
        bool
            Whether it is in the window.
        """
        return self._begin_s <= time_s < self._end_s

    def waited(self, arrived_s: float, time_s: float, is_answered: bool) -> None:
        """Count a call that waits no longer."""
        if self.counts(arrived_s):
            self.wait_s.append(time_s - arrived_s)
            self.arrived_s.append(arrived_s)
            self.is_answered.append(is_answered)

    def set_up(self, n_manual: int, time_s: float) -> None:
        """Count the set-up of a call."""
        self.setup_s.setdefault(n_manual, array("d")).append(time_s)


class WorkSheet:
    """What one position did in the measured window."""

    __slots__ = ("_begin_s", "_end_s", "busy_s", "n_answered", "n_tasks", "staffed")

    def __init__(self, window: tuple[float, float]) -> None:
        self._begin_s, self._end_s = window
        self.n_tasks = [0] * len(Task)  # begun in the window and done since, by code
        self.busy_s = [0.0] * len(Task)  # at work on tasks that are done, within it, by code [s]
        self.n_answered = 0  # calls answered that reached the exchange in the window
        self.staffed = Level(window)  # 1 while an operator is on duty here, else 0

    def add(self, task: Task, begun_s: float, time_s: float, arrived_s: float) -> None:
        """Count a task that is done."""
        begin_s, end_s = self._begin_s, self._end_s
        if task is Task.ANSWER and begin_s <= arrived_s < end_s:
            self.n_answered += 1
        if begin_s <= begun_s and time_s <= end_s:
            self.n_tasks[task] += begun_s < end_s
            self.busy_s[task] += time_s - begun_s
            return
        if begin_s <= begun_s < end_s:
            self.n_tasks[task] += 1
        self.busy_s[task] += max(0.0, min(time_s, end_s) - max(begun_s, begin_s))


@dataclass(frozen=True, slots=True)
class ExchangeMeasures:
    """Measures of one exchange in one replication; NaN where nothing was counted."""

    n_arrived: int  # calls that reached its operators and have ended their wait, refused ones apart
    n_refused: int  # calls refused since too many waited
    # and wait_p95_s: wait for an operator, of answered and abandoned calls alike [s]
    wait_mean_s: float
    wait_p95_s: float
    abandonment: float  # share of calls that were lost while they waited [1]
    # operators' time at work over their time on duty; a task finished after the end of a shift counts as work [1]
    occupancy: float
    cords_mean: float  # mean number of cords in use
    cords_most: int  # greatest number of cords in use
    tickets_mean: float  # mean number of open tickets
    tickets_most: int  # greatest number of open tickets
    # mean time from the begin of a call here to the called party's answer, by manual exchanges on its way [s]
    setup_mean_s: dict[int, float]
    outcomes: dict[Outcome, int]  # attempts that began here, by outcome
    lost: dict[Outcome, int]  # attempts that were lost here, by cause, wherever they began


def measure_exchange(ledger: Ledger, time_s: float) -> ExchangeMeasures:
    """
    Return the measures of an exchange.

    Parameters
    ----------
    ledger : Ledger
        Its counts.
    time_s : float
        The present time; averages over time go up to it. [s]

    Returns
    -------
    ExchangeMeasures
        Measures.
    """
    wait_s = np.array(ledger.wait_s, np.float64)
    is_answered = np.array(ledger.is_answered, np.bool_)
    staffed_s = ledger.staffed.area(time_s)
    return ExchangeMeasures(
        n_arrived=len(wait_s),
        n_refused=ledger.n_refused,
        wait_mean_s=float(wait_s.mean()) if len(wait_s) else np.nan,
        wait_p95_s=float(np.quantile(wait_s, 0.95)) if len(wait_s) else np.nan,
        abandonment=1.0 - float(is_answered.mean()) if len(wait_s) else np.nan,
        occupancy=ledger.busy.area(time_s) / staffed_s if staffed_s > 0.0 else np.nan,
        cords_mean=ledger.cords.mean(time_s),
        cords_most=ledger.cords.most,
        tickets_mean=ledger.tickets.mean(time_s),
        tickets_most=ledger.tickets.most,
        setup_mean_s={n: float(np.mean(times)) for n, times in sorted(ledger.setup_s.items())},
        outcomes=dict(sorted(ledger.outcomes.items())),
        lost=dict(sorted(ledger.lost.items())),
    )


def answered_within(ledger: Ledger, wait_s: float) -> float:
    """
    Return the share of calls that an operator answered within a time: the distribution of the speed of answer.

    Parameters
    ----------
    ledger : Ledger
        Counts of the exchange.
    wait_s : float
        Time. [s]

    Returns
    -------
    float
        Share of all calls that reached the operators, NaN when there were none. [1]
    """
    if not len(ledger.wait_s):
        return np.nan
    in_time = np.array(ledger.wait_s) <= wait_s
    return float((in_time & np.array(ledger.is_answered, np.bool_)).mean())
