"""Runs of several days, by hour of the clock: the numbers of `periods`, where they belong."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from sim.report.draw import draw_figures
from sim.report.figures.by_hour import MOST_DAYS, Panel, draw_days, read_days
from sim.report.folder import Estimate
from sim.report.style import paper_style
from sim.tables import PERIODS
from tests.report.conftest import write_table
from tests.report.layout import nothing_overlaps
from tests.report.test_operators import rows_of, write_exchanges


def hours_of(n_hours: int, first: int = 5) -> dict[str, list]:
    """Return the hours of a run that begins at that hour of 14 November 2022, a Monday, and one day of it."""
    clock = datetime(2022, 11, 14, first)
    begins = [f"{clock + timedelta(hours=k):%Y-%m-%d %H:%M}" for k in range(n_hours)]
    networks = ("koryolink", "kang_song", "all")
    number = np.arange(float(n_hours))
    columns = {
        "period": (["hour"] * n_hours + ["day"]) * 3,
        "begin": [*begins, "2022-11-14 00:00"] * 3,
        "network": [name for name in networks for _ in range(n_hours + 1)],
    }
    for name, values in {
        "carried_erl": number, "blocking": number / 1000.0, "waiting": number / 10.0, "by_hand": 60.0 * number,
        "patch_lost_share": number / 500.0, "redials": number, "attempts": 4.0 * number,
        "length_s": np.full(n_hours, 3600.0),
    }.items():  # fmt: skip
        columns[name] = np.concatenate(
            [
                factor * np.append(values, 1e9)
                for factor in ((1.0, 1.0, 1.0) if name == "length_s" else (1.0, 2.0, 3.0))
            ]
        )
    return columns


@pytest.fixture
def long_run(results_folder):
    def make(n_hours: int):
        made = results_folder(n_networks=2)
        text = (made.path / "scenario.yaml").read_text()
        (made.path / "scenario.yaml").write_text(text.replace("value: 0.5", f"value: {n_hours}"))
        write_exchanges(made, 2)  # takes the maps away
        write_table(made.path / "periods.parquet", PERIODS, hours_of(n_hours))
        return made

    return make


def test_hours_stand_where_the_clock_says(long_run):
    made = long_run(60)
    days = read_days(made.path, ["koryolink"], ["carried_erl"])
    assert days.dates == tuple(date(2022, 11, 14 + k) for k in range(3))
    field = days.columns["koryolink", "carried_erl"]
    assert np.isnan(field[0, :5]).all()
    assert np.isnan(field[2, 17:]).all()
    assert field[0, 5] == 0.0
    assert field[1, 0] == 19.0
    assert field[2, 16] == 59.0


def test_figures_of_days_have_the_numbers_of_the_hours(long_run):
    made = long_run(60)
    drawn = [path.stem for path in draw_figures(made.path)]
    assert {"traffic_over_time", "operators_over_time"} <= set(drawn)
    rows = {
        (row["measure"], row["network"], row["clock"]): float(row["value"])
        for name in ("traffic_over_time", "operators_over_time")
        for row in rows_of(made.path / f"figures/{name}.csv")
    }
    assert (
        len(rows) == 60 * 2 * 2 + 4 * 60 - 1
    )  # of an hour without attempts there is no share of redials
    assert rows["voice.carried_erl", "kang_song", "2022-11-15 00:00"] == 2.0 * 19.0
    assert rows["voice.blocking", "koryolink", "2022-11-15 03:00"] == pytest.approx(0.022)
    assert rows["operators.attempts_per_min", "all", "2022-11-14 06:00"] == pytest.approx(3.0)
    assert rows["voice.redial_share", "all", "2022-11-14 06:00"] == pytest.approx(0.25)
    text = " ".join((made.path / "figures/traffic_over_time.txt").read_text().split())
    assert "a row for each of 3 days" in text


@pytest.mark.parametrize(("n_days", "n_rows"), [(3, 3), (MOST_DAYS, MOST_DAYS), (21, 7)])
def test_many_days_are_means_of_weekdays(n_days, n_rows):
    dates = [date(2022, 11, 16) + timedelta(days=k) for k in range(n_days)]
    value = np.add.outer(np.arange(float(n_days)), np.zeros(24))
    none = np.full(value.shape, np.nan)
    panels = [
        Panel(name, "m", "One network", "carried traffic [erl]", Estimate(value, none, none))
        for name in ("a", "b")
    ]
    with paper_style():
        figure = draw_days(dates, panels, 2)
        nothing_overlaps(figure)
    image = np.asarray(figure.axes[0].images[0].get_array())
    assert image.shape == (n_rows, 24)
    if n_days == 21:  # from a Wednesday: Mondays are days 5, 12 and 19
        assert image[0].tolist() == [12.0] * 24
        assert [text.get_text() for text in figure.axes[0].get_yticklabels()][:3] == [
            "Mon",
            "Tue",
            "Wed",
        ]
    else:
        assert figure.axes[0].get_yticklabels()[0].get_text() == "Wed 16 Nov"
