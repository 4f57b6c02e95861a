"""Cards say for what they hold, the summary which intervals are narrower than what the method leaves."""

import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from sim.cli import main
from sim.errors import SimError
from sim.runs import run_scenario
from sim.runs.method.beyond import beyond_intervals
from sim.runs.method.cards import card_lines, card_of, card_table, unlike, write_card
from sim.runs.method.choices import CHOICES
from sim.runs.method.headlines import HEADLINES
from sim.runs.provenance import code_digest
from sim.runs.published_summary import read_summary
from sim.scenario.find import find_scenario
from sim.scenario.load import load_scenario

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios" / "convergence").glob("*.json"))


def row(measure, network, shown, verdict="converging", choice="squares"):
    return {
        "choice": choice, "measure": measure, "network": network, "covered_by": "all", "verdict": verdict,
        "shown": shown, "bound": shown,
    }  # fmt: skip


def value(measure, network, is_now):
    return {
        "measure": measure, "network": network, "covered_by": "all", "unit": "1", "value": is_now, "low": None,
        "high": None,
    }  # fmt: skip


@pytest.fixture
def card():
    """Squares move attempts by a percent and area by more than 3 points, buckets nothing."""
    return {
        "schema": 1, "scenario": "two_cells", "code_sha256": code_digest(),
        "command": ["patchcell", "converge", "two_cells"], "has_calls": True, "duration_h": 10, "holds_sites": True,
        "seeds": [1, 2], "set": [],
        "choices": [
            {"name": "squares", "label": "squares", "path": "grid.resolution_m", "values": [1000.0, 500.0, 250.0],
             "as_is": 1},
            {"name": "warmup", "label": "warm-up", "path": "run.warmup_h", "values": [0.5, 1.0], "as_is": 0},
        ],
        "measures": [
            value("voice.attempts", "all", 4000.0), value("voice.blocking", "all", 0.1),
            value("voice.carried_erl", "all", 10.0), value("coverage.area_share", "net", 0.79),
        ],
        "results": [
            row("voice.attempts", "all", 3.0, "difference", "warmup"), row("voice.blocking", "all", 0.0, "noise"),
            row("voice.attempts", "all", 4000.0),
            row("voice.carried_erl", "all", 1e-9),
            row("coverage.area_share", "net", 0.031, "not_converging"),
        ],
    }  # fmt: skip


@pytest.fixture
def beside(card, tmp_path, monkeypatch):
    """A working folder with two_cells and its card."""
    (tmp_path / "scenarios" / "convergence").mkdir(parents=True)
    own = find_scenario("two_cells").read_bytes()
    (tmp_path / "scenarios" / "two_cells.yaml").write_bytes(own)
    path = tmp_path / "scenarios" / "convergence" / "two_cells.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def summary_of(*overrides):
    short = ["run.duration_h=10", "run.records.calls=none"]
    result = run_scenario("two_cells", [*short, *overrides], replications=3, out="out")
    return read_summary(result.folder)


def test_the_summary_names_measures_whose_interval_is_narrower_than_the_error(card, beside):
    told = beyond_intervals(summary_of())
    # 100 % of the attempts; carried traffic has a wider interval, and coverage none at all.
    assert "attempts: " in told
    assert "area covered [%], net: 3.1 (squares)" in told
    assert "carried" not in told
    assert told.endswith("shows its card.")
    beside.write_text(json.dumps({**card, "code_sha256": "0"}), encoding="utf-8")
    assert beyond_intervals(summary_of()).endswith("its card, made by other code.")
    assert beyond_intervals(summary_of("grid.resolution_m=250")) == ""
    beside.unlink()
    assert "attempts" not in beyond_intervals(summary_of())


def test_a_card_is_shown_by_check_and_says_for_what_it_holds(beside):
    shown = CliRunner().invoke(main, ["check", "two_cells"]).output
    assert "Error of the method" in shown
    assert "3.1 or more" in shown
    assert "grid.resolution_m 500, run.warmup_h 0.5" in " ".join(shown.split())
    other = (
        CliRunner().invoke(main, ["check", "two_cells", "--set", "grid.resolution_m=250"]).output
    )
    assert "Here grid.resolution_m is 250, and not 500" in " ".join(other.split())


def test_a_card_says_whether_other_code_made_it(card):
    scenario = load_scenario("two_cells").scenario
    assert len(list(card_lines(card, scenario))) == 1
    del card["code_sha256"]
    told = " ".join(card_lines(card, scenario))
    assert "made by other code" in told
    assert "`python -m sim converge two_cells --write` makes it anew" in told


def test_the_largest_error_of_a_measure_is_told_and_what_was_not_seen_is_not(card):
    table = card_table(card)
    assert [cells[0] for cells, _ in table.rows] == [
        "attempts",
        "carried [erl]",
        "area covered [%], net",
    ]
    assert table.rows[0][0][2:] == ("4,000", "squares")


def test_a_card_is_of_a_scenario_as_it_is(card, tmp_path):
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("base: two_cells\nname: two_cells\n", encoding="utf-8")
    assert write_card(scenario, card).endswith("convergence/two_cells.json")
    assert card_of("two_cells", tmp_path) == card
    with pytest.raises(SimError, match="a card is of a scenario as it is"):
        write_card(scenario, {**card, "set": ["grid.resolution_m=250"]})
    (tmp_path / "convergence" / "two_cells.json").write_text("{", encoding="utf-8")
    assert card_of("two_cells", tmp_path) != card


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_card_holds_for_its_scenario_and_names_what_there_is(path):
    found = json.loads(path.read_text(encoding="utf-8"))
    scenario = load_scenario(path.stem).scenario
    assert found["scenario"] == scenario.name == path.stem
    assert unlike(found, scenario) == {}
    assert {one["name"] for one in found["choices"]} <= {one.name for one in CHOICES}
    assert {one["measure"] for one in found["results"]} <= set(HEADLINES)
    assert path.stat().st_size < 100_000
    told = list(card_lines(found, scenario))
    assert len([line for line in told if "other code" not in line]) == 1
    text = StringIO()
    Console(width=60, file=text).print(card_table(found))
    assert max(map(len, text.getvalue().splitlines())) <= 60


def test_there_are_shipped_cards():
    assert {path.stem for path in SHIPPED} >= {"two_cells", "invented_valley"}
