"""
SimPy's published tests run against the clock in place of `simpy.Environment`, without and with a live loop.

The files in `tests/` are SimPy's own, unchanged. The live loop is a network in which calls are made and released
between almost any two SimPy events; after each test it is run to its end, and every attempt must be what it is
without SimPy events.
"""

import math

import numpy as np
import pytest
import simpy

from sim.engine.clock import Clock
from sim.network.clockwork import Clockwork
from sim.network.loop import NetworkLoop
from sim.tables import ATTEMPTS
from sim.traffic.calls import Intents
from tests.oracle.scenarios import OVERLOAD, world_of

NOT_OF_THE_CLOCK = {
    "test_rt.py": "SimPy's real-time environment is another class",
    "test_version.py": "says nothing of an environment",
}
NOT_LITERALLY = {
    "test_exception_chaining": "the traceback also names the step of the clock: tests/engine/test_clock_like_simpy.py",
    "test_resource_sim": "SimPy 4.1.2 itself has 95 events, not 94: tests/engine/test_clock_like_simpy.py",
    "test_container_sim": "SimPy 4.1.2 itself has 105 events, not 104: tests/engine/test_clock_like_simpy.py",
}
LAST_INTENT_S = 20.0  # SimPy's tests end by then
INTENTS_PER_S = 10


def pytest_configure(config):
    """Know the marker of pytest-benchmark, which SimPy's benchmarks carry."""
    config.addinivalue_line("markers", "benchmark: a benchmark of SimPy, run once as a test")


def pytest_collection_modifyitems(items):
    """Skip what does not apply, and say why."""
    for item in items:
        if item.path.parent.name == "tests" and item.path.parent.parent.name == "simpy_suite":
            name = getattr(item, "originalname", item.name)
            reason = NOT_OF_THE_CLOCK.get(item.path.name) or NOT_LITERALLY.get(name)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


class CountingLoop(NetworkLoop):
    """A network loop that says how many machine events it has run."""

    @property
    def n_events(self):
        return int(self.state[Clockwork].cursor["n_events"][0])


class LiveLoops:
    """Makes loops in which calls are set up and released all the time, and knows how they must end."""

    def __init__(self):
        self.world, self.coverage = world_of(OVERLOAD)
        n = int(LAST_INTENT_S * INTENTS_PER_S)
        self.intents = Intents(
            (np.arange(n) + 0.5) / INTENTS_PER_S,
            np.ones(n, np.uint8),
            np.arange(n, dtype=np.int32),
            np.arange(n, dtype=np.int64),
        )
        alone = self.make()
        alone.advance(math.inf)
        self.n_events = alone.n_events
        self.expected = self.rows(alone)

    def make(self):
        loop = CountingLoop(OVERLOAD, self.world, self.coverage, 0)
        loop.add_intents(self.intents)
        return loop

    def rows(self, loop):
        attempts = loop.records()["attempts"]
        return [attempts[name].tobytes() for name in ATTEMPTS.names]


@pytest.fixture(scope="session")
def live_loops():
    return LiveLoops()


@pytest.fixture(params=["no_loop", "live_loop"], autouse=True)
def environment(request, monkeypatch):
    """Put the clock in the place of `simpy.Environment`; return the loops under the clocks that a test makes."""
    _copy_lists(request.node)
    loops = []
    if request.param == "no_loop":
        monkeypatch.setattr(simpy, "Environment", Clock)
        yield loops
        return
    live_loops = request.getfixturevalue("live_loops")

    def make_clock(initial_time=0):
        loops.append(live_loops.make())
        return Clock(initial_time, loops[-1])

    monkeypatch.setattr(simpy, "Environment", make_clock)
    yield loops
    for loop in loops:
        loop.advance(math.inf)
        assert live_loops.rows(loop) == live_loops.expected


def _copy_lists(item):
    """Give a test lists of its own: SimPy's tests run once and may change theirs."""
    for name, value in item.callspec.params.items():
        if isinstance(value, list):
            item.callspec.params[name] = list(value)


@pytest.fixture
def benchmark():
    """Stand in for the fixture of pytest-benchmark: run what is to be timed once."""
    return lambda function, *arguments: function(*arguments)
