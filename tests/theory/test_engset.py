"""Few subscribers per cell against Engset's formula: an engaged caller makes no attempt."""

import numpy as np
import pytest

from tests.theory.replicate import (
    all_busy_shares,
    call_congestion,
    is_inside,
    omni,
    replicate,
    theory_scenario,
)

# S sources, N channels, intensity a of an idle source, time congestion, call congestion: Engset (1918), computed
# exactly; identifiers engset_S6_N4_a0.5, engset_S10_N5_a0.5 and engset_S200_N30_a0.1 of the reference cases.
POINTS = {
    0.5: [
        (6, 4, 0.0837988826815642, 0.0413223140495868),
        (10, 5, 0.147887323943662, 0.106960950764007),
    ],
    0.1: [(200, 30, 0.00216251993761176, 0.00202158454573171)],
}
CASES = [(a, number) for a, points in POINTS.items() for number in range(len(points))]


def run(a, n_more):
    """Each point a network of its own; everybody calls a fixed line, and everybody answers at once."""
    networks = [
        omni(f"n{number}", sources, [(f"c{number}", channels + n_more)])
        for number, (sources, channels, _, _) in enumerate(POINTS[a])
    ]
    voice = {
        "holding": {"law": "exponential", "mean_s": 100},
        "ringing": {"p_answer": 1, "mean_s": 0},
        "destination": {"other_network_share": 0, "fixed_share": 1},
    }
    trunks = [{"between": [network["name"], "fixed"], "n_circuits": 10_000} for network in networks]
    scenario = theory_scenario(
        networks,
        {"erl_per_line": a, "voice": voice},
        60.0,
        switching={"trunk_groups": trunks},
    )
    return replicate(scenario)


@pytest.fixture(scope="module")
def runs():
    return {(a, n_more): run(a, n_more) for a in POINTS for n_more in (0, 1)}


@pytest.mark.parametrize(("a", "number"), CASES)
def test_time_congestion(runs, a, number):
    expected = POINTS[a][number][2]
    assert is_inside(all_busy_shares(runs[a, 0])[:, number], expected)
    assert not is_inside(all_busy_shares(runs[a, 1])[:, number], expected)


@pytest.mark.parametrize(("a", "number"), CASES)
def test_call_congestion(runs, a, number):
    expected = POINTS[a][number][3]
    assert is_inside(call_congestion(runs[a, 0], "network_idx", number), expected)
    assert not is_inside(call_congestion(runs[a, 1], "network_idx", number), expected)


@pytest.mark.parametrize(("a", "number"), CASES)
def test_engaged_callers_are_counted_apart(runs, a, number):
    """A source is engaged for its share of carried traffic, and intends then as often as at other times."""
    sources, _, _, _ = POINTS[a][number]
    engaged = np.array(
        [
            records["intents"]["n_engaged"][number].sum()
            / records["intents"]["n_intents"][number].sum()
            for records in runs[a, 0]
        ]
    )
    carried = np.array([records["cells"]["busy_erl"][number] for records in runs[a, 0]])
    assert is_inside(engaged - carried / sources, 0.0)
    assert engaged.mean() > 0.05
