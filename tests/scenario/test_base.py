"""A scenario laid over another: what merges, what replaces, and where messages point."""

import shutil
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.resolve import scenario_id_text


def test_mappings_merge_deeply(load, small):
    loaded = load(
        base=small + "run: {duration_h: 3, records: {calls: all}}\n",
        child="base: base.yaml\nname: child\nrun: {warmup_h: 2, records: {sample_share: 0.5}}\n",
    )
    run = loaded.scenario.run
    assert (run.duration_h, run.warmup_h) == (3.0, 2.0)
    assert (run.records.calls, run.records.sample_share) == ("all", 0.5)
    assert loaded.scenario.name == "child"


def test_named_lists_merge_by_name_in_the_order_of_the_base(load, small):
    child = """\
base: base.yaml
networks:
  - {name: third, n_subscribers: 1, n_sites: 1}
  - {name: other, n_sites: 7}
  - name: net
    sites: [{name: b, x_km: 9}]
"""
    networks = load(base=small, child=child).scenario.networks
    assert [network.name for network in networks] == ["net", "other", "third"]
    assert (networks[1].n_sites, networks[1].n_subscribers) == (7, 10)
    assert [(site.name, site.x_km, site.y_km) for site in networks[0].sites] == [
        ("a", 5.0, 5.0),
        ("b", 9.0, 5.0),
    ]


def test_other_lists_and_single_values_replace(load, small):
    traffic = "traffic: {sources: [{name: s, offered_erl: 1, cells: [a, b/1]}]}\n"
    base = small.replace("  - name: other\n    n_subscribers: 10\n    n_sites: 3\n", "") + traffic
    child = "base: base\nname: child\ntraffic: {sources: [{name: s, cells: [b/2]}]}\n"
    source = load(base=base, child=child).scenario.traffic.sources[0]
    assert (source.cells, source.offered_erl) == (("b/2",), 1.0)
    emptied = load(base=base, child="base: base\nname: child\ntraffic: {sources: []}\n")
    assert emptied.scenario.traffic.sources == ()


def test_a_child_fixes_a_parameter_and_its_evidence_goes(load, small):
    base = small + (
        "traffic: {erl_per_line: {value: 0.01, low: 0.005, high: 0.02, source: S1, confidence: H}}\n"
    )
    kept = load(base=base, child="base: base\nname: child\n")
    assert kept.evidence["traffic.erl_per_line"].high == 0.02
    fixed = load(base=base, child="base: base\nname: child\ntraffic: {erl_per_line: 0.012}\n")
    assert "traffic.erl_per_line" not in fixed.evidence
    assert fixed.scenario.traffic.erl_per_line == 0.012


def test_a_childs_evidence_replaces_the_bases_whole(load, small):
    base = small + "traffic: {erl_per_line: {value: 0.01, source: S1, confidence: H}}\n"
    child = "base: base\nname: child\ntraffic: {erl_per_line: {value: 0.02, source: assumption}}\n"
    evidence = load(base=base, child=child).evidence["traffic.erl_per_line"]
    assert (evidence.value, evidence.source, evidence.confidence) == (0.02, "assumption", "")


def test_chains_of_bases(load, small):
    loaded = load(
        first=small + "seed: 1\nrun: {replications: 2}\n",
        second="base: first\nseed: 2\n",
        third="base: second.yaml\nname: third\n",
    )
    assert (loaded.scenario.seed, loaded.scenario.run.replications) == (2, 2)


def test_problems_name_the_file_they_are_in(load, small):
    with pytest.raises(ScenarioError) as caught:
        load(
            "networks[other].n_sites=-1",
            base=small + "grid: {resolution_m: 1}\n",
            child="base: base\nname: child\nrun: {duration_h: 0}\n",
        )
    assert [problem.where for problem in caught.value.problems] == [
        "child.yaml:3:19",
        "base.yaml:13:22",
        "--set networks[other].n_sites=-1",
    ]


def test_an_unknown_base_is_located_with_a_likely_name(load, small):
    with pytest.raises(ScenarioError) as caught:
        load(national=small, child="name: child\nbase: nationale\n")
    message, names = str(caught.value).split(" (there are ")
    assert message == (
        "child.yaml:2:7: base: unknown scenario 'nationale': must be a name or the path of a YAML "
        "file; did you mean 'national'?"
    )
    assert {"child", "national"} <= set(names.rstrip(")").split(", "))


def test_a_base_is_text(load):
    with pytest.raises(ScenarioError, match=r"child.yaml:1:7: base = \[1\]: must be the name"):
        load(child="base: [1]\n")


def test_tables_of_a_base_in_another_folder_are_found(tmp_path, monkeypatch, small):
    monkeypatch.chdir(tmp_path)
    Path("country").mkdir()
    Path("country/sites.csv").write_text("name\n")
    text = small.replace("n_sites: 3", "sites_file: sites.csv")
    Path("country/base.yaml").write_text(text)
    Path("child.yaml").write_text("base: country/base.yaml\nname: child\n")
    loaded = load_scenario("child.yaml")
    assert loaded.folder == tmp_path
    assert [path.resolve() for path in loaded.input_files] == [tmp_path / "country/sites.csv"]
    assert loaded.scenario.networks[1].sites_file == "country/sites.csv"
    # Where the table lies does not change what is computed.
    shutil.copy("country/sites.csv", "sites.csv")
    Path("beside.yaml").write_text(text.replace("name: small", "name: child"))
    assert scenario_id_text(load_scenario("beside.yaml")) == scenario_id_text(loaded)


def test_files_of_a_country_are_found_beside_the_base_that_names_them(load, small):
    Path("country").mkdir()
    Path("country/land.geojson").write_text("{}")
    Path("country/towns.csv").write_text("")
    region = (
        "{source: geojson, relief: flat, provinces_file: land.geojson, settlements_file: towns.csv}"
    )
    text = small.replace("{source: plain, width_km: 10, height_km: 10}", region)
    text = text.replace("x_km: 5, y_km: 5", "longitude_deg: 5, latitude_deg: 5")
    Path("country/theirs.yaml").write_text(text)
    loaded = load(mine="base: country/theirs.yaml\nseed: 2\n")
    assert loaded.scenario.region.provinces_file == "country/land.geojson"
    assert [path.relative_to(Path.cwd()).as_posix() for path in loaded.input_files] == [
        "country/land.geojson",
        "country/towns.csv",
    ]


def test_rasters_are_found_beside_the_base_that_names_them(load, small):
    Path("country/dem").mkdir(parents=True)
    for name in ("dem/a.tif", "dem/b.tif", "cover.tif", "people.tif"):
        Path("country", name).write_text("")
    sections = (
        "region: {source: north_korea}\n"
        "terrain: {heights: files, files: [dem/a.tif, dem/b.tif], clutter_file: cover.tif}\n"
        "population: {raster_file: people.tif}\n"
    )
    text = small.replace("region: {source: plain, width_km: 10, height_km: 10}\n", sections)
    text = text.replace("x_km: 5, y_km: 5", "longitude_deg: 125, latitude_deg: 39")
    Path("country/theirs.yaml").write_text(text)
    loaded = load(mine="base: country/theirs.yaml\nseed: 2\n")
    assert loaded.scenario.terrain.files == ("country/dem/a.tif", "country/dem/b.tif")
    assert [path.relative_to(Path.cwd()).as_posix() for path in loaded.input_files] == [
        "country/dem/a.tif",
        "country/dem/b.tif",
        "country/cover.tif",
        "country/people.tif",
    ]
    # Where the files lie does not change what is computed.
    shutil.copytree("country", "other")
    Path("twin.yaml").write_text("base: other/theirs.yaml\nseed: 2\n")
    assert scenario_id_text(load_scenario("twin.yaml")) == scenario_id_text(loaded)


def test_files_of_the_fixed_network_are_found_beside_the_base_that_names_them(
    tmp_path, monkeypatch, small
):
    monkeypatch.chdir(tmp_path)
    names = {"exchanges_file": "e.csv", "trunk_groups_file": "t.csv", "graph_file": "n.graphml"}
    names["rotas_file"] = "r.csv"
    Path("country").mkdir()
    for name in names.values():
        Path("country", name).write_text("")
        Path(name).write_text("")
    listed = ", ".join(f"{key}: {name}" for key, name in names.items())
    text = f"{small}fixed: {{source: given, {listed}}}\n"
    Path("country/theirs.yaml").write_text(text)
    Path("mine.yaml").write_text("base: country/theirs.yaml\nname: small\n")
    Path("beside.yaml").write_text(text)
    mine, beside = load_scenario("mine.yaml"), load_scenario("beside.yaml")
    assert mine.scenario.fixed.graph_file == "country/n.graphml"
    assert [path.relative_to(tmp_path).as_posix() for path in mine.input_files] == [
        "country/e.csv",
        "country/t.csv",
        "country/n.graphml",
        "country/r.csv",
    ]
    assert scenario_id_text(mine) == scenario_id_text(beside)
