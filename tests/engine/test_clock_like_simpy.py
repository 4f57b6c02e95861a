"""What SimPy's own tests do not say literally of the clock: tracebacks, numbers of events, simultaneous loops."""

import math
import traceback

import pytest
import simpy

from sim.engine.clock import Clock


class LoopOfTimes:
    """A loop whose machine events are a list of times."""

    def __init__(self, times_s):
        self.times_s = sorted(times_s)
        self.done_s = []

    def next_time_s(self):
        return self.times_s[0] if self.times_s else math.inf

    def advance(self, until_s):
        if self.next_time_s() >= until_s:
            return None
        while self.times_s and self.times_s[0] < until_s:
            self.done_s.append(self.times_s.pop(0))
        return until_s


TENTHS_S = [k / 10 for k in range(1, 400)]
ENVIRONMENTS = {
    "no_loop": Clock,
    "loop": lambda: Clock(0, LoopOfTimes(TENTHS_S)),
    "loop_run_dry": lambda: Clock(0, LoopOfTimes([])),
}


@pytest.fixture(params=ENVIRONMENTS)
def clock(request):
    return ENVIRONMENTS[request.param]()


def with_resource(env):
    """SimPy's benchmark test_resource_sim."""

    def worker(resource):
        while True:
            with resource.request() as asked:
                yield asked
                yield env.timeout(1)

    resource = simpy.Resource(env, capacity=2)
    for _ in range(5):
        env.process(worker(resource))
    env.run(until=15)
    return next(env._eid), env.now


def with_container(env):
    """SimPy's benchmark test_container_sim."""

    def producer(container, is_full):
        while True:
            yield container.put(1)
            if container.level == container.capacity:
                is_full.succeed()
            yield env.timeout(1)

    def consumer(container):
        while True:
            yield container.get(1)
            yield env.timeout(3)

    container = simpy.Container(env, capacity=10)
    is_full = env.event()
    env.process(producer(container, is_full))
    for _ in range(2):
        env.process(consumer(container))
    env.run(until=is_full)
    return next(env._eid), env.now


@pytest.mark.parametrize("simulation", [with_resource, with_container])
def test_there_are_as_many_events_as_in_simpy(clock, simulation):
    assert simulation(clock) == simulation(simpy.Environment())


def test_an_unhandled_error_shows_every_process_it_passed(clock):
    def child():
        yield clock.timeout(1)
        raise RuntimeError("foo")

    def parent():
        yield clock.process(child())

    def grandparent():
        yield clock.process(parent())

    clock.process(grandparent())
    try:
        clock.run()
    except RuntimeError:
        trace = traceback.format_exc()
    names = [line.rsplit("in ", 1)[1] for line in trace.splitlines() if line.startswith("  File")]
    this = "test_an_unhandled_error_shows_every_process_it_passed"
    places = ["child", "parent", "grandparent", this, "run", "run", "step", "step"]
    assert [name.rsplit(".", 1)[-1] for name in names] == places
    assert trace.count("The above exception was the direct cause") == 3


def test_peek_is_the_next_event_of_either_kind():
    loop = LoopOfTimes([0.5, 2.5])
    clock = Clock(0, loop)
    clock.timeout(1)
    clock.timeout(2)
    seen = []
    while (next_s := clock.peek()) < math.inf:
        seen.append((next_s, clock.now, len(loop.done_s)))
        clock.step()
    assert seen == [(0.5, 0, 0), (1, 0, 1), (2, 1, 1), (2.5, 2, 1)]
    with pytest.raises(simpy.core.EmptySchedule):
        clock.step()


def test_steps_while_peek_is_earlier_stop_before_the_event_at_that_time():
    clock = Clock(0, LoopOfTimes([0.5, 4.9, 5.0]))
    event = clock.timeout(5)
    while clock.peek() < 5:
        clock.step()
    assert not event.processed
    assert clock._loop.done_s == [0.5, 4.9]


def test_run_until_a_time_stops_before_the_events_of_that_time():
    loop = LoopOfTimes([0.5, 2.0, 3.0])
    clock = Clock(0, loop)
    event = clock.timeout(2)
    clock.run(until=2)
    assert (clock.now, loop.done_s, event.processed) == (2, [0.5], False)
    clock.run(until=2.5)
    assert (clock.now, loop.done_s, event.processed) == (2.5, [0.5, 2.0], True)
    with pytest.raises(ValueError, match="must be greater than the current simulation time"):
        clock.run(until=2.5)


def test_run_until_an_event_returns_its_value_and_leaves_later_machine_events():
    loop = LoopOfTimes(TENTHS_S)
    clock = Clock(0, loop)
    assert clock.run(until=clock.timeout(1.05, "value")) == "value"
    assert loop.next_time_s() == 1.1
    with pytest.raises(RuntimeError, match="No scheduled events left"):
        clock.run(until=clock.event())
    assert loop.next_time_s() == math.inf


def test_an_event_at_a_time_is_at_that_very_time_among_machine_events():
    time_s = 0.1 + 0.2 + 1e-16
    loop = LoopOfTimes([math.nextafter(time_s, 0), time_s, math.nextafter(time_s, 1)])
    clock = Clock(0, loop)

    def process():
        yield clock.timeout(0.2)
        yield clock.at(time_s)
        return clock.now, len(loop.done_s)

    assert clock.run(until=clock.process(process())) == (time_s, 1)
    with pytest.raises(ValueError, match="must not be before the present time"):
        clock.at(0.2)


def test_an_interrupt_comes_between_machine_events(clock):
    def sleeper():
        try:
            yield clock.timeout(30)
        except simpy.Interrupt as interrupt:
            return clock.now, interrupt.cause
        return None

    def waker(other):
        yield clock.timeout(1.25)
        other.interrupt("wake up")

    sleeping = clock.process(sleeper())
    clock.process(waker(sleeping))
    assert clock.run(until=sleeping) == (1.25, "wake up")
    if clock._loop is not None and clock._loop.done_s:
        assert clock._loop.done_s[-1] == 1.2


def test_conditions_are_met_between_machine_events(clock):
    def process():
        first = yield clock.timeout(3, "slow") | clock.timeout(1.5, "fast")
        n_first = clock.now
        both = yield clock.timeout(1, "a") & clock.timeout(2.5, "b")
        return list(first.values()), n_first, list(both.values()), clock.now

    expected = (["fast"], 1.5, ["a", "b"], 4.0)
    assert clock.run(until=clock.process(process())) == expected


def test_a_second_loop_is_refused_and_the_first_one_stays():
    loop = LoopOfTimes([0.5])
    clock = Clock()
    clock.attach(loop)
    with pytest.raises(ValueError, match="has a loop already"):
        clock.attach(LoopOfTimes([0.7]))
    clock.run()
    assert loop.done_s == [0.5]


def test_whole_numbers_stay_whole(clock):
    clock.timeout(3)
    clock.run(until=2)
    assert isinstance(clock.now, int)
