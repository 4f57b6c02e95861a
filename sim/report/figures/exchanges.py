"""Work of each manual exchange: wait, losses, occupancy and calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, over, table_of, with_facts
from sim.report.figures.operators import NEEDS, has_work_by_hand
from sim.report.folder import (
    Estimate,
    RunFacts,
    estimate_of,
    read_columns,
    read_provinces,
    with_ends,
)
from sim.report.style import PAGE_WIDTH_IN, few_ticks, network_look, new_figure
from sim.stats.intervals import CONFIDENCE


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


_ESTIMATES = ("wait_p95_s", "abandonment", "occupancy")
_SECONDS_PER_HOUR = 3600.0


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


MAX_NAMED = 30
"""Most exchanges that have a row each; of more, the worst have one and the rest are drawn together."""

N_WORST = 25
"""Exchanges with a row each where there are more."""

_ROW_IN = 0.15
_MIDDLE_90 = (0.05, 0.5, 0.95)


def draw_operators_by_exchange(work: ExchangeWork, provinces: Mapping[str, str]) -> Figure:
    """Draw wait, losses, occupancy and calls of each manual exchange: a row for each, or for the worst and the rest."""
    n = len(work.name)
    n_named = n if n <= MAX_NAMED else N_WORST
    n_rows = n_named + (n > n_named)
    figure = new_figure(PAGE_WIDTH_IN, 0.6 + _ROW_IN * max(n_rows, 3))
    axes = figure.subplots(1, 4, sharey=True, width_ratios=(1.3, 1.0, 1.0, 1.0))
    nothing = np.full(n, np.nan)
    calls = Estimate(work.calls_per_h, nothing, nothing)
    shown = (work.wait_p95_s, work.abandonment, work.occupancy, calls)
    for idx, (ax, estimate) in enumerate(zip(axes, shown, strict=True)):
        _draw_rows(ax, estimate, idx, n_named)
    names = [exchange_name(*pair, provinces) for pair in zip(work.name, work.province, strict=True)]
    _finish_rows(axes, work, names[:n_named])
    return figure


def exchange_name(name: str, province: str, provinces: Mapping[str, str]) -> str:
    """Return what a figure calls an exchange: one numbered by rule by its province and number."""
    code, number = province.lower().replace("-", "_"), name.rpartition("_")[2]
    if name == f"{code}_{number}" and number.isdigit():
        return f"{provinces.get(province, province)} {int(number)}"
    return name[:1].upper() + name[1:].replace("_", " ")


def _draw_rows(ax: Axes, estimate: Estimate, idx: int, n_named: int) -> None:
    """Dot for each exchange with the bar of its interval; of the rest the median and the middle nine tenths."""
    look = network_look(idx)
    rows = 1.0 + np.arange(n_named)
    value, low, high = (end[:n_named] for end in (estimate.value, estimate.low, estimate.high))
    known = np.isfinite(low) & np.isfinite(high)
    ax.hlines(
        rows[known], np.maximum(low[known], 0.0), high[known], color=look["color"], linewidth=1.1
    )
    dots = {"color": look["color"], "linestyle": "none", "marker": look["marker"]}
    dots |= {"markersize": 4.0, "clip_on": False}
    ax.plot(value, rows, markeredgewidth=0.0, **dots)
    end = _end(value, high)
    rest = estimate.value[n_named:]
    if np.isfinite(rest).any():
        least, middle, most = np.nanquantile(rest, _MIDDLE_90)
        ax.hlines(n_named + 1.0, least, most, color=look["color"], linewidth=4.0, alpha=0.35)
        ax.plot(middle, n_named + 1.0, markerfacecolor="white", markeredgewidth=0.9, **dots)
        ax.axhline(n_named + 0.5, color="black", linewidth=0.5)
        end = max(end, _end(np.array([most]), rest[:0]))
    ax.set_xlim(0.0, end)


def _end(value: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Return the end of an axis from 0, with room beside the highest; intervals reach up to twice as far."""
    most = float(np.nanmax(value, initial=0.0))
    most = max(most, min(float(np.nanmax(high, initial=0.0)), 2.0 * most))
    return 1.06 * most if most > 0.0 else 1.0


def _finish_rows(axes: Sequence[Axes], work: ExchangeWork, names: Sequence[str]) -> None:
    """Labels, and the names of the exchanges."""
    wait, lost, occupancy, calls = axes
    n_rest = len(work.name) - len(names)
    labels = [*names, f"the other {n_rest}"] if n_rest else [*names]
    wait.set_ylim(len(labels) + 0.6, 0.4)
    wait.set_yticks(1 + np.arange(len(labels)), labels, parse_math=False)
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
        ax.xaxis.set_major_locator(few_ticks(4))
    calls.xaxis.set_major_formatter("{x:,g}")


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


def _exchanges_caption(run: RunFacts, work: ExchangeWork, n_idle: int) -> str:
    """Return the caption of the work of each manual exchange."""
    n = len(work.name)
    what = f"{n:,} manual exchange{'s' * (n != 1)}, the longest wait on top"
    if n > MAX_NAMED:
        what += f": the {N_WORST} worst, and of the others together the median (white) and the middle 90 % (pale)"
    text = (
        f"{what}, {over(run.n_replications)}: the wait that 95 % of the calls stay below, lost ones too; calls lost "
        "while they waited, of those that waited; operators' time at work, of their time on duty; calls that waited "
        "for an answer, by hour of the measured window. An exchange that was placed by rule and has no name goes by "
        "its province and a number; the table beside this figure holds all of them. "
    )
    bars = (
        f"Bars: {100 * CONFIDENCE:g} % intervals, shares as ratios by jackknife, never below 0; they hold within one "
        "world, that is for the same exchanges, lines and people and other calls. A bar may leave its panel."
    )
    idle = f" Exchanges that nobody called, {n_idle:,} of them, are left out." if n_idle else ""
    return with_facts(
        run, text + (bars if run.n_replications > 1 else "There are no intervals.") + idle
    )


def _operators_by_exchange(folder: Path, run: RunFacts) -> Drawing:
    work, n_idle = read_exchanges(folder, run)
    return Drawing(
        draw_operators_by_exchange(work, read_provinces(folder)),
        _exchange_data(work),
        _exchanges_caption(run, work, n_idle),
    )


FIGURES = (RunFigure("operators_by_exchange", NEEDS, _operators_by_exchange, has_work_by_hand),)
