"""Figures of sweeps show the numbers of their table, and what Erlang's formula says of them."""

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.errors import StoreError
from sim.report.figures.sweep import draw_sweep_figures, sweep_caption
from sim.report.figures.sweep_curves import (
    MOST_LINES,
    MOST_PANELS,
    can_be_curves,
    draw_curves,
    draw_points,
)
from sim.report.figures.sweep_map import can_be_a_map, draw_map
from sim.report.figures.sweep_table import SweepAxis, SweepMeasure, read_sweep
from sim.report.style import paper_style
from sim.runs.sweeps.collect import erlang_measures
from sim.runs.sweeps.sweep import run_sweep
from sim.scenario.load import load_scenario
from sim.stats.theory import erlang_b
from tests.report.layout import nothing_overlaps

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
    (ax,) = draw_curves(one).axes
    assert ax.get_ylabel() == "attempts blocked [%]"
    simulated = [line for line in ax.lines if line.get_linewidth() > 1.0]
    theory = [line for line in ax.lines if line.get_linewidth() < 1.0]
    assert (len(simulated), len(theory)) == (2, 2)
    for line, n_channels in zip(simulated, (20, 30), strict=True):
        chosen = one.axes[0].values == n_channels
        assert np.array_equal(line.get_xdata(), one.axes[1].values[chosen])
        assert line.get_ydata() == pytest.approx(100.0 * one.value[chosen])
    image = draw_map(one).axes[0].images[0].get_array()
    assert image.shape == (2, 3)
    assert np.asarray(image).ravel() == pytest.approx(100.0 * one.value)


@pytest.mark.parametrize(
    ("measure", "unit", "factor", "title"),
    [
        ("data.throughput_bps", "bit/s", 1e-3, "throughput of a flow, mean [kbit/s]"),
        ("data.carried_bit", "bit", 1e-9, "data carried [Gbit]"),
        ("voice.offered_erl", "erl", 1.0, "offered traffic [erl]"),
        ("my.own_km", "km", 1.0, "my.own_km [km]"),
    ],
)
def test_measures_are_drawn_in_words_and_units_of_short_numbers(
    folder, measure, unit, factor, title
):
    one = replace(next(read_sweep(folder)), measure=measure, unit=unit)
    (ax,) = draw_curves(one).axes
    assert ax.get_ylabel().replace("\n", " ") == title
    chosen = one.axes[0].values == 20
    drawn = ax.lines[0].get_ydata()
    assert drawn == pytest.approx(one.value[chosen] * factor, rel=1e-12)
    panel, bar = draw_map(one).axes
    field = np.asarray(panel.images[0].get_array()).ravel()
    assert field == pytest.approx(one.value * factor, rel=1e-12)
    assert bar.get_ylabel().replace("\n", " ") == title


def grid_of(*sizes: int, unit: str = "1", measure: str = "exchange.abandonment") -> SweepMeasure:
    """Return a measure over a grid of axes with long numbers, the first with choices of long names."""
    values = [np.arange(n) * 0.123456 + 0.25 for n in sizes]
    axes = np.meshgrid(*values, indexing="ij")
    n = int(np.prod(sizes))
    value = sum((k + 1) * axis.ravel() for k, axis in enumerate(axes)) / 10.0
    found = [
        SweepAxis(f"axis_{k}", f"a parameter of many words, the {k}th", "", axis.ravel())
        for k, axis in enumerate(axes)
    ]
    found[0] = replace(
        found[0],
        label="axis_0",
        values=np.repeat(
            [f"a_choice_with_a_long_name_{k}" for k in range(sizes[0])], n // sizes[0]
        ),
    )
    none = np.full(n, np.nan)
    return SweepMeasure(
        measure, ("kang_song",), unit, tuple(found), value, 0.9 * value, 1.2 * value, none, "",
        np.full(n, 3), "s", "0" * 64, ("A note.",),
    )  # fmt: skip


@pytest.mark.parametrize("sizes", [(8, 4), (2, 15), (3, 8, 7), (2, 2, 3, 11)])
def test_figures_of_every_grid_can_be_read(sizes):
    one = grid_of(*sizes)
    with paper_style():
        for is_drawn, make in ((can_be_curves, draw_curves), (can_be_a_map, draw_map)):
            assert is_drawn(one)
            nothing_overlaps(make(one))
        nothing_overlaps(draw_points(one))


def test_a_third_axis_has_a_panel_for_each_value_on_one_scale():
    one = grid_of(3, 4, 5)
    figure = draw_map(one)
    panels = figure.axes[:3]
    assert [ax.get_title(loc="left").replace("\n", " ") for ax in panels] == [
        f"Kang Song, axis 0: a choice with a long name {k}" for k in range(3)
    ]
    assert len({ax.images[0].get_clim() for ax in panels}) == 1
    found = np.concatenate([np.asarray(ax.images[0].get_array()).ravel() for ax in panels])
    assert found == pytest.approx(100.0 * one.value)
    curves = draw_curves(one).axes
    assert [len(ax.lines) for ax in curves] == [4, 4, 4]
    found = np.concatenate([line.get_ydata() for ax in curves for line in ax.lines])
    assert found == pytest.approx(100.0 * one.value)
    assert len({ax.get_ylim() for ax in curves}) == 1


def test_numbers_in_a_map_tell_its_fields_apart():
    one = grid_of(2, 3)
    texts = [text.get_text() for text in draw_map(one).axes[0].texts]
    assert len(set(texts)) == len(texts) == 6
    for text, value in zip(texts, one.value, strict=True):
        assert float(text) == pytest.approx(100.0 * value, abs=0.01 * 100.0 * np.ptp(one.value))


def test_what_are_no_curves_or_maps_is_not_drawn_as_such():
    assert not can_be_curves(grid_of(2, MOST_LINES + 1, MOST_LINES + 1))
    assert not can_be_a_map(grid_of(MOST_PANELS + 1, 2, 2))
    zipped = grid_of(4, 4)
    chosen = np.arange(0, 16, 5)
    axes = tuple(replace(axis, values=axis.values[chosen]) for axis in zipped.axes)
    numbers = {
        name: getattr(zipped, name)[chosen]
        for name in ("value", "low", "high", "theory", "n_replications")
    }
    zipped = replace(zipped, axes=axes, **numbers)
    assert not can_be_curves(zipped)
    assert not can_be_a_map(zipped)


def test_two_replications_have_no_band(folder):
    one = next(read_sweep(folder))
    assert len(draw_curves(one).axes[0].collections) == 2
    few = replace(one, n_replications=np.full(len(one.value), 2))
    assert not draw_curves(few).axes[0].collections
    assert "intervals" not in sweep_caption("curves", few)


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
    assert len(draw_points(one).axes) == 2
    assert "Bars are" in sweep_caption("points", one)
    with pytest.raises(StoreError, match="no table of a sweep"):
        draw_sweep_figures(tmp_path)
