"""Counts and time integrals of an exchange, as its measures need them."""

import math
from array import array
from collections import Counter

from sim.switching.tasks import Task
from sim.tables import Outcome


class Level:
    """
    A number that goes up and down, with its integral over the measured window.

    Parameters
    ----------
    window : tuple of 2 float
        Begin and end of the measured window. [s]

    Attributes
    ----------
    n : int
        The number now.
    most : int
        The greatest number in the window.
    """

    __slots__ = ("_area", "_begin_s", "_end_s", "_since_s", "most", "n")

    def __init__(self, window: tuple[float, float]) -> None:
        self._begin_s, self._end_s = window
        self._since_s = self._begin_s
        self._area = 0.0
        self.n = 0
        self.most = 0

    def change(self, time_s: float, by: int) -> None:
        """Change the number."""
        if self.n:
            self._area = self.area(time_s)
            if self.n > self.most and self._begin_s < time_s and self._since_s < self._end_s:
                self.most = self.n
        self._since_s = min(max(time_s, self._begin_s), self._end_s)
        self.n += by
        if self.n > self.most and self._begin_s <= time_s < self._end_s:
            self.most = self.n

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
    """
    What one position did in the measured window.

    Parameters
    ----------
    window : tuple of 2 float
        Begin and end of the measured window. [s]

    Attributes
    ----------
    n_tasks : list of int
        Tasks begun in the window and done since, by code.
    busy_s : list of float
        Time at work on tasks that are done, within the window, by code. [s]
    n_answered : int
        Calls answered that reached the exchange in the window.
    staffed : Level
        1 while an operator is on duty here, else 0.
    """

    __slots__ = ("_begin_s", "_end_s", "busy_s", "n_answered", "n_tasks", "staffed")

    def __init__(self, window: tuple[float, float]) -> None:
        self._begin_s, self._end_s = window
        self.n_tasks = [0] * len(Task)
        self.busy_s = [0.0] * len(Task)
        self.n_answered = 0
        self.staffed = Level(window)

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
