import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.image import imread

from sim.errors import SimError
from sim.report.draw import draw_figures, figures_are_drawn, figures_left_out
from sim.tables import CELLS
from tests.report.conftest import write_table

ALL = [
    "coverage_map", "coverage_distance", "traffic_over_time", "blocking_by_cell", "blocking_by_cause",
]  # fmt: skip


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pdfs(folder) -> list[Path]:
    return [folder.path / "figures" / f"{name}.pdf" for name in ALL]


def test_every_figure_has_four_files_and_nothing_is_left_behind(drawn):
    names = {path.name for path in (drawn.path / "figures").iterdir()}
    assert names == {f"{name}.{end}" for name in ALL for end in ("pdf", "png", "csv", "txt")}


@pytest.mark.parametrize(("n_networks", "n_replications", "n_drawn"), [(1, 0, 2), (3, 5, 5)])
def test_pages_have_the_width_of_a_paper_and_are_not_blank(
    results_folder, n_networks, n_replications, n_drawn
):
    made = results_folder(n_networks=n_networks, n_replications=n_replications)
    names = [path.stem for path in draw_figures(made.path)]
    assert names == ALL[:n_drawn]
    widths = {
        "coverage_map": 1050 if n_networks == 1 else 2148,
        "coverage_distance": 1050,
        "traffic_over_time": 1050,
        "blocking_by_cause": 1050,
    }
    for name in names:
        image = imread(made.path / "figures" / f"{name}.png")
        assert image.shape[1] == widths.get(name, 2148)
        middle = image[image.shape[0] // 4 : -image.shape[0] // 4, :, :3]
        assert middle.std() > 0.02
        assert (made.path / "figures" / f"{name}.png").stat().st_size < 1_000_000
        box = re.search(
            rb"/MediaBox \[ ?0 0 ([\d.]+) ", (made.path / f"figures/{name}.pdf").read_bytes()
        )
        assert box is not None
        assert float(box[1]) == pytest.approx(image.shape[1] / 300 * 72, abs=0.3)


def test_pixels_of_each_colour_are_in_proportion_to_the_squares(results_folder):
    made = results_folder(n_networks=1, n_sites=1, n_replications=0)
    draw_figures(made.path)
    image = np.rint(imread(made.path / "figures/coverage_map.png")[..., :3] * 255.0).astype(int)
    is_blue = (image[..., 2] > image[..., 0] + 30).sum()
    is_orange = (image[..., 0] > image[..., 2] + 15).sum()
    is_grey = (image == 0xE4).all(axis=2).sum()
    served = np.isfinite(made.rscp_dbm["koryolink"])
    squares = np.array(
        [
            served.sum(),
            (~served & (made.population > 0)).sum(),
            (~served & (made.population == 0)).sum(),
        ]
    )
    pixels = np.array([is_blue, is_orange, is_grey])
    # Borders, the site and the legend's swatches cover or add less than a fiftieth of the map.
    np.testing.assert_allclose(pixels / pixels.sum(), squares / squares.sum(), atol=0.02)


def test_fonts_are_embedded_as_truetype(drawn):
    for path in pdfs(drawn):
        content = path.read_bytes()
        assert b"/FontFile2" in content
        assert b"/CIDFontType2" in content
        assert not re.search(rb"/Type3\b", content)


def test_bytes_repeat_whatever_the_reader_has_set(drawn, results_folder):
    again = results_folder()
    with mpl.rc_context({"font.size": 20.0, "pdf.fonttype": 3, "savefig.dpi": 50}):
        before = dict(mpl.rcParams)
        assert draw_figures(again.path) == pdfs(again)
        assert dict(mpl.rcParams) == before
    for path in (drawn.path / "figures").iterdir():
        assert path.read_bytes() == (again.path / "figures" / path.name).read_bytes(), path.name


def test_drawing_imports_neither_pyplot_nor_the_simulator(results_folder):
    made = results_folder(n_networks=1)
    code = (
        "import sys; from pathlib import Path; from sim.report.draw import draw_figures;"
        f"draw_figures(Path({str(made.path)!r}));"
        "bad = [m for m in sys.modules if m == 'matplotlib.pyplot' or m.split('.')[:2] in"
        " (['sim', 'world'], ['sim', 'network'], ['sim', 'radio'], ['sim', 'runs'])]; print(bad)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_a_folder_of_coverage_alone_gets_the_map_and_the_distance(results_folder):
    made = results_folder(n_replications=0)
    assert [path.stem for path in draw_figures(made.path)] == ALL[:2]


def test_a_folder_of_an_older_version_has_no_distances(results_folder):
    made = results_folder(n_replications=0)
    path = made.path / "sites.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["distance_km"]), path)
    assert [path.stem for path in draw_figures(made.path)] == ["coverage_map"]


def test_a_folder_of_an_older_version_has_its_map(results_folder):
    """It says which squares are served, not how surely."""
    folder = results_folder(1, n_replications=0)
    path = folder.path / "coverage.parquet"
    table = pq.read_table(path)
    newer = [name for name in table.column_names if name.startswith(("p_covered", "n_overlap"))]
    assert newer
    draw_figures(folder.path)
    shares = (folder.path / "figures" / "coverage_map.txt").read_text()
    pq.write_table(table.drop_columns(newer), path)
    draw_figures(folder.path)
    assert (folder.path / "figures" / "coverage_map.txt").read_text() == shares


def test_every_site_is_in_the_distribution_of_distances(drawn):
    rows = rows_of(drawn.path / "figures" / "coverage_distance.csv")
    found = {row["site"]: float(row["distance_km"]) for row in rows}
    site, km = drawn.site_columns["site"], drawn.site_columns["distance_km"]
    assert found == dict(zip(site, km.tolist(), strict=True))
    for name in drawn.names:
        own = [row for row in rows if row["network"] == name]
        assert [float(row["distance_km"]) for row in own] == sorted(
            float(row["distance_km"]) for row in own
        )
        assert float(own[-1]["share_of_sites"]) == 1.0


def test_one_replication_has_no_intervals_and_says_so(results_folder):
    made = results_folder(n_networks=1, n_sites=1, n_replications=1)
    (made.path / "coverage.parquet").unlink()  # maps take long
    draw_figures(made.path)
    rows = rows_of(made.path / "figures/traffic_over_time.csv")
    assert {row["low"] for row in rows} == {""}
    assert "no intervals" in (made.path / "figures/traffic_over_time.txt").read_text()


def test_captions_name_the_run_and_its_warnings(drawn):
    for path in pdfs(drawn):
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        flat = " ".join(text.split())
        assert "Scenario plain_test" in flat
        assert "ab" * 32 in flat
        assert "seed 7" in flat
        assert "synthetic relief" in flat
        assert "Kang Song" in flat
    caption = " ".join((drawn.path / "figures/traffic_over_time.txt").read_text().split())
    assert "n = 5 replications" in caption


def test_captions_travel_inside_the_figures(drawn):
    from PIL import Image

    for path in pdfs(drawn):
        caption = path.with_suffix(".txt").read_text(encoding="utf-8")
        with Image.open(path.with_suffix(".png")) as image:
            assert image.text["Description"] == caption
        assert b"/Subject" in path.read_bytes()


def test_coverage_table_adds_up_to_the_territory(drawn):
    rows = rows_of(drawn.path / "figures/coverage_map.csv")
    for network in drawn.names:
        served = np.isfinite(drawn.rscp_dbm[network])
        by_class = {
            row["class"]: row
            for row in rows
            if row["network"] == network and row["province"] == "all"
        }
        assert float(by_class["served"]["area_km2"]) == served.sum()
        assert float(by_class["served"]["population"]) == drawn.population[served].sum()
        assert float(by_class["served"]["area_share"]) == served.mean()
        parts = [row for name, row in by_class.items() if name != "served"]
        assert sum(float(row["area_km2"]) for row in parts) == drawn.side**2
        assert sum(int(row["population"]) for row in parts) == drawn.population.sum()
        west_and_east = [
            int(row["population"])
            for row in rows
            if row["network"] == network and row["class"] == "served" and row["province"] != "all"
        ]
        assert sum(west_and_east) == drawn.population[served].sum()


def test_series_table_holds_the_means_over_replications(drawn):
    rows = rows_of(drawn.path / "figures/traffic_over_time.csv")
    columns = drawn.series_columns
    for network in drawn.names:
        own = columns["network"] == network
        shape = (drawn.n_replications, -1)
        for measure, expected in (
            ("voice.carried_erl", columns["carried_erl"][own].reshape(shape).mean(axis=0)),
            ("voice.blocking", columns["blocked"][own].reshape(shape).mean(axis=0) / 200.0),
        ):
            chosen = [r for r in rows if r["network"] == network and r["measure"] == measure]
            np.testing.assert_allclose([float(r["value"]) for r in chosen], expected, rtol=1e-12)
            assert all(float(r["low"]) <= float(r["value"]) <= float(r["high"]) for r in chosen)
            assert chosen[0]["clock"] == "2022-11-16 19:00:00"
            assert chosen[-1]["clock"] == "2022-11-16 19:29:00"


def test_cell_table_holds_every_cell_exactly(drawn):
    rows = rows_of(drawn.path / "figures/blocking_by_cell.csv")
    columns = drawn.cell_columns
    assert [row["cell"] for row in rows] == columns["cell"]
    assert [row["network"] for row in rows] == columns["network"].tolist()
    assert [float(row["carried_erl"]) for row in rows] == columns["carried_erl"].tolist()
    refused = columns["refusals_originating"] + columns["refusals_terminating"]
    assert [float(row["n_legs_refused"]) for row in rows] == refused.tolist()
    offered = columns["seizures_originating"] + columns["seizures_terminating"] + refused
    assert [float(row["leg_blocking"]) for row in rows] == (refused / offered).tolist()
    assert [float(row["x_m"]) for row in rows] == np.repeat(drawn.site_columns["x_m"], 3).tolist()


def break_column(path: Path) -> None:
    lines = (path / "scenario.yaml").read_text().replace("koryolink", "other")
    (path / "scenario.yaml").write_text(lines)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (shutil.rmtree, "no such folder"),
        (lambda path: (path / "manifest.json").unlink(), "manifest.json: no such file"),
        (lambda path: (path / "scenario.yaml").write_text("- 1"), "scenario.yaml: cannot be read"),
        (lambda path: (path / "manifest.json").write_text("{}"), "do not say what a figure needs"),
        (lambda path: (path / "coverage.parquet").write_bytes(b"PAR1"), "coverage.parquet: cannot"),
        (break_column, "no column cell_idx_other"),
        (
            lambda path: (path / "provinces.geojson").write_text('{"features": []}'),
            "names east, west",
        ),
        (lambda path: (path / "figures").write_text(""), "cannot be written"),
    ],
)
def test_a_bad_folder_is_an_error_of_the_user(results_folder, spoil, said):
    made = results_folder()
    spoil(made.path)
    with pytest.raises(SimError, match=said):
        draw_figures(made.path)


def test_figures_without_a_call_are_left_out_and_named(results_folder):
    made = results_folder()
    assert figures_left_out(made.path) == {}
    for columns in (made.series_columns, made.cell_columns):
        for name in columns:
            if name in ("attempts", "blocked") or name.startswith(("seizures", "refusals")):
                columns[name] = np.zeros(len(columns[name]), np.int64)
    made.save_timeseries()
    write_table(made.path / "cells.parquet", CELLS, made.cell_columns)
    assert figures_left_out(made.path) == {
        "traffic_over_time": "nobody called",
        "blocking_by_cell": "no call came to a cell",
    }
    assert not {"traffic_over_time", "blocking_by_cell"} & {
        path.stem for path in draw_figures(made.path)
    }
    assert figures_are_drawn(made.path)
