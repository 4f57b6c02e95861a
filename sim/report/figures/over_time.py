"""Carried traffic and blocking over time, with intervals over replications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.errors import Problem, StoreError
from sim.report.drawings import (
    Drawing,
    PlottedData,
    RunFigure,
    Value,
    interval_text,
    listed,
    with_facts,
)
from sim.report.figures.by_hour import (
    Panel,
    days_data,
    days_text,
    draw_days,
    has_days,
    read_days,
)
from sim.report.folder import Estimate, RunFacts, read_columns, with_ends
from sim.report.maps import n_map_columns
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, few_ticks, network_look, new_figure
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals

ALL_NETWORKS = -1
"""Stands for all networks together, in place of the number of one."""


@dataclass(frozen=True)
class Series:
    """One measure of one network over time, with its interval over replications."""

    network_idx: int  # network, or `ALL_NETWORKS`
    measure: str  # name of the measure
    # and end_s: (step,) borders of each step, from the begin of the measured window [s]
    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    value: NDArray[np.float64]  # (step,) mean over the replications, NaN where there is none
    low: NDArray[np.float64]  # and high: (step,) interval, NaN where there is none
    high: NDArray[np.float64]
    n_replications: NDArray[np.int32]  # (step,) replications that say something of the step


CARRIED = "voice.carried_erl"
BLOCKING = "voice.blocking"
MAX_STEPS = 96
"""Most steps of a line; bins are joined until there are no more. A day has 96 quarters of an hour."""

FEWEST_STEPS = 12
"""Fewest steps of a line whose bins are joined to five minutes: single minutes are mostly chance (house choice)."""

FEWEST_FOR_BAND = 3
"""Fewest replications whose intervals are drawn: those of two are 13 standard errors wide to each side."""

_JOINS = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
_COUNTS = ("replication", "begin_s", "width_s", "carried_erl", "attempts", "blocked")


def read_series(folder: Path, run: RunFacts) -> tuple[Series, ...]:
    """Read carried traffic and blocking of each network over time."""
    path = folder / "timeseries.parquet"
    columns = read_columns(path, _COUNTS, ("network",))
    series = []
    for idx, name in enumerate(run.networks):
        own = columns["network"] == name
        bins = by_replication({key: columns[key][own] for key in _COUNTS}, path)
        bins["carried_s"] = bins["carried_erl"] * bins["width_s"]
        joined = join_bins(bins, ("attempts", "blocked", "carried_s"))
        begin_s = joined["begin_s"][0]
        end_s = begin_s + joined["width_s"][0]
        carried = mean_intervals(joined["carried_s"] / joined["width_s"], law="positive")
        blocking = ratio_intervals(joined["blocked"], joined["attempts"], law="share")
        for measure, estimate in ((CARRIED, carried), (BLOCKING, blocking)):
            series.append(series_of(idx, measure, begin_s, end_s, estimate))
    return tuple(series)


def series_of(
    idx: int,
    measure: str,
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    estimate: Intervals,
) -> Series:
    """Return a measure over time with its intervals."""
    return Series(
        network_idx=idx,
        measure=measure,
        begin_s=begin_s,
        end_s=end_s,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n_replications=estimate.n_replications,
    )


def by_replication(columns: dict[str, NDArray[Any]], path: Path) -> dict[str, NDArray[np.float64]]:
    """Return columns of one network as arrays by replication and bin."""
    n_replications = len(np.unique(columns["replication"]))
    order = np.lexsort((columns["begin_s"], columns["replication"]))
    n_rows = len(order)
    if n_rows == 0 or n_rows % n_replications:
        raise StoreError(Problem(str(path), "lacks bins of a network; run the scenario again"))
    shaped = {
        key: values[order].reshape(n_replications, -1).astype(np.float64)
        for key, values in columns.items()
    }
    if np.any(shaped["begin_s"] != shaped["begin_s"][0]) or np.any(
        shaped["replication"] != shaped["replication"][:, :1]
    ):
        raise StoreError(Problem(str(path), "has replications that differ in their bins"))
    return shaped


def join_bins(
    bins: dict[str, NDArray[np.float64]], sums: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Join neighbouring bins to a few steps, all of them where there are few; the last step may be shorter."""
    n_bins = bins["begin_s"].shape[1]
    every = next((join for join in _JOINS if n_bins <= join * MAX_STEPS), -(-n_bins // MAX_STEPS))
    if n_bins < FEWEST_STEPS * every:
        every = 1
    first = np.arange(0, n_bins, every)
    joined = {key: np.add.reduceat(bins[key], first, axis=1) for key in ("width_s", *sums)}
    return joined | {"begin_s": bins["begin_s"][:, first]}


LONG_RUN_H = 12.0
"""Charts of longer runs take the width of the page. [h]"""

_MAX_MARKERS = 12
_MAX_DATES = 6


def draw_traffic_over_time(run: RunFacts, series: Sequence[Series]) -> Figure:
    """Draw carried traffic above blocking, by network, over the clock of the scenario."""
    is_long = run.duration_s > LONG_RUN_H * 3600.0
    figure = new_figure(PAGE_WIDTH_IN if is_long else COLUMN_WIDTH_IN, 3.6)
    upper, lower = figure.subplots(2, 1, sharex=True)
    for one in series:
        panel = upper if one.measure == CARRIED else lower
        draw_series(panel, run, one, network_look(one.network_idx), run.labels[one.network_idx])
    upper.set_ylabel("carried traffic [erl]")
    lower.set_ylabel("blocking")
    set_count_axis(upper, highest(series, CARRIED))
    set_share_axis(lower, highest(series, BLOCKING))
    set_clock(lower, run)
    handles, labels = upper.get_legend_handles_labels()
    if len(run.networks) > 1:
        n_cols = len(labels) if is_long else min(len(labels), 3)
        figure.legend(handles, labels, loc="outside upper center", ncols=n_cols)
    else:
        upper.set_title(run.labels[0], loc="left")
    return figure


def draw_series(ax: Axes, run: RunFacts, series: Series, look: dict[str, Any], label: str) -> None:
    """Draw a line through the middles of the steps, with the band of its interval."""
    time = _clock(run, (series.begin_s + series.end_s) / 2.0)
    if len(time) == 1 and _has_band(series):
        sides = [series.value - series.low, series.high - series.value]
        ax.errorbar(time, series.value, yerr=sides, color=look["color"], capsize=2.0)
    elif _has_band(series):
        ax.fill_between(
            time, series.low, series.high, color=look["color"], alpha=0.2, linewidth=0.0
        )
    every = max(1, len(time) // _MAX_MARKERS)
    ax.plot(time, series.value, **look, markevery=every, label=label)


def _has_band(series: Series) -> bool:
    """Return whether the intervals of a series are drawn."""
    return bool((series.n_replications >= FEWEST_FOR_BAND).any() and np.isfinite(series.low).any())


def _clock(run: RunFacts, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matplotlib's days of times from the begin of the measured window."""
    return np.asarray(float(date2num(run.start)) + time_s / 86_400.0, np.float64)


def highest(series: Sequence[Series], measure: str) -> float:
    """Return what an axis must reach: the highest value, and bands up to twice as much. 0 where there is none."""
    own = [one for one in series if one.measure == measure]
    value = np.concatenate([one.value for one in own])
    band = np.concatenate([one.high if _has_band(one) else one.value for one in own])
    most, most_of_band = (float(np.nanmax(x, initial=0.0)) for x in (value, band))
    return max(most, min(most_of_band, 2.0 * most))


def set_count_axis(ax: Axes, most: float) -> None:
    """Set an axis of numbers from 0, with room above."""
    ax.set_ylim(0.0, 1.08 * most if most > 0.0 else 1.0)
    ax.yaxis.set_major_locator(few_ticks())
    ax.yaxis.set_major_formatter("{x:,g}")


def set_share_axis(ax: Axes, most: float) -> None:
    """Set an axis of per cent from 0, with room above, also where there is nothing to show."""
    ax.set_ylim(0.0, min(1.0, most * 1.08) if most > 0.0 else 0.01)
    ax.yaxis.set_major_locator(few_ticks())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100.0 * share:.6g} %"))


def set_clock(ax: Axes, run: RunFacts) -> None:
    """Set an axis of clock times; the date is in the label, or in the ticks of long runs."""
    begin, end = run.start, run.start + timedelta(seconds=run.duration_s)
    ax.set_xlim(date2num(begin), date2num(end))
    if end - begin > timedelta(days=2):
        step_days = -(-(end - begin) // timedelta(days=_MAX_DATES))
        ax.set_xticks(np.arange(np.ceil(date2num(begin)), date2num(end), step_days))
        ax.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
        ax.set_xlabel("local time; dates stand at 00:00")
    else:
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
        seconds = ":%S" if end - begin < timedelta(minutes=5) else ""
        ax.xaxis.set_major_formatter(DateFormatter(f"%H:%M{seconds}"))
        ax.set_xlabel(f"local time, {begin:%Y-%m-%d}")


def series_data(run: RunFacts, series: Sequence[Series]) -> PlottedData:
    """Return measures over time with their intervals."""
    header = ("measure", "network", "clock", "begin_s", "end_s", "value", "low", "high")
    rows: list[tuple[Value, ...]] = []
    for one in series:
        name = "all" if one.network_idx == ALL_NETWORKS else run.networks[one.network_idx]
        steps = zip(one.begin_s, one.end_s, one.value, one.low, one.high, strict=True)
        for step, n in zip(steps, one.n_replications, strict=True):
            numbers = tuple(float(number) for number in step)
            clock = run.start + timedelta(seconds=numbers[0])
            rows.append((one.measure, name, clock.isoformat(sep=" "), *numbers, int(n)))
    return PlottedData((*header, "n_replications"), tuple(rows))


def _caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of traffic and blocking over time."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        "Carried traffic (calls that hold resources, by originating network) and blocking (attempts blocked in either "
        f"network or between them, of all attempts) of {listed(run.labels)}, in steps of {step_s:g} s over the "
        "measured window; the warm-up before it is not shown. "
    )
    return with_facts(run, text + interval_text(run.n_replications, "blocking"))


_OF_DAYS = (
    (CARRIED, "carried_erl", "carried traffic [erl]"),
    (BLOCKING, "blocking", "blocking [%]"),
)


def _traffic_of_days(folder: Path, run: RunFacts) -> Drawing:
    """Return carried traffic above blocking, by hour of the clock, a column for each network."""
    names = [name for _, name, _ in _OF_DAYS]
    days = read_days(folder, run.networks, with_ends(names))
    n_cols = n_map_columns(len(run.networks))
    panels = []
    for measure, name, said in _OF_DAYS:
        for network, label in zip(run.networks, run.labels, strict=True):
            estimate = Estimate(*(days.columns[network, end] for end in with_ends([name])))
            panels.append(Panel(network, measure, label, said, estimate, measure == BLOCKING))
    text = f"Carried traffic and blocking of {listed(run.labels)}, by the network of the caller. "
    return Drawing(
        draw_days(days.dates, panels, n_cols),
        days_data(days.dates, panels),
        with_facts(run, text + days_text(days.dates)),
    )


def _traffic_over_time(folder: Path, run: RunFacts) -> Drawing:
    if has_days(folder, run):
        return _traffic_of_days(folder, run)
    series = read_series(folder, run)
    return Drawing(
        draw_traffic_over_time(run, series), series_data(run, series), _caption(run, series)
    )


NO_CALLS = "nobody called"


def _lacks_calls(folder: Path) -> str:
    attempts = read_columns(folder / "timeseries.parquet", ["attempts"], ())["attempts"]
    return "" if np.any(attempts > 0.0) else NO_CALLS


FIGURES = (
    RunFigure("traffic_over_time", ("timeseries.parquet",), _traffic_over_time, lacks=_lacks_calls),
)
