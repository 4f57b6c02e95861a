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

import numpy as np
from numba import njit
from numpy.typing import NDArray

NONE = -1
"""No event: the end of a chain."""

_BUCKET, _FREE, _N_EVENTS, _N_FREE, _DUE = range(5)
_N_SORT_BINS = 40
_NO_LIMIT = 2**62
_FAR_S = 1e9  # beyond it no number of a bucket is computed from a limit


NODE = np.dtype(
    [
        ("time_s", np.float64),
        ("address", np.int64),
        ("entity", np.uint32),
        ("payload", np.int32),
        ("next_node", np.int32),
        ("kind", np.uint8),
    ],
    align=True,
)
"""An event: when it is due [s]; its tie-breakers kind, entity and address; what the owner wants to know; and the
next event of its chain. One row, so that one line of the processor's cache holds all of it."""


class Wheel(NamedTuple):
    """
    State of a wheel, in arrays that compiled code can take and change.

    Attributes
    ----------
    shape : (2,) ndarray of float64
        Origin of time [s], and buckets in a second [1/s].
    cursor : (5,) ndarray of int64
        Number of the current bucket, first free node, number of events, number of free nodes, first due event.
    head : (bucket,) ndarray of int32
        First event of each bucket's chain.
    nodes : (node,) structured ndarray
        Events, fields as in NODE.
    """

    shape: NDArray[np.float64]
    cursor: NDArray[np.int64]
    head: NDArray[np.int32]
    nodes: NDArray[np.void]


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
    nodes = np.zeros(capacity, NODE)
    nodes["next_node"] = np.arange(1, capacity + 1)
    nodes["next_node"][-1] = NONE
    return Wheel(
        shape=np.array([origin_s, 1.0 / width_s]),
        cursor=np.array([0, 0, 0, capacity, NONE], np.int64),
        head=np.full(n_buckets, NONE, np.int32),
        nodes=nodes,
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
    old = len(wheel.nodes)
    added = np.zeros(old, NODE)
    added["next_node"] = np.arange(old + 1, 2 * old + 1)
    added["next_node"][-1] = wheel.cursor[_FREE]
    cursor = wheel.cursor.copy()
    cursor[_FREE] = old
    cursor[_N_FREE] += old
    return wheel._replace(cursor=cursor, nodes=np.concatenate([wheel.nodes, added]))


@njit(cache=True, forceinline=True)
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


@njit(cache=True, forceinline=True)
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


@njit(cache=True, forceinline=True)
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
        By time, then kind, entity and address.
    """
    if wheel.nodes[a].time_s != wheel.nodes[b].time_s:
        return wheel.nodes[a].time_s < wheel.nodes[b].time_s
    if wheel.nodes[a].kind != wheel.nodes[b].kind:
        return wheel.nodes[a].kind < wheel.nodes[b].kind
    if wheel.nodes[a].entity != wheel.nodes[b].entity:
        return wheel.nodes[a].entity < wheel.nodes[b].entity
    return wheel.nodes[a].address < wheel.nodes[b].address


@njit(cache=True, forceinline=True)
def _bucket_of(wheel: Wheel, time_s: float) -> int:
    return int((time_s - wheel.shape[0]) * wheel.shape[1])


@njit(cache=True, forceinline=True)
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
    node = wheel.cursor[_FREE]
    wheel.cursor[_FREE] = wheel.nodes[node].next_node
    wheel.cursor[_N_FREE] -= 1
    wheel.cursor[_N_EVENTS] += 1
    wheel.nodes[node].time_s = time_s
    wheel.nodes[node].kind = kind
    wheel.nodes[node].entity = entity
    wheel.nodes[node].address = address
    wheel.nodes[node].payload = payload
    bucket = _bucket_of(wheel, time_s)
    if bucket > wheel.cursor[_BUCKET]:
        slot = bucket & (len(wheel.head) - 1)
        wheel.nodes[node].next_node = wheel.head[slot]
        wheel.head[slot] = node
    else:
        _insert_due(wheel, node)


@njit(cache=True, forceinline=True)
def _insert_due(wheel: Wheel, node: int) -> None:
    """Insert a node into the sorted chain of due events."""
    previous = NONE
    other = wheel.cursor[_DUE]
    while other != NONE and is_before(wheel, other, node):
        previous = other
        other = wheel.nodes[other].next_node
    wheel.nodes[node].next_node = other
    if previous == NONE:
        wheel.cursor[_DUE] = node
    else:
        wheel.nodes[previous].next_node = node


@njit(cache=True, forceinline=True)
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


@njit(cache=True, forceinline=True)
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
    wheel.cursor[_DUE] = due


@njit(cache=True, forceinline=True)
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
    last = _bucket_of(wheel, limit_s) if limit_s < _FAR_S else _NO_LIMIT
    while wheel.cursor[_DUE] == NONE:
        if wheel.cursor[_BUCKET] >= last:
            return NONE
        _open_bucket(wheel, wheel.cursor[_BUCKET] + 1)
    node = wheel.cursor[_DUE]
    if wheel.nodes[node].time_s >= limit_s:
        return NONE
    return node


@njit(cache=True, forceinline=True)
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
    wheel.cursor[_DUE] = wheel.nodes[node].next_node
    wheel.nodes[node].next_node = wheel.cursor[_FREE]
    wheel.cursor[_FREE] = node
    wheel.cursor[_N_FREE] += 1
    wheel.cursor[_N_EVENTS] -= 1
