"""Load against blocking of cells with soft capacity, and what the theory of soft capacity says of their load."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, Value, over, with_facts
from sim.report.figures.erlang_blocking import has_soft_cells
from sim.report.figures.over_time import read_series, replications_of, set_share_axis
from sim.report.figures.soft_capacity import SOFT_FILES, SoftCells, read_soft_cells, share_of
from sim.report.folder import RunFacts, read_resolved
from sim.report.style import PAGE_WIDTH_IN, dot_look, network_look, new_figure
from sim.stats.theory import soft_blocking
from sim.units import CHIP_RATE_HZ, db_to_linear

_UNIT_LOAD = 1.0 / 4_000
"""Load of a basic unit: a telephone call has some forty (house default). [1]"""


@dataclass(frozen=True)
class SoftTheory:
    """What Kaufman and Roberts' recursion says of cells that loads of telephone calls fill."""

    network_idx: int  # network
    direction: str  # uplink or downlink: which of them alone fills the cell
    # load of a telephone call: in the uplink in its own cell; in the downlink that of the mean power, the median over
    # the cells [1]
    load: float
    most: float  # load at the greatest noise rise, or power [1]
    # uplink: interference from elsewhere over that of the own cell, the median over the cells; downlink: 0, as it is in
    # the load [1]
    other_ratio: float
    # and blocking: (point,) blocking by offered traffic. [erl], [1]
    offered_erl: NDArray[np.float64]
    blocking: NDArray[np.float64]


def _soft_theory(folder: Path, cells: SoftCells, n_networks: int) -> tuple[SoftTheory, ...]:
    """
    Return blocking by offered traffic of the cells of each network, were the uplink or the downlink alone to fill them.

    Calls are of the first service. Uplink: where a cell's own load is A, its noise rise I / N says what comes from
    elsewhere: 1 - N / I - A; the median of its ratio to A over the cells stands for all of them. Downlink: a cell of
    mean power P has a load of 1 - common / P, and bears 1 - common / most; what a call has of it is the median over the
    cells.
    """
    wcdma = read_resolved(folder, "radio", "wcdma")
    load, busy_erl = call_load(wcdma["services"][0]), cells.legs.busy_erl
    most = 1.0 - 1.0 / db_to_linear(wcdma["max_noise_rise_db"])
    own_load = busy_erl * load
    ratio = share_of(1.0 - 10.0 ** (-cells.noise_rise_db / 10.0) - own_load, own_load)
    # Common power over the greatest, and the load that a call has in the downlink.
    common = db_to_linear(wcdma["common_power_to_pilot_db"] - wcdma["max_power_to_pilot_db"])
    down_load = share_of(1.0 - common * cells.power_limit_w / cells.power_w, busy_erl)
    down_most = 1.0 - common / (1.0 - wcdma["hsdpa_reserved_share"])
    answers = []
    for idx in range(n_networks):
        own = (cells.legs.network_idx == idx) & np.isfinite(ratio)
        if not own.any():
            continue
        traffic_erl = cells.offered_erl[own]
        other = max(0.0, float(np.median(ratio[own])))
        answers.append(_theory_of(idx, "uplink", load, most, other, traffic_erl))
        mean_load = float(np.median(down_load[own]))
        if mean_load > 0.0:
            answers.append(_theory_of(idx, "downlink", mean_load, down_most, 0.0, traffic_erl))
    return tuple(answers)


def _theory_of(
    idx: int,
    direction: str,
    load: float,
    most: float,
    other: float,
    traffic_erl: NDArray[np.float64],
) -> SoftTheory:
    offered_erl = _loads(traffic_erl, most / (load * (1.0 + other)))
    blocking = [soft_blocking(most, [load], [a], other, _UNIT_LOAD)[0] for a in offered_erl]
    return SoftTheory(idx, direction, load, most, other, offered_erl, np.array(blocking))


def call_load(service: dict[str, Any]) -> float:
    """Return the uplink load of a call in its own cell."""
    gamma = db_to_linear(service["uplink_eb_n0_db"])
    asked_hz = gamma * service["rate_bps"] * service["uplink_activity"]
    return float(1.0 / (1.0 + CHIP_RATE_HZ / asked_hz))


def _loads(offered_erl: NDArray[np.float64], most_calls: float) -> NDArray[np.float64]:
    """Return loads to draw a curve over: what the cells have, and on to one that clearly blocks."""
    finite = offered_erl[np.isfinite(offered_erl)]
    return np.linspace(0.02, 1.0, 50) * max(1.2 * most_calls, float(finite.max(initial=0.0)))


def _draw_load_and_blocking(
    run: RunFacts, cells: SoftCells, theory: Sequence[SoftTheory]
) -> Figure:
    """Draw blocking of each cell over its offered traffic, and what the theory of soft capacity says."""
    figure = new_figure(PAGE_WIDTH_IN, 3.0)
    ax = figure.subplots()
    offered_erl, blocking = cells.offered_erl, cells.blocking
    for idx, label in enumerate(run.labels):
        own = (cells.legs.network_idx == idx) & np.isfinite(blocking) & np.isfinite(offered_erl)
        look = dot_look(idx, len(blocking), faint=0.4)
        ax.plot(offered_erl[own], blocking[own], **look, label=f"{label}, cells")
    for one in theory:
        look, label = network_look(one.network_idx), run.labels[one.network_idx]
        is_uplink = one.direction == "uplink"
        said = f"f = {one.other_ratio:.2f}" if is_uplink else f"load {one.load:.4f}"
        ax.plot(
            one.offered_erl, one.blocking, color=look["color"], linestyle=look["linestyle"],
            linewidth=1.0 if is_uplink else 2.0, label=f"{label}, {one.direction} theory ({said})",
        )  # fmt: skip
    most = np.nanmax(np.concatenate([blocking, *(one.blocking for one in theory), [0.0]]))
    set_share_axis(ax, float(most))
    ax.set_xlim(left=0.0)
    ax.set_xlabel("offered traffic of a cell [erl]")
    ax.set_ylabel("phones blocked")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def _load_data(run: RunFacts, cells: SoftCells, theory: Sequence[SoftTheory]) -> PlottedData:
    """Return load and blocking of each cell, and the curves of the theory."""
    rows: list[tuple[Value, ...]] = []
    points = zip(
        cells.legs.network_idx, cells.legs.name, cells.offered_erl, cells.blocking, strict=True
    )
    for idx, name, load_erl, share in points:
        rows.append((run.networks[idx], "cell", str(name), float(load_erl), float(share)))
    for one in theory:
        network = run.networks[one.network_idx]
        for load_erl, share in zip(one.offered_erl, one.blocking, strict=True):
            rows.append((network, f"{one.direction} theory", "", float(load_erl), float(share)))
    return PlottedData(("network", "kind", "cell", "offered_erl", "blocking"), tuple(rows))


def _load_caption(
    run: RunFacts, cells: SoftCells, theory: Sequence[SoftTheory], n_replications: int
) -> str:
    """Return the caption of load against blocking."""
    fitted = [
        f"{run.labels[one.network_idx]}, {one.direction}: a call has a load of {one.load:.4f}, a cell bears "
        f"{one.most:.3f}" + (f", f = {one.other_ratio:.2f}." if one.direction == "uplink" else ".")
        for one in theory
    ]
    n_left = int((~np.isfinite(cells.blocking) | ~np.isfinite(cells.offered_erl)).sum())
    left = f" {n_left:,} cells to which nobody was admitted are left out." if n_left else ""
    text = (
        f"Load against blocking, a dot for each cell, {over(n_replications)}: phones blocked (uplink, downlink, codes "
        "or channel elements), of those admitted or blocked, over offered traffic, that is carried traffic / (1 "
        "\N{MINUS SIGN} blocking). Lines: blocking of telephone calls by Kaufman's and Roberts' recursion where the "
        "uplink alone (thin) or the downlink alone (thick) fills a cell. Uplink: each call with (1 + f) times its "
        "load; f, interference from elsewhere over the cell's own, is the median over the cells. Downlink: the load "
        "of a call is that of the mean power, the median over the cells. The theory knows neither codes nor channel "
        "elements, takes all cells for alike, and counts no other services: dots above a line have another cause, or "
        "a louder surrounding; dots below it stand among quieter cells. " + " ".join(fitted) + left
    )
    return with_facts(run, text)


def _load_and_blocking(folder: Path, run: RunFacts) -> Drawing:
    cells = read_soft_cells(folder, run)
    theory = _soft_theory(folder, cells, len(run.networks))
    return Drawing(
        _draw_load_and_blocking(run, cells, theory),
        _load_data(run, cells, theory),
        _load_caption(run, cells, theory, replications_of(read_series(folder, run))),
    )


FIGURES = (RunFigure("load_and_blocking", SOFT_FILES, _load_and_blocking, has_soft_cells),)
