"""The time that a run is said to take is about the time that it takes."""

import pytest

from sim.runs.effort import calls_by_hand, replication_s, run_s
from sim.scenario.load import load_scenario

# Seconds of a replication, measured on two cores of an AMD EPYC that other work shared; calls an hour at operators.
MEASURED = {
    "national_2022": (45.0, 38_727),
    "pyongyang_evening": (22.0, 0),
    "invented_islands": (0.58, 0),
    "manual_exchange_storm": (2.8, 5_986),
    "hand_patched_country": (75.0, 119_000),
    "erlang_b": (0.6, 0),
}


@pytest.mark.parametrize(("name", "measured"), MEASURED.items(), ids=MEASURED)
def test_it_is_right_to_a_factor_of_two(name, measured):
    scenario = load_scenario(name).scenario
    seconds, by_hand_per_h = measured
    assert seconds / 2.0 < replication_s(scenario) < 2.0 * seconds
    assert by_hand_per_h / 2.0 <= calls_by_hand(scenario) <= 2.0 * by_hand_per_h


def test_every_kind_of_work_counts():
    few = ["fixed.source=none", "traffic.data.uses=[]"]
    least = replication_s(load_scenario("national_2022", few).scenario)
    for override in few:
        others = [one for one in few if one != override]
        assert replication_s(load_scenario("national_2022", others).scenario) > least
    quiet = ["fixed.source=none", "traffic.data.uses=[]", "traffic.messages.per_line_h=0"]
    assert replication_s(load_scenario("national_2022", quiet).scenario) < least
    channels = load_scenario("invented_islands").scenario
    soft = load_scenario("invented_islands", ["radio.capacity=wcdma"]).scenario
    assert replication_s(soft) > 2.0 * replication_s(channels)
    assert replication_s(channels, by_hand_per_h=1e4) > 2.0 + replication_s(channels)
    assert run_s(channels) > 5.0 * replication_s(channels)
