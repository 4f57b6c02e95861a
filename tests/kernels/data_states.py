"""Small states of data and messages, written out by hand, for kernels as plain Python."""

import math

import numpy as np

from sim.compilation.kernels import handler_address
from sim.engine.rooms import Layout, State, make_room
from sim.engine.wheel import NONE, Wheel, first_due, make_wheel, take, wheel_of
from sim.network.clockwork import Clockwork, RunRules
from sim.network.data import bearers, flows, sessions
from sim.network.data.state import Bearer, Data, DataRules, Device, Source, Use
from sim.network.kinds import Kind, Owner, Pending
from sim.network.lines import Line, Lines
from sim.network.messages import steps
from sim.network.messages.state import MessageRules, Messages
from sim.network.movement.state import Movement
from sim.network.radio.state import MAX_LEGS, N_COLUMNS, PlaceInfo, Radio, RadioRules, RadioService
from sim.network.registrations import steps as registration_steps
from sim.network.registrations.state import (
    N_TRIES,
    RegisteringCell,
    RegistrationRules,
    Registrations,
)
from sim.network.servers import Group, Servers
from sim.network.voice.state import Calls
from sim.radio.hsdpa import cqi_tables, least_snrs_db
from tests.kernels.standing import nobody_moves

WINDOW_S = 1_000.0
PILOT_W, COMMON_W, MOST_W = 2.0, 4.0, 20.0
NOISE_W, GAIN = 1e-13, 1e-10
HANDLERS = {
    Kind.BEARER_END: bearers.on_bearer_end,
    Kind.FLOW_END: flows.on_flow_end,
    Kind.PAGE: sessions.on_page,
    Kind.MESSAGE_STEP: steps.on_step,
    Kind.SIGNALLING_END: registration_steps.on_end,
    Kind.REGISTRATION: registration_steps.on_registration,
}


def rows_of(kind, n=1, **fields):
    rows = kind.new(n)
    for name, value in fields.items():
        rows[name] = value
    return rows


def radio(n_cells, line_cells=()):
    """Cells that hear nobody but themselves, and in each a place whose loss is 100 dB."""
    ones = np.arange(n_cells, dtype=np.int32)
    room = make_room(
        Radio,
        {
            "one": 1, "cell": n_cells, "site": 1, "phone": 8, "place": n_cells, "heard": 1,
            "leg_heard": MAX_LEGS, "asked": 2, "leg": 8, "column": N_COLUMNS,
            "coefficient": n_cells, "cell_end": n_cells + 1, "line": 0,
        },
        rules=rows_of(
            RadioRules, phone_noise_w=NOISE_W, phone_max_w=0.25, min_ec_io=0.02,
            orthogonality=0.6, link_to_pilot=1.0, update_s=2.0, code_capacity=128,
            is_repacking=1, is_soft=1,
        ),
        # Bearers downwards of 16, 8 and 4 codes and one upwards of 4; needs that hardly matter.
        services=rows_of(
            RadioService, 4, load=1e-3, uplink_activity=0.5, need=1e-4, downlink_activity=0.5,
            n_codes=[16, 8, 4, 4], n_elements=1,
        ),
        info=rows_of(PlaceInfo, n_cells, n_heard=1, n_tried=1),
        cell=ones[:, None].copy(),
        uplink_gain=np.full((n_cells, 1), GAIN),
        downlink_gain=np.full((n_cells, 1), GAIN),
        first=np.arange(n_cells + 1, dtype=np.uint32),
        other=ones.astype(np.uint32),
        diagonal=ones.copy(),
        at=np.repeat(ones[:, None], MAX_LEGS, axis=1),
        uplink_at=ones[:, None].copy(),
        place_of_line=np.array(line_cells, np.int32),
        source_first=np.arange(n_cells + 1, dtype=np.int32),
        source_places=ones.copy(),
    )  # fmt: skip
    cells = room.cells
    cells["limit_w"], cells["pilot_w"], cells["common_w"] = 10 * NOISE_W, PILOT_W, COMMON_W
    room.noise_w[:], room.cap_w[:], room.most_w[:] = NOISE_W, 100 * NOISE_W, MOST_W
    room.sites["n_elements"] = 1_000
    for name in ("interference_w", "elsewhere_w"):
        getattr(room, name)[:] = NOISE_W
    for name in ("power_w", "asked_w", "present_w"):
        getattr(room, name)[:] = COMMON_W
    return room


def data(n_cells, uses=(), sources=(), **rules):
    """Flows of round robin, with HSDPA and three bearers down and one up."""
    rules = {
        "is_wanted": 1, "is_hsdpa": 1, "max_codes": 5, "max_flows": 100, "max_transmissions": 4,
        "max_stall_s": 4.0, "n_down": 3, "n_up": 1, **rules,
    }  # fmt: skip
    return make_room(
        Data,
        {"cell": n_cells, "flow": 16, "row": 16},
        rules=rows_of(DataRules, **rules),
        uses=np.array(list(uses), Use.dtype),
        sources=np.array(list(sources), Source.dtype),
        devices=np.array([(0, math.inf), (6, 1e6)], Device.dtype),
        bearers=np.array([(384e3, 64e3), (128e3, 64e3), (64e3, 64e3), (64e3, 64e3)], Bearer.dtype),
        use_share=np.ones((1, 2, len(uses))),
        class_weight=np.array([2.0]),
        least_snr_db=least_snrs_db(0.1),
        gain=np.ones(101),
        **cqi_tables()._asdict(),
    )


def messages(n_cells, n_networks=1, **rules):
    rules = {
        "is_wanted": 1, "n_signalling": 1, "transfer_s": 3.0, "submit_retry_s": 10.0,
        "max_submits": 2, "retry_s": 60.0, "validity_s": 150.0, "phone_state_s": 100.0,
        "is_during_calls": 0, **rules,
    }  # fmt: skip
    return make_room(
        Messages,
        {"cell": n_cells, "message": 8, "row": 8},
        rules=rows_of(MessageRules, **rules),
        network_share=np.tile(np.arange(1, n_networks + 1) / n_networks, (n_networks, 1)),
    )


def registrations(areas, rates_per_s, **rules):
    """Cells of these location areas, in which phones try to register so often."""
    rules = {
        "is_on": 1, "n_signalling": 2, "transfer_s": 3.0, "paging_s": 1.0, "retry_s": 10.0,
        "max_tries": 2, **rules,
    }  # fmt: skip
    n_cells = len(areas)
    cells = rows_of(RegisteringCell, n_cells, rate_per_s=rates_per_s)
    cells["area"] = n_cells + np.array(areas)
    return make_room(
        Registrations,
        {"holder": n_cells + max(areas) + 1, "network": 1, "try": N_TRIES},
        rules=rows_of(RegistrationRules, **rules),
        cells=cells,
    )


def lines(cells, devices=None):
    """Lines of one network in one province, with these first-ranked cells."""
    rows = rows_of(Line, len(cells), subscriber_id=np.arange(100, 100 + len(cells)))
    rows["cell_idx"] = cells
    rows["device_idx"] = 0 if devices is None else devices
    first_row = np.array([[0, len(cells)]])
    return make_room(
        Lines,
        {"line": len(cells)},
        lines=rows,
        row_by_id=np.arange(len(cells), dtype=np.int32),
        first_row=first_row,
    )


class Small:
    """A state of few cells, its events, and what has to be looked at."""

    def __init__(
        self,
        n_cells=1,
        line_cells=(),
        devices=None,
        data_room=None,
        message_room=None,
        idle_room=None,
    ):
        layout = Layout(
            Wheel, Clockwork, Lines, Servers, Calls, Radio, Data, Messages, Movement, Registrations
        )
        clockwork = make_room(
            Clockwork,
            {"one": 1, "event_kind": len(Kind), "owner_kind": len(Owner), "pending_kind": len(Pending)},
            rules=rows_of(
                RunRules, seed=1, replication=2, window_s=WINDOW_S, scale=1.0, n_cells=n_cells,
                n_networks=1,
            ),
        )  # fmt: skip
        clockwork.on_shed[Owner.BEARER] = handler_address(bearers.on_shed)
        self.state = State(
            layout,
            make_wheel(0.0, 1.0, 16, 64),
            clockwork,
            lines(list(line_cells), devices),
            make_room(Servers, {}, groups=rows_of(Group, n_cells, capacity=1_000)),
            make_room(Calls, {"one": 1}),
            radio(n_cells, line_cells),
            data(n_cells) if data_room is None else data_room,
            messages(n_cells) if message_room is None else message_room,
            nobody_moves(),
            make_room(Registrations, {"one": 1}) if idle_room is None else idle_room,
        )
        self.at = self.state.address

    @property
    def data(self):
        return self.state[Data]

    @property
    def radio(self):
        return self.state[Radio]

    @property
    def messages(self):
        return self.state[Messages]

    @property
    def idle(self):
        return self.state[Registrations]

    @property
    def cursor(self):
        return self.state[Clockwork].cursor[0]

    def rows(self, room=Data):
        """Return the rows that have been written."""
        ended = self.state[room].ended
        return ended.rows[: ended.n[0]]

    def take_event(self):
        """Take the next event, as (time, kind, entity, address, payload); None when there is none."""
        wheel = wheel_of(self.at)
        node = first_due(wheel, math.inf)
        if node == NONE:
            return None
        event = wheel.nodes[node]
        found = event.time_s, Kind(event.kind), event.entity, event.address, event.payload
        take(wheel, node)
        return found

    def step(self):
        """Let the next event happen; return it."""
        event = self.take_event()
        if event is not None:
            time_s, kind, _, address, payload = event
            HANDLERS[kind](self.at, time_s, payload, address)
        return event

    def run(self):
        """Let all events happen."""
        events = []
        while (event := self.step()) is not None:
            events.append(event)
        return events

    def put_flows(self, cell, *fields):
        """Put flows into a cell as if they had been there from time 0; return their places, in the order given."""
        places = []
        for one in fields:
            flow = int(self.data.free[0]) - 1
            self.data.free[0] = flow
            place = int(self.data.free[2 + flow])
            row = {"residual_bit": 1e6, "alone_bps": 1e6, "peak_bps": math.inf, "weight": 1.0,
                   "category": 6, "line": -1, "phone": -1, "mover": -1, "place": cell,
                   "stalled_s": math.nan} | one  # fmt: skip
            for name, value in row.items():
                self.data.flows[name][place] = value
            self.data.flow_row["cell_idx"][place] = cell
            self.data.flow_row["size_bit"][place] = row["residual_bit"]
            places.append(place)
        return places
