"""Figures of throughput from a folder of data whose flows are written out by hand, made through the store."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps

from sim.report.draw import draw_figures
from sim.report.figures.cell_throughput import (
    CellThroughput,
    binned_medians,
    draw_throughput_and_load,
    draw_throughput_map,
    read_cell_throughput,
)
from sim.report.figures.erlang_blocking import read_cells
from sim.report.figures.throughput import (
    KINDS,
    Distribution,
    draw_throughput_distribution,
    read_distributions,
)
from sim.report.folder import Estimate, read_best_cells, read_run, read_territory
from sim.report.style import paper_style
from tests.report.layout import nothing_overlaps
from tests.runs.conftest import Example, make_coverage, make_scenario, make_world
from tests.runs.data_example import published

FIGURES = ("throughput_distribution", "throughput_map", "throughput_and_load")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    example = Example(make_scenario(), make_world(), make_coverage())
    made = published(example, tmp_path_factory.mktemp("results"))
    draw_figures(made)
    return made


@pytest.fixture(scope="module")
def run(folder):
    return read_run(folder)


def rows_of(folder, name):
    with (folder / "figures" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_figures_are_drawn_where_there_are_data(folder, drawn):
    made = {path.stem for path in (folder / "figures").glob("*.pdf")}
    assert set(FIGURES) <= made
    assert not set(FIGURES) & {path.stem for path in (drawn.path / "figures").glob("*.pdf")}


def test_distribution_and_its_5_percent_quantile(folder, run):
    """Sizes once, twice and three times as large: north has 100, 400, 1,000 kbit/s times that."""
    rows = rows_of(folder, "throughput_distribution")
    points = [row for row in rows if row["kind"] == "distribution"]
    at = {
        (row["network"], row["share_of"], round(float(row["throughput_bps"]))): float(row["share"])
        for row in points
    }
    assert len(at) == len(points) == 2 * 2 * 501
    assert at["north", "flow", 100_000] == pytest.approx(1 / 9)
    assert at["north", "flow", 10**6] == pytest.approx(6 / 9)
    assert at["north", "time", 100_000] == pytest.approx(10 / 66)
    p05 = {(r["network"], r["share_of"]): r for r in rows if r["kind"] == "p05_bps"}
    assert float(p05["north", "flow"]["throughput_bps"]) == pytest.approx(200e3)
    assert float(p05["south", "time"]["throughput_bps"]) == pytest.approx(20e3)
    figure = draw_throughput_distribution(run, read_distributions(folder, run))
    marks = [
        line.get_xydata()[0].tolist()
        for line in figure.axes[0].lines
        if len(line.get_xydata()) == 1
    ]
    assert marks == [pytest.approx([200.0, 0.05]), pytest.approx([20.0, 0.05])]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["north: 200", "south: 20"]


def test_squares_have_the_colour_of_their_cell(folder, run, territory):
    cells, best_idx = read_cell_throughput(folder, run), read_best_cells(folder, run)
    assert cells.user_bps == pytest.approx([500e3, np.nan, 800e3, 20e3], nan_ok=True)
    figure = draw_throughput_map(run, territory, cells, best_idx)
    images = [ax.images[0].get_array() for ax in figure.axes[:2]]
    colour = {
        (n, square): tuple(images[n][territory_row(territory, square)][:3].tolist())
        for n in range(2)
        for square in range(8)
    }
    north = [colour[0, square] for square in range(8)]
    assert north[0] == north[2]  # both of cell a/1
    assert north[1] == (176, 176, 176)  # served by a/2, over which nobody received anything whole
    assert north[3] == (228, 228, 228)  # not served
    assert len({north[0], north[4], north[1], north[3]}) == 4
    assert north[4] == of_scale(1.0)  # the fastest cell has the top of the scale
    assert colour[1, 5] == of_scale(20.0 / 800.0)


def of_scale(share):
    """Colour of a share of the scale, from 0 to 255."""
    return tuple(np.rint(np.array(colormaps["viridis"](share)[:3]) * 255.0).astype(int).tolist())


def territory_row(territory, square):
    x_m, y_m, side = territory.x_m, territory.y_m, territory.resolution_m
    return (
        round((y_m.max() - y_m[square]) / side),
        round((x_m[square] - x_m.min()) / side),
    )


@pytest.fixture(scope="module")
def territory(folder):
    return read_territory(folder)


def test_throughput_over_calls(folder, run):
    rows = {row["cell"]: row for row in rows_of(folder, "throughput_and_load")}
    assert float(rows["a/1"]["busy_throughput_bps"]) == pytest.approx(8e6 / 315.0)
    assert rows["b"]["busy_throughput_bps"] == ""
    cells = read_cell_throughput(folder, run)
    figure = draw_throughput_and_load(run, cells)
    (north,) = [line for line in figure.axes[0].lines if line.get_label() == "north, cells"]
    assert north.get_xdata() == pytest.approx(cells.carried_erl[:2])
    assert north.get_ydata() == pytest.approx(cells.busy_bps[:2] / 1e3)
    assert not [line for line in figure.axes[0].lines if "medians" in line.get_label()]


def test_medians_are_of_cells_of_like_load(run):
    rng = np.arange(23.0)
    load_erl, values = binned_medians(rng[::-1], np.where(rng == 0.0, np.nan, 100.0 - rng[::-1]))
    # The busiest of 23 cells has no value: 22 make four groups of 6, 6, 5 and 5.
    assert load_erl.tolist() == [2.5, 8.5, 14.0, 19.0]
    assert values.tolist() == [97.5, 91.5, 86.0, 81.0]
    few = binned_medians(np.arange(9.0), np.arange(9.0))
    assert [len(part) for part in few] == [0, 0]


def test_captions_name_run_and_what_is_shown(folder, run):
    for name in FIGURES:
        text = " ".join((folder / "figures" / f"{name}.txt").read_text().split())
        assert run.run_id in text
        assert "over 3 replications" in text
        assert "Note: A world built by hand." in text
    text = " ".join((folder / "figures" / "throughput_map.txt").read_text().split())
    assert "north: 2 cells, 5 % below 515, half below 650, 95 % below 785 kbit/s." in text


def test_one_replication_has_no_band(tmp_path):
    example = Example(make_scenario(), make_world(), make_coverage())
    made = published(example, tmp_path, (1.0,))
    run = read_run(made)
    figure = draw_throughput_distribution(run, read_distributions(made, run))
    assert not figure.axes[0].collections


def test_a_network_without_flows_is_left_out(folder, run):
    whole = read_distributions(folder, run)
    more = replace(run, networks=(*run.networks, "third"), labels=(*run.labels, "Third"))
    assert len(read_distributions(folder, more)) == len(whole) == 2


@pytest.mark.parametrize(("n_networks", "side", "n_sites"), [(1, 3, 1), (2, 24, 6), (3, 40, 20)])
def test_nothing_runs_over_the_edge_or_over_a_legend(results_folder, n_networks, side, n_sites):
    made = results_folder(n_networks=n_networks, side=side, n_sites=n_sites)
    run = read_run(made.path)
    legs = read_cells(made.path, run)
    n = len(legs.name)
    user_bps = np.where(np.arange(n) % 4 == 3, np.nan, np.linspace(1e5, 1.2e6, n))
    cells = CellThroughput(legs.name, legs.network_idx, legs.busy_erl, 1.5 * user_bps, user_bps)
    edges_bps = np.geomspace(1e3, 1e8, 101)
    share = Estimate(*(np.clip(np.log10(edges_bps) - 5.0 + d, 0.0, 1.0) for d in (0, -0.1, 0.1)))
    quantile = Estimate(*(np.full(1, bps) for bps in (112e3, 110e3, 114e3)))
    distributions = [
        Distribution(idx, edges_bps, dict.fromkeys(KINDS, share), dict.fromkeys(KINDS, quantile))
        for idx in range(n_networks)
    ]
    best_idx = read_best_cells(made.path, run)
    with paper_style():
        for figure in (
            draw_throughput_distribution(run, distributions),
            draw_throughput_map(run, read_territory(made.path), cells, best_idx),
            draw_throughput_and_load(run, cells),
        ):
            nothing_overlaps(figure)
