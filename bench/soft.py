"""Soft capacity beside channels: calls a second, the cost of an update of all powers, hour and day, peak memory."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from bench.national import N_LINES, N_SITES, Point, Trip, measure_trip
from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.runs.replications import peak_memory_bytes
from sim.scenario.schema import Scenario
from sim.units import hours_to_seconds
from sim.world.build import build_world

CAPACITIES = ("channels", "wcdma")
SMALL = Point("lines", 20_000, 60)
FULL = Point("lines", N_LINES, N_SITES)
DAY_H, HOUR_H = 24.0, 1.0
UPDATES = ((9, 5.0), (9, 10.0), (9, 20.0), (9, 40.0), (36, 20.0), (144, 20.0), (576, 20.0))
QUICK_UPDATES = ((4, 5.0), (9, 5.0))
"""Cells, and calls in progress in each."""

_EVERY_S = 1.0
_SELDOM_S = 60.0
_SELDOM_LOOKED_S = 86_400.0
_SPACING_KM = 1.5
_MEAN_S = 100.0


@dataclass(frozen=True)
class Alone:
    """
    A run of the national scenario in a process of its own.

    Attributes
    ----------
    capacity : str
        One of CAPACITIES.
    duration_h : float
        Measured window. [h]
    trip : Trip
        What it took.
    peak_bytes : int
        Most memory of the process.
    """

    capacity: str
    duration_h: float
    trip: Trip
    peak_bytes: int


@dataclass(frozen=True)
class Update:
    """
    What an update of all powers takes, shedding included.

    Attributes
    ----------
    n_cells : int
        Cells.
    calls_per_cell : float
        Calls offered to each. [erl]
    wall_s : float
        Time of one update in a run with one every second. [s]
    """

    n_cells: int
    calls_per_cell: float
    wall_s: float


@dataclass(frozen=True)
class Soft:
    """
    A measurement of soft capacity.

    Attributes
    ----------
    trips : dict of str to tuple of Trip
        National hours by capacity, taken in turns.
    alone : tuple of Alone
        Hour and day, each in a process of its own.
    updates : tuple of Update
        Updates.
    """

    trips: dict[str, tuple[Trip, ...]]
    alone: tuple[Alone, ...]
    updates: tuple[Update, ...]


def _of(capacity: str, duration_h: float) -> list[str]:
    """Return what is set: calls alone, since cells with channels carry no data."""
    calls_alone = ("traffic.data.uses=[]", "traffic.messages.per_line_h=0")
    return [f"radio.capacity={capacity}", f"run.duration_h={duration_h}", *calls_alone]


def _run_alone(point: Point, capacity: str, duration_h: float, clock: str) -> Alone:
    """Run once small, so that everything is compiled and read, then once as asked."""
    measure_trip(SMALL, 0, clock, _of(capacity, HOUR_H))
    trip = measure_trip(point, 1, clock, _of(capacity, duration_h))
    return Alone(capacity, duration_h, trip, peak_memory_bytes())


def measure_alone(point: Point, capacity: str, duration_h: float, clock: str) -> Alone:
    """
    Run the national scenario in a new process, so that its peak of memory is its own.

    Parameters
    ----------
    point : Point
        Size.
    capacity : str
        One of CAPACITIES.
    duration_h : float
        Measured window. [h]
    clock : str
        One of the stopwatch's clocks.

    Returns
    -------
    Alone
        What it took.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run_alone, point, capacity, duration_h, clock).result()


def grid_scenario(
    n_cells: int,
    calls_per_cell: float,
    duration_h: float,
    mean_s: float = _MEAN_S,
    **wcdma: object,
) -> Scenario:
    """
    Return calls of the first service on a grid of omnidirectional cells 1.5 km apart.

    Parameters
    ----------
    n_cells : int
        Cells, the square of a whole number.
    calls_per_cell : float
        Calls offered to each. [erl]
    duration_h : float
        Simulated time after a warm-up of 0.2 h. [h]
    mean_s : float
        Mean of the exponential holding time. [s]
    **wcdma : object
        Keys of `radio.wcdma`.

    Returns
    -------
    Scenario
        Scenario.
    """
    n_row = round(n_cells**0.5)
    side_km = _SPACING_KM * n_row + 2.0
    sites = [
        {
            "name": f"s{i}",
            "x_km": 1.5 + _SPACING_KM * (i % n_row),
            "y_km": 1.5 + _SPACING_KM * (i // n_row),
        }
        for i in range(n_cells)
    ]
    holding = {"law": "exponential", "mean_s": mean_s}
    sources = [
        {
            "name": site["name"],
            "offered_erl": calls_per_cell,
            "cells": [site["name"]],
            "holding": holding,
        }
        for site in sites
    ]
    return Scenario.model_validate(
        {
            "name": "updates",
            "seed": 1,
            "run": {"start": "2022-11-16 19:00", "duration_h": duration_h, "warmup_h": 0.2},
            "region": {"source": "plain", "width_km": side_km, "height_km": side_km},
            "grid": {"resolution_m": 500},
            "networks": [
                {"name": "net", "n_subscribers": 0, "sites": sites, "equipment": {"n_sectors": 1}}
            ],
            "radio": {
                "capacity": "wcdma",
                "path_loss": {"model": "tr25942_macro"},
                "wcdma": wcdma,
            },
            "traffic": {"erl_per_line": 0, "sources": sources},
        }
    )


def measure_update(n_cells: int, calls_per_cell: float, duration_h: float) -> Update:
    """
    Measure an update: the same calls with one every second and with one a minute.

    Parameters
    ----------
    n_cells : int
        Cells, the square of a whole number.
    calls_per_cell : float
        Calls offered to each. [erl]
    duration_h : float
        Simulated time. [h]

    Returns
    -------
    Update
        Difference over the updates that make it, the quicker of two runs each.
    """
    spent_s = {}
    for update_s in (_EVERY_S, _SELDOM_S):
        scenario = grid_scenario(
            n_cells,
            calls_per_cell,
            duration_h,
            power_update_s=update_s,
            coverage_sample_s=_SELDOM_LOOKED_S,
        )
        world = build_world(scenario, Path())
        coverage = compute_coverage(scenario, world)
        times_s = []
        for _ in range(2):
            begin_s = perf_counter()
            run_network(scenario, world, coverage, replication=1)
            times_s.append(perf_counter() - begin_s)
        spent_s[update_s] = min(times_s)
    simulated_s = hours_to_seconds(scenario.run.duration_h + scenario.warmup_h)
    n_more = simulated_s / _EVERY_S - simulated_s / _SELDOM_S
    return Update(n_cells, calls_per_cell, (spent_s[_EVERY_S] - spent_s[_SELDOM_S]) / n_more)


def measure_soft(n_repeats: int, clock: str, is_quick: bool, tell: Callable[[str], None]) -> Soft:
    """
    Measure soft capacity beside channels.

    Parameters
    ----------
    n_repeats : int
        Repeats of the national hour.
    clock : str
        One of the stopwatch's clocks.
    is_quick : bool
        Whether small sizes are taken.
    tell : callable
        Told what is going on.

    Returns
    -------
    Soft
        Measurement.
    """
    point = SMALL if is_quick else FULL
    for capacity in CAPACITIES:
        measure_trip(SMALL, 0, clock, _of(capacity, HOUR_H))
    trips: dict[str, list[Trip]] = {capacity: [] for capacity in CAPACITIES}
    for repeat in range(1, n_repeats + 1):
        for capacity in CAPACITIES:
            tell(f"soft capacity: national hour with {capacity}, {repeat} of {n_repeats}")
            trips[capacity].append(measure_trip(point, repeat, clock, _of(capacity, HOUR_H)))
    alone = []
    for capacity in CAPACITIES[1:] if is_quick else CAPACITIES:
        for duration_h in (HOUR_H,) if is_quick else (HOUR_H, DAY_H):
            tell(f"soft capacity: {duration_h:g} h with {capacity} in a process of its own")
            alone.append(measure_alone(point, capacity, duration_h, clock))
    updates = []
    for n_cells, calls in QUICK_UPDATES if is_quick else UPDATES:
        tell(f"soft capacity: updates of {n_cells} cells with {calls:g} calls each")
        updates.append(measure_update(n_cells, calls, 0.05 if is_quick else 4.0))
    return Soft({name: tuple(found) for name, found in trips.items()}, tuple(alone), tuple(updates))
