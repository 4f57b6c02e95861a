"""Figures of soft capacity from a folder whose numbers are known."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.report.draw import draw_figures
from sim.report.figures.soft_blocking import call_load
from sim.report.figures.soft_capacity import CAUSE_LOOKS
from sim.stats.theory import erlang_b

SOFT = ["soft_capacity_by_cell", "blocking_by_cause", "load_and_blocking"]
LOST = dict.fromkeys(CAUSE_LOOKS, 0) | {"blocked_code": 10, "dropped": 20}
POWERS = (
    "max_noise_rise_db: 6\n    common_power_to_pilot_db: 3\n    max_power_to_pilot_db: 10\n"
    "    hsdpa_reserved_share: 0.0\n"
)
SERVICE = (
    "{name: voice, rate_bps: 12200, uplink_eb_n0_db: {value: 4, source: H1}, uplink_activity: 0.67}"
)


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
        "blocked_uplink": np.arange(n, dtype=float),
    }
    columns |= {
        name: np.zeros(n)
        for name in ("no_coverage", "blocked_downlink", "blocked_code", "blocked_channel_element")
    }
    for name, values in columns.items():
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(name), pa.array(values))
    pq.write_table(table, path)
    n_bins = len(made.series_columns["attempts"])
    made.series_columns |= {cause: np.full(n_bins, lost) for cause, lost in LOST.items()}
    made.save_timeseries()
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
    assert [float(row["n_blocked_uplink"]) for row in rows] == list(range(len(rows)))


def test_causes_are_shares_of_attempts(soft):
    rows = rows_of(soft, "blocking_by_cause")
    assert {row["measure"] for row in rows} >= {
        "voice.outcome.blocked_code",
        "voice.outcome.dropped",
    }
    for row in rows:
        cause = row["measure"].removeprefix("voice.outcome.")
        assert float(row["value"]) == pytest.approx(LOST[cause] / 200.0)


def test_the_load_of_a_call_is_that_of_the_load_equation():
    service = {"uplink_eb_n0_db": 4.0, "rate_bps": 12_200.0, "uplink_activity": 0.67}
    per_chip = 10.0**0.4 * 12_200.0 * 0.67 / 3.84e6
    assert call_load(service) == pytest.approx(per_chip / (1.0 + per_chip))


def test_theory_is_between_erlang_b_of_whole_numbers_of_calls(soft):
    """One service only: blocking is Erlang's, of the calls that fit, rounded down by the basic units."""
    text = " ".join((soft.path / "figures" / "load_and_blocking.txt").read_text().split())
    rows = [r for r in rows_of(soft, "load_and_blocking") if r["kind"] == "uplink theory"]
    for network, label in zip(soft.names, soft.labels, strict=True):
        said = text.split(f"{label}, uplink: a call has a load of")[1]
        f = float(said.split("f = ")[1].split()[0][:4])
        assert sum(row["network"] == network for row in rows) == 50
        most = (1.0 - 10.0**-0.6) / (
            call_load({"uplink_eb_n0_db": 4.0, "rate_bps": 12_200.0, "uplink_activity": 0.67})
            * (1.0 + f)
        )
        for row in rows:
            if row["network"] == network:
                offered, blocking = float(row["offered_erl"]), float(row["blocking"])
                least, greatest = (
                    erlang_b(offered, int(most * 1.03) + 1),
                    erlang_b(offered, int(most * 0.95) - 1),
                )
                assert least - 1e-12 <= blocking <= greatest + 1e-12


def test_theory_of_the_downlink_is_erlang_b_of_the_calls_that_the_power_bears(soft):
    text = " ".join((soft.path / "figures" / "load_and_blocking.txt").read_text().split())
    rows = [r for r in rows_of(soft, "load_and_blocking") if r["kind"] == "downlink theory"]
    for network, label in zip(soft.names, soft.labels, strict=True):
        load = float(text.split(f"{label}, downlink: a call has a load of ")[1].split(",")[0])
        most = (1.0 - 10.0**-0.7) / load
        points = [row for row in rows if row["network"] == network]
        assert len(points) == 50
        for row in points:
            offered, blocking = float(row["offered_erl"]), float(row["blocking"])
            least = erlang_b(offered, int(most * 1.03) + 1)
            greatest = erlang_b(offered, max(0, int(most * 0.95) - 1))
            assert least - 1e-12 <= blocking <= greatest + 1e-12
