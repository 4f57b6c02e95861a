"""Short messages: sent over signalling channels, kept by the message centre, delivered when they can be."""

import math

from numba import njit

from sim.engine.wheel import schedule
from sim.network.data_state import Data
from sim.network.flow_rates import has_pilot
from sim.network.intents import pick_line
from sim.network.live import (
    FREE_MESSAGE,
    MESSAGE_ROWS_LEFT,
    MESSAGE_STEP,
    N_FREE_MESSAGES,
    Live,
)
from sim.network.packed import Packed, data_of, place_of, radio_of, unpack
from sim.network.set_up import is_engaged
from sim.streams import (
    STREAM_MESSAGE_DESTINATION,
    STREAM_MESSAGE_RECEIVER,
    STREAM_PHONE_STATE,
    uniform,
    uniform_pair,
)
from sim.tables import MessageOutcome

_SEND, _SENT, _DELIVER, _DELIVERED, _EXPIRE = range(5)
"""What a message does next."""

_NOBODY = 2**32 - 1
_FIRST_SLOT = 1 << 40  # times before the window have slots too
_IS_DELIVERED = int(MessageOutcome.DELIVERED)
_NO_COVERAGE = int(MessageOutcome.NO_COVERAGE)
_BLOCKED = int(MessageOutcome.BLOCKED_SIGNALLING)
_EXPIRED = int(MessageOutcome.EXPIRED)
_NO_RECEIVER = int(MessageOutcome.NO_RECEIVER)


@njit(cache=True)
def begin_message(packed: Packed, time_s: float, row: int, address: int) -> None:
    """
    Let a subscriber send a message.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    row : int
        Row of the subscriber.
    address : int
        Address of the message.
    """
    live, data = unpack(packed), data_of(packed)
    message = live.cursor[FREE_MESSAGE]
    live.cursor[FREE_MESSAGE] = data.messages[message].next_free
    live.cursor[N_FREE_MESSAGES] -= 1
    line, one, record = live.lines[row], data.messages[message], data.message_row[message]
    record.time_s, record.entity, record.index = time_s, line.subscriber_id, address
    record.network_idx, record.province_idx = line.network_idx, line.province_idx
    record.class_idx, record.cell_idx = line.class_idx, line.cell_idx
    record.submitted_s, record.end_s = math.nan, time_s
    record.n_submits, record.n_tries = 0, 0
    one.sender, one.phase = row, _SEND
    _draw_receiver(live, data, message)
    if one.receiver < 0:
        _end(live, data, message, time_s, _NO_RECEIVER)
    else:
        _send(packed, time_s, message)


@njit(cache=True, forceinline=True)
def _draw_receiver(live: Live, data: Data, message: int) -> None:
    one, record = data.messages[message], data.message_row[message]
    seed, replication = live.rules.key
    entity, address, own = record.entity, record.index, record.network_idx
    u, p_near = uniform_pair(seed, replication, STREAM_MESSAGE_DESTINATION, entity, address)
    network = 0
    while u >= data.message_share[own, network]:
        network += 1
    v, one.p_line = uniform_pair(seed, replication, STREAM_MESSAGE_RECEIVER, entity, address)
    one.receiver = pick_line(live, one.sender, record.province_idx, network, p_near, v)
    record.destination_idx, record.receiver_id, record.receiver_cell_idx = network, _NOBODY, -1
    if one.receiver >= 0:
        record.receiver_id = live.lines[one.receiver].subscriber_id
        record.receiver_cell_idx = live.lines[one.receiver].cell_idx


@njit(cache=True)
def step_message(packed: Packed, time_s: float, message: int) -> None:
    """
    Do what a message does next.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    message : int
        Message.
    """
    live, data = unpack(packed), data_of(packed)
    record, phase = data.message_row[message], data.messages[message].phase
    if phase == _SEND:
        _send(packed, time_s, message)
    elif phase == _SENT:
        _change_busy(live, data, record.cell_idx, time_s, -1)
        record.submitted_s = time_s
        _deliver(packed, time_s, message)
    elif phase == _DELIVER:
        _deliver(packed, time_s, message)
    elif phase == _DELIVERED:
        _change_busy(live, data, record.receiver_cell_idx, time_s, -1)
        _end(live, data, message, time_s, _IS_DELIVERED)
    else:
        _end(live, data, message, time_s, _EXPIRED)


@njit(cache=True, forceinline=True)
def _follow(live: Live, data: Data, message: int, time_s: float, phase: int) -> None:
    """Let something follow."""
    record = data.message_row[message]
    data.messages[message].phase = phase
    schedule(live.wheel, time_s, MESSAGE_STEP, record.entity, record.index, message)


@njit(cache=True)
def _send(packed: Packed, time_s: float, message: int) -> None:
    """Let the sender's phone try to send."""
    live, data = unpack(packed), data_of(packed)
    record, rules, sender = data.message_row[message], data.rules[0], data.messages[message].sender
    record.n_submits += 1
    if not _is_reached(packed, sender):
        _end(live, data, message, time_s, _NO_COVERAGE)
    elif _is_free(live, data, record.cell_idx, time_s):
        _change_busy(live, data, record.cell_idx, time_s, 1)
        _follow(live, data, message, time_s + rules.transfer_s, _SENT)
    elif record.n_submits >= rules.max_submits:
        _end(live, data, message, time_s, _BLOCKED)
    else:
        _follow(live, data, message, time_s + rules.submit_retry_s, _SEND)


@njit(cache=True)
def _deliver(packed: Packed, time_s: float, message: int) -> None:
    """Let the message centre try to deliver."""
    live, data = unpack(packed), data_of(packed)
    record, rules, one = data.message_row[message], data.rules[0], data.messages[message]
    record.n_tries += 1
    cell = record.receiver_cell_idx
    is_engaged_now = not rules.is_during_calls and is_engaged(live, one.receiver, one.p_line)
    is_ready = not is_engaged_now and _is_on(live, data, record.receiver_id, time_s)
    if is_ready and _is_reached(packed, one.receiver) and _is_free(live, data, cell, time_s):
        _change_busy(live, data, cell, time_s, 1)
        _follow(live, data, message, time_s + rules.transfer_s, _DELIVERED)
        return
    again_s, expiry_s = time_s + rules.retry_s, record.time_s + rules.validity_s
    if again_s > expiry_s:
        _follow(live, data, message, max(time_s, expiry_s), _EXPIRE)
    else:
        _follow(live, data, message, again_s, _DELIVER)


@njit(cache=True, forceinline=True)
def _is_on(live: Live, data: Data, receiver: int, time_s: float) -> bool:
    p_off = live.rules.p_phone_off
    if p_off == 0.0:
        return True
    seed, replication = live.rules.key
    slot = _FIRST_SLOT + math.floor(time_s / data.rules[0].phone_state_s)
    return uniform(seed, replication, STREAM_PHONE_STATE, receiver, slot) >= p_off


@njit(cache=True)
def _is_reached(packed: Packed, row: int) -> bool:
    """Say whether the network covers a line, at the load of the moment."""
    live = unpack(packed)
    if live.lines[row].cell_idx < 0:
        return False
    if live.rules.n_services == 0:
        return True
    return has_pilot(radio_of(packed), place_of(live, row), False)


@njit(cache=True, forceinline=True)
def _is_free(live: Live, data: Data, cell: int, time_s: float) -> bool:
    """Say whether a cell has a signalling channel free, and count when not."""
    is_up = live.groups[cell].capacity > 0
    if is_up and data.cells[cell].n_signalling_busy < data.rules[0].n_signalling:
        return True
    if 0.0 <= time_s < live.rules.window_s:
        data.cells[cell].n_signalling_refused += 1
    return False


@njit(cache=True, forceinline=True)
def _change_busy(live: Live, data: Data, cell: int, time_s: float, change: int) -> None:
    one = data.cells[cell]
    length_s = min(time_s, live.rules.window_s) - max(one.signalling_last_s, 0.0)
    one.signalling_s += one.n_signalling_busy * max(0.0, length_s)
    one.signalling_last_s = time_s
    one.n_signalling_busy += change


@njit(cache=True, forceinline=True)
def _end(live: Live, data: Data, message: int, time_s: float, outcome: int) -> None:
    """Write the row of a message, whose place is free afterwards."""
    record = data.message_row[message]
    record.outcome, record.end_s = outcome, time_s
    data.message_block[len(data.message_block) - live.cursor[MESSAGE_ROWS_LEFT]] = record
    live.cursor[MESSAGE_ROWS_LEFT] -= 1
    data.messages[message].next_free = live.cursor[FREE_MESSAGE]
    live.cursor[FREE_MESSAGE] = message
    live.cursor[N_FREE_MESSAGES] += 1
