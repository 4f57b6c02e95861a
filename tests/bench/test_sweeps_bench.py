"""The benchmark of sweeps says how long planning and running took, and that two workers give one's table."""

import re

import pytest

from bench.sweeps import measure_sweeps


@pytest.mark.slow
def test_sweeps_are_measured():
    lines = measure_sweeps(is_quick=True).splitlines()
    assert re.fullmatch(r"planning 1,000 runs: [\d.]+ s", lines[0])
    assert [re.match(r"100 runs on (\d) workers: [\d.]+ s", line)[1] for line in lines[2:]] == [
        "1",
        "2",
    ]
    assert all("client's peak memory" in line for line in lines[2:])
