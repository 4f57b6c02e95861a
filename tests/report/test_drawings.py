from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from shapely.geometry import box

from sim.report.figures.causes import draw_blocking_by_cause, read_failures
from sim.report.figures.coverage_map import (
    NetworkLayer,
    classify_coverage,
    draw_coverage_map,
    read_layers,
)
from sim.report.figures.distance import draw_coverage_distance, read_distances
from sim.report.figures.erlang_blocking import (
    CellLegs,
    draw_blocking_by_cell,
    erlang_blocking,
    leg_blocking,
    offered_erl,
    read_cells,
)
from sim.report.figures.over_time import (
    CARRIED,
    MAX_STEPS,
    Series,
    draw_traffic_over_time,
    join_bins,
    read_series,
)
from sim.report.folder import RunFacts, Territory, read_best_cells, read_run, read_territory
from sim.report.maps import draw_scale_bar, frame_map
from sim.report.style import NETWORK_COLOURS, NETWORK_LINES, NETWORK_MARKERS, paper_style
from sim.stats.theory import erlang_b
from tests.report.layout import nothing_overlaps


def territory_of(side: int, resolution_m: float = 1000.0) -> Territory:
    row, col = np.divmod(np.arange(side * side), side)
    return Territory(
        resolution_m=resolution_m,
        x_m=(col + 0.5) * resolution_m,
        y_m=(row + 0.5) * resolution_m,
        population=np.arange(side * side, dtype=np.float64),
        province_idx=np.zeros(side * side, np.int64),
        province_codes=("plain",),
        outlines=(box(0.0, 0.0, side * resolution_m, side * resolution_m),),
    )


def cells_of(offered: np.ndarray, n_channels: np.ndarray) -> CellLegs:
    """Return cells that behave exactly as Erlang says."""
    n = len(offered)
    blocking = np.array([erlang_b(a, k) for a, k in zip(offered, n_channels, strict=True)])
    return CellLegs(
        name=np.array([f"c{k}" for k in range(n)]),
        network_idx=np.zeros(n, np.int64),
        x_m=np.zeros(n),
        y_m=np.zeros(n),
        azimuth_deg=np.full(n, np.nan),
        n_channels=n_channels,
        n_offered=offered * 36.0,
        n_refused=offered * 36.0 * blocking,
        busy_erl=offered * (1.0 - blocking),
    )


def run_of(duration_s: float) -> RunFacts:
    start = datetime(2022, 11, 16, 19)
    return RunFacts("s", "0" * 64, 1, start, duration_s, ("one",), ("One",), ())


def test_offered_traffic_is_recovered_from_what_was_carried():
    offered = np.array([0.5, 5.0, 15.0, 60.0, 0.0])
    cells = cells_of(offered, np.array([1, 10, 10, 40, 3]))
    np.testing.assert_allclose(offered_erl(cells), offered, rtol=1e-12)
    np.testing.assert_allclose(erlang_blocking(cells)[:4], leg_blocking(cells)[:4], rtol=1e-9)
    assert np.isnan(leg_blocking(cells)[4])


def test_a_cell_that_refuses_everything_has_no_known_load():
    cells = cells_of(np.array([2.0]), np.array([0]))
    assert leg_blocking(cells)[0] == 1.0
    assert np.isnan(offered_erl(cells)[0])
    assert np.isnan(erlang_blocking(cells)[0])


def test_classes_split_served_squares_by_power_and_others_by_people():
    territory = territory_of(40)
    rscp_dbm = np.linspace(-105.0, -65.0, 1600)
    rscp_dbm[::2] = np.nan
    nowhere = np.empty(0)
    layer = NetworkLayer("one", "One", rscp_dbm, nowhere, nowhere)
    classed = classify_coverage(territory, [layer])
    names = np.array([one.name for one in classed.classes])[classed.class_idx[0]]
    assert names[0] == "unserved_empty"
    assert names[50] == "unserved_to_50_per_km2"
    assert names[52] == "unserved_50_to_500_per_km2"
    assert names[502] == "unserved_over_500_per_km2"
    assert names[1] == "served_below_-100_dbm"
    assert set(names[(rscp_dbm >= -90.0) & (rscp_dbm < -80.0)]) == {"served_-90_to_-80_dbm"}
    assert names[1599] == "served_from_-70_dbm"


def test_small_squares_are_coloured_by_the_people_of_their_block():
    territory = replace(
        territory_of(10),
        resolution_m=100.0,
        x_m=np.tile(np.arange(10) * 100.0 + 50.0, 10),
        y_m=950.0 - np.repeat(np.arange(10) * 100.0, 10),
        population=np.eye(10)[:, ::-1].ravel() * (np.arange(100) < 50),
    )
    layer = NetworkLayer("one", "One", np.full(100, np.nan), np.empty(0), np.empty(0))
    classed = classify_coverage(territory, [layer])
    names = np.array([one.name for one in classed.classes])[classed.class_idx[0]].reshape(10, 10)
    assert set(names[:5, 5:].ravel()) == {"unserved_to_50_per_km2"}  # 5 people in 0.25 km2
    assert set(names[:5, :5].ravel()) | set(names[5:].ravel()) == {"unserved_empty"}


@pytest.mark.parametrize("value", [-70.0, np.nan])
def test_one_power_or_none_is_drawn_as_well(value):
    territory = territory_of(3)
    layer = NetworkLayer("one", "One", np.full(9, value), np.empty(0), np.empty(0))
    classed = classify_coverage(territory, [layer])
    served = {classed.classes[idx].is_served for idx in classed.class_idx[0]}
    assert served == {bool(np.isfinite(value))}


@pytest.mark.parametrize(
    ("side", "resolution_m", "text"), [(600, 1000.0, "100 km"), (3, 100.0, "50 m")]
)
def test_the_scale_bar_is_as_long_as_it_says(side, resolution_m, text):
    territory = territory_of(side, resolution_m)
    figure = Figure(figsize=(3.0, 3.0))
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    frame_map(ax, territory)
    draw_scale_bar(ax, territory)
    (bar,) = ax.lines
    assert ax.texts[0].get_text() == text
    length_m = np.ptp(bar.get_xdata())
    number, unit = text.split()
    assert length_m == pytest.approx(float(number) * (1000.0 if unit == "km" else 1.0))
    assert ax.get_aspect() == 1.0


@pytest.mark.parametrize("highest", [0.0, 0.002, 0.04, 0.14, 0.9])
def test_labels_of_the_blocking_axis_say_what_the_ticks_are(highest):
    begin_s, none, n = np.arange(0.0, 3600.0, 60.0), np.full(60, np.nan), np.ones(60, np.int32)
    series = [
        Series(0, measure, begin_s, begin_s + 60.0, np.full(60, value), none, none, n)
        for measure, value in ((CARRIED, 1.0), ("voice.blocking", highest))
    ]
    with paper_style():
        figure = draw_traffic_over_time(run_of(3600.0), series)
        figure.draw_without_rendering()
        ticks = figure.axes[1].yaxis.get_major_ticks()
    for tick in ticks:
        text = tick.label1.get_text()
        assert text.endswith(" %")
        assert float(text.removesuffix(" %")) == pytest.approx(100.0 * tick.get_loc())


@pytest.mark.parametrize(
    ("duration_h", "first", "label"),
    [
        (1.0, "19:00", "local time, 2022-11-16"),
        (24.0, "20:00", "local time, 2022-11-16"),
        (200.0, "2022-11-17", "local time; dates stand at 00:00"),
    ],
)
def test_the_axis_shows_the_clock_of_the_scenario(duration_h, first, label):
    begin_s = np.arange(0.0, duration_h * 3600.0, 900.0)
    value = np.full(len(begin_s), 50.0)
    nothing = np.full(len(begin_s), np.nan)
    n = np.ones(len(begin_s), np.int32)
    series = [
        Series(0, measure, begin_s, begin_s + 900.0, value / scale, nothing, nothing, n)
        for measure, scale in ((CARRIED, 1.0), ("voice.blocking", 5000.0))
    ]
    with paper_style():
        figure = draw_traffic_over_time(run_of(duration_h * 3600.0), series)
        figure.draw_without_rendering()
        lower = figure.axes[1]
        shown = [
            tick.label1.get_text()
            for tick in lower.xaxis.get_major_ticks()
            if lower.get_xlim()[0] <= tick.get_loc() <= lower.get_xlim()[1]
        ]
    assert shown[0] == first
    assert lower.get_xlabel() == label
    assert lower.get_ylim()[0] == 0.0


def test_bins_of_a_long_run_are_joined_without_loss(results_folder):
    made = results_folder(n_networks=1, n_replications=2)
    run = read_run(made.path)
    short = read_series(made.path, run)[0]
    n_bins = 250
    columns = made.series_columns
    begin_s = np.tile(np.arange(n_bins) * 60.0, 2)
    made.series_columns = {
        "replication": np.repeat([0, 1], n_bins),
        "begin_s": begin_s,
        "width_s": np.full(2 * n_bins, 60.0),
        "network": np.full(2 * n_bins, "koryolink"),
        "carried_erl": np.arange(2.0 * n_bins),
        "attempts": np.full(2 * n_bins, 10),
        "blocked": np.arange(2 * n_bins) % 3,
        "completed": np.full(2 * n_bins, 5),
    }
    made.save_timeseries()
    carried, blocking = read_series(made.path, run)
    assert len(short.value) == len(np.unique(columns["begin_s"]))
    assert len(carried.value) == n_bins / 5 <= MAX_STEPS
    width_s = carried.end_s - carried.begin_s
    assert carried.end_s[-1] == n_bins * 60.0
    np.testing.assert_allclose(
        (carried.value * width_s).sum() / width_s.sum(), (2 * n_bins - 1) / 2
    )
    assert blocking.value.mean() == pytest.approx(made.series_columns["blocked"].sum() / 5000.0)


@pytest.mark.parametrize(
    ("n_bins", "n_steps"), [(20, 20), (59, 59), (60, 12), (240, 48), (1440, 96), (2880, 96)]
)
def test_an_hour_and_more_has_steps_of_five_minutes_and_more(n_bins, n_steps):
    bins = {"begin_s": np.arange(float(n_bins))[None] * 60.0, "width_s": np.full((1, n_bins), 60.0)}
    joined = join_bins(bins, ())
    assert joined["begin_s"].shape == (1, n_steps)
    assert joined["width_s"].sum() == 60.0 * n_bins


@pytest.mark.parametrize("n_replications", [2, 3])
def test_bands_are_of_three_replications_and_more(n_replications):
    begin_s = np.arange(0.0, 3600.0, 300.0)
    value, n = np.full(12, 5.0), np.full(12, n_replications, np.int32)
    series = [
        Series(0, measure, begin_s, begin_s + 300.0, value / 100.0, value / 200.0, 9.0 * value, n)
        for measure in (CARRIED, "voice.blocking")
    ]
    with paper_style():
        figure = draw_traffic_over_time(run_of(3600.0), series)
    assert [len(ax.collections) for ax in figure.axes] == [n_replications - 2] * 2
    # A wide band does not press the line down to nothing.
    assert figure.axes[0].get_ylim()[1] == pytest.approx(0.05 * 1.08 * (n_replications - 1))


def test_eight_networks_are_told_apart():
    assert len(set(NETWORK_COLOURS)) == len(set(NETWORK_LINES)) == len(set(NETWORK_MARKERS)) == 8


def test_the_map_has_north_at_the_top_and_west_at_the_left():
    side = 20
    territory = territory_of(side)
    is_corner = (territory.x_m < 5_000.0) & (territory.y_m > 10_000.0)
    layer = NetworkLayer("one", "One", np.where(is_corner, -70.0, np.nan), np.empty(0), np.empty(0))
    with paper_style():
        figure = draw_coverage_map(territory, [layer], classify_coverage(territory, [layer]))
        (image,) = figure.axes[0].images
    west, east, south, north = image.get_extent()
    pixels = np.asarray(image.get_array(), np.int64)[..., :3]
    row, col = np.nonzero(pixels[..., 2] > pixels[..., 0] + 30)
    x_m = west + (col + 0.5) / pixels.shape[1] * (east - west)
    y_m = north - (row + 0.5) / pixels.shape[0] * (north - south)
    assert image.origin == "upper"
    assert set(zip(x_m, y_m, strict=True)) == set(
        zip(territory.x_m[is_corner], territory.y_m[is_corner], strict=True)
    )


@pytest.mark.parametrize(("n_networks", "side", "n_sites"), [(1, 3, 1), (2, 24, 6), (3, 40, 20)])
def test_nothing_runs_over_the_edge_or_over_a_legend(results_folder, n_networks, side, n_sites):
    made = results_folder(n_networks=n_networks, side=side, n_sites=n_sites)
    run, territory = read_run(made.path), read_territory(made.path)
    layers = read_layers(made.path, run)
    cells, best_idx = read_cells(made.path, run), read_best_cells(made.path, run)
    with paper_style():
        figures = (
            draw_coverage_map(territory, layers, classify_coverage(territory, layers)),
            draw_coverage_distance(read_distances(made.path, run)),
            draw_traffic_over_time(run, read_series(made.path, run)),
            draw_blocking_by_cell(run, territory, cells, best_idx),
            draw_blocking_by_cause(read_failures(made.path, run)),
        )
        for figure in figures:
            nothing_overlaps(figure)
