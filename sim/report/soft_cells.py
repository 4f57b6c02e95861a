"""Cells with soft capacity as figures show them, and what the theory of soft capacity says of their load."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.report.folder import read_cells, read_columns, read_resolved
from sim.report.material import CellLegs, RunFacts
from sim.stats.theory import soft_blocking
from sim.units import CHIP_RATE_HZ, db_to_linear

_UNIT_LOAD = 1.0 / 4_000
"""Load of a basic unit: a telephone call has some forty (house default). [1]"""

CAUSES = (
    "no_coverage",
    "blocked_uplink",
    "blocked_downlink",
    "blocked_code",
    "blocked_channel_element",
)
"""Why phones are refused, in the order of the stacks."""

_NUMBERS = ("noise_rise_db", "noise_rise_max_db", "power_w", "power_max_w", "power_limit_w")


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
        return _share(self.legs.n_refused, self.legs.n_offered)

    @property
    def offered_erl(self) -> NDArray[np.float64]:
        """
        Return the traffic offered to each cell, the refused phones counted as long as those admitted.

        Carried traffic / (1 - blocking), NaN where nobody was admitted [erl].
        """
        return self.legs.busy_erl * _share(
            self.legs.n_offered, self.legs.n_offered - self.legs.n_refused
        )


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


def has_soft_cells(folder: Path) -> bool:
    """Return whether the cells of a folder have soft capacity."""
    path = folder / "cells.parquet"
    if "noise_rise_db" not in pq.read_schema(path).names:
        return False
    rises = read_columns(path, ("noise_rise_db",), ())["noise_rise_db"]
    return bool(np.isfinite(rises).any())


def read_soft_cells(folder: Path, run: RunFacts) -> SoftCells:
    """Read the soft capacity of each cell."""
    columns = read_columns(folder / "cells.parquet", (*_NUMBERS, *CAUSES), ())
    return SoftCells(
        legs=read_cells(folder, run),
        **{name: columns[name] for name in _NUMBERS},
        refused={name: columns[name] for name in CAUSES},
    )


def soft_theory(folder: Path, cells: SoftCells, n_networks: int) -> tuple[SoftTheory, ...]:
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
    ratio = _share(1.0 - 10.0 ** (-cells.noise_rise_db / 10.0) - own_load, own_load)
    # Common power over the greatest, and the load that a call has in the downlink.
    common = db_to_linear(wcdma["common_power_to_pilot_db"] - wcdma["max_power_to_pilot_db"])
    down_load = _share(1.0 - common * cells.power_limit_w / cells.power_w, busy_erl)
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


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    quotient = np.full(len(whole), np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0.0)
    return quotient
