"""Charts of the work of operators: over time, and by manual exchange."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.report.material import Estimate, ExchangeWork, RunFacts, Series
from sim.report.operators import ATTEMPTS, LOST, LOST_SHARE, REDIALS, WAITING
from sim.report.series_chart import (
    LONG_RUN_H,
    draw_series,
    highest,
    set_clock,
    set_count_axis,
    set_share_axis,
)
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, network_look, new_figure

MAX_NAMED = 40
"""Most exchanges that are named on the axis; of more, the table has the names."""

_PANELS = (
    ("callers\nwaiting", (WAITING,)),
    ("attempts by\nhand [1/min]", (ATTEMPTS, LOST)),
    ("lost before\nan answer", (LOST_SHARE,)),
    ("redials\n[1/min]", (REDIALS,)),
)
_LOOKS = {WAITING: 4, ATTEMPTS: 0, LOST: 1, LOST_SHARE: 1, REDIALS: 2}
_LABELS = {ATTEMPTS: "all", LOST: "lost before an answer"}
_ROW_IN, _CROWD_IN = 0.15, 5.0


def draw_operators_over_time(run: RunFacts, series: Sequence[Series]) -> Figure:
    """Draw callers who wait, attempts by hand, the share of them lost, and redials, over the clock of the scenario."""
    is_long = run.duration_s > LONG_RUN_H * 3600.0
    figure = new_figure(PAGE_WIDTH_IN if is_long else COLUMN_WIDTH_IN, 5.4)
    axes = figure.subplots(len(_PANELS), 1, sharex=True)
    by_measure = {one.measure: one for one in series}
    for ax, (label, measures) in zip(axes, _PANELS, strict=True):
        for measure in measures:
            look = network_look(_LOOKS[measure])
            if measure in (WAITING, REDIALS):
                look["linestyle"] = "-"
            draw_series(ax, run, by_measure[measure], look, _LABELS.get(measure, ""))
        most = max(highest(series, measure) for measure in measures)
        (set_share_axis if measures == (LOST_SHARE,) else set_count_axis)(ax, most)
        ax.set_ylabel(label)
    set_clock(axes[-1], run)
    figure.align_ylabels(axes)
    axes[1].legend(loc="lower center", bbox_to_anchor=(0.5, 0.98), ncols=2, borderpad=0.0)
    return figure


def draw_operators_by_exchange(work: ExchangeWork) -> Figure:
    """Draw wait, losses, occupancy and calls of each manual exchange, a row for each."""
    n = len(work.name)
    is_crowd = n > MAX_NAMED
    figure = new_figure(PAGE_WIDTH_IN, 0.8 + (_CROWD_IN if is_crowd else _ROW_IN * max(n, 3)))
    axes = figure.subplots(1, 4, sharey=True, width_ratios=(1.3, 1.0, 1.0, 1.0))
    nothing = np.full(n, np.nan)
    calls = Estimate(work.calls_per_h, nothing, nothing)
    shown = (work.wait_p95_s, work.abandonment, work.occupancy, calls)
    for idx, (ax, estimate) in enumerate(zip(axes, shown, strict=True)):
        _draw_rows(ax, estimate, idx, is_crowd=is_crowd)
    _finish_rows(axes, work, is_crowd=is_crowd)
    return figure


def _draw_rows(ax: Axes, estimate: Estimate, idx: int, *, is_crowd: bool) -> None:
    """Dot for each exchange, with the bar of its interval."""
    look = network_look(idx)
    rows = 1.0 + np.arange(len(estimate.value))
    known = np.isfinite(estimate.low) & np.isfinite(estimate.high)
    ax.hlines(
        rows[known],
        np.maximum(estimate.low[known], 0.0),
        estimate.high[known],
        color=look["color"],
        linewidth=0.6 if is_crowd else 1.1,
    )
    size_pt = 2.0 if is_crowd else 4.0
    ax.plot(
        estimate.value,
        rows,
        color=look["color"],
        linestyle="none",
        marker=look["marker"],
        markersize=size_pt,
        markeredgewidth=0.0,
        clip_on=False,
    )
    ax.set_xlim(0.0, _end(estimate.value, estimate.high))


def _end(value: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Return the end of an axis from 0, with room beside the highest."""
    ends = np.concatenate([value, high])
    most = float(ends[np.isfinite(ends)].max(initial=0.0))
    return 1.06 * most if most > 0.0 else 1.0


def _finish_rows(axes: Sequence[Axes], work: ExchangeWork, *, is_crowd: bool) -> None:
    """Labels, and the names of the exchanges where there is room."""
    wait, lost, occupancy, calls = axes
    n = len(work.name)
    wait.set_ylim(n + 0.6, 0.4)
    if is_crowd:
        wait.set_ylabel("manual exchanges by wait, the longest first")
    else:
        wait.set_yticks(1 + np.arange(n), [str(name) for name in work.name], parse_math=False)
    wait.set_xlabel("95 % wait less than [s]")
    lost.set_xlabel("lost while waiting [%]")
    occupancy.set_xlabel("operators at work [%]")
    calls.set_xlabel("calls [1/h]")
    for ax, estimate in ((lost, work.abandonment), (occupancy, work.occupancy)):
        # Operators who end a task after their shift work more than all of it.
        most = max(1.0, float(np.nan_to_num(estimate.value).max(initial=0.0)))
        ax.set_xlim(0.0, min(most, ax.get_xlim()[1]))
        ax.xaxis.set_major_formatter(lambda share, _: f"{100.0 * share:.6g}")
    for ax in axes:
        ax.tick_params(axis="y", length=0.0)
        ax.xaxis.set_major_locator(MaxNLocator(4))
