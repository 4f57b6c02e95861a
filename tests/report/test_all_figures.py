"""All figures of small runs of every kind can be read, and say nothing of a country that nobody has published of it."""

import numpy as np
import pytest

from sim.report import draw
from sim.report.folder import read_run
from sim.report.style import paper_style
from sim.runs import run_coverage, run_scenario
from tests.report.everything import make_everything
from tests.report.layout import nothing_overlaps, texts_in_view
from tests.sharing import made_once

ISLANDS = (
    "run.duration_h=0.2", "run.warmup_h=0.05", "grid.resolution_m=1000", "networks[gannet].n_subscribers=9000",
    "networks[petrel].n_subscribers=6000", "networks[tern].n_subscribers=3000",
    "networks[gannet].equipment.n_channels=2",
)  # fmt: skip
RASON = (
    "region.provinces=[KP-13]", "networks[koryolink].n_sites=4", "networks[koryolink].n_subscribers=1000",
    "grid.resolution_m=1000",
)  # fmt: skip
NATIONAL = (
    "region.provinces=[KP-01,KP-13]", "run.duration_h=0.2", "run.warmup_h=0.05", "grid.resolution_m=2000",
    "networks[koryolink].n_subscribers=20000", "networks[kang_song].n_subscribers=20000",
    "networks[koryolink].n_sites=12", "networks[kang_song].n_sites=12",
)  # fmt: skip
RUNS = {
    "everything": make_everything,
    "three_networks": lambda out: run_scenario(
        "invented_islands", ISLANDS, replications=3, out=out
    ),
    "days": lambda out: run_scenario("two_cells", ["run.duration_h=60"], replications=1, out=out),
    "coverage": lambda out: run_coverage("koryolink_2011", RASON, out=out),
    "national": lambda out: run_scenario("national_2022", NATIONAL, replications=1, out=out),
}
FIGURES = {
    "everything": 11,
    "three_networks": 5,
    "days": 5,
    "coverage": 2,
    "national": 11,
}
KINDS = [*list(RUNS)[:-1], pytest.param("national", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=KINDS)
def drawings(request, tmp_path_factory):
    """Return a run, and its figures by name."""
    kind = request.param
    once = made_once(tmp_path_factory, f"all_figures_{kind}", RUNS[kind])
    (folder,) = (
        path.parent for path in once.glob("*/*/manifest.json") if "latest" not in str(path)
    )
    run = read_run(folder)
    with paper_style():
        made = {one.name: one.draw(folder, run) for one in draw._wanted(folder)}
    assert len(made) == FIGURES[kind]
    return run, made


def test_figures_can_be_read(drawings):
    _, made = drawings
    for name, drawing in made.items():
        with paper_style():
            try:
                nothing_overlaps(drawing.figure)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error


def test_captions_say_what_stood_in_small_print(drawings):
    run, made = drawings
    for name, drawing in made.items():
        flat = " ".join(drawing.caption.split())
        for note in run.notes:
            assert note in flat, name


def test_only_north_korea_has_a_published_range(drawings):
    run, made = drawings
    is_known = run.resolved["region"]["source"] == "north_korea"
    for name, drawing in made.items():
        said = " ".join(text.get_text() for text in texts_in_view(drawing.figure))
        own = drawing.caption.partition("Note:")[0]
        assert ("published" in said + own) == (is_known and name == "coverage_distance"), name
    (ax,) = made["coverage_distance"].figure.axes
    at_km = [line.get_xdata()[0] for line in ax.lines if np.ptp(line.get_xdata()) == 0.0]
    assert at_km == ([5.0] if is_known else [])


def test_nobody_is_said_to_live_nowhere_by_a_rule_that_spreads_people(drawings):
    run, made = drawings
    drawing = made["coverage_map"]
    said = " ".join(text.get_text() for text in drawing.figure.legends[0].get_texts())
    assert "nobody lives there" not in said + drawing.caption
    assert not run.resolved["population"].get("raster_file")
