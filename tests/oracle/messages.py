"""Short messages, stored and forwarded: one process each, by the rules of docs/data.md."""

import math
from dataclasses import dataclass, fields

import numpy as np

from sim.streams import uniform, uniform_pair
from sim.tables.flows import MESSAGES
from sim.tables.outcomes import MessageOutcome
from tests.oracle.environment import INTENT_OF_MESSAGE, MESSAGE
from tests.oracle.hsdpa import in_window_s
from tests.oracle.intents import weight_of
from tests.oracle.sessions import times_of

STREAM_MESSAGE_COUNT = 51
STREAM_MESSAGE_TIME = 52
STREAM_MESSAGE_DESTINATION = 53
STREAM_MESSAGE_RECEIVER = 54
STREAM_PHONE_STATE = 55
NOBODY = 2**32 - 1


@dataclass
class Message:
    """What is known of a message; fields in the order of the table of messages."""

    time_s: float
    entity: int
    index: int
    network_idx: int
    province_idx: int
    class_idx: int
    cell_idx: int
    destination_idx: int
    receiver_id: int
    receiver_cell_idx: int
    outcome: int
    submitted_s: float
    end_s: float
    n_submits: int = 0
    n_tries: int = 0


class PlainMessages:
    """All messages of a replication, in the environment of an oracle of calls."""

    def __init__(self, oracle):
        self.oracle, self.env, self.radio = oracle, oracle.env, oracle.radio
        self.scenario, self.world, self.key = oracle.scenario, oracle.world, oracle.key
        self.rules = self.scenario.traffic.messages
        n_cells = len(self.world.cells)
        self.n_busy = [0] * n_cells
        self.sums = {"signalling_s": np.zeros(n_cells), "n_refused": np.zeros(n_cells, int)}
        self.ended = []

    def start(self):
        rate_h = self.rules.per_line_h / self.scenario.subscribers.scale
        if rate_h == 0.0:
            return
        profile = self.scenario.traffic.profile
        streams = STREAM_MESSAGE_COUNT, STREAM_MESSAGE_TIME
        for row, entity in enumerate(self.world.subscribers.subscriber_id.tolist()):
            for time_s, address in times_of(
                self.scenario, self.key, entity, lambda hour: rate_h * weight_of(profile, hour), streams, 0
            ):  # fmt: skip
                self.env.process(self.message(time_s, row, address))

    # --- signalling channels

    def has_channel(self, cell):
        """Whether a signalling channel is free; those who find none are counted."""
        has_channels = self.oracle.cells[cell].capacity > 0
        n_busy = self.n_busy[cell] + self.oracle.registrations.n_held(cell)
        if has_channels and n_busy < self.rules.n_signalling_channels:
            return True
        self.sums["n_refused"][cell] += 0.0 <= self.env.now < self.oracle.window_s
        return False

    def transfer(self, cell, message):
        begin_s = self.env.now
        self.n_busy[cell] += 1
        yield self.env.at(begin_s + self.rules.transfer_s, MESSAGE, message.entity, message.index)
        self.n_busy[cell] -= 1
        held_s = in_window_s(begin_s, self.env.now, self.oracle.window_s)
        self.sums["signalling_s"][cell] += held_s

    def is_served(self, who):
        if who.cell < 0:
            return False
        if self.radio is None:
            return True
        losses = self.radio.losses(who.at, who.spot)
        return self.radio.hears_pilot(who.cell, losses, self.radio.present_power_w())

    # --- one message

    def message(self, time_s, row, address):
        yield self.env.at(time_s, INTENT_OF_MESSAGE, self.oracle.id_of(row), address)
        sender = self.oracle.subscriber(row)
        u, p_near = uniform_pair(*self.key, STREAM_MESSAGE_DESTINATION, sender.entity, address)
        _, p_line = uniform_pair(*self.key, STREAM_MESSAGE_RECEIVER, sender.entity, address)
        network = self.destination_of(sender.network, u)
        row = self.oracle.callee_of(sender, network, STREAM_MESSAGE_RECEIVER, address, p_near)
        receiver = None if row is None else self.oracle.subscriber(row)
        message = Message(
            time_s, sender.entity, address, sender.network, sender.province, sender.class_idx, sender.cell, network,
            NOBODY if receiver is None else receiver.entity, -1 if receiver is None else receiver.cell,
            MessageOutcome.NO_RECEIVER, math.nan, time_s,
        )  # fmt: skip
        if receiver is not None:
            message.outcome = yield from self.submit(message, sender)
        if message.outcome == MessageOutcome.DELIVERED:
            message.outcome = yield from self.deliver(message, receiver, p_line)
        message.end_s = self.env.now
        self.ended.append(message)

    def destination_of(self, own, u):
        """Networks in their order, the own with its share, the others by their lines."""
        lines = [float(one.n_subscribers) for one in self.scenario.networks]
        lines[own] = 0.0
        if sum(lines) == 0.0:
            return own
        elsewhere = 1.0 - self.rules.same_network_share
        shares = [elsewhere * n / sum(lines) for n in lines]
        shares[own] = self.rules.same_network_share
        passed = 0.0
        for network, share in enumerate(shares):
            passed += share
            if u < passed:
                return network
        return max(i for i, share in enumerate(shares) if share > 0.0)

    def submit(self, message, sender):
        """Outcome of sending; DELIVERED to the message centre at first."""
        while True:
            sender = self.oracle.subscriber(sender.row)
            message.cell_idx = sender.cell
            message.n_submits += 1
            if not self.is_served(sender):
                return MessageOutcome.NO_COVERAGE
            if self.has_channel(sender.cell):
                break
            if message.n_submits >= self.rules.max_submits:
                return MessageOutcome.BLOCKED_SIGNALLING
            again_s = self.env.now + self.rules.submit_retry_s
            yield self.env.at(again_s, MESSAGE, message.entity, message.index)
        yield from self.transfer(sender.cell, message)
        message.submitted_s = self.env.now
        return MessageOutcome.DELIVERED

    def deliver(self, message, receiver, p_line):
        last_s = message.time_s + self.rules.validity_h * 3600.0
        while True:
            receiver = self.oracle.subscriber(receiver.row)
            message.receiver_cell_idx = receiver.cell
            message.n_tries += 1
            if self.can_receive(receiver, p_line):
                yield from self.transfer(receiver.cell, message)
                return MessageOutcome.DELIVERED
            again_s = self.env.now + self.rules.retry_s
            if again_s > last_s:
                yield self.env.at(max(last_s, self.env.now), MESSAGE, message.entity, message.index)
                return MessageOutcome.EXPIRED
            yield self.env.at(again_s, MESSAGE, message.entity, message.index)

    def can_receive(self, receiver, p_line):
        if self.is_off(receiver.entity) or not self.is_served(receiver):
            return False
        is_engaged = self.oracle.is_engaged(receiver.row, p_line)
        if is_engaged and not self.rules.during_calls:
            return False
        is_answered = self.has_channel(receiver.cell)
        self.oracle.registrations.page(receiver.cell, is_answered)
        return is_answered

    def is_off(self, entity):
        index = 2**40 + math.floor(self.env.now / self.rules.phone_state_s)
        u = uniform(*self.key, STREAM_PHONE_STATE, entity, index)
        return u < self.scenario.traffic.voice.p_phone_off

    # --- what is compared

    def rows(self):
        names = [one.name for one in fields(Message)]
        assert names == list(MESSAGES.names)
        return {name: np.array([getattr(one, name) for one in self.ended]) for name in names}

    def by_cell(self):
        window_s = self.oracle.window_s
        return {
            "signalling_busy": self.sums["signalling_s"] / window_s,
            "n_signalling_refused": self.sums["n_refused"],
        }
