"""What a sweep will take: a range by a rule of thumb, and what the runs themselves say once there are any."""

import re

import pytest

from sim.network.demand import lengths_h
from sim.runs.effort import calls_by_hand, duration_text, replication_s, run_s
from sim.runs.sweeps.missing import distinct_runs
from sim.runs.sweeps.plan import load_planned, load_sweep, make_plan
from sim.runs.sweeps.progress import SweepProgress, estimate
from sim.runs.sweeps.store import RunNote
from sim.scenario.load import load_scenario

# Processor time of a replication on the machine at hand, and calls that operators took, as its tables say.
MEASURED_S = {
    "national_2022": 45.0,
    "pyongyang_evening": 17.0,
    "manual_exchange_storm": 1.9,
    "data_cell": 0.14,
    "invented_islands": 0.28,
    "two_cells": 0.2,
}
BY_HAND = {"national_2022": 38_324, "manual_exchange_storm": 23_629, "two_cells": 0}


@pytest.mark.parametrize(("name", "measured_s"), MEASURED_S.items())
def test_the_rule_of_thumb_is_not_far_out(name, measured_s):
    expected_s = replication_s(load_scenario(name).scenario)
    # What is over in a second needs no plan.
    assert measured_s / 4.0 < expected_s < max(4.0 * measured_s, 1.0)


@pytest.mark.parametrize(("name", "n"), BY_HAND.items())
def test_calls_by_hand_are_about_as_many(name, n):
    scenario = load_scenario(name).scenario
    about = calls_by_hand(scenario) * lengths_h(scenario)[0]
    assert about == 0 if n == 0 else 0.4 < about / n < 2.5


def test_calls_by_hand_between_networks_count():
    scenario = load_scenario("hand_patched_country").scenario
    automatic = scenario.model_copy(
        update={"switching": scenario.switching.model_copy(update={"interconnect": ()})}
    )
    assert calls_by_hand(automatic) == 0.0  # no line of an exchange is worked by hand there
    assert calls_by_hand(scenario) > 50_000


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (89, "89 s"), (90, "1.5 min"), (3600, "60 min"),
     (5400, "1.5 h"), (100_000, "28 h"), (1_296_000, "15 d")],
)  # fmt: skip
def test_times_have_no_more_digits_than_are_known(time_s, text):
    assert duration_text(time_s) == text


def planned(write, tiny, of_durations="[2, 8, 32]"):
    """Three runs, each of which takes four times as long as the one before by the rule of thumb."""
    begin, end = tiny.index("axes:"), tiny.index("measures:")
    axis = f"axes: [{{name: hours, path: run.duration_h, values: {of_durations}}}]\n"
    write(tiny=(tiny[:begin] + axis + tiny[end:]).replace("set: {run.duration_h: 2}\n", ""))
    plan = make_plan(load_sweep("tiny.yaml"))
    return plan, distinct_runs(plan)


def thumb_s(run):
    return run_s(load_planned(run.base, run.settings).scenario)


def test_before_the_first_run_a_range_is_told(write, tiny):
    plan, runs = planned(write, tiny)
    text = estimate(plan, runs, {}, 0, 2)
    assert "3 to run: " in text
    assert "by a rule of thumb" in text
    assert "on 2 workers; the first run tells it better" in text
    mean_s = sum(map(thumb_s, runs)) / 3
    low, high = re.search(r"run: (\S+ \S+) to (\S+ \S+) each", text).groups()
    assert (low, high) == (duration_text(mean_s / 3), duration_text(3 * mean_s))
    assert "on 1 worker;" in estimate(plan, runs[:1], {}, 0, 8)  # no more than runs


def test_runs_that_are_kept_tell_how_far_out_the_rule_is(write, tiny):
    """The first run took fifteen times as long as the rule has it: so will the others, which are longer."""
    plan, runs = planned(write, tiny)
    notes = {runs[0].run_id: RunNote(runs[0].run_id, "", wall_s=15 * thumb_s(runs[0]))}
    text = estimate(plan, runs[1:], notes, 0, 1)
    each_s = 15 * (thumb_s(runs[1]) + thumb_s(runs[2])) / 2
    assert f"2 to run: about {duration_text(each_s)} each by those that are kept" in text
    assert f", {duration_text(2 * each_s)} on 1 worker" in text
    failed = {runs[0].run_id: RunNote(runs[0].run_id, "", wall_s=1e6, error="broken")}
    assert "rule of thumb" in estimate(plan, runs[1:], failed, 0, 1)


def test_after_the_first_runs_it_is_said_what_the_rest_takes(capsys):
    told = SweepProgress(is_shown=True)
    told.advance(0, 4, 1, None)
    told.advance(1, 4, 1, 1234.0)
    told.advance(2, 4, 1, 1000.0)
    said = capsys.readouterr().err
    assert said.count("as long as the first runs took, the rest takes about 21 min") == 1
