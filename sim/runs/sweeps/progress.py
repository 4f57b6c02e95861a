"""What a sweep will take, told before it starts, and how far it is."""

import sys
from collections.abc import Mapping, Sequence
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichProgress

from sim.runs.needs import run_s
from sim.runs.sweeps.plan import Plan, PlannedRun, load_planned
from sim.runs.sweeps.store import RunNote

_LINE_EVERY_S = 10.0
_MOST_SHOWN = 20


def duration_text(time_s: float) -> str:
    """Return a time as people say it."""
    for unit, length_s in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if time_s >= 1.5 * length_s:
            return f"{time_s / length_s:,.1f} {unit}"
    return f"{time_s:,.1f} s"


class SweepProgress:
    """
    Tells how far a sweep is.

    Parameters
    ----------
    is_shown : bool
        Whether anything is written to standard error.
    """

    def __init__(self, *, is_shown: bool) -> None:
        self._console = Console(stderr=True) if is_shown else None
        self._begin_s = monotonic()
        self._written_s = float("-inf")
        self._n_failed = 0
        self._live: RichProgress | None = None

    def say(self, text: str) -> None:
        """Write a line."""
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False)
        elif self._console is not None and self._console.is_terminal:
            self._console.print(text, markup=False, highlight=False)
        elif self._console is not None:
            # A log is what is asked for.
            print(f"[{monotonic() - self._begin_s:6.1f} s] {text}", file=sys.stderr, flush=True)  # noqa: T201

    def advance(self, n_done: int, n_total: int, n_workers: int, left_s: float | None) -> None:
        """Tell how far it is."""
        if self._console is None:
            return
        rest = (
            "" if left_s is None or n_done == n_total else f", about {duration_text(left_s)} left"
        )
        detail = f"{n_workers} workers{rest}"
        if self._console.is_terminal:
            if self._live is None:
                columns = (
                    TextColumn("sweep"),
                    BarColumn(bar_width=20),
                    MofNCompleteColumn(),
                    TextColumn("{task.description}"),
                )
                self._live = RichProgress(*columns, console=self._console, transient=True)
                self._live.add_task("", total=n_total)
                self._live.start()
            self._live.update(self._live.task_ids[0], completed=n_done, description=detail)
            return
        now_s = monotonic()
        if n_done == n_total or now_s - self._written_s >= _LINE_EVERY_S:
            self._written_s = now_s
            self.say(f"{n_done:,} of {n_total:,} runs, {detail}")

    def compiling(self, number: int, total: int, name: str) -> None:
        """Tell now and then what is being compiled before the first run."""
        if number in (1, total) or monotonic() - self._written_s >= _LINE_EVERY_S:
            self._written_s = monotonic()
            self.say(f"compiling {number} of {total}: {name}")

    def failed(self, run_id: str, error: str) -> None:
        """Tell that a run failed."""
        self._n_failed += 1
        if self._n_failed <= _MOST_SHOWN:
            self.say(f"run {run_id[:8]} failed and is kept so: {error.splitlines()[0]}")
        elif self._n_failed == _MOST_SHOWN + 1:
            self.say("more runs failed; all are in failures.json")

    def close(self) -> None:
        """Leave the line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


ROW_BYTES = 12.0
"""A row of the results, compressed (measured on sweeps/quick). [B]"""


def estimate(
    plan: Plan,
    missing: Sequence[PlannedRun],
    notes: Mapping[str, RunNote],
    n_adopted: int,
    n_workers: int,
) -> str:
    """Say how many runs there are, and what those that are missing will take."""
    n = len({run.run_id for run in plan.runs})
    sweep = plan.sweep
    adopted = f", {n_adopted:,} of them from other sweeps" if n_adopted else ""
    head = f"{sweep.name}: {len(plan.points):,} points, {n:,} runs, {n - len(missing):,} kept already{adopted}"
    if not missing:
        return f"{head}; nothing to run"
    each_s, source = _run_s(missing, notes)
    size = len(missing) * rows_of_run(plan) * ROW_BYTES
    work = f"{len(missing):,} to run: about {duration_text(each_s)} each by {source}"
    whole = f"{duration_text(len(missing) * each_s / n_workers)} on {n_workers} workers"
    return f"{head}\n{work}, {whole}, {max(size / 1e6, 0.01):,.2f} MB of results"


def rows_of_run(plan: Plan) -> int:
    """Return about how many rows a run has in the results."""
    sweep = plan.sweep
    replications = sweep.replications or (
        sweep.precision.first_replications if sweep.precision else 0
    )
    if not replications:
        run = plan.runs[0]
        replications = load_planned(run.base, run.settings).scenario.run.replications
    return replications * len(sweep.measures) * len(sweep.networks) * len(sweep.provinces)


def _run_s(missing: Sequence[PlannedRun], notes: Mapping[str, RunNote]) -> tuple[float, str]:
    """Return the time of a run, and by what it is known."""
    kept = [note.wall_s for note in notes.values() if not note.error]
    if kept:
        return sum(kept) / len(kept), "those that are kept"
    ends = (load_planned(run.base, run.settings).scenario for run in (missing[0], missing[-1]))
    return sum(map(run_s, ends)) / 2.0, "a rule of thumb"
