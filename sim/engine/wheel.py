"""
A timing wheel: insert and take an event in constant time, in exact order.

Time is cut into buckets of equal width. A bucket is a chain of events in no order; it is sorted when its time
comes, and what falls due inside the bucket that is being drained is inserted in place. The width changes how fast
the wheel is, never what it returns: events come in the order (time, kind, entity, address), and no two events share
all four.

References
----------
G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", SOSP (1987), scheme 6.
"""

from typing import NamedTuple

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import give_place, n_free_places, take_place
from sim.engine.rooms import F8, I4, I8, U1, U4, array, make_room, pool, row
from sim.engine.views import view

NONE = -1
"""No event: the end of a chain."""

_N_SORT_BINS = 40
_NO_LIMIT = 2**62
_FAR_S = 1e9  # beyond it no number of a bucket is computed from a limit


@row
class WheelHand:
    """Where the wheel stands."""

    origin_s: F8  # earliest time of any event
    per_s: F8  # buckets in a second
    bucket: I8  # number of the current bucket
    n_events: I8  # events in the wheel
    due: I4 = NONE  # first event that is due in the current bucket


@row
class Node:
    """An event, in one row, so that one line of the processor's cache holds all of it."""

    time_s: F8  # when it is due
    address: I8  # tie-breakers behind the kind: address, after the entity
    entity: U4
    payload: I4  # what the owner wants to know
    next_node: I4  # next event of its chain
    kind: U1


class Wheel(NamedTuple):
    """A timing wheel."""

    hand: array(WheelHand, "one")
    head: array(I4, "bucket", fill=NONE)  # first event of each bucket's chain
    bins: array(I4, "bin", fill=NONE)  # chains while a bucket is sorted
    nodes: array(Node, "node", grows=True)
    free: pool("node")


wheel_of = view(Wheel)


def make_wheel(
    origin_s: float, width_s: float, n_buckets: int, capacity: int, n_spare: int = 1
) -> Wheel:
    """
    Return an empty wheel.

    Parameters
    ----------
    origin_s : float
        Earliest time of any event. [s]
    width_s : float
        Width of a bucket, more than 0. [s]
    n_buckets : int
        Number of buckets, a power of two.
    capacity : int
        Number of events that fit before the wheel must grow, 1 or more.
    n_spare : int, optional
        Events for which there must be room before any event.

    Returns
    -------
    Wheel
        Empty wheel whose current bucket is the first.

    Raises
    ------
    ValueError
        If the width, the number of buckets or the capacity is not as said.
    """
    if not width_s > 0.0 or n_buckets < 1 or n_buckets & (n_buckets - 1) or capacity < 1:
        message = (
            f"width_s = {width_s}, n_buckets = {n_buckets}, capacity = {capacity}: "
            "must be more than 0, a power of two, and 1 or more"
        )
        raise ValueError(message)
    wheel: Wheel = make_room(
        Wheel, {"one": 1, "bucket": n_buckets, "bin": _N_SORT_BINS, "node": capacity}
    )
    wheel.hand["origin_s"], wheel.hand["per_s"] = origin_s, 1.0 / width_s
    wheel.free[1] = n_spare
    return wheel


@kernel(inline=True)
def n_free(wheel: Wheel) -> int:
    """Return how many events can be inserted before the wheel must grow."""
    return n_free_places(wheel.free)


@kernel(inline=True)
def is_before(wheel: Wheel, a: int, b: int) -> bool:
    """Return whether event `a` comes before event `b`."""
    if wheel.nodes[a].time_s != wheel.nodes[b].time_s:
        return wheel.nodes[a].time_s < wheel.nodes[b].time_s
    if wheel.nodes[a].kind != wheel.nodes[b].kind:
        return wheel.nodes[a].kind < wheel.nodes[b].kind
    if wheel.nodes[a].entity != wheel.nodes[b].entity:
        return wheel.nodes[a].entity < wheel.nodes[b].entity
    return wheel.nodes[a].address < wheel.nodes[b].address


@kernel(inline=True)
def _bucket_of(wheel: Wheel, time_s: float) -> int:
    return int((time_s - wheel.hand[0].origin_s) * wheel.hand[0].per_s)


@kernel
def schedule(
    wheel: Wheel, time_s: float, kind: int, entity: int, address: int, payload: int
) -> None:
    """
    Insert an event; the caller has made sure that there is a free node.

    Parameters
    ----------
    wheel : Wheel
        Wheel; changed.
    time_s : float
        When the event is due, not before the last event taken. [s]
    kind, entity, address : int
        Tie-breakers, 0 or more.
    payload : int
        What the owner wants to know of the event.
    """
    node = take_place(wheel.free)
    wheel.hand[0].n_events += 1
    wheel.nodes[node].time_s = time_s
    wheel.nodes[node].kind = kind
    wheel.nodes[node].entity = entity
    wheel.nodes[node].address = address
    wheel.nodes[node].payload = payload
    bucket = _bucket_of(wheel, time_s)
    if bucket > wheel.hand[0].bucket:
        slot = bucket & (len(wheel.head) - 1)
        wheel.nodes[node].next_node = wheel.head[slot]
        wheel.head[slot] = node
    else:
        _insert_due(wheel, node)


@kernel
def _insert_due(wheel: Wheel, node: int) -> None:
    """Insert a node into the sorted chain of due events."""
    previous = NONE
    other = wheel.hand[0].due
    while other != NONE and is_before(wheel, other, node):
        previous = other
        other = wheel.nodes[other].next_node
    wheel.nodes[node].next_node = other
    if previous == NONE:
        wheel.hand[0].due = node
    else:
        wheel.nodes[previous].next_node = node


@kernel
def _merge(wheel: Wheel, a: int, b: int) -> int:
    """Merge two sorted chains, neither empty, and return the first node."""
    if is_before(wheel, b, a):
        a, b = b, a
    first = a
    while True:
        following = wheel.nodes[a].next_node
        if following == NONE:
            wheel.nodes[a].next_node = b
            return first
        if is_before(wheel, b, following):
            wheel.nodes[a].next_node = b
            b = following
            a = wheel.nodes[a].next_node
        else:
            a = following


@kernel
def _open_bucket(wheel: Wheel, bucket: int) -> None:
    """Make a bucket the current one and sort its events; what is due a round later stays in the chain."""
    wheel.hand[0].bucket = bucket
    slot = bucket & (len(wheel.head) - 1)
    node = wheel.head[slot]
    if node == NONE:
        return
    bins, n_bins = wheel.bins, 0
    later = NONE
    while node != NONE:
        following = wheel.nodes[node].next_node
        if _bucket_of(wheel, wheel.nodes[node].time_s) > bucket:
            wheel.nodes[node].next_node = later
            later = node
        else:
            wheel.nodes[node].next_node = NONE
            merged = node
            i = 0
            while bins[i] != NONE:
                merged = _merge(wheel, bins[i], merged)
                bins[i] = NONE
                i += 1
            bins[i] = merged
            n_bins = max(n_bins, i + 1)
        node = following
    wheel.head[slot] = later
    due = NONE
    for i in range(n_bins):
        if bins[i] != NONE:
            due = bins[i] if due == NONE else _merge(wheel, bins[i], due)
            bins[i] = NONE
    wheel.hand[0].due = due


@kernel
def first_due(wheel: Wheel, limit_s: float) -> int:
    """
    Return the node of the next event, if it is due before a limit.

    Parameters
    ----------
    wheel : Wheel
        Wheel; its current bucket may move on, up to that of the limit.
    limit_s : float
        Events at this time or later stay; may be infinite. [s]

    Returns
    -------
    int
        Node of the next event, NONE when none is due before the limit.
    """
    if wheel.hand[0].n_events == 0:
        return NONE
    last = _bucket_of(wheel, limit_s) if limit_s < _FAR_S else _NO_LIMIT
    while wheel.hand[0].due == NONE:
        if wheel.hand[0].bucket >= last:
            return NONE
        _open_bucket(wheel, wheel.hand[0].bucket + 1)
    node = wheel.hand[0].due
    if wheel.nodes[node].time_s >= limit_s:
        return NONE
    return node


@kernel(inline=True)
def take(wheel: Wheel, node: int) -> None:
    """
    Remove the event that `first_due` returned; its columns stay readable until the next insertion.

    Parameters
    ----------
    wheel : Wheel
        Wheel; changed.
    node : int
        Node of the next event.
    """
    wheel.hand[0].due = wheel.nodes[node].next_node
    give_place(wheel.free, node)
    wheel.hand[0].n_events -= 1


@entry(is_called_by_python=True)
def add_event(
    state: int, time_s: float, kind: int, entity: int, address: int, payload: int
) -> None:
    """
    Insert an event for Python.

    Parameters
    ----------
    state : int
        Address of the state, whose wheel has room.
    time_s : float
        When the event is due, not before the last event taken. [s]
    kind, entity, address : int
        Tie-breakers, 0 or more.
    payload : int
        What the owner wants to know of the event.
    """
    schedule(wheel_of(state), time_s, kind, entity, address, payload)
