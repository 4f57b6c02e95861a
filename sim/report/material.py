"""What figures are drawn from: plain arrays, whatever file they came from."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

ALL_NETWORKS = -1
"""Stands for all networks together, in place of the number of one."""


@dataclass(frozen=True)
class RunFacts:
    """Where a figure comes from."""

    scenario: str  # name of the scenario
    run_id: str  # full id of the run
    seed: int  # key of the random draws
    start: datetime  # local time at which the measured window begins
    duration_s: float  # length of the measured window [s]
    networks: tuple[str, ...]  # names of the networks, in their order
    labels: tuple[str, ...]  # what figures call the networks
    notes: tuple[str, ...]  # warnings that every output carries


@dataclass(frozen=True)
class Territory:
    """The squares of the region and its provinces."""

    resolution_m: float  # side of a square [m]
    x_m: NDArray[np.float64]  # and y_m: (square,) centres [m]
    y_m: NDArray[np.float64]
    population: NDArray[np.float64]  # (square,) people
    province_idx: NDArray[np.int64]  # (square,) province of each square
    province_codes: tuple[str, ...]  # codes of the provinces
    # outlines of the provinces, in the metres of the squares [m]
    outlines: tuple[BaseGeometry, ...]


@dataclass(frozen=True)
class NetworkLayer:
    """What one network covers."""

    name: str  # and label: name in tables, name in figures
    label: str
    # (square,) received pilot power of the best cell, NaN where no cell serves [dBm]
    rscp_dbm: NDArray[np.float64]
    site_x_m: NDArray[np.float64]  # and site_y_m: (site,) sites [m]
    site_y_m: NDArray[np.float64]
    # (square,) how surely each square is covered; where a cell serves, and nowhere else, when None [1]
    p_covered: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class SiteDistances:
    """How far the sites of one network serve."""

    network_idx: int  # number of the network in the run
    name: str  # and label: name in tables, name in figures
    label: str
    site: NDArray[np.str_]  # (site,) names, the shortest distance first
    distance_km: NDArray[np.float64]  # (site,) effective radius of the area served, rising [km]


@dataclass(frozen=True)
class CellLegs:
    """Legs offered to and refused by each cell, means over the replications."""

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


@dataclass(frozen=True)
class Series:
    """One measure of one network over time, with its interval over replications."""

    network_idx: int  # network, or `ALL_NETWORKS`
    measure: str  # name of the measure
    # and end_s: (step,) borders of each step, from the begin of the measured window [s]
    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    value: NDArray[np.float64]  # (step,) mean over the replications, NaN where there is none
    low: NDArray[np.float64]  # and high: (step,) interval, NaN where there is none
    high: NDArray[np.float64]
    n_replications: NDArray[np.int32]  # (step,) replications that say something of the step


@dataclass(frozen=True)
class Estimate:
    """A measure of each of many things, with its interval over replications."""

    value: NDArray[np.float64]  # and low, high: (item,) value and interval, NaN where there is none
    low: NDArray[np.float64]
    high: NDArray[np.float64]


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
