"""What a call patched by hand does to the live state of the loop, between two machine events."""

import math

from numba import njit

from sim.network.live import CALLER
from sim.network.packed import Packed, place_of, unpack
from sim.network.phones import connect, disconnect
from sim.network.set_up import reach
from sim.network.usage import TERMINATING
from sim.network.voice import is_engaged_caller, write_row
from sim.network.ways import CONNECTED
from sim.streams import STREAM_DURATION, STREAM_RINGING, exponential_quantile, uniform, uniform_pair
from sim.traffic.durations import holding_time_s


@njit(cache=True)
def course_by_hand(packed: Packed, entity: int, address: int) -> tuple[float, float]:
    """
    Return how a call goes that operators look after while it rings.

    Parameters
    ----------
    packed : Packed
        State.
    entity : int
        Caller.
    address : int
        Address of the attempt.

    Returns
    -------
    ring_s : float
        From ringing to the answer, infinite when nobody answers. [s]
    talk_s : float
        Conversation. [s]
    """
    rules = unpack(packed).rules
    seed, replication = rules.key
    u, v = uniform_pair(seed, replication, STREAM_RINGING, entity, address)
    ring_s = rules.ring_mean_s * exponential_quantile(v) if u < rules.p_answer else math.inf
    p = uniform(seed, replication, STREAM_DURATION, entity, address)
    return ring_s, holding_time_s(rules.holding, p)


@njit(cache=True)
def seize_callee(
    packed: Packed, time_s: float, call: int, row: int, p_line: float, is_off: bool
) -> int:
    """
    Reach the called phone for an operator, and engage its line.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    row : int
        Row of the called line.
    p_line : float
        Which of the lines that the row stands for is called.
    is_off : bool
        Whether the phone is switched off.

    Returns
    -------
    int
        -1 when the line is held, else the outcome of the call.
    """
    live = unpack(packed)
    record = live.record[call]
    outcome = reach(
        live, time_s, call, row, p_line, is_off, record.callee_cell_idx, place_of(live, row),
        record.service_idx,
    )  # fmt: skip
    if outcome < 0:
        live.n_calls[row] += 1
    return outcome


@njit(cache=True)
def release_line(packed: Packed, time_s: float, call: int, side: int, row: int) -> None:
    """
    Disconnect a phone, and let its line be free.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    side : int
        CALLER or CALLED_PHONE.
    row : int
        Row of the line.
    """
    live = unpack(packed)
    record = live.record[call]
    cell = record.cell_idx if side == CALLER else record.callee_cell_idx
    disconnect(live, time_s, 2 * call + side, cell)
    live.n_calls[row] -= 1


@njit(cache=True)
def call_back(packed: Packed, time_s: float, call: int, row: int, address: int) -> bool:
    """
    Ring a subscriber whose ticket is worked.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    call : int
        The call.
    row : int
        Row of the caller.
    address : int
        Address of the attempt.

    Returns
    -------
    bool
        Whether the caller is there: not engaged, and the phone was connected, which it is now.
    """
    live = unpack(packed)
    record = live.record[call]
    if is_engaged_caller(live, row, record.entity, address):
        return False
    link, place = 2 * call + CALLER, place_of(live, row)
    outcome = connect(live, time_s, link, TERMINATING, record.cell_idx, place, record.service_idx)
    if outcome != CONNECTED:
        return False
    live.n_calls[row] += 1
    return True


@njit(cache=True)
def finish_call(
    packed: Packed,
    time_s: float,
    call: int,
    outcome: int,
    answer_s: float,
    trunk: int,
    n_manual: int,
    lost_at: int,
    wait_s: float,
) -> None:
    """
    Write the row of a call patched by hand, and let its caller try again if it failed.

    Parameters
    ----------
    packed : Packed
        State; changed. There must be room for a row and an event.
    time_s : float
        Now. [s]
    call : int
        The call; neither line is held any more.
    outcome : int
        Outcome.
    answer_s : float
        Answer, NaN for none. [s]
    trunk : int
        First trunk group on the way, -1 for none.
    n_manual : int
        Manual exchanges on the way.
    lost_at : int
        Exchange at which it was lost, -1 for none.
    wait_s : float
        How long the caller waited for operators. [s]
    """
    live = unpack(packed)
    record = live.record[call]
    record.outcome = outcome
    record.answer_s = answer_s
    record.end_s = time_s
    record.trunk_idx = trunk
    record.n_manual = n_manual
    record.lost_at_idx = lost_at
    record.wait_s = wait_s
    write_row(live, time_s, call)
