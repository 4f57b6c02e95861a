"""Plans: ids are those of runs, however many there are, and nothing passes that a scenario refuses."""

import pytest

from sim.errors import SimError
from sim.runs.provenance import full_id
from sim.runs.sweeps import plan as plan_module
from sim.runs.sweeps.plan import load_sweep, make_plan
from sim.scenario.load import load_scenario


def plan(name="tiny.yaml"):
    return make_plan(load_sweep(name))


def test_ids_are_those_of_the_command_run(write, tiny):
    write(tiny=tiny)
    made = plan()
    words = ["run.duration_h=2", "run.replications=2", "networks[net].sites[a].n_channels=12"]
    loaded = load_scenario("two_cells", [*words, "traffic.sources[between].offered_erl=2"])
    assert made.points[4].values == (12, 2.0)
    assert made.runs[4].run_id == full_id("run", loaded)
    assert len({run.run_id for run in made.runs}) == 6


MORE = """\
  - {name: seed, path: seed, values: [1, 2]}
  - {name: model, path: radio.path_loss.model, values: [disc, free_space]}
  - {name: holding, factors: {"traffic.sources[within_a].holding.mean_s": 10}, values: [9, 10.5]}
"""


@pytest.mark.parametrize(
    "length", ["replications: 2", "precision: {measure: voice.blocking, half_width: 0.1}"]
)
def test_many_ids_are_made_quickly_and_are_the_same(write, tiny, monkeypatch, length):
    tiny = tiny.replace("replications: 2", length)
    write(tiny=tiny.replace("measures:", f"{MORE}measures:"))
    slow = plan()
    assert len(slow.runs) == 48
    monkeypatch.setattr(plan_module, "CHECKED_WHOLE", 1)
    monkeypatch.setattr(plan_module, "_N_SAMPLE", 2)
    whole = []
    monkeypatch.setattr(plan_module, "full_id", lambda *args: whole.append(args) or full_id(*args))
    quick = plan()
    assert quick.runs == slow.runs
    assert quick.sweep_id == slow.sweep_id
    assert len(whole) == 3


def test_runs_that_differ_in_more_than_values_are_planned_one_by_one(write, tiny, monkeypatch):
    choices = "  - {name: c, choices: {x: {seed: 2}, y: {}, z: {run.start: 2022-11-16 10:00}}}\n"
    write(tiny=tiny.replace("measures:", f"{choices}measures:"))
    slow = plan()
    monkeypatch.setattr(plan_module, "CHECKED_WHOLE", 1)
    assert plan().runs == slow.runs


def test_a_bad_value_among_many_is_refused(write, tiny, monkeypatch):
    monkeypatch.setattr(plan_module, "CHECKED_WHOLE", 1)
    monkeypatch.setattr(plan_module, "_N_SAMPLE", 1)
    write(tiny=tiny.replace("values: [8, 12]", "values: [8, -4, 12]"))
    with pytest.raises(SimError, match=r"n_channels = -4: must be"):
        plan()


def test_the_id_of_a_sweep_follows_from_what_is_run_and_kept(write, tiny):
    write(
        tiny=tiny,
        same=tiny + "notes: other words\n",
        other=tiny.replace("voice.attempts", "voice.calls"),
        more=tiny.replace("high: 3", "high: 4"),
    )
    ids = {name: plan(f"{name}.yaml").sweep_id for name in ("tiny", "same", "other", "more")}
    assert ids["tiny"] == ids["same"]
    assert len(set(ids.values())) == 3


def test_a_run_too_large_for_the_machine_is_refused_before_it_starts(write, tiny):
    axis = (
        "  - {name: t, path: run.duration_h, values: [1, 8784]}\n"
        "  - {name: e, path: 'traffic.sources[within_a].offered_erl', values: [5, 50000]}\n"
    )
    write(tiny=tiny.replace("measures:", f"{axis}measures:"))
    with pytest.raises(SimError, match=r"needs about .* of memory"):
        plan()
