"""The compiled loop and the plain oracle agree on phones on their way: calls, flows and handovers row by row."""

import numpy as np
import pytest

from sim.network.loop import NetworkLoop
from sim.network.movement.state import Movement
from sim.network.radio.state import Radio
from sim.network.replication import run_network
from sim.scenario.memory import movement_bytes, n_lines
from sim.tables import OUTCOMES
from sim.tables.flows import FLOWS
from sim.tables.movement import HANDOVERS
from tests.network.test_against_oracle import assert_same_rows
from tests.network.test_data_oracle import assert_same_records
from tests.oracle.moving_scenarios import ALL_TOGETHER, MOVING
from tests.oracle.scenarios import world_of
from tests.oracle.voice import Oracle


def assert_same_handovers(records, handovers):
    """Equal, but for the rounding of times at which flows end, and pages of sessions begin."""
    assert len(records["handovers"]["time_s"]) == len(handovers)
    for name, expected in zip(HANDOVERS.names, zip(*handovers, strict=True), strict=True):
        found = records["handovers"][name]
        np.testing.assert_allclose(found, np.array(expected), rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("replication", [0, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", MOVING, ids=lambda one: one.name)
def test_records_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_rows(records, oracle.run())
    assert_same_handovers(records, oracle.movement.handovers)
    for name, expected in oracle.movement.totals.items():
        np.testing.assert_allclose(records["movement"][name][0], expected, rtol=1e-9, err_msg=name)
    busy_erl = [cell.busy_server_s / cell.window_s for cell in oracle.cells]
    np.testing.assert_allclose(records["cells"]["busy_erl"], busy_erl, rtol=1e-9, atol=1e-15)
    if oracle.radio is not None:
        for name, values in oracle.radio.by_cell().items():
            found = records["radio_cells"][name]
            np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-15, err_msg=name)
        if one.traffic.data.is_wanted:
            rows = oracle.flows.rows()
            for name in FLOWS.names:
                np.testing.assert_allclose(records["flows"][name], rows[name], rtol=1e-9)


def test_phones_that_roam_register_and_are_elsewhere_by_the_hour_move_in_the_network_that_serves_them():
    world, coverage = world_of(ALL_TOGETHER)
    records = run_network(ALL_TOGETHER, world, coverage, 0)
    oracle = Oracle(ALL_TOGETHER, world, coverage, 0)
    assert_same_records(records, oracle, oracle.run())
    assert_same_handovers(records, oracle.movement.handovers)
    registrations = records["registrations"]
    for name, values in oracle.registrations.by_cell().items():
        np.testing.assert_allclose(registrations[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
    assert records["attachments"]["phones"].tolist() == oracle.registrations.attached
    assert records["emergency"]["n_attempts"].tolist() == oracle.n_emergency
    # All of it happens.
    network_of, attempts, handovers = (
        world.cells.network_idx,
        records["attempts"],
        records["handovers"],
    )
    home = dict(zip(world.subscribers.subscriber_id, world.subscribers.network_idx, strict=True))
    is_away = [
        network_of[cell] != home[one]
        for cell, one in zip(handovers["to_idx"], handovers["entity"], strict=True)
    ]
    assert sum(is_away) > 10
    assert len(oracle.registrations.arrived) > 50
    assert np.sum(attempts["redial"] > 0) > 50
    assert registrations["first_tries_refused"].sum() > 20
    assert records["attachments"]["phones"].sum() > 50
    assert "station_down" in {OUTCOMES[code] for code in np.unique(attempts["outcome"])}


def test_the_scenarios_exercise_handovers_of_every_kind():
    kinds, refusals, waits, outcomes = set(), set(), [], set()
    for one in MOVING:
        world, coverage = world_of(one)
        records = run_network(one, world, coverage, 0)
        kinds |= set(records["handovers"]["kind"].tolist())
        refusals |= set(records["handovers"]["refusal"].tolist())
        waits += records["handovers"]["wait_s"].tolist()
        outcomes |= {OUTCOMES[code] for code in np.unique(records["attempts"]["outcome"])}
        assert records["movement"]["n_movers"][0] > 100
        assert records["movement"]["n_steps"][0] > records["movement"]["n_movers"][0] / 2
    assert kinds == {0, 1, 2, 3}
    assert {1, 3, 4, 5, 255} <= refusals
    assert max(waits) > 1.0
    assert {"dropped", "station_down", "blocked_channel"} <= outcomes


def test_what_phones_on_their_way_take_is_estimated():
    one = next(one for one in MOVING if one.name == "moving_soft")
    world, coverage = world_of(one)
    state = NetworkLoop(one, world, coverage, 0).state
    movement, radio = state[Movement], state[Radio]
    arrays = [value for value in movement if isinstance(value, np.ndarray)]
    n_places = 2 * len(movement.own_place)
    of_places = sum(
        getattr(radio, name)[0].nbytes
        for name in ("info", "cell", "uplink_gain", "downlink_gain", "at", "uplink_at")
    )
    taken = sum(array.nbytes for array in arrays) + n_places * of_places
    lines = n_lines(one.networks, one.subscribers)
    estimated = movement_bytes(2, one.radio, world.grid.n_squares, lines, one.traffic)
    assert taken <= estimated + 4 * lines <= 2 * taken
