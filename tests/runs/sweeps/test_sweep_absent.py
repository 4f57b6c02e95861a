"""A measure that no run of a sweep has at a network is named, before and after."""

import json

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.runs.sweeps.kept import absent_text, surely_absent
from sim.runs.sweeps.plan import load_sweep, make_plan
from sim.runs.sweeps.sweep import planned_text, run_sweep

SCENARIO = """\
name: small
run: {duration_h: 0.1, warmup_h: 0}
region: {source: plain, width_km: 12, height_km: 6}
radio: {path_loss: {model: disc, radius_km: 8}}
networks:
  - {name: a, n_subscribers: 300, equipment: {n_sectors: 1}, sites: [{name: a, x_km: 3, y_km: 3}]}
  - {name: b, n_subscribers: 100, equipment: {n_sectors: 1}, sites: [{name: b, x_km: 9, y_km: 3}]}
traffic: {erl_per_line: 0.02}
"""
SWEEP = """\
name: some
base: small.yaml
replications: 1
axes: [{name: seed, path: seed, values: [1, 2]}]
measures: [voice.blocking, cell.utilisation, trunk.blocking, data.sessions, coverage.area_share, coverage.overlap]
networks: [all, a, fixed, c]
"""
EVERYWHERE = ["all", "a", "fixed", "c"]


@pytest.fixture
def planned(write):
    def plan(sweep=SWEEP):
        write(small=SCENARIO, some=sweep)
        return make_plan(load_sweep("some.yaml"))

    return plan


def test_the_plan_says_what_scenarios_rule_out(planned):
    plan = planned()
    assert surely_absent(plan) == {
        "voice.blocking": ["fixed", "c"],
        "cell.utilisation": ["fixed", "c"],
        "data.sessions": EVERYWHERE,  # cells with channels carry none
        "coverage.area_share": ["all", "fixed", "c"],
        "coverage.overlap": ["all", "fixed", "c"],
    }
    said = "not measured by any run: voice.blocking, cell.utilisation at network fixed, c; data.sessions at"
    assert said in planned_text("some.yaml", "out", 1)


def test_coverage_of_several_networks_stands_by_who_covers(planned):
    plan = planned(SWEEP + "covered_by: [all, any]\n")
    absent = surely_absent(plan)
    assert absent["coverage.area_share"] == ["fixed", "c"]
    assert absent["coverage.overlap"] == ["all", "fixed", "c"]
    assert absent["voice.blocking"] == ["fixed", "c"]
    only_any = surely_absent(planned(SWEEP + "covered_by: [any]\n"))
    assert only_any["coverage.area_share"] == ["a", "fixed", "c"]
    assert only_any["voice.blocking"] == EVERYWHERE


def test_the_end_says_what_no_run_has(planned):
    plan = planned()
    before = surely_absent(plan)
    first = run_sweep("some.yaml", shard="1/1", out="out")
    assert first.not_measured == before | {"trunk.blocking": EVERYWHERE}  # there is no trunk group
    facts = json.loads((first.folder / "manifest.json").read_text())
    assert facts["not_measured"] == first.not_measured
    again = run_sweep("some.yaml", out="out")
    assert (again.is_new, again.not_measured) == (False, first.not_measured)
    for words, stream in (((), "stdout"), (("--quiet",), "stderr")):
        answer = CliRunner().invoke(main, ["sweep", "some.yaml", "--out", "out", *words])
        assert answer.exit_code == 0
        assert "Not measured by any run: voice.blocking" in getattr(answer, stream)


def test_what_does_not_stand_by_network_is_looked_for_at_all(planned):
    plain = SWEEP.split("measures:")[0]
    absent = surely_absent(planned(plain + "measures: [trunk.blocking]\nnetworks: [a, b]\n"))
    assert absent == {"trunk.blocking": ["a", "b"]}


def test_of_what_is_there_nothing_is_said(planned):
    plain = SWEEP.split("measures:")[0]
    plan = planned(plain + "measures: [voice.blocking, cell.utilisation]\nnetworks: [all, a, b]\n")
    assert surely_absent(plan) == {}
    assert "not measured" not in planned_text("some.yaml", "out", 1)
    assert run_sweep("some.yaml", shard="1/1", out="out").not_measured == {}
    assert absent_text({}) == ""


@pytest.mark.parametrize("name", ["quick", "erlang", "schedulers", "penetration", "operators"])
def test_shipped_sweeps_ask_for_nothing_that_is_not_there(name):
    assert surely_absent(make_plan(load_sweep(name))) == {}
