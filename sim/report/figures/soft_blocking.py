"""Blocking of cells with soft capacity: what was observed, against what the load equations and Erlang B predict."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, over, table_of, with_facts
from sim.report.figures.erlang_blocking import has_soft_cells, lacks_legs
from sim.report.figures.soft_capacity import SOFT_FILES, SoftCells, read_soft_cells, share_of
from sim.report.folder import RunFacts, read_columns, resolved
from sim.report.maps import n_map_columns
from sim.report.style import COLUMN_WIDTH_IN, LEAST_PT, PAGE_WIDTH_IN, network_look, new_figure
from sim.stats.theory import erlang_b
from sim.units import CHIP_RATE_HZ, db_to_linear


@dataclass(frozen=True)
class Prediction:
    """How many telephone calls each cell bears, and what it should refuse of those that it was offered."""

    uplink_calls: NDArray[np.float64]  # (cell,) calls at the greatest noise rise
    downlink_calls: NDArray[np.float64]  # (cell,) calls at the greatest power
    offered_erl: NDArray[np.float64]  # (cell,) offered traffic [erl]
    blocking: NDArray[np.float64]  # (cell,) Erlang B of the fewer of both, NaN where unknown [1]


def call_load(service: dict[str, Any], direction: str) -> float:
    """Return Eb/N0 R v / W of a call of a service in a direction: signal over interference before despreading."""
    asked_hz = db_to_linear(service[f"{direction}_eb_n0_db"]) * service["rate_bps"]
    return float(asked_hz * service[f"{direction}_activity"] / CHIP_RATE_HZ)


def predict(
    run: RunFacts, cells: SoftCells, hsdpa_power_w: NDArray[np.float64] | float
) -> Prediction:
    """
    Return what the load equations and Erlang B say of each cell, were calls all of the first service.

    What comes from elsewhere is taken for constant, at its mean: in the uplink E = (I / N) (1 - n l), so that n calls
    make a noise rise of E / (1 - n l); in the downlink each call adds a power w for other cells and noise, beside its
    share g (1 - alpha) of the cell's own: P = (common + n w) / (1 - n g (1 - alpha)), w from the mean power without
    HSDPA, which makes room for calls.
    """
    wcdma = resolved(run, "radio", "wcdma")
    service, busy_erl = wcdma["services"][0], cells.legs.busy_erl
    up, down = (call_load(service, direction) for direction in ("uplink", "downlink"))
    own_up, own_down = up / (1.0 + up), down * (1.0 - wcdma["orthogonality"])
    elsewhere = 10.0 ** (cells.noise_rise_db / 10.0) * (1.0 - busy_erl * own_up)
    uplink = (1.0 - elsewhere / db_to_linear(wcdma["max_noise_rise_db"])) / own_up
    most_w = cells.power_limit_w * (1.0 - wcdma["hsdpa_reserved_share"])
    common_w = cells.power_limit_w * db_to_linear(
        wcdma["common_power_to_pilot_db"] - wcdma["max_power_to_pilot_db"]
    )
    calls_w = (cells.power_w - hsdpa_power_w) * (1.0 - busy_erl * own_down) - common_w
    added_w = np.maximum(share_of(calls_w, busy_erl), 0.0)
    downlink = (most_w - common_w) / (added_w + own_down * most_w)
    offered_erl = cells.offered_erl
    fewer = np.floor(np.maximum(np.minimum(uplink, downlink), 0.0))
    known = np.isfinite(fewer) & np.isfinite(offered_erl)
    blocking = np.full(len(fewer), np.nan)
    blocking[known] = [
        erlang_b(a, int(n)) for a, n in zip(offered_erl[known], fewer[known], strict=True)
    ]
    return Prediction(uplink, downlink, offered_erl, blocking)


def observed_blocking(cells: SoftCells) -> NDArray[np.float64]:
    """Return the share of phones refused for interference or power; NaN where nobody asked [1]."""
    refused = cells.refused["blocked_uplink"] + cells.refused["blocked_downlink"]
    return share_of(refused, cells.legs.n_offered)


FEWEST_IN_GROUP = 5
"""Fewest cells of like prediction that are drawn as a group (house choice)."""

_HALF_DECADES = 10.0 ** np.arange(-6.0, 0.1, 0.5)


def groups_of(
    predicted: NDArray[np.float64],
    observed: NDArray[np.float64],
    weight: NDArray[np.float64],
    floor: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return prediction and observation of groups of cells of like prediction, weighted by phones.

    One group has all cells below the floor; above it there are two in each power of ten.
    """
    known = np.isfinite(predicted) & np.isfinite(observed) & (weight > 0.0)
    edges = _HALF_DECADES[0.99 * floor < _HALF_DECADES]
    group = np.searchsorted(edges, predicted[known], side="right")
    sums = [
        np.bincount(group, values[known] * weight[known], len(edges) + 1)
        for values in (predicted, observed, np.ones(len(known)))
    ]
    shown = np.bincount(group, minlength=len(edges) + 1) >= FEWEST_IN_GROUP
    return sums[0][shown] / sums[2][shown], sums[1][shown] / sums[2][shown]


def draw_load_and_blocking(run: RunFacts, cells: SoftCells, theory: Prediction) -> Figure:
    """Draw observed over predicted blocking of each cell, and of cells of like prediction together."""
    observed, predicted = observed_blocking(cells), theory.blocking
    n = len(run.networks)
    n_cols = n_map_columns(n)
    width_in = COLUMN_WIDTH_IN if n == 1 else PAGE_WIDTH_IN
    panel_in = (width_in - 0.7) / n_cols
    figure = new_figure(width_in, -(-n // n_cols) * (panel_in + 0.25) + 0.75)
    axes = figure.subplots(-(-n // n_cols), n_cols, sharex=True, sharey=True, squeeze=False)
    floor, top = _ends(observed, predicted)
    for idx, ax in enumerate(axes.flat):
        if idx >= n:
            ax.set_axis_off()
            continue
        own = cells.legs.network_idx == idx
        seen = own & (observed > 0.0) & np.isfinite(predicted)
        colour, marker = (network_look(idx)[key] for key in ("color", "marker"))
        # A line without points that is not clipped takes room at the corner of the page.
        ax.plot(
            np.maximum(predicted[seen], floor), observed[seen], color=colour, marker=marker,
            linestyle="none", markersize=2.5, markeredgewidth=0.0, alpha=0.5,
            clip_on=not seen.any(),
            label="a cell",
        )  # fmt: skip
        x, y = groups_of(predicted[own], observed[own], cells.legs.n_offered[own], floor)
        ax.plot(
            np.maximum(x, floor), np.maximum(y, floor), color=colour, linewidth=0.8, marker=marker,
            markersize=5.5, markeredgecolor="black", markeredgewidth=0.6, clip_on=not len(x), zorder=3.0,
            label="cells of like prediction",
        )  # fmt: skip
        _finish(ax, floor, top)
        ax.set_title(run.labels[idx], loc="left")
    figure.supxlabel("predicted by load equations and Erlang B", fontsize=8.0)
    figure.supylabel("phones refused for interference or power", fontsize=8.0)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _ends(observed: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[float, float]:
    """Return powers of ten about what is shown; the lower stands for 0 and for all below."""
    positive = observed[observed > 0.0]
    least = float(positive.min()) if len(positive) else 1e-4
    floor = float(np.clip(10.0 ** np.floor(np.log10(least) - 1e-9), 1e-6, 1e-4))
    most = max(float(np.nanmax(values, initial=0.0)) for values in (observed, predicted))
    return floor, float(10.0 ** np.ceil(np.log10(max(most, 10.0 * floor)) - 1e-9))


def _finish(ax: Axes, floor: float, top: float) -> None:
    """Scales, and the diagonal with what it means."""
    ax.plot([floor, top], [floor, top], color="black", linewidth=0.7, zorder=1.0)
    ax.set(xscale="log", yscale="log", xlim=(floor, top), ylim=(floor, top), aspect="equal")
    percent = FuncFormatter(lambda x, _: "0" if x <= floor * 1.001 else f"{100.0 * x:.6g} %")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(percent)
        axis.set_minor_formatter(NullFormatter())
    look: Any = {"fontsize": LEAST_PT, "color": "#404040", "transform": ax.transAxes}
    ax.text(0.03, 0.97, "more than predicted", va="top", **look)
    ax.text(0.97, 0.03, "fewer than predicted", ha="right", va="bottom", **look)


def _data(run: RunFacts, cells: SoftCells, theory: Prediction) -> PlottedData:
    """Return what each cell bears by the theory, and what it refused."""
    return table_of(
        {
            "network": np.array(run.networks)[cells.legs.network_idx],
            "cell": cells.legs.name,
            "offered_erl": theory.offered_erl,
            "uplink_calls": theory.uplink_calls,
            "downlink_calls": theory.downlink_calls,
            "n_phones": cells.legs.n_offered,
            "observed_blocking": observed_blocking(cells),
            "predicted_blocking": theory.blocking,
        }
    )


def _caption(run: RunFacts, cells: SoftCells, theory: Prediction) -> str:
    """Return the caption of observed and predicted blocking."""
    observed, weight = observed_blocking(cells), cells.legs.n_offered
    said = []
    for idx, label in enumerate(run.labels):
        known = (
            (cells.legs.network_idx == idx) & np.isfinite(observed) & np.isfinite(theory.blocking)
        )
        if not known.any():
            continue
        shares = [
            100.0 * float((values[known] * weight[known]).sum() / weight[known].sum())
            for values in (observed, theory.blocking)
        ]
        n_none = int((observed[known] == 0.0).sum())
        said.append(
            f"{label}: {shares[0]:.3f} % of the phones refused, {shares[1]:.3f} % predicted; {n_none:,} of "
            f"{int(known.sum()):,} cells refused nobody and have no dot."
        )
    text = (
        "Observed against predicted blocking, a dot for each cell that refused anybody, "
        f"{over(run.n_replications)}. Observed: phones refused for interference (uplink) or power (downlink), of those "
        "admitted or refused; codes and channel elements apart. Predicted: how many telephone calls the load equations "
        "of uplink and downlink let the cell bear, the fewer of both, and Erlang B of its offered traffic on so many "
        "channels. What comes from other cells is taken for constant, at its mean over the window, as the cell's mean "
        "noise rise and power say, power for HSDPA apart. Large marks: all cells whose prediction is alike, those "
        "without a dot too, half a power of ten wide, weighted by phones. On the diagonal a cell refuses as many as "
        "predicted, above it more. Cells above it at low predictions: other cells are now and then much louder than in "
        "the mean, and phones far out ask for more power. The prediction takes all calls for the first service. The "
        "left and lower ends stand for no blocking and everything below. " + " ".join(said)
    )
    return with_facts(run, text)


def _load_and_blocking(folder: Path, run: RunFacts) -> Drawing:
    cells = read_soft_cells(folder, run)
    theory = predict(run, cells, _hsdpa_power_w(folder))
    return Drawing(
        draw_load_and_blocking(run, cells, theory),
        _data(run, cells, theory),
        _caption(run, cells, theory),
    )


def _hsdpa_power_w(folder: Path) -> NDArray[np.float64]:
    """Return the mean power of each cell for HSDPA, in the order of their numbers; 0 without data. [W]."""
    columns = read_columns(folder / "cells.parquet", ("cell_idx", "hsdpa_power_w"))
    order = np.argsort(columns["cell_idx"], kind="stable")
    return np.asarray(np.nan_to_num(columns["hsdpa_power_w"][order]), np.float64)


FIGURES = (
    RunFigure("load_and_blocking", SOFT_FILES, _load_and_blocking, has_soft_cells, lacks_legs),
)
