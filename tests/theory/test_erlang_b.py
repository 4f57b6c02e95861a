"""Cells with Poisson calls against Erlang's loss formula: time and call congestion, and insensitivity."""

import json
import math
from pathlib import Path

import pytest

from sim.stats.theory import erlang_b
from tests.theory.replicate import (
    N_REPLICATIONS,
    all_busy_shares,
    call_congestion,
    half_width,
    is_inside,
    omni,
    replicate,
    theory_scenario,
)

REFERENCE = Path(__file__).parent.parent / "reference" / "teletraffic.json"
MEAN_S = 100.0
DURATION_H = 12.0
CASES = [
    case
    for case in json.loads(REFERENCE.read_text())
    if "sigma2_timeavg_blocking" in case["expected"]
]
LAWS = {
    "fixed": {"law": "fixed", "mean_s": MEAN_S},
    "lognormal": {"law": "lognormal", "mean_s": MEAN_S, "cv": 1.4},
}


def run(n_more):
    """Every point of the reference in a cell of its own, with so many channels more; then the other laws."""
    sites, sources = [], []
    for number, case in enumerate(CASES):
        sites.append((f"c{number}", case["inputs"]["N"] + n_more))
        sources.append(
            {
                "name": f"s{number}",
                "offered_erl": case["inputs"]["A_erlang"],
                "holding": {"law": "exponential", "mean_s": MEAN_S},
                "cells": [f"c{number}"],
            }
        )
    for name, holding in LAWS.items():
        sites.append((name, 10 + n_more))
        sources.append({"name": name, "offered_erl": 10, "holding": holding, "cells": [name]})
    networks = [omni("net", 0, sites)]
    return replicate(theory_scenario(networks, {"sources": sources}, DURATION_H))


@pytest.fixture(scope="module")
def as_given():
    return run(0)


@pytest.fixture(scope="module")
def one_channel_more():
    return run(1)


def test_there_are_at_least_twelve_points():
    assert len({(case["inputs"]["A_erlang"], case["inputs"]["N"]) for case in CASES}) >= 12


def time_congestion_agrees(replications, number):
    case = CASES[number]
    holding_times = N_REPLICATIONS * DURATION_H * 3600.0 / MEAN_S
    tolerance = 4.0 * math.sqrt(case["expected"]["sigma2_timeavg_blocking"] / holding_times)
    share = all_busy_shares(replications)[:, number].mean()
    return abs(share - case["expected"]["B"]) <= tolerance


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["id"] for case in CASES])
def test_time_congestion(as_given, one_channel_more, number):
    assert time_congestion_agrees(as_given, number)
    assert not time_congestion_agrees(one_channel_more, number)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["id"] for case in CASES])
def test_call_congestion(as_given, one_channel_more, number):
    expected = CASES[number]["expected"]["B"]
    shares = call_congestion(as_given, "cell_idx", number)
    assert is_inside(shares, expected)
    assert not is_inside(call_congestion(one_channel_more, "cell_idx", number), expected)
    assert half_width(shares) < 0.5 * expected


@pytest.mark.parametrize("law", LAWS)
def test_blocking_does_not_depend_on_the_law_of_holding(as_given, one_channel_more, law):
    cell = len(CASES) + list(LAWS).index(law)
    expected = erlang_b(10.0, 10)
    assert is_inside(call_congestion(as_given, "cell_idx", cell), expected)
    assert not is_inside(call_congestion(one_channel_more, "cell_idx", cell), expected)


def test_carried_traffic_is_what_is_not_lost(as_given):
    for number, case in enumerate(CASES):
        carried = [records["cells"]["busy_erl"][number] for records in as_given]
        expected = case["expected"]["carried"]
        assert abs(sum(carried) / len(carried) - expected) < 0.03 * expected
