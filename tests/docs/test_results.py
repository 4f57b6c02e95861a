"""docs/results.md holds every outcome and measure of `sim.tables`; columns are in docs/reference."""

from pathlib import Path

import pytest

from sim import tables

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")


def test_a_coverage_run_has_the_first_columns_of_sites():
    n = len(tables.SITE_PLACES.columns)
    assert tables.SITES.columns[:n] == tables.SITE_PLACES.columns
    assert f"first {n} columns of `sites`" in PAGE


@pytest.mark.parametrize("outcome", tables.Outcome, ids=lambda outcome: outcome.name)
def test_outcome_is_described(outcome):
    assert f"| {outcome.value} | `{outcome.name.lower()}` |" in PAGE


def named_measures() -> list[str]:
    return [name for name in tables.MEASURE_UNITS if not name.startswith("voice.outcome.")]


@pytest.mark.parametrize("measure", named_measures())
def test_measure_is_described(measure):
    assert f"| `{measure}` | {tables.MEASURE_UNITS[measure]} |" in PAGE
