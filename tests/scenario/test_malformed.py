"""Malformed scenarios give the messages that lie beside them as text."""

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_scenario

FOLDER = Path(__file__).parent / "malformed"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def message_of(path: Path, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, overrides)
    return str(caught.value)


def test_every_case_has_its_message():
    without = {path.stem for path in FOLDER.glob("*.yaml")} - set(NAMES)
    assert without == set()
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_message(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert message_of(Path(f"{name}.yaml")) + "\n" == (FOLDER / f"{name}.txt").read_text("utf-8")


def test_a_file_of_100_mb_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("huge.yaml").open("wb") as file:
        file.truncate(100_000_000)
    assert message_of(Path("huge.yaml")) == (
        "huge.yaml: is 100.0 MB: must be at most 0.5 MB; put long tables into a CSV beside the scenario"
    )


def test_a_folder_is_no_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder.yaml").mkdir()
    assert message_of(Path("folder.yaml")) == (
        "folder.yaml: is a folder: must be a file, a scenario in YAML"
    )


def test_endless_nesting_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("deep.yaml").write_text("a: " + "[" * 60 + "]" * 60)
    assert "is nested too deeply: must be at most 50 levels" in message_of(Path("deep.yaml"))
    Path("deeper.yaml").write_text("[" * 100_000)
    assert message_of(Path("deeper.yaml")) == (
        "deeper.yaml:1:1: is nested too deeply: must be at most 50 levels"
    )


def test_a_number_of_10000_digits_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("long.yaml").write_text("name: bad\nseed: " + "9" * 10_000 + "\n")
    message = message_of(Path("long.yaml"))
    assert message.startswith("long.yaml:2:7: 99999")
    assert len(message) < 200


def test_shown_values_are_short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("long.yaml").write_text("name: " + "X" * 5_000 + "\n")
    shown = message_of(Path("long.yaml")).split(" = ")[1].split(": must")[0]
    assert len(shown) == 60
