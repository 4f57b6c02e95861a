"""The steps of a short message: tries to send, the message centre's tries to deliver, and its end."""

import math

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import change, give_place, put_row, take_place
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.data.rates import has_pilot
from sim.network.kinds import Kind
from sim.network.lines import is_engaged, lines_of, province_now
from sim.network.messages.state import messages_of
from sim.network.radio.phones import place_of
from sim.network.radio.state import radio_of
from sim.network.registrations.paging import has_channel, send_paging
from sim.network.registrations.state import registrations_of
from sim.network.servers import servers_of
from sim.network.voice.destinations import draw_line
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

_MESSAGE_STEP = int(Kind.MESSAGE_STEP)
_NOBODY = 2**32 - 1
_FIRST_SLOT = 1 << 40  # times before the window have slots too
_IS_DELIVERED = int(MessageOutcome.DELIVERED)
_NO_COVERAGE = int(MessageOutcome.NO_COVERAGE)
_BLOCKED = int(MessageOutcome.BLOCKED_SIGNALLING)
_EXPIRED = int(MessageOutcome.EXPIRED)
_NO_RECEIVER = int(MessageOutcome.NO_RECEIVER)


@entry
def on_message(state: int, time_s: float, payload: int, address: int) -> None:
    """Let a subscriber, the payload, send a message."""
    messages, line = messages_of(state), lines_of(state).lines[payload]
    message = take_place(messages.free)
    one, record = messages.messages[message], messages.message_row[message]
    record.time_s, record.entity, record.index = time_s, line.subscriber_id, address
    record.network_idx = line.network_idx
    record.province_idx = province_now(lines_of(state), payload, line.province_idx)
    record.class_idx, record.cell_idx = line.class_idx, line.cell_idx
    record.submitted_s, record.end_s = math.nan, time_s
    record.n_submits, record.n_tries = 0, 0
    one.sender, one.phase = payload, _SEND
    _draw_receiver(state, message)
    if one.receiver < 0:
        _end(state, message, time_s, _NO_RECEIVER)
    else:
        _send(state, time_s, message)


@kernel
def _draw_receiver(state: int, message: int) -> None:
    messages, rules = messages_of(state), clockwork_of(state).rules[0]
    one, record = messages.messages[message], messages.message_row[message]
    entity, address, own = record.entity, record.index, record.network_idx
    u, p_near = uniform_pair(
        rules.seed, rules.replication, STREAM_MESSAGE_DESTINATION, entity, address
    )
    network = 0
    while u >= messages.network_share[own, network]:
        network += 1
    _, one.p_line = uniform_pair(
        rules.seed, rules.replication, STREAM_MESSAGE_RECEIVER, entity, address
    )
    one.receiver = draw_line(
        state,
        STREAM_MESSAGE_RECEIVER,
        entity,
        address,
        one.sender,
        lines_of(state).lines[one.sender].province_idx,
        network,
        p_near,
    )
    record.destination_idx, record.receiver_id, record.receiver_cell_idx = network, _NOBODY, -1
    if one.receiver >= 0:
        receiver = lines_of(state).lines[one.receiver]
        record.receiver_id, record.receiver_cell_idx = receiver.subscriber_id, receiver.cell_idx


@entry
def on_step(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """Do what a message, the payload, does next."""
    messages, message = messages_of(state), payload
    record, phase = messages.message_row[message], messages.messages[message].phase
    if phase == _SEND:
        _send(state, time_s, message)
    elif phase == _SENT:
        _change_busy(state, record.cell_idx, time_s, -1)
        record.submitted_s = time_s
        _deliver(state, time_s, message)
    elif phase == _DELIVER:
        _deliver(state, time_s, message)
    elif phase == _DELIVERED:
        _change_busy(state, record.receiver_cell_idx, time_s, -1)
        _end(state, message, time_s, _IS_DELIVERED)
    else:
        _end(state, message, time_s, _EXPIRED)


@kernel
def _follow(state: int, message: int, time_s: float, phase: int) -> None:
    """Let something follow."""
    messages = messages_of(state)
    record = messages.message_row[message]
    messages.messages[message].phase = phase
    schedule(wheel_of(state), time_s, _MESSAGE_STEP, record.entity, record.index, message)


@kernel
def _send(state: int, time_s: float, message: int) -> None:
    """Let the sender's phone try to send."""
    messages = messages_of(state)
    record, rules = messages.message_row[message], messages.rules[0]
    record.cell_idx = lines_of(state).lines[messages.messages[message].sender].cell_idx
    record.n_submits += 1
    if not _is_reached(state, messages.messages[message].sender):
        _end(state, message, time_s, _NO_COVERAGE)
    elif _is_free(state, record.cell_idx, time_s):
        _change_busy(state, record.cell_idx, time_s, 1)
        _follow(state, message, time_s + rules.transfer_s, _SENT)
    elif record.n_submits >= rules.max_submits:
        _end(state, message, time_s, _BLOCKED)
    else:
        _follow(state, message, time_s + rules.submit_retry_s, _SEND)


@kernel
def _deliver(state: int, time_s: float, message: int) -> None:
    """Let the message centre try to deliver."""
    messages = messages_of(state)
    record, rules = messages.message_row[message], messages.rules[0]
    receiver = messages.messages[message].receiver
    cell = lines_of(state).lines[receiver].cell_idx
    record.receiver_cell_idx = cell
    record.n_tries += 1
    if _is_there(state, time_s, message) and _is_reached(state, receiver):
        is_answered = _is_free(state, cell, time_s)
        send_paging(state, time_s, cell, is_answered)
        if is_answered:
            _change_busy(state, cell, time_s, 1)
            _follow(state, message, time_s + rules.transfer_s, _DELIVERED)
            return
    try_s, expiry_s = time_s, record.time_s + rules.validity_s
    if rules.is_lasting and not _has_cell(state, receiver):
        # Nothing reaches a phone that is where no cell is for good: its tries are counted at once, and not one by one.
        while try_s + rules.retry_s <= expiry_s:
            try_s += rules.retry_s
            record.n_tries += 1
    if try_s + rules.retry_s > expiry_s:
        _follow(state, message, max(try_s, expiry_s), _EXPIRE)
    else:
        _follow(state, message, try_s + rules.retry_s, _DELIVER)


@kernel
def _is_there(state: int, time_s: float, message: int) -> bool:
    """Say whether the receiver's phone is on, and free to receive."""
    messages, run = messages_of(state), clockwork_of(state).rules[0]
    one, rules = messages.messages[message], messages.rules[0]
    if not rules.is_during_calls and is_engaged(
        lines_of(state), one.receiver, one.p_line, run.scale
    ):
        return False
    if rules.p_phone_off == 0.0:
        return True
    slot = _FIRST_SLOT + math.floor(time_s / rules.phone_state_s)
    receiver = messages.message_row[message].receiver_id
    u = uniform(run.seed, run.replication, STREAM_PHONE_STATE, receiver, slot)
    return u >= rules.p_phone_off


@kernel(inline=True)
def _has_cell(state: int, row: int) -> bool:
    """Say whether a line has a cell where it is, whatever the load."""
    return lines_of(state).lines[row].cell_idx >= 0


@kernel
def _is_reached(state: int, row: int) -> bool:
    """Say whether the network covers a line, at the load of the moment."""
    radio = radio_of(state)
    if not _has_cell(state, row):
        return False
    if not radio.rules[0].is_soft:
        return True
    return has_pilot(radio, place_of(state, row), False)


@kernel(inline=True)
def _is_free(state: int, cell: int, time_s: float) -> bool:
    """Say whether a cell has a signalling channel free, and count when not."""
    messages = messages_of(state)
    is_up = servers_of(state).groups[cell].capacity > 0
    is_left = messages.cells[cell].busy.value < messages.rules[0].n_signalling
    if is_up and is_left and has_channel(state, cell):
        return True
    if 0.0 <= time_s < clockwork_of(state).rules[0].window_s:
        messages.cells[cell].n_refused += 1
    return False


@kernel(inline=True)
def _change_busy(state: int, cell: int, time_s: float, by: int) -> None:
    """Let more or fewer signalling channels of a cell be busy."""
    window_s = clockwork_of(state).rules[0].window_s
    change(messages_of(state).cells[cell].busy, by, time_s, window_s)
    registrations = registrations_of(state)
    if registrations.rules[0].is_on:
        registrations.cells[cell].n_messages += by


@kernel
def _end(state: int, message: int, time_s: float, outcome: int) -> None:
    """Write the row of a message, whose place is free afterwards."""
    messages = messages_of(state)
    record = messages.message_row[message]
    record.outcome, record.end_s = outcome, time_s
    put_row(messages.ended, record)
    give_place(messages.free, message)
