"""Soft capacity at the bounds of its parameters, under absurd load, and however the engine is set up."""

import numpy as np
import pytest

import sim.network.subjects
import sim.network.voice.state
from sim.tables import Outcome
from tests.network.soft import DATA, country, run_soft

OPEN = {
    "orthogonality": 0.0,
    "max_noise_rise_db": 20,
    "uplink_cap_db": 60,
    "phone_max_power_dbm": 40,
    "max_power_to_pilot_db": 20,
    "link_power_to_pilot_db": 10,
    "min_ec_io_db": -40,
    "power_tolerance": 1e-14,
    "active_set_size": 3,
    "active_set_window_db": 20,
}
SHUT = {
    "max_noise_rise_db": 0.01,
    "uplink_cap_db": 0.01,
    "phone_max_power_dbm": -50,
    "max_power_to_pilot_db": 1,
    "common_power_to_pilot_db": 0,
    "link_power_to_pilot_db": -30,
    "min_ec_io_db": 0,
    "power_tolerance": 0.01,
}
LEAKS = {"is_on": True, "uplink_acir_db": 0, "downlink_acir_db": 0}
GREEDY = {**DATA, "rate_bps": 2_048_000.0, "uplink_eb_n0_db": 30.0, "downlink_eb_n0_db": 30.0}
CASES = {
    "every bound open, three networks in one ether": (200.0, 3, OPEN, LEAKS),
    "every bound shut": (50.0, 2, SHUT, LEAKS),
    "no phone fits": (20.0, 1, {"services": [GREEDY], "max_noise_rise_db": 20}, {}),
    "no orthogonality": (100.0, 3, {"orthogonality": 0}, LEAKS),
    "full orthogonality": (100.0, 3, {"orthogonality": 1, "active_set_size": 3}, LEAKS),
    "rare updates": (30.0, 1, {"power_update_s": 60}, {}),
    "constant updates": (30.0, 1, {"power_update_s": 0.05}, {}),
    "cap at the limit": (30.0, 1, {"max_noise_rise_db": 3, "uplink_cap_db": 3}, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_all_numbers_are_finite_and_every_call_comes_to_an_end(name):
    offered_erl, n_networks, wcdma, adjacent = CASES[name]
    scenario = country(
        offered_erl, n_networks, 0.1, n_side=2, wcdma=wcdma, adjacent_channel=adjacent
    )
    records = run_soft(scenario)
    rules = scenario.radio.wcdma
    cells, attempts = records["radio_cells"], records["attempts"]
    assert all(np.isfinite(values).all() for values in cells.values())
    assert np.isfinite(records["covered"]["covered_share"]).all()
    assert len(attempts["time_s"]) > 100
    known = {int(outcome) for outcome in Outcome}
    assert set(attempts["outcome"].tolist()) <= known
    assert (cells["noise_rise_max_db"] <= rules.uplink_cap_db + 1e-9).all()
    pilot_w = 10.0 ** (scenario.networks[0].equipment.pilot_power_dbm / 10.0 - 3.0)
    most_w = pilot_w * 10.0 ** (rules.max_power_to_pilot_db / 10.0)
    assert (cells["power_max_w"] <= most_w * (1.0 + 1e-9)).all()
    if name in {"every bound shut", "no phone fits"}:
        assert (cells["noise_rise_max_db"] == 0.0).all()


def test_ten_times_the_load_carries_no_less():
    carried = []
    for offered_erl in (20.0, 200.0):
        attempts = run_soft(country(offered_erl, duration_h=0.2))["attempts"]
        carried.append(int((attempts["outcome"] == int(Outcome.COMPLETED)).sum()))
    assert carried[1] > carried[0]


def test_cells_with_leaking_neighbours_but_nobody_of_their_own_shed_nobody():
    """Three networks in one ether, where one has calls: the others' cells are loud, and stay within their caps."""
    scenario = country(
        20.0, 3, 0.1, n_side=2, wcdma=OPEN | {"uplink_cap_db": 20}, adjacent_channel=LEAKS
    )
    mine = [source for source in scenario.traffic.sources if source.name.startswith("n0")]
    traffic = scenario.traffic.model_copy(update={"sources": tuple(mine)})
    records = run_soft(scenario.model_copy(update={"traffic": traffic}))
    idle = slice(4, None)
    assert (records["radio_cells"]["noise_rise_db"][idle] > 0.5).all()
    for column, values in records["radio_cells"].items():
        if column.startswith("n_"):
            assert not values[idle].any()


def all_of(records):
    order = np.lexsort((records["attempts"]["index"], records["attempts"]["entity"]))
    rows = [records["attempts"][name][order] for name in sorted(records["attempts"])]
    cells = [records["radio_cells"][name] for name in sorted(records["radio_cells"])]
    return [*rows, *cells, records["covered"]["covered_share"]]


@pytest.fixture(scope="module")
def busy():
    scenario = country(20.0, 2, 0.2, adjacent_channel={"is_on": True})
    return scenario, all_of(run_soft(scenario))


@pytest.mark.parametrize("bucket_s", [0.003, 0.7, 9.0])
def test_width_of_buckets_changes_nothing(busy, bucket_s):
    scenario, expected = busy
    for one, other in zip(all_of(run_soft(scenario, bucket_s=bucket_s)), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_room_that_grows_changes_nothing(busy, monkeypatch):
    scenario, expected = busy
    for module in (sim.network.voice.state, sim.network.subjects):
        monkeypatch.setattr(module, "N_CALLS", 4)
    for one, other in zip(all_of(run_soft(scenario)), expected, strict=True):
        np.testing.assert_array_equal(one, other)
