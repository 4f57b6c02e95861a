"""What a sweep will take, told before it starts."""

from collections.abc import Mapping, Sequence

from sim.network.demand import most_attempts
from sim.runs.sweep_parts import RunNote
from sim.runs.sweep_plan import Plan, PlannedRun, load_planned
from sim.runs.sweep_progress import duration_text
from sim.scenario.memory import n_lines

ATTEMPTS_PER_S = 350_000.0
"""Attempts of one worker in a second, measures included (docs/benchmarks.md, in round numbers)."""

LINES_PER_S = 700_000.0
"""Lines of a world that are laid out in a second, coverage included (docs/benchmarks.md, in round numbers)."""

OVERHEAD_S = 0.01
"""What a run takes however small it is (docs/benchmarks.md). [s]"""

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
    run_s, source = _run_s(missing, notes)
    size = len(missing) * rows_of_run(plan) * ROW_BYTES
    work = f"{len(missing):,} to run: about {duration_text(run_s)} each by {source}"
    whole = f"{duration_text(len(missing) * run_s / n_workers)} on {n_workers} workers"
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
    ends_s = []
    for run in (missing[0], missing[-1]):
        scenario = load_planned(run.base, run.settings).scenario
        attempts = most_attempts(scenario) * scenario.run.replications
        lines = n_lines(scenario.networks, scenario.subscribers)
        ends_s.append(OVERHEAD_S + attempts / ATTEMPTS_PER_S + lines / LINES_PER_S)
    return sum(ends_s) / len(ends_s), "a rule of thumb"
