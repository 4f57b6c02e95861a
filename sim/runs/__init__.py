"""
Runs: replications of a scenario, what they mean, and where it is kept.

This is the door for Python: `from sim.runs import run_scenario`. What is behind it is imported when it is asked for, so
that finished results open without the simulator.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.runs.convergence.study import ConvergenceResult, converge_scenario
    from sim.runs.coverage_only import run_coverage
    from sim.runs.replications import RunInterruptedError
    from sim.runs.result import RunResult, open_results
    from sim.runs.run import run_scenario
    from sim.runs.staffing.rotas import staff_scenario
    from sim.runs.sweeps.sweep import run_sweep
    from sim.runs.timeline.study import YearsResult, run_years

__all__ = [
    "ConvergenceResult",
    "RunInterruptedError",
    "RunResult",
    "YearsResult",
    "converge_scenario",
    "open_results",
    "run_coverage",
    "run_scenario",
    "run_sweep",
    "run_years",
    "staff_scenario",
]

_HOMES = {
    "ConvergenceResult": "sim.runs.convergence.study",
    "RunInterruptedError": "sim.runs.replications",
    "RunResult": "sim.runs.result",
    "YearsResult": "sim.runs.timeline.study",
    "converge_scenario": "sim.runs.convergence.study",
    "open_results": "sim.runs.result",
    "run_coverage": "sim.runs.coverage_only",
    "run_scenario": "sim.runs.run",
    "run_sweep": "sim.runs.sweeps.sweep",
    "run_years": "sim.runs.timeline.study",
    "staff_scenario": "sim.runs.staffing.rotas",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
