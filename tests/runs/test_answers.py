"""What `show` answers when it is asked for a part of a results folder."""

import json
import math

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.runs.answers.numbers import shown
from sim.runs.parquet import arrow_table, write_parquet
from sim.tables import CELLS, SUMMARY_AXES

CALLS = ("seizures_originating", "refusals_originating", "seizures_terminating", "refusals_terminating")  # fmt: skip


def entry(measure, value, low=None, high=None, **where):
    places = dict.fromkeys(SUMMARY_AXES, "all") | where
    known = {"value": value, "low": low, "high": high, "unit": "1", "n_replications": 2}
    return {"measure": measure, **places, **known}


ENTRIES = [
    entry("voice.blocking", 0.25, 0.2, 0.3, network="north"),
    entry("voice.blocking", None, network="south"),
    entry("voice.blocking", 0.5, 0.45, 0.55),
    entry("voice.blocking", 0.125, 0.1, 0.2, province="P1"),
    entry("voice.attempts", 4000.0, 3990.0, 4010.0),
    entry("trunk.blocking", 0.5, trunk="north-south"),
]
for _code, _uplink, _busy in (("all", 0.1, 0.2), ("P1", 0.3, 0.0), ("P2", 0.0, 0.4)):
    ENTRIES += [
        entry("voice.outcome_share.completed", 1.0 - _uplink - _busy, province=_code),
        entry("voice.outcome_share.callee_busy", _busy, province=_code),
        entry("voice.outcome_share.blocked_uplink", _uplink, province=_code),
        entry("voice.outcome_share.barred", 0.0, province=_code),
    ]


@pytest.fixture
def folder(tmp_path):
    """A folder of five cells: one of few calls, one without a value."""
    n = 5
    columns = {
        one.name: [""] * n if one.dtype == "str" else [0] * n if "int" in one.dtype else [math.nan] * n
        for one in CELLS.columns
    }  # fmt: skip
    columns["cell"] = ["a", "b", "c", "few", "none"]
    columns["network"] = ["north", "south", "north", "north", "south"]
    columns["leg_blocking"] = [0.01, 0.5, 0.2, 0.9, math.nan]
    columns["leg_blocking_low"] = [0.005, 0.4, math.nan, math.nan, math.nan]
    columns["leg_blocking_high"] = [0.015, 0.6, math.nan, math.nan, math.nan]
    columns["noise_rise_db"] = [1.0, 2.0, 3.0, 4.0, 5.0]
    for name in CALLS:
        columns[name] = [12.5, 12.5, 100.0, 12.25, math.nan]
    write_parquet(tmp_path / "cells.parquet", arrow_table(CELLS, columns))
    manifest = {"id": "ab" * 32, "kind": "run", "scenario": "small", "replications": 2}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "summary.json").write_text(json.dumps({"schema": 2, "measures": ENTRIES}))
    return tmp_path


@pytest.fixture
def ask(folder):
    def call(*words):
        answer = CliRunner().invoke(main, ["show", str(folder), *words])
        assert answer.exception is None or isinstance(answer.exception, SystemExit)
        return answer.exit_code, answer.stdout, answer.stderr

    return call


def rows(ask, *words):
    status, text, _ = ask(*words, "--json")
    assert status == 0
    return json.loads(text)["rows"]


def test_a_measure_is_told_with_its_interval_and_its_meaning(ask):
    status, text, _ = ask("voice.blocking")
    assert status == 0
    lines = [line.split() for line in text.splitlines() if line.startswith(" voice.blocking")]
    assert ["voice.blocking", "north", "25.0", "±", "5.0", "[%]"] in lines
    assert ["voice.blocking", "south", "-", "[%]"] in lines
    assert len(lines) == 3  # the province is told where it is asked for
    assert "/ attempts." in text
    assert rows(ask, "voice.blocking") == ENTRIES[:3]
    assert rows(ask, "voice.*", "--province", "P1", "--network", "all")[0] == ENTRIES[3]
    assert ENTRIES[5] in rows(ask, "*", "--everywhere")


def test_the_worst_cells_come_first(ask):
    found = rows(ask, "cells")
    assert [row["cell"] for row in found] == ["b", "c", "a"]
    assert found[0]["leg_blocking_high"] == 0.6
    assert found[1]["leg_blocking_low"] is None
    _, text, _ = ask("cells")
    said = " ".join(text.split())
    assert "1 without a value are left out." in said
    assert "1 of fewer than 100 calls over all replications are left out" in said
    assert "50 ± 10" in said
    assert rows(ask, "cells", "--least", "0")[0]["cell"] == "few"
    assert [row["cell"] for row in rows(ask, "cells", "--worst", "1", "--network", "north")] == [
        "c"
    ]
    smallest = rows(ask, "cells", "--by", "noise_rise_db", "--smallest")
    assert [row["noise_rise_db"] for row in smallest] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_causes_are_told_by_province_the_largest_first(ask):
    found = rows(ask, "causes")
    assert list(dict.fromkeys(row["cause"] for row in found)) == ["callee_busy", "blocked_uplink"]
    shares = {(row["cause"], row["province"]): row["value"] for row in found}
    assert shares["blocked_uplink", "P1"] == 0.3
    assert shares["callee_busy", "P2"] == 0.4
    _, text, _ = ask("causes", "--province", "P1")
    assert [line.split() for line in text.splitlines() if "uplink " in line] == [
        ["blocked_uplink", "30"]
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("voice.blokking",), "did you mean 'voice.blocking'?"),
        (("celss",), "did you mean 'cells'?"),
        (("cells", "--by", "noise_rise"), "did you mean 'noise_rise_db'?"),
        (("cells", "--by", "network"), "there is no number 'network' in cells"),
        (("cells", "--network", "nort"), "did you mean 'north'?"),
        (("cells", "voice.blocking"), "cells: must stand alone"),
        (("cells", "--everywhere"), "has no meaning for cells"),
        (("causes", "--worst", "3"), "--worst: has no meaning for causes"),
        (("voice.blocking", "--by", "x"), "--by: has no meaning for measures"),
        (("exchanges",), "there is no table 'exchanges'"),
        (("trunk.blocking",), "add --everywhere"),
        (("cells", "--worst", "0"), "x>=1"),
        (("cells", "--worst", "nan"), "not a valid integer"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(ask, words, said):
    status, text, error = ask(*words)
    assert (status, text) == (2, "")
    assert said in error


def test_a_folder_without_results_is_told(tmp_path, folder):
    (folder / "summary.json").unlink()
    answer = CliRunner().invoke(main, ["show", str(folder), "voice.blocking"])
    assert answer.exit_code == 2
    assert "summary.json: is not there" in answer.stderr
    (tmp_path / "empty").mkdir()
    answer = CliRunner().invoke(main, ["show", str(tmp_path / "empty"), "cells"])
    assert answer.exit_code == 2


def test_digits_are_those_that_the_interval_leaves():
    assert shown({"value": 12.3456, "low": 12.2, "high": 12.5}) == "12.35 ± 0.15"
    assert shown({"value": 123456.0, "low": 123000.0, "high": 124000.0}).startswith("123,456")
    assert shown({"value": 1.0, "low": 0.5, "high": 9.0}) == "1.0 (0.5 to 9.0)"
    assert shown({"value": math.nan, "low": None, "high": None}) == "-"
    assert shown({"value": 0.5, "low": math.nan, "high": 1.0}) == "0.5000"
    assert shown({"value": 3.0, "low": None, "high": None}) == "3"
    assert shown({"value": 0.0, "low": None, "high": None}) == "0"
    assert shown({"value": 0.0, "low": 0.0, "high": 0.001234}, 100.0) == "0 (0 to 0.12)"
    assert shown({"value": 128.0, "low": 127.99999, "high": 128.00001}) == "128.000 ± <0.001"
