"""
A small country written out by hand, for kernels of calls that run as plain Python (NUMBA_DISABLE_JIT=1).

Two mobile networks, A and B, and a fixed one in two provinces. Each mobile network has a cell in each province. A and
B are joined to each other and to the transit exchange T; the exchanges L and M hang on T by a single trunk group.
"""

import math
from types import SimpleNamespace

import numpy as np

from sim import streams
from sim.engine.rooms import Layout, State, make_room
from sim.engine.wheel import NONE, Wheel, first_due, make_wheel, take, wheel_of
from sim.network.clockwork import Clockwork, RunRules, with_intents
from sim.network.data.state import Data
from sim.network.kinds import Intent, Kind, Owner, Pending
from sim.network.lines import Line, Lines
from sim.network.messages.state import Messages
from sim.network.radio.state import Radio
from sim.network.registrations.state import Registrations
from sim.network.servers import Group, Servers
from sim.network.subjects import LAYOUT
from sim.network.trunks.fixed_lines import FixedLines
from sim.network.trunks.ways import MAX_WAY, Choice, Trunks
from sim.network.voice.attempts import on_fixed_redial, on_intent, on_redial, on_source_call
from sim.network.voice.calls import on_answer, on_release, write_shed_row
from sim.network.voice.state import N_AHEAD, Calls, Source, VoiceRules
from sim.streams import exponential_quantile, uniform, uniform_pair
from sim.traffic.calls import REDIAL_SHIFT, Intents
from sim.traffic.durations import EXPONENTIAL
from tests.kernels.standing import nobody_moves

WINDOW_S = 3600.0
KEY = 5, 3
NETWORK_A, NETWORK_B, FIXED = range(3)
A, B, T, L, M = range(5)
"""Nodes."""

A_B, A_T, B_T, L_T, M_T = range(5)
"""Trunk groups."""

N_CELLS = 4
CELL_OF = {(NETWORK_A, 0): 0, (NETWORK_A, 1): 1, (NETWORK_B, 0): 2, (NETWORK_B, 1): 3}
FIRST_ROW = [[0, 3, 5], [5, 6, 8]]
"""Lines of A: rows 0 to 2 and 3 and 4; of B: row 5, and 6 and 7."""

FIRST_ID = 100
N_LINES = 8
SHARES = [[0.4, 0.7, 1.0], [0.3, 0.7, 1.0]]
EXCHANGE_LINES = {T: 10, L: 30, M: 20}

RULES = {
    "law": EXPONENTIAL, "a": 120.0, "p_answer": 0.7, "ring_mean_s": 10.0, "timeout_s": 30.0,
    "patience_mean_s": 40.0, "same_province_share": 0.5, "p_phone_off": 0.2,
    "redial_probability": 0.0, "redial_delay_mean_s": 60.0, "max_redials": 2, "toll_share": 0.3,
    "mobile_share": 0.5, "p_fixed_busy": 0.2,
}  # fmt: skip

HANDLERS = {
    Kind.RELEASE_OF_SOURCE: on_release,
    Kind.RELEASE: on_release,
    Kind.ANSWER: on_answer,
    Kind.REDIAL: on_redial,
    Kind.REDIAL_OF_FIXED: on_fixed_redial,
}
ON_INTENT = {
    Intent.OF_A_SOURCE: on_source_call,
    Intent.OF_A_SUBSCRIBER: on_intent,
    Intent.OF_A_FIXED_LINE: on_intent,
}


def rows_of(kind, n=1, **fields):
    rows = kind.new(n)
    for name, value in fields.items():
        rows[name] = value
    return rows


def choices_of(states):
    """Return the first choice of each state, and all choices (group, next state, whether the first) in a row."""
    first = np.cumsum([0, *(len(choices) for choices in states)], dtype=np.int32)
    flat = [choice for choices in states for choice in choices]
    return first, np.array(flat, Choice.dtype)


STATES = [
    [(A_B, -1, 1), (A_T, 1, 0)],  # 0: at A, to B
    [(B_T, -1, 1)],  # 1: at T, from A to B
    [(A_T, -1, 1), (A_B, 3, 0)],  # 2: at A, to T
    [(B_T, -1, 1)],  # 3: at B, from A to T
    [(A_B, -1, 1), (B_T, 5, 0)],  # 4: at B, to A
    [(A_T, -1, 1)],  # 5: at T, from B to A
    [(B_T, -1, 1)],  # 6: at B, to T
    [(A_T, -1, 1)],  # 7: at T, to A
    [(B_T, -1, 1)],  # 8: at T, to B
]
START = [[-1, 0, 2], [4, -1, 6], [7, 8, -1]]


def trunks(states=STATES, **arrays):
    first, choice = choices_of(states)
    given = {
        "only_group": [-1, -1, -1, L_T, M_T], "core": [0, 1, 2, 2, 2], "start": START,
        "is_manual": [0] * 5, "has_manual": np.zeros((3, 3)), "mode": np.zeros((3, 3)),
        "talk_factor": np.ones((3, 3)), "avoidance": np.zeros((3, 3)), **arrays,
    }  # fmt: skip
    types = {"only_group": "i4", "core": "i4", "start": "i4", "is_manual": "u1", "has_manual": "u1",
             "mode": "u1", "talk_factor": "f8", "avoidance": "f8"}  # fmt: skip
    return make_room(
        Trunks, {"hop": MAX_WAY}, first_choice=first, choice=choice,
        **{name: np.array(value, types[name]) for name, value in given.items()},
    )  # fmt: skip


def fixed_lines():
    return FixedLines(
        node=np.array(list(EXCHANGE_LINES), np.int32),
        n_before=np.cumsum([0, *EXCHANGE_LINES.values()]),
        first=np.array([0, 1, 3], np.int32),
        province_idx=np.array([255, 255, 0, 1, 1], np.uint8),
        network_share=np.array([0.6, 1.0]),
    )


def lines():
    rows = rows_of(Line, N_LINES, subscriber_id=FIRST_ID + np.arange(N_LINES))
    for network, firsts in enumerate(FIRST_ROW):
        for province in range(2):
            run = slice(firsts[province], firsts[province + 1])
            rows["network_idx"][run], rows["province_idx"][run] = network, province
            rows["cell_idx"][run] = CELL_OF[network, province]
    rows["class_idx"] = np.arange(N_LINES) % 3
    return make_room(
        Lines,
        {"line": N_LINES},
        lines=rows,
        row_by_id=np.arange(N_LINES, dtype=np.int32),
        first_row=np.array(FIRST_ROW),
    )


class Draws:
    """All that is drawn of an attempt, straight from the streams."""

    def __init__(self, entity, root, redial=0):
        address = root + (redial << REDIAL_SHIFT)
        self.root, self.address = root, address
        self.to, self.near = uniform_pair(*KEY, streams.STREAM_DESTINATION, entity, root)
        self.callee, self.line = uniform_pair(*KEY, streams.STREAM_CALLEE, entity, root)
        self.off = uniform(*KEY, streams.STREAM_PHONE_OFF, entity, address)
        self.fixed_busy = uniform(*KEY, streams.STREAM_FIXED_BUSY, entity, address)
        self.answers, ring = uniform_pair(*KEY, streams.STREAM_RINGING, entity, address)
        self.ring_s = 10.0 * exponential_quantile(ring)
        patience = uniform(*KEY, streams.STREAM_PATIENCE, entity, address)
        self.patience_s = 40.0 * exponential_quantile(patience)
        talk = uniform(*KEY, streams.STREAM_DURATION, entity, address)
        self.talk_s = 120.0 * exponential_quantile(talk)
        self.redials, delay = uniform_pair(*KEY, streams.STREAM_REDIAL, entity, address)
        self.delay_s = 60.0 * exponential_quantile(delay)
        self.of_line = uniform(*KEY, streams.STREAM_LINE, entity, address)

    @property
    def is_answered(self):
        return self.answers < 0.7 and self.ring_s <= self.patience_s and self.ring_s <= 30.0


def find(entity, wanted, redial=0, begin=1):
    """Return the draws at the first address at which they do what is wanted."""
    for root in range(begin, begin + 3000):
        draws = Draws(entity, root, redial)
        if wanted(draws):
            return draws
    message = f"no address of {entity} does what is wanted"
    raise LookupError(message)


def to_b(draws):
    """Whether a subscriber of A calls B, near, and the phone is on and answered: in province 0 that is row 5."""
    is_there = draws.near < 0.5 and draws.off >= 0.2
    return 0.4 <= draws.to < 0.7 and is_there and draws.is_answered


def to_a(draws):
    """Whether a subscriber of A calls A, near, and the phone is on and answered."""
    return draws.to < 0.4 and draws.near < 0.5 and draws.off >= 0.2 and draws.is_answered


def to_fixed(draws):
    """Whether a subscriber calls a fixed line, near, that is not engaged, and somebody answers."""
    is_there = draws.near < 0.5 and draws.fixed_busy >= 0.2
    return draws.to >= 0.7 and is_there and draws.is_answered


def source(first, second, *more):
    """A row of a source with the network and the province of its first cell."""
    where = next((at for at, cell in CELL_OF.items() if cell == first), (0, 0))
    return first, second, *where, *more


class Country:
    """The state of a country, its events, and what has to be looked at."""

    def __init__(
        self, capacity=10, radio=None, sources=(), scale=1.0, n_calls=8, n_rows=64, **rules
    ):
        clockwork = make_room(
            Clockwork,
            {"one": 1, "event_kind": len(Kind), "intent_kind": len(Intent),
             "owner_kind": len(Owner), "pending_kind": len(Pending)},
            rules=rows_of(
                RunRules, seed=KEY[0], replication=KEY[1], window_s=WINDOW_S, scale=scale,
                n_cells=N_CELLS, n_networks=2,
            ),
        )  # fmt: skip
        groups = rows_of(Group, N_CELLS + 5, capacity=capacity)
        groups["network_idx"], groups["province_idx"] = 255, 255
        for (network, province), cell in CELL_OF.items():
            groups["network_idx"][cell], groups["province_idx"][cell] = network, province
        one_of_each = {"one": 1, "flow": 4, "message": 4, "row": 16}
        self.state = State(
            Layout(*LAYOUT.rooms),
            make_wheel(0.0, 1.0, 64, 64),
            clockwork,
            lines(),
            make_room(Servers, {}, groups=groups),
            make_room(
                Calls,
                {"ahead": N_AHEAD + 1, "call": n_calls, "hop": MAX_WAY, "count": 3, "network": 3,
                 "province": 2, "row": n_rows},
                rules=rows_of(VoiceRules, **(RULES | rules)),
                sources=np.array([source(*one) for one in sources], Source.dtype),
                destination_share=np.array(SHARES),
            ),
            trunks(),
            fixed_lines(),
            make_room(Radio, {"one": 1, "phone": 16}) if radio is None else radio,
            make_room(Data, one_of_each),
            make_room(Messages, one_of_each),
            make_room(Registrations, one_of_each),
            nobody_moves(),
        )  # fmt: skip
        self.state.check()
        self.at = self.state.address

    @property
    def calls(self):
        return self.state[Calls]

    @property
    def lines(self):
        return self.state[Lines]

    @property
    def trunks(self):
        return self.state[Trunks]

    @property
    def groups(self):
        return self.state[Servers].groups

    @property
    def clockwork(self):
        return self.state[Clockwork]

    @property
    def cursor(self):
        return self.state[Clockwork].cursor[0]

    @property
    def rows(self):
        """The rows of attempts that have been written."""
        ended = self.calls.ended
        return ended.rows[: ended.n[0]]

    @property
    def busy(self):
        """Busy channels of the four cells, and busy circuits of the five trunk groups."""
        n_busy = self.groups["n_busy"].tolist()
        return n_busy[:N_CELLS], n_busy[N_CELLS:]

    def give(self, *intents):
        """Give intents (time, kind, row, address) in their order."""
        columns = list(zip(*intents, strict=True))
        types = np.float64, np.uint8, np.int32, np.int64
        arrays = [np.array(column, dtype) for column, dtype in zip(columns, types, strict=True)]
        self.state.put(with_intents(self.clockwork, Intents(*arrays)))

    def intend(self, time_s, row, address, kind=Intent.OF_A_SUBSCRIBER):
        """Let a single intent happen."""
        self.give((time_s, kind, row, address))
        self.cursor["intent"] = 1
        ON_INTENT[kind](self.at, time_s, row, address)

    def take_event(self, before_s=math.inf):
        """Take the next event, as (time, kind, entity, address, payload); None when none is due before a time."""
        wheel = wheel_of(self.at)
        node = first_due(wheel, before_s)
        if node == NONE:
            return None
        event = wheel.nodes[node]
        found = event.time_s, Kind(event.kind), event.entity, event.address, event.payload
        take(wheel, node)
        return found

    def step(self, before_s=math.inf):
        """Let the next event happen; return it."""
        event = self.take_event(before_s)
        if event is not None:
            time_s, kind, _, address, payload = event
            HANDLERS[kind](self.at, time_s, payload, address)
        return event

    def run(self, before_s=math.inf):
        """Let all events before a time happen, rows that wait first."""
        events = []
        self.write_pending()
        while (event := self.step(before_s)) is not None:
            events.append(event)
            self.write_pending()
        return events

    def write_pending(self):
        while self.clockwork.n_pending[Pending.SHED_CALL]:
            write_shed_row(self.at, 0.0, 0, 0)

    def require_idle(self):
        """Nobody holds anything, and nothing is to come."""
        assert self.state[Wheel].hand["n_events"][0] == 0
        assert self.cursor["n_open"] == 0
        assert self.cursor["n_pending"] == 0
        assert not self.lines.n_calls.any()
        assert not self.groups["n_busy"].any()
        assert self.calls.free[0] == len(self.calls.calls)
        assert self.state[Radio].free[0] == len(self.state[Radio].phones)
        assert (self.state[Radio].phones["owner"] == -1).all()


def told(one):
    """Return a row of attempts as an object with plain numbers."""
    return SimpleNamespace(**{name: one[name].tolist() for name in one.dtype.names})
