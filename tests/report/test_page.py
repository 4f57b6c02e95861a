"""The page of a run: what its sentences and tables say stands in the files, and nothing is pasted unescaped."""

import base64
import json
import re
import shutil
import zlib
from html.parser import HTMLParser

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.report.folder import read_run, read_territory
from sim.report.page import territory as squares_of
from sim.report.page.comparison import comparison_html
from sim.report.page.headline import _TITLES
from sim.report.page.packed import packed, short
from sim.report.page.parameters import parameters
from sim.report.page.report import report_html, write_report
from sim.report.page.territory import UNSERVED, read_squares
from sim.runs.answers.numbers import scale_of, shown
from sim.runs.compare import compare_results
from sim.runs.measures.subjects import MEASURES
from sim.runs.result import RunResult
from sim.scenario.json_schema import plain_default
from sim.scenario.radio_section import Radio
from sim.tables import SUMMARY_AXES
from tests.report.everything import everything

AXES = ("measure", *SUMMARY_AXES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return everything(tmp_path_factory)


@pytest.fixture(scope="module")
def page(folder):
    return report_html(folder)


class Numbers(HTMLParser):
    """Every number of a page that says what it is, with its text, and all text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.now, self.text, self.tags = [], None, [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "data":
            self.now = (dict(attrs), [])

    def handle_endtag(self, tag):
        if tag == "data":
            self.found.append((self.now[0], "".join(self.now[1])))
            self.now = None

    def handle_data(self, data):
        self.text.append(data)
        if self.now:
            self.now[1].append(data)


def content_of(page):
    """Take apart what the page holds, as its script does."""
    (packed_text,) = re.findall(r'<script type="text/plain" id="data">([^<]*)</script>', page)
    raw = zlib.decompress(base64.b64decode(packed_text))
    length = int.from_bytes(raw[:4], "little")
    content = json.loads(raw[4 : 4 + length])
    body = raw[4 + length :]
    content["arrays"] = {
        name: np.frombuffer(body, kind, size, at) for name, (kind, at, size) in content["arrays"].items()
    }  # fmt: skip
    return content


def test_every_number_stands_in_the_summary(folder, page):
    entries = json.loads((folder / "summary.json").read_text())["measures"]
    by_place = {tuple(one[axis] for axis in AXES): one for one in entries}
    found = Numbers(page).found
    assert len(found) > 100
    for attributes, text in found:
        entry = by_place[tuple(attributes[f"data-{axis.replace('_', '-')}"] for axis in AXES)]
        assert float(attributes["value"]) == entry["value"]
        scale = scale_of(entry["unit"], MEASURES[entry["measure"]].made)
        told = text.replace("\N{NO-BREAK SPACE}", " ")
        assert told == f"{shown(entry, scale.factor)} {scale.unit}".rstrip()


def test_findings_speak_of_every_subject(page):
    section = page.partition('id="findings"')[2].partition("</section>")[0]
    measures = {one["data-measure"] for one, _ in Numbers(section).found}
    assert {one.partition(".")[0] for one in measures} >= {"voice", "coverage", "data", "sms", "exchange"}  # fmt: skip


def test_measures_of_every_subject_have_a_title():
    assert {name.partition(".")[0] for name in MEASURES} == set(_TITLES)


def test_tables_hold_what_the_files_hold(folder, page):
    listings = {one["key"]: one for one in content_of(page)["listings"]}
    for key in ("cells", "sites", "exchanges", "trunks"):
        table = pq.read_table(folder / f"{key}.parquet")
        assert listings[key]["n_rows"] == len(table)
        for name, values in listings[key]["data"].items():
            assert values == [short(one) for one in table.column(name).to_pylist()], name
    by_place = {
        tuple(one[axis] for axis in AXES): one
        for one in json.loads((folder / "summary.json").read_text())["measures"]
    }
    measures = listings["measures"]["data"]
    assert listings["measures"]["n_rows"] == len(by_place)
    for row, value in enumerate(measures["value"]):
        place = tuple(measures[axis][row] if axis in measures else "all" for axis in AXES)
        assert value == short(by_place[place]["value"])
    provinces = listings["provinces"]["data"]
    for row, value in enumerate(provinces["voice.blocking"]):
        where = {"province": provinces["province"][row], "network": provinces["network"][row]}
        place = ("voice.blocking", *(where.get(axis, "all") for axis in SUMMARY_AXES))
        assert value == short(by_place[place]["value"])


def test_what_a_user_wrote_is_never_part_of_the_page(folder, tmp_path):
    evil = "<script>alert(1)</script>"
    changed = tmp_path / "run"
    shutil.copytree(folder, changed)
    for name in ("scenario.yaml", "manifest.json", "summary.json"):
        path = changed / name
        text = path.read_text().replace("everything", evil).replace("Nothing in it", evil)
        path.write_text(text)
    page = report_html(changed)
    assert evil not in page
    read = Numbers(page)
    assert evil in "".join(read.text)
    assert read.tags.count("script") == 3  # the data, the library and our own


def test_the_page_loads_nothing(page):
    read = Numbers(page)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(read.tags)
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert set(re.findall(r"""(?:src|href)=["']([^#"'][^"']*)""", own)) == {"https://bokeh.org"}
    assert "default-src 'none'" in own


def test_the_squares_of_a_small_country_are_its_own(folder):
    run, territory = read_run(folder), read_territory(folder)
    squares = read_squares(folder, run, territory)
    table = pq.read_table(folder / "coverage.parquet")
    name = run.networks[0]
    cell_idx = table.column(f"cell_idx_{name}").to_numpy()
    own = squares.arrays["cell0"]
    assert not squares.is_thinned
    assert sorted(own[own < UNSERVED]) == sorted(cell_idx[cell_idx >= 0])
    left_out = table.column("population").to_numpy() * (1 - table.column(f"p_covered_{name}").to_numpy())  # fmt: skip
    assert abs(int(squares.arrays["people0"].sum()) - left_out.sum()) <= len(table) / 2


def test_of_several_squares_the_one_with_most_people_is_shown(results_folder, monkeypatch):
    made = results_folder(n_networks=2, side=24)
    monkeypatch.setattr(squares_of, "MOST_SQUARES", 64)  # so that nine make one
    run, territory = read_run(made.path), read_territory(made.path)
    squares = read_squares(made.path, run, territory)
    assert (squares.n_rows, squares.n_cols, squares.side_m) == (8, 8, 3000.0)
    people = made.population.reshape(24, 24)
    power = np.nan_to_num(np.rint(-made.rscp_dbm["kang_song"]), nan=255.0).reshape(24, 24)
    for row in range(8):
        for col in range(8):
            block = (slice(3 * row, 3 * row + 3), slice(3 * col, 3 * col + 3))
            most = np.argmax(people[block])
            assert squares.arrays["power1"].reshape(8, 8)[row, col] == power[block].ravel()[most]
    is_left = np.isnan(made.rscp_dbm["kang_song"]).reshape(24, 24)
    assert squares.arrays["people1"].sum() == people[is_left].sum()


def test_parameters_without_a_source_come_first_and_wide_assumptions_before_narrow_ones():
    scenario = {
        "sources": {"S1": "a book"},
        "networks": [
            {
                "name": "a",
                "n_sites": 7,
                "n_subscribers": {"value": 5, "low": 4, "high": 6, "source": "S1", "confidence": "H"},
                "rural_weight": {"value": 1.0, "low": 0.9, "high": 1.1, "source": "assumption"},
                "sold_within_km": {"value": 5.0, "low": 1.0, "high": 9.0, "source": "assumption"},
            }
        ],
    }  # fmt: skip
    found = parameters(scenario)
    paths = [one.path.removeprefix("networks[a].") for one in found if one.unit or one.low]
    assert paths.index("sold_within_km") < paths.index("rural_weight") < paths.index("n_subscribers")  # fmt: skip
    by_path = {one.path: one for one in found}
    assert found[0].path == "networks[a].n_sites"
    assert by_path["networks[a].n_subscribers"].source == "S1: a book"
    assert by_path["networks[a].sold_within_km"].unit == "km"


def test_a_list_that_is_the_default_rests_on_what_the_default_does():
    bearers = plain_default(Radio().wcdma.downlink_bearers)

    def grounds():
        scenario = {"radio": {"wcdma": {"downlink_bearers": bearers}}}
        return {one.ground for one in parameters(scenario)}

    assert "no source" not in grounds()
    bearers[0]["n_codes"] += 1
    assert "no source" in grounds()


def test_numbers_are_packed_whole():
    arrays = {"a": np.array([1, 2, 65535], np.uint16), "b": np.array([7], np.uint8)}
    raw = zlib.decompress(base64.b64decode(packed({"x": [1.5, None]}, arrays)))
    length = int.from_bytes(raw[:4], "little")
    content = json.loads(raw[4 : 4 + length])
    assert content["x"] == [1.5, None]
    assert (4 + length) % 8 == 0
    for name, values in arrays.items():
        kind, at, size = content["arrays"][name]
        assert np.array_equal(np.frombuffer(raw[4 + length :], kind, size, at), values)
    assert short(float("nan")) is None
    assert short(123456789.0) == 123457000


def test_the_command_writes_the_page_and_changes_no_other_file(folder, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    to = tmp_path / "here.html"
    answer = CliRunner().invoke(main, ["report", str(folder), "--to", str(to)])
    assert answer.exit_code == 0, answer.output
    assert to.read_text().startswith("<!DOCTYPE html>")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["here.html"]
    answer = CliRunner().invoke(main, ["report", str(folder), "--to", str(tmp_path / "no" / "x")])
    assert answer.exit_code == 2
    assert "cannot be written" in answer.output


def test_coverage_alone_has_a_page(results_folder):
    made = results_folder(n_networks=1, n_replications=0)
    summary = {"schema": 2, "measures": []}
    (made.path / "summary.json").write_text(json.dumps(summary))
    page = write_report(made.path)
    assert page == made.path / "report.html"
    keys = [one["key"] for one in content_of(page.read_text())["listings"]]
    assert keys == ["sites", "parameters"]


def test_of_a_sweep_there_is_no_page(folder, tmp_path):
    manifest = json.loads((folder / "manifest.json").read_text()) | {"kind": "sweep"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    answer = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert answer.exit_code == 2
    assert "is of the kind sweep; must be a run or coverage" in answer.output


@pytest.fixture(scope="module")
def both(folder, tmp_path_factory):
    """A run, and the same with more blocking, another seed of nothing else, and a cell less."""
    other = tmp_path_factory.mktemp("other") / "run"
    shutil.copytree(folder, other)
    table = pq.read_table(other / "replications.parquet")
    factor = np.where(table.column("measure").to_numpy() == "voice.blocking", 2.0, 1.0)
    for name in ("numerator", "value"):
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(name), [table.column(name).to_numpy() * factor])  # fmt: skip
    pq.write_table(table, other / "replications.parquet")
    pq.write_table(pq.read_table(other / "cells.parquet").slice(1), other / "cells.parquet")
    text = (other / "scenario.yaml").read_text()
    (other / "scenario.yaml").write_text(text.replace("duration_h: 0.15", "duration_h: 0.25"))
    return RunResult(folder, is_new=False), RunResult(other, is_new=False)


def test_the_page_of_a_comparison_says_what_the_comparison_says(both):
    page = comparison_html(*both)
    rows = {
        tuple(row[axis] for axis in AXES): row
        for row in compare_results(*both, everywhere=True).to_pylist()
    }
    whole = {key[0]: row for key, row in rows.items() if set(key[1:]) == {"all"}}
    found = re.findall(r'<data class="difference" value="([^"]*)" data-measure="([^"]*)">([^<]*)<', page)  # fmt: skip
    assert [measure for _, measure, _ in found] == ["voice.blocking"]
    row = whole["voice.blocking"]
    ((value, _, text),) = found
    assert float(value) == row["value"] == pytest.approx(row["a"])
    assert text == f"+{shown(row, 100.0)}"
    listings = {one["key"]: one["data"] for one in content_of(page)["listings"]}
    differences = listings["differences"]
    assert len(differences["measure"]) == len(rows) > 4
    for i, measure in enumerate(differences["measure"]):
        key = (measure, *(differences.get(axis, ["all"] * len(rows))[i] for axis in SUMMARY_AXES))
        assert differences["difference"][i] == short(rows[key]["value"])
        assert differences["difference_low"][i] == short(rows[key]["low"])
    cell = pq.read_table(both[0].folder / "cells.parquet").column("cell")[0].as_py()
    assert listings["only"] == {"name": [cell], "what": ["cells"], "only_in": ["A"]}
    assert listings["keys"] == {"path": ["run.duration_h"], "a": ["0.15"], "b": ["0.25"]}


def test_a_country_of_half_a_million_squares_has_room(results_folder):
    """490,000 squares whose cells differ from each to the next, 1,050 sites, 3,150 cells."""
    made = results_folder(n_networks=2, side=700, n_sites=525)
    (made.path / "summary.json").write_text(json.dumps({"schema": 2, "measures": []}))
    path = write_report(made.path)
    assert path.stat().st_size < 5e6
