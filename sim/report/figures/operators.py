"""Work of operators: queue, attempts, losses and redials over time, and the load of each manual exchange."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from sim.report.drawings import (
    Drawing,
    PlottedData,
    RunFigure,
    interval_text,
    over,
    table_of,
    with_facts,
)
from sim.report.figures.over_time import (
    ALL_NETWORKS,
    LONG_RUN_H,
    Series,
    by_replication,
    draw_series,
    highest,
    join_bins,
    replications_of,
    series_data,
    series_of,
    set_clock,
    set_count_axis,
    set_share_axis,
)
from sim.report.folder import Estimate, RunFacts, estimate_of, read_columns, with_ends
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, network_look, new_figure
from sim.stats.intervals import CONFIDENCE, mean_intervals, ratio_intervals


@dataclass(frozen=True)
class ExchangeWork:
    """What the manual exchanges did over all replications."""

    name: NDArray[np.str_]  # and province: (exchange,) exchange, code of its province
    province: NDArray[np.str_]
    operators: NDArray[np.float64]  # (exchange,) operators on duty, mean over the window
    calls_per_h: NDArray[np.float64]  # (exchange,) calls that waited for an answer [1/h]
    wait_p95_s: Estimate  # 95 % of the waits are shorter [s]
    abandonment: Estimate  # calls lost while they waited, of those that waited [1]
    occupancy: Estimate  # operators' time at work, of that on duty [1]


WAITING = "operators.waiting"
ATTEMPTS = "operators.attempts_per_min"
LOST = "operators.lost_per_min"
LOST_SHARE = "operators.lost_share"
REDIALS = "voice.redials_per_min"
_RATES = {ATTEMPTS: "by_hand", LOST: "patch_lost", REDIALS: "redials"}
_COUNTS = ("replication", "begin_s", "width_s", "waiting", "by_hand", "patch_lost", "redials")
_ESTIMATES = ("wait_p95_s", "abandonment", "occupancy")
_SECONDS_PER_MIN = 60.0
_SECONDS_PER_HOUR = 3600.0


def has_work_by_hand(folder: Path) -> bool:
    """
    Return whether anybody waited for an operator.

    False where no call came to a manual exchange in any replication.
    """
    arrived = read_columns(folder / "exchanges.parquet", ["arrived"], ())["arrived"]
    return bool(np.any(arrived > 0.0))


def read_operators(folder: Path) -> tuple[Series, ...]:
    """Read how calls patched by hand fared over time, all networks together."""
    path = folder / "timeseries.parquet"
    columns = read_columns(path, _COUNTS, ("network",))
    is_all = columns["network"] == "all"
    bins = by_replication({key: columns[key][is_all] for key in _COUNTS}, path)
    bins["waited_s"] = bins["waiting"] * bins["width_s"]
    joined = join_bins(bins, ("waited_s", *_RATES.values()))
    estimates = {
        WAITING: mean_intervals(joined["waited_s"] / joined["width_s"]),
        LOST_SHARE: ratio_intervals(joined["patch_lost"], joined["by_hand"]),
    }
    for measure, name in _RATES.items():
        estimates[measure] = mean_intervals(joined[name] / joined["width_s"] * _SECONDS_PER_MIN)
    begin_s = joined["begin_s"][0]
    end_s = begin_s + joined["width_s"][0]
    return tuple(
        series_of(ALL_NETWORKS, measure, begin_s, end_s, estimates[measure])
        for measure in (WAITING, ATTEMPTS, LOST, LOST_SHARE, REDIALS)
    )


def read_exchanges(folder: Path, run: RunFacts) -> tuple[ExchangeWork, int]:
    """Read what each manual exchange did, the longest wait first."""
    path = folder / "exchanges.parquet"
    columns = read_columns(
        path, ["operators", "arrived", *with_ends(_ESTIMATES)], ("exchange", "province")
    )
    called = np.flatnonzero(columns["arrived"] > 0.0)
    order = called[np.argsort(-columns["wait_p95_s"][called], kind="stable")]
    work = ExchangeWork(
        name=columns["exchange"][order],
        province=columns["province"][order],
        operators=columns["operators"][order],
        calls_per_h=columns["arrived"][order] / run.duration_s * _SECONDS_PER_HOUR,
        **{name: estimate_of(columns, name, order) for name in _ESTIMATES},
    )
    return work, len(columns["arrived"]) - len(order)


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


def _draw_operators_over_time(run: RunFacts, series: Sequence[Series]) -> Figure:
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


def _draw_operators_by_exchange(work: ExchangeWork) -> Figure:
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


def _exchange_data(work: ExchangeWork) -> PlottedData:
    """Return what each manual exchange did, with its intervals."""
    columns: dict[str, ArrayLike] = {
        "exchange": work.name,
        "province": work.province,
        "operators": work.operators,
        "calls_per_h": work.calls_per_h,
    }
    for name in _ESTIMATES:
        estimate = getattr(work, name)
        ends = (estimate.value, estimate.low, estimate.high)
        columns |= zip(with_ends([name]), ends, strict=True)
    return table_of(columns)


def _operators_caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of the work of operators over time."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        f"Calls patched by hand, of all networks together, in steps of {step_s:g} s over the measured window. From "
        "the top: callers who wait for an operator, at the first exchange or a later one, mean over the step; attempts "
        "that came to a manual exchange, and those of them lost before an operator had answered (the caller gave up, "
        "too many waited, or no cord was free); the share lost of these attempts; redials after any failure, also of "
        "attempts that no operator saw. Attempts stand in the step in which they began. "
    )
    return with_facts(run, text + interval_text(replications_of(series), "the share"))


def _exchanges_caption(run: RunFacts, work: ExchangeWork, n_idle: int, n_replications: int) -> str:
    """Return the caption of the work of each manual exchange."""
    n = len(work.name)
    text = (
        f"{n:,} manual exchange{'s' * (n != 1)}, the longest wait on top, {over(n_replications)}: the wait that 95 % "
        "of the calls stay below, lost ones too; calls lost while they waited, of those that waited; operators' time "
        "at work, of their time on duty; calls that waited for an answer, by hour of the measured window. "
    )
    bars = (
        f"Bars: {100 * CONFIDENCE:g} % intervals by Student's t, shares as ratios by jackknife; they hold within one "
        "world, that is for the same exchanges, lines and people and other calls."
    )
    idle = f" Exchanges that nobody called, {n_idle:,} of them, are left out." if n_idle else ""
    return with_facts(
        run, text + (bars if n_replications > 1 else "There are no intervals.") + idle
    )


def _operators_over_time(folder: Path, run: RunFacts) -> Drawing:
    series = read_operators(folder)
    return Drawing(
        _draw_operators_over_time(run, series),
        series_data(run, series),
        _operators_caption(run, series),
    )


def _operators_by_exchange(folder: Path, run: RunFacts) -> Drawing:
    work, n_idle = read_exchanges(folder, run)
    return Drawing(
        _draw_operators_by_exchange(work),
        _exchange_data(work),
        _exchanges_caption(run, work, n_idle, replications_of(read_operators(folder))),
    )


_NEEDS = ("exchanges.parquet", "timeseries.parquet")
FIGURES = (
    RunFigure("operators_over_time", _NEEDS, _operators_over_time, has_work_by_hand),
    RunFigure("operators_by_exchange", _NEEDS, _operators_by_exchange, has_work_by_hand),
)
