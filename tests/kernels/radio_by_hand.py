"""Small states of the radio written out by hand, for kernels that run as plain Python (NUMBA_DISABLE_JIT=1)."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN, handler_address
from sim.engine.rooms import Layout, State, make_room
from sim.engine.wheel import Wheel, make_wheel
from sim.network.clockwork import Clockwork, RunRules
from sim.network.data.state import Data
from sim.network.kinds import Notice, Owner
from sim.network.lines import Lines
from sim.network.movement.state import Movement
from sim.network.radio.build import Bounds, make_soft_radio
from sim.network.radio.phones import disconnect, own
from sim.network.radio.places import Places, make_pattern
from sim.network.radio.state import (
    UNIT,
    Cell,
    PlaceInfo,
    Radio,
    RadioRules,
    RadioService,
    Site,
    noise_w,
)
from sim.network.servers import Group, Servers
from sim.scenario.radio_section import AdjacentChannel, Wcdma
from sim.units import CHIP_RATE_HZ, db_to_linear
from tests.kernels.standing import nobody_moves

plain_only = pytest.mark.skipif(not IS_PLAIN, reason="kernels cannot be called from Python")

WINDOW_S = 3600.0


def load_of(rate_bps, eb_n0_db, activity=1.0):
    """l of the uplink."""
    return 1.0 / (1.0 + CHIP_RATE_HZ / (db_to_linear(eb_n0_db) * rate_bps * activity))


def need_of(rate_bps, eb_n0_db, activity=1.0):
    """g of the downlink."""
    return db_to_linear(eb_n0_db) * rate_bps * activity / CHIP_RATE_HZ


def service(load=1e-9, need=1e-9, n_codes=1, n_elements=1):
    """A service that asks for next to nothing, but for what is given."""
    return (load, 1.0, need, 1.0, n_codes, n_elements)


def places_of(losses_db, n_legs):
    """A place for each row of losses, whose cells are ranked by them; infinite for a cell that is not heard."""
    losses_db = np.asarray(losses_db, float)
    rank = np.argsort(losses_db, axis=1, kind="stable")
    gain = 10.0 ** (-np.take_along_axis(losses_db, rank, axis=1) / 10.0)
    info = PlaceInfo.new(len(losses_db))
    info["n_heard"] = np.isfinite(losses_db).sum(axis=1)
    info["n_tried"] = np.minimum(n_legs, info["n_heard"])
    cell = np.where(gain > 0.0, rank, -1).astype(np.int32)
    return Places(np.arange(len(losses_db)), info, cell, gain, gain.copy())


def soft_state(losses_db, services, n_phones=64, n_legs=1, sites=None, n_elements=1000, **rules):
    """Soft capacity of cells with given losses to places; each cell is a site, but for what is given."""
    wcdma = Wcdma(active_set_size=n_legs, **rules)
    scenario = SimpleNamespace(
        radio=SimpleNamespace(wcdma=wcdma, adjacent_channel=AdjacentChannel())
    )
    n_cells = len(losses_db[0])
    cells = Cell.new(n_cells)
    cells["site_idx"] = range(n_cells) if sites is None else sites
    noise = np.full(n_cells, noise_w(wcdma.cell_noise_figure_db))
    cells["limit_w"] = noise * db_to_linear(wcdma.max_noise_rise_db)
    cells["pilot_w"] = 2.0
    cells["common_w"] = 2.0 * db_to_linear(wcdma.common_power_to_pilot_db)
    bounds = Bounds(
        noise,
        noise * db_to_linear(wcdma.uplink_cap_db),
        np.full(n_cells, 2.0 * db_to_linear(wcdma.max_power_to_pilot_db)),
    )
    site_rows = Site.new(int(cells["site_idx"].max()) + 1)
    site_rows["n_elements"] = n_elements
    places = places_of(losses_db, n_legs)
    radio = make_soft_radio(
        RadioRules.of(scenario, is_soft=True),
        np.array(services, RadioService.dtype),
        cells,
        bounds,
        site_rows,
        places,
        make_pattern(places, n_cells),
        n_phones,
        place_of_line=np.arange(len(losses_db), dtype=np.int32),
    )
    return state_of(radio, [2**31 - 1] * n_cells)


def channels_state(capacity, n_phones=16):
    """Cells that have channels."""
    return state_of(make_room(Radio, {"one": 1, "phone": n_phones}), capacity)


def state_of(radio, capacity):
    """A state around a radio: a wheel, the window, and the servers of the cells."""
    rules = RunRules.new(1)
    rules["window_s"], rules["n_networks"], rules["n_cells"] = WINDOW_S, 1, len(capacity)
    clockwork = make_room(
        Clockwork,
        {
            "one": 1,
            "event_kind": 64,
            "intent_kind": 8,
            "owner_kind": 2,
            "pending_kind": 2,
            "notice_kind": len(Notice),
        },
        rules=rules,
    )
    groups = Group.new(len(capacity))
    groups["capacity"] = capacity
    return State(
        Layout(Wheel, Clockwork, Lines, Servers, Radio, Movement, Data),
        make_wheel(0.0, 1.0, 64, 256),
        clockwork,
        make_room(Lines, {}),
        Servers(groups),
        radio,
        nobody_moves(),
        make_room(Data, {"one": 1, "flow": 1, "row": 1}),
    )


def owned(state, phone, owner, entity=0, address=0, side=0, kind=Owner.CALL, may_be_shed=True):
    """A phone that was connected, which is somebody's now."""
    assert phone >= 0
    own(state.address, phone, int(kind), owner, entity, address, side, may_be_shed)
    return phone


def watch_shedding(state):
    """Let owners release all their phones, and return the list of (owner, side, cause) that they are told."""
    told = []

    def on_shed(address, time_s, phone, cause):
        phones = state[Radio].phones
        told.append((int(phones[phone]["owner"]), int(phones[phone]["side"]), cause))
        is_its = (phones["owner"] == phones[phone]["owner"]) & (phones["cell"] >= 0)
        is_its &= phones["owner_kind"] == phones[phone]["owner_kind"]
        for other in np.flatnonzero(is_its).tolist():
            disconnect(address, time_s, other)

    state[Clockwork].on_shed[:] = handler_address(on_shed)
    return told


def dense(radio, coefficients):
    """Coefficients as a matrix in whole units."""
    n_cells = len(radio.cells)
    matrix = np.zeros((n_cells, n_cells), np.int64)
    matrix[radio.other, np.repeat(np.arange(n_cells), np.diff(radio.first))] = coefficients
    return matrix


def require_idle(state):
    """Nobody holds anything, to the last bit."""
    radio = state[Radio]
    assert radio.free[0] == len(radio.phones)
    assert (radio.phones["cell"] == -1).all()
    assert (radio.phones["n_legs"] == 0).all()
    assert not radio.uplink.any()
    assert not radio.downlink.any()
    for name in ("need", "n_codes_busy", "leaves_low", "leaves_high"):
        assert not radio.cells[name].any(), name
    assert not radio.cells["further_legs"]["value"].any()
    assert (radio.cells["first_phone"] == -1).all()
    assert not radio.sites["n_busy"].any()
    assert not state[Servers].groups["n_busy"].any()


def require_sums(state):
    """The sums that are kept are those over the phones in progress, one by one."""
    radio = state[Radio]
    n_cells = len(radio.cells)
    uplink, downlink = np.zeros((2, n_cells, n_cells), np.int64)
    need, codes, further = np.zeros((3, n_cells), np.int64)
    elements = np.zeros(len(radio.sites), np.int64)
    held = np.flatnonzero(radio.phones["n_legs"]).tolist()
    for phone in held:
        row = radio.phones[phone]
        asked = radio.services[row["service"]]
        n_heard = radio.info[row["place"]]["n_heard"]
        heard = radio.cell[row["place"], :n_heard]
        assert heard[0] == row["cell"]
        legs = heard[row["rank"][: row["n_legs"]]]
        uplink[heard, heard[0]] += radio.uplink_of[phone, :n_heard]
        for leg in legs:
            downlink[leg, heard] += radio.downlink_of[phone, :n_heard]
        need[legs] += radio.downlink_of[phone, n_heard]
        codes[legs] += asked["n_codes"]
        further[legs[1:]] += 1
        elements[np.unique(radio.cells["site_idx"][legs])] += asked["n_elements"]
    np.testing.assert_array_equal(dense(radio, radio.uplink), uplink)
    np.testing.assert_array_equal(dense(radio, radio.downlink), downlink)
    np.testing.assert_array_equal(radio.cells["need"], need)
    np.testing.assert_array_equal(radio.cells["n_codes_busy"], codes)
    np.testing.assert_array_equal(radio.cells["further_legs"]["value"], further)
    np.testing.assert_array_equal(radio.sites["n_busy"], elements)
    _require_chains(radio, held)
    _require_powers(radio, uplink, downlink, need)
    return held


def _require_chains(radio, held):
    """Each phone with legs stands in the chain of its cell, once, and the chains go both ways."""
    chained = []
    for cell in range(len(radio.cells)):
        phone, before = int(radio.cells[cell]["first_phone"]), -1
        while phone >= 0:
            row = radio.phones[phone]
            assert row["before"] == before
            assert row["cell"] == cell
            assert row["tolerance_w"] >= radio.cells[cell]["least_tolerance_w"]
            chained.append(phone)
            phone, before = int(row["after"]), phone
    assert sorted(chained) == held


def _require_powers(radio, uplink, downlink, need):
    """What is kept up to date between solutions is what the phones say at the powers of the last one."""
    for kept_w, constant_w, units, solved_w in (
        (radio.elsewhere_w, radio.noise_w, uplink, radio.interference_w),
        (radio.asked_w, radio.cells["common_w"] + need * UNIT, downlink, radio.power_w),
    ):
        others = units * UNIT * (1 - np.eye(len(units)))
        np.testing.assert_allclose(kept_w, constant_w + others @ solved_w, rtol=1e-11)
