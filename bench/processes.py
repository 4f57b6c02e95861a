"""The bare loss workload in SimPy: as its documentation teaches it, and with bare callbacks."""

from collections.abc import Generator
from time import perf_counter
from typing import Any

import numpy as np
import simpy
from simpy.events import Event

from bench.workload import N_CHANNELS, Calls, Tally


class _Counts:
    """Counters of each cell, as plain Python keeps them."""

    def __init__(self, calls: Calls) -> None:
        self.n_attempts = [0] * calls.n_cells
        self.n_losses = [0] * calls.n_cells
        self.n_busy = [0] * calls.n_cells
        self.last_s = [0.0] * calls.n_cells
        self.busy_server_s = [0.0] * calls.n_cells

    def change(self, cell: int, time_s: float, step: int) -> None:
        """Account for the time since the last change, then change the busy channels."""
        self.busy_server_s[cell] += self.n_busy[cell] * (time_s - self.last_s[cell])
        self.last_s[cell] = time_s
        self.n_busy[cell] += step

    def tally(self, until_s: float, wall_s: float) -> Tally:
        for cell in range(len(self.n_busy)):
            self.change(cell, until_s, 0)
        return Tally(
            np.array(self.n_attempts),
            np.array(self.n_losses),
            np.array(self.busy_server_s),
            wall_s,
        )


def _plain(calls: Calls) -> tuple[list[float], list[int], list[float]]:
    return calls.time_s.tolist(), calls.cell_idx.tolist(), calls.hold_s.tolist()


def run_simpy_processes(calls: Calls) -> Tally:
    """
    Simulate with a process for each call and a Resource for each cell.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    Tally
        Counts and wall time.
    """
    env = simpy.Environment()
    cells = [simpy.Resource(env, N_CHANNELS) for _ in range(calls.n_cells)]
    counts = _Counts(calls)
    times_s, cell_idx, holds_s = _plain(calls)

    def _call(cell: int, hold_s: float) -> Generator[Event, Any, None]:
        counts.n_attempts[cell] += 1
        resource = cells[cell]
        if resource.count >= resource.capacity:
            counts.n_losses[cell] += 1
            return
        with resource.request() as request:
            yield request
            counts.change(cell, env.now, 1)
            yield env.timeout(hold_s)
            counts.change(cell, env.now, -1)

    def _arrivals() -> Generator[Event, Any, None]:
        for time_s, cell, hold_s in zip(times_s, cell_idx, holds_s, strict=True):
            yield env.timeout(time_s - env.now)
            env.process(_call(cell, hold_s))

    begin_s = perf_counter()
    env.process(_arrivals())
    env.run(until=calls.until_s)
    return counts.tally(calls.until_s, perf_counter() - begin_s)


def run_simpy_callbacks(calls: Calls) -> Tally:
    """
    Simulate with callbacks on timeouts: no process, no Resource.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    Tally
        Counts and wall time.
    """
    env = simpy.Environment()
    counts = _Counts(calls)
    times_s, cell_idx, holds_s = _plain(calls)
    n_calls = len(times_s)
    position = 0

    def _release(event: Event) -> None:
        counts.change(event.value, env.now, -1)  # type: ignore[arg-type]  # its cell

    def _arrive(_event: Event) -> None:
        nonlocal position
        cell = cell_idx[position]
        counts.n_attempts[cell] += 1
        if counts.n_busy[cell] >= N_CHANNELS:
            counts.n_losses[cell] += 1
        else:
            counts.change(cell, env.now, 1)
            env.timeout(holds_s[position], cell).callbacks.append(_release)
        position += 1
        if position < n_calls:
            env.timeout(times_s[position] - env.now).callbacks.append(_arrive)

    begin_s = perf_counter()
    if n_calls:
        env.timeout(times_s[0]).callbacks.append(_arrive)
    env.run(until=calls.until_s)
    return counts.tally(calls.until_s, perf_counter() - begin_s)
