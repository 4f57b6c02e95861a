"""Work of operators over time: queue, attempts, losses and redials."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sim.report.drawings import Drawing, RunFigure, interval_text, with_facts
from sim.report.figures.by_hour import Panel, days_data, days_text, draw_days, has_days, read_days
from sim.report.figures.over_time import (
    ALL_NETWORKS,
    LONG_RUN_H,
    Series,
    by_replication,
    draw_series,
    highest,
    join_bins,
    series_data,
    series_of,
    set_clock,
    set_count_axis,
    set_share_axis,
)
from sim.report.folder import Estimate, RunFacts, read_columns, with_ends
from sim.report.style import COLUMN_WIDTH_IN, PAGE_WIDTH_IN, few_ticks, network_look, new_figure
from sim.stats.intervals import mean_intervals, ratio_intervals
from sim.tables import ALL

WAITING = "operators.waiting"
ATTEMPTS = "operators.attempts_per_min"
LOST_SHARE = "operators.lost_share"
REDIALS = "voice.redial_share"
_SUMS = ("attempts", "by_hand", "patch_lost", "redials")
_COUNTS = ("replication", "begin_s", "width_s", "waiting", *_SUMS)
_SECONDS_PER_MIN = 60.0


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
    joined = join_bins(bins, ("waited_s", *_SUMS))
    estimates = {
        WAITING: mean_intervals(joined["waited_s"] / joined["width_s"], law="positive"),
        ATTEMPTS: ratio_intervals(
            joined["by_hand"], joined["width_s"] / _SECONDS_PER_MIN, law="count"
        ),
        LOST_SHARE: ratio_intervals(joined["patch_lost"], joined["by_hand"], law="share"),
        REDIALS: ratio_intervals(joined["redials"], joined["attempts"], law="share"),
    }
    begin_s = joined["begin_s"][0]
    end_s = begin_s + joined["width_s"][0]
    return tuple(
        series_of(ALL_NETWORKS, measure, begin_s, end_s, estimate)
        for measure, estimate in estimates.items()
    )


_PANELS = {
    WAITING: "callers who wait,\nmean number",
    ATTEMPTS: "attempts by\nhand [1/min]",
    LOST_SHARE: "of them lost before\nan answer",
    REDIALS: "redials, of all\nattempts",
}
_LOOKS = {WAITING: 4, ATTEMPTS: 0, LOST_SHARE: 1, REDIALS: 2}
_PANEL_IN = 1.2


def draw_operators_over_time(run: RunFacts, series: Sequence[Series]) -> Figure:
    """Draw callers who wait, attempts by hand, the share of them lost, and redials, over the clock of the scenario."""
    is_long = run.duration_s > LONG_RUN_H * 3600.0
    shown = [one for one in series if highest(series, one.measure) > 0.0] or series[:1]
    figure = new_figure(
        PAGE_WIDTH_IN if is_long else COLUMN_WIDTH_IN, _PANEL_IN * len(shown) + 0.45
    )
    axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False).ravel()
    for ax, one in zip(axes, shown, strict=True):
        look = network_look(_LOOKS[one.measure]) | {"linestyle": "-"}
        draw_series(ax, run, one, look, "")
        is_share = one.measure in (LOST_SHARE, REDIALS)
        (set_share_axis if is_share else set_count_axis)(ax, highest(series, one.measure))
        ax.yaxis.set_major_locator(few_ticks(4))
        ax.set_ylabel(_PANELS[one.measure])
    set_clock(axes[-1], run)
    figure.align_ylabels(axes)
    return figure


_WHAT = (
    "callers who wait for an operator, at the first exchange or a later one, mean number; attempts that came to a "
    "manual exchange; the share of these lost before an operator had answered (the caller gave up, too many waited, or "
    "no cord was free); redials after any failure, of all attempts, also of those that no operator saw. "
)


def _operators_caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of the work of operators over time."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        f"Calls patched by hand, of all networks together, in steps of {step_s:g} s over the measured window. From "
        f"the top: {_WHAT}Attempts stand in the step in which they began; what never was above 0 is left out. "
    )
    return with_facts(run, text + interval_text(run.n_replications, "shares"))


def _operators_of_days(folder: Path, run: RunFacts) -> Drawing:
    """Return the work of operators by hour of the clock."""
    ends = with_ends(["waiting", "by_hand", "patch_lost_share"])
    days = read_days(folder, [ALL], [*ends, "redials", "attempts", "length_s"])
    columns = {name: field for (_, name), field in days.columns.items()}
    per_min = _SECONDS_PER_MIN / columns["length_s"]
    share = np.full(columns["attempts"].shape, np.nan)
    np.divide(columns["redials"], columns["attempts"], out=share, where=columns["attempts"] > 0.0)
    unknown = np.full(share.shape, np.nan)
    waiting, by_hand, lost = (
        [columns[end] for end in with_ends([name])]
        for name in ("waiting", "by_hand", "patch_lost_share")
    )
    shown = {
        WAITING: Estimate(*waiting),
        ATTEMPTS: Estimate(*(end * per_min for end in by_hand)),
        LOST_SHARE: Estimate(*lost),
        REDIALS: Estimate(share, unknown, unknown),
    }
    panels = []
    for measure, estimate in shown.items():
        is_share = measure in (LOST_SHARE, REDIALS)
        said = f"{_PANELS[measure]} [%]" if is_share else _PANELS[measure]
        panels.append(Panel(ALL, measure, "", said, estimate, is_share))
    text = f"Calls patched by hand, of all networks together: {_WHAT}"
    return Drawing(
        draw_days(days.dates, panels, 2),
        days_data(days.dates, panels),
        with_facts(run, text + days_text(days.dates)),
    )


def _operators_over_time(folder: Path, run: RunFacts) -> Drawing:
    if has_days(folder, run):
        return _operators_of_days(folder, run)
    series = read_operators(folder)
    return Drawing(
        draw_operators_over_time(run, series),
        series_data(run, series),
        _operators_caption(run, series),
    )


NEEDS = ("exchanges.parquet", "timeseries.parquet", "provinces.geojson")
"""Files of a results folder that the work of operators is drawn from."""

FIGURES = (RunFigure("operators_over_time", NEEDS, _operators_over_time, has_work_by_hand),)
