"""The compiled loop and the plain oracle agree on data flows and short messages, row by row."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from sim.network.data.records import CELL_COLUMNS
from sim.network.replication import run_network
from sim.tables.flows import FLOWS, MESSAGES, OVER_HSDPA
from sim.tables.outcomes import FLOW_OUTCOMES, MESSAGE_OUTCOMES, FlowOutcome
from tests.network.test_against_oracle import assert_same_rows
from tests.network.test_extensions import at_times
from tests.oracle.data_scenarios import (
    BEARERS_CODES,
    BEARERS_DOWN,
    BEARERS_UP,
    DATA,
    HSDPA_ALONE,
    LATE,
    LEAST_IS_PEAK,
    LETTERS_AND_CHANNELS,
    LETTERS_AND_POWER,
    NEIGHBOURS,
    OVERLOADED,
    SHARED,
    SQUEEZED,
)
from tests.oracle.scenarios import world_of
from tests.oracle.voice import Oracle

REPLICATIONS = (0, 3)


@cache
def oracle_of(name, replication):
    """An oracle that has been run; both tests ask for it."""
    one = next(one for one in DATA if one.name == name)
    oracle = Oracle(one, *world_of(one), replication)
    oracle.run()
    return oracle


def assert_same_table(found, expected, table):
    """Whole numbers to the last bit; times and bits depend on powers that are solved to 1e-14."""
    assert len(found["outcome"]) == len(expected["outcome"])
    for column in table.columns:
        name = column.name
        if column.dtype == "float64":
            np.testing.assert_allclose(
                found[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name
            )
        else:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def in_order(rows):
    """Flows of one size that waited together for the same update end together; rounding says which is first."""
    is_shared = (rows["bearer_idx"] == OVER_HSDPA) & (rows["outcome"] == FlowOutcome.COMPLETED)
    is_later = np.ones(len(is_shared), bool)
    together = np.diff(rows["end_s"]) < 1e-9
    is_later[1:] = ~(is_shared[1:] & is_shared[:-1] & together)
    order = np.lexsort((rows["page"], rows["index"], rows["entity"], np.cumsum(is_later)))
    return {name: column[order] for name, column in rows.items()}


def assert_same_means(found, expected):
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


def assert_same_records(records, oracle, calls):
    assert_same_rows(records, calls)
    if oracle.flows is not None:
        if oracle.flows.ended or records["flows"]:
            assert_same_table(in_order(records["flows"]), in_order(oracle.flows.rows()), FLOWS)
        assert_same_means(records["radio_cells"], oracle.radio.by_cell())
        assert_same_means(records["radio_sites"], oracle.radio.by_site())
    if oracle.messages.ended or records["messages"]:
        assert_same_table(records["messages"], oracle.messages.rows(), MESSAGES)
    assert_same_means(records["data_cells"], oracle.data_by_cell())
    assert set(records["data_cells"]) <= set(CELL_COLUMNS)
    for name, key in {
        "seizures_originating": ("seized", 0),
        "refusals_originating": ("refused", 0),
        "seizures_terminating": ("seized", 1),
        "refusals_terminating": ("refused", 1),
    }.items():
        assert records["cells"][name].tolist() == [one.counts[key] for one in oracle.cells]
    busy_erl = [one.busy_server_s / one.window_s for one in oracle.cells]
    np.testing.assert_allclose(records["cells"]["busy_erl"], busy_erl, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("replication", [0, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", DATA, ids=lambda one: one.name)
def test_records_are_those_of_the_oracle(one, replication):
    records = run_network(one, *world_of(one), replication)
    oracle = oracle_of(one.name, replication)
    assert_same_records(records, oracle, oracle.ended)


@pytest.mark.parametrize("one", [OVERLOADED, LETTERS_AND_CHANNELS], ids=lambda one: one.name)
def test_cells_whose_channels_are_taken_are_those_of_the_oracle(one):
    changes = [(-100.0, 0, 0), (50.0, 0, 90), (60.0, 1, 0), (200.0, 2, 0), (400.0, 2, 50)]
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, 0, extensions=[at_times(changes)])
    oracle = Oracle(one, world, coverage, 0)
    calls = oracle.run(changes=[(time_s, oracle.cells[cell], n) for time_s, cell, n in changes])
    assert_same_records(records, oracle, calls)
    if oracle.flows.ended if oracle.flows else ():
        outcomes = Counter(FLOW_OUTCOMES[one.outcome] for one in oracle.flows.ended)
        assert outcomes["refused_channel"] > 50


def test_flows_that_begin_after_the_last_update_in_the_window_are_followed():
    records = run_network(LATE, *world_of(LATE), 44)
    oracle = Oracle(LATE, *world_of(LATE), 44)
    assert_same_records(records, oracle, oracle.run())
    assert set(records["flows"]["outcome"].tolist()) == {FlowOutcome.CUT_STALLED}


def test_flows_whose_peak_is_the_least_rate_are_not_refused():
    records = run_network(LEAST_IS_PEAK, *world_of(LEAST_IS_PEAK), 0)
    oracle = Oracle(LEAST_IS_PEAK, *world_of(LEAST_IS_PEAK), 0)
    assert_same_records(records, oracle, oracle.run())
    assert set(records["flows"]["outcome"].tolist()) == {FlowOutcome.COMPLETED}


# What must happen, at least so often in both replications together.
FLOWS_OF = {
    HSDPA_ALONE.name: {"completed": 3000, "refused_flows": 500, "refused_no_coverage": 50},
    SHARED.name: {"completed": 3000, "refused_rate": 500, "refused_no_coverage": 50},
    BEARERS_UP.name: {"completed": 1000, "refused_uplink": 30, "cut_uplink": 4, "cut_no_coverage": 2},
    BEARERS_DOWN.name: {"completed": 1000, "refused_downlink": 100, "cut_downlink": 5},
    BEARERS_CODES.name: {"completed": 500, "refused_channel_element": 300, "refused_code": 30},
    OVERLOADED.name: {
        "completed": 3000, "refused_flows": 1000, "refused_uplink": 1, "refused_downlink": 3, "cut_no_coverage": 40,
        "cut_stalled": 3,
    },
    SQUEEZED.name: {
        "completed": 1000, "refused_rate": 300, "refused_downlink": 50, "cut_stalled": 5
    },
    NEIGHBOURS.name: {"completed": 700, "cut_no_coverage": 2},
    LETTERS_AND_POWER.name: {"completed": 500, "refused_no_coverage": 50, "cut_no_coverage": 5},
}  # fmt: skip
MESSAGES_OF = {
    OVERLOADED.name: {"delivered": 1000, "no_coverage": 500, "blocked_signalling": 500, "expired": 300},
    LETTERS_AND_CHANNELS.name: {
        "delivered": 1500, "no_coverage": 500, "blocked_signalling": 150, "expired": 400, "no_receiver": 3
    },
    LETTERS_AND_POWER.name: {"delivered": 400, "no_coverage": 800, "blocked_signalling": 100, "expired": 300},
}  # fmt: skip


def seen(name, table, names):
    """What became of the rows of the compiled loop, which are those of the oracle, and made many times faster."""
    one = next(one for one in DATA if one.name == name)
    tables = [run_network(one, *world_of(one), number)[table] for number in REPLICATIONS]
    return Counter(names[code] for rows in tables for code in rows["outcome"].tolist())


@pytest.mark.parametrize("name", FLOWS_OF)
def test_what_should_become_of_flows_does(name):
    counts = seen(name, "flows", FLOW_OUTCOMES)
    for outcome, least in FLOWS_OF[name].items():
        assert counts[outcome] >= least, (outcome, counts)


@pytest.mark.parametrize("name", MESSAGES_OF)
def test_what_should_become_of_messages_does(name):
    counts = seen(name, "messages", MESSAGE_OUTCOMES)
    for outcome, least in MESSAGES_OF[name].items():
        assert counts[outcome] >= least, (outcome, counts)


def test_all_bearers_are_used_by_somebody():
    used = {one.bearer_idx for name in FLOWS_OF for one in oracle_of(name, 0).flows.ended}
    assert used == {0, 1, 2, 3, 4, 5, 255}
