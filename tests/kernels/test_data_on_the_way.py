"""Flows over HSDPA whose phones are on their way, as plain Python: which cell serves them, and when they are cut."""

import math

import pytest

from sim.compilation.kernels import IS_PLAIN, handler_address

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.clockwork import Clockwork
from sim.network.data import on_the_way
from sim.network.data.state import Data
from sim.network.kinds import Notice
from sim.network.movement import journeys, steps
from sim.network.movement.state import Movement, movement_of
from sim.network.radio.state import Radio
from sim.network.servers import Servers
from sim.tables import FlowOutcome, Refusal
from sim.tables.movement import DONE, HARD
from tests.kernels.data_states import data
from tests.kernels.test_movement_legs import Way

SIZE_BIT, RATE_BPS = 8e6, 1e6


class Served:
    """A flow that cell 0 serves, and where its phone goes."""

    def __init__(self, **rules):
        way = Way(**rules)
        self.state, self.at = way.state, way.at
        self.state.put(data(3))
        on_notice = self.state[Clockwork].on_notice
        on_notice[Notice.FLOW_HEARS_OTHERS] = handler_address(on_the_way.on_renew)
        on_notice[Notice.FLOW_IS_LOST] = handler_address(on_the_way.on_lost)
        self.state[Servers].groups["capacity"][:3] = 100
        room = self.state[Data]
        self.flow = int(room.free[2 + room.free[0] - 1])
        room.free[0] -= 1
        one, cell = room.flows[self.flow], room.cells[0]
        one["residual_bit"], one["rate_bps"], one["alone_bps"] = SIZE_BIT, RATE_BPS, RATE_BPS
        one["peak_bps"], one["weight"], one["category"] = math.inf, 1.0, 6
        one["place"], one["line"], one["phone"], one["before"], one["after"] = 0, -1, -1, -1, -1
        room.flow_row["size_bit"][self.flow] = SIZE_BIT
        cell["first_flow"], cell["n_served"] = self.flow, 1
        cell["flows"]["value"] = 1.0
        for name in ("flows", "active", "sent_bps"):
            room.cells[name]["last_s"] = 0.0
        self.mover = journeys._new_mover(movement_of(self.at), 4, 9 + (2 << 60))
        movers = self.state[Movement].movers
        movers["flow"][self.mover], movers["cell"][self.mover] = self.flow, 0
        movers["trigger_s"][self.mover] = 0.5
        one["mover"] = self.mover

    def come_into(self, square, time_s):
        """Let the phone be in a square, or look again in it; return what was written."""
        movement = self.state[Movement]
        movement.movers["square"][self.mover] = square
        n = int(movement.handovers.n[0])
        steps.renew(self.at, time_s, self.mover)
        rows = movement.handovers.rows[n : movement.handovers.n[0]]
        return [
            (int(row["kind"]), int(row["from_idx"]), int(row["to_idx"]), int(row["refusal"]))
            for row in rows
        ]

    @property
    def n_flows(self):
        return self.state[Data].cells["flows"]["value"].tolist()

    @property
    def first_heard(self):
        return int(self.state[Radio].cell[self.state[Data].flows["place"][self.flow], 0])


def test_another_cell_serves_a_flow_after_trigger_and_change():
    one = Served()
    assert one.come_into(1, 2.0) == []
    assert (one.n_flows, one.first_heard) == ([1.0, 0.0, 0.0], 0)
    assert one.come_into(1, 2.5) == [(HARD, 0, 1, DONE)]
    assert (one.n_flows, one.first_heard) == ([0.0, 1.0, 0.0], 1)
    # Half of what the phone was sent before is through; the rest goes on in the other cell.
    assert one.state[Data].flows["residual_bit"][one.flow] == SIZE_BIT - 2.5 * RATE_BPS
    assert one.state[Data].flows["rate_bps"][one.flow] > 0.0
    assert int(one.state[Movement].handovers.rows["side"][0]) == 2


def test_a_cell_that_is_full_refuses_and_the_flow_stays():
    one = Served()
    one.state[Data].cells["flows"]["value"][1] = one.state[Data].rules["max_flows"][0]
    one.come_into(1, 2.0)
    assert one.come_into(1, 2.5) == [(HARD, 0, 1, Refusal.CHANNEL)]
    assert one.n_flows[0] == 1.0
    one.state[Data].cells["flows"]["value"][1] = 0.0
    assert one.come_into(3, 3.0) == []  # other cells are as strong as its own and a little
    assert one.first_heard == 0


def test_a_flow_that_hears_its_cell_no_more_is_cut_in_the_end():
    one = Served()
    assert one.come_into(-1, 1.0) == []
    assert one.n_flows[0] == 1.0
    one.come_into(-1, 4.9)
    assert one.n_flows[0] == 1.0
    one.come_into(-1, 5.0)  # after `lost_after_s`
    assert one.n_flows[0] == 0.0
    assert one.state[Data].flow_row["outcome"][one.flow] == FlowOutcome.CUT_NO_COVERAGE
    assert one.state[Data].flow_row["carried_bit"][one.flow] == 5.0 * RATE_BPS
    assert one.state[Movement].totals["n_dropped"].tolist() == [1]
    assert int(one.state[Movement].movers["flow"][one.mover]) == -1
