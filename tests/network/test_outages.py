"""Sites off the air and back: the compiled loop and the plain oracle give the same records, row by row."""

from collections import Counter

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.tables import OUTCOMES, Outcome
from sim.tables.outcomes import FLOW_OUTCOMES
from tests.network.test_against_oracle import assert_same_rows
from tests.network.test_data_oracle import assert_same_records
from tests.oracle.outages import CHANNELS, ON_SOFT, WITH_DATA
from tests.oracle.scenarios import world_of
from tests.oracle.voice import Oracle

OUT_OF_COVER = (Outcome.NO_COVERAGE, Outcome.CALLEE_NO_COVERAGE)


@pytest.mark.parametrize("replication", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", [*CHANNELS, *ON_SOFT], ids=lambda one: one.name)
def test_calls_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_rows(records, oracle.run())
    assert records["intents"]["n_engaged"].tolist() == oracle.n_engaged
    if oracle.radio is not None:
        for table, expected in (
            (records["radio_cells"], oracle.radio.by_cell()),
            (records["radio_sites"], oracle.radio.by_site()),
        ):
            for name, values in expected.items():
                np.testing.assert_allclose(table[name], values, rtol=1e-9, atol=1e-15, err_msg=name)
        expected = oracle.radio.covered_share().astype(np.float32)
        np.testing.assert_array_equal(records["covered"]["covered_share"], expected)


@pytest.mark.parametrize("replication", [0, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", WITH_DATA, ids=lambda one: one.name)
def test_flows_and_messages_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_records(records, oracle, oracle.run())


def test_calls_and_flows_are_cut_and_neighbours_take_over():
    outcomes, flows, n_rang = Counter(), Counter(), 0
    for one in (*CHANNELS, *ON_SOFT, *WITH_DATA):
        records = run_network(one, *world_of(one), 0)
        attempts = records["attempts"]
        outcomes.update(OUTCOMES[code] for code in attempts["outcome"].tolist())
        is_cut = attempts["outcome"] == Outcome.STATION_DOWN
        assert np.isfinite(attempts["answer_s"][is_cut]).all()
        # Who still rang has a begin before, and an end at the time of the outage.
        rang = (attempts["end_s"] > attempts["time_s"]) & np.isnan(attempts["answer_s"])
        n_rang += int(np.sum(rang & np.isin(attempts["outcome"], OUT_OF_COVER)))
        if records["flows"]:
            flows.update(FLOW_OUTCOMES[code] for code in records["flows"]["outcome"].tolist())
    assert outcomes["station_down"] > 20
    assert n_rang > 2
    assert outcomes["no_coverage"] > 100
    assert flows["cut_no_coverage"] > 5
    assert flows["refused_no_coverage"] > 5


def test_a_site_that_is_off_serves_nobody_and_is_back_with_its_callers():
    one = CHANNELS[0]
    records = run_network(one, *world_of(one), 0)
    attempts = records["attempts"]
    begun = {
        cell: attempts["time_s"][(attempts["cell_idx"] == cell) & (attempts["time_s"] >= 0.0)]
        for cell in (0, 1)
    }
    # a_1 was off from 300 s to 900 s, a_0 from 600 s to 720 s.
    assert not np.any((begun[1] >= 300.0) & (begun[1] < 900.0))
    assert np.any(begun[1] >= 900.0)
    assert not np.any((begun[0] >= 600.0) & (begun[0] < 720.0))
    assert np.any((begun[0] >= 720.0) & (begun[0] < 900.0))


def by_hand(changes):
    """An extension that takes sites off the air and puts them back."""

    def processes(clock, network):
        def change(time_s, name, is_off):
            yield clock.at(time_s)
            site = network.site(name)
            site.off() if is_off else site.on()
            assert site.is_off == is_off

        return [change(*one) for one in changes]

    return processes


@pytest.mark.parametrize(
    "name", ["overload_with_outages", "codes_with_outages", "shared_with_outages"]
)
def test_an_extension_does_what_the_scenario_says(name):
    one = next(one for one in (*CHANNELS, *ON_SOFT, *WITH_DATA) if one.name == name)
    world, coverage = world_of(one)
    expected = run_network(one, world, coverage, 0)
    changes = [
        (time_s, world.sites.name[site], is_off)
        for outage in world.outages
        for time_s, is_off in ((outage.begin_s, True), (outage.end_s, False))
        for site in outage.sites.tolist()
        if np.isfinite(time_s)
    ]
    networks = tuple(network.model_copy(update={"sites_off": ()}) for network in one.networks)
    bare = one.model_copy(update={"networks": networks})
    found = run_network(bare, *world_of(bare), 0, extensions=[by_hand(changes)])
    for table in ("attempts", "flows", "messages"):
        assert found[table].keys() == expected[table].keys()
        for column, values in expected[table].items():
            np.testing.assert_array_equal(found[table][column], values, err_msg=column)


def test_an_extension_cannot_name_a_site_that_is_not_there():
    one = CHANNELS[0]
    with pytest.raises(ValueError, match="there is no site 'a_9'; did you mean 'a_"):
        run_network(one, *world_of(one), 0, extensions=[by_hand([(5.0, "a_9", True)])])
