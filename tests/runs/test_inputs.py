"""A results folder runs again by itself: the files that its scenario names lie in it."""

import json
import shutil
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.runs import run_coverage, run_scenario
from sim.runs.inputs import read_inputs
from sim.runs.provenance import file_digest, input_digests
from sim.scenario.load import load_scenario

SCENARIO = """\
name: own_files
run: {duration_h: 0.2, warmup_h: 0.1, replications: 2}
region: {source: plain, width_km: 12, height_km: 6}
radio: {path_loss: {model: disc, radius_km: 8}}
networks:
  - {name: a, n_subscribers: 300, sites_file: of_a/sites.csv}
  - {name: b, n_subscribers: 200, sites_file: of_b/sites.csv}
  - {name: c, n_subscribers: 100, sites_file: of_a/../of_c/sites.csv}
traffic: {erl_per_line: 0.02}
extensions: [code/night.py]
"""
SITES = "name,x_km,y_km,n_sectors,n_channels\n{0}1,3,3,1,4\n{0}2,9,3,1,4\n"
EXTENSION = """\
def processes(clock, network):
    def night():
        yield clock.timeout(60.0)
        network.set_channels(0, 0)
    return [night()]
"""
N_BYTES_OF_ALL = 3 * len(SITES.format("a")) + len(EXTENSION)


@pytest.fixture
def scenario(tmp_path) -> Path:
    folder = tmp_path / "mine"
    for network in "abc":
        (folder / f"of_{network}").mkdir(parents=True)
        (folder / f"of_{network}" / "sites.csv").write_text(SITES.format(network))
    (folder / "code").mkdir()
    (folder / "code" / "night.py").write_text(EXTENSION)
    (folder / "own_files.yaml").write_text(SCENARIO)
    return folder / "own_files.yaml"


def data_of(folder: Path) -> dict[str, bytes]:
    """Everything but the manifest, which says when and how fast."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


@pytest.mark.parametrize("make", [run_scenario, run_coverage])
def test_a_folder_runs_again_without_what_it_was_made_of(scenario, tmp_path, make):
    folder = make(scenario, out=tmp_path / "results").folder
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    shutil.rmtree(scenario.parent)
    shutil.rmtree(tmp_path / "results")
    again = make(moved / "scenario.yaml", out=tmp_path / "results")
    assert again.is_new
    assert again.folder == folder  # of the same id
    assert data_of(again.folder) == data_of(moved)
    # Once more from the folder that is written anew meanwhile.
    third = make(folder / "scenario.yaml", out=tmp_path / "results", force=True)
    assert data_of(third.folder) == data_of(moved)


def test_files_of_one_name_stay_apart_and_the_manifest_knows_all(scenario, tmp_path):
    result = run_coverage(scenario, out=tmp_path / "results")
    names = {
        path.relative_to(result.folder).as_posix() for path in result.folder.rglob("input/**/*")
    }
    assert names - {"input/2", "input/3"} == {
        "input/sites.csv", "input/2/sites.csv", "input/3/sites.csv", "input/night.py",
    }  # fmt: skip
    for network, name in (("a", ""), ("b", "2/"), ("c", "3/")):
        text = (result.folder / "input" / f"{name}sites.csv").read_text()
        assert text == SITES.format(network)
    entries = {one["file"]: one for one in result.manifest["inputs"]}
    assert list(entries) == [
        "input/sites.csv", "input/2/sites.csv", "input/3/sites.csv", "input/night.py",
    ]  # fmt: skip
    for name, entry in entries.items():
        assert entry["is_copied"]
        assert entry["sha256"] == file_digest(result.folder / name)
        assert result.manifest["files"][name]["sha256"] == entry["sha256"]


def test_a_file_of_one_content_is_copied_once(scenario, tmp_path):
    folder = scenario.parent
    shutil.copy(folder / "of_a" / "sites.csv", folder / "of_c" / "sites.csv")
    loaded = load_scenario(scenario)
    inputs = read_inputs(loaded, input_digests(loaded), tmp_path)
    assert [file.name for file in inputs.files] == [
        "input/sites.csv", "input/2/sites.csv", "input/sites.csv", "input/night.py",
    ]  # fmt: skip


def test_what_is_too_large_is_named_and_told(scenario, tmp_path, monkeypatch):
    (scenario.parent / "of_b" / "sites.csv").write_text(SITES.format("b") + "\n" * 100)
    monkeypatch.setattr("sim.runs.inputs.MAX_COPIED_BYTES", N_BYTES_OF_ALL + 99)
    result = run_coverage(scenario, out=tmp_path / "results")
    entries = {one["file"]: one for one in result.manifest["inputs"]}
    large = entries.pop("../../../mine/of_b/sites.csv")
    assert all(one["is_copied"] for one in entries.values())
    assert len(entries) == 3
    assert not large["is_copied"]
    assert large["sha256"] == file_digest(scenario.parent / "of_b" / "sites.csv")
    assert large["bytes"] == len(SITES.format("b")) + 100
    said = " ".join(str(result).split())
    assert (
        f"too large: ../../../mine/of_b/sites.csv, 0.0 MB, SHA-256 {large['sha256'][:16]}" in said
    )
    assert "too large" not in str(run_coverage("two_cells", out=tmp_path / "results"))
    # Where it lies the folder runs all the same, to the same id.
    again = run_coverage(result.folder / "scenario.yaml", out=tmp_path / "results")
    assert (again.folder, again.is_new) == (result.folder, False)
    # Of the files that are too many together the smallest are copied.
    monkeypatch.setattr("sim.runs.inputs.MAX_COPIED_BYTES", len(SITES.format("a")))
    loaded = load_scenario(scenario)
    inputs = read_inputs(loaded, input_digests(loaded), tmp_path)
    assert [file.content is not None for file in inputs.files] == [True, False, False, False]


def test_a_file_that_changes_meanwhile_is_refused(scenario, tmp_path):
    loaded = load_scenario(scenario)
    digests = input_digests(loaded)
    (scenario.parent / "code" / "night.py").write_text(EXTENSION + "# later\n")
    with pytest.raises(SimError, match=r"night\.py: changed while it was read; run again"):
        read_inputs(loaded, digests, tmp_path)
    (scenario.parent / "code" / "night.py").unlink()
    with pytest.raises(SimError, match=r"night\.py: cannot be read any more"):
        read_inputs(loaded, digests, tmp_path)


def test_a_file_that_changes_before_the_world_is_built_is_refused(scenario, tmp_path, monkeypatch):
    def edit(*_arguments: object) -> None:
        (scenario.parent / "of_b" / "sites.csv").write_text(SITES.format("later"))

    monkeypatch.setattr("sim.runs.run.warm", edit)
    with pytest.raises(SimError, match=r"of_b/sites\.csv: changed while it was read; run again"):
        run_scenario(scenario, out=tmp_path / "results")
    assert not list((tmp_path / "results").iterdir())


def test_a_scenario_without_files_has_no_folder_of_them(tmp_path):
    folder = run_coverage("two_cells", out=tmp_path).folder
    assert not (folder / "input").exists()
    assert json.loads((folder / "manifest.json").read_text())["inputs"] == []
