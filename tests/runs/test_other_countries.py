"""Invented countries from end to end: three networks on islands, a single one in a valley."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import shapely.geometry

from sim.report.draw import draw_figures
from sim.runs import run_scenario
from sim.scenario.schema import Scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
PEOPLE = {
    # The file's 800,000 by population.total = 880,000; the file's own figures.
    "invented_islands": {"ME-N": 462_000, "ME-S": 286_000, "ME-T": 121_000, "ME-K": 11_000},
    "invented_valley": {"1": 14_000, "2": 47_000, "3": 29_000},
}
SERVED = {
    "invented_islands": {
        "gannet": {"ME-N", "ME-S", "ME-T", "ME-K"},
        "petrel": {"ME-N", "ME-S", "ME-T"},
        "tern": {"ME-N", "ME-T"},
    },
    "invented_valley": {"vale": {"1", "2", "3"}},
}
BOX_DEG = {
    "invented_islands": (-24.8, -38.8, -23.0, -37.5),
    "invented_valley": (167.9, 35.8, 168.7, 36.2),
}


@dataclass(frozen=True)
class Finished:
    """A finished run with what its folder says."""

    name: str
    folder: Path

    def rows(self, table: str) -> list[dict]:
        return pq.read_table(self.folder / f"{table}.parquet").to_pylist()

    def value(
        self, measure: str, network: str, province: str = "all", covered_by: str = "all"
    ) -> float:
        """Value of a measure over all classes and services, where there is just one."""
        (found,) = (
            row["value"]
            for row in json.loads((self.folder / "summary.json").read_text("utf-8"))["measures"]
            if (row["measure"], row["network"], row["province"], row["covered_by"])
            == (measure, network, province, covered_by)
        )
        return found


@pytest.fixture(scope="module", params=sorted(PEOPLE))
def run(request, tmp_path_factory) -> Finished:
    out = tmp_path_factory.mktemp("results")
    path = SCENARIOS / f"{request.param}.yaml"
    result = run_scenario(path, ["run.duration_h=0.5"], replications=2, out=out)
    draw_figures(result.folder)
    return Finished(request.param, result.folder)


def test_people_are_those_of_the_file_to_the_person(run: Finished):
    found: Counter[str] = Counter()
    for row in run.rows("coverage"):
        found[row["province"]] += row["population"]
    assert found == PEOPLE[run.name]


def test_every_network_carries_traffic_where_it_is_sold_and_nowhere_else(run: Finished):
    for network, served in SERVED[run.name].items():
        for province in PEOPLE[run.name]:
            carried_erl = run.value("voice.carried_erl", network, province)
            assert (carried_erl > 1.0) == (province in served), (network, province)
            assert (carried_erl == 0.0) == (province not in served)


@pytest.mark.parametrize("measure", ["voice.intents", "voice.attempts", "voice.calls"])
def test_counts_sum_over_networks_and_provinces(measure: str, run: Finished):
    networks, provinces = SERVED[run.name], PEOPLE[run.name]
    whole = run.value(measure, "all")
    assert whole > 5_000
    assert sum(run.value(measure, network) for network in networks) == pytest.approx(whole)
    assert sum(run.value(measure, "all", code) for code in provinces) == pytest.approx(whole)
    for network in networks:
        own = sum(run.value(measure, network, code) for code in provinces)
        assert own == pytest.approx(run.value(measure, network))


def test_any_both_and_neither_are_of_all_networks(run: Finished):
    for measure in ("coverage.area_share", "coverage.population_share"):
        shares = [run.value(measure, network) for network in SERVED[run.name]]
        total, common = (run.value(measure, "all", covered_by=one) for one in ("any", "both"))
        assert 0.0 < common <= min(shares)
        assert max(shares) <= total < 1.0
        assert run.value(measure, "all", covered_by="neither") == pytest.approx(1.0 - total)
        if len(shares) == 1:
            assert [total, common] == shares * 2


def test_every_pair_of_networks_has_its_circuits(run: Finished):
    names = [*SERVED[run.name], "fixed"]
    pairs = {frozenset((a, b)) for a in names for b in names if a != b}
    groups = run.rows("trunks")
    assert {frozenset((row["from_network"], row["to_network"])) for row in groups} == pairs
    assert all(row["carried_erl"] > 0.0 for row in groups)


def test_places_are_on_the_globe_where_they_were_given(run: Finished):
    west, south, east, north = BOX_DEG[run.name]
    for row in (*run.rows("coverage"), *run.rows("sites")):
        assert west < row["longitude_deg"] < east
        assert south < row["latitude_deg"] < north


def test_outlines_come_out_as_they_went_in(run: Finished):
    given = json.loads((SCENARIOS / "countries" / f"{run.name}.geojson").read_text("utf-8"))
    found = json.loads((run.folder / "provinces.geojson").read_text("utf-8"))
    codes = [feature["properties"]["code"] for feature in found["features"]]
    assert codes == list(PEOPLE[run.name])
    for one, other in zip(given["features"], found["features"], strict=True):
        assert one["geometry"]["type"] == other["geometry"]["type"]
        before, after = (shapely.geometry.shape(f["geometry"]) for f in (one, other))
        assert before.hausdorff_distance(after) < 2e-6


def test_every_output_says_that_there_is_no_relief(run: Finished):
    note = "the ground is taken for flat, at height 0: there is no relief"
    assert note in json.loads((run.folder / "manifest.json").read_text("utf-8"))["notes"]
    captions = list((run.folder / "figures").glob("*.txt"))
    assert len(captions) == 5
    for caption in captions:
        assert note in " ".join(caption.read_text("utf-8").split())


def test_figures_are_drawn_with_every_network(run: Finished):
    figures = run.folder / "figures"
    names = {"coverage_map", "coverage_distance", "traffic_over_time"}
    names |= {"blocking_by_cell", "blocking_by_cause"}
    assert {path.stem for path in figures.glob("*.png")} == names
    assert {path.stem for path in figures.glob("*.pdf")} == names
    with (figures / "coverage_map.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["network"] for row in rows} == set(SERVED[run.name])
    assert {row["province"] for row in rows} >= set(PEOPLE[run.name])


def test_places_are_the_towns_of_the_file_where_they_are(run: Finished):
    path = SCENARIOS / "countries" / f"{run.name}_towns.csv"
    assert (run.folder / "places.geojson").is_file() == path.is_file()
    if not path.is_file():
        return
    found = json.loads((run.folder / "places.geojson").read_text("utf-8"))["features"]
    with path.open(encoding="utf-8", newline="") as file:
        towns = {row["name"]: row for row in csv.DictReader(file)}
    assert {one["properties"]["name"] for one in found} == set(towns)
    people = [one["properties"]["population"] for one in found]
    assert people == sorted(people, reverse=True)
    for one in found:
        town, (longitude_deg, latitude_deg) = (
            towns[one["properties"]["name"]],
            one["geometry"]["coordinates"],
        )
        assert longitude_deg == pytest.approx(float(town["longitude_deg"]), abs=2e-6)
        assert latitude_deg == pytest.approx(float(town["latitude_deg"]), abs=2e-6)
        assert one["properties"]["province"] in PEOPLE[run.name]


def test_contents_of_the_countrys_files_are_part_of_the_id(tmp_path: Path):
    from sim.runs.provenance import full_id
    from sim.scenario.load import load_scenario

    def id_of(scenario: str) -> str:
        path = tmp_path / "scenario.yaml"
        path.write_text(scenario, "utf-8")
        return full_id("run", load_scenario(path))

    text = (SCENARIOS / "invented_islands.yaml").read_text("utf-8")
    (tmp_path / "countries").mkdir()
    for name in ("invented_islands.geojson", "invented_islands_towns.csv"):
        (tmp_path / "countries" / name).write_bytes((SCENARIOS / "countries" / name).read_bytes())
    ids = [id_of(text)]
    for name in ("invented_islands.geojson", "invented_islands_towns.csv"):
        with (tmp_path / "countries" / name).open("a") as file:
            file.write("\n")
        ids.append(id_of(text))
    assert len(set(ids)) == 3
    # Where the files lie is no part of it.
    (tmp_path / "countries").rename(tmp_path / "elsewhere")
    assert id_of(text.replace("countries/", "elsewhere/")) == ids[-1]


def test_the_wheel_ships_every_scenario_with_its_files():
    from hatchling.builders.wheel import WheelBuilder

    root = SCENARIOS.parent
    shipped = {
        file.distribution_path
        for file in WheelBuilder(str(root)).recurse_included_files()
        if file.distribution_path.startswith("sim/shipped_scenarios/")
    }
    folder = "sim/shipped_scenarios"
    assert {
        f"{folder}/{path.relative_to(SCENARIOS)}" for path in SCENARIOS.rglob("*.yaml")
    } <= shipped
    assert {
        f"{folder}/countries/{path.name}" for path in (SCENARIOS / "countries").iterdir()
    } <= shipped


def test_the_countries_are_those_that_the_tool_draws(tmp_path: Path):
    import subprocess
    import sys

    tool = SCENARIOS.parent / "tools" / "build_invented_countries.py"
    subprocess.run([sys.executable, tool, "--out", tmp_path], check=True)
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert drawn == {path.name: path.read_bytes() for path in (SCENARIOS / "countries").iterdir()}
    assert sum(len(content) for content in drawn.values()) < 60_000


def test_the_scenarios_name_files_relative_to_themselves():
    from sim.scenario.load import load_scenario

    loaded = load_scenario(SCENARIOS / "invented_islands.yaml")
    assert isinstance(loaded.scenario, Scenario)
    assert loaded.input_files == (
        SCENARIOS / "countries" / "invented_islands.geojson",
        SCENARIOS / "countries" / "invented_islands_towns.csv",
    )


def test_a_single_network_is_printed_alone(tmp_path: Path):
    from rich.console import Console

    from sim.runs import run_coverage
    from sim.runs.printed import printed_summary
    from sim.runs.published_summary import read_summary

    result = run_coverage(SCENARIOS / "invented_valley.yaml", out=tmp_path)
    console = Console(width=110, file=io.StringIO())
    console.print(printed_summary(read_summary(result.folder), is_new=True))
    (header,) = (line for line in console.file.getvalue().splitlines() if "Coverage" in line)
    assert header.split() == ["Coverage", "vale"]
