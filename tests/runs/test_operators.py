"""A run with operators, from the scenario to the published tables."""

import itertools

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.runs import run_scenario
from sim.runs.measures.subject import Replication
from sim.runs.measures.subjects import BrokenInvariantError, check_invariants
from sim.runs.once import make_setting
from sim.scenario.load import load_scenario
from sim.switching.tasks import TASKS
from sim.tables import (
    ANSWERED_WITHIN_S,
    EXCHANGES,
    LOST_BY_HAND,
    OPERATOR_TASKS,
    OUTCOMES,
    POSITIONS,
)

SCENARIO = """
name: counties
run: {duration_h: 1, warmup_h: 0.1, replications: 3, records: {calls: all}}
region: {source: plain, width_km: 12, height_km: 6}
radio: {path_loss: {model: disc, radius_km: 8}}
networks:
  - name: a
    n_subscribers: 200
    equipment: {n_sectors: 1}
    sites: [{name: site, x_km: 6, y_km: 3, n_channels: 40}]
traffic:
  erl_per_line: 0.05
  voice: {destination: {fixed_share: 0.4}, redial: {probability: 0.5}}
fixed:
  source: given
  exchanges:
    - {name: capital, n_lines: 100}
    - {name: east, n_lines: 60, is_manual: true, n_positions: 1}
    - {name: west, n_lines: 40, is_manual: true, n_positions: 1}
  traffic: {busy_hour_calls_per_line: 2, toll_share: 0.3, mobile_share: 0.2}
switching:
  trunk_groups:
    - {between: [a, fixed], n_circuits: 30}
    - {between: [capital, east], n_circuits: 6}
    - {between: [capital, west], n_circuits: 6}
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operators")
    (folder / "counties.yaml").write_text(SCENARIO, encoding="utf-8")
    return run_scenario(folder / "counties.yaml", out=folder / "results")


def measure(result, name, **keys):
    rows = result.table("measures").to_pylist()
    wanted = {"measure": name, "network": "all", "province": "all", "class": "all"} | keys
    (row,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return row


def test_operators_were_busy_and_calls_got_through(result):
    table = result.table("exchanges")
    assert tuple(table.column_names) == EXCHANGES.names
    rows = {row["exchange"]: row for row in table.to_pylist()}
    assert set(rows) == {"east", "west"}
    for row in rows.values():
        assert row["arrived"] > 50
        assert 0.2 < row["occupancy"] < 1.0
        assert 0.0 < row["wait_s"] < row["wait_p95_s"]
        assert row["wait_s_low"] <= row["wait_s"] <= row["wait_s_high"]
        assert row["setup_1_s"] > 15.0
        assert row["setup_2_s"] > row["setup_1_s"]
        shares = [row[f"within_{within_s}_s_share"] for within_s in ANSWERED_WITHIN_S]
        assert 0.0 < shares[0] < shares[-1] <= 1.0 - row["abandonment"]
        assert shares == sorted(shares)
        assert row["answered"] == pytest.approx(row["arrived"] * (1.0 - row["abandonment"]))
        assert 0.0 <= row["trunk_blocking"] < 1.0
        assert 1.0 <= row["cords"] <= row["cords_most"] <= 16.0
        assert row["operators"] == pytest.approx(1.0)


def test_measures_are_those_of_the_attempts(result):
    calls = {
        name: np.asarray(result.table("calls")[name]) for name in result.table("calls").column_names
    }
    counted = (calls["time_s"] >= 0.0) & (calls["time_s"] < 3600.0)
    by_hand = counted & (calls["n_manual"] > 0)
    of_fixed = counted & (calls["is_source"] == 2)
    n = measure(result, "voice.attempts")["n_replications"]
    assert n == 3
    assert measure(result, "voice.attempts")["value"] == pytest.approx(counted.sum() / n)
    fixed = measure(result, "voice.attempts", network="fixed")
    assert fixed["value"] == pytest.approx(of_fixed.sum() / n)
    assert of_fixed.sum() > 300
    assert by_hand.sum() > 300
    series = result.table("timeseries").to_pylist()
    everybody = [row for row in series if row["network"] == "all"]
    assert sum(row["by_hand"] for row in everybody) == by_hand.sum()
    assert sum(row["redials"] for row in everybody) == (counted & (calls["redial"] > 0)).sum()
    assert sum(row["waiting"] * row["width_s"] for row in everybody) == pytest.approx(
        np.minimum(calls["wait_s"], 3600.0 - calls["time_s"])[counted].sum()
    )
    for row in result.table("replications").to_pylist():
        if row["measure"] == "exchange.wait_s":
            assert (row["network"], row["cell"]) == ("all", "all")
            assert row["exchange"] in ("all", "east", "west")
    assert measure(result, "exchange.wait_s")["value"] > 0.5
    assert 0.2 < measure(result, "exchange.occupancy")["value"] < 1.0
    rows = result.table("exchanges").to_pylist()
    waited = measure(result, "exchange.arrived")
    assert waited["value"] == pytest.approx(sum(row["arrived"] for row in rows))
    assert waited["low"] < waited["value"] < waited["high"]
    assert measure(result, "exchange.operators")["value"] == pytest.approx(2.0)


def test_every_lost_call_has_one_cause_and_the_exchange_where_it_was_lost(result):
    calls = result.table("calls").to_pylist()
    by_hand = [call for call in calls if call["n_manual"] > 0]
    lost = [call for call in by_hand if call["outcome"] != 0]
    assert len(lost) > 100
    assert {call["lost_at"] for call in lost} >= {"east", "west"}  # the two manual exchanges
    assert None not in {call["lost_at"] for call in lost}
    assert all(call["lost_at"] is None for call in calls if call["outcome"] == 0)


def test_exchanges_count_the_attempts_that_were_lost_there(result):
    calls = result.table("calls").to_pylist()
    rows = {row["exchange"]: row for row in result.table("exchanges").to_pylist()}
    n_checked = 0
    for exchange, row in rows.items():
        lost = [
            OUTCOMES[call["outcome"]]
            for call in calls
            if call["lost_at"] == exchange and 0.0 <= call["time_s"] < 3600.0
        ]
        for cause in LOST_BY_HAND:
            name = OUTCOMES[cause]
            assert row[f"lost_{name}"] == pytest.approx(lost.count(name) / 3)
            n_checked += lost.count(name) > 0
        assert row["lost"] == pytest.approx(len(lost) / 3)
    assert n_checked > 5


def test_positions_add_up_to_their_exchanges(result):
    table = result.table("positions")
    assert tuple(table.column_names) == POSITIONS.names
    rows = table.to_pylist()
    assert {(row["replication"], row["exchange"]) for row in rows} == {
        (k, name) for k in (1, 2, 3) for name in ("east", "west")
    }
    for row in rows:
        assert row["on_duty_h"] == pytest.approx(1.0)
        assert row["busy_s"] == pytest.approx(sum(row[f"{task}_s"] for task in TASKS))
        assert row["occupancy"] == pytest.approx(row["busy_s"] / 3600.0)
        assert row["handled"] == row["n_answer"] + row["n_call_back"]
        # A call that comes in before the window's begin, or before its end, is answered after it.
        assert abs(row["n_answer"] - row["answered"]) < 10
    for exchange in result.table("exchanges").to_pylist():
        own = [row for row in rows if row["exchange"] == exchange["exchange"]]
        assert sum(row["answered"] for row in own) / 3 == pytest.approx(exchange["answered"])
        busy_s, hours = (sum(row[key] for row in own) for key in ("busy_s", "on_duty_h"))
        assert busy_s / hours / 3600.0 == pytest.approx(exchange["occupancy"], rel=1e-9)


def test_tasks_have_the_same_names_in_tables():
    assert OPERATOR_TASKS == TASKS


@pytest.mark.parametrize("name", ["staffed_s", "ring_s", "answered"])
def test_positions_that_do_not_add_up_are_refused(tmp_path, name):
    (tmp_path / "counties.yaml").write_text(SCENARIO, encoding="utf-8")
    setting = make_setting(load_scenario(tmp_path / "counties.yaml"))
    records = run_network(setting.scenario, setting.world, setting.coverage, 1)
    replication = Replication(1, setting.scenario, setting.world, setting.coverage, records)
    check_invariants(replication)
    records["positions"][name][0] += 1.0
    with pytest.raises(BrokenInvariantError, match="positions"):
        check_invariants(replication)


def test_losses_without_a_cause_are_refused(tmp_path):
    (tmp_path / "counties.yaml").write_text(SCENARIO, encoding="utf-8")
    setting = make_setting(load_scenario(tmp_path / "counties.yaml"))
    records = run_network(setting.scenario, setting.world, setting.coverage, 1)
    replication = Replication(1, setting.scenario, setting.world, setting.coverage, records)
    records["exchanges"]["lost"][0] += 1.0
    with pytest.raises(BrokenInvariantError, match="causes"):
        check_invariants(replication)


def test_tasks_of_operators_are_kept_and_are_those_of_the_positions(tmp_path):
    path = tmp_path / "counties.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    run = run_scenario(path, ["run.records.tasks=all", "run.warmup_h=0"], out=tmp_path)
    rows = run.table("operator_tasks").to_pylist()
    positions = run.table("positions").to_pylist()
    assert len(rows) > 500
    for one in positions:
        own = [
            row for row in rows
            if (row["replication"], row["exchange"], row["position"])
            == (one["replication"], one["exchange"], one["position"])
        ]  # fmt: skip
        for task in OPERATOR_TASKS:
            begun = [row for row in own if row["task"] == task and 0.0 <= row["begin_s"] < 3600.0]
            assert len(begun) == one[f"n_{task}"], task
        # One after the other, and none before the call had come.
        own.sort(key=lambda row: row["begin_s"])
        assert all(a["end_s"] <= b["begin_s"] for a, b in itertools.pairwise(own))
        assert all(row["arrived_s"] <= row["begin_s"] <= row["end_s"] for row in own)
    calls = {
        (call["replication"], call["entity"], call["index"], call["redial"])
        for call in run.table("calls").to_pylist()
    }
    assert {(r["replication"], r["entity"], r["index"], r["redial"]) for r in rows} <= calls
    some = [
        "run.records.tasks=sample",
        "run.records.calls=sample",
        "run.records.sample_share=0.3",
        "run.warmup_h=0",
    ]
    sampled = run_scenario(path, some, out=tmp_path)
    kept = {
        (call["replication"], call["entity"], call["index"])
        for call in sampled.table("calls").to_pylist()
    }
    expected = [row for row in rows if (row["replication"], row["entity"], row["index"]) in kept]
    assert sampled.table("operator_tasks").to_pylist() == expected
    assert 0 < len(expected) < len(rows)
