"""Lines that are elsewhere by the hour: the compiled loop and the plain oracle give the same records, row by row."""

import numpy as np
import pytest

from sim.network.lines import Lines, make_lines
from sim.network.replication import run_network
from sim.radio.coverage import ranks_at_spots
from sim.scenario.memory import lines_bytes, radio_bytes
from sim.traffic.presence import spots_at
from sim.traffic.profile import start_hour
from tests.network.test_against_oracle import assert_same_rows
from tests.network.test_data_oracle import assert_same_records
from tests.oracle.moving import CHANNELS, ON_SOFT, TOGETHER, WITH_DATA
from tests.oracle.scenarios import world_of
from tests.oracle.voice import Oracle

SHORT = {"three_networks_moving", "provinces_moving", "overload_with_outages_moving", TOGETHER.name}


def the_short_ones_always(scenarios):
    """Parameters of a test: others than the short ones are for the whole suite."""
    return [
        pytest.param(one, id=one.name, marks=() if one.name in SHORT else pytest.mark.slow)
        for one in scenarios
    ]


@pytest.mark.parametrize("replication", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", the_short_ones_always([*CHANNELS, *ON_SOFT]))
def test_calls_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_rows(records, oracle.run())
    assert records["intents"]["n_intents"].tolist() == oracle.n_intents
    assert records["intents"]["n_engaged"].tolist() == oracle.n_engaged
    if oracle.radio is not None:
        for name, values in oracle.radio.by_cell().items():
            found = records["radio_cells"][name]
            np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("replication", [0, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", the_short_ones_always(WITH_DATA))
def test_flows_and_messages_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_records(records, oracle, oracle.run())


def seen_at(times_s, seen):
    """An extension that notes where all lines are at some times."""

    def processes(clock, network):
        def look():
            for time_s in times_s:
                yield clock.at(time_s)
                seen.append(network._state[Lines].spot_idx.copy())

        return [look()]

    return processes


def test_at_full_hours_lines_are_where_the_scenario_has_them_and_call_from_there():
    one = CHANNELS[0]  # from 18:50 on for half an hour
    world, coverage = world_of(one)
    seen = []
    records = run_network(one, world, coverage, 0, extensions=[seen_at([0.0, 600.5], seen)])
    hour, _ = start_hour(one.run.start)
    for spots, later in zip(seen, (0, 1), strict=True):
        assert np.array_equal(spots, spots_at(one, world, hour + later, slice(None)))
    kind = world.second_places.kind_idx
    # 0.2 of work and all in fields before 19:00, 0.9 and 0.05 from then on: each goes one way.
    expected = 0.7 * np.sum(kind == 0) + 0.95 * np.sum(kind == 1)
    n_moved = np.sum(seen[0] != seen[1])
    assert 0.8 * expected < n_moved <= np.sum(kind < 2)
    attempts = records["attempts"]
    row_of = {entity: row for row, entity in enumerate(world.subscribers.subscriber_id.tolist())}
    first = ranks_at_spots(coverage).cell_idx[0, :, 0]
    rows = np.array([row_of[entity] for entity in attempts["entity"].tolist()])
    is_later = attempts["time_s"] >= 600.0
    spots = np.where(is_later, seen[1][rows], seen[0][rows])
    assert min(np.sum(is_later), np.sum(~is_later)) > 50
    assert np.array_equal(attempts["cell_idx"], first[spots])
    at_home = world.spots.of(world.subscribers.square_idx, world.subscribers.point_idx)[rows]
    assert np.sum(first[spots] != first[at_home]) > 20


def test_the_estimate_of_memory_holds_what_places_take():
    one = CHANNELS[0]
    world, coverage = world_of(one)
    n, bare = len(world.subscribers), one.traffic.model_copy(update={"places": ()})
    lines = make_lines(one, world, coverage)
    second = world.second_places
    taken = lines.spot_idx.nbytes + second.spot_idx.nbytes + second.kind_idx.nbytes
    assert lines_bytes(n, one.traffic) - lines_bytes(n, bare) >= taken > 0
    assert (
        make_lines(one.model_copy(update={"traffic": bare}), world, coverage).spot_idx.nbytes == 0
    )
    radio, plenty = ON_SOFT[0].radio, 10**6
    of_places, without = (
        radio_bytes(2, radio, plenty, n, traffic) for traffic in (one.traffic, bare)
    )
    assert of_places > without > 0


def test_attempts_belong_to_the_province_in_which_the_caller_is():
    one = next(one for one in CHANNELS if one.name == "provinces_moving")
    world, coverage = world_of(one)
    seen = []
    records = run_network(one, world, coverage, 0, extensions=[seen_at([0.0, 600.5], seen)])
    attempts = records["attempts"]
    row_of = {entity: row for row, entity in enumerate(world.subscribers.subscriber_id.tolist())}
    rows = np.array([row_of[entity] for entity in attempts["entity"].tolist()])
    spots = np.where(attempts["time_s"] >= 600.0, seen[1][rows], seen[0][rows])
    province = world.grid.province_idx[world.spots.square_idx]
    assert np.array_equal(attempts["province_idx"], province[spots])
    home = world.grid.province_idx[world.subscribers.square_idx]
    assert np.sum(home[rows] != province[spots]) > 20
