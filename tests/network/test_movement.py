"""Phones on their way do what is said of them: where they go, what they take, and what they leave alone."""

from pathlib import Path

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.tables import BLOCKED, Outcome
from sim.tables.movement import BEST, DONE, HARD
from sim.world.build import build_world
from tests.network.soft import service

PLENTY = {"services": [service("voice")], "n_channel_elements": 10_000, "code_capacity": 128}


def plain(sites, *, modes=(), lines=600, erl=60, radio=None, handover=None, **traffic):
    """A plain of 8 km by 6 km in squares of 200 m, where the nearest site is the best; all call fixed lines."""
    return Scenario.model_validate(
        {
            "name": "moving",
            "seed": 11,
            "run": {"start": "2022-11-16 19:00", "duration_h": 0.5, "warmup_h": 0.1},
            "region": {"source": "plain", "width_km": 8, "height_km": 6},
            "grid": {"resolution_m": 200},
            "networks": [
                {
                    "name": "net",
                    "n_subscribers": lines,
                    "equipment": {"n_sectors": 1, "n_channels": 1_000},
                    "sites": [{"name": f"s{k}", **site} for k, site in enumerate(sites)],
                }
            ],
            "switching": {"trunk_groups": [{"between": ["net", "fixed"], "n_circuits": 10_000}]},
            "radio": {
                "path_loss": {"model": "free_space"},
                "min_rscp_dbm": -150,
                "max_range_km": 20,
                "handover": {"hysteresis_db": 0, "time_to_trigger_s": 0, **(handover or {})},
                **(radio or {}),
            },
            "traffic": {
                "erl_per_line": erl / lines if lines else 0,
                "voice": {
                    "holding": {"law": "exponential", "mean_s": 90},
                    "ringing": {"p_answer": 1, "mean_s": 0},
                    "destination": {"other_network_share": 0, "fixed_share": 1},
                },
                "journeys": {"modes": list(modes)},
                **traffic,
            },
        }
    )


def run(scenario, replication=0):
    world = build_world(scenario, Path())
    return run_network(scenario, world, compute_coverage(scenario, world), replication)


def at(*places, **more):
    return [{"x_km": x_km, "y_km": y_km, **more} for x_km, y_km in places]


FOUR = at((1.1, 1.3), (6.4, 0.9), (2.2, 5.1), (6.9, 4.6))


def straight(speed_m_s, share=1.0):
    return [{"name": "straight", "share": share, "speed_m_s": speed_m_s}]


def test_a_phone_between_two_cells_that_are_alike_stays_in_its_cell():
    ride = {"network": "net", "x_km": [4.1, 4.1], "y_km": [0.5, 5.5], "speed_m_s": 20}
    source = {"name": "train", "offered_erl": 20, "ride": {**ride, "length_m": 0}}
    records = run(plain(at((2.1, 3.1), (6.1, 3.1)), lines=0, sources=[source]))
    assert records["movement"]["n_steps"][0] > 1000
    assert len(records["handovers"]["time_s"]) == 0


@pytest.mark.parametrize(("speed_m_s", "is_still"), [(1e-6, True), (10.0, False)])
def test_a_phone_that_stands_is_never_handed_over(speed_m_s, is_still):
    for radio in ({}, {"capacity": "wcdma", "wcdma": {**PLENTY, "active_set_window_db": 5}}):
        records = run(plain(FOUR, modes=straight(speed_m_s), radio=radio))
        assert records["movement"]["n_movers"][0] > 500
        assert (len(records["handovers"]["time_s"]) == 0) == is_still


def test_phones_go_as_far_as_their_speed_says():
    ride = {"network": "net", "x_km": [0.3, 7.7], "y_km": [0.4, 5.3], "speed_m_s": 3}
    source = {"name": "train", "offered_erl": 20, "ride": {**ride, "departs_s": -400}}
    totals = run(plain(FOUR, lines=0, sources=[source]))["movement"]
    assert totals["n_movers"][0] > 300
    np.testing.assert_allclose(totals["moved_m"], 3.0 * totals["moving_s"], rtol=1e-9)
    # A phone that goes straight on to where its call ends; few come to the border, and turn back there.
    totals = run(plain(FOUR, modes=straight(2.0)))["movement"]
    share = totals["moved_m"][0] / (2.0 * totals["moving_s"][0])
    assert 0.95 < share < 1.0 - 1e-6


SOFT = {
    "capacity": "wcdma",
    "wcdma": {**PLENTY, "active_set_window_db": 3, "active_set_size": 2},
}


def cells_of_calls(records, kinds):
    """Each call's cells, and from when to when it was counted there: (cell, begin, end)."""
    attempts, handovers = records["attempts"], records["handovers"]
    by_call = {}
    is_made = np.isin(handovers["kind"], kinds) & (handovers["refusal"] == DONE)
    for i in np.flatnonzero(is_made).tolist():
        index = int(handovers["index"][i]) + (int(handovers["number"][i]) << 48)
        call = int(handovers["entity"][i]), index
        by_call.setdefault(call, []).append(
            tuple(handovers[name][i] for name in ("time_s", "from_idx", "to_idx"))
        )
    for i in range(len(attempts["time_s"])):
        if attempts["outcome"][i] not in (Outcome.COMPLETED, Outcome.DROPPED):
            continue
        cell, since_s = int(attempts["cell_idx"][i]), attempts["time_s"][i]
        call = int(attempts["entity"][i]), int(attempts["index"][i])
        for time_s, from_idx, to_idx in by_call.pop(call, []):
            assert from_idx == cell
            yield cell, since_s, time_s
            cell, since_s = int(to_idx), time_s
        yield cell, since_s, attempts["end_s"][i]
    assert not by_call


@pytest.mark.parametrize("radio", [{}, SOFT], ids=["channels", "soft capacity"])
def test_what_goes_into_a_cell_comes_out_of_it(radio):
    """Each handover is counted at both cells: channels are busy as long as the rows say, in each cell."""
    records = run(plain(FOUR, modes=straight(25.0), radio=radio, handover={"lost_after_s": 1}))
    busy_s = np.zeros(len(FOUR))
    n_stays = 0
    for cell, begin_s, end_s in cells_of_calls(records, [BEST if radio else HARD]):
        busy_s[cell] += max(0.0, min(end_s, records.window_s) - max(begin_s, 0.0))
        n_stays += 1
    assert n_stays > 1.3 * len(records["attempts"]["time_s"])
    np.testing.assert_allclose(records["cells"]["busy_erl"] * records.window_s, busy_s, rtol=1e-9)


def count(records, *, is_refused):
    handovers = records["handovers"]
    return int(((handovers["kind"] == HARD) & ((handovers["refusal"] != DONE) == is_refused)).sum())


def test_faster_phones_are_handed_over_more_often():
    made = [count(run(plain(FOUR, modes=straight(v))), is_refused=False) for v in (3, 9, 27)]
    assert made[0] > 50
    assert made[1] > 2 * made[0]
    assert made[2] > 2 * made[1]


def test_more_channels_kept_fewer_handovers_refused_and_more_calls():
    few = [{**site, "n_channels": 15} for site in FOUR]
    refused, blocked = [], []
    for n_guard_channels in (0, 2, 5):
        rules = {"n_guard_channels": n_guard_channels}
        records = run(plain(few, modes=straight(20.0), handover=rules))
        refused.append(count(records, is_refused=True))
        blocked.append(int(np.isin(records["attempts"]["outcome"], BLOCKED).sum()))
    assert refused[0] > 2 * refused[1] > 4 * refused[2]
    assert blocked[0] < blocked[1] < blocked[2]


def test_a_wider_window_gives_more_legs_and_fewer_calls_are_lost():
    rules = {"time_to_trigger_s": 6, "lost_after_s": 3, "drop_margin_db": 1, "reach_db": 60}
    legs, dropped = [], []
    for window_db in (0, 1, 2):
        wcdma = {**PLENTY, "active_set_window_db": window_db, "active_set_size": 3}
        radio = {"capacity": "wcdma", "wcdma": wcdma}
        records = run(plain(FOUR, modes=straight(25.0), radio=radio, handover=rules))
        cells = records["cells"]["busy_erl"].sum()
        legs.append(records["radio_cells"]["further_legs_erl"].sum() / cells)
        dropped.append(int(records["movement"]["n_dropped"][0]))
    assert legs[0] < legs[1] < legs[2]
    assert dropped[0] > 2 * dropped[1] > 4 * dropped[2]


def mean_legs(window_db, speed_m_s):
    """Legs of a phone in replications, and in all squares alike."""
    wcdma = {**PLENTY, "active_set_window_db": window_db, "active_set_size": 3}
    rules = {"drop_margin_db": 0, "reach_db": 60}
    radio = {"capacity": "wcdma", "wcdma": wcdma}
    scenario = plain(
        FOUR, modes=straight(speed_m_s), lines=6000, erl=100, radio=radio, handover=rules
    )
    world = build_world(scenario, Path())
    coverage = compute_coverage(scenario, world)
    found = []
    for replication in range(8):
        records = run_network(scenario, world, coverage, replication)
        further = records["radio_cells"]["further_legs_erl"].sum()
        found.append(1.0 + further / records["cells"]["busy_erl"].sum())
    rscp_cdbm = coverage.rscp_cdbm[0, : world.grid.n_squares].astype(int)
    is_heard = coverage.cell_idx[0, : world.grid.n_squares] >= 0
    is_near = is_heard & (rscp_cdbm[:, :1] - rscp_cdbm <= 100 * window_db)
    return np.array(found), np.minimum(is_near.sum(axis=1), 3).mean()


@pytest.mark.slow
@pytest.mark.parametrize("window_db", [1, 4])
def test_phones_that_move_have_the_legs_of_those_that_stand(window_db):
    """Without a time to trigger and a margin: in each square those within the window."""
    half = 5.4 / np.sqrt(8)  # 99.9 % of Student's t with 7 degrees of freedom
    for speed_m_s in (1e-6, 25.0):
        found, expected = mean_legs(window_db, speed_m_s)
        assert abs(found.mean() - expected) < half * found.std(ddof=1)
        assert half * found.std(ddof=1) < 0.2 * (expected - 1.0)
