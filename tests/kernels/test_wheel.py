"""The timing wheel as plain Python: its order, its rounds, its current bucket, and its growth."""

import itertools
import math

import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.engine.rooms import Layout, State
from sim.engine.wheel import (
    NONE,
    Wheel,
    add_event,
    first_due,
    is_before,
    make_wheel,
    n_free,
    schedule,
    take,
    wheel_of,
)


class Turning:
    """A wheel, and the events (time, kind, entity, address) that come out of it."""

    def __init__(self, width_s=1.0, n_buckets=4, capacity=16, origin_s=0.0):
        self.state = State(Layout(Wheel), make_wheel(origin_s, width_s, n_buckets, capacity))

    @property
    def wheel(self):
        return wheel_of(self.state.address)

    @property
    def hand(self):
        return self.wheel.hand[0]

    def put(self, *events):
        for time_s, *ties in events:
            kind, entity, address = (*ties, 0, 0, 0)[:3]
            schedule(self.wheel, time_s, kind, entity, address, 0)

    def find(self, limit_s=math.inf):
        return first_due(self.wheel, limit_s)

    def take(self):
        """Take the next event; None when there is none."""
        node = self.find()
        if node == NONE:
            return None
        one = self.wheel.nodes[node]
        event = one.time_s, one.kind, one.entity, one.address
        take(self.wheel, node)
        return event

    def take_all(self):
        events = []
        while (event := self.take()) is not None:
            events.append(event)
        assert self.hand.n_events == 0
        assert n_free(self.wheel) == len(self.wheel.nodes)
        assert (self.state[Wheel].head == NONE).all()
        assert (self.state[Wheel].bins == NONE).all()
        return events


# Each is before the next: by time, by kind, by entity (more than a signed number holds), by address.
IN_ORDER = [
    (1.25, 9, 9, 9),
    (1.5, 0, 2**32 - 1, 9),
    (1.5, 1, 3, 9),
    (1.5, 1, 2**32 - 1, 5),
    (1.5, 1, 2**32 - 1, 2**50),
    (1.75, 0, 0, 0),
]


def test_one_event_is_before_another_by_time_kind_entity_and_address():
    turning = Turning()
    turning.put(*IN_ORDER)
    for a, b in itertools.combinations(range(6), 2):
        assert is_before(turning.wheel, a, b)
        assert not is_before(turning.wheel, b, a)


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_events_of_a_bucket_come_in_their_order_however_they_were_put(order):
    turning = Turning()
    turning.put(*(IN_ORDER[i] for i in order), IN_ORDER[5])
    assert turning.take_all() == IN_ORDER


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_events_of_the_current_bucket_come_in_their_order_however_they_were_put(order):
    turning = Turning()
    turning.put((1.0, 0))
    turning.take()
    assert turning.hand.bucket == 1
    turning.put(*(IN_ORDER[i] for i in order), IN_ORDER[5])
    assert (turning.state[Wheel].head == NONE).all()
    assert turning.take_all() == IN_ORDER


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 13])
def test_any_number_of_events_of_a_bucket_is_sorted(n):
    # The k-th is due at 1 + (5 k mod n) / n: 5 and each n share no divisor, so that none is due twice.
    events = [(1.0 + (5 * k % n) / n, 0, 0, 0) for k in range(n)]
    turning = Turning()
    turning.put(*events)
    assert turning.take_all() == sorted(events)


def test_what_is_due_a_round_later_stays_in_its_bucket():
    turning = Turning(n_buckets=4)
    # All in the bucket of 1 s: two of this round, two of the next, one of the third.
    turning.put((9.25,), (1.75,), (5.5,), (1.25,), (5.25,))
    assert turning.take()[0] == 1.25
    assert turning.hand.bucket == 1
    assert turning.take()[0] == 1.75
    # Nothing is due in the buckets between them.
    assert turning.find(5.0) == NONE
    assert turning.hand.bucket == 5
    assert [event[0] for event in turning.take_all()] == [5.25, 5.5, 9.25]


def test_an_event_a_whole_round_ahead_is_not_due_in_the_current_bucket():
    turning = Turning(n_buckets=4)
    turning.put((1.5,))
    assert turning.find() != NONE
    turning.put((5.5,), (4.9,))
    assert turning.find(1.5) == NONE
    assert [event[0] for event in turning.take_all()] == [1.5, 4.9, 5.5]


def test_a_wheel_of_one_bucket_is_in_order():
    turning = Turning(n_buckets=1)
    turning.put((3.5,), (0.5,), (3.25,), (2.0,))
    assert [event[0] for event in turning.take_all()] == [0.5, 2.0, 3.25, 3.5]


def test_an_event_of_the_current_bucket_finds_its_place():
    turning = Turning()
    turning.put((2.125,), (2.5,), (2.75,))
    assert turning.take()[0] == 2.125
    turning.put((2.25,), (2.625,), (2.875,), (2.5, 1))
    assert [event[:2] for event in turning.take_all()] == [
        (2.25, 0), (2.5, 0), (2.5, 1), (2.625, 0), (2.75, 0), (2.875, 0),
    ]  # fmt: skip


def test_an_event_before_the_current_bucket_is_taken_first():
    turning = Turning()
    turning.put((9.5,))
    # The hand goes on to the bucket of the limit, though nothing is due there.
    assert turning.find(8.75) == NONE
    assert turning.hand.bucket == 8
    turning.put((3.0,), (2.0,))
    assert [event[0] for event in turning.take_all()] == [2.0, 3.0, 9.5]


def test_nothing_is_due_at_the_limit_but_just_before():
    turning = Turning()
    assert turning.find() == NONE
    turning.put((3.0,), (3.5,))
    assert turning.find(3.0) == NONE
    assert turning.find(2.0) == NONE
    assert turning.find(math.nextafter(3.0, 4.0)) == 0
    turning.take()
    assert turning.find(3.5) == NONE
    # No number of a bucket is computed from a limit as far away as this.
    assert turning.find(1e300) == 1


def test_time_begins_before_the_window():
    turning = Turning(origin_s=-10.0, width_s=0.5)
    turning.put((-0.25,), (0.25,), (-10.0,))
    assert turning.take()[0] == -10.0
    assert turning.hand.bucket == 0
    assert turning.take()[0] == -0.25
    assert turning.hand.bucket == 19
    assert turning.take_all()[0][0] == 0.25


def test_a_node_that_is_free_again_is_used_next_and_tells_of_its_event_until_then():
    turning = Turning(capacity=3)
    turning.put((1.0, 4, 5, 6), (2.0,))
    assert n_free(turning.wheel) == 1
    assert turning.take() == (1.0, 4, 5, 6)
    assert n_free(turning.wheel) == 2
    assert turning.wheel.nodes[0].address == 6
    turning.put((3.0, 7, 8, 9))
    assert turning.wheel.nodes[0].address == 9
    assert turning.take_all() == [(2.0, 0, 0, 0), (3.0, 7, 8, 9)]


def test_a_full_wheel_grows_and_forgets_nothing():
    turning = Turning(capacity=2)
    turning.put((1.75,), (5.5,))
    assert n_free(turning.wheel) == 0
    turning.state.grow(Wheel, "node")
    assert n_free(turning.wheel) == 2
    # The sorted chain of the current bucket goes over both halves.
    assert turning.find() == 0
    turning.put((1.25,), (1.5,))
    assert [turning.wheel.nodes[node].time_s for node in (2, 3)] == [1.25, 1.5]
    turning.state.grow(Wheel, "node")
    turning.put((9.5,), (1.875,), (0.5,), (13.5,))
    assert n_free(turning.wheel) == 0
    times_s = [event[0] for event in turning.take_all()]
    assert times_s == [0.5, 1.25, 1.5, 1.75, 1.875, 5.5, 9.5, 13.5]


def test_python_puts_events_in_too():
    turning = Turning()
    add_event(turning.state.address, 2.5, 3, 4, 2**40, 17)
    add_event(turning.state.address, 1.5, 3, 4, 5, -1)
    nodes = turning.wheel.nodes
    assert (nodes[0].payload, nodes[1].payload) == (17, -1)
    assert turning.take_all() == [(1.5, 3, 4, 5), (2.5, 3, 4, 2**40)]


@pytest.mark.parametrize(
    "shape", [(0.0, 4, 1), (math.nan, 4, 1), (1.0, 3, 1), (1.0, 0, 1), (1.0, 4, 0)]
)
def test_a_shape_that_makes_no_wheel_is_refused(shape):
    with pytest.raises(ValueError, match="must be more than 0, a power of two, and 1 or more"):
        make_wheel(0.0, *shape)


def test_a_wheel_keeps_as_many_events_spare_as_it_is_told():
    wheel = make_wheel(0.0, 1.0, 4, 8, n_spare=5)
    assert wheel.free[:2].tolist() == [8, 5]
    assert make_wheel(0.0, 1.0, 4, 8).free[1] == 1


def test_a_grown_wheel_keeps_as_many_events_spare_as_before():
    state = State(Layout(Wheel), make_wheel(0.0, 1.0, 4, 8, n_spare=5))
    state.grow(Wheel, "node")
    assert state[Wheel].free[:2].tolist() == [16, 5]
