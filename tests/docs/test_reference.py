"""docs/reference/ is what `make reference` writes, and holds every key and every column."""

import re
from pathlib import Path

import pytest

from sim import tables
from sim.runs import run_scenario
from sim.runs.measures.subjects import MEASURES
from sim.scenario import schema
from sim.scenario.fields import Shape, walk
from tools import write_reference

ROOT = Path(__file__).parents[2]
PAGES = {
    name: (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("scenario", "results")
}


@pytest.mark.parametrize(
    ("name", "write"),
    [("scenario", write_reference.scenario_page), ("results", write_reference.results_page)],
)
def test_the_page_is_what_the_code_says(name, write):
    assert PAGES[name] == write(), f"docs/reference/{name}.md is out of step: run `make reference`"


def keys_of(page: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|.*\|.*\|.*\|.*\|.*\|.*\|.*\|$", page, re.MULTILINE)


def test_every_key_is_there_once():
    whole = Shape("section", section=schema.Scenario)
    known = ["base", *(path for path, shape in walk(whole) if shape.kind != "section")]
    assert len(known) > 100
    assert sorted(keys_of(PAGES["scenario"])) == sorted(known)


def row_of(path: str) -> list[str]:
    (line,) = re.findall(rf"^\| `{re.escape(path)}` \| (.*) \|$", PAGES["scenario"], re.MULTILINE)
    return line.split(" | ")


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("run.duration_h", ["number", "h", "more than 0 and at most 8784", "`1.0`", "yes"]),
        ("region.source", ["word", "-", "`north_korea`, `geojson` or `plain`", "*required*", "yes"]),
        ("region.width_km", ["number", "km", "more than 0 and at most 2000", "absent", "yes"]),
        ("networks", ["list of sections", "-", "1 to 8 items", "*required*", "-"]),
        ("networks[].n_sites", ["whole number", "1", "0 to 100000", "`0`", "yes"]),
        ("networks[].province_weight", ["number for each key", "1", "-", "empty", "yes"]),
        ("switching.trunk_groups[].n_circuits", ["whole number", "1", "0 to 1000000", "*required*", "yes"]),
    ],
)  # fmt: skip
def test_a_key_is_told_as_the_schema_has_it(path, row):
    assert [*row_of(path)[:4], row_of(path)[5]] == row


def test_a_number_without_a_unit_is_refused():
    with pytest.raises(ValueError, match=r"far: has no unit"):
        list(write_reference.scenario_rows(Shape("scalar", scalar=float, says="how far"), "far"))


def test_every_column_of_a_run_is_there(tmp_path):
    result = run_scenario("two_cells", ["run.duration_h=1"], replications=1, out=tmp_path)
    sections = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", PAGES["results"], re.M | re.S))
    others = {"exchanges", "positions", "staffing", "comparison"}  # of which this scenario has none
    others |= {"registrations", "parts", "sweep", "sweep_replications", "theory"}
    others |= {"samples", "draws", "sample_measures", "uncertainty", "indices", "screening"}
    others |= {
        "data",
        "throughput",
        "flows",
        "messages",
        "coverage_over_time",
        "population_by_hour",
        "lines_by_square",
        "changes",
        "operator_tasks",
        "handovers",
        "cell_pairs",
    }
    assert set(sections) == {*result.tables, *others}
    for name in result.tables:
        listed = re.findall(r"^\| `([^`]+)` \| \S+ \| (.+?) \| (.+?) \|.*$", sections[name], re.M)
        held = [
            (field.name.replace("_net", "_<network>") if name == "coverage" else field.name,
             field.metadata[b"unit"].decode() or "-", field.metadata[b"description"].decode())
            for field in result.table(name).schema
        ]  # fmt: skip
        assert listed == held


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.name)
def test_every_measure_is_there(measure):
    by = ", ".join(f"`{axis}`" for axis in measure.axes)
    row = f"| `{measure.name}` | {measure.unit} | {by} | {measure.meaning} | "
    assert PAGES["results"].count(row) == 1


def test_published_tables_are_those_of_the_dictionary():
    names = [table.name for table in write_reference.published_tables()]
    assert sorted(names) == sorted(set(names))
    assert tables.CALLS in write_reference.published_tables()
