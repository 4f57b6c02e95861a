"""The benchmark of hours, days and weeks measures every variant; never how fast."""

import pytest

from bench.windows import VARIANTS, measure_windows


@pytest.mark.slow
def test_every_variant_is_measured():
    rows = [line.strip("| ").split(" | ") for line in measure_windows(True, print).splitlines()[2:]]
    assert [row[0] for row in rows] == list(VARIANTS)
    for row in rows:
        assert all(float(cell.replace(",", "")) > 0 for cell in row[1:])
    attempts = {row[0]: int(row[2].replace(",", "")) for row in rows}
    assert attempts["hour, everything on"] > 500
