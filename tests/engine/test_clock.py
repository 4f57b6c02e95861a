"""The clock keeps human and machine events in one order."""

import math

import pytest
import simpy

from sim.engine.clock import Clock


class LoopOfTimes:
    """A loop whose machine events are a list of times; it stops after those in `hands_over`."""

    def __init__(self, times_s, log, hands_over=()):
        self.times_s = sorted(times_s)
        self.log = log
        self.hands_over = set(hands_over)
        self.clock = None

    def hand_over(self):
        self.log.append(("handed over", None if self.clock is None else self.clock.now))

    def next_time_s(self):
        return self.times_s[0] if self.times_s else math.inf

    def advance(self, until_s):
        if self.next_time_s() >= until_s:
            return None
        while self.times_s and self.times_s[0] < until_s:
            time_s = self.times_s.pop(0)
            self.log.append(("machine", time_s))
            if time_s in self.hands_over:
                return time_s
        return until_s


def ticking(clock, log, delays_s):
    for delay_s in delays_s:
        yield clock.timeout(delay_s)
        log.append(("human", clock.now))


def test_machine_events_run_before_later_human_ones_and_after_simultaneous_ones():
    log = []
    clock = Clock(0.0, LoopOfTimes([0.5, 2.0, 2.5, 7.0], log))
    clock.process(ticking(clock, log, [1.0, 1.0, 1.0]))
    clock.run()
    assert log == [
        ("machine", 0.5),
        ("human", 1.0),
        ("human", 2.0),
        ("machine", 2.0),
        ("machine", 2.5),
        ("human", 3.0),
        ("machine", 7.0),
    ]


def test_run_until_leaves_later_machine_events():
    log = []
    clock = Clock(0.0, LoopOfTimes([0.5, 3.0], log))
    clock.run(until=2.0)
    assert log == [("machine", 0.5)]
    assert clock.now == 2.0
    clock.run()
    assert log == [("machine", 0.5), ("machine", 3.0)]


def test_a_call_that_needs_a_human_moves_the_clock_to_its_time():
    log = []
    loop = LoopOfTimes([1.0, 2.0, 4.0], log, hands_over=[2.0])
    clock = loop.clock = Clock(0.0, loop)
    clock.process(ticking(clock, log, [9.0]))
    while not log or log[-1][0] != "handed over":
        clock.step()
    assert log[-2:] == [("machine", 2.0), ("handed over", 2.0)]
    assert clock.now == 2.0
    clock.run()
    assert log[-2:] == [("machine", 4.0), ("human", 9.0)]


def test_without_a_loop_it_is_a_plain_environment():
    logs = []
    for environment in (Clock(), simpy.Environment()):
        log = []
        environment.process(ticking(environment, log, [1.0, 2.5]))
        environment.run()
        logs.append((log, environment.now))
    assert logs[0] == logs[1]


def test_an_event_that_is_first_comes_before_those_of_its_time_that_were_made_earlier():
    clock, order = Clock(0.0), []
    clock.at(5.0).callbacks.append(lambda _: order.append("other"))
    clock.at(5.0, is_first=True).callbacks.append(lambda _: order.append("first"))
    clock.at(4.0).callbacks.append(lambda _: order.append("earlier"))
    clock.run()
    assert order == ["earlier", "first", "other"]


def test_a_second_loop_is_refused():
    clock = Clock(0.0, LoopOfTimes([], []))
    with pytest.raises(ValueError, match="has a loop already"):
        clock.attach(LoopOfTimes([], []))


@pytest.mark.parametrize("ask", ["timeout", "at"])
def test_a_time_that_is_no_number_is_refused(ask: str):
    clock = Clock()
    with pytest.raises(ValueError, match="nan"):
        getattr(clock, ask)(math.nan)
