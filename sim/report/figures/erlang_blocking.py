"""Blocking by cell: where it is, how it is distributed, and what Erlang's formula says."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, PercentFormatter
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, over, table_of, with_facts
from sim.report.figures.coverage_map import MAP_FILES
from sim.report.folder import (
    RunFacts,
    Territory,
    positions,
    read_best_cells,
    read_columns,
    read_territory,
)
from sim.report.maps import (
    UNSERVED,
    draw_map,
    draw_scale_bar,
    map_axes,
    map_height_in,
    n_map_columns,
    name_places,
    painter,
)
from sim.report.style import PAGE_WIDTH_IN, dot_look, network_look, new_figure
from sim.stats.theory import erlang_b


@dataclass(frozen=True)
class CellLegs:
    """Legs offered to and refused by each cell in the order of their numbers, means over the replications."""

    name: NDArray[np.str_]  # (cell,) cell
    network_idx: NDArray[np.int64]  # (cell,) network
    x_m: NDArray[np.float64]  # and y_m: (cell,) place of the cell's site [m]
    y_m: NDArray[np.float64]
    # (cell,) direction of the sector, NaN when omnidirectional [deg]
    azimuth_deg: NDArray[np.float64]
    n_channels: NDArray[np.int64]  # (cell,) channels
    # and n_refused: (cell,) legs that asked for a channel; those that got none
    n_offered: NDArray[np.float64]
    n_refused: NDArray[np.float64]
    busy_erl: NDArray[np.float64]  # (cell,) mean of busy channels [erl]


_COUNTS = tuple(
    f"{count}_{end}" for count in ("seizures", "refusals") for end in ("originating", "terminating")
)


def read_cells(folder: Path, run: RunFacts) -> CellLegs:
    """Read the legs of each cell."""
    path = folder / "cells.parquet"
    numbers = ["cell_idx", "azimuth_deg", "n_channels", "carried_erl", *_COUNTS]
    columns = read_columns(path, numbers, ["cell", "site", "network"])
    order = np.argsort(columns["cell_idx"], kind="stable")
    columns = {name: column[order] for name, column in columns.items()}
    sites = read_columns(folder / "sites.parquet", ["x_m", "y_m"], ["site"])
    site_idx = positions(columns["site"], sites["site"].tolist(), path)
    n_refused = columns["refusals_originating"] + columns["refusals_terminating"]
    n_seized = columns["seizures_originating"] + columns["seizures_terminating"]
    return CellLegs(
        name=columns["cell"],
        network_idx=positions(columns["network"], run.networks, path),
        x_m=sites["x_m"][site_idx],
        y_m=sites["y_m"][site_idx],
        azimuth_deg=columns["azimuth_deg"],
        n_channels=columns["n_channels"].astype(np.int64),
        n_offered=n_seized + n_refused,
        n_refused=n_refused,
        busy_erl=columns["carried_erl"],
    )


def has_soft_cells(folder: Path) -> bool:
    """Return whether the cells of a folder have soft capacity."""
    columns = read_columns(folder / "cells.parquet", (), if_there=["noise_rise_db"])
    return bool(np.isfinite(columns.get("noise_rise_db", np.nan)).any())


BLOCKING_CLASSES = (0.0, 0.001, 0.005, 0.02, 0.05, 0.2)
"""Upper borders of the classes of blocking on the map; 2 % is the customary design value. [1]"""

_NONE_COLOUR = "#cfe0ee"
_MAX_MARKERS = 8


def offered_erl(cells: CellLegs) -> NDArray[np.float64]:
    """
    Return the traffic offered to each cell, the refused legs counted as long as the carried ones.

    Carried traffic / (1 - blocking); 0 where nothing was offered, NaN where nothing was carried [erl].
    """
    n_carried = cells.n_offered - cells.n_refused
    scale = np.full(len(n_carried), np.nan)
    np.divide(cells.n_offered, n_carried, out=scale, where=n_carried > 0.0)
    return np.where(cells.n_offered > 0.0, cells.busy_erl * scale, 0.0)


def leg_blocking(cells: CellLegs) -> NDArray[np.float64]:
    """Return the share of legs that a cell refused. Share, NaN where nothing was offered [1]."""
    blocking = np.full(len(cells.n_offered), np.nan)
    np.divide(cells.n_refused, cells.n_offered, out=blocking, where=cells.n_offered > 0.0)
    return blocking


def erlang_blocking(cells: CellLegs) -> NDArray[np.float64]:
    """
    Return what Erlang's first formula says of each cell's offered traffic.

    Blocking, NaN where the offered traffic is unknown [1].
    """
    pairs = zip(offered_erl(cells).tolist(), cells.n_channels.tolist(), strict=True)
    return np.array([erlang_b(a, n) if a == a else np.nan for a, n in pairs], np.float64)


def draw_blocking_by_cell(
    run: RunFacts, territory: Territory, cells: CellLegs, best_idx: NDArray[np.int64]
) -> Figure:
    """Draw where legs are refused, how blocking is distributed over cells, and Erlang B beside it."""
    blocking, theory = leg_blocking(cells), erlang_blocking(cells)
    figure, left, right = _parts(len(run.networks), territory)
    axes = _draw_maps(left, run, territory, blocking, best_idx)
    distribution, comparison = right.subplots(1, 2)
    floor = _floor(blocking)
    for idx in range(len(run.networks)):
        own = (cells.network_idx == idx) & np.isfinite(blocking)
        _draw_distribution(distribution, run, idx, blocking[own], theory[own], floor)
        _draw_comparison(comparison, idx, blocking[own], theory[own], floor)
    _finish_charts(distribution, comparison, floor)
    handles, labels = distribution.get_legend_handles_labels()
    right.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 5))
    name_places(figure, axes, territory)
    return figure


def _parts(n_networks: int, territory: Territory) -> tuple[Figure, SubFigure, SubFigure]:
    """Return the figure and its parts for maps and charts: one map stands beside, more above."""
    if n_networks == 1:
        height_in = min(max(map_height_in(territory, 2.2), 1.6), 2.9) + 0.9
        figure = new_figure(PAGE_WIDTH_IN, height_in)
        left, right = figure.subfigures(1, 2, width_ratios=(1.0, 2.0), squeeze=False).ravel()
    else:
        n_cols = n_map_columns(n_networks)
        n_rows = -(-n_networks // n_cols)
        maps_in = n_rows * (map_height_in(territory, PAGE_WIDTH_IN / n_cols - 0.2) + 0.3) + 0.5
        figure = new_figure(PAGE_WIDTH_IN, maps_in + 2.4)
        left, right = figure.subfigures(2, 1, height_ratios=(maps_in, 2.4), squeeze=False).ravel()
    return figure, left, right


def _draw_maps(
    part: SubFigure,
    run: RunFacts,
    territory: Territory,
    blocking: NDArray[np.float64],
    best_idx: NDArray[np.int64],
) -> list[Axes]:
    """One map for each network: squares by the blocking of the cell that serves them best."""
    n_networks = len(run.networks)
    axes = map_axes(part, n_networks)
    class_idx = np.searchsorted(BLOCKING_CLASSES, blocking, side="left")
    class_idx[np.isnan(blocking)] = len(BLOCKING_CLASSES) + 1
    labels, palette = [*_class_labels(), "nothing offered"], [*_palette(), UNSERVED]
    # The last for squares without a cell.
    colours = np.array([*(to_rgb(palette[k]) for k in class_idx), to_rgb("white")])
    for idx, ax in enumerate(axes):
        draw_map(ax, territory, run.labels[idx], painter(territory, colours[best_idx[idx]]))
    draw_scale_bar(axes[0], territory)
    present = set(class_idx.tolist())
    handles = [
        Patch(facecolor=colour, label=label)
        for idx, (colour, label) in enumerate(zip(palette, labels, strict=True))
        if idx in present
    ]
    n_legend_cols = len(handles) if n_networks > 1 else 3
    part.legend(handles=handles, loc="outside lower center", ncols=n_legend_cols, handlelength=0.8)
    return axes


def _palette() -> list[str]:
    ramp = mpl.colormaps["magma_r"](np.linspace(0.12, 0.92, len(BLOCKING_CLASSES)))
    return [_NONE_COLOUR, *(mpl.colors.to_hex(colour) for colour in ramp)]


def _class_labels() -> list[str]:
    """Names of the classes of blocking: nothing, between borders, over the last."""
    texts = [f"{100.0 * border:g}" for border in BLOCKING_CLASSES]
    between = [f"to {high} %" for high in texts[1:]]
    return ["no refusal", *between, f"over {texts[-1]} %"]


def _floor(blocking: NDArray[np.float64]) -> float:
    """Return the power of ten below the least blocking that is not 0: stands for 0 on log axes."""
    positive = blocking[blocking > 0.0]
    if len(positive) == 0:
        return 1e-4
    return float(10.0 ** (np.floor(np.log10(positive.min()) - 1e-9)))


def _draw_distribution(
    ax: Axes,
    run: RunFacts,
    idx: int,
    blocking: NDArray[np.float64],
    theory: NDArray[np.float64],
    floor: float,
) -> None:
    """Share of cells with at most so much blocking, observed and by Erlang B."""
    look = network_look(idx)
    for values, is_theory in ((blocking, False), (theory[np.isfinite(theory)], True)):
        if len(values) == 0:
            continue
        x, n_at_most = np.unique(np.maximum(values, floor), return_counts=True)
        x = np.concatenate([[floor], x, [1.0]])
        y = np.concatenate([[0.0], np.cumsum(n_at_most) / len(values), [1.0]])
        if x[1] == floor:
            x, y = x[1:], y[1:]
        if is_theory:
            ax.step(x, y, where="post", color=look["color"], linewidth=0.7, linestyle=":")
        else:
            every = list(range(0, len(x) - 1, max(1, len(x) // _MAX_MARKERS)))
            label = run.labels[idx]
            ax.step(x, y, where="post", **look, markevery=every, label=label, clip_on=False)


def _draw_comparison(
    ax: Axes, idx: int, blocking: NDArray[np.float64], theory: NDArray[np.float64], floor: float
) -> None:
    """Observed blocking of each cell over Erlang B of its offered traffic."""
    look = dot_look(idx, len(blocking), faint=0.35)
    ax.plot(np.maximum(theory, floor), np.maximum(blocking, floor), **look, clip_on=False)


def _finish_charts(distribution: Axes, comparison: Axes, floor: float) -> None:
    """Scales, labels, legend and the diagonal of the two charts."""
    percent = FuncFormatter(lambda x, _: "0" if x <= floor * 1.001 else f"{100.0 * x:g} %")
    for axis in (distribution.xaxis, comparison.xaxis, comparison.yaxis):
        axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (floor, 1.0)})
        axis.set_major_formatter(percent)
    distribution.set_ylim(0.0, 1.0)
    distribution.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    distribution.set_xlabel("blocking of legs in a cell, at most")
    distribution.set_ylabel("share of cells")
    distribution.plot([], [], color="black", linewidth=0.7, linestyle=":", label="Erlang B")
    comparison.plot([floor, 1.0], [floor, 1.0], color="black", linewidth=0.6, zorder=1.0)
    comparison.set_xlabel("Erlang B of the offered traffic")
    comparison.set_ylabel("blocking of legs, observed")


def _cell_data(run: RunFacts, cells: CellLegs) -> PlottedData:
    """Return blocking of each cell and what Erlang B says of it."""
    return table_of(
        {
            "network": np.array(run.networks)[cells.network_idx],
            "cell": cells.name,
            "x_m": cells.x_m,
            "y_m": cells.y_m,
            "azimuth_deg": cells.azimuth_deg,
            "n_channels": cells.n_channels,
            "n_legs_offered": cells.n_offered,
            "n_legs_refused": cells.n_refused,
            "carried_erl": cells.busy_erl,
            "offered_erl": offered_erl(cells),
            "leg_blocking": leg_blocking(cells),
            "erlang_b": erlang_blocking(cells),
        }
    )


def _caption(run: RunFacts, cells: CellLegs, n_replications: int) -> str:
    """Return the caption of blocking by cell."""
    blocking = leg_blocking(cells)
    n_idle = int(np.isnan(blocking).sum())
    counts = []
    for idx, label in enumerate(run.labels):
        own = blocking[(cells.network_idx == idx) & np.isfinite(blocking)]
        if len(own):
            share = 100.0 * float((own > 0.02).mean())
            counts.append(f"{label}: {len(own):,} cells, {share:.1f} % of them above 2 %.")
    idle = f" {n_idle:,} cells were offered nothing and are left out." if n_idle else ""
    text = (
        "Blocking by cell: legs refused a channel, of all legs offered to the cell, calling and called ends together, "
        f"{over(n_replications)}. Maps: squares by the blocking of the cell that serves them best; white: not served. "
        "Distribution: share of cells with at most so much blocking; dotted, what Erlang's first "
        "formula (Erlang B) gives for each cell's channels and offered traffic, that is carried traffic / "
        "(1 \N{MINUS SIGN} blocking). Comparison: a dot for each cell. The left end of the logarithmic axes stands for "
        "no blocking and everything below. Erlang B presumes fresh Poisson calls; redials, legs that overflow from "
        "another cell and the change of load within the window make the difference, beside chance. "
        + " ".join(counts)
        + idle
    )
    return with_facts(run, text)


def _blocking_by_cell(folder: Path, run: RunFacts) -> Drawing:
    cells = read_cells(folder, run)
    return Drawing(
        draw_blocking_by_cell(run, read_territory(folder), cells, read_best_cells(folder, run)),
        _cell_data(run, cells),
        _caption(run, cells, run.n_replications),
    )


def lacks_legs(folder: Path) -> str:
    """Return that no call came to any cell, if so."""
    legs = read_columns(folder / "cells.parquet", _COUNTS, ())
    return "" if any(np.any(legs[count] > 0.0) for count in _COUNTS) else "no call came to a cell"


_NEEDS = (*MAP_FILES, "cells.parquet", "timeseries.parquet")
FIGURES = (
    RunFigure(
        "blocking_by_cell",
        _NEEDS,
        _blocking_by_cell,
        lambda folder: not has_soft_cells(folder),
        lacks_legs,
    ),
)
