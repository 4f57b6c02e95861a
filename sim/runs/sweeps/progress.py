"""What a sweep will take, told before it starts, and how far it is."""

import sys
from collections.abc import Mapping, Sequence
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichProgress

from sim.runs.effort import duration_text, run_s
from sim.runs.sweeps.kept import absent_text, surely_absent
from sim.runs.sweeps.plan import Plan, PlannedRun, load_planned
from sim.runs.sweeps.store import RunNote

_LINE_EVERY_S = 10.0
_MOST_SHOWN = 20


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
        self._has_measured = False  # whether it was said how long the first runs took
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
        if left_s is not None and n_done < n_total and not self._has_measured:
            self._has_measured = True
            self.say(
                f"as long as the first runs took, the rest takes about {duration_text(left_s)}"
            )
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
    absent = absent_text(surely_absent(plan))
    size = len(missing) * rows_of_run(plan) * ROW_BYTES
    time = _time_text(plan, missing, notes, min(n_workers, len(missing)))
    return (
        f"{head}\n{len(missing):,} to run: {time}; {max(size / 1e6, 0.01):,.2f} MB of results"
        + (f"\n{absent}" if absent else "")
    )


def rows_of_run(plan: Plan) -> int:
    """Return about how many rows a run has in the results."""
    sweep = plan.sweep
    run = plan.runs[0]
    replications, _ = load_planned(run.base, run.settings).scenario.run.n_replications
    return replications * len(sweep.measures) * len(sweep.networks) * len(sweep.provinces)


UNSURE = 3.0
"""By how much a run may take more or less than the rule of thumb has it (house estimate). [1]"""

_N_SAMPLE = 16


def _time_text(
    plan: Plan, missing: Sequence[PlannedRun], notes: Mapping[str, RunNote], n_workers: int
) -> str:
    """Say how long runs take: a range by the rule of thumb, a time once runs are known that tell its error."""
    each_s = _mean([_thumb_s(run) for run in _sample(missing)])
    known = {run.run_id: run for run in plan.runs if _is_known(notes.get(run.run_id))}
    workers = f"{n_workers} worker{'s' * (n_workers != 1)}"
    if known:
        sample = _sample(list(known.values()))
        took_s = _mean([notes[run.run_id].wall_s for run in sample])
        each_s *= took_s / _mean([_thumb_s(run) for run in sample])
        whole = duration_text(len(missing) * each_s / n_workers)
        return f"about {duration_text(each_s)} each by those that are kept, {whole} on {workers}"
    low, high = (f * each_s for f in (1.0 / UNSURE, UNSURE))
    each = f"{duration_text(low)} to {duration_text(high)} each"
    whole = " to ".join(duration_text(len(missing) * one / n_workers) for one in (low, high))
    return f"{each} by a rule of thumb, {whole} on {workers}; the first run tells it better"


def _is_known(note: RunNote | None) -> bool:
    return note is not None and not note.error and note.wall_s > 0.0


def _thumb_s(run: PlannedRun) -> float:
    return run_s(load_planned(run.base, run.settings).scenario)


def _sample(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """Return some runs, from the first to the last, for there may be a million."""
    n = min(len(runs), _N_SAMPLE)
    return [runs[i * (len(runs) - 1) // max(1, n - 1)] for i in range(n)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
