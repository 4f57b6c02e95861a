"""Queues with a known answer, simulated by the program: pools of channels by its network, a queue by its clock."""

from collections.abc import Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.engine.clock import Clock
from sim.runs.once import make_setting, run_once
from sim.runs.precision import sums_of
from sim.scenario.load import load_scenario

Floats = NDArray[np.float64]

SCENARIO = "erlang_b"
"""Scenario of one cell, whose channels are the pool."""

HOLDING_S = 100.0
"""Mean of the exponential holding times. [s]"""


def pool(
    offered_erl: float,
    n_channels: int,
    hours: float,
    measures: Sequence[str],
    n: int,
    seed: int,
    more: Sequence[str] = (),
) -> dict[str, tuple[Floats, Floats]]:
    """Simulate a pool of channels many times."""
    overrides = [
        f"seed={seed}",
        f"traffic.sources[town].offered_erl={offered_erl}",
        f"traffic.sources[town].holding.mean_s={HOLDING_S}",
        f"networks[net].sites[a].n_channels={n_channels}",
        f"run.duration_h={hours}",
        "run.warmup_h=auto",
        "run.records.calls=none",
        *more,
    ]
    setting = make_setting(load_scenario(SCENARIO, overrides))
    found = np.empty((n, len(measures), 2))
    for number in range(1, n + 1):
        table = run_once(setting, number).measures
        found[number - 1] = [sums_of(table, measure) for measure in measures]
    return {name: (found[:, i, 0], found[:, i, 1]) for i, name in enumerate(measures)}


def waiting(rho: float, until: float, draws: Floats) -> float:
    """Simulate one server with a queue as processes of the program's clock, begun in equilibrium."""
    clock = Clock()
    server, line = simpy.Resource(clock, 1), _Line(clock)
    n_there = int(np.log(draws[0]) / np.log(rho))
    half = len(draws) // 2
    services, gaps = iter(-np.log(draws[1 : half + 1])), iter(-np.log(draws[half + 1 :]) / rho)

    def customer() -> simpy.events.ProcessGenerator:
        """Wait for the server, and be served."""
        line.change(1)
        with server.request() as turn:
            yield turn
            line.change(-1)
            yield clock.timeout(next(services))

    def arrivals() -> simpy.events.ProcessGenerator:
        """Let customers come."""
        for gap in gaps:
            yield clock.timeout(gap)
            clock.process(customer())

    for _ in range(n_there):
        clock.process(customer())
    clock.process(arrivals())
    clock.run(until)
    line.change(0)
    return line.area / until


class _Line:
    """How many wait, added up over time."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._n, self._since = clock, 0, 0.0
        self.area = 0.0

    def change(self, by: int) -> None:
        now = self._clock.now
        self.area += self._n * (now - self._since)
        self._n, self._since = self._n + by, now
