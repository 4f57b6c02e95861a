"""Why attempts fail: every cause of a failure by network and province, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.report import names
from sim.report.drawings import Drawing, PlottedData, RunFigure, Value, listed, over, with_facts
from sim.report.folder import RunFacts, read_measures, read_provinces
from sim.report.maps import UNSERVED
from sim.report.style import LEAST_PT, PAGE_WIDTH_IN, new_figure
from sim.stats.intervals import Intervals, ratio_intervals
from sim.tables import ALL, CLASSES, OUTCOMES, Outcome

FAILURES = {
    name: tuple(OUTCOMES[one] for one in members if one is not Outcome.COMPLETED)
    for name, members in CLASSES.items()
}
"""Outcomes of attempts that did not end as the parties wished, by class."""

_LEAST = 1e-4  # the pale end of the scale: one attempt in ten thousand
_RAMP = "YlOrBr"
_ROW_IN, _MOST_COLUMN_IN, _LABEL_IN, _BAR_IN = 0.155, 0.55, 1.25, 0.55
_NAMES_IN, _CLASSES_IN, _TITLE_IN = 0.85, 0.35, 0.25


@dataclass(frozen=True)
class Failures:
    """Failures of the attempts of one network, row by row."""

    network: str  # and label: name in tables, name in figures
    label: str
    province: tuple[
        str, ...
    ]  # and row: (row,) code of the province or all, and what figures call it
    row: tuple[str, ...]
    n_attempts: NDArray[np.float64]  # (row,) attempts, mean over the replications
    share: dict[str, Intervals]  # of attempts with each outcome, (row,) [1]


def read_failures(folder: Path, run: RunFacts) -> tuple[Failures, ...]:
    """Read the failures of each network that made attempts, in the whole region and in its provinces."""
    causes = [outcome for members in FAILURES.values() for outcome in members]
    wanted = ["voice.attempts", *(f"voice.outcome.{cause}" for cause in causes)]
    counts = read_measures(folder, wanted)
    provinces = read_provinces(folder)
    rows = {ALL: "all"} | (provinces if len(provinces) > 1 else {})
    labels = dict(zip((*run.networks, "fixed"), (*run.labels, "Fixed network"), strict=True))
    found = []
    for network, label in labels.items():
        sums = {
            measure: np.stack([counts[measure, network, code] for code in rows], axis=1)
            for measure in wanted
            if (measure, network, ALL) in counts
        }
        attempts = sums.get("voice.attempts")
        if attempts is None or not attempts.any():
            continue
        found.append(
            Failures(
                network,
                label,
                tuple(rows),
                tuple(rows.values()),
                attempts.mean(axis=0),
                {
                    cause: ratio_intervals(sums[f"voice.outcome.{cause}"], attempts, law="share")
                    for cause in causes
                },
            )
        )
    return tuple(found)


def occurring(failures: Sequence[Failures]) -> dict[str, tuple[str, ...]]:
    """Return the causes that occurred, by class."""
    shown = {}
    for name, members in FAILURES.items():
        own = tuple(
            cause
            for cause in members
            if any(np.nan_to_num(one.share[cause].value).any() for one in failures)
        )
        if own:
            shown[name] = own
    return shown


def draw_blocking_by_cause(failures: Sequence[Failures]) -> Figure:
    """Draw the share of attempts lost to each cause as a table of colours, a panel for each network."""
    classes = occurring(failures)
    causes = [cause for members in classes.values() for cause in members]
    is_single = all(len(one.row) == 1 for one in failures)
    panels = [failures] if is_single else [(one,) for one in failures]
    width_in = min(
        PAGE_WIDTH_IN, max(3.5, _LABEL_IN + _BAR_IN + _MOST_COLUMN_IN * max(len(causes), 1))
    )
    n_rows = [sum(len(one.row) for one in panel) for panel in panels]
    height_in = _ROW_IN * sum(n_rows) + _NAMES_IN + _CLASSES_IN + _TITLE_IN * len(panels)
    figure = new_figure(width_in, max(height_in, 1.8))
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=n_rows)
    axes: list[Axes] = list(grid.ravel())
    most = max(
        (float(np.nanmax(s.value)) for one in failures for s in one.share.values()), default=0
    )
    scale = LogNorm(_LEAST, max(most, 10.0 * _LEAST))
    for ax, panel in zip(axes, panels, strict=True):
        values = np.concatenate(
            [np.array([one.share[cause].value for cause in causes]).T for one in panel]
        )
        _draw_table(ax, values, scale)
        labels = [one.label for one in panel] if is_single else panel[0].row
        ax.set_yticks(range(len(labels)), labels, parse_math=False)
        if not is_single:
            ax.axhline(0.5, color="black", linewidth=0.6)
            ax.set_title(
                f"{panel[0].label}: {panel[0].n_attempts[0]:,.0f} attempts", loc="left", pad=3.0
            )
    said = [names.OUTCOMES[cause] for cause in causes]
    axes[-1].set_xticks(range(len(causes)), said, rotation=40, ha="right", rotation_mode="anchor")
    _name_classes(axes, classes)
    bar = figure.colorbar(ScalarMappable(scale, mpl.colormaps[_RAMP]), ax=axes, pad=0.02)
    bar.set_label("of all attempts [%]")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100.0 * share:g}"))
    bar.ax.minorticks_off()
    return figure


def _draw_table(ax: Axes, values: NDArray[np.float64], scale: LogNorm) -> None:
    """Colour each field by its share, and write the share into it."""
    ax.grid(visible=False)
    ramp = mpl.colormaps[_RAMP].with_extremes(under="white", bad=UNSERVED)
    seen = np.where(values > 0.0, np.maximum(values, _LEAST), 0.1 * _LEAST + 0.0 * values)
    ax.imshow(seen, norm=scale, cmap=ramp, aspect="auto")
    for (row, column), share in np.ndenumerate(values):
        if share > 0.0:
            text = ax.text(
                column, row, percent_text(share), ha="center", va="center", fontsize=LEAST_PT,
                color="white" if scale(share) > 0.6 else "black",
            )  # fmt: skip
            text.set_in_layout(False)  # it lies within the panel: laying it out takes long
    for row in range(1, len(values)):
        ax.axhline(row - 0.5, color="#d0d0d0", linewidth=0.4)
    ax.tick_params(length=0.0)
    ax.spines[:].set_visible(False)


def percent_text(share: float) -> str:
    """Return a share above 0 in per cent, with two digits that say something."""
    percent = 100.0 * share
    if percent < 0.005:
        return "<0.01"
    return f"{percent:.2f}" if percent < 0.995 else f"{percent:.{1 if percent < 9.95 else 0}f}"


def _name_classes(axes: Sequence[Axes], classes: dict[str, tuple[str, ...]]) -> None:
    """Write the names of the classes above the columns, and part them by lines."""
    first = 0
    for name, members in classes.items():
        middle = first + (len(members) - 1) / 2.0
        axes[0].annotate(
            names.CLASSES[name], (middle, 1.0), (0.0, 14.0 if axes[0].get_title("left") else 3.0),
            xycoords=axes[0].get_xaxis_transform(), textcoords="offset points", ha="center",
            va="bottom", fontsize=LEAST_PT, fontweight="bold",
        )  # fmt: skip
        first += len(members)
        for ax in axes:
            ax.axvline(first - 0.5, color="#808080", linewidth=0.6)


def _data(failures: Sequence[Failures]) -> PlottedData:
    """Return the share of attempts lost to each cause, with its interval."""
    rows: list[tuple[Value, ...]] = []
    for one in failures:
        for name, members in FAILURES.items():
            for cause in members:
                share = one.share[cause]
                for k, code in enumerate(one.province):
                    ends = (float(end[k]) for end in (share.value, share.low, share.high))
                    rows.append((one.network, code, name, cause, float(one.n_attempts[k]), *ends))
    header = ("network", "province", "class", "outcome", "attempts", "share", "low", "high")
    return PlottedData(header, tuple(rows))


def _caption(run: RunFacts, failures: Sequence[Failures]) -> str:
    """Return the caption of the causes."""
    text = (
        f"Attempts of {listed([one.label for one in failures])} that failed, of all attempts of the same network and "
        f"province, by cause in per cent, {over(run.n_replications)}, over the whole measured window. One colour scale "
        f"for all panels, logarithmic; nothing is paler than {100 * _LEAST:g} %. An attempt belongs to the network and "
        "the province of its "
        "caller. White: none; grey: nobody called. Lost in talk: answered, and not ended by the parties. Blocked, "
        "called phone: no room for its end of the call. Not taken up: the network could have carried the call. With "
        "soft capacity, not covered counts those too whom a cell serves without load and not at the load of the "
        "moment. Causes that did not occur are left out. The table beside this figure holds all of them, with 95 % "
        "intervals where there are several replications."
    )
    return with_facts(run, text)


def _blocking_by_cause(folder: Path, run: RunFacts) -> Drawing:
    failures = read_failures(folder, run)
    return Drawing(draw_blocking_by_cause(failures), _data(failures), _caption(run, failures))


def _has_failures(folder: Path) -> bool:
    """Return whether any attempt failed."""
    causes = [f"voice.outcome.{cause}" for members in FAILURES.values() for cause in members]
    return any(counts.any() for counts in read_measures(folder, causes).values())


FIGURES = (
    RunFigure(
        "blocking_by_cause",
        ("replications.parquet", "provinces.geojson"),
        _blocking_by_cause,
        _has_failures,
    ),
)
