"""Soft capacity: noise rise and power of each cell, on the map and over all cells."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, over, table_of, with_facts
from sim.report.figures.coverage_map import MAP_FILES
from sim.report.figures.erlang_blocking import CellLegs, has_soft_cells, read_cells
from sim.report.folder import (
    RunFacts,
    Territory,
    read_best_cells,
    read_columns,
    read_territory,
    resolved,
)
from sim.report.maps import (
    cell_colours,
    draw_map,
    draw_scale_bar,
    grey_handles,
    map_height_in,
    n_map_columns,
    name_places,
    painter,
)
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure
from sim.tables import SOFT_REFUSALS

_NUMBERS = ("noise_rise_db", "noise_rise_max_db", "power_w", "power_max_w", "power_limit_w")
CAUSES = tuple(name for name, _ in SOFT_REFUSALS.values())
"""Why phones are refused."""


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
    columns = read_columns(folder / "cells.parquet", ("cell_idx", *_NUMBERS, *CAUSES), ())
    order = np.argsort(columns["cell_idx"], kind="stable")
    columns = {name: column[order] for name, column in columns.items()}
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


_RAMP = "viridis"
_RANKS_IN = 2.1


def _draw_soft_capacity(
    run: RunFacts, territory: Territory, cells: SoftCells, best_idx: NDArray[np.int64]
) -> Figure:
    """Draw mean noise rise and mean downlink power of the cell of each square, and how both are distributed."""
    power = 100.0 * share_of(cells.power_w, cells.power_limit_w)
    # Of power there is no greatest: a cell with data has sent all that it can.
    quantities = (
        (
            "noise rise [dB]",
            0.5,
            (cells.noise_rise_db, cells.noise_rise_max_db),
            _most_rise_db(run),
        ),
        ("downlink power [%]", 10.0, (power,), 100.0),
    )
    n = len(run.networks)
    n_cols = 2 if n == 1 else n_map_columns(n)
    n_rows = 1 if n == 1 else 2 * -(-n // n_cols)
    maps_in = n_rows * (map_height_in(territory, PAGE_WIDTH_IN / n_cols - 0.6) + 0.3) + 0.3
    figure = new_figure(PAGE_WIDTH_IN, maps_in + _RANKS_IN)
    above, below = figure.subfigures(
        2, 1, height_ratios=(maps_in, _RANKS_IN), squeeze=False
    ).ravel()
    axes = list(above.subplots(n_rows, n_cols, squeeze=False).ravel())
    ranks = below.subplots(1, 2, sharey=True)
    room, shown = len(axes) // 2, []
    for k, (name, step, kinds, limit) in enumerate(quantities):
        own, mean = axes[k * room : (k + 1) * room], kinds[0]
        scale = Normalize(0.0, step * np.ceil(np.nanmax(mean) / step + 1e-9))
        for idx, ax in enumerate(own[:n]):
            colours = cell_colours(mean, best_idx[idx], scale, _RAMP)
            draw_map(ax, territory, run.labels[idx], painter(territory, colours))
            shown.append(ax)
        for ax in own[n:]:
            ax.set_axis_off()
        bar = above.colorbar(
            ScalarMappable(scale, mpl.colormaps[_RAMP]), ax=own, shrink=0.85, pad=0.02
        )
        bar.set_label(f"mean {name}")
        _draw_ranks(ranks[k], run, cells.legs.network_idx, kinds, limit)
        ranks[k].set_xlabel(name)
    draw_scale_bar(axes[0], territory)
    handles = grey_handles(cells.power_w, best_idx, "")
    if handles:
        above.legend(handles=handles, loc="outside lower center")
    ranks[0].set_ylabel("cells with at most so much")
    ranks[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    handles, labels = ranks[0].get_legend_handles_labels()
    below.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
    name_places(figure, shown, territory)
    return figure


def _most_rise_db(run: RunFacts) -> float:
    """Return the noise rise up to which phones are admitted. [dB]."""
    return float(resolved(run, "radio", "wcdma", "max_noise_rise_db"))


def _draw_ranks(
    ax: Axes,
    run: RunFacts,
    network_idx: NDArray[np.int64],
    kinds: tuple[NDArray[np.float64], ...],
    limit: float,
) -> None:
    """Share of the cells of each network with at most so much, in the mean (thick) and at most (thin)."""
    for idx, label in enumerate(run.labels):
        for values, width, said in zip(kinds, (1.3, 0.6), ("mean", "greatest"), strict=False):
            x = np.sort(values[(network_idx == idx) & np.isfinite(values)])
            if len(x):
                share = np.arange(1, len(x) + 1) / len(x)
                look = {**network_look(idx), "marker": "none", "linewidth": width}
                ax.step(x, share, where="post", label=f"{label}, {said}", **look)
    ax.axvline(limit, color="#404040", linewidth=0.8, linestyle=":")
    ax.set_xlim(0.0, max(1.05 * limit, ax.get_xlim()[1]))
    ax.set_ylim(0.0, 1.01)


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


def _caption(run: RunFacts) -> str:
    """Return the caption of noise rise and power by cell."""
    text = (
        f"Noise rise and downlink power by cell over the measured window, {over(run.n_replications)}. Noise rise: all "
        "that the cell's receiver hears over its own noise. Power: of all channels, common ones and HSDPA included, "
        "over the greatest that the cell can send. Maps: squares by the mean of the cell that serves them best without "
        "load. Charts: share of the cells of each network with at most so much, in the mean over the window (thick) "
        f"and in its worst moment (thin, noise rise); dotted: the most there may be, {_most_rise_db(run):g} dB for who "
        "asks to be admitted, and all power. The table beside this figure holds every cell with the phones refused by "
        "cause."
    )
    return with_facts(run, text)


def _soft_capacity_by_cell(folder: Path, run: RunFacts) -> Drawing:
    cells = read_soft_cells(folder, run)
    return Drawing(
        _draw_soft_capacity(run, read_territory(folder), cells, read_best_cells(folder, run)),
        _soft_cell_data(run, cells),
        _caption(run),
    )


SOFT_FILES = (*MAP_FILES, "timeseries.parquet", "cells.parquet")
"""Files of a results folder that soft capacity is drawn from."""

FIGURES = (RunFigure("soft_capacity_by_cell", SOFT_FILES, _soft_capacity_by_cell, has_soft_cells),)
