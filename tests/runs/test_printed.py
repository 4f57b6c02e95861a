"""The printed summary stays as long as a screen however large the country is."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sim.runs.measures.measure import Line
from sim.runs.printed import printed_summary
from sim.runs.published_summary import Summary, estimate_text
from sim.runs.result import RunResult
from tests.runs.data_example import published


@pytest.mark.parametrize(("n", "shown", "more"), [(5, 5, None), (8, 8, None), (200, 8, "192 more")])
def test_the_trunk_groups_that_block_most_are_shown(n, shown, more):
    entries = {
        ("trunk.blocking", f"group-{i:03}"): {"value": i / 1000.0, "low": None, "high": None}
        for i in range(n)
    }
    summary = Summary(Path("nowhere"), {"kind": "coverage", "replications": 1}, entries)
    console = Console(width=110, record=True, file=StringIO())
    console.print(printed_summary(summary, is_new=True))
    text = console.export_text()
    names = [line.split()[0] for line in text.splitlines() if line.strip().startswith("group-")]
    assert names == [f"group-{i:03}" for i in range(n - 1, n - 1 - shown, -1)]
    assert ("more in measures.parquet" in text) == (more is not None)
    assert more is None or more in text


def test_data_are_printed_for_users_and_for_cells(example, tmp_path):
    lines = str(RunResult(published(example, tmp_path, (1.0, 1.0)), is_new=True)).splitlines()

    def cells(label):
        """Of all networks, which stand in two tables where one has no room."""
        own = [line.strip().removeprefix(label) for line in lines if line.strip().startswith(label)]
        return [one.strip() for line in own for one in re.split(r"\s{2,}", line.strip())]

    assert cells("throughput of a flow [kbit/s]") == ["500 ± 0", "10 ± 0", "378 ± 0"]
    # 4, 1 and 4.064 Mbit in north, 2 Mbit in south, in 630 s.
    assert cells("a cell carries, mean [kbit/s]") == ["5", "3", "4"]
    # North: 4 Mbit in 315 s and 1 Mbit in 63 s; a third cell never serves. South: 2 Mbit in 252 s.
    assert cells("and over HSDPA while it serves [kbit/s]") == ["14", "8", "12"]
    assert cells("time to delivery [s]") == ["25.0 ± 0.0", "-", "25.0 ± 0.0"]


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.0003, 0.0005, "0.040 ± 0.010"),
        (0.0003, 0.00058, "0.040 (0.030 to 0.058)"),
        (0.0, 0.0021, "0.040 (0.000 to 0.210)"),
        (1e-9, 0.0021, "0.040 (<0.001 to 0.210)"),
        (0.0004 - 1e-7, 0.0004 + 1e-7, "0.040 ± <0.001"),
        (0.0004, 0.0004, "0.040 ± 0.000"),
        (None, None, "0.040"),
    ],
)
def test_an_interval_is_told_by_its_ends_where_it_is_lopsided(low, high, text):
    entry = {"value": 0.0004, "low": low, "high": high}
    assert estimate_text(entry, Line("blocking [%]", "{:.3f}", 100.0)) == text


def test_what_occurs_is_never_a_plain_zero():
    line = Line("blocking [%]", "{:.3f}", 100.0)
    for high, text in ((4.9e-6, "<0.001"), (4e-5, "<0.001 (<0.001 to 0.004)")):
        assert estimate_text({"value": 2e-6, "low": 1e-7, "high": high}, line) == text
    assert estimate_text({"value": 0.0, "low": 0.0, "high": 4e-5}, line) == "0.000 (0.000 to 0.004)"
