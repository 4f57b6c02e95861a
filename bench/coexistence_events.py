"""The same two operators call by call: the simulator of calls, with soft capacity, on common random numbers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.snapshots import SPEECH
from bench.two_layouts import FREQUENCY_MHZ, OFFSETS, SHADOWING_DB, site_axes, to_metres
from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.stats.intervals import Interval, mean_interval, ratio_interval
from sim.tables import Outcome
from sim.world.build import build_world

_EDGE_KM = 3.2
"""From the middle site to the edges of the plain. [km]"""

OFF = "off"
"""Name of the case in which the operators do not hear each other."""


@dataclass(frozen=True)
class Events:
    """
    What is looked at.

    Attributes
    ----------
    acir_db : tuple of float
        Ratios, falling. [dB]
    offered_erl : float
        Calls offered to each cell. [erl]
    n_replications : int
        Replications, each in a world of its own.
    duration_h : float
        Measured time of each. [h]
    offset : str
        One of OFFSETS.
    """

    acir_db: tuple[float, ...] = (35.0, 25.0)
    offered_erl: float = 45.0
    n_replications: int = 16
    duration_h: float = 0.5
    offset: str = "worst"


QUICK_EVENTS = Events(n_replications=2, duration_h=0.1)


@dataclass(frozen=True)
class Blocking:
    """
    What a case comes to, in the seven middle cells of each operator.

    Attributes
    ----------
    name : str
        OFF, or the ratio.
    blocking : Interval
        Share of calls that were refused or dropped. [1]
    more : Interval
        How much more than in the first case, on the same calls. [1]
    rise_db, power_w : float
        Mean noise rise and downlink power. [dB], [W]
    """

    name: str
    blocking: Interval
    more: Interval
    rise_db: float
    power_w: float


def make_scenario(events: Events, world_replication: int, acir_db: float | None) -> Scenario:
    """
    Return the scenario of a case.

    Parameters
    ----------
    events : Events
        What is looked at.
    world_replication : int
        Which shadowing is drawn.
    acir_db : float or None
        Ratio; None for operators that do not hear each other. [dB]

    Returns
    -------
    Scenario
        Scenario.
    """
    networks, sources = [], []
    for name, shift in (("one", 0.0), ("two", OFFSETS[events.offset])):
        places = _EDGE_KM + to_metres(site_axes() + shift) / 1000.0
        sites = [
            {"name": f"{name}_{k:02d}", "x_km": float(x), "y_km": float(y)}
            for k, (x, y) in enumerate(places)
        ]
        equipment = {"n_sectors": 1}
        networks.append({"name": name, "n_subscribers": 0, "sites": sites, "equipment": equipment})
        sources += [
            {
                "name": site["name"],
                "offered_erl": events.offered_erl,
                "holding": {"mean_s": 90.0},
                "cells": [site["name"]],
                "service": SPEECH.name,
            }
            for site in sites
        ]
    adjacent: dict[str, Any] = {"is_on": acir_db is not None}
    if acir_db is not None:
        adjacent |= {"uplink_acir_db": acir_db, "downlink_acir_db": acir_db}
    return Scenario.model_validate(_tree(events, world_replication, networks, sources, adjacent))


def _tree(
    events: Events,
    world_replication: int,
    networks: list[dict[str, Any]],
    sources: list[dict[str, Any]],
    adjacent: dict[str, Any],
) -> dict[str, Any]:
    """Return the scenario as nested mappings."""
    run = {"duration_h": events.duration_h, "warmup_h": 0.1, "world_replication": world_replication}
    return {
        "name": "two_operators",
        "run": run,
        "region": {"source": "plain", "width_km": 2 * _EDGE_KM, "height_km": 2 * _EDGE_KM},
        "grid": {"resolution_m": 100.0},
        "networks": networks,
        "radio": {
            "capacity": "wcdma",
            "frequency_mhz": FREQUENCY_MHZ,
            "path_loss": {"model": "tr25942_macro"},
            "shadowing": {"mode": "field", "sigma_open_db": SHADOWING_DB},
            "wcdma": {"services": [SPEECH.model_dump()]},
            "adjacent_channel": adjacent,
        },
        "traffic": {"erl_per_line": 0.0, "sources": sources},
    }


def middle_cells() -> NDArray[np.int64]:
    """
    Return the middle cells of both operators.

    Returns
    -------
    (14,) ndarray of int64
        The middle cell and its six neighbours, by operator.
    """
    axes = site_axes()
    is_middle = np.abs(np.column_stack([axes, axes.sum(axis=1)])).max(axis=1) <= 1.0
    return np.flatnonzero(np.concatenate([is_middle, is_middle]))


def measure_blocking(events: Events) -> list[Blocking]:
    """
    Run all cases on the same calls.

    Parameters
    ----------
    events : Events
        What is looked at.

    Returns
    -------
    list of Blocking
        The operators alone, then together at each ratio.
    """
    ratios: list[float | None] = [None, *events.acir_db]
    shape = (len(ratios), events.n_replications)
    lost, offered, rise_db, power_w = (np.empty(shape) for _ in range(4))
    middle = middle_cells()
    for replication in range(events.n_replications):
        for case, acir_db in enumerate(ratios):
            scenario = make_scenario(events, replication + 1, acir_db)
            world = build_world(scenario, Path())
            records = run_network(
                scenario, world, compute_coverage(scenario, world), replication + 1
            )
            mine = np.isin(records["attempts"]["cell_idx"], middle)
            outcome = np.asarray(records["attempts"]["outcome"])[mine]
            lost[case, replication] = (outcome != Outcome.COMPLETED).sum()
            offered[case, replication] = len(outcome)
            rise_db[case, replication] = records["radio_cells"]["noise_rise_db"][middle].mean()
            power_w[case, replication] = records["radio_cells"]["power_w"][middle].mean()
    share = lost / offered
    return [
        Blocking(
            OFF if acir_db is None else f"{acir_db:g} dB",
            ratio_interval(lost[case], offered[case]),
            mean_interval(share[case] - share[0]),
            float(rise_db[case].mean()),
            float(power_w[case].mean()),
        )
        for case, acir_db in enumerate(ratios)
    ]
