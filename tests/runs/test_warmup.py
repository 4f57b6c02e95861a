"""What a warm-up leaves out, counted in runs that have the same calls and begin at different times."""

import math

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
