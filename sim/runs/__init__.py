"""Runs: replications of a scenario, what they mean, and where it is kept."""

from sim.runs.replications import RunInterruptedError
from sim.runs.run import RunResult, run_coverage, run_scenario

__all__ = ["RunInterruptedError", "RunResult", "run_coverage", "run_scenario"]
