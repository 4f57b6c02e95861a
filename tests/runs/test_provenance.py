"""The id of a run changes with everything that results depend on, and with nothing else."""

import shutil
import subprocess

import pytest

from sim.runs.provenance import (
    PACKAGE,
    code_digest,
    command_line,
    fingerprint,
    full_id,
    git_state,
    library_versions,
    lock_digest,
)
from sim.scenario.load import load_scenario

SCENARIO = """\
name: two_sites
region: {source: plain, width_km: 4, height_km: 4}
networks:
  - {name: net, n_subscribers: 10, sites_file: sites.csv}
"""
SITES = "name,x_km,y_km\na,1,1\nb,3,3\n"


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "two_sites.yaml").write_text(SCENARIO)
    (tmp_path / "sites.csv").write_text(SITES)
    return tmp_path / "two_sites.yaml"


def id_of(path, *overrides, kind="run"):
    return full_id(kind, load_scenario(path, overrides))


def test_the_same_scenario_has_the_same_id_anywhere(scenario, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("two_sites.yaml", "sites.csv"):
        shutil.copy(tmp_path / name, elsewhere)
    assert id_of(scenario) == id_of(elsewhere / "two_sites.yaml")
    assert len(id_of(scenario)) == 64


def test_the_id_depends_on_scenario_inputs_and_kind(scenario, tmp_path):
    plain = id_of(scenario)
    others = [
        id_of(scenario, "seed=2"),
        id_of(scenario, "run.replications=6"),
        id_of(scenario, kind="coverage"),
    ]
    (tmp_path / "sites.csv").write_text(SITES.replace("3,3", "3,2"))
    others.append(id_of(scenario))
    assert len({plain, *others}) == 5


def test_the_id_depends_on_the_contents_of_rasters(tmp_path):
    path = tmp_path / "hills.yaml"
    path.write_text(
        "name: hills\nregion: {source: north_korea}\nnetworks: [{name: net, n_subscribers: 0}]\n"
        "terrain: {heights: files, files: [a.tif, b.tif], clutter_file: c.tif}\n"
        "population: {raster_file: d.tif}\n"
    )
    # Larger than the pieces in which they are read.
    for name in "abcd":
        (tmp_path / f"{name}.tif").write_bytes(b"x" * 3_000_000)
    ids = {id_of(path)}
    for name in "abcd":
        with (tmp_path / f"{name}.tif").open("r+b") as file:
            file.seek(2_999_999)
            file.write(b"y")
        ids.add(id_of(path))
    assert len(ids) == 5


def test_the_id_depends_on_the_code_of_results_alone(tmp_path):
    package = tmp_path / "sim"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    before = code_digest(package)
    assert before == code_digest()
    for name in ("cli/runs.py", "__main__.py", "report/style.py"):
        with (package / name).open("a") as file:
            file.write("# changed\n")
    (package / "report" / "new.py").write_text("")
    code_digest.cache_clear()
    assert code_digest(package) == before
    for name in ("network/loop.py", "world/build.py"):
        path = package / name
        path.write_text(path.read_text().replace('"""', '"""Changed: ', 1) + "# changed\n\n")
        code_digest.cache_clear()
        assert code_digest(package) == before
    for name in ("network/loop.py", "world/data/counties.csv", "runs/new.py"):
        path = package / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write("changed = 1\n")
        code_digest.cache_clear()
        after = code_digest(package)
        assert after != before
        before = after


def test_the_id_depends_on_the_lock(scenario, monkeypatch, tmp_path):
    before = id_of(scenario)
    monkeypatch.setattr("sim.runs.provenance.CHECKOUT", tmp_path)
    lock_digest.cache_clear()
    installed = id_of(scenario)
    lock_digest.cache_clear()
    versions = library_versions() | {"numpy": "0.0"}
    monkeypatch.setattr("sim.runs.provenance.library_versions", lambda: versions)
    assert len({before, installed, id_of(scenario)}) == 3
    lock_digest.cache_clear()


def test_commit_and_changes_of_a_checkout(tmp_path):
    assert git_state(tmp_path) is None

    def git(*words):
        options = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *options, *words], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "a").write_text("1")
    git("init")
    git("add", "a")
    git("commit", "-m", "First")
    state = git_state(tmp_path)
    assert len(state["commit"]) == 40
    assert state["is_dirty"] is False
    (tmp_path / "a").write_text("2")
    assert git_state(tmp_path)["is_dirty"] is True


def test_commands_name_no_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inside = command_line("run", tmp_path / "b" / "x.yaml", ["seed=1"], 4, None)
    assert inside == ["patchcell", "run", "b/x.yaml", "--set", "seed=1", "--seed", "4"]
    outside = command_line("coverage", tmp_path.parent / "x.yaml", (), None, 7)
    assert outside == ["patchcell", "coverage", "x.yaml", "--replications", "7"]


def test_fingerprint_names_this_platform():
    found = fingerprint()
    assert found == fingerprint()
    assert all(vars(found).values())
