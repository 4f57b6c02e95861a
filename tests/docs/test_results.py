"""docs/results.md holds every outcome of `sim.tables`; measures and columns are in docs/reference."""

import re
from pathlib import Path

import pytest

from sim import tables
from sim.report.draw import _FIGURES
from sim.runs.measures.subjects import PARTS

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


@pytest.mark.parametrize(
    "written",
    [
        *(f"`{one.name}` |" for one in _FIGURES),
        *(f"`{name}/part-*.parquet`" for name in PARTS),
        "`cell_pairs.parquet`",
    ],
)
def test_what_a_run_writes_has_a_row(written):
    assert any(row.startswith("| `") and written in row for row in PAGE.splitlines())
