"""Phones that use another network where their own does not serve them, in the compiled loop as in the oracle."""

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.scenario.schema import Scenario
from sim.tables import Outcome
from tests.network.test_against_oracle import assert_same_rows
from tests.network.test_data_oracle import assert_same_records
from tests.oracle.changed import changed
from tests.oracle.data_scenarios import LETTERS_AND_CHANNELS, OVERLOADED
from tests.oracle.outages import CHANNELS, ON_SOFT, WITH_DATA
from tests.oracle.scenarios import HAND_PATCHED, THREE_NETWORKS, world_of
from tests.oracle.voice import Oracle

OUTAGES = {one.name.removesuffix("_with_outages"): one for one in (*CHANNELS, *ON_SOFT, *WITH_DATA)}
ROAMING = [
    changed(one, f"{one.name}_roaming", radio={"roaming": "all"})
    for one in (
        THREE_NETWORKS, LETTERS_AND_CHANNELS, OUTAGES["letters_and_power"],
        OVERLOADED, OUTAGES["three_networks"], OUTAGES["shared"],
    )
]  # fmt: skip


def shortly(scenarios, n):
    """Scenarios of a test, those after the first n slow."""
    return [
        pytest.param(one, id=one.name, marks=[pytest.mark.slow] if k >= n else [])
        for k, one in enumerate(scenarios)
    ]


def with_voice(one, name, roaming, **voice):
    """Return a scenario with another way of roaming, and other keys of calls."""
    tree = one.model_dump(mode="json")
    tree["name"] = f"{one.name}_{name}"
    tree["radio"]["roaming"] = roaming
    tree["traffic"]["voice"] |= voice
    return Scenario.model_validate(tree)


OUT_OF_COVER = (Outcome.NO_COVERAGE, Outcome.CALLEE_NO_COVERAGE)


def assert_same_run(records, oracle):
    """The same calls, and where there are any, the same flows and messages."""
    calls, traffic = oracle.run(), oracle.scenario.traffic
    if traffic.data.is_wanted or traffic.messages.is_wanted:
        assert_same_records(records, oracle, calls)
    else:
        assert_same_rows(records, calls)


@pytest.mark.parametrize("one", shortly(ROAMING, 2))
def test_records_are_those_of_the_oracle(one):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, 0)
    oracle = Oracle(one, world, coverage, 0)
    assert_same_run(records, oracle)
    assert n_visiting(world, records) > 20


def n_visiting(world, records):
    """How many attempts were made in a cell of another network."""
    attempts = records["attempts"]
    is_mobile = (attempts["cell_idx"] >= 0) & (attempts["is_source"] == 0)
    of_cell = world.cells.network_idx[attempts["cell_idx"]]
    return np.count_nonzero(is_mobile & (of_cell != attempts["network_idx"]))


def out_of_cover(one):
    """First attempts that failed for want of cover, by who made them when."""
    attempts = run_network(one, *world_of(one), 0)["attempts"]
    is_out = np.isin(attempts["outcome"], OUT_OF_COVER) & (attempts["redial"] == 0)
    return set(zip(attempts["entity"][is_out], attempts["index"][is_out], strict=True)), attempts


@pytest.mark.parametrize(
    "one", [THREE_NETWORKS, OUTAGES["three_networks"]], ids=lambda one: one.name
)
def test_nobody_loses_cover_who_may_roam_and_many_gain_it(one):
    roaming = changed(one, "roaming", radio={"roaming": "all"})
    (without, alone), (with_roaming, together) = out_of_cover(one), out_of_cover(roaming)
    assert with_roaming <= without
    assert len(with_roaming) < 0.7 * len(without)
    # The same people call, and each call is counted in the network of its caller.
    first = [np.sum(one["network_idx"][one["redial"] == 0] == 1) for one in (alone, together)]
    assert first[1] == pytest.approx(first[0], rel=0.05)


EMERGENCIES = [
    with_voice(one, "emergencies", "emergency", emergency_share=0.3)
    for one in (
        THREE_NETWORKS, OUTAGES["letters_and_power"], OUTAGES["three_networks"], OUTAGES["shared"], HAND_PATCHED,
    )
]  # fmt: skip


@pytest.mark.parametrize("one", shortly(EMERGENCIES, 2))
def test_emergency_calls_are_those_of_the_oracle(one):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, 0)
    oracle = Oracle(one, world, coverage, 0)
    assert_same_run(records, oracle)
    assert records["emergency"]["n_attempts"].tolist() == oracle.n_emergency
    assert records["emergency"]["n_no_coverage"].tolist() == oracle.n_emergency_lost
    assert np.sum(oracle.n_emergency) > 20
    is_covered = one.name.startswith("hand_patched")
    assert is_covered or n_visiting(world, records) > 5


def test_emergency_calls_alone_find_cover_in_other_networks():
    found = [
        run_network(one, *world_of(one), 0)
        for one in (
            with_voice(THREE_NETWORKS, "emergency", roaming, emergency_share=0.2)
            for roaming in ("none", "emergency", "all")
        )
    ]
    lost, in_emergency, in_all = (int(one["emergency"]["n_no_coverage"].sum()) for one in found)
    assert lost > 20
    assert in_emergency == in_all < 0.5 * lost
    without, _, together = (
        np.sum(np.isin(one["attempts"]["outcome"], OUT_OF_COVER)) for one in found
    )
    ordinary = np.sum(np.isin(found[1]["attempts"]["outcome"], OUT_OF_COVER))
    assert together < ordinary < without
