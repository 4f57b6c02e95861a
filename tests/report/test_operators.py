"""Figures of operators, from a small run with manual exchanges and from folders made up."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from sim.report.draw import draw_figures, figures_are_drawn
from sim.report.figures.exchanges import (
    MAX_NAMED,
    N_WORST,
    draw_operators_by_exchange,
    exchange_name,
    read_exchanges,
)
from sim.report.figures.operators import (
    draw_operators_over_time,
    has_work_by_hand,
    read_operators,
)
from sim.report.folder import read_run
from sim.report.style import paper_style
from sim.runs import run_scenario
from sim.runs.parquet import read_parquet
from sim.tables import EXCHANGES
from tests.oracle.scenarios import COUNTIES
from tests.report.conftest import WINDOW_S, write_table
from tests.report.layout import nothing_overlaps

BOTH = ["operators_over_time", "operators_by_exchange"]
ENDS = ("", "_low", "_high")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_numbers(rows: list[dict[str, str]], column: str) -> list[float]:
    return [float(row[column] or "nan") for row in rows]


@pytest.fixture(scope="module")
def counties(tmp_path_factory) -> Path:
    """Return the results of two county boards and a village, an hour, three replications."""
    folder = tmp_path_factory.mktemp("counties")
    path = folder / "counties.yaml"
    path.write_text(COUNTIES.model_dump_json(exclude_unset=True), encoding="utf-8")
    made = run_scenario(path, replications=3, out=folder / "results", progress=False).folder
    draw_figures(made)
    return made


def write_exchanges(made, n: int, n_idle: int = 0) -> dict[str, np.ndarray]:
    """Add to a folder a table of exchanges, and operators to its time series; take its maps away, which take long."""
    (made.path / "coverage.parquet").unlink()
    (made.path / "sites.parquet").unlink()
    order = np.random.default_rng(5).permutation(n)  # a shuffle for the eye, in no simulation
    wait_s, share = 5.0 + 2.0 * order, (order + 1.0) / (n + 2.0)
    columns = {
        "exchange": np.array([f"county_{k}" for k in range(n)]),
        "province": np.repeat("west", n),
        "operators": 1.0 + order % 4,
        "arrived": np.where(np.arange(n) < n - n_idle, 20.0 + 10.0 * order, 0.0),
    }
    for name, value in (("wait_p95_s", wait_s), ("abandonment", share), ("occupancy", share)):
        columns |= {name: value, f"{name}_low": 0.8 * value, f"{name}_high": 1.1 * value}
    write_table(made.path / "exchanges.parquet", EXCHANGES, columns)
    n_bins = len(made.series_columns["begin_s"])
    made.series_columns |= {
        "by_hand": 20 + np.arange(n_bins) % 7,
        "patch_lost": np.arange(n_bins) % 5,
        "redials": np.arange(n_bins) % 11,
        "waiting": 3.0 + np.arange(n_bins) % 4,
    }
    made.save_timeseries()
    return columns


def test_a_run_with_operators_has_both_figures(counties):
    names = {path.name for path in (counties / "figures").iterdir()}
    for name in BOTH:
        assert {f"{name}.{end}" for end in ("pdf", "png", "csv", "txt")} <= names
    assert figures_are_drawn(counties)


def test_a_missing_figure_of_operators_is_missed(counties, tmp_path):
    copy = shutil.copytree(counties, tmp_path / "copy")
    (copy / "figures/operators_by_exchange.pdf").unlink()
    assert not figures_are_drawn(copy)
    (copy / "coverage.parquet").unlink()  # maps take long
    assert not figures_are_drawn(copy)
    assert [path.stem for path in draw_figures(copy)][-2:] == BOTH
    assert figures_are_drawn(copy)


def test_series_table_holds_what_the_time_series_hold(counties):
    rows = rows_of(counties / "figures/operators_over_time.csv")
    assert {row["network"] for row in rows} == {"all"}
    table = read_parquet(counties / "timeseries.parquet")
    is_all = table["network"].to_numpy(zero_copy_only=False) == "all"
    by_replication = {  # five minutes together
        name: table[name].to_numpy()[is_all].reshape(3, -1, 5).mean(axis=2)
        for name in ("waiting", "by_hand", "patch_lost", "redials", "attempts")
    }
    assert by_replication["patch_lost"].sum() > 0
    assert by_replication["redials"].sum() > 0
    n_lost, n = by_replication["patch_lost"].sum(axis=0), by_replication["by_hand"].sum(axis=0)
    expected = {
        "operators.waiting": by_replication["waiting"].mean(axis=0),
        "operators.attempts_per_min": n / 3.0,
        "operators.lost_share": n_lost / n,
        "voice.redial_share": by_replication["redials"].sum(axis=0)
        / by_replication["attempts"].sum(axis=0),
    }
    assert {row["measure"] for row in rows} == set(expected)
    for measure, values in expected.items():
        own = [row for row in rows if row["measure"] == measure]
        np.testing.assert_allclose(as_numbers(own, "value"), values, rtol=1e-12, err_msg=measure)
        assert as_numbers(own, "begin_s") == (300.0 * np.arange(12)).tolist()
        assert own[0]["clock"] == "2022-11-16 19:30:00"
        low, high = as_numbers(own, "low"), as_numbers(own, "high")
        assert np.all((np.array(low) <= values + 1e-12) & (values - 1e-12 <= np.array(high)))


def test_table_of_exchanges_holds_what_the_results_hold(counties):
    rows = rows_of(counties / "figures/operators_by_exchange.csv")
    table = {
        row["exchange"]: row for row in read_parquet(counties / "exchanges.parquet").to_pylist()
    }
    assert {row["exchange"] for row in rows} == set(table) == {"east", "west", "village"}
    waits_s = as_numbers(rows, "wait_p95_s")
    assert waits_s == sorted(waits_s, reverse=True)
    for row in rows:
        there = table[row["exchange"]]
        assert float(row["calls_per_h"]) == there["arrived"]  # in one hour
        assert row["province"] == there["province"]
        for name in (
            "operators",
            *(f"{m}{e}" for m in ("wait_p95_s", "abandonment", "occupancy") for e in ENDS),
        ):
            assert float(row[name]) == there[name], name


def test_captions_say_what_is_drawn_and_of_which_run(counties):
    manifest = json.loads((counties / "manifest.json").read_text())
    for name, said in (
        ("operators_over_time", ("in steps of 300 s", "n = 3 replications", "shares as a ratio")),
        ("operators_by_exchange", ("3 manual exchanges", "over 3 replications", "95 % intervals")),
    ):
        flat = " ".join((counties / f"figures/{name}.txt").read_text(encoding="utf-8").split())
        for words in (*said, "Scenario counties", manifest["id"], *manifest["notes"]):
            assert words in flat, words


def test_no_operators_no_figures(results_folder):
    made = results_folder(n_networks=1)
    write_exchanges(made, 3, n_idle=3)
    assert not has_work_by_hand(made.path)
    assert not set(BOTH) & {path.stem for path in draw_figures(made.path)}
    assert figures_are_drawn(made.path)


def test_minutes_are_joined_by_their_length(results_folder):
    made = results_folder(n_networks=1, n_replications=2)
    write_exchanges(made, 1)
    n_bins = int(WINDOW_S / 60.0)
    columns = {
        key: np.concatenate([np.tile(part, 10) for part in values.reshape(-1, n_bins)])
        for key, values in made.series_columns.items()
    }
    n_rows = len(columns["begin_s"])
    columns["begin_s"] = np.tile(np.arange(10 * n_bins) * 60.0, n_rows // (10 * n_bins))
    made.series_columns = columns
    made.save_timeseries()
    own = columns["network"] == "all"
    steps = {
        key: columns[key][own].reshape(2, -1, 5)
        for key in ("waiting", "by_hand", "patch_lost", "redials", "attempts")
    }
    waiting, by_hand, lost, redials = (one.value for one in read_operators(made.path))
    np.testing.assert_allclose(waiting, steps["waiting"].mean(axis=(0, 2)), rtol=1e-12)
    np.testing.assert_allclose(by_hand, steps["by_hand"].mean(axis=(0, 2)), rtol=1e-12)
    sums = {key: values.sum(axis=(0, 2)) for key, values in steps.items()}
    np.testing.assert_allclose(lost, sums["patch_lost"] / sums["by_hand"], rtol=1e-12)
    np.testing.assert_allclose(redials, sums["redials"] / sums["attempts"], rtol=1e-12)


@pytest.mark.parametrize("n", [1, pytest.param(MAX_NAMED, marks=pytest.mark.slow), MAX_NAMED + 40])
def test_pages_are_full_and_fit_on_paper(results_folder, n):
    made = results_folder(n_networks=1)
    write_exchanges(made, n)
    draw_figures(made.path)
    widths = {"operators_over_time": 1050, "operators_by_exchange": 2148}
    for name in BOTH:
        path = made.path / f"figures/{name}.png"
        image = imread(path)
        assert image.shape[1] == widths[name]
        assert image.shape[0] <= 3000  # ten inches
        assert image[image.shape[0] // 8 : -image.shape[0] // 8, :, :3].std() > 0.02
        assert path.stat().st_size < 1_000_000


def test_idle_exchanges_are_left_out_and_counted(results_folder):
    made = results_folder(n_networks=1, n_replications=1)
    columns = write_exchanges(made, 8, n_idle=2)
    draw_figures(made.path)
    rows = rows_of(made.path / "figures/operators_by_exchange.csv")
    assert {row["exchange"] for row in rows} == set(columns["exchange"][:6])
    flat = " ".join((made.path / "figures/operators_by_exchange.txt").read_text().split())
    assert "nobody called, 2 of them" in flat
    assert "There are no intervals" in flat
    assert "synthetic relief" in flat


def test_intervals_that_are_not_known_are_no_obstacle(results_folder):
    made = results_folder(n_networks=1, n_replications=1)
    columns = write_exchanges(made, 2)
    for name in ("wait_p95_s", "abandonment", "occupancy"):
        columns |= {f"{name}_low": np.full(2, np.nan), f"{name}_high": np.full(2, np.nan)}
    write_table(made.path / "exchanges.parquet", EXCHANGES, columns)
    draw_figures(made.path)
    rows = rows_of(made.path / "figures/operators_by_exchange.csv")
    assert {row["wait_p95_s_low"] for row in rows} == {""}


def test_calls_by_hour_follow_the_length_of_the_window(results_folder):
    made = results_folder(n_networks=1)
    columns = write_exchanges(made, 4)
    work, n_idle = read_exchanges(made.path, read_run(made.path))
    assert n_idle == 0
    by_name = dict(zip(work.name.tolist(), work.calls_per_h.tolist(), strict=True))
    for name, arrived in zip(columns["exchange"], columns["arrived"], strict=True):
        assert by_name[str(name)] == pytest.approx(arrived * 3600.0 / WINDOW_S, rel=1e-12)


@pytest.mark.parametrize("n", [MAX_NAMED, MAX_NAMED + 40])
def test_the_worst_have_a_name_and_the_rest_a_row(results_folder, n):
    made = results_folder(n_networks=1)
    write_exchanges(made, n)
    work, _ = read_exchanges(made.path, read_run(made.path))
    with paper_style():
        figure = draw_operators_by_exchange(work, {"west": "The West"})
        nothing_overlaps(figure)
    wait = figure.axes[0]
    labels = [text.get_text() for text in wait.get_yticklabels()]
    dots = wait.lines[0].get_xydata()
    if n == MAX_NAMED:
        assert len(labels) == len(dots) == n
        return
    assert len(dots) == N_WORST
    assert labels[-1] == f"the other {n - N_WORST}"
    assert dots[:, 0].tolist() == work.wait_p95_s.value[:N_WORST].tolist()
    rest = work.wait_p95_s.value[N_WORST:]
    assert rest.max() <= dots[:, 0].min()
    assert wait.lines[1].get_xydata()[0].tolist() == [np.median(rest), N_WORST + 1.0]


@pytest.mark.parametrize(
    ("name", "province", "said"),
    [
        ("kp_02_031", "KP-02", "South Pyongan 31"),
        ("kp_02_031", "KP-03", "Kp 02 031"),
        ("musan_up", "KP-09", "Musan up"),
        ("kp_09", "KP-09", "Kp 09"),
    ],
)
def test_exchanges_have_names_that_people_read(name, province, said):
    assert exchange_name(name, province, {"KP-02": "South Pyongan"}) == said


def test_what_never_was_is_left_out(results_folder):
    made = results_folder(n_networks=1)
    write_exchanges(made, 2)
    made.series_columns["patch_lost"] = np.zeros(len(made.series_columns["begin_s"]), int)
    made.save_timeseries()
    run = read_run(made.path)
    with paper_style():
        figure = draw_operators_over_time(run, read_operators(made.path))
        nothing_overlaps(figure)
    assert len(figure.axes) == 3
    assert not [ax for ax in figure.axes if "lost" in ax.get_ylabel()]
