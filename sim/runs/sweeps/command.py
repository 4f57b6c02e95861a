"""What the command `sweep` says: its plan, its job script, or what came of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.runs.sweeps.batch import job_array as job_array_script
from sim.runs.sweeps.plan import load_sweep, make_plan
from sim.runs.sweeps.progress import estimate
from sim.runs.sweeps.store import SweepStore
from sim.runs.sweeps.sweep import SweepResult, distinct_runs, run_sweep, workers_of

MOST_SHARDS = 100_000
"""Most shards of a printed job array."""


def sweep_command(
    file: str,
    *,
    plan_only: bool,
    job_array: int | None,
    options: Sequence[str],
    **given: Any,  # noqa: ANN401  # as `run_sweep` takes them
) -> tuple[str, Path | None]:
    """
    Do what the command `sweep` asks.

    Parameters
    ----------
    file : str
        Sweep.
    plan_only : bool
        Whether only the plan is told.
    job_array : int or None
        Shards of the job script that is printed instead.
    options : sequence of str
        `KEY=VALUE` of batch jobs.
    **given : Any
        Arguments of `run_sweep`.

    Returns
    -------
    str
        What to print.
    Path or None
        Folder of a sweep that is whole, of which figures can be drawn.

    Raises
    ------
    SimError
        If something given cannot be used.
    """
    read = _read_options(options)
    if job_array is not None:
        return _script(file, job_array, given, read), None
    if plan_only:
        return _planned(file, Path(given["out"]), given["jobs"]), None
    result = run_sweep(file, options=read, progress=True, **given)
    return summary(result), result.folder if result.is_whole else None


def _read_options(options: Sequence[str]) -> dict[str, str]:
    read: dict[str, str] = {}
    problems = []
    for text in options:
        key, equals, value = text.partition("=")
        if not equals or not key.isidentifier():
            problems.append(f"--option {text}: must be KEY=VALUE, such as walltime=02:00:00")
        read[key] = value
    if problems:
        raise SimError(*problems)
    return read


def _script(file: str, n: int, given: dict[str, Any], options: dict[str, str]) -> str:
    system = "slurm" if given["cluster"] == "local" else given["cluster"]
    if not 1 <= n <= MOST_SHARDS:
        raise SimError(f"job-array = {n}: must be 1 to {MOST_SHARDS:,}")
    load_sweep(file)
    return job_array_script(system, file, n, given["out"], options)


def _planned(file: str, out: Path, jobs: int | None) -> str:
    plan = make_plan(load_sweep(file))
    store = SweepStore(out.absolute(), plan)
    notes = store.notes() if store.parts.is_dir() else {}
    missing = [run for run in distinct_runs(plan) if run.run_id not in notes]
    return f"{estimate(plan, missing, notes, 0, jobs or workers_of('local', missing))}\n"


def summary(result: SweepResult) -> str:
    """Say what came of a sweep."""
    lines = []
    if not result.is_whole:
        lines.append(f"{result.n_kept:,} of {result.n_runs:,} runs are kept in {result.folder}.")
        lines.append("When all shards are done, the command without --shard collects them.")
    elif result.is_new:
        lines.append(f"{result.n_runs:,} runs are in {result.folder / 'sweep.parquet'}.")
    else:
        lines.append(
            f"{result.n_runs:,} runs were there already, in {result.folder / 'sweep.parquet'}."
        )
    if result.n_failed:
        lines.append(
            f"{result.n_failed:,} runs failed: failures.json has scenarios and tracebacks; --retry runs them anew."
        )
    return "\n".join(lines) + "\n"
