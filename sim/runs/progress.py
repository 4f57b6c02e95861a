"""How far a run is: a live line on a terminal, a line for each stage elsewhere, and how long each stage took."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from sim.units import hours_to_seconds

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


@dataclass
class Extent:
    """How much of a run's simulated time is done."""

    n_total: int  # replications of the run, or worlds of coverage
    n_done: int  # replications that are finished
    # and window_s: simulated time before the measured window, and its length; 0 where nothing is simulated [s]
    warmup_s: float
    window_s: float
    task: str = "simulation"  # and noun: what is done for each, and what each is called
    noun: str = "replication"
    n_new: int = 0  # finished ones that were done just now, not before
    within: str = ""  # of what greater work it is a part, such as `staffing 7`
    n_most: int = 0  # replications that it may become, where that hangs on what they say
    _simulated_s: dict[int, float] = field(default_factory=dict)
    _n_attempts: dict[int, int] = field(default_factory=dict)
    _finished: set[int] = field(default_factory=set)
    _begin_s: float = field(default_factory=monotonic)

    @classmethod
    def of_run(cls, scenario: "Scenario", within: str = "") -> "Extent":
        """Return the extent of a run of which nothing is done."""
        run = scenario.run
        warmup_s, window_s = hours_to_seconds(scenario.warmup_h), hours_to_seconds(run.duration_h)
        least, most = run.n_replications
        return cls(least, 0, warmup_s, window_s, within=within, n_most=most)

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        """Take note of how far a replication is."""
        self._n_attempts[replication] = n_attempts
        if replication not in self._finished:  # news of another process may come late
            self._simulated_s[replication] = simulated_s

    def finish(self, replication: int) -> None:
        """Take note that a replication is finished."""
        self._simulated_s.pop(replication, None)
        self._finished.add(replication)
        self.n_done += 1

    @property
    def is_first(self) -> bool:
        """Whether one replication is finished just now, and others are to come."""
        return len(self._finished) == 1 and self.n_done < self.n_total

    @property
    def share(self) -> float:
        """Share of all simulated time that is done."""
        whole_s = self.warmup_s + self.window_s
        running = sum(
            min(1.0, max(0.0, (simulated_s + self.warmup_s) / whole_s))
            for simulated_s in self._simulated_s.values()
        )
        return min(1.0, (self.n_done + running) / self.n_total)

    @property
    def left_s(self) -> float:
        """How long it will still take if it goes on like this; NaN before anything is done [s]."""
        done = self.share - (self.n_done - len(self._finished)) / self.n_total
        elapsed_s = monotonic() - self._begin_s
        return elapsed_s * (1.0 - self.share) / done if done > 0.0 else math.nan

    @property
    def position(self) -> str:
        """Which replication it is."""
        of = f"{self.within}, " if self.within else ""
        more = " or more" * (self.n_most > self.n_total)
        return f"{of}{self.noun} {min(self.n_done + 1, self.n_total)} of {self.n_total}{more}"

    @property
    def length(self) -> str:
        """How many replications there are, or may become."""
        most = f" to {self.n_most}" * (self.n_most > self.n_total)
        return f"{self.n_total}{most} {self.noun}s"

    @property
    def detail(self) -> str:
        """
        How far the simulated time is, and how fast it goes.

        Such as `at 12 of 60 min, 2,815k calls/s`; nothing where no calls are simulated.
        """
        if self.window_s == 0.0:
            return ""
        now_s = max(self._simulated_s.values(), default=0.0)
        elapsed_s = max(monotonic() - self._begin_s, 1e-9)
        calls_per_s = sum(self._n_attempts.values()) / elapsed_s
        unit, unit_s, form = (
            ("h", 3600.0, ".1f") if self.window_s > _LONG_S else ("min", 60.0, ".0f")
        )
        return (
            f"at {max(0.0, now_s) / unit_s:{form}} of {self.window_s / unit_s:.4g} {unit}, "
            f"{calls_per_s / 1000.0:,.0f}k calls/s"
        )


_LONG_S = 7200.0
"""Simulated time beyond which it is told in hours. [s]"""

_REFRESH_S = 0.1
"""Least time between two updates of a terminal: at most ten a second. [s]"""

_WIDE = 80
"""Letters of a terminal from which on there is room for a bar."""

_LINE_S = 5.0
"""Least time between two lines of a log about what is being compiled. [s]"""

_SIMULATED_LINE_S = 10.0
"""Least time between two lines of a log about how far the simulated time is. [s]"""


class Progress:
    """Hears how far a run is, and says nothing."""

    def stage(self, name: str) -> None:
        """
        Hear that a stage begins.

        Parameters
        ----------
        name : str
            Name of the stage.
        """

    def trial(self, told: str) -> None:
        """Hear which of many trials begins, and what is tried, in a line."""

    def compiling(self, number: int, total: int, name: str) -> None:
        """
        Hear which function is being compiled.

        Parameters
        ----------
        number : int
            Its number, from 1.
        total : int
            How many there are to compile.
        name : str
            Its name.
        """

    def begin_replications(self, extent: Extent) -> None:
        """Hear that replications begin."""

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        """
        Hear how far a replication is.

        Parameters
        ----------
        replication : int
            Replication.
        simulated_s : float
            Simulated time, from the begin of the measured window. [s]
        n_attempts : int
            Its attempts that have ended.
        """

    def follower(self, replication: int) -> Callable[[float, int], None]:
        """Return what hears how far one replication is."""
        return lambda simulated_s, n_attempts: self.advance(replication, simulated_s, n_attempts)

    def finish_replication(self, replication: int) -> None:
        """Hear that a replication is finished."""

    def came_to(self, told: str) -> None:
        """Hear what the replication that has just finished came to, in a line."""

    def rest(self) -> None:
        """Hear that something else is about to be printed; what follows begins with a stage."""

    def close(self) -> None:
        """Hear that the run is over, well or badly."""


class LogProgress(Progress):
    """
    Writes a line for each stage and each replication.

    Parameters
    ----------
    stream : TextIO
        Where to write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begin_s = monotonic()
        self._written_s = self._begin_s
        self._extent: Extent | None = None

    def _write(self, text: str) -> None:
        self._written_s = monotonic()
        print(  # a log is what is asked for
            f"[{monotonic() - self._begin_s:6.1f} s] {text}", file=self._stream, flush=True
        )

    def stage(self, name: str) -> None:
        """Write that a stage begins."""
        self._write(name)

    def trial(self, told: str) -> None:
        """Write what is tried."""
        self._write(told)

    def compiling(self, number: int, total: int, name: str) -> None:
        """Write which function is being compiled, every few seconds."""
        if number in (1, total) or monotonic() - self._written_s >= _LINE_S:
            self._write(f"compiling {number} of {total}: {name}")

    def begin_replications(self, extent: Extent) -> None:
        """Write how many replications there are."""
        self._extent = extent
        n_kept = extent.n_done - extent.n_new
        kept = f", {n_kept} kept from before" if n_kept else ""
        if not extent.within:  # a trial has said so already
            self._write(f"{extent.task}: {extent.length}{kept}")

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        """Write how far the simulated time is, every ten seconds."""
        extent = self._extent
        if extent is None:
            return
        extent.advance(replication, simulated_s, n_attempts)
        if monotonic() - self._written_s >= _SIMULATED_LINE_S:
            left = "" if math.isnan(extent.left_s) else f", about {extent.left_s:.0f} s left"
            told = ", ".join(text for text in (extent.position, extent.detail) if text)
            self._write(f"{extent.share:.0%}: {told}{left}")

    def finish_replication(self, replication: int) -> None:
        """Write that a replication is finished."""
        if self._extent is not None:
            self._extent.finish(replication)
            of = f"{self._extent.within}, " if self._extent.within else ""
            self._write(f"{of}{self._extent.noun} {replication} is done")

    def came_to(self, told: str) -> None:
        """Write what the first of several replications came to."""
        if self._extent is not None and self._extent.is_first:
            self._write(f"provisional: {told}")


class TerminalProgress(Progress):
    """
    Keeps one line of a terminal up to date.

    Parameters
    ----------
    console : Console
        Terminal.
    """

    def __init__(self, console: Console) -> None:
        self._is_narrow = console.width < _WIDE
        bar = () if self._is_narrow else (BarColumn(bar_width=10),)
        self._live = RichProgress(
            TextColumn("{task.description}"),
            *bar,
            TaskProgressColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeRemainingColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self._task = self._live.add_task("", total=None, detail="")
        self._drawn_s = 0.0
        self._extent: Extent | None = None
        self._live.start()

    def stage(self, name: str) -> None:
        """Show that a stage begins."""
        self._extent = None
        self._live.remove_task(self._task)  # a new one, for nobody knows how long it takes
        self._task = self._live.add_task(name, total=None, detail="")
        self._live.start()
        self._live.refresh()

    def trial(self, told: str) -> None:
        """Leave a line of what is tried."""
        self._live.console.print(Text(told, style="dim"))

    def compiling(self, number: int, total: int, name: str) -> None:
        """Show which function is being compiled."""
        self._live.update(
            self._task,
            total=total,
            completed=number - 1,
            description="compiling",
            detail=name.removeprefix("sim."),
            refresh=True,
        )

    def begin_replications(self, extent: Extent) -> None:
        """Show that replications begin."""
        self._extent = extent
        self._live.reset(self._task, total=1.0, description=extent.task, detail="")
        self._draw()

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        """Show how far a replication is."""
        if self._extent is not None:
            self._extent.advance(replication, simulated_s, n_attempts)
            if monotonic() - self._drawn_s >= _REFRESH_S:
                self._draw()

    def finish_replication(self, replication: int) -> None:
        """Show that a replication is finished."""
        if self._extent is not None:
            self._extent.finish(replication)
            self._draw()

    def came_to(self, told: str) -> None:
        """Leave a line of what the first of several replications came to."""
        if self._extent is not None and self._extent.is_first:
            self._live.console.print(Text(f"Provisional: {told}", style="dim"))

    def _draw(self) -> None:
        if self._extent is not None:
            self._drawn_s = monotonic()
            self._live.update(
                self._task,
                completed=self._extent.share,
                description=self._position(self._extent),
                detail=self._extent.detail,
                refresh=True,
            )

    def _position(self, extent: Extent) -> str:
        """Return which replication it is, in few words where there is no room."""
        return extent.position.replace(f"{extent.noun} " if self._is_narrow else "", "", 1)

    def rest(self) -> None:
        """Leave the line until a stage begins."""
        self._live.stop()

    def close(self) -> None:
        """Leave the line."""
        self._live.stop()


def progress_on_stderr() -> Progress:
    """Return the progress that suits standard error: live on a terminal or with ipywidgets, else a log."""
    console = Console(stderr=True)
    if console.is_jupyter:
        # Without ipywidgets nothing can be kept up to date; what goes to standard error is shown as a fault.
        return TerminalProgress(console) if find_spec("ipywidgets") else LogProgress(sys.stdout)
    return TerminalProgress(console) if console.is_terminal else LogProgress(sys.stderr)


@contextmanager
def followed(progress: Progress | bool | None) -> Iterator[Progress]:
    """
    Return who is told how far a run is, and close what was made for it.

    Parameters
    ----------
    progress : Progress, bool or None
        A progress of the caller's, who closes it; True for the one that suits; else nobody is told.

    Yields
    ------
    Progress
        Progress.
    """
    if progress is True:
        shown = progress_on_stderr()
        try:
            yield shown
        finally:
            shown.close()
    else:
        yield progress or Progress()


class Stages:
    """
    The wall time of each stage.

    Parameters
    ----------
    progress : Progress
        Told which stage begins.

    Attributes
    ----------
    progress : Progress
        As given.
    wall_s : dict of str to float
        Wall time of each stage that is over. [s]
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._name = ""
        self._begin_s = monotonic()
        self.wall_s: dict[str, float] = {}

    def __call__(self, name: str) -> None:
        """Begin a stage, and end the one before."""
        now_s = monotonic()
        if self._name:
            self.wall_s[self._name] = self.wall_s.get(self._name, 0.0) + now_s - self._begin_s
        self._name, self._begin_s = name, now_s
        if name:
            self.progress.stage(name)
