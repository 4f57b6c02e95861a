"""Figures of soft capacity from a folder whose numbers are known."""

import csv
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.report.draw import draw_figures
from sim.report.figures.soft_blocking import (
    FEWEST_IN_GROUP,
    call_load,
    draw_load_and_blocking,
    groups_of,
    observed_blocking,
    predict,
)
from sim.report.figures.soft_capacity import read_soft_cells
from sim.report.folder import read_run
from sim.report.style import paper_style
from sim.stats.theory import erlang_b
from tests.report.layout import nothing_overlaps

SOFT = ["soft_capacity_by_cell", "blocking_by_cause", "load_and_blocking"]
POWERS = (
    "max_noise_rise_db: 6\n    common_power_to_pilot_db: 3\n    max_power_to_pilot_db: 10\n"
    "    hsdpa_reserved_share: 0.0\n    orthogonality: {value: 0.6, source: T1}\n"
)
SERVICE = (
    "{name: voice, rate_bps: 12200, uplink_eb_n0_db: {value: 4, source: H1}, uplink_activity: 0.67, "
    "downlink_eb_n0_db: 7, downlink_activity: 0.58}"
)
OWN_UP = 10.0**0.4 * 12_200.0 * 0.67 / 3.84e6
OWN_UP /= 1.0 + OWN_UP
OWN_DOWN = 10.0**0.7 * 12_200.0 * 0.58 / 3.84e6 * 0.4


@pytest.fixture(scope="module")
def soft(drawn, tmp_path_factory):
    made = type(drawn)(tmp_path_factory.mktemp("soft") / "folder", 2, 24, 6, 3)
    path = made.path / "cells.parquet"
    table = pq.read_table(path)
    n = table.num_rows
    columns = {
        "noise_rise_db": np.full(n, 3.0),
        "noise_rise_max_db": np.full(n, 5.0),
        "power_w": np.linspace(5.0, 15.0, n),
        "power_max_w": np.full(n, 18.0),
        "power_limit_w": np.full(n, 20.0),
        "blocked_uplink": np.arange(n, dtype=float) % 4,
    }
    columns |= {
        name: np.zeros(n)
        for name in ("no_coverage", "blocked_downlink", "blocked_code", "blocked_channel_element")
    }
    for name, values in columns.items():
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(name), pa.array(values))
    pq.write_table(table, path)
    with (made.path / "scenario.yaml").open("a") as file:
        file.write(f"radio:\n  wcdma:\n    {POWERS}    services: [{SERVICE}]\n")
    draw_figures(made.path)
    return made


def rows_of(made, name):
    with (made.path / "figures" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_figures_of_soft_capacity_stand_in_place_of_erlang_b(soft):
    drawn = {path.stem for path in (soft.path / "figures").glob("*.pdf")}
    assert set(SOFT) <= drawn
    assert "blocking_by_cell" not in drawn


def test_the_table_of_cells_holds_what_was_measured(soft):
    rows = rows_of(soft, "soft_capacity_by_cell")
    assert [float(row["power_w"]) for row in rows] == pytest.approx(
        np.linspace(5.0, 15.0, len(rows))
    )
    assert [float(row["n_blocked_uplink"]) for row in rows] == [k % 4 for k in range(len(rows))]


def test_causes_are_shares_of_attempts(soft):
    rows = {
        (row["network"], row["province"], row["outcome"]): row
        for row in rows_of(soft, "blocking_by_cause")
    }
    for network in soft.names:
        for province, attempts in (("all", 3000.0), ("west", 1000.0), ("east", 2000.0)):
            row = rows[network, province, "blocked_channel"]
            assert float(row["attempts"]) == attempts
            assert float(row["share"]) == pytest.approx(0.1)
            assert row["class"] == "blocked"
            assert float(rows[network, province, "no_answer"]["share"]) == pytest.approx(0.2)
            assert float(rows[network, province, "dropped"]["share"]) == 0.0
    assert not [key for key in rows if key[2] == "completed"]


def test_the_load_of_a_call_is_that_of_the_load_equation():
    service = {"uplink_eb_n0_db": 4.0, "rate_bps": 12_200.0, "uplink_activity": 0.67}
    assert call_load(service, "uplink") == pytest.approx(10.0**0.4 * 12_200.0 * 0.67 / 3.84e6)


@pytest.fixture
def predicted(soft):
    run = read_run(soft.path)
    cells = read_soft_cells(soft.path, run)
    # Cells of some tens of calls, as loud as their calls alone make them, and louder.
    legs = replace(cells.legs, busy_erl=np.linspace(5.0, 75.0, len(cells.legs.busy_erl)))
    cells = replace(cells, legs=legs, noise_rise_db=np.linspace(0.5, 4.0, len(legs.busy_erl)))
    return cells, predict(run, cells, 0.0), run


def test_so_many_calls_fill_the_uplink(predicted):
    """With the present calls the load equation gives the present noise rise, with the predicted ones the greatest."""
    cells, theory, _ = predicted
    rise = 10.0 ** (cells.noise_rise_db / 10.0)
    elsewhere = rise * (1.0 - cells.legs.busy_erl * OWN_UP)
    assert elsewhere / (1.0 - theory.uplink_calls * OWN_UP) == pytest.approx(10.0**0.6)


def test_so_many_calls_fill_the_downlink(predicted):
    cells, theory, _ = predicted
    common_w = 20.0 * 10.0**-0.7

    def power_w(n_calls, added_w):
        return (common_w + n_calls * added_w) / (1.0 - n_calls * OWN_DOWN)

    busy = cells.legs.busy_erl
    added_w = (cells.power_w * (1.0 - busy * OWN_DOWN) - common_w) / busy
    there = added_w > 0.0
    assert there.any()
    assert power_w(busy, added_w)[there] == pytest.approx(cells.power_w[there])
    assert power_w(theory.downlink_calls, added_w)[there] == pytest.approx(20.0)
    # Less than nothing comes from elsewhere where the calls alone would ask for more power than was sent.
    assert power_w(theory.downlink_calls, 0.0)[~there] == pytest.approx(20.0)


def test_prediction_is_erlang_b_of_the_fewer_calls(predicted):
    cells, theory, _ = predicted
    fewer = np.minimum(theory.uplink_calls, theory.downlink_calls)
    for n, offered, blocking in zip(fewer, cells.offered_erl, theory.blocking, strict=True):
        assert blocking == erlang_b(offered, int(n))
    assert theory.blocking.max() > 0.001


def test_power_for_data_makes_room_for_calls(predicted):
    cells, theory, run = predicted
    with_data = predict(run, cells, 1.0)
    assert (with_data.downlink_calls >= theory.downlink_calls).all()
    assert with_data.downlink_calls.sum() > theory.downlink_calls.sum()


def test_cells_of_like_prediction_are_taken_together_by_their_phones():
    predicted = np.repeat([0.0, 0.002, 0.05], FEWEST_IN_GROUP)
    observed = np.where(np.arange(len(predicted)) % FEWEST_IN_GROUP == 0, 0.1, 0.0)
    weight = np.where(observed > 0.0, 300.0, 100.0)
    share = 0.1 * 300.0 / (300.0 + 100.0 * (FEWEST_IN_GROUP - 1))
    x, y = groups_of(predicted, observed, weight, 1e-4)
    assert x == pytest.approx([0.0, 0.002, 0.05])
    assert y == pytest.approx([share] * 3)
    x, _ = groups_of(predicted[1:], observed[1:], weight[1:], 1e-4)
    assert x == pytest.approx([0.002, 0.05])


def test_dots_are_where_cells_were_predicted_and_observed(predicted):
    cells, theory, run = predicted
    with paper_style():
        figure = draw_load_and_blocking(run, cells, theory)
        nothing_overlaps(figure)
    observed = observed_blocking(cells)
    dots = np.concatenate([ax.lines[0].get_xydata() for ax in figure.axes[:2]])
    seen = observed > 0.0
    assert sorted(dots[:, 1]) == pytest.approx(sorted(observed[seen]))
    for ax in figure.axes[:2]:
        diagonal = [line for line in ax.lines if line.get_color() == "black"]
        assert len(diagonal) == 1
        assert np.array_equal(diagonal[0].get_xdata(), diagonal[0].get_ydata())
