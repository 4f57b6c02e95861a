"""The printed summary stays as long as a screen however large the country is."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sim.runs.printed import printed_summary
from sim.runs.published_summary import Summary
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
    (line,) = [line for line in lines if "throughput of a flow" in line]
    assert line.split()[-9:] == ["500", "±", "0", "10", "±", "0", "378", "±", "0"]
    (line,) = [line for line in lines if "a cell carries" in line]
    # 4, 1 and 4.064 Mbit in north, 2 Mbit in south, in 630 s.
    assert line.split()[-3:] == ["5", "3", "4"]
    (line,) = [line for line in lines if "while it serves" in line]
    # North: 4 Mbit in 315 s and 1 Mbit in 63 s; a third cell never serves. South: 2 Mbit in 252 s.
    assert line.split()[-3:] == ["14", "8", "12"]
    (line,) = [line for line in lines if "time to delivery" in line]
    assert line.split()[4:] == ["25.0", "±", "0.0", "-", "25.0", "±", "0.0"]
