"""The benchmark of soft capacity runs and says what it measured; never how fast."""

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bench.__main__ import main
from bench.convergence import UPDATES_S, table
from bench.national import Trip
from bench.soft import SMALL, Alone, Soft, Update, measure_update
from bench.soft_findings import soft_rows, soft_tables, update_rows
from bench.stages import STAGE_NAMES


def trip(repeat, n_attempts, loop_s):
    spent_s = dict.fromkeys(STAGE_NAMES, 0.5) | {"loop": loop_s}
    return Trip(SMALL, repeat, "wall", n_attempts, 4 * n_attempts, spent_s)


SOFT = Soft(
    {
        "channels": (trip(1, 1_000, 0.001), trip(2, 1_000, 0.002)),
        "wcdma": (trip(1, 1_000, 0.003), trip(2, 1_000, 0.004)),
    },
    (Alone("wcdma", 24.0, trip(1, 9_000, 0.01), 2**30),),
    (Update(9, 10.0, 18e-6),),
)


def test_tables_by_hand():
    speed, alone, updates = soft_tables(SOFT)
    assert [row[0] for row in speed.rows[:2]] == ["channels", "wcdma"]
    # 1,000 and 500 thousand calls a second; 333 and 250 thousand.
    assert [row[2] for row in speed.rows[:2]] == ["750,000", "291,667"]
    # Within the turns 3 and 2 times the time.
    assert speed.rows[2][3].startswith("2.50 ")
    assert alone.rows == (("24 h, wcdma", "9,000", "0.0100", alone.rows[0][3], "1.00"),)
    assert updates.rows == (("9", "10.0", "90.0", "18.0", "2.00"),)


def test_rows_hold_every_run():
    rows = soft_rows(SOFT)
    assert [(row["capacity"], row["repeat"], row["peak_bytes"]) for row in rows] == [
        ("channels", 1, 0), ("channels", 2, 0), ("wcdma", 1, 0), ("wcdma", 2, 0), ("wcdma", 1, 2**30),
    ]  # fmt: skip
    assert update_rows(SOFT) == [{"n_cells": 9, "calls_per_cell_erl": 10.0, "wall_s": 18e-6}]
    assert (soft_rows(None), update_rows(None)) == ([], [])


def test_an_update_takes_time():
    # A difference of two times: on a busy machine it may be less than nothing.
    assert abs(measure_update(4, 10.0, 1.0).wall_s) < 0.1


@pytest.mark.slow
def test_quick_run_writes_tables_and_files(tmp_path):
    options = ["--quick", "--part", "soft", "--national-repeats", "1", "--out", str(tmp_path)]
    answer = CliRunner().invoke(main, options, catch_exceptions=False)
    assert answer.exit_code == 0
    assert "us an update" in answer.output
    rows = pq.read_table(tmp_path / "soft.parquet").to_pylist()
    assert {row["capacity"] for row in rows} == {"channels", "wcdma"}
    assert all(row["loop_s"] > 0.0 for row in rows)
    assert max(row["peak_bytes"] for row in rows) > 1e8
    assert pq.read_table(tmp_path / "updates.parquet").num_rows == 2


@pytest.mark.slow
def test_table_of_convergence():
    lines = table(0.1, 2)
    assert len(lines) == 2 + len(UPDATES_S)
    assert "±" in lines[2]
    assert "±" not in lines[-1]
