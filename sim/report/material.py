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
    """
    Where a figure comes from.

    Attributes
    ----------
    scenario : str
        Name of the scenario.
    run_id : str
        Full id of the run.
    seed : int
        Key of the random draws.
    start : datetime
        Local time at which the measured window begins.
    duration_s : float
        Length of the measured window. [s]
    networks : tuple of str
        Names of the networks, in their order.
    labels : tuple of str
        What figures call the networks.
    notes : tuple of str
        Warnings that every output carries.
    """

    scenario: str
    run_id: str
    seed: int
    start: datetime
    duration_s: float
    networks: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Territory:
    """
    The squares of the region and its provinces.

    Attributes
    ----------
    resolution_m : float
        Side of a square. [m]
    x_m, y_m : (square,) ndarray of float64
        Centres. [m]
    population : (square,) ndarray of float64
        People.
    province_idx : (square,) ndarray of int64
        Province of each square.
    province_codes : tuple of str
        Codes of the provinces.
    outlines : tuple of BaseGeometry
        Outlines of the provinces, in the metres of the squares. [m]
    """

    resolution_m: float
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    population: NDArray[np.float64]
    province_idx: NDArray[np.int64]
    province_codes: tuple[str, ...]
    outlines: tuple[BaseGeometry, ...]


@dataclass(frozen=True)
class NetworkLayer:
    """
    What one network covers.

    Attributes
    ----------
    name, label : str
        Name in tables, name in figures.
    rscp_dbm : (square,) ndarray of float64
        Received pilot power of the best cell, NaN where no cell serves. [dBm]
    site_x_m, site_y_m : (site,) ndarray of float64
        Sites. [m]
    p_covered : (square,) ndarray of float64 or None
        How surely each square is covered; where a cell serves, and nowhere else, when None. [1]
    """

    name: str
    label: str
    rscp_dbm: NDArray[np.float64]
    site_x_m: NDArray[np.float64]
    site_y_m: NDArray[np.float64]
    p_covered: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class SiteDistances:
    """
    How far the sites of one network serve.

    Attributes
    ----------
    network_idx : int
        Number of the network in the run.
    name, label : str
        Name in tables, name in figures.
    site : (site,) ndarray of str
        Names, the shortest distance first.
    distance_km : (site,) ndarray of float64
        Effective radius of the area served, rising. [km]
    """

    network_idx: int
    name: str
    label: str
    site: NDArray[np.str_]
    distance_km: NDArray[np.float64]


@dataclass(frozen=True)
class CellLegs:
    """
    Legs offered to and refused by each cell, means over the replications.

    Attributes
    ----------
    name : (cell,) ndarray of str
        Cell.
    network_idx : (cell,) ndarray of int64
        Network.
    x_m, y_m : (cell,) ndarray of float64
        Place of the cell's site. [m]
    azimuth_deg : (cell,) ndarray of float64
        Direction of the sector, NaN when omnidirectional. [deg]
    n_channels : (cell,) ndarray of int64
        Channels.
    n_offered, n_refused : (cell,) ndarray of float64
        Legs that asked for a channel; those that got none.
    busy_erl : (cell,) ndarray of float64
        Mean of busy channels. [erl]
    """

    name: NDArray[np.str_]
    network_idx: NDArray[np.int64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    azimuth_deg: NDArray[np.float64]
    n_channels: NDArray[np.int64]
    n_offered: NDArray[np.float64]
    n_refused: NDArray[np.float64]
    busy_erl: NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """
    One measure of one network over time, with its interval over replications.

    Attributes
    ----------
    network_idx : int
        Network, or `ALL_NETWORKS`.
    measure : str
        Name of the measure.
    begin_s, end_s : (step,) ndarray of float64
        Borders of each step, from the begin of the measured window. [s]
    value : (step,) ndarray of float64
        Mean over the replications, NaN where there is none.
    low, high : (step,) ndarray of float64
        Interval, NaN where there is none.
    n_replications : (step,) ndarray of int32
        Replications that say something of the step.
    """

    network_idx: int
    measure: str
    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_replications: NDArray[np.int32]


@dataclass(frozen=True)
class Estimate:
    """
    A measure of each of many things, with its interval over replications.

    Attributes
    ----------
    value, low, high : (item,) ndarray of float64
        Value and interval, NaN where there is none.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class ExchangeWork:
    """
    What the manual exchanges did over all replications.

    Attributes
    ----------
    name, province : (exchange,) ndarray of str
        Exchange, code of its province.
    operators : (exchange,) ndarray of float64
        Operators on duty, mean over the window.
    calls_per_h : (exchange,) ndarray of float64
        Calls that waited for an answer. [1/h]
    wait_p95_s : Estimate
        95 % of the waits are shorter. [s]
    abandonment : Estimate
        Calls lost while they waited, of those that waited. [1]
    occupancy : Estimate
        Operators' time at work, of that on duty. [1]
    """

    name: NDArray[np.str_]
    province: NDArray[np.str_]
    operators: NDArray[np.float64]
    calls_per_h: NDArray[np.float64]
    wait_p95_s: Estimate
    abandonment: Estimate
    occupancy: Estimate
