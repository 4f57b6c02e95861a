"""What a warm-up leaves out, counted in runs that have the same calls and begin at different times."""

import math

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.runs import run_scenario
from sim.runs.once import make_setting
from sim.scenario.load import load_scenario
from sim.scenario.warmup import missing_after

OFFERED_ERL = 2000
WINDOW_H = 0.01
PLENTY = (
    f"traffic.sources[town].offered_erl={OFFERED_ERL}",
    "traffic.sources[town].holding.law=lognormal",
    "traffic.sources[town].holding.cv=1.4",
    "networks[net].sites[a].n_channels=4000",
    f"run.duration_h={WINDOW_H}",
)


def carried_erl(warmup):
    setting = make_setting(load_scenario("erlang_b", [*PLENTY, f"run.warmup_h={warmup}"]))
    records = run_network(setting.scenario, setting.world, setting.coverage, 1)
    return setting.scenario, float(records["cells"]["busy_erl"].sum())


def test_a_run_lacks_what_the_law_of_lengths_says():
    _, whole_erl = carried_erl(4)
    for warmup in (0.05, 0.25, "auto"):
        one, erl = carried_erl(warmup)
        middle_h = one.warmup_h + WINDOW_H / 2.0
        share = missing_after(one.traffic, one.radio, has_lines=False, warmup_h=middle_h).share
        # The calls that are missing are begun independently: their number is Poisson.
        expected = OFFERED_ERL * share
        assert whole_erl - erl == pytest.approx(expected, abs=4.0 * math.sqrt(expected) + 0.1)


def attempts_of_window(*changes, scenario="erlang_b"):
    setting = make_setting(load_scenario(scenario, changes))
    attempts = run_network(setting.scenario, setting.world, setting.coverage, 1)["attempts"]
    is_measured = attempts["time_s"] >= 0.0
    rows = {name: column[is_measured] for name, column in attempts.items()}
    return rows, int((~is_measured).sum())


def test_a_full_cell_begins_full():
    # 40 erl on 30 channels: a tenth of a holding time after the begin an empty cell would still carry 4 erl.
    changes = ["traffic.sources[town].offered_erl=40", "networks[net].sites[a].n_channels=30"]
    changes += ["run.duration_h=0.01", "run.warmup_h=1", "run.settle_h=0.002"]
    setting = make_setting(load_scenario("erlang_b", changes))
    carried = [
        float(
            run_network(setting.scenario, setting.world, setting.coverage, k)["cells"][
                "busy_erl"
            ].sum()
        )
        for k in range(1, 9)
    ]
    # Erlang: 40 (1 - B(30, 40)) = 27.5 erl.
    assert 26.0 < sum(carried) / len(carried) <= 30.0


def test_where_nothing_is_refused_the_window_is_the_same_from_equilibrium_to_the_bit():
    changes = [*PLENTY, "run.warmup_h=1"]
    whole, n_whole = attempts_of_window(*changes, "run.settle_h=168")
    short, n_short = attempts_of_window(*changes, "run.settle_h=0.05")
    assert n_short < 0.5 * n_whole
    assert len(whole["time_s"]) > 100
    for name, column in whole.items():
        np.testing.assert_array_equal(column, short[name], err_msg=name)


def test_lines_that_meet_nobody_try_again_as_if_all_calls_were_made():
    # Nothing is refused and nearly nobody engaged: few lines, room for all, and every second phone is off.
    changes = [
        "networks[vale].equipment.n_channels=500", "traffic.erl_per_line=0.002", "run.duration_h=0.2",
        "run.warmup_h=1", "traffic.voice.p_phone_off=0.3", "traffic.voice.redial.probability=0.9",
        "traffic.voice.redial.max_redials=5", "traffic.voice.redial.delay_mean_s=120",
    ]  # fmt: skip
    (whole, n_whole), (short, n_short) = (
        attempts_of_window(*changes, f"run.settle_h={hours}", scenario="invented_valley")
        for hours in (168, 0.05)
    )
    assert n_short < 0.6 * n_whole
    assert (whole["redial"] > 0).sum() > 100
    same = {*zip(whole["entity"], whole["index"], whole["redial"], strict=True)} & {
        *zip(short["entity"], short["index"], short["redial"], strict=True)
    }
    assert len(same) > 0.99 * max(len(whole["entity"]), len(short["entity"]))


def test_results_say_what_a_short_warmup_leaves_out(tmp_path):
    changes = ["run.duration_h=0.05", "traffic.sources[town].holding.law=lognormal"]
    short, enough = (
        run_scenario("erlang_b", [*changes, f"run.warmup_h={warmup}"], replications=1, out=tmp_path)
        for warmup in (0.25, "auto")
    )
    said = "after run.warmup_h = 0.25, begins with 1.8 % of the calls of sources missing"
    assert said in " ".join(str(short).split())
    assert "missing" not in str(enough)
    assert [one.manifest["warmup_h"] for one in (short, enough)] == [0.25, 0.55]
