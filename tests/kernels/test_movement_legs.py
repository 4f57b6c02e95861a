"""Soft handover as plain Python: which legs a phone takes, gives up and replaces, and that all sums stay right."""

import math

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN, handler_address

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.engine.wheel import NONE, first_due, wheel_of
from sim.network.clockwork import Clockwork
from sim.network.kinds import Kind, Notice
from sim.network.movement import journeys, steps
from sim.network.movement.state import CellQueue, Movement, MovementRules, movement_of
from sim.network.radio.phones import connect, disconnect
from sim.network.radio.state import Radio
from sim.network.servers import Servers
from sim.tables import Refusal
from sim.tables.movement import ADDED, BEST, DONE, REPLACED
from tests.kernels.radio_by_hand import (
    owned,
    require_idle,
    require_sums,
    service,
    soft_state,
    watch_shedding,
)
from tests.kernels.standing import nobody_moves

PILOT_DBM = 33.0
SQUARES = (
    {0: -80.0, 1: -90.0, 2: -95.0},
    {1: -80.0, 0: -82.0, 2: -90.0},
    {2: -80.0, 1: -84.0, 0: -100.0},
    {2: -80.0, 0: -81.0, 1: -82.0},
)
"""What is heard in each square, by cell [dBm]."""

RULES = {
    "is_on": 1, "hysteresis_cdb": 100, "add_cdb": 300, "margin_cdb": 200, "reach_cdb": 1200,
    "trigger_s": 0.0, "lost_after_s": 4.0, "max_legs": 2, "min_loss_db": 70.0, "n_squares": 4,
    "n_blocks": 1,
}  # fmt: skip


class Way:
    """A phone with one leg, in cell 0, and where it goes."""

    def __init__(self, **rules):
        losses_db = [[PILOT_DBM - SQUARES[0][cell] for cell in range(3)]] * 4
        self.state = soft_state(losses_db, [service()], n_legs=2)
        radio = self.state[Radio]
        radio.info["n_tried"][0] = 1
        heard_cell = np.array([list(square) for square in SQUARES], np.int32)
        heard_cdbm = np.array([list(square.values()) for square in SQUARES]) * 100
        self.state.put(
            radio._replace(
                heard_cell=heard_cell,
                heard_cdbm=heard_cdbm.astype(np.int16),
                n_serving=np.full(len(SQUARES), 3, np.uint8),
            )
        )
        given, cells = MovementRules.new(1), CellQueue.new(3)
        for name, value in {**RULES, **rules}.items():
            given[name] = value
        cells["pilot_dbm"] = PILOT_DBM
        self.state.put(nobody_moves(rules=given, cells=cells))
        self.at, self.told = self.state.address, watch_shedding(self.state)
        self.state[Movement].own_place[:] = 2
        told = handler_address(steps.on_disconnected)
        self.state[Clockwork].on_notice[Notice.DISCONNECTED_ON_ITS_WAY] = told
        self.phone = owned(self.state, connect(self.at, 0.0, 0, 0, 0, 0), 5)
        self.mover = journeys._new_mover(movement_of(self.at), 4, 7)
        journeys._bind(self.at, self.mover, self.phone)

    def come_into(self, square, time_s):
        """Let the phone be in a square; return its legs, the strongest first, and what was written."""
        movement = movement_of(self.at)
        movement.movers[self.mover].square = square
        n = int(movement.handovers.n[0])
        steps.renew(self.at, time_s, self.mover)
        require_sums(self.state)
        rows = movement.handovers.rows[n : movement.handovers.n[0]]
        written = [(int(row["kind"]), int(row["to_idx"]), int(row["refusal"])) for row in rows]
        return self.legs(), written

    def legs(self):
        radio = self.state[Radio]
        row = radio.phones[self.phone]
        return radio.cell[row["place"], row["rank"][: row["n_legs"]]].tolist()

    @property
    def n_busy(self):
        return self.state[Servers].groups["n_busy"].tolist()


def test_legs_are_added_and_given_up_and_the_strongest_counts_the_phone():
    one = Way()
    assert one.come_into(0, 1.0) == ([0], [])
    assert one.n_busy == [1, 0, 0]
    assert one.come_into(1, 2.0) == ([1, 0], [(ADDED, 1, DONE), (BEST, 1, DONE)])
    assert one.n_busy == [0, 1, 0]
    # Cell 0 is out of reach; cell 1 is 4 dB weaker, which is less than the window and the margin.
    assert one.come_into(2, 3.0) == ([2, 1], [(ADDED, 2, DONE), (BEST, 2, DONE)])
    # Cell 2 is out of reach, cell 1 the last leg, which is not given up but at the next look.
    assert one.come_into(0, 4.0) == ([0, 1], [(ADDED, 0, DONE), (BEST, 0, DONE)])
    assert one.come_into(0, 5.0) == ([0], [])
    disconnect(one.at, 6.0, one.phone)
    require_idle(one.state)
    assert one.state[Movement].totals["n_movers"].tolist() == [1]


def test_the_weakest_leg_makes_place_for_a_stronger_cell():
    one = Way()
    one.come_into(1, 1.0)
    assert one.come_into(3, 2.0) == ([2, 0], [(REPLACED, 2, DONE), (BEST, 2, DONE)])
    one = Way(hysteresis_cdb=201)
    one.come_into(1, 1.0)
    assert one.come_into(3, 2.0) == ([0, 1], [(BEST, 0, DONE)])


def test_a_leg_that_is_refused_leaves_the_phone_with_what_it_has():
    one = Way()
    sites = one.state[Radio].sites
    n_elements = sites["n_elements"].copy()
    sites["n_elements"][1] = 0
    assert one.come_into(1, 1.0) == ([0], [(ADDED, 1, Refusal.CHANNEL_ELEMENT)])
    sites["n_elements"][:] = n_elements
    one.come_into(1, 2.0)
    sites["n_elements"][2] = 0
    assert one.come_into(3, 3.0) == (
        [0, 1],
        [(REPLACED, 2, Refusal.CHANNEL_ELEMENT), (BEST, 0, DONE)],
    )


def test_a_cell_is_added_when_it_has_been_strong_for_long_enough():
    one = Way(trigger_s=2.0)
    assert one.come_into(1, 1.0) == ([0], [])
    wheel = wheel_of(one.at)
    node = first_due(wheel, math.inf)
    assert node != NONE
    assert (wheel.nodes[node].time_s, wheel.nodes[node].kind) == (3.0, Kind.LOOK)
    steps.on_look(one.at, 3.0, one.mover, int(movement_of(one.at).movers[one.mover].look_id))
    assert one.legs() == [1, 0]


def test_a_phone_that_comes_out_of_the_region_keeps_what_it_has_until_it_is_lost():
    one = Way()
    one.come_into(1, 1.0)
    assert one.come_into(-1, 2.0) == ([1, 0], [])
    assert one.come_into(-1, 5.0) == ([1, 0], [])
    assert one.told == []
    movement_of(one.at).movers[one.mover].square = -1
    steps.renew(one.at, 6.0, one.mover)
    assert one.told == [(5, 0, Refusal.NO_COVERAGE)]
    require_idle(one.state)
    assert one.state[Movement].totals["n_dropped"].tolist() == [1]


def test_a_phone_of_which_no_leg_is_left_takes_at_once_what_there_is():
    one = Way(trigger_s=60.0)
    assert one.come_into(2, 1.0) == ([2], [(ADDED, 2, DONE), (BEST, 2, DONE)])
    assert one.n_busy == [0, 0, 1]
