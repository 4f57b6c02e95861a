"""docs/results.md holds every outcome of `sim.tables`; measures and columns are in docs/reference."""

import re
from pathlib import Path

import pytest

from sim import tables

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")


def test_a_coverage_run_has_the_first_columns_of_sites():
    n = len(tables.SITE_PLACES.columns)
    assert tables.SITES.names[:n] == tables.SITE_PLACES.names
    assert f"first {n} columns of `sites`" in PAGE


@pytest.mark.parametrize("outcome", tables.Outcome, ids=lambda outcome: outcome.name)
def test_outcome_is_described(outcome):
    row = re.escape(f"| {outcome.value} | `{outcome.name.lower()}` | ")
    said = re.escape(f"{tables.MEANINGS[outcome]} |")
    assert re.search(rf"{row}(\S )?{said}", PAGE)  # a dash marks what is not built yet
