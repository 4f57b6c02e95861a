"""
Malformed scenarios give the messages that lie beside them as text.

A first line such as `# --set seed=1` stands for that option; `beside` holds the tables, outlines and bases
that they name.
"""

from pathlib import Path

import pytest

from sim.errors import ScenarioError, SimError
from sim.runs.feasible import load_or_refuse, require_feasible
from sim.scenario.load import load_scenario

FOLDER = Path(__file__).parent / "malformed"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def message_of(path: Path, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, overrides)
    return str(caught.value)


OPTION = b"# --set "


def said_of(path: Path) -> str:
    """What a user reads who checks a scenario."""
    first = path.read_bytes().splitlines()[:1]
    overrides = [line.removeprefix(OPTION).decode() for line in first if line.startswith(OPTION)]
    with pytest.raises(SimError) as caught:
        require_feasible(load_or_refuse(path, overrides))
    return str(caught.value)


def test_every_case_has_its_message():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(NAMES)
    assert len(NAMES) >= 60


def test_no_case_is_there_twice_and_none_lies_idle():
    contents = [path.read_bytes() for path in FOLDER.glob("*.yaml")]
    assert len(set(contents)) == len(contents)
    written = b"".join(contents)
    idle = [
        path.name for path in (FOLDER / "beside").iterdir() if path.name.encode() not in written
    ]
    assert idle == []


@pytest.mark.parametrize("name", NAMES)
def test_message(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert said_of(Path(f"{name}.yaml")) + "\n" == (FOLDER / f"{name}.txt").read_text("utf-8")


def test_a_file_of_100_mb_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("huge.yaml").open("wb") as file:
        file.truncate(100_000_000)
    assert message_of(Path("huge.yaml")) == (
        "huge.yaml: is 100.0 MB: must be at most 0.5 MB; put long tables into a CSV beside the scenario"
    )


def test_a_raster_of_3_gb_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("dem.tif").open("wb") as file:
        file.truncate(3_000_000_000)
    Path("big.yaml").write_text(
        "name: big\nregion: {source: north_korea}\nterrain: {heights: files, files: [dem.tif]}\n"
        "networks: [{name: net, n_subscribers: 0}]\n"
    )
    assert message_of(Path("big.yaml")) == (
        "big.yaml:3:35: terrain.files[0] = 'dem.tif': is 3000.0 MB: must be at most 2,000 MB"
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
