"""What all tests share: no property is a measurement of time."""

import gc
import os

import pytest
from hypothesis import settings

from tests.kernel_faults import N_SAMPLE

# The same examples each time: what fails for one fails for all, and can be looked at. Others are tried with
# `--hypothesis-profile searching`.
settings.register_profile("searching", deadline=None)
settings.register_profile("patchcell", deadline=None, derandomize=True)
settings.load_profile("patchcell")

# Kernels as plain Python, called with states written by hand: they have a run of their own, without compilation
# (tests/test_kernels_in_plain_mode.py).
collect_ignore = [] if os.environ.get("NUMBA_DISABLE_JIT") == "1" else ["kernels"]

# A file has one worker; the longest come first, so that none is left alone with one at the end.
FIRST = (
    "tests/runs/sweeps/test_sweep_kills.py",
    "tests/runs/sweeps/test_sweep_runs.py",
    "tests/runs/sweeps/test_sweep_slurm.py",
    "tests/bad_input/test_mutants.py",
    "tests/runs/test_run.py",
    "tests/report/test_figures.py",
    "tests/report/test_operators.py",
    "tests/test_kernels_in_plain_mode.py",
    "tests/switching/test_theory.py",
    "tests/runs/test_staffing.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let more faults be tried than those of every day."""
    parser.addoption(
        "--faults", default=str(N_SAMPLE), help="how many faults in kernels: a number, or all"
    )
    parser.addoption("--faults-in", default="", help="subject of sim/network to which they belong")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files come first."""
    order = {path: i for i, path in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


def pytest_collection_finish() -> None:
    """
    Let garbage be looked for among what tests make only.

    After a replication with operators the simulator looks for garbage, and to walk through everything that is imported
    here takes longer than the replication.
    """
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted, `record_property("said", text)`; what a worker prints is not seen."""
    for report in (
        *terminalreporter.stats.get("passed", ()),
        *terminalreporter.stats.get("failed", ()),
    ):
        for name, text in report.user_properties:
            if name == "said" and report.when == "call":
                terminalreporter.write_line(text)
