"""docs/results.md holds every table, outcome and measure, word for word from `sim.tables`."""

from pathlib import Path

import pytest

from sim import tables

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
TABLES = (
    *(
        table
        for name, table in vars(tables).items()
        # ATTEMPTS is CALLS before it reaches a file, SITE_PLACES is SITES without calls.
        if isinstance(table, tables.Table) and name not in {"ATTEMPTS", "SITE_PLACES"}
    ),
    tables.coverage_table(("<network>",)),
)


def section(table: tables.Table) -> str:
    """Return what docs/results.md must say of a table."""
    lines = [
        f"### `{table.name}`",
        "",
        f"One row: {table.axis}.",
        "",
        "| column | type | unit | what it says |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{column.name}` | {column.dtype} | {column.unit or '-'} | {column.description} |"
        for column in table.columns
    ]
    return "\n".join(lines) + "\n"


def test_there_are_tables():
    assert {"calls", "measures", "cells", "coverage"} <= {table.name for table in TABLES}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_table_is_described(table):
    assert section(table) in PAGE, f"docs/results.md must contain:\n\n{section(table)}"


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
