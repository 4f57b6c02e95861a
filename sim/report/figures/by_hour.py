"""Runs of several days: a field for each hour of the clock, a row for each day or, of many days, each weekday."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.drawings import PlottedData, Value
from sim.report.folder import Estimate, RunFacts, read_columns
from sim.report.maps import UNSERVED
from sim.report.style import PAGE_WIDTH_IN, few_ticks, new_figure

LONGEST_LINE_H = 48.0
"""Longest run that is drawn as lines over time (house choice). [h]"""

MOST_DAYS = 14
"""Most days with a row each; of more, rows are the means of weekdays (house choice)."""

PERIODS_FILE = "periods.parquet"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = 24
_ROW_IN, _PANEL_IN = 0.17, 0.75


@dataclass(frozen=True)
class Days:
    """What the hours of a run's days were."""

    dates: tuple[date, ...]  # days
    # (day, hour of the clock) by network and column of `periods`; NaN outside the window
    columns: dict[tuple[str, str], NDArray[np.float64]]


@dataclass(frozen=True)
class Panel:
    """One measure of one network, a field for each hour."""

    network: str  # and measure: names in tables
    measure: str
    title: str  # what stands above it
    said: str  # what the colours say, with its unit
    estimate: Estimate  # (day, hour) value and interval, NaN where there is none
    is_share: bool = False  # whether it is drawn in per cent


def has_days(folder: Path, run: RunFacts) -> bool:
    """Return whether a run is drawn by hour of the clock."""
    return run.duration_s > LONGEST_LINE_H * 3600.0 and (folder / PERIODS_FILE).is_file()


def read_days(folder: Path, networks: Sequence[str], names: Sequence[str]) -> Days:
    """Read columns of the hours of each network."""
    rows = read_columns(folder / PERIODS_FILE, names, ("period", "begin", "network"))
    is_hour = rows["period"] == "hour"
    begins = [datetime.fromisoformat(str(text)) for text in rows["begin"][is_hour]]
    dates = tuple(sorted({one.date() for one in begins}))
    day = np.array([(one.date() - dates[0]).days for one in begins])
    hour = np.array([one.hour for one in begins])
    columns = {}
    for network in networks:
        own = rows["network"][is_hour] == network
        for name in names:
            field = np.full((len(dates), _HOURS), np.nan)
            field[day[own], hour[own]] = rows[name][is_hour][own]
            columns[network, name] = field
    return Days(dates, columns)


def draw_days(dates: Sequence[date], panels: Sequence[Panel], n_cols: int) -> Figure:
    """Draw panels in rows, each measure on one scale."""
    by_weekday = len(dates) > MOST_DAYS
    labels = _WEEKDAYS if by_weekday else tuple(f"{one:%a} {one.day} {one:%b}" for one in dates)
    n_rows = -(-len(panels) // n_cols)
    figure = new_figure(PAGE_WIDTH_IN, n_rows * (_PANEL_IN + _ROW_IN * max(len(labels), 4)))
    axes = figure.subplots(n_rows, n_cols, sharex=True, sharey=True, squeeze=False).ravel()
    shown = [one.estimate.value for one in panels]
    if by_weekday:
        shown = [_by_weekday(dates, values) for values in shown]
    for ax, one, values in zip(axes, panels, shown, strict=False):
        alike = [v for p, v in zip(panels, shown, strict=True) if p.measure == one.measure]
        most = max(float(np.nanmax(v, initial=0.0)) for v in alike)
        factor = 100.0 if one.is_share else 1.0
        ramp = mpl.colormaps["YlOrBr" if one.is_share else "viridis"].with_extremes(bad=UNSERVED)
        image = ax.imshow(
            factor * values, cmap=ramp, vmin=0.0, vmax=factor * most or 1.0, aspect="auto",
            extent=(0.0, float(_HOURS), float(len(labels)), 0.0),
        )  # fmt: skip
        ax.grid(visible=False)
        ax.set_xticks(range(0, _HOURS + 1, 6))
        ax.set_yticks(np.arange(len(labels)) + 0.5, labels)
        ax.tick_params(axis="y", length=0.0)
        ax.set_title(one.title, loc="left")
        bar = figure.colorbar(image, ax=ax, pad=0.02, format="{x:,.6g}", ticks=few_ticks())
        bar.set_label(one.said)
        if not most > 0.0:
            ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", va="center")
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    for ax in axes[max(0, len(panels) - n_cols) : len(panels)]:
        ax.set_xlabel("hour of the day")
        ax.xaxis.set_tick_params(labelbottom=True)
    return figure


def _by_weekday(dates: Sequence[date], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means over days of the same name; NaN where no such hour lies in the window."""
    weekday = np.array([one.weekday() for one in dates])
    means = np.full((len(_WEEKDAYS), _HOURS), np.nan)
    for day in range(len(_WEEKDAYS)):
        own = values[weekday == day]
        n = np.isfinite(own).sum(axis=0)
        np.divide(np.nan_to_num(own).sum(axis=0), n, out=means[day], where=n > 0)
    return means


def days_data(dates: Sequence[date], panels: Sequence[Panel]) -> PlottedData:
    """Return every hour of every day, with its interval."""
    rows: list[tuple[Value, ...]] = []
    for one in panels:
        value, low, high = one.estimate.value, one.estimate.low, one.estimate.high
        for day, hour in np.argwhere(np.isfinite(value)).tolist():
            clock = f"{dates[day].isoformat()} {hour:02}:00"
            ends = (float(end[day, hour]) for end in (value, low, high))
            rows.append((one.measure, one.network, clock, *ends))
    return PlottedData(("measure", "network", "clock", "value", "low", "high"), tuple(rows))


def days_text(dates: Sequence[date]) -> str:
    """Return what a caption says of the fields."""
    what = f"each of {len(dates)} days"
    if len(dates) > MOST_DAYS:
        what = f"each weekday, means over the days of that name of {len(dates)}"
    return (
        f"A field for each hour of the clock, a row for {what}, means over the replications; grey: outside the "
        "measured window, or nothing to be a share of. Each measure has one scale from 0. The table beside this figure "
        "holds every hour of every day, with 95 % intervals where there are several replications. "
    )
