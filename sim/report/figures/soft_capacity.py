"""Soft capacity: noise rise and power on the map, and the causes of blocking over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, over, table_of, with_facts
from sim.report.figures.coverage_map import MAP_FILES
from sim.report.figures.erlang_blocking import (
    CellLegs,
    cell_places,
    dot_size_pt,
    has_soft_cells,
    read_cells,
)
from sim.report.figures.over_time import (
    Series,
    read_causes,
    read_series,
    replications_of,
    series_data,
    set_clock,
    set_share_axis,
)
from sim.report.folder import RunFacts, Territory, read_columns, read_territory
from sim.report.maps import draw_scale_bar, finish_map, map_height_in
from sim.report.style import PAGE_WIDTH_IN, add_footer, footer_lines, new_figure
from sim.tables import SOFT_REFUSALS

_NUMBERS = ("noise_rise_db", "noise_rise_max_db", "power_w", "power_max_w", "power_limit_w")
CAUSES = tuple(name for name, _ in SOFT_REFUSALS.values())
"""Why phones are refused, in the order of the stacks."""


@dataclass(frozen=True)
class SoftCells:
    """Soft capacity of each cell, means over the replications."""

    legs: CellLegs  # cells, phones that asked for them and phones refused
    # and noise_rise_max_db: (cell,) uplink interference over noise, mean and greatest [dB]
    noise_rise_db: NDArray[np.float64]
    noise_rise_max_db: NDArray[np.float64]
    # and power_max_w, power_limit_w: (cell,) downlink power, mean and greatest, and the most there is [W]
    power_w: NDArray[np.float64]
    power_max_w: NDArray[np.float64]
    power_limit_w: NDArray[np.float64]
    refused: dict[str, NDArray[np.float64]]  # phones refused for each of `CAUSES`

    @property
    def n_asked(self) -> NDArray[np.float64]:
        """Return how many phones asked for each cell."""
        return self.legs.n_offered + self.refused["no_coverage"]

    @property
    def blocking(self) -> NDArray[np.float64]:
        """
        Return the share of phones that each cell refused though it could serve them.

        Share, NaN where nobody asked [1].
        """
        return share_of(self.legs.n_refused, self.legs.n_offered)

    @property
    def offered_erl(self) -> NDArray[np.float64]:
        """
        Return the traffic offered to each cell, the refused phones counted as long as those admitted.

        Carried traffic / (1 - blocking), NaN where nobody was admitted [erl].
        """
        return self.legs.busy_erl * share_of(
            self.legs.n_offered, self.legs.n_offered - self.legs.n_refused
        )


def read_soft_cells(folder: Path, run: RunFacts) -> SoftCells:
    """Read the soft capacity of each cell."""
    columns = read_columns(folder / "cells.parquet", (*_NUMBERS, *CAUSES), ())
    return SoftCells(
        legs=read_cells(folder, run),
        **{name: columns[name] for name in _NUMBERS},
        refused={name: columns[name] for name in CAUSES},
    )


def share_of(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quotient, NaN where the whole is 0 or less."""
    quotient = np.full(len(whole), np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0.0)
    return quotient


CAUSE_LOOKS = {
    "no_coverage": ("#7F7F7F", "no coverage", ""),
    "callee_no_coverage": ("#c8c8c8", "no coverage, called phone", ""),
    "blocked_uplink": ("#0072B2", "uplink", ""),
    "blocked_downlink": ("#56B4E9", "downlink", "//"),
    "blocked_code": ("#009E73", "codes", ""),
    "blocked_channel_element": ("#CC79A7", "channel elements", "\\\\"),
    "blocked_channel": ("#E69F00", "channels", ""),
    "callee_blocked": ("#F0E442", "called phone", ".."),
    "blocked_trunk": ("#000000", "circuits", ""),
    "no_route": ("#8B4513", "no route", ""),
    "dropped": ("#D55E00", "dropped", "xx"),
}
"""Colour, name and hatching of each cause, in the order of the stacks."""

_RAMP = "viridis"


def _draw_soft_map(run: RunFacts, territory: Territory, cells: SoftCells) -> Figure:
    """Draw mean noise rise and mean downlink power of each cell, a row of maps for each network."""
    n_networks = len(run.networks)
    row_in = map_height_in(territory, PAGE_WIDTH_IN / 2.0 - 0.7) + 0.3
    lines = footer_lines(run.notes, PAGE_WIDTH_IN)
    figure = new_figure(PAGE_WIDTH_IN, n_networks * row_in + 0.3 + 0.1 * len(lines))
    axes = figure.subplots(n_networks, 2, squeeze=False)
    x_m, y_m = cell_places(territory, cells.legs)
    share = cells.power_w / cells.power_limit_w
    panels = (
        (cells.noise_rise_db, "noise rise, mean [dB]", _top(cells.noise_rise_db)),
        (share, "downlink power, mean / greatest", 1.0),
    )
    for column, (values, label, top) in enumerate(panels):
        scale = Normalize(0.0, top)
        for idx in range(n_networks):
            ax = axes[idx, column]
            own = np.flatnonzero(cells.legs.network_idx == idx)
            own = own[np.argsort(values[own], kind="stable")]
            ax.scatter(
                x_m[own], y_m[own], s=dot_size_pt(len(own)) ** 2, c=values[own], cmap=_RAMP,
                norm=scale, edgecolors="none", zorder=3.0,
            )  # fmt: skip
            finish_map(ax, territory, run.labels[idx])
        mappable = ScalarMappable(scale, mpl.colormaps[_RAMP])
        bar = figure.colorbar(mappable, ax=list(axes[:, column]), shrink=0.8, pad=0.02)
        bar.set_label(label)
    draw_scale_bar(axes[-1, 0], territory)
    add_footer(figure, lines)
    return figure


def _top(values: NDArray[np.float64]) -> float:
    """Return the end of a scale: the next half above the highest value."""
    return float(np.ceil(2.0 * np.nanmax(values) + 1e-9) / 2.0) or 0.5


def _draw_blocking_by_cause(run: RunFacts, series: Sequence[Series]) -> Figure:
    """Draw the share of attempts lost to each cause over time, one above the other, a panel for each network."""
    n_networks = len(run.networks)
    figure = new_figure(PAGE_WIDTH_IN, 1.7 * n_networks + 0.9)
    axes = figure.subplots(n_networks, 1, sharex=True, squeeze=False).ravel()
    shown: dict[str, Artist] = {}
    for idx, ax in enumerate(axes):
        own = [one for one in series if one.network_idx == idx]
        below = np.zeros(len(own[0].value))
        for one in own:
            share = np.nan_to_num(one.value)
            if share.any():
                cause = one.measure.removeprefix("voice.outcome.")
                shown[cause] = _draw_stack(ax, run, one, below, below + share)
            below = below + share
        set_share_axis(ax, float(below.max(initial=0.0)))
        ax.set_title(run.labels[idx], loc="left")
        ax.set_ylabel("attempts lost")
    set_clock(axes[-1], run)
    names = [cause for cause in CAUSE_LOOKS if cause in shown]
    handles = [shown[cause] for cause in names]
    labels = [CAUSE_LOOKS[cause][1] for cause in names]
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 6))
    return figure


def _draw_stack(
    ax: Axes, run: RunFacts, one: Series, below: NDArray[np.float64], above: NDArray[np.float64]
) -> Artist:
    """Draw a band of steps, and return what stands for it in the legend."""
    colour, _, hatch = CAUSE_LOOKS[one.measure.removeprefix("voice.outcome.")]
    edges_s = np.append(one.begin_s, one.end_s[-1])
    days = float(mpl.dates.date2num(run.start)) + edges_s / 86_400.0
    return ax.fill_between(
        days, np.append(below, below[-1]), np.append(above, above[-1]), step="post", color=colour,
        hatch=hatch or None, edgecolor="white" if hatch else None, linewidth=0.0,
    )  # fmt: skip


def _soft_cell_data(run: RunFacts, cells: SoftCells) -> PlottedData:
    """Return noise rise, power and refusals of each cell."""
    legs = cells.legs
    return table_of(
        {
            "network": np.array(run.networks)[legs.network_idx],
            "cell": legs.name,
            "x_m": legs.x_m,
            "y_m": legs.y_m,
            "azimuth_deg": legs.azimuth_deg,
            **{name: getattr(cells, name) for name in _NUMBERS},
            "n_phones": cells.n_asked,
            **{f"n_{cause}": values for cause, values in cells.refused.items()},
        }
    )


def _soft_map_caption(run: RunFacts, n_replications: int) -> str:
    """Return the caption of noise rise and power by cell."""
    text = (
        "Noise rise and downlink power by cell, means over the measured window, "
        f"{over(n_replications)}. Noise rise: all that the cell's receiver hears over its own noise. Power: of all "
        "channels, common ones included, over the greatest that the cell can send. Cells at their sites, sectors moved "
        "aside by their azimuth, the highest on top. The table beside this figure holds the greatest values and the "
        "phones refused by cause."
    )
    return with_facts(run, text)


def _causes_caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of blocking by cause."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        f"Attempts lost in the network, of all attempts begun in the same step of {step_s:g} s, by cause and "
        f"originating network, one above the other, {over(replications_of(series))}. No coverage counts those too "
        "whom a cell serves without load and not at the load of the moment. Causes that did not occur are left out. "
        "The table beside this figure holds 95 % intervals where there are several replications."
    )
    return with_facts(run, text)


def _soft_capacity_by_cell(folder: Path, run: RunFacts) -> Drawing:
    cells = read_soft_cells(folder, run)
    return Drawing(
        _draw_soft_map(run, read_territory(folder), cells),
        _soft_cell_data(run, cells),
        _soft_map_caption(run, replications_of(read_series(folder, run))),
    )


def _blocking_by_cause(folder: Path, run: RunFacts) -> Drawing:
    series = read_causes(folder, run, tuple(CAUSE_LOOKS))
    return Drawing(
        _draw_blocking_by_cause(run, series), series_data(run, series), _causes_caption(run, series)
    )


SOFT_FILES = (*MAP_FILES, "timeseries.parquet", "cells.parquet")
"""Files of a results folder that soft capacity is drawn from."""

FIGURES = (
    RunFigure("soft_capacity_by_cell", SOFT_FILES, _soft_capacity_by_cell, has_soft_cells),
    RunFigure("blocking_by_cause", SOFT_FILES, _blocking_by_cause, has_soft_cells),
)
