"""Two scenarios side by side: one channel more, seen through common random numbers."""

import csv
import io
import json
import re

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from rich.console import Console

from sim.cli import main
from sim.errors import SimError
from sim.runs import run_scenario
from sim.runs.compare import compare
from sim.runs.printed_comparison import printed_comparison
from sim.stats.theory import erlang_b

SHORT = ["run.duration_h=60"]
MORE = "networks[net].sites[a].n_channels=31"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Results of thirty channels and of thirty-one."""
    out = tmp_path_factory.mktemp("compare")
    runs = [
        run_scenario("erlang_b", [*SHORT, *more], replications=8, out=out) for more in ([], [MORE])
    ]
    return [run.folder for run in runs]


def row_of(table, measure):
    (row,) = [row for row in table.to_pylist() if row["measure"] == measure]
    return row


def test_one_channel_more_is_seen_many_times_sharper_in_pairs(folders):
    row = row_of(compare(*folders), "voice.blocking")
    truth = erlang_b(20.0, 31) - erlang_b(20.0, 30)
    assert row["low"] <= truth <= row["high"]
    paired, unpaired = row["high"] - row["low"], row["unpaired_high"] - row["unpaired_low"]
    # 16 in the variance was measured with 400 h; 5 leaves room for eight replications of 60 h.
    assert unpaired / paired > 5**0.5
    assert row["variance_ratio"] > 5.0
    assert row["p_adjusted"] < 0.001
    assert (row["a"], row["b"]) == pytest.approx((erlang_b(20.0, 30), erlang_b(20.0, 31)), rel=0.15)


def test_what_no_channel_changes_is_left_out(folders):
    table = compare(*folders)
    names = table.column("measure").to_pylist()
    assert "voice.attempts" not in names
    assert "voice.offered_erl" not in names
    assert b"true" in table.schema.metadata[b"has_common_random_numbers"]
    only = compare(*folders, measures=["voice.bl*"])
    assert only.column("measure").to_pylist() == ["voice.blocking"]
    assert row_of(only, "voice.blocking")["p_adjusted"] == row_of(only, "voice.blocking")["p"]


def test_another_seed_is_told(folders, tmp_path):
    other = run_scenario("erlang_b", [*SHORT, MORE, "seed=9"], replications=8, out=tmp_path)
    table = compare(folders[0], other.folder, measures=["voice.blocking"])
    assert b"false" in table.schema.metadata[b"has_common_random_numbers"]
    assert row_of(table, "voice.blocking")["variance_ratio"] < 5.0


def test_the_command_runs_what_is_missing_prints_and_saves(folders, tmp_path):
    words = ["compare", "erlang_b", "erlang_b", "--set", MORE, "--set", "run.duration_h=60"]
    path = tmp_path / "c.csv"
    run = CliRunner().invoke(
        main, [*words, "--out", str(tmp_path), "--replications", "2", "--save", str(path)]
    )
    assert run.exit_code == 0, run.output
    assert "blocking [%]" in run.stdout
    assert "networks[net].sites[a].n_channels = 31 in B, 30 in A" in run.stdout
    assert "run.duration_h = 60.0 in B, 400.0 in A" in run.stdout
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert {"measure", "p_adjusted", "variance_ratio", "joint_low"} <= set(rows[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"measures": ["voice.nothing"]}, "no measure voice.nothing"),
        ({"overrides": [MORE]}, "is a results folder"),
    ],
)
def test_mistakes(folders, given, message):
    with pytest.raises(SimError, match=message):
        compare(*folders, **given)


def test_a_folder_that_is_no_result_and_a_wrong_ending(folders, tmp_path):
    with pytest.raises(SimError, match="not a results folder"):
        compare(folders[0], tmp_path)
    words = ["compare", str(folders[0]), str(folders[1]), "--save", str(tmp_path / "c.xlsx")]
    run = CliRunner().invoke(main, words)
    assert run.exit_code == 2
    assert "must end in .parquet or .csv" in run.stderr
    good = CliRunner().invoke(main, [*words[:-1], str(tmp_path / "c.parquet")])
    assert good.exit_code == 0
    assert len(pq.read_table(tmp_path / "c.parquet")) > 5


PEOPLE = """
name: people
run: {duration_h: 1, warmup_h: 0, replications: 2, records: {calls: all}}
region: {source: plain, width_km: 30, height_km: 30}
grid: {resolution_m: 1000}
population: {total: 20000}
networks:
  - name: net
    n_subscribers: 4000
    sold_within_km: 4
    sites:
      - {name: a, x_km: 5, y_km: 5}
      - {name: b, x_km: 15, y_km: 15}
      - {name: c, x_km: 25, y_km: 25}
radio: {frequency_mhz: 2140, path_loss: {model: disc, radius_km: 5}}
"""
FEWER_SITES = re.sub(r"- {name: [bc], .*", "", PEOPLE).replace("name: people", "name: fewer")


@pytest.fixture
def town(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "fewer.yaml").write_text(FEWER_SITES, encoding="utf-8")
    return tmp_path


def facts(table, key):
    return json.loads(table.schema.metadata[key.encode()])


def shown(table, width=60, **options):
    console = Console(record=True, file=io.StringIO(), width=width)
    console.print(printed_comparison(table, **options))
    return console.export_text()


@pytest.mark.parametrize(
    ("other", "overrides"),
    [
        ("fewer.yaml", ()),
        ("people.yaml", ("networks[net].sites=[{name: a, x_km: 5, y_km: 5}]",)),
    ],
)
def test_sites_are_lost_and_the_same_people_make_the_same_calls(town, other, overrides):
    table = compare("people.yaml", other, overrides)
    intents = facts(table, "intents")
    assert intents["n_common"] == intents["n_same"] > 100
    assert intents["is_paired"]
    assert row_of(table, "voice.outcome.no_coverage")["value"] > 100
    assert row_of(table, "coverage.area_share")["value"] < 0.0
    assert row_of(table, "coverage.area_share")["low"] is None
    (difference,) = [
        d for d in facts(table, "differences") if d["path"] == "networks[net].sites[b]"
    ]
    assert difference["b"] is None
    text = shown(table)
    assert "100 % call the same line" in " ".join(text.split())
    assert "no pairs" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 60
    assert "…" not in text


def test_it_is_said_when_other_people_call(town):
    table = compare("people.yaml", "fewer.yaml", ("subscribers.placed_as=own",))
    intents = facts(table, "intents")
    assert intents["n_common"] > 100  # of the same callers, who live elsewhere
    assert intents["n_same_place"] < 0.7 * intents["n_common"]
    assert intents["n_same_callee"] > 0.9 * intents["n_common"]  # a line keeps its number
    assert "%" in " ".join(shown(table).split())
    assert not facts(compare("people.yaml", "people.yaml", ("seed=2",)), "intents")["is_paired"]


def test_more_lines_are_the_same_people_and_more(town):
    table = compare("people.yaml", "people.yaml", ("networks[net].n_subscribers=5000",))
    intents = facts(table, "intents")
    assert intents["n_same_place"] == intents["n_common"] == pytest.approx(intents["n_a"], rel=0.02)
    # A call goes to one of the new lines with probability 1 / 5.
    changed = 1.0 - intents["n_same_callee"] / intents["n_common"]
    assert changed == pytest.approx(0.2, abs=4.0 * (0.16 / intents["n_common"]) ** 0.5)
    assert intents["is_paired"]


def test_where_no_calls_are_kept_it_is_said_that_pairs_are_not_known(town):
    table = compare(
        "people.yaml", "people.yaml", ("run.records.calls=none", "radio.path_loss.radius_km=3")
    )
    assert "is not known" in " ".join(shown(table).split())


def test_sites_off_the_air_are_as_sites_that_are_not_there(town):
    off = "networks[net].sites_off=[{sites: [b, c]}]"
    gone = compare("people.yaml", "fewer.yaml", measures=["voice.*"])
    silent = compare("people.yaml", "people.yaml", [off], measures=["voice.*"])
    columns = ["measure", "a", "b", "low", "high"]
    assert silent.select(columns).equals(gone.select(columns))
    assert facts(silent, "intents")["is_paired"]
    assert row_of(silent, "voice.outcome.no_coverage")["value"] > 100


def test_coverage_over_time_is_published_where_sites_go_off(town):
    off = "networks[net].sites_off=[{sites: [b], begin: 2022-11-16 19:15, end: 2022-11-16 19:45}]"
    run = run_scenario("people.yaml", [off])
    rows = run.table("coverage_over_time").to_pylist()
    own = [row for row in rows if row["network"] == "net"]
    assert [(row["begin_s"], row["end_s"]) for row in own] == [
        (0.0, 900.0), (900.0, 2700.0), (2700.0, 3600.0),
    ]  # fmt: skip
    assert [row["n_sites_off"] for row in own] == [0, 1, 0]
    shares = [row["area_share"] for row in own]
    assert shares[0] == shares[2] > shares[1] > 0.0
    assert shares[0] == pytest.approx(run.measure("coverage.area_share", "net").value)
    assert run.measure("voice.outcome.station_down").value > 0
    assert "coverage_over_time" not in run_scenario("people.yaml").tables


def test_the_figure_has_every_row_that_people_are_shown(town):
    words = ["compare", "people.yaml", "fewer.yaml", "--figure", "figures/difference.png"]
    run = CliRunner().invoke(main, words)
    assert run.exit_code == 0, run.output
    assert "Figure: figures/difference.pdf" in run.stdout
    for ending in ("pdf", "png", "csv", "txt"):
        assert (town / f"figures/difference.{ending}").stat().st_size > 100
    rows = list(csv.DictReader((town / "figures/difference.csv").read_text().splitlines()))
    blocking = [row for row in rows if row["measure"] == "voice.attempts"]
    assert float(blocking[0]["b"]) != float(blocking[0]["a"]) > 0.0
    assert "networks[net].sites[b]" in (town / "figures/difference.txt").read_text()


def test_a_figure_of_nothing_is_refused(town):
    words = ["compare", "people.yaml", "people.yaml", "--figure", "same"]
    run = CliRunner().invoke(main, words)
    assert run.exit_code == 2
    assert "there is no figure" in run.output
