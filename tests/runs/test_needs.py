"""Processes are as many as cores and free memory allow, and as the work pays for."""

from dataclasses import replace

import pytest

from sim.runs import needs as module
from sim.runs.feasible import require_feasible
from sim.scenario.load import load_scenario
from sim.tables import FLOWS, KEPT_FLOWS, KEPT_MESSAGES, MESSAGES


@pytest.fixture
def needs(monkeypatch):
    """Five replications of a minute and a half each, on a machine of eight cores."""
    monkeypatch.setattr(module, "n_cores", lambda: 8)
    monkeypatch.setattr(module, "_machine_bytes", lambda: 2**40)
    monkeypatch.setattr(module, "_free_bytes", lambda: 2**40)
    loaded = load_scenario("two_cells", ["run.replications=5"])
    return replace(require_feasible(loaded), work_s=90.0)


def test_there_are_no_more_than_replications_and_cores(needs, monkeypatch):
    assert needs.jobs == 5
    monkeypatch.setattr(module, "n_cores", lambda: 2)
    assert needs.jobs == 2
    assert needs.fitting_jobs(200) == 2


@pytest.mark.parametrize(("n_fit", "n_jobs"), [(3.5, 3), (1.0, 1), (-1.0, 1)])
def test_they_fit_into_free_memory(needs, monkeypatch, n_fit, n_jobs):
    monkeypatch.setattr(module, "_free_bytes", lambda: needs.parent + int(n_fit * needs.worker))
    assert needs.jobs == n_jobs


def test_there_is_one_where_starting_another_takes_longer_than_the_work(needs):
    assert replace(needs, work_s=0.1).jobs == 1


SAMPLE_SHARE = 0.01  # of national_2022


def test_rows_of_a_long_run_take_as_much_as_a_slice_and_those_that_files_keep():
    """Beyond what a slice holds, only kept rows grow with the days."""

    def days(n, kept):
        changes = (f"run.duration_h={24 * n}", "run.warmup_h=0", f"run.records.calls={kept}")
        needs = require_feasible(load_scenario("national_2022", changes))
        assert needs.n_flows > n * module.SLICE_ROWS
        assert needs.n_messages > n * module.SLICE_ROWS
        return needs

    few, many = days(1, "none"), days(7, "none")
    assert many.n_messages == pytest.approx(7 * few.n_messages)
    assert few.of_data == many.of_data
    assert many.of_data > module.SLICE_ROWS * (FLOWS.row_bytes + MESSAGES.row_bytes)
    more = days(7, "sample").of_data - many.of_data
    kept = many.n_flows * KEPT_FLOWS.row_bytes + many.n_messages * KEPT_MESSAGES.row_bytes
    kept *= SAMPLE_SHARE
    assert kept <= more < 3.0 * kept
