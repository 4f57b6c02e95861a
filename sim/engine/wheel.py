"""
A timing wheel: insert and take an event in constant time, in exact order.

Time is cut into buckets of equal width. A bucket is a chain of events in no order; it is sorted when its time
comes, and what falls due inside the bucket that is being drained is inserted in place. The width changes how fast
the wheel is, never what it returns: events come in the order (time, kind, entity, index), and no two events share
all four.

References
----------
G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", SOSP (1987), scheme 6.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NONE = -1
"""No event: the end of a chain."""

_BUCKET, _FREE, _N_EVENTS, _N_FREE, _DUE = range(5)
_N_SORT_BINS = 40
_NO_LIMIT = 2**62


class Wheel(NamedTuple):
    """
    State of a wheel, in arrays that compiled code can take and change.

    Parameters
    ----------
    shape : (2,) ndarray of float64
        Origin of time and width of a bucket. [s]
    cursor : (5,) ndarray of int64
        Number of the current bucket, first free node, number of events, number of free nodes, first due event.
    head : (bucket,) ndarray of int32
        First event of each bucket's chain.
    next_node : (node,) ndarray of int32
        Next node of the chain.
    time_s : (node,) ndarray of float64
        When the event is due. [s]
    kind : (node,) ndarray of uint8
        Kind of the event: first tie-breaker.
    entity : (node,) ndarray of uint32
        Whose event it is: second tie-breaker.
    address : (node,) ndarray of int64
        Which of the entity's events it is: third tie-breaker.
    payload : (node,) ndarray of int32
        What the owner of the wheel wants to know of the event.
    """

    shape: NDArray[np.float64]
    cursor: NDArray[np.int64]
    head: NDArray[np.int32]
    next_node: NDArray[np.int32]
    time_s: NDArray[np.float64]
    kind: NDArray[np.uint8]
    entity: NDArray[np.uint32]
    address: NDArray[np.int64]
    payload: NDArray[np.int32]


def make_wheel(origin_s: float, width_s: float, n_buckets: int, capacity: int) -> Wheel:
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
    chain = np.arange(1, capacity + 1, dtype=np.int32)
    chain[-1] = NONE
    return Wheel(
        shape=np.array([origin_s, width_s]),
        cursor=np.array([0, 0, 0, capacity, NONE], np.int64),
        head=np.full(n_buckets, NONE, np.int32),
        next_node=chain,
        time_s=np.zeros(capacity),
        kind=np.zeros(capacity, np.uint8),
        entity=np.zeros(capacity, np.uint32),
        address=np.zeros(capacity, np.int64),
        payload=np.zeros(capacity, np.int32),
    )


def grow(wheel: Wheel) -> Wheel:
    """
    Return the wheel with room for twice as many events.

    Parameters
    ----------
    wheel : Wheel
        Wheel; it must not be used afterwards.

    Returns
    -------
    Wheel
        The same events in the same order.
    """
    old = len(wheel.next_node)
    added = np.arange(old + 1, 2 * old + 1, dtype=np.int32)
    added[-1] = wheel.cursor[_FREE]
    cursor = wheel.cursor.copy()
    cursor[_FREE] = old
    cursor[_N_FREE] += old
    return Wheel(
        shape=wheel.shape,
        cursor=cursor,
        head=wheel.head,
        next_node=np.concatenate([wheel.next_node, added]),
        time_s=np.concatenate([wheel.time_s, np.zeros(old)]),
        kind=np.concatenate([wheel.kind, np.zeros(old, np.uint8)]),
        entity=np.concatenate([wheel.entity, np.zeros(old, np.uint32)]),
        address=np.concatenate([wheel.address, np.zeros(old, np.int64)]),
        payload=np.concatenate([wheel.payload, np.zeros(old, np.int32)]),
    )


@njit(cache=True)
def n_free(wheel: Wheel) -> int:
    """
    Return how many events can be inserted before the wheel must grow.

    Parameters
    ----------
    wheel : Wheel
        Wheel.

    Returns
    -------
    int
        Number of free nodes.
    """
    return wheel.cursor[_N_FREE]


@njit(cache=True)
def n_events(wheel: Wheel) -> int:
    """
    Return how many events are in the wheel.

    Parameters
    ----------
    wheel : Wheel
        Wheel.

    Returns
    -------
    int
        Number of events.
    """
    return wheel.cursor[_N_EVENTS]


@njit(cache=True)
def is_before(wheel: Wheel, a: int, b: int) -> bool:
    """
    Return whether event `a` comes before event `b`.

    Parameters
    ----------
    wheel : Wheel
        Wheel.
    a, b : int
        Nodes of two different events.

    Returns
    -------
    bool
        By time, then kind, entity and index.
    """
    if wheel.time_s[a] != wheel.time_s[b]:
        return wheel.time_s[a] < wheel.time_s[b]
    if wheel.kind[a] != wheel.kind[b]:
        return wheel.kind[a] < wheel.kind[b]
    if wheel.entity[a] != wheel.entity[b]:
        return wheel.entity[a] < wheel.entity[b]
    return wheel.address[a] < wheel.address[b]


@njit(cache=True)
def _bucket_of(wheel: Wheel, time_s: float) -> int:
    return math.floor((time_s - wheel.shape[0]) / wheel.shape[1])


@njit(cache=True)
def schedule(wheel: Wheel, time_s: float, kind: int, entity: int, index: int, payload: int) -> None:
    """
    Insert an event; the caller has made sure that there is a free node.

    Parameters
    ----------
    wheel : Wheel
        Wheel; changed.
    time_s : float
        When the event is due, not before the last event taken. [s]
    kind, entity, index : int
        Tie-breakers, 0 or more.
    payload : int
        What the owner wants to know of the event.
    """
    node = wheel.cursor[_FREE]
    wheel.cursor[_FREE] = wheel.next_node[node]
    wheel.cursor[_N_FREE] -= 1
    wheel.cursor[_N_EVENTS] += 1
    wheel.time_s[node] = time_s
    wheel.kind[node] = kind
    wheel.entity[node] = entity
    wheel.address[node] = index
    wheel.payload[node] = payload
    bucket = _bucket_of(wheel, time_s)
    if bucket > wheel.cursor[_BUCKET]:
        slot = bucket & (len(wheel.head) - 1)
        wheel.next_node[node] = wheel.head[slot]
        wheel.head[slot] = node
    else:
        _insert_due(wheel, node)


@njit(cache=True)
def _insert_due(wheel: Wheel, node: int) -> None:
    """Insert a node into the sorted chain of due events."""
    previous = NONE
    other = wheel.cursor[_DUE]
    while other != NONE and is_before(wheel, other, node):
        previous = other
        other = wheel.next_node[other]
    wheel.next_node[node] = other
    if previous == NONE:
        wheel.cursor[_DUE] = node
    else:
        wheel.next_node[previous] = node


@njit(cache=True)
def _merge(wheel: Wheel, a: int, b: int) -> int:
    """Merge two sorted chains, neither empty, and return the first node."""
    if is_before(wheel, b, a):
        a, b = b, a
    first = a
    while True:
        following = wheel.next_node[a]
        if following == NONE:
            wheel.next_node[a] = b
            return first
        if is_before(wheel, b, following):
            wheel.next_node[a] = b
            b = following
            a = wheel.next_node[a]
        else:
            a = following


@njit(cache=True)
def _open_bucket(wheel: Wheel, bucket: int) -> None:
    """Make a bucket the current one and sort its events; what is due a round later stays in the chain."""
    wheel.cursor[_BUCKET] = bucket
    slot = bucket & (len(wheel.head) - 1)
    node = wheel.head[slot]
    if node == NONE:
        return
    bins = np.full(_N_SORT_BINS, NONE, np.int32)
    n_bins = 0
    later = NONE
    while node != NONE:
        following = wheel.next_node[node]
        if _bucket_of(wheel, wheel.time_s[node]) > bucket:
            wheel.next_node[node] = later
            later = node
        else:
            wheel.next_node[node] = NONE
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
    wheel.cursor[_DUE] = due


@njit(cache=True)
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
    if wheel.cursor[_N_EVENTS] == 0:
        return NONE
    last = _bucket_of(wheel, limit_s) if limit_s < math.inf else _NO_LIMIT
    while wheel.cursor[_DUE] == NONE:
        if wheel.cursor[_BUCKET] >= last:
            return NONE
        _open_bucket(wheel, wheel.cursor[_BUCKET] + 1)
    node = wheel.cursor[_DUE]
    if wheel.time_s[node] >= limit_s:
        return NONE
    return node


@njit(cache=True)
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
    wheel.cursor[_DUE] = wheel.next_node[node]
    wheel.next_node[node] = wheel.cursor[_FREE]
    wheel.cursor[_FREE] = node
    wheel.cursor[_N_FREE] += 1
    wheel.cursor[_N_EVENTS] -= 1
