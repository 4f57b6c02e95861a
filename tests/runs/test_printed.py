"""The printed summary stays as long as a screen however large the country is."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sim.runs.printed import Summary, printed_summary


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
    assert ("more in trunks.parquet" in text) == (more is not None)
    assert more is None or more in text
