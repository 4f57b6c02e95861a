"""YAML that the pages show is YAML, and a scenario or a sweep that loads."""

import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.runs.sweeps.plan import load_sweep, make_plan
from sim.scenario.load import load_scenario

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`((?:[a-z_.]+: )?\{[^`{}]*: [^`]*\}|[a-z_.]+: [\[{][^`]*)`")
FILES = {
    "sites/467.csv": "name,longitude_deg,latitude_deg\nmiddle,125.7,39.0\n",
    "flooded.csv": "name\nkoryolink_0001\n",
    "repair_crew.py": "def processes(clock, network):\n    return []\n",
    "dem/N38E125.hgt": "", "dem/N38E126.hgt": "", "dem/coarse.tif": "", "people/ppp_2020.tif": "",
    "own/provinces.geojson": "", "own/smod.tif": "", "own/sites.csv": "",
}  # fmt: skip
"""What examples name beside themselves; whether it can be read is asked when a world is built."""

BASES = {"provinces_file": "invented_islands", "heights: files": "national_2022"}
"""Scenario over which a part of one is laid, by what the part holds; pyongyang_evening for others."""


def blocks() -> list[tuple[str, str]]:
    found = (
        (page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8")) for page in PAGES
    )
    return [(name, block) for name, text in found for block in BLOCK.findall(text)]


def inline() -> list[tuple[str, str]]:
    found = (
        (page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8")) for page in PAGES
    )
    return [(name, text) for name, page in found for text in INLINE.findall(page)
            if not text.startswith('{"schema": 2')]  # what summary.json has, not as JSON  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Scenarios of the checkout and the files of the examples, beside each other."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    for name, text in FILES.items():
        path = tmp_path / "scenarios" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "scenarios"


def test_the_examples_are_found():
    assert {page for page, _ in blocks()} >= {
        "README.md", "docs/countries.md", "docs/sites.md", "docs/sweeps.md", "docs/extending.md",
    }  # fmt: skip
    assert len(inline()) > 5


@pytest.mark.parametrize(("page", "text"), blocks())
def test_a_block_loads(page, text, folder):
    tree = YAML(typ="safe", pure=True).load(text)
    if "axes" in tree:
        (folder / "sweeps" / "example.yaml").write_text(text)
        assert len(make_plan(load_sweep(folder / "sweeps" / "example.yaml")).runs) > 1
        return
    if "base" not in tree and not {"name", "networks"} <= set(tree):
        base = next((one for part, one in BASES.items() if part in text), "pyongyang_evening")
        text = f"base: {base}\nname: example\n{text}"
    path = folder / "example.yaml"
    path.write_text(text)
    scenario = load_scenario(path).scenario
    told = scenario.model_dump(mode="json")
    assert set(tree) - {"base"} <= set(told)


@pytest.mark.parametrize(("page", "text"), inline())
def test_a_word_in_code_that_looks_like_yaml_is_yaml(page, text):
    tree = YAML(typ="safe", pure=True).load(text)
    assert isinstance(tree, dict)
    assert all(value is not None for value in tree.values())


def test_factors_are_those_of_the_page(folder):
    page = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    (factors,) = re.findall(r"^\| `factors` \| .*: `(\{.*\})` \|$", page, re.MULTILINE)
    networks = "".join(
        f"  - {{name: {name}, n_subscribers: 0, sites: [{{name: {name}, x_km: 1, y_km: {y}}}]}}\n"
        for y, name in enumerate("ab")
    )
    (folder / "two.yaml").write_text(
        f"name: two\nregion: {{source: plain, width_km: 2, height_km: 2}}\nnetworks:\n{networks}"
    )
    path = folder / "sweeps" / "example.yaml"
    path.write_text(
        f"name: example\nbase: ../two.yaml\nreplications: 1\nmeasures: [voice.blocking]\nnetworks: [all]\n"
        f"axes: [{{name: share, factors: {factors}, values: [1.0e-5, 2.0e-5]}}]\n"
    )
    settings = [dict(run.settings) for run in make_plan(load_sweep(path)).runs]
    assert [one["networks[a].n_subscribers"] for one in settings] == [81, 162]
    assert [one["networks[b].n_subscribers"] for one in settings] == [100, 200]
