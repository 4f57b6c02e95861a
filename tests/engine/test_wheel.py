"""The wheel returns events in exact order, whatever its width."""

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.wheel import NONE, first_due, grow, make_wheel, n_events, n_free, schedule, take

TIMES = st.floats(0.0, 50.0) | st.integers(0, 8).map(float)
EVENTS = st.lists(st.tuples(TIMES, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=120)


def insert(wheel, event):
    if n_free(wheel) == 0:
        wheel = grow(wheel)
    schedule(wheel, *event, 7)
    return wheel


def play(events, followers, width_s, n_buckets):
    """Insert all events, drain, and insert a follower at each of the first events taken."""
    wheel = make_wheel(0.0, width_s, n_buckets, 1)
    for number, event in enumerate(events):
        wheel = insert(wheel, (*event, number))
    order = []
    followers = list(followers)
    while (node := first_due(wheel, math.inf)) != NONE:
        event = tuple(wheel.nodes[node][["time_s", "kind", "entity", "address"]].tolist())
        take(wheel, node)
        order.append(tuple(float(part) for part in event))
        if followers:
            delay_s, kind, entity = followers.pop()
            number = 1000 + len(followers)
            wheel = insert(wheel, (event[0] + delay_s, kind, entity, number))
    assert n_events(wheel) == 0
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
    wheel = make_wheel(0.0, 0.5, 8, 4)
    schedule(wheel, 3.0, 0, 0, 0, 0)
    assert first_due(wheel, 3.0) == NONE
    assert first_due(wheel, math.nextafter(3.0, 4.0)) != NONE


def test_an_insertion_earlier_than_the_current_bucket_is_taken_first():
    wheel = make_wheel(0.0, 1.0, 4, 4)
    schedule(wheel, 9.5, 0, 0, 0, 0)
    assert first_due(wheel, 9.0) == NONE
    schedule(wheel, 2.0, 0, 0, 1, 0)
    node = first_due(wheel, math.inf)
    assert wheel.nodes["time_s"][node] == 2.0


def test_many_events_in_one_bucket_are_sorted_in_time_n_log_n():
    wheel = make_wheel(0.0, 1e6, 2, 200_000)
    times_s = (np.arange(200_000) * 7919 % 200_003).astype(float) + 1e6
    for number, time_s in enumerate(times_s):
        schedule(wheel, time_s, 0, 0, number, 0)
    taken = []
    while (node := first_due(wheel, math.inf)) != NONE:
        taken.append(wheel.nodes["time_s"][node])
        take(wheel, node)
    assert taken == sorted(times_s)


@pytest.mark.parametrize(("width_s", "n_buckets", "capacity"), [(0, 4, 4), (1, 3, 4), (1, 4, 0)])
def test_a_wheel_of_impossible_shape_is_refused(width_s, n_buckets, capacity):
    with pytest.raises(ValueError, match="power of two"):
        make_wheel(0.0, width_s, n_buckets, capacity)
