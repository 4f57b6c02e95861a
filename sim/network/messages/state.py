"""The room of short messages: those under way, and the signalling channels that they hold (docs/data.md)."""

from typing import NamedTuple

from sim.engine.recorder import row_dtype
from sim.engine.rooms import F8, I4, I8, Integral, array, given, log, pool, row
from sim.engine.views import view
from sim.tables import MESSAGES
from sim.units import hours_to_seconds


@row
class MessageRules:
    """Parameters of messages."""

    is_wanted: I8 = given("traffic.messages.is_wanted")  # whether anybody sends messages
    n_signalling: I8 = given("traffic.messages.n_signalling_channels")  # of a cell
    transfer_s: F8 = given("traffic.messages.transfer_s")  # for which a message holds one
    submit_retry_s: F8 = given("traffic.messages.submit_retry_s")  # to the phone's next try
    max_submits: I8 = given("traffic.messages.max_submits")  # tries of the phone
    retry_s: F8 = given("traffic.messages.retry_s")  # to the message centre's next try
    validity_s: F8 = given("traffic.messages.validity_h", hours_to_seconds)
    phone_state_s: F8 = given("traffic.messages.phone_state_s")  # a phone stays off or on so long
    p_phone_off: F8 = given("traffic.voice.p_phone_off")
    is_during_calls: I8 = given("traffic.messages.during_calls")  # whether phones in a call receive
    is_lasting: I8 = 1  # whether coverage stays as it is


@row
class SignallingCell:
    """The signalling channels of a cell."""

    busy: Integral  # channels that messages hold
    n_refused: I8  # tries in the window that found none


@row
class Message:
    """A message under way."""

    p_line: F8  # which of the lines that the receiver's row stands for is meant
    sender: I4  # row of the line
    receiver: I4  # likewise, -1 for nobody
    phase: I4  # what it does next


class Messages(NamedTuple):
    """Short messages."""

    rules: array(MessageRules, "one")
    network_share: array(F8, "network", "receiving_network")  # cumulative shares of receivers
    cells: array(SignallingCell, "cell")
    messages: array(Message, "message", grows=True)
    message_row: array(row_dtype(MESSAGES), "message", grows=True)  # rows as far as they are known
    free: pool("message")
    ended: log(MESSAGES)


messages_of = view(Messages)
