"""Two scenarios side by side: one channel more, seen through common random numbers."""

import csv

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.errors import SimError
from sim.runs import run_scenario
from sim.runs.compare import compare
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
    assert "voice.blocking" in run.stdout
    assert "more measures are the same" in run.stdout
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
