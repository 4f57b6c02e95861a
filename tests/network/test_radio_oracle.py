"""The compiled loop and the plain oracle agree on soft capacity: attempts row by row, integrals to 1e-9."""

import math

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.tables import OUTCOMES, Outcome
from tests.network.test_against_oracle import assert_same_rows
from tests.oracle.scenarios import SOFT, world_of
from tests.oracle.voice import Oracle


@pytest.mark.parametrize("replication", [0, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", SOFT, ids=lambda one: one.name)
def test_records_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_rows(records, oracle.run())
    for table, expected in (
        (records["radio_cells"], oracle.radio.by_cell()),
        (records["radio_sites"], oracle.radio.by_site()),
    ):
        for name, values in expected.items():
            np.testing.assert_allclose(table[name], values, rtol=1e-9, atol=1e-15, err_msg=name)
    expected = oracle.radio.covered_share().astype(np.float32)
    np.testing.assert_array_equal(records["covered"]["covered_share"], expected)
    for name, key in {
        "seizures_originating": ("seized", 0),
        "refusals_originating": ("refused", 0),
        "seizures_terminating": ("seized", 1),
        "refusals_terminating": ("refused", 1),
    }.items():
        assert records["cells"][name].tolist() == [one.counts[key] for one in oracle.cells]
    busy_erl = [one.busy_server_s / one.window_s for one in oracle.cells]
    np.testing.assert_allclose(records["cells"]["busy_erl"], busy_erl, rtol=1e-9, atol=1e-15)


def test_the_scenarios_exercise_every_cause():
    seen, shed_while_ringing, counts, n_dropped_by_hand = set(), set(), {}, 0
    for one in SOFT:
        world, coverage = world_of(one)
        oracle = Oracle(one, world, coverage, 3)
        for call in oracle.run():
            seen.add(OUTCOMES[call.outcome])
            if call.n_manual == 0 and math.isnan(call.answer_s) and call.end_s > call.time_s:
                shed_while_ringing.add(OUTCOMES[call.outcome])
            n_dropped_by_hand += call.n_manual > 0 and call.outcome == Outcome.DROPPED
        for name, of_cells in oracle.radio.counts.items():
            counts[name] = counts.get(name, 0) + sum(of_cells)
    assert {
        "dropped",
        "no_coverage",
        "blocked_uplink",
        "blocked_downlink",
        "blocked_code",
        "blocked_channel_element",
        "callee_no_coverage",
        "callee_blocked",
    } <= seen
    assert {
        "blocked_uplink",
        "blocked_downlink",
        "callee_no_coverage",
        "callee_blocked",
    } <= shed_while_ringing
    assert n_dropped_by_hand == 0
    assert all(counts.values()), counts
