"""Figures of sweeps show the numbers of their table, and what Erlang's formula says of them."""

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.errors import StoreError
from sim.report.figures import sweep
from sim.report.figures.sweep import draw_sweep_figures, read_sweep, sweep_caption
from sim.runs.sweeps.collect import erlang_measures
from sim.runs.sweeps.sweep import run_sweep
from sim.scenario.load import load_scenario
from sim.stats.theory import erlang_b

SWEEP = """\
name: cell
base: erlang_b
set: {run.duration_h: 20}
replications: 3
axes:
  - {name: n_channels, label: channels, path: "networks[net].sites[a].n_channels", values: [20, 30]}
  - {name: load, unit: erl, path: "traffic.sources[town].offered_erl", low: 10, high: 30, n_values: 3}
measures: [voice.blocking, voice.attempts]
notes: A trial.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cell")
    (path / "cell.yaml").write_text(SWEEP)
    return run_sweep(path / "cell.yaml", shard="1/1", out=path / "out").folder


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "figures" / f"{name}.csv").read_text().splitlines()))


def test_figures_hold_the_numbers_of_the_table_and_of_erlang(folder):
    drawn = draw_sweep_figures(folder)
    names = {path.stem for path in drawn}
    assert names == {
        f"{kind}_voice_{one}" for kind in ("curves", "map") for one in ("blocking", "attempts")
    }
    table = pq.read_table(folder / "sweep.parquet").to_pylist()
    wanted = [row for row in table if row["measure"] == "voice.blocking"]
    found = rows(folder, "curves_voice_blocking")
    assert len(found) == 6
    for row, shown in zip(wanted, found, strict=True):
        assert float(shown["value"]) == row["value"]
        assert float(shown["low"]) == row["low"]
        assert float(shown["load"]) == row["load"]
        assert float(shown["theory"]) == erlang_b(row["load"], row["n_channels"])
    assert {row["theory"] for row in rows(folder, "curves_voice_attempts")} == {""}
    caption = (folder / "figures" / "curves_voice_blocking.txt").read_text()
    assert "over channels and load: sweep cell" in caption
    assert "3 replications" in caption
    assert "Erlang B" in caption
    assert caption.endswith(" Note: A trial.\n")


def test_figures_have_the_same_bytes_again(folder):
    first = {p.name: hashlib.sha256(p.read_bytes()).digest() for p in draw_sweep_figures(folder)}
    again = {p.name: hashlib.sha256(p.read_bytes()).digest() for p in draw_sweep_figures(folder)}
    assert first == again


def test_curves_are_drawn_where_the_numbers_are(folder):
    one = next(read_sweep(folder))
    figure = sweep.draw_curves(one)
    (ax,) = figure.axes
    simulated = [line for line in ax.lines if line.get_linewidth() > 1.0]
    theory = [line for line in ax.lines if line.get_linewidth() < 1.0]
    assert (len(simulated), len(theory)) == (2, 2)
    for line, n_channels in zip(simulated, (20, 30), strict=True):
        chosen = one.axes[0].values == n_channels
        assert np.array_equal(line.get_xdata(), one.axes[1].values[chosen])
        assert np.array_equal(line.get_ydata(), one.value[chosen])
    image = sweep.draw_map(one).axes[0].images[0].get_array()
    assert image.shape == (2, 3)
    assert np.array_equal(image.ravel(), one.value)


@pytest.mark.parametrize(
    ("measure", "unit", "factor", "title"),
    [
        ("data.throughput_bps", "bit/s", 1e-3, "data.throughput [kbit/s]"),
        ("data.carried_bit", "bit", 1e-9, "data.carried [Gbit]"),
        ("voice.offered_erl", "erl", 1.0, "voice.offered_erl [erl]"),
    ],
)
def test_bits_are_drawn_in_units_of_short_numbers(folder, measure, unit, factor, title):
    one = replace(next(read_sweep(folder)), measure=measure, unit=unit)
    (ax,) = sweep.draw_curves(one).axes
    assert ax.get_ylabel() == title
    chosen = one.axes[0].values == 20
    drawn = ax.lines[0].get_ydata()
    assert drawn == pytest.approx(one.value[chosen] * factor, rel=1e-12)
    panel, bar = sweep.draw_map(one).axes
    field = np.asarray(panel.images[0].get_array()).ravel()
    assert field == pytest.approx(one.value * factor, rel=1e-12)
    assert bar.get_ylabel().replace("\n", " ") == title


def test_simulation_agrees_with_the_formula(folder):
    one = next(read_sweep(folder))
    # Six intervals of 95 % that share random numbers: twice their half width holds all but rarely.
    half = (one.high - one.low) / 2.0
    assert (np.abs(one.value - one.theory) <= 2.0 * half + 1e-3).all()


@pytest.mark.parametrize(
    ("name", "overrides"),
    [("two_cells", []), ("erlang_b", ["networks[net].n_subscribers=5"]), ("pyongyang_evening", [])],
)
def test_the_formula_is_silent_where_it_does_not_apply(name, overrides):
    assert erlang_measures(load_scenario(name, overrides).scenario) == {}


def test_drawn_points_and_folders_that_are_none(folder, tmp_path):
    one = next(read_sweep(folder))
    assert len(sweep.draw_points(one).axes) == 2
    assert "Bars are" in sweep_caption("points", one)
    with pytest.raises(StoreError, match="no table of a sweep"):
        draw_sweep_figures(tmp_path)
