"""The bare loss workload: Poisson calls on many cells that refuse what finds no free channel."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.network.replication import run_network
from sim.radio.coverage import Coverage, compute_coverage
from sim.scenario.schema import Scenario
from sim.units import SECONDS_PER_HOUR
from sim.world.build import World, build_world

N_CHANNELS = 30
OFFERED_ERL = 25.0
MEAN_S = 100.0
"""Channels of a cell, traffic offered to it [erl], mean of the exponential holding time [s]."""

_SITES_IN_ROW = 60


@dataclass(frozen=True)
class Calls:
    """
    Calls in the order of their begin, and the time at which the simulation stops.

    Attributes
    ----------
    time_s : (call,) ndarray of float64
        Begin of each call. [s]
    cell_idx : (call,) ndarray of int32
        Cell that is asked.
    hold_s : (call,) ndarray of float64
        How long it holds a channel if it gets one. [s]
    n_cells : int
        Number of cells.
    until_s : float
        Length of the simulated time, which begins at 0. [s]
    """

    time_s: NDArray[np.float64]
    cell_idx: NDArray[np.int32]
    hold_s: NDArray[np.float64]
    n_cells: int
    until_s: float

    def __len__(self) -> int:
        return len(self.time_s)

    def before(self, until_s: float) -> "Calls":
        """
        Return the same calls up to an earlier end.

        Parameters
        ----------
        until_s : float
            New end. [s]

        Returns
        -------
        Calls
            Calls that begin before it.
        """
        until_s = min(until_s, self.until_s)
        n = int(np.searchsorted(self.time_s, until_s))
        return Calls(self.time_s[:n], self.cell_idx[:n], self.hold_s[:n], self.n_cells, until_s)

    def of_cells(self, n_cells: int) -> "Calls":
        """
        Return the calls of the first cells only: cells know nothing of each other.

        Parameters
        ----------
        n_cells : int
            Number of cells.

        Returns
        -------
        Calls
            Calls of those cells.
        """
        n_cells = min(n_cells, self.n_cells)
        kept = self.cell_idx < n_cells
        return Calls(
            self.time_s[kept], self.cell_idx[kept], self.hold_s[kept], n_cells, self.until_s
        )


@dataclass(frozen=True)
class Tally:
    """
    What every contender counts.

    Attributes
    ----------
    n_attempts : (cell,) ndarray of int64
        Calls that asked for a channel.
    n_losses : (cell,) ndarray of int64
        Calls that found none.
    busy_server_s : (cell,) ndarray of float64
        Time integral of the busy channels. [s]
    wall_s : float
        Wall time of the simulation. [s]
    """

    n_attempts: NDArray[np.int64]
    n_losses: NDArray[np.int64]
    busy_server_s: NDArray[np.float64]
    wall_s: float


@dataclass(frozen=True)
class Workload:
    """
    The workload as a scenario of the simulator, and as plain calls.

    Attributes
    ----------
    scenario : Scenario
        Cells in a plain region, a Poisson source for each.
    world : World
        Its world.
    coverage : Coverage
        Its coverage.
    calls : Calls
        The very calls that the simulator draws for it.
    """

    scenario: Scenario
    world: World
    coverage: Coverage
    calls: Calls


def make_workload(n_cells: int, duration_s: float) -> Workload:
    """
    Return the workload.

    Parameters
    ----------
    n_cells : int
        Number of cells, one on each site.
    duration_s : float
        Simulated time, from an empty system on. [s]

    Returns
    -------
    Workload
        Scenario and calls.
    """
    scenario = Scenario.model_validate(_sections(n_cells, duration_s))
    world = build_world(scenario, Path())
    coverage = compute_coverage(scenario, world)
    records = run_network(scenario, world, coverage, replication=1)
    return Workload(scenario, world, coverage, _calls(records, n_cells))


def _sections(n_cells: int, duration_s: float) -> dict[str, object]:
    names = [f"s{i}" for i in range(n_cells)]
    sites = [
        {"name": name, "x_km": i % _SITES_IN_ROW + 0.5, "y_km": i // _SITES_IN_ROW + 0.5}
        for i, name in enumerate(names)
    ]
    holding = {"law": "exponential", "mean_s": MEAN_S}
    return {
        "name": "bare_loss",
        "seed": 1,
        "run": {
            "start": "2022-11-16 19:00",
            "duration_h": duration_s / SECONDS_PER_HOUR,
            "warmup_h": 0,
        },
        "region": {
            "source": "plain",
            "width_km": _SITES_IN_ROW,
            "height_km": -(-n_cells // _SITES_IN_ROW),
        },
        "grid": {"resolution_m": 1000},
        "networks": [
            {
                "name": "net",
                "n_subscribers": 0,
                "sites": sites,
                "equipment": {"n_sectors": 1, "n_channels": N_CHANNELS},
            }
        ],
        "radio": {"path_loss": {"model": "disc", "radius_km": 1}},
        "traffic": {
            "erl_per_line": 0,
            "sources": [
                {"name": name, "offered_erl": OFFERED_ERL, "cells": [name], "holding": holding}
                for name in names
            ],
        },
    }


def _calls(records: Records, n_cells: int) -> Calls:
    """Return the calls that a run of the simulator made, in the order of their begin."""
    attempts = records["attempts"]
    order = np.argsort(attempts["time_s"], kind="stable")
    return Calls(
        time_s=attempts["time_s"][order].astype(np.float64),
        cell_idx=attempts["cell_idx"][order].astype(np.int32),
        hold_s=attempts["would_hold_s"][order].astype(np.float64),
        n_cells=n_cells,
        until_s=records.window_s,
    )


def tally_of_records(records: Records, wall_s: float) -> Tally:
    """
    Return what the simulator itself counted.

    Parameters
    ----------
    records : Records
        Records of a run of the workload.
    wall_s : float
        What the run took. [s]

    Returns
    -------
    Tally
        Counts.
    """
    cells = records["cells"]
    refused = cells["refusals_originating"].astype(np.int64)
    return Tally(
        n_attempts=cells["seizures_originating"].astype(np.int64) + refused,
        n_losses=refused,
        busy_server_s=cells["busy_erl"].astype(np.float64) * records.window_s,
        wall_s=wall_s,
    )
