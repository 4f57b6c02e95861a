"""Every output of a country with invented relief says so."""

import json

import pyarrow.parquet as pq
import pytest
import rasterio

from sim.report.draw import draw_figures
from sim.runs import run_coverage

RASON = (
    "region.provinces=[KP-13]",
    "networks[koryolink].n_sites=4",
    "networks[koryolink].n_subscribers=1000",
    "grid.resolution_m=1000",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_coverage("koryolink_2011", RASON, out=tmp_path_factory.mktemp("out")).folder


def test_every_table_and_text_says_that_relief_is_synthetic(folder):
    tables = sorted(folder.glob("*.parquet"))
    assert {path.stem for path in tables} >= {"coverage", "measures", "replications", "sites"}
    said = {path.name: json.loads(pq.read_schema(path).metadata[b"notes"]) for path in tables}
    for name in ("summary.json", "manifest.json"):
        said[name] = json.loads((folder / name).read_text("utf-8"))["notes"]
    for name, notes in said.items():
        assert any(note.startswith("synthetic relief") for note in notes), name


def test_raster_and_figures_say_so_too(folder):
    with rasterio.open(folder / "coverage_koryolink.tif") as raster:
        assert "synthetic relief" in raster.tags()["TIFFTAG_IMAGEDESCRIPTION"]
    draw_figures(folder)
    captions = list((folder / "figures").glob("*.txt"))
    assert len(captions) == 2
    for caption in captions:
        assert "synthetic relief" in caption.read_text("utf-8"), caption.name


def test_shares_of_the_summary_are_those_of_the_squares(folder):
    squares = pq.read_table(folder / "coverage.parquet").to_pydict()
    p = squares["p_covered_koryolink"]
    assert sum(0.1 < one < 0.9 for one in p) > 20
    assert 0.0 <= min(p) < max(p) <= 1.0
    measures = json.loads((folder / "summary.json").read_text("utf-8"))["measures"]
    (area,) = (
        m["value"]
        for m in measures
        if m["measure"] == "coverage.area_share" and m["network"] == "koryolink" and m["province"] == "all"
    )  # fmt: skip
    assert area == pytest.approx(sum(p) / len(p), rel=1e-6)
