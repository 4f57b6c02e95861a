"""Charts over time: carried traffic and blocking of each network with their intervals."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.report.material import RunFacts, Series
from sim.report.series import BLOCKING, CARRIED
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, network_look, new_figure

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
    has_interval = np.isfinite(series.low) & np.isfinite(series.high)
    if len(time) == 1 and has_interval.all():
        sides = [series.value - series.low, series.high - series.value]
        ax.errorbar(time, series.value, yerr=sides, color=look["color"], capsize=2.0)
    elif has_interval.any():
        ax.fill_between(
            time, series.low, series.high, color=look["color"], alpha=0.2, linewidth=0.0
        )
    every = max(1, len(time) // _MAX_MARKERS)
    ax.plot(time, series.value, **look, markevery=every, label=label)


def _clock(run: RunFacts, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matplotlib's days of times from the begin of the measured window."""
    return np.asarray(float(date2num(run.start)) + time_s / 86_400.0, np.float64)


def highest(series: Sequence[Series], measure: str) -> float:
    """Return the highest value or end of an interval of a measure. The highest, 0 where there is none."""
    values = [np.concatenate([one.value, one.high]) for one in series if one.measure == measure]
    finite = np.concatenate(values)[np.isfinite(np.concatenate(values))]
    return float(finite.max(initial=0.0))


def set_count_axis(ax: Axes, most: float) -> None:
    """Set an axis of numbers from 0, with room above."""
    ax.set_ylim(0.0, 1.08 * most if most > 0.0 else 1.0)
    ax.yaxis.set_major_formatter("{x:,g}")


def set_share_axis(ax: Axes, most: float) -> None:
    """Set an axis of per cent from 0, with room above, also where there is nothing to show."""
    ax.set_ylim(0.0, min(1.0, most * 1.08) if most > 0.0 else 0.01)
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
