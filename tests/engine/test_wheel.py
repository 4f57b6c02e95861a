"""The wheel returns events in exact order, whatever its width."""

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compilation.kernels import entry
from sim.engine.rooms import Layout, State
from sim.engine.wheel import NONE, Wheel, add_event, first_due, make_wheel, take, wheel_of

TIMES = st.floats(0.0, 50.0) | st.integers(0, 8).map(float)
EVENTS = st.lists(st.tuples(TIMES, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=120)


LAYOUT = Layout(Wheel)


@entry(is_called_by_python=True)
def find_event(state: int, limit_s: float) -> int:
    """Return the node of the next event before a limit."""
    return first_due(wheel_of(state), limit_s)


@entry(is_called_by_python=True)
def take_event(state: int, node: int) -> None:
    """Take the next event out of the wheel."""
    take(wheel_of(state), node)


class Turning:
    """A wheel that grows by itself."""

    def __init__(self, *shape):
        self.state = State(LAYOUT, make_wheel(*shape))

    @property
    def nodes(self):
        return self.state[Wheel].nodes

    @property
    def n_events(self):
        return self.state[Wheel].hand["n_events"][0]

    def insert(self, time_s, kind=0, entity=0, address=0):
        if self.state[Wheel].free[0] == 0:
            self.state.grow(Wheel, "node")
        add_event(self.state.address, time_s, kind, entity, address, 7)

    def find(self, limit_s=math.inf):
        return find_event(self.state.address, limit_s)

    def take(self, node):
        take_event(self.state.address, node)


def play(events, followers, width_s, n_buckets):
    """Insert all events, drain, and insert a follower at each of the first events taken."""
    wheel = Turning(0.0, width_s, n_buckets, 1)
    for number, event in enumerate(events):
        wheel.insert(*event, number)
    order = []
    followers = list(followers)
    while (node := wheel.find()) != NONE:
        event = tuple(wheel.nodes[node][["time_s", "kind", "entity", "address"]].tolist())
        wheel.take(node)
        order.append(tuple(float(part) for part in event))
        if followers:
            delay_s, kind, entity = followers.pop()
            number = 1000 + len(followers)
            wheel.insert(event[0] + delay_s, kind, entity, number)
    assert wheel.n_events == 0
    return order


def play_heap(events, followers):
    heap = [(*event, number) for number, event in enumerate(events)]
    heapq.heapify(heap)
    order = []
    followers = list(followers)
    while heap:
        event = heapq.heappop(heap)
        order.append(tuple(float(part) for part in event))
        if followers:
            delay_s, kind, entity = followers.pop()
            heapq.heappush(heap, (event[0] + delay_s, kind, entity, 1000 + len(followers)))
    return order


@settings(max_examples=150, deadline=None)
@given(EVENTS, EVENTS, st.sampled_from([0.01, 0.7, 3.0, 1000.0]), st.sampled_from([1, 4, 64]))
def test_order_is_that_of_a_heap(events, followers, width_s, n_buckets):
    assert play(events, followers, width_s, n_buckets) == play_heap(events, followers)


def test_nothing_is_taken_at_or_after_the_limit():
    wheel = Turning(0.0, 0.5, 8, 4)
    wheel.insert(3.0, 0, 0, 0)
    assert wheel.find(3.0) == NONE
    assert wheel.find(math.nextafter(3.0, 4.0)) != NONE


def test_an_insertion_earlier_than_the_current_bucket_is_taken_first():
    wheel = Turning(0.0, 1.0, 4, 4)
    wheel.insert(9.5, 0, 0, 0)
    assert wheel.find(9.0) == NONE
    wheel.insert(2.0, 0, 0, 1)
    node = wheel.find()
    assert wheel.nodes["time_s"][node] == 2.0


def test_many_events_in_one_bucket_are_sorted_in_time_n_log_n():
    wheel = Turning(0.0, 1e6, 2, 200_000)
    times_s = (np.arange(200_000) * 7919 % 200_003).astype(float) + 1e6
    for number, time_s in enumerate(times_s):
        wheel.insert(time_s, 0, 0, number)
    taken = []
    while (node := wheel.find()) != NONE:
        taken.append(wheel.nodes["time_s"][node])
        wheel.take(node)
    assert taken == sorted(times_s)


@pytest.mark.parametrize(("width_s", "n_buckets", "capacity"), [(0, 4, 4), (1, 3, 4), (1, 4, 0)])
def test_a_wheel_of_impossible_shape_is_refused(width_s, n_buckets, capacity):
    with pytest.raises(ValueError, match="power of two"):
        make_wheel(0.0, width_s, n_buckets, capacity)
