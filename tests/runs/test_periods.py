"""Hours and days: what their bins hold, at the hours of the clock."""

import numpy as np
import pytest

from sim.runs.measures.periods import period_sums, periods_table

NAMES = ("attempts", "blocked", "completed", "redials", "by_hand", "patch_lost")


def series(n_bins, factor):
    """Two networks and all; in bin k of the first k attempts times a factor, of which a quarter is blocked."""
    begin_s = np.arange(n_bins) * 60.0
    one = factor * np.arange(n_bins, dtype=float)
    columns = {name: np.tile(one, 3) for name in NAMES}
    columns |= {"blocked": columns["attempts"] / 4.0, "patch_lost": columns["by_hand"] / 2.0}
    columns |= {"carried_erl": np.full(3 * n_bins, factor), "waiting": np.full(3 * n_bins, 2.0)}
    return columns | {
        "begin_s": np.tile(begin_s, 3),
        "width_s": np.full(3 * n_bins, 60.0),
        "network": np.repeat(["a", "b", "all"], n_bins),
    }


def rows_of(start, n_bins, factors=(1.0, 3.0)):
    all_series = [series(n_bins, factor) for factor in factors]
    kept = {"timeseries": all_series, "periods": [period_sums(start, one) for one in all_series]}
    return periods_table(start, kept).to_pylist()


def test_hours_are_those_of_the_clock():
    rows = [r for r in rows_of("2022-11-16 19:30", 120) if r["period"] == "hour"]
    first = [r for r in rows if r["network"] == "a"]
    assert [r["begin"] for r in first] == [
        "2022-11-16 19:00", "2022-11-16 20:00", "2022-11-16 21:00"
    ]  # fmt: skip
    assert [r["length_s"] for r in first] == [1800.0, 3600.0, 1800.0]
    assert [r["attempts"] for r in first] == [
        2.0 * sum(range(30)),
        2.0 * sum(range(30, 90)),
        2.0 * sum(range(90, 120)),
    ]
    assert all(r["blocking"] == pytest.approx(0.25) for r in rows)
    assert all(r["patch_lost_share"] == pytest.approx(0.5) for r in rows)
    assert all(r["carried_erl"] == pytest.approx(2.0) for r in rows)
    assert all(r["attempts_low"] < r["attempts"] < r["attempts_high"] for r in rows)


def test_days_begin_at_midnight():
    rows = [r for r in rows_of("2022-11-16 23:00", 180, (1.0,)) if r["network"] == "all"]
    days = [r for r in rows if r["period"] == "day"]
    assert [(r["begin"], r["length_s"]) for r in days] == [
        ("2022-11-16 00:00", 3600.0),
        ("2022-11-17 00:00", 7200.0),
    ]
    hours = [r for r in rows if r["period"] == "hour"]
    assert len(hours) == 3
    assert sum(r["attempts"] for r in hours) == sum(r["attempts"] for r in days) == sum(range(180))
