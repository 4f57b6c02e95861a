"""What a caller intends: whom to call, and how the call would go if everything were free."""

from typing import NamedTuple

from numba import njit

from sim.network.live import Live, Rules, as_int32
from sim.network.packed import fixed_lines_of
from sim.streams import (
    STREAM_CALLEE,
    STREAM_DESTINATION,
    STREAM_DURATION,
    STREAM_PATIENCE,
    STREAM_RINGING,
    exponential_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import Outcome
from sim.traffic.durations import holding_time_s

_COMPLETED = int(Outcome.COMPLETED)
_NO_ANSWER = int(Outcome.NO_ANSWER)
_CALLER_ABANDONED = int(Outcome.CALLER_ABANDONED)


class Course(NamedTuple):
    """
    How a call goes once it rings.

    Attributes
    ----------
    outcome : int
        COMPLETED, NO_ANSWER or CALLER_ABANDONED.
    ring_s : float
        From the begin to the answer, or to the end of ringing in vain. [s]
    talk_s : float
        Conversation, 0 without an answer. [s]
    """

    outcome: int
    ring_s: float
    talk_s: float


@njit(cache=True, forceinline=True)
def draw_course(rules: Rules, entity: int, address: int) -> Course:
    """
    Return how a call would go once it rings.

    Parameters
    ----------
    rules : Rules
        Parameters of calls.
    entity : int
        Subscriber who calls.
    address : int
        Address of the attempt.

    Returns
    -------
    Course
        Outcome, ringing and conversation.
    """
    seed, replication = rules.key
    u, v = uniform_pair(seed, replication, STREAM_RINGING, entity, address)
    patience = uniform(seed, replication, STREAM_PATIENCE, entity, address)
    patience_s = rules.patience_mean_s * exponential_quantile(patience)
    ring_s = rules.ring_mean_s * exponential_quantile(v)
    if u < rules.p_answer and ring_s <= patience_s and ring_s <= rules.timeout_s:
        p = uniform(seed, replication, STREAM_DURATION, entity, address)
        return Course(_COMPLETED, ring_s, holding_time_s(rules.holding, p))
    if patience_s < rules.timeout_s:
        return Course(_CALLER_ABANDONED, patience_s, 0.0)
    return Course(_NO_ANSWER, rules.timeout_s, 0.0)


@njit(cache=True, forceinline=True)
def draw_destination(live: Live, row: int, root: int) -> tuple[int, float]:
    """
    Return the network that a subscriber calls.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of the caller.
    root : int
        Address of the intent.

    Returns
    -------
    network : int
        Called network; the number of networks stands for the fixed network.
    p_near : float
        Draw that says whether somebody near is called.
    """
    seed, replication = live.rules.key
    entity = live.lines[row].subscriber_id
    u, p_near = uniform_pair(seed, replication, STREAM_DESTINATION, entity, root)
    share = live.destination_share[live.lines[row].network_idx]
    network = 0
    while u >= share[network]:
        network += 1
    return network, p_near


@njit(cache=True, forceinline=True)
def draw_exchange(
    live: Live, own: int, entity: int, root: int, province: int, p_near: float
) -> int:
    """
    Return the exchange of the fixed line that is called, by its share of all lines.

    Parameters
    ----------
    live : Live
        State.
    own : int
        Node that is not meant, -1 for none.
    entity : int
        Entity of the caller.
    root : int
        Address of the intent.
    province : int
        Province of the caller.
    p_near : float
        Draw that says whether somebody near is called.

    Returns
    -------
    int
        Node, -1 when there is nobody to call.
    """
    if live.rules.fixed_node >= 0:
        return live.rules.fixed_node
    seed, replication = live.rules.key
    u = uniform(seed, replication, STREAM_CALLEE, entity, root)
    first = fixed_lines_of(live).first
    chosen = -1
    if p_near < live.rules.same_province_share:
        chosen = _pick_exchange(live, own, first[province], first[province + 1], u)
    if chosen < 0:
        chosen = _pick_exchange(live, own, as_int32(0), first[len(first) - 1], u)
    return chosen


@njit(cache=True, forceinline=True)
def _pick_exchange(live: Live, own: int, begin: int, end: int, u: float) -> int:
    """Pick the exchange of a line of a run of exchanges, but not the own one; -1 when there is none."""
    fixed = fixed_lines_of(live)
    own_lines = 0
    own_at = -1
    if own >= 0:
        for i in range(begin, end):
            if fixed.node[i] == own:
                own_at = i
                own_lines = fixed.n_before[i + 1] - fixed.n_before[i]
    n = fixed.n_before[end] - fixed.n_before[begin] - own_lines
    if n <= 0:
        return -1
    line = fixed.n_before[begin] + min(n - 1, int(u * n))
    if own_at >= 0 and line >= fixed.n_before[own_at]:
        line += own_lines
    low, high = begin, end - 1
    while low < high:
        middle = (low + high) >> 1
        if line < fixed.n_before[middle + 1]:
            high = middle
        else:
            low = middle + 1
    return fixed.node[low]


@njit(cache=True, forceinline=True)
def _pick(row: int, first: int, end: int, u: float) -> int:
    """Pick a row of a run, but not the caller's own; -1 when there is nobody else."""
    n = end - first
    if first <= row < end:
        n -= 1
    if n <= 0:
        return -1
    chosen = first + min(n - 1, int(u * n))
    if first <= row <= chosen:
        chosen += 1
    return chosen


@njit(cache=True, forceinline=True)
def draw_callee(
    live: Live, row: int, entity: int, root: int, province: int, network: int, p_near: float
) -> tuple[int, float]:
    """
    Return the subscriber who is called.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of the caller, -1 for a fixed line.
    entity : int
        Entity of the caller.
    root : int
        Address of the intent.
    province : int
        Province of the caller.
    network : int
        Called network.
    p_near : float
        Draw that says whether somebody near is called.

    Returns
    -------
    row : int
        Row of the called line, -1 when the network has nobody to call.
    p_line : float
        Draw that says which of the lines that the row stands for is called.
    """
    seed, replication = live.rules.key
    u, p_line = uniform_pair(seed, replication, STREAM_CALLEE, entity, root)
    return pick_line(live, row, province, network, p_near, u), p_line


@njit(cache=True, forceinline=True)
def pick_line(live: Live, row: int, province: int, network: int, p_near: float, u: float) -> int:
    """
    Pick a line of a network, but not the own one.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of whoever asks, -1 for a fixed line.
    province : int
        Province of whoever asks.
    network : int
        Network.
    p_near : float
        Draw that says whether it is somebody near.
    u : float
        Draw that says which.

    Returns
    -------
    int
        Row, -1 when there is nobody else.
    """
    runs = live.first_row[network]
    chosen = -1
    if p_near < live.rules.same_province_share:
        chosen = _pick(row, runs[province], runs[province + 1], u)
    if chosen < 0:
        chosen = _pick(row, runs[0], runs[len(runs) - 1], u)
    return chosen
