"""Sweeps of very many very short runs: what planning and running take beside the simulation itself."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sim.runs.once import run_once
from sim.runs.sweeps.plan import Plan, load_sweep, make_plan
from sim.runs.sweeps.worker import planned_setting

FULL, QUICK = (10_000, 100_000), (100, 1_000)
"""Runs that are simulated, and runs that are only planned."""

_N_BARE = 300
_SWEEP = """\
name: tiny_runs
base: two_cells
set: {{run.duration_h: 0.1, run.warmup_h: 0}}
replications: 1
axes:
  - {{name: seed, path: seed, low: 1, high: {n_seeds}, n_values: {n_seeds}}}
  - {{name: erl, path: "traffic.sources[between].offered_erl", low: 0.01, high: 2, n_values: 10}}
measures: [voice.blocking]
"""


def measure_sweeps(*, is_quick: bool) -> str:
    """
    Measure sweeps of tiny runs.

    Parameters
    ----------
    is_quick : bool
        Whether small sizes are taken.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    AssertionError
        If two workers give another table than one.
    """
    n_runs, n_planned = QUICK if is_quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, QUICK[0])
        _run(folder, 1)  # compiled once before
        plan_s = _timed_plan(_write(folder, n_planned))[0]
        plan = _timed_plan(_write(folder, n_runs))[1]
        bare_s = _bare_s(plan)
        lines = [
            f"planning {n_planned:,} runs: {plan_s:.2f} s",
            f"a run by itself, simulation and measures: {1e3 * bare_s:.2f} ms (mean of {_N_BARE})",
        ]
        tables = []
        for n_workers in (1, 2):
            wall_s, facts, table = _run(folder, n_workers)
            tables.append(table)
            over_ms = 1e3 * (n_workers * wall_s / n_runs - bare_s)
            client_mb = facts["peak_memory_bytes_of_this_process"] / 1e6
            lines.append(
                f"{n_runs:,} runs on {n_workers} workers: {wall_s:.1f} s, start and end included; beside the "
                f"simulation {over_ms:.2f} ms of a worker's time for each; client's peak memory {client_mb:.0f} MB"
            )
    if tables[0] != tables[1]:
        raise AssertionError("two workers give another table than one")
    return "\n".join(lines)


def _write(folder: Path, n_runs: int) -> Path:
    path = folder / "tiny_runs.yaml"
    path.write_text(_SWEEP.format(n_seeds=n_runs // 10), encoding="utf-8")
    return path


def _timed_plan(path: Path) -> tuple[float, Plan]:
    begin_s = time.perf_counter()
    plan = make_plan(load_sweep(path))
    return time.perf_counter() - begin_s, plan


def _bare_s(plan: Plan) -> float:
    """Return the time of a run whose world is there."""
    settings = [planned_setting(run) for run in plan.runs[:_N_BARE]]
    run_once(settings[0], 1)
    begin_s = time.perf_counter()
    for setting in settings:
        run_once(setting, 1)
    return (time.perf_counter() - begin_s) / len(settings)


def _run(folder: Path, n_workers: int) -> tuple[float, dict[str, float], bytes]:
    """Give the command; return its time, its manifest and its table."""
    out = folder / f"out_{n_workers}"
    words = ["sweep", str(folder / "tiny_runs.yaml"), "--jobs", str(n_workers), "--out", str(out)]
    begin_s = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sim", *words, "--force"], check=True, capture_output=True
    )
    wall_s = time.perf_counter() - begin_s
    latest = out / "sweeps" / "tiny_runs" / "latest"
    facts: dict[str, float] = json.loads((latest / "manifest.json").read_text(encoding="utf-8"))
    return wall_s, facts, (latest / "sweep.parquet").read_bytes()
