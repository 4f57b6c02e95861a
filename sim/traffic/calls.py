"""
Who wants what when: intents of subscribers and of fixed lines, data sessions, messages, and Poisson sources, by hour.

The number of intents in an hour and their times are drawn at the address (subscriber, hour, number), so that an
intent is the same whatever window it is generated in.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.streams import (
    STREAM_FIXED_COUNT,
    STREAM_FIXED_TIME,
    STREAM_FLOW_COUNT,
    STREAM_FLOW_TIME,
    STREAM_INTENT_COUNT,
    STREAM_INTENT_TIME,
    STREAM_MESSAGE_COUNT,
    STREAM_MESSAGE_TIME,
    STREAM_SESSION_COUNT,
    STREAM_SESSION_TIME,
    STREAM_SOURCE_COUNT,
    STREAM_SOURCE_TIME,
    poisson_quantile,
    uniform,
)
from sim.traffic.profile import HourRates, share_before, time_in_hour
from sim.units import SECONDS_PER_HOUR

HOUR_SHIFT = 24
"""An intent's address is its hour shifted by this many bits, plus its number in the hour."""

REDIAL_SHIFT = 48
"""An attempt's address is its intent's, plus the number of the redial shifted by this many bits."""

SOURCE_PART_INTENTS = 32.0
"""Most intents an hour of one part of a Poisson source; a source is a sum of equal, independent parts."""

(
    OF_A_SOURCE, OF_A_SUBSCRIBER, OF_A_FIXED_LINE, OF_A_SESSION, OF_A_DATA_SOURCE, OF_A_MESSAGE,
) = range(6)  # fmt: skip
"""Kinds of intents; at equal times they come in this order."""

DATA_BIT = 1 << 23
"""Added to the addresses of sessions and of flows of sources, so that no call has the same."""

_PART_SHIFT = 8  # intents of a part in an hour are far fewer than 256: P(N > 255 | 32) < 1e-130


class Intents(NamedTuple):
    """Intents of a window, in the order (time, kind, entity, address)."""

    time_s: NDArray[np.float64]  # (intent,) when [s]
    kind: NDArray[np.uint8]  # (intent,) what it is: OF_A_SOURCE and so on
    # (intent,) row of the subscriber, number of the source, or number of the exchange
    row: NDArray[np.int32]
    address: NDArray[np.int64]  # (intent,) hour and number in the hour


_INTENTS = (Intents, "float64[::1]", "uint8[::1]", "int32[::1]", "int64[::1]")


class Key(NamedTuple):
    """Key of all draws of a replication."""

    seed: int  # seed of the scenario
    replication: int  # number of the replication


class Hour(NamedTuple):
    """The part of an hour for which intents are generated."""

    hour: int  # whole hours since the begin of 1970
    begin_s: float  # simulated time at which the whole hour begins [s]
    from_s: float  # and to_s: intents from the first, to before the second are wanted [s]
    to_s: float
    rates: HourRates = HourRates()  # how the rate of all but Poisson sources goes within it


class Demand(NamedTuple):
    """Mean numbers of intents in a whole hour."""

    calls: NDArray[np.float64]  # (class,) calls of a line of each class, 0 to 600
    sources: NDArray[np.float64]  # (source,) calls of each Poisson source, less than 2**21
    # (exchange,) calls of the lines of each exchange, less than 2**21
    exchanges: NDArray[np.float64]
    # (class, device) data sessions of a line of each class and device, 0 to 600
    sessions: NDArray[np.float64]
    flows: NDArray[np.float64]  # (source,) flows of each Poisson source of data, less than 2**20
    messages: NDArray[np.float64]  # (class,) messages of a line of each class, 0 to 600


@compiled(
    Key, Hour, int, "uint32[::1]", "uint8[::1]", "uint8[::1]", "float64[:, ::1]", _INTENTS, int
)
def _fill_lines(
    key: Key,
    hour: Hour,
    kind: int,
    subscriber_id: NDArray[np.uint32],
    class_idx: NDArray[np.uint8],
    device_idx: NDArray[np.uint8],
    mean_of: NDArray[np.float64],
    out: Intents,
    n: int,
) -> int:
    """Write the intents of all lines behind the first `n`; return the number of all, which may be beyond the room."""
    count_stream, time_stream, more = STREAM_INTENT_COUNT, STREAM_INTENT_TIME, 0
    if kind == OF_A_SESSION:
        count_stream, time_stream, more = STREAM_SESSION_COUNT, STREAM_SESSION_TIME, DATA_BIT
    elif kind == OF_A_MESSAGE:
        count_stream, time_stream = STREAM_MESSAGE_COUNT, STREAM_MESSAGE_TIME
    for row in range(len(subscriber_id)):
        entity = subscriber_id[row]
        mean = mean_of[class_idx[row], device_idx[row]]
        if mean == 0.0:
            continue
        u = uniform(key.seed, key.replication, count_stream, entity, hour.hour)
        for number in range(poisson_quantile(u, mean)):
            address = (hour.hour << HOUR_SHIFT) + more + number
            v = uniform(key.seed, key.replication, time_stream, entity, address)
            time_s = hour.begin_s + time_in_hour(v, hour.rates) * SECONDS_PER_HOUR
            if hour.from_s <= time_s < hour.to_s:
                if n < len(out.time_s):
                    out.time_s[n] = time_s
                    out.kind[n] = kind
                    out.row[n] = row
                    out.address[n] = address
                n += 1
    return n


@compiled(Key, Hour, int, "float64[::1]", _INTENTS, int)
def _fill_sources(
    key: Key, hour: Hour, kind: int, mean: NDArray[np.float64], out: Intents, n: int
) -> int:
    """Write the intents of all sources or exchanges behind the first `n`; return the number of all."""
    count_stream, time_stream, more = STREAM_SOURCE_COUNT, STREAM_SOURCE_TIME, 0
    if kind == OF_A_FIXED_LINE:
        count_stream, time_stream = STREAM_FIXED_COUNT, STREAM_FIXED_TIME
    elif kind == OF_A_DATA_SOURCE:
        count_stream, time_stream, more = STREAM_FLOW_COUNT, STREAM_FLOW_TIME, DATA_BIT
    for source in range(len(mean)):
        n_parts = math.ceil(mean[source] / SOURCE_PART_INTENTS)
        for part in range(n_parts):
            first = (hour.hour << HOUR_SHIFT) + (part << _PART_SHIFT)
            u = uniform(key.seed, key.replication, count_stream, source, first)
            for number in range(poisson_quantile(u, mean[source] / n_parts)):
                v = uniform(key.seed, key.replication, time_stream, source, first + number)
                part_h = time_in_hour(v, hour.rates) if kind == OF_A_FIXED_LINE else v
                time_s = hour.begin_s + part_h * SECONDS_PER_HOUR
                if hour.from_s <= time_s < hour.to_s:
                    if n < len(out.time_s):
                        out.time_s[n] = time_s
                        out.kind[n] = kind
                        out.row[n] = source
                        out.address[n] = first + number + more
                    n += 1
    return n


@kernel(inline=True)
def _is_of_a_line(kind: int) -> bool:
    return kind in (OF_A_SUBSCRIBER, OF_A_SESSION, OF_A_MESSAGE)


@kernel
def _is_before(intents: Intents, subscriber_id: NDArray[np.uint32], a: int, b: int) -> bool:
    if intents.time_s[a] != intents.time_s[b]:
        return intents.time_s[a] < intents.time_s[b]
    if intents.kind[a] != intents.kind[b]:
        return intents.kind[a] < intents.kind[b]
    if intents.row[a] != intents.row[b]:
        if _is_of_a_line(intents.kind[a]):
            return subscriber_id[intents.row[a]] < subscriber_id[intents.row[b]]
        return intents.row[a] < intents.row[b]
    return intents.address[a] < intents.address[b]


@compiled(_INTENTS, "uint32[::1]", int, Hour)
def _order(
    intents: Intents, subscriber_id: NDArray[np.uint32], n: int, hour: Hour
) -> NDArray[np.int32]:
    """Return the order of the intents: by counting into buckets of time, then by insertion."""
    n_buckets = max(1, n // 2)
    per_s = n_buckets / (hour.to_s - hour.from_s)
    bucket = np.empty(n, np.int32)
    end = np.zeros(n_buckets, np.int32)
    for i in range(n):
        bucket[i] = min(n_buckets - 1, int((intents.time_s[i] - hour.from_s) * per_s))
        end[bucket[i]] += 1
    for b in range(1, n_buckets):
        end[b] += end[b - 1]
    order = np.empty(n, np.int32)
    for i in range(n - 1, -1, -1):
        end[bucket[i]] -= 1
        order[end[bucket[i]]] = i
    for i in range(1, n):
        moved = order[i]
        j = i - 1
        while j >= 0 and _is_before(intents, subscriber_id, moved, order[j]):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = moved
    return order


def wanted_part(hour: Hour) -> tuple[float, float]:
    """
    Return how much of an hour is wanted.

    Parameters
    ----------
    hour : Hour
        Hour.

    Returns
    -------
    length_h : float
        Length of the part that is wanted, 0 to 1. [h]
    share : float
        Share of the hour's intents that come in it, but for those of Poisson sources. [1]
    """
    from_h = (hour.from_s - hour.begin_s) / SECONDS_PER_HOUR
    to_h = (hour.to_s - hour.begin_s) / SECONDS_PER_HOUR
    return to_h - from_h, share_before(to_h, hour.rates) - share_before(from_h, hour.rates)


def _room(n: int) -> Intents:
    return Intents(np.empty(n), np.empty(n, np.uint8), np.empty(n, np.int32), np.empty(n, np.int64))


def draw_intents(
    key: Key,
    hour: Hour,
    subscriber_id: NDArray[np.uint32],
    class_idx: NDArray[np.uint8],
    device_idx: NDArray[np.uint8],
    demand: Demand,
) -> Intents:
    """
    Return all intents of a part of an hour, in order.

    Parameters
    ----------
    key : Key
        Key of the replication's draws.
    hour : Hour
        Which hour, and which part of it.
    subscriber_id : (subscriber,) ndarray of uint32
        Entity of each simulated line.
    class_idx : (subscriber,) ndarray of uint8
        Class of each simulated line.
    device_idx : (subscriber,) ndarray of uint8
        Device of each simulated line.
    demand : Demand
        Mean numbers of intents in the whole hour.

    Returns
    -------
    Intents
        Intents in the order (time, kind, entity, address).
    """
    shape = demand.sessions.shape
    of_lines = {
        OF_A_SUBSCRIBER: np.repeat(demand.calls[:, None], shape[1], axis=1),
        OF_A_SESSION: demand.sessions,
        OF_A_MESSAGE: np.repeat(demand.messages[:, None], shape[1], axis=1),
    }
    of_sources = {
        OF_A_SOURCE: demand.sources,
        OF_A_FIXED_LINE: demand.exchanges,
        OF_A_DATA_SOURCE: demand.flows,
    }
    length_h, share = wanted_part(hour)
    expected = share * float(demand.exchanges.sum())
    expected += length_h * float(demand.sources.sum() + demand.flows.sum())
    if len(subscriber_id):
        kinds = class_idx.astype(np.int64) * shape[1] + device_idx
        n_lines = np.bincount(kinds, minlength=shape[0] * shape[1]).reshape(shape)
        expected += share * sum(float(np.sum(n_lines * mean)) for mean in of_lines.values())
    room = int(expected + 8.0 * math.sqrt(expected)) + 64
    while True:
        out, n = _room(room), 0
        for kind, mean in of_lines.items():
            if mean.any():
                n = _fill_lines(key, hour, kind, subscriber_id, class_idx, device_idx, mean, out, n)
        for kind, mean in of_sources.items():
            n = _fill_sources(key, hour, kind, mean, out, n)
        if n <= room:
            break
        room = n
    order = _order(out, subscriber_id, n, hour)
    return Intents(out.time_s[order], out.kind[order], out.row[order], out.address[order])
