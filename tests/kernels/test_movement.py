"""Phones on their way as plain Python: the ground that they cross, bends, stays in cells, waiting for a channel."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN, handler_address

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.engine.rooms import Layout, State, make_room
from sim.engine.wheel import NONE, Wheel, first_due, make_wheel, take, wheel_of
from sim.network.clockwork import Clockwork, RunRules
from sim.network.kinds import Kind, Notice
from sim.network.lines import Line as LineOfNetwork
from sim.network.lines import Lines
from sim.network.movement import dwelling, journeys, steps, way
from sim.network.movement.channels import on_channel_free
from sim.network.movement.handover import await_channel
from sim.network.movement.state import (
    ACROSS_X,
    ACROSS_Y,
    ALONG,
    DWELLING,
    PIECE_END,
    STRAIGHT,
    CellQueue,
    Dwell,
    Line,
    Mode,
    Movement,
    MovementRules,
    Point,
    Ride,
    leave_queue,
    movement_of,
)
from sim.network.radio.phones import connect, disconnect, own
from sim.network.radio.state import Radio
from sim.network.servers import ORIGINATING, Group, Servers
from sim.streams import STREAM_DWELL, STREAM_DWELL_CELL, exponential_quantile, uniform, uniform_pair
from sim.tables import Refusal
from sim.tables.movement import DONE, HARD
from tests.kernels.standing import nobody_moves

SEED, REPLICATION, WINDOW_S, SIDE_M = 3, 1, 1e6, 100.0
N_ROWS, N_COLS = 3, 4
HANDLERS = {
    Kind.STEP: steps.on_step,
    Kind.LOOK: steps.on_look,
    Kind.CHANNEL_FREE: on_channel_free,
}


def rows_of(kind, n=1, **fields):
    rows = kind.new(n)
    for name, value in fields.items():
        rows[name] = value
    return rows


class Ground:
    """Three rows of four squares of 100 m, the last of which is outside; what is heard in each; cells with channels."""

    def __init__(self, heard=((0, -80.0), (1, -90.0)), capacity=(5, 5, 5), **more):
        rules = {
            "is_on": 1, "hysteresis_cdb": 300, "trigger_s": 0.0, "lost_after_s": 4.0,
            "max_waiting": 0, "max_legs": 2, "side_m": SIDE_M, "y_max_m": N_ROWS * SIDE_M,
            "n_squares": 11, "n_parts": 2, "n_blocks": 1, **more.pop("rules", {}),
        }  # fmt: skip
        square_at = np.arange(12, dtype=np.int32).reshape(N_ROWS, N_COLS)
        square_at[2, 3] = -1
        clockwork = make_room(
            Clockwork,
            {"one": 1, "event_kind": 64, "intent_kind": 8, "owner_kind": 4, "pending_kind": 4,
             "notice_kind": 8},
            rules=rows_of(RunRules, seed=SEED, replication=REPLICATION, window_s=WINDOW_S,
                          n_cells=len(capacity), n_networks=1),
        )  # fmt: skip
        n = len(heard)
        cells, powers = zip(*heard, strict=True)
        radio = make_room(Radio, {"one": 1, "phone": 16})._replace(
            heard_cell=np.tile(np.array(cells, np.int32), (11, 1)),
            heard_cdbm=np.tile(np.array(powers) * 100, (11, 1)).astype(np.int16),
            n_serving=np.full(11, n, np.uint8),
        )
        self.state = State(
            Layout(Wheel, Clockwork, Lines, Servers, Radio, Movement),
            make_wheel(0.0, 1.0, 64, 64),
            clockwork,
            make_room(Lines, {"line": 1}, lines=rows_of(LineOfNetwork)),
            make_room(Servers, {}, groups=rows_of(Group, len(capacity), capacity=capacity)),
            radio,
            nobody_moves(
                rules=rows_of(MovementRules, **rules),
                cells=CellQueue.new(len(capacity)),
                square_at=square_at,
                square_row=np.arange(11, dtype=np.int32) // N_COLS,
                square_col=np.arange(11, dtype=np.int32) % N_COLS,
                corridor_line=np.full(11, -1, np.int32),
                corridor_run_m=np.zeros(11),
                divided=np.array([5], np.int32),
                **more,
            ),
        )
        self.at = self.state.address
        clockwork.on_notice[Notice.DISCONNECTED_ON_ITS_WAY] = handler_address(steps.on_disconnected)
        clockwork.on_shed[:] = handler_address(self.on_shed)
        self.shed = []

    def on_shed(self, state, time_s, phone, cause):
        self.shed.append((time_s, phone, cause))
        disconnect(state, time_s, phone)

    @property
    def movement(self):
        return movement_of(self.at)

    def phone(self, cell=0, time_s=0.0, address=7):
        """A phone of a call that holds a channel of a cell."""
        phone = connect(self.at, time_s, ORIGINATING, cell, -1, 0)
        assert phone >= 0
        own(self.at, phone, 0, 0, 4, address, 0, True)
        return phone

    def straight(self, x_m, y_m, vx_m_s, vy_m_s, phone=None):
        """A phone that goes straight on from a point; with a call if it has a phone on the radio."""
        mover = journeys._new_mover(self.movement, 4, 7)
        one = self.movement.movers[mover]
        way.put_at(self.movement, one, x_m, y_m, 0.0)
        one["vx_m_s"], one["vy_m_s"] = vx_m_s, vy_m_s
        if phone is not None:
            journeys._bind(self.at, mover, phone)
        way.await_step(self.at, mover, 0.0)
        return mover

    def take_event(self, before_s=math.inf):
        wheel = wheel_of(self.at)
        node = first_due(wheel, before_s)
        if node == NONE:
            return None
        event = wheel.nodes[node]
        found = SimpleNamespace(
            time_s=event.time_s, kind=Kind(event.kind), payload=event.payload, address=event.address
        )
        take(wheel, node)
        return found

    def run(self, before_s):
        """Let the events before a time happen; return their times and kinds."""
        found = []
        while (event := self.take_event(before_s)) is not None:
            found.append((event.time_s, event.kind))
            HANDLERS[event.kind](self.at, event.time_s, event.payload, event.address)
        return found

    def where(self, mover):
        one = self.movement.movers[mover]
        return int(one["row"]), int(one["col"]), int(one["square"])

    def handovers(self):
        log = self.movement.handovers
        return [
            (row["time_s"], row["from_idx"], row["to_idx"], row["refusal"], row["wait_s"])
            for row in log.rows[: log.n[0]]
            if row["kind"] == HARD
        ]


# --- the ground


def walk(ground, mover, n):
    """Go over the next so many borders; return when, across what, and where the phone is then."""
    found = []
    for _ in range(n):
        event = ground.take_event()
        axis = int(ground.movement.movers[mover]["axis"])
        way.go_on(ground.movement, mover, event.time_s)
        found.append((event.time_s, axis, ground.where(mover)))
        way.await_step(ground.at, mover, event.time_s)
    return found


def test_a_phone_crosses_each_border_when_it_is_there():
    ground = Ground()
    mover = ground.straight(
        50.0, 250.0, 10.0, -4.0
    )  # in the north-western square, to the east-south-east
    assert ground.where(mover) == (0, 0, 0)
    assert walk(ground, mover, 4) == [
        (5.0, ACROSS_X, (0, 1, 1)),
        (12.5, ACROSS_Y, (1, 1, 5)),
        (15.0, ACROSS_X, (1, 2, 6)),
        (25.0, ACROSS_X, (1, 3, 7)),
    ]
    assert ground.movement.movers[mover]["n_steps"] == 4


@pytest.mark.parametrize(
    ("velocity", "time_s", "axis", "turned"),
    [
        ((0.0, 10.0), 5.0, ACROSS_Y, (0.0, -10.0)),
        ((-10.0, 0.0), 5.0, ACROSS_X, (10.0, 0.0)),
    ],
)
def test_a_phone_turns_back_where_the_region_ends_as_a_ball_does(velocity, time_s, axis, turned):
    ground = Ground()
    mover = ground.straight(50.0, 250.0, *velocity)
    assert walk(ground, mover, 1) == [(time_s, axis, (0, 0, 0))]
    one = ground.movement.movers[mover]
    assert (one["vx_m_s"], one["vy_m_s"]) == turned
    assert one["n_steps"] == 0
    # Ten seconds later it is at the other side of its square.
    assert ground.take_event().time_s == time_s + 10.0


def test_a_phone_turns_back_before_a_square_that_is_outside():
    ground = Ground()
    mover = ground.straight(350.0, 150.0, 0.0, -10.0)  # to the south, where the square is missing
    assert walk(ground, mover, 1) == [(5.0, ACROSS_Y, (1, 3, 7))]
    assert ground.movement.movers[mover]["vy_m_s"] == 10.0
    east = ground.straight(250.0, 50.0, 10.0, 0.0)
    while ground.take_event() is not None:
        pass
    way.await_step(ground.at, east, 0.0)
    assert walk(ground, east, 1) == [(5.0, ACROSS_X, (2, 2, 10))]
    assert ground.movement.movers[east]["vx_m_s"] == -10.0


def test_outside_the_raster_there_is_no_square():
    movement = Ground().movement
    assert way.square_at(movement, 2, 3) == -1
    for row, col in ((-1, 0), (0, -1), (3, 0), (0, 4)):
        assert way.square_at(movement, row, col) == -1
    assert way.square_at(movement, 1, 2) == 6


# --- lines


def bent(**more):
    """A line of 100 m to the east, and then 50 m to the north."""
    points = rows_of(Point, 3, x_m=[50, 150, 150], y_m=[150, 150, 200], run_m=[0, 100, 150])
    return Ground(lines=np.array([(0, 3)], Line.dtype), points=points, **more)


def along(ground, run_m, direction, speed_m_s=10.0):
    mover = journeys._new_mover(ground.movement, 4, 7)
    one = ground.movement.movers[mover]
    one["kind"], one["line"], one["way"], one["speed_m_s"] = ALONG, 0, direction, speed_m_s
    way.put_on_line(ground.movement, one, run_m, 0.0)
    return mover, one


@pytest.mark.parametrize(
    ("run_m", "direction", "place", "velocity", "until_s"),
    [
        (30.0, 1, (80.0, 150.0), (10.0, 0.0), 7.0),
        (30.0, -1, (80.0, 150.0), (-10.0, 0.0), 3.0),
        (120.0, 1, (150.0, 170.0), (0.0, 10.0), 3.0),
        (150.0, -1, (150.0, 200.0), (0.0, -10.0), 5.0),
    ],
)
def test_a_phone_is_put_on_its_line(run_m, direction, place, velocity, until_s):
    _, one = along(bent(), run_m, direction)
    assert (one["x_m"], one["y_m"]) == place
    assert (one["vx_m_s"], one["vy_m_s"]) == velocity
    assert one["until_s"] == pytest.approx(until_s)


def test_a_phone_takes_bends_and_turns_back_at_the_ends_of_its_line():
    ground = bent()
    mover, one = along(ground, 30.0, 1)
    way.await_step(ground.at, mover, 0.0)
    passed = [one for one in walk(ground, mover, 12) if one[1] == PIECE_END]
    assert [time_s for time_s, *_ in passed[:5]] == pytest.approx([7.0, 12.0, 17.0, 27.0, 37.0])
    assert one["n_steps"] == 12 - len(passed)


def test_a_rider_is_where_the_seat_is():
    rides = rows_of(Ride, line=0, network_idx=0, speed_m_s=10.0, length_m=50.0, departs_s=-100.0)
    ground = bent(rides=rides)
    for time_s, p_place, run_m, direction in (
        (-98.0, 0.0, 20.0, 1),
        (-80.0, 0.4, 120.0, -1),
        (-70.0, 0.0, 0.0, 1),
    ):
        mover = journeys.board(ground.at, time_s, 0, 7, p_place)
        one = ground.movement.movers[mover]
        expected = along(ground, run_m, direction)[1]
        assert (one["x_m"], one["y_m"]) == pytest.approx((expected["x_m"], expected["y_m"]))
        assert ground.movement.movers[mover]["way"] == direction
        assert journeys.place_on_board(ground.at, mover) == (0, -1)
        journeys.ride_on(ground.at, time_s, mover, -1)
    assert journeys.board(Ground().at, 0.0, 0, 7, 0.0) == -1


# --- setting out


def test_who_sets_out_is_drawn_by_the_shares_of_the_modes():
    modes = np.array([(0.3, math.log(5.0), 0.0, 0), (0.5, math.log(20.0), 0.0, 1)], Mode.dtype)
    ground = bent(modes=modes)
    ground.state.put(ground.state[Lines]._replace(spot_idx=np.array([5], np.int32)))
    ground.movement.corridor_line[5], ground.movement.corridor_run_m[5] = 0, 60.0
    kinds = {}
    for address in range(200):
        phone = ground.phone(address=address)
        journeys.set_out(ground.at, 0.0, phone, 0, 0)
        mover = ground.state[Radio].phones["mover"][phone]
        if mover >= 0:
            one = ground.movement.movers[mover]
            kinds.setdefault(int(one["kind"]), []).append(float(one["speed_m_s"]))
            if one["kind"] == STRAIGHT:
                assert 100.0 <= one["x_m"] <= 200.0
                assert 100.0 <= one["y_m"] <= 200.0
            assert int(one["square"]) == 5
        disconnect(ground.at, 1.0, phone)
        while ground.take_event() is not None:
            pass
    assert {kind: len(speeds) for kind, speeds in kinds.items()} == {
        STRAIGHT: pytest.approx(60, abs=20), ALONG: pytest.approx(40, abs=20),
    }  # fmt: skip
    assert kinds[STRAIGHT] == pytest.approx([5.0] * len(kinds[STRAIGHT]))
    assert kinds[ALONG] == pytest.approx([20.0] * len(kinds[ALONG]))
    assert ground.movement.totals["n_movers"][0] == sum(map(len, kinds.values()))


def test_a_phone_of_a_divided_square_sets_out_in_its_part_of_it():
    ground = Ground(modes=np.array([(1.0, 0.0, 0.0, 0)], Mode.dtype))
    ground.state.put(ground.state[Lines]._replace(spot_idx=np.array([11 + 3], np.int32)))
    for address in range(20):
        phone = ground.phone(address=address)
        journeys.set_out(ground.at, 0.0, phone, 0, 0)
        one = ground.movement.movers[ground.state[Radio].phones["mover"][phone]]
        assert 150.0 <= one["x_m"] <= 200.0  # the last of four parts: east and south
        assert 100.0 <= one["y_m"] <= 150.0
        disconnect(ground.at, 1.0, phone)


# --- stays


LAWS = {
    "fixed": (dwelling.FIXED, 30.0, 0.0),
    "exponential": (dwelling.EXPONENTIAL, 30.0, 0.0),
    "erlang": (dwelling.ERLANG, 10.0, 3.0),
    "lognormal": (dwelling.LOGNORMAL, math.log(30.0) - 0.125, 0.5),
}
RESIDUAL_S = {
    "fixed": 15.0,
    "exponential": 30.0,
    "erlang": 20.0,
    "lognormal": 15.0 * math.exp(0.25),
}


def dwelling_in(law, n=3):
    dwells = np.array([(*LAWS[law], 0, n)], Dwell.dtype)
    return Ground(dwells=dwells, dwell_cells=np.arange(n, dtype=np.int32))


@pytest.mark.parametrize("law", LAWS)
def test_stays_have_their_mean_and_the_first_what_is_left_of_one(law):
    ground = dwelling_in(law)
    mover = journeys._new_mover(ground.movement, 4, 0)
    one = ground.movement.movers[mover]
    one["source"] = 0
    for n_dwells, mean_s in ((0, RESIDUAL_S[law]), (2, 30.0)):
        drawn = []
        for address in range(800):
            one["index"], one["n_dwells"] = address, n_dwells
            drawn.append(dwelling.draw_dwell_s(ground.at, mover))
        error_s = np.std(drawn) / math.sqrt(len(drawn))
        assert np.mean(drawn) == pytest.approx(mean_s, abs=4.0 * error_s + 1e-9)
        assert (np.std(drawn) == 0.0) == (law == "fixed" and n_dwells > 0)


def test_stays_are_drawn_at_the_address_of_the_call_and_of_the_stay():
    ground = dwelling_in("exponential")
    mover = journeys._new_mover(ground.movement, 4, 9)
    ground.movement.movers[mover]["source"] = 0
    ground.movement.movers[mover]["n_dwells"] = 2
    u, _ = uniform_pair(SEED, REPLICATION, STREAM_DWELL, 4, 9 + ((8 * 2) << 48))
    assert dwelling.draw_dwell_s(ground.at, mover) == 30.0 * exponential_quantile(u)
    u = uniform(SEED, REPLICATION, STREAM_DWELL_CELL, 4, 9 + (2 << 48))
    assert dwelling.draw_cell(ground.at, mover, 1) == (0, 2)[int(2 * u)]


def test_a_phone_goes_to_any_other_of_its_cells():
    ground = dwelling_in("fixed")
    mover = journeys._new_mover(ground.movement, 4, 0)
    one = ground.movement.movers[mover]
    one["source"] = 0
    for cell, others in ((0, {1, 2}), (1, {0, 2}), (2, {0, 1}), (7, {0, 1, 2})):
        found = set()
        for address in range(40):
            one["index"] = address
            found.add(int(dwelling.draw_cell(ground.at, mover, cell)))
        assert found == others


def test_a_phone_that_dwells_takes_channels_until_it_finds_none():
    ground = dwelling_in("fixed", n=2)
    phone = ground.phone(cell=0)
    journeys.set_out_dwelling(ground.at, 0.0, phone, 0)
    assert ground.movement.movers[ground.state[Radio].phones["mover"][phone]]["kind"] == DWELLING
    first_s = ground.run(30.0)[0][0]
    assert 0.0 < first_s < 30.0
    assert ground.handovers() == [(first_s, 0, 1, DONE, 0.0)]
    assert ground.state[Servers].groups["n_busy"].tolist() == [0, 1, 0]
    ground.state[Servers].groups["n_busy"][0] = 5  # it is full
    ground.run(1e5)
    assert [row[2:4] for row in ground.handovers()[1:]] == [(0, Refusal.CHANNEL)]
    assert [time_s for time_s, *_ in ground.shed] == [first_s + 30.0]
    assert ground.movement.totals["n_dropped"][0] == 1


# --- cells and channels


def test_a_stronger_cell_is_taken_in_the_next_square():
    ground = Ground(heard=((1, -80.0), (0, -83.0)))
    phone = ground.phone(cell=0)
    ground.straight(50.0, 250.0, 10.0, 0.0, phone)
    ground.run(6.0)
    assert ground.handovers() == [(5.0, 0, 1, DONE, 0.0)]
    assert ground.state[Radio].phones["cell"][phone] == 1
    assert ground.state[Servers].groups["n_busy"].tolist() == [0, 1, 0]
    ground.run(16.0)  # once is enough
    assert len(ground.handovers()) == 1


def test_a_cell_that_is_not_strong_enough_is_left_alone():
    ground = Ground(heard=((1, -80.0), (0, -82.99)))
    ground.straight(50.0, 250.0, 10.0, 0.0, ground.phone(cell=0))
    ground.run(16.0)
    assert ground.handovers() == []


def test_a_cell_is_taken_when_it_has_been_strong_for_long_enough():
    ground = Ground(heard=((1, -80.0), (0, -90.0)), rules={"trigger_s": 2.0})
    ground.straight(50.0, 250.0, 10.0, 0.0, ground.phone(cell=0))
    assert ground.run(8.0) == [(5.0, Kind.STEP), (7.0, Kind.LOOK)]
    assert ground.handovers() == [(7.0, 0, 1, DONE, 0.0)]


def test_a_phone_that_is_refused_asks_again_in_the_next_square():
    ground = Ground(heard=((1, -80.0), (0, -90.0)), capacity=(5, 0, 5))
    phone = ground.phone(cell=0)
    ground.straight(50.0, 250.0, 10.0, 0.0, phone)
    ground.run(16.0)
    assert [(row[0], row[3] == DONE) for row in ground.handovers()] == [(5.0, False), (15.0, False)]
    assert ground.state[Radio].phones["cell"][phone] == 0


def test_a_phone_whose_cell_is_not_heard_is_lost_after_a_while():
    ground = Ground(heard=((1, -80.0),), capacity=(5, 0, 5))
    phone = ground.phone(cell=0)
    ground.straight(50.0, 250.0, 10.0, 0.0, phone)
    ground.run(12.0)
    assert [(time_s, of) for time_s, of, _ in ground.shed] == [(9.0, phone)]
    assert ground.movement.totals["n_movers"][0] == 1
    ground.run(1e5)  # what is still in the wheel means nothing
    assert ground.movement.totals["n_steps"][0] == 1


# --- waiting


def chain(ground, cell):
    """Phones that wait, from the first to the last, and back."""
    found, mover = [], ground.movement.cells["first"][cell]
    while mover >= 0:
        found.append(int(mover))
        mover = ground.movement.movers["waits_after"][mover]
    back, mover = [], ground.movement.cells["last"][cell]
    while mover >= 0:
        back.append(int(mover))
        mover = ground.movement.movers["waits_before"][mover]
    assert back == found[::-1]
    assert ground.movement.cells["n_waiting"][cell] == len(found)
    return found


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_who_waits_stands_in_a_row_and_may_leave_it_from_anywhere(order):
    ground = Ground()
    movers = [ground.straight(50.0, 250.0, 0.0, 1.0, ground.phone(address=k)) for k in range(3)]
    for mover in movers:
        await_channel(ground.at, 1.0, mover, 2)
    assert chain(ground, 2) == movers
    assert ground.state[Servers].groups["is_awaited"].tolist() == [0, 0, 1]
    there = list(movers)
    for k in order:
        leave_queue(ground.movement, movers[k])
        leave_queue(ground.movement, movers[k])  # nothing happens
        there.remove(movers[k])
        assert chain(ground, 2) == there


def test_a_channel_that_is_released_is_given_to_the_first_who_waits():
    rules = {"max_waiting": 2}
    ground = Ground(heard=((1, -80.0), (0, -90.0)), capacity=(5, 1, 5), rules=rules)
    holder = ground.phone(cell=1, address=1)
    phones = [ground.phone(cell=0, address=k) for k in (2, 3, 4)]
    movers = [ground.straight(50.0 - k, 250.0, 10.0, 0.0, phone) for k, phone in enumerate(phones)]
    ground.run(6.0)
    assert chain(ground, 1) == movers[:2]  # the third finds no place to wait
    assert [row[3] == DONE for row in ground.handovers()] == [False]
    disconnect(ground.at, 6.0, holder)
    assert ground.run(6.5) == [(6.0, Kind.CHANNEL_FREE)]
    assert chain(ground, 1) == movers[1:2]
    assert ground.handovers()[-1] == (6.0, 0, 1, DONE, 1.0)
    assert ground.state[Radio].phones["cell"][phones].tolist() == [1, 0, 0]
    disconnect(ground.at, 7.0, phones[1])  # whose call ends while it waits
    assert chain(ground, 1) == []
