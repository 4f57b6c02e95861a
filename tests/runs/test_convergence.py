"""Choices of the method are made coarser and finer, and nothing else differs; what cannot be is refused or left out."""

import csv
import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from rich.console import Console

from sim.cli import main
from sim.engine.wheel import Wheel
from sim.errors import SimError
from sim.network.loop import NetworkLoop
from sim.report.figures.convergence import _drawn, _figure, draw_convergence
from sim.runs import converge_scenario, run_coverage
from sim.runs.convergence.held_sites import held_sites
from sim.runs.convergence.plan import make_study
from sim.runs.convergence.study import FILE
from sim.runs.method.cards import unlike
from sim.runs.method.choices import CHOICES, chosen, levels_of
from sim.runs.once import make_setting
from sim.runs.sweeps import worker
from sim.runs.sweeps.plan import load_planned, make_plan
from sim.scenario import memory
from sim.scenario.load import load_scenario
from sim.world.build import build_world

SHORT = ("run.duration_h=0.1", "run.warmup_h=0.05")


def study(out, *names, **more):
    overrides = more.pop("overrides", SHORT)
    return converge_scenario(
        more.pop("scenario", "data_cell"),
        overrides,
        choices=names,
        replications=2,
        shard=more.pop("shard", "1/1"),
        out=out,
        **more,
    )


def results(found, choice):
    return {row["measure"]: row for row in found["results"] if row["choice"] == choice}


@pytest.fixture(scope="module")
def soft(tmp_path_factory):
    """Twelve soft cells: buckets, which must change nothing, and updates of powers, which may."""
    return study(tmp_path_factory.mktemp("soft"), "buckets", "power_updates")


def test_buckets_change_nothing_and_power_updates_only_what_powers_decide(soft):
    buckets, updates = (results(soft.found, name) for name in ("buckets", "power_updates"))
    assert {row["verdict"] for row in buckets.values()} == {"same"}
    # The same intents at the same times of the same people, who are covered or not as before.
    assert updates["voice.attempts"]["verdict"] == "same"
    assert updates["coverage.area_share"]["verdict"] == "same"
    away = updates["data.throughput_bps"]["from_as_is"]
    assert away[1][0] == 0.0
    assert 0.0 < abs(away[0][0]) < 20_000.0
    assert 0.0 < abs(away[2][0]) < 20_000.0
    # finer less coarser, of three levels
    differences = updates["data.throughput_bps"]["differences"]
    assert differences[0][0] == pytest.approx(-away[0][0], rel=1e-4)
    assert differences[1][0] == pytest.approx(away[2][0], rel=1e-4)


def test_the_factor_of_buckets_reaches_the_wheel():
    per_s = []
    for factor in (1.0, 0.5):
        loaded = load_scenario("two_cells", [f"run.bucket_factor={factor}"])
        setting = make_setting(loaded)
        loop = NetworkLoop(setting.scenario, setting.world, setting.coverage, 1)
        per_s.append(float(loop.state[Wheel].hand["per_s"][0]))
    assert per_s[1] == pytest.approx(2.0 * per_s[0])


def test_the_folder_says_what_was_compared(soft):
    found = json.loads((soft.folder / FILE).read_text(encoding="utf-8"))
    assert soft.folder.parent.name == "data_cell"
    assert soft.folder.parent.parent.name == "convergence"
    assert found["seeds"] == [1, 2]
    assert found["choices"][1]["values"] == [2.0, 1.0, 0.5]
    assert found["command"][:3] == ["patchcell", "converge", "data_cell"]
    assert (soft.n_runs, soft.n_failed) == (2 * 5, 0)
    again = study(soft.folder.parents[2], "buckets", "power_updates")
    assert not again.is_new


def test_the_table_fits_a_narrow_and_a_wide_screen(soft):
    for width in (60, 120):
        console = Console(width=width, record=True, file=io.StringIO())
        console.print(soft.shown())
        text = console.export_text()
        assert max(map(len, text.splitlines())) <= width
        text = " ".join(text.split())
        assert "buckets of the timing wheel: 2, [1], 0.5: no measure differs" in text
        assert "throughput of flows" in text
        assert "nothing was seen" in text


def test_shards_give_the_same_bytes(soft, tmp_path):
    first = study(tmp_path, "buckets", "power_updates", shard="2/2")
    assert not first.is_whole
    whole = study(tmp_path, "buckets", "power_updates", shard="1/2")
    assert whole.is_whole
    assert (whole.folder / FILE).read_bytes() == (soft.folder / FILE).read_bytes()


def test_squares_alone_differ_where_sites_are_held(tmp_path):
    """A level is the coverage of the scenario on its squares with the sites of the scenario as it is."""
    found = study(tmp_path, "squares", scenario="invented_valley", overrides=(), with_calls=False)
    loaded = load_scenario("invented_valley")
    held = held_sites(loaded)
    sites = [
        build_world(one.scenario, one.folder, with_lines=False).sites
        for one in (
            loaded,
            load_scenario(
                "invented_valley",
                ["grid.resolution_m=250", *(f"{k}={json.dumps(v)}" for k, v in held.items())],
            ),
            load_scenario("invented_valley", ["grid.resolution_m=250"]),
        )
    ]
    assert sites[0].name == sites[1].name
    assert np.hypot(sites[1].x_m - sites[0].x_m, sites[1].y_m - sites[0].y_m).max() < 1e-3
    assert np.hypot(sites[2].x_m - sites[0].x_m, sites[2].y_m - sites[0].y_m).max() > 100.0
    as_is = run_coverage("invented_valley", out=tmp_path)
    table = pq.read_table(as_is.folder / "measures.parquet").to_pylist()
    (own,) = [
        row["value"]
        for row in table
        if (row["measure"], row["network"], row["province"])
        == ("coverage.area_share", "vale", "all")
    ]
    (told,) = [
        row["value"] for row in found.found["measures"] if row["measure"] == "coverage.area_share"
    ]
    assert told == pytest.approx(own, rel=1e-5)
    assert results(found.found, "squares")["coverage.area_share"]["differences"][0][0] != 0.0


def test_sites_are_held_at_every_level_unless_they_may_move():
    held = make_study("invented_valley", ["run.duration_h=2"], choices=["squares"]).sweep.sweep
    assert len(held.set["networks[vale].sites"]) == 20
    assert held.set["networks[vale].n_sites"] == 0
    assert held.set["run.duration_h"] == 2
    plan = make_plan(make_study("invented_valley", choices=["squares"], replications=2).sweep)
    seeds = [dict(run.settings)["seed"] for run in plan.runs]
    squares = [dict(run.settings).get("grid.resolution_m") for run in plan.runs]
    assert seeds == [1, 1, 1, 2, 2, 2]
    assert squares == [None, 1000.0, 250.0] * 2
    moving = make_study("invented_valley", choices=["squares"], holds_sites=False).sweep.sweep
    assert moving.set == {"run.replications": 1}


EACH = (lambda _choice, _value: "",)


def levels(name, scenario="invented_valley", refused=lambda _choice, _value: "", *overrides):
    (choice,) = [one for one in CHOICES if one.name == name]
    return levels_of(choice, load_scenario(scenario, overrides).scenario, 2.0, refused)


def test_whatever_is_set_each_run_is_one_replication():
    precision = "run.precision={measure: voice.blocking, half_width: 0.01}"
    for text in (precision, "run={duration_h: 0.1, warmup_h: 0.05, replications: 4}"):
        plan = make_plan(make_study("two_cells", [text], choices=["buckets"]).sweep)
        run = load_planned(plan.runs[0].base, plan.runs[0].settings).scenario.run
        assert (run.replications, run.precision) == (1, ())


def test_steps_of_profiles_are_a_choice_where_they_are_given():
    loaded = load_scenario("koryolink_2011")
    with pytest.raises(SimError, match="points lie on the lines between heights"):
        chosen(["profile_steps"], loaded.scenario, with_calls=True)
    given = levels("profile_steps", "koryolink_2011", *EACH, "radio.path_loss.profile_step_m=200")
    assert (given.values, given.as_is) == ((400.0, 200.0, 100.0), 1)
    card = {"choices": [{"path": "radio.path_loss.profile_step_m", "values": [200.0], "as_is": 0}]}
    assert list(unlike(card, loaded.scenario).values()) == [(200.0, None)]


def test_calls_that_the_warm_up_leaves_out_are_a_choice():
    warmed = levels("settle", "two_cells", *EACH, "run.warmup_h=2", "run.settle_h=0.5")
    assert (warmed.values, warmed.as_is) == ((0.5, 168.0), 0)
    scenario = load_scenario("two_cells", ["run.warmup_h=0.5", "run.settle_h=0.5"]).scenario
    with pytest.raises(SimError, match="all calls of the warm-up are made"):
        chosen(["settle"], scenario, with_calls=True)


def test_levels_are_one_coarser_and_one_finer_or_two_on_the_side_that_can_be():
    assert levels("squares").values == (1000.0, 500.0, 250.0)
    assert levels("squares").as_is == 1
    fine = levels(
        "squares", "invented_valley", lambda _choice, value: "too large" * (value < 500.0)
    )
    assert (fine.values, fine.as_is) == ((2000.0, 1000.0, 500.0), 2)
    assert fine.left_out == ("squares: 250 m left out: too large",)
    coarse = levels("squares", "invented_valley", lambda _choice, value: "no" * (value > 500.0))
    assert (coarse.values, coarse.as_is) == ((500.0, 250.0, 125.0), 0)
    none = levels("squares", "invented_valley", lambda _choice, _value: "no")
    assert none.values == (500.0,)
    assert levels("warmup").values == (0.25, 0.5)
    assert levels("profile").values == ("steps", "linear")


def test_parts_of_squares_have_an_order_only_where_they_grow_by_the_factor():
    flat = "pyongyang_evening", *EACH
    uneven = levels("points", *flat, "grid.resolution_m=500", "grid.spot_m=200")
    assert (uneven.values, uneven.has_order) == ((400.0, 200.0, 100.0), False)  # 2, 3 and 5 parts
    even = levels("points", *flat, "grid.resolution_m=500", "grid.spot_m=250")
    assert (even.values, even.has_order) == ((500.0, 250.0, 125.0), True)
    # Squares of 500 m have one part with 600 m as with 1,200 m.
    whole = levels("points", *flat, "grid.resolution_m=500", "grid.spot_m=600")
    assert whole.values == (600.0, 300.0, 150.0)
    assert whole.left_out == (
        "points of squares: 1200 m left out: a side of a square has 1 part with 600 too",
    )


def test_what_lies_beyond_bounds_or_memory_is_left_out_before_anything_runs(monkeypatch):
    beyond = make_study("invented_valley", ["grid.resolution_m=30"], choices=["squares"])
    (squares,) = beyond.levels
    assert squares.values == (120.0, 60.0, 30.0)
    assert "15 m left out: grid.resolution_m cannot be so" in squares.left_out[0]
    # Room for the 800 squares of 500 m, and not for 3,200 of 250 m.
    monkeypatch.setattr(
        memory, "MAX_MEMORY_BYTES", memory.BASE_BYTES + 2_000 * memory.square_bytes(1, 6)
    )
    (squares,) = make_study("two_cells", choices=["squares"], with_calls=False).levels
    assert squares.values == (2000.0, 1000.0, 500.0)
    assert "250 m left out: grid.resolution_m: the world needs about" in squares.left_out[0]


def test_every_mistake_is_told(tmp_path):
    words = ["converge", "two_cells", "--out", str(tmp_path), "--choices"]
    ended = CliRunner().invoke(main, [*words, "square,power_updates,profile_steps"])
    assert ended.exit_code == 2
    told = ended.output.splitlines()
    assert told[0] == "--choices square: is no choice; did you mean 'squares'?"
    assert "power_updates: two_cells has no such choice: radio.capacity is channels" in told[1]
    assert "profile_steps: two_cells has no such choice: radio.path_loss.model is disc" in told[2]
    ended = CliRunner().invoke(main, [*words, "squares", "--factor", "1", "--replications", "1"])
    assert ended.exit_code == 2
    assert "factor = 1: must be more than 1" in ended.output
    assert "replications = 1: must be 2 or more" in ended.output
    ended = CliRunner().invoke(main, [*words, "warmup", "--coverage-only"])
    assert "it means nothing without calls" in ended.output
    # Calls are made at points; coverage is told of squares.
    ended = CliRunner().invoke(
        main, ["converge", "pyongyang_evening", "--choices", "points", "--coverage-only"]
    )
    assert "it means nothing without calls" in ended.output
    ended = CliRunner().invoke(
        main, [*words, "squares", "--write", "--set", "seed=2", "--set", "name=x"]
    )
    assert (
        ended.output
        == "--write: --set name=x: a card is of a scenario as it is; leave one of them out\n"
    )
    assert not list(tmp_path.iterdir())


def test_no_card_is_written_of_a_part_of_the_runs(tmp_path, monkeypatch):
    inner = worker.run_once

    def fail_where_coarse(setting, *rest):
        if setting.scenario.run.bucket_factor > 1.0:
            raise RuntimeError("too coarse")
        return inner(setting, *rest)

    monkeypatch.setattr(worker, "run_once", fail_where_coarse)
    mine = tmp_path / "mine.yaml"
    mine.write_text("base: two_cells\nname: mine\nrun: {duration_h: 0.1}\n", encoding="utf-8")
    words = ["converge", str(mine), "--out", str(tmp_path), "--choices", "buckets", "--write"]
    words += ["--replications", "2", "--shard", "1/1"]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code == 2
    assert "--write: 2 runs failed, and a card is of all" in ended.output
    assert not (tmp_path / "convergence" / "mine.json").exists()
    monkeypatch.undo()
    assert CliRunner().invoke(main, [*words, "--retry"]).exit_code == 0
    assert (tmp_path / "convergence" / "mine.json").is_file()


def test_a_scenario_with_nothing_to_compare_is_refused():
    with pytest.raises(SimError, match="no choice of this scenario has another value"):
        make_study("two_cells", ["run.warmup_h=168"], choices=["warmup"])


def test_the_plan_alone_runs_nothing(tmp_path):
    words = ["converge", "two_cells", "--plan", "--out", str(tmp_path), "--choices", "squares"]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code == 0, ended.output
    assert "15 points, 15 runs" in ended.output
    assert not list(tmp_path.iterdir())


def test_the_figure_has_a_panel_for_each_choice_that_changes_anything(soft):
    draw_convergence(soft.folder)
    with (soft.folder / "figures" / "convergence.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["choice"] for row in rows} == {"power_updates"}
    assert {float(row["level"]) for row in rows} == {2.0, 1.0, 0.5}
    assert all(float(row["difference"]) == 0.0 for row in rows if float(row["level"]) == 1.0)
    assert any(float(row["difference"]) for row in rows)
    caption = (soft.folder / "figures" / "convergence.txt").read_text(encoding="utf-8")
    assert "Bars: paired 95 % intervals over 2 seeds" in " ".join(caption.split())
    figure = _figure(soft.found, list(_drawn(soft.found)))
    panels = [ax.get_xlabel() for ax in figure.axes if ax.get_xlabel()]
    assert panels == ["power updates [s]"]
