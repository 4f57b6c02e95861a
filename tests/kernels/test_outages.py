"""Cells that go off the air: who is cut, which flows end, and which legs are left, as plain Python."""

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN, handler_address

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.data.flows import write_lost_flow
from sim.network.data.sessions import on_source_flow
from sim.network.kinds import Owner
from sim.network.outages.cut import _keep_other_legs, _with_silent_legs, leave_air
from sim.network.radio.phones import admit_bearer, connect, source_place
from sim.network.radio.state import Radio
from sim.network.servers import ORIGINATING, Servers
from sim.network.voice.calls import on_shed
from sim.tables import Outcome, Refusal
from sim.tables.outcomes import FlowOutcome
from tests.kernels.call_states import (
    FIRST_ID,
    NETWORK_A,
    NETWORK_B,
    Country,
    find,
    to_a,
    to_b,
)
from tests.kernels.data_states import MOST_W, Small, data
from tests.kernels.radio_by_hand import owned, require_idle, require_sums, service, soft_state
from tests.kernels.test_data import source

BEGIN_S = 10.0


def calling(wanted):
    """A country in which row 0 calls, near; and what is drawn of the call."""
    country = Country()
    country.clockwork.on_shed[Owner.CALL] = handler_address(on_shed)
    draws = find(FIRST_ID, wanted)
    country.intend(BEGIN_S, 0, draws.root)
    assert country.cursor["n_open"] == 1
    return country, draws


@pytest.mark.parametrize("is_answered", [False, True])
@pytest.mark.parametrize(
    ("network", "outcome"),
    [(NETWORK_A, Outcome.NO_COVERAGE), (NETWORK_B, Outcome.CALLEE_NO_COVERAGE)],
)
def test_calls_are_cut_by_the_station_of_either_side(network, outcome, is_answered):
    country, draws = calling(to_b)
    if is_answered:
        country.step()
    cell = {NETWORK_A: 0, NETWORK_B: 2}[network]
    assert country.busy[0][cell] == 1
    country.groups["is_off"][cell] = 1
    cut_s = BEGIN_S + draws.ring_s + (0.5 if is_answered else -0.5)
    leave_air(country.at, cut_s)
    country.write_pending()
    (row,) = country.rows
    assert row["outcome"] == (Outcome.STATION_DOWN if is_answered else outcome)
    assert row["end_s"] == cut_s
    assert np.isfinite(row["answer_s"]) == is_answered
    assert country.busy == ([0, 0, 0, 0], [0, 0, 0, 0, 0])


def test_a_call_with_both_phones_at_the_station_is_cut_once():
    country, _ = calling(to_a)
    assert country.busy[0][0] == 2
    country.groups["is_off"][0] = 1
    leave_air(country.at, BEGIN_S + 0.1)
    country.write_pending()
    assert country.rows["outcome"].tolist() == [Outcome.NO_COVERAGE]


def test_calls_elsewhere_and_those_in_the_hands_of_operators_go_on():
    country, _ = calling(to_b)
    country.groups["is_off"][[1, 3]] = 1
    leave_air(country.at, BEGIN_S + 0.1)
    assert country.cursor["n_pending"] == 0
    country.state[Radio].phones["may_be_shed"] = 0
    country.groups["is_off"][:] = 1
    leave_air(country.at, BEGIN_S + 0.2)
    assert country.cursor["n_pending"] == 0


def test_nobody_is_connected_by_a_cell_off_the_air():
    state = soft_state([(110.0, 112.0)], [service()])
    state[Servers].groups["is_off"][0] = 1
    refused = -1 - Refusal.NO_COVERAGE
    assert connect(state.address, 5.0, ORIGINATING, 0, 0, 0) == refused
    assert admit_bearer(state.address, 5.0, 0, 0, 0) == refused
    require_idle(state)
    radio = state[Radio]
    state.put(
        radio._replace(source_first=np.zeros(3, np.int32), source_places=np.zeros(0, np.int32))
    )
    assert source_place(state.address, 0, 0.5) == -1


def test_legs_in_a_cell_off_the_air_are_dropped_and_the_others_stay():
    state = soft_state(
        [(110.0, 110.5, 111.0), (111.0, 110.5, 140.0), (112.0, 140.0, 110.0)],
        [service(1e-3, 1e-3)], n_legs=3, active_set_window_db=9,
    )  # fmt: skip
    phones = [
        owned(state, connect(state.address, 1.0, ORIGINATING, cell, place, 0), place, 9 - place)
        for place, cell in ((0, 0), (1, 1), (2, 2))
    ]
    radio = state[Radio]
    before = radio.phones["n_legs"][phones].tolist()
    assert before[0] == 3
    state[Servers].groups["is_off"][0] = 1
    n = _with_silent_legs(state.address)
    # Those that cell 0 serves first are none of them; the others by entity.
    found = radio.victims[:n].tolist()
    assert phones[0] not in found
    assert found == sorted(found, key=lambda phone: int(radio.phones["entity"][phone]))
    for phone in found:
        _keep_other_legs(state.address, 2.0, phone)
    for place, phone in enumerate(phones):
        row = radio.phones[phone]
        legs = [int(radio.cell[place, row["rank"][leg]]) for leg in range(row["n_legs"])]
        assert place == 0 or 0 not in legs
        assert legs[0] == radio.cell[place, 0]
    require_sums(state)
    assert radio.cells["n_codes_busy"][0] == 1


def test_flows_over_hsdpa_are_cut_the_last_begun_first():
    small = Small(2, data_room=data(2, sources=[source(0), source(1)]))
    for number in range(2):
        on_source_flow(small.at, 0.0, 0, number)
    on_source_flow(small.at, 0.0, 1, 0)
    small.state[Servers].groups["is_off"][0] = 1
    small.radio.most_w[0] = 0.0
    leave_air(small.at, 0.25)
    assert small.radio.is_full.tolist() == [0, 1]
    assert small.radio.present_w.tolist() == [0.0, MOST_W]
    for _ in range(2):
        write_lost_flow(small.at, 0.0, 0, 0)
    rows = small.rows()
    assert rows["outcome"].tolist() == [FlowOutcome.CUT_NO_COVERAGE] * 2
    assert rows["index"].tolist() == [1, 0]
    assert (rows["carried_bit"] > 0.0).all()
    # Who asks now is refused.
    on_source_flow(small.at, 0.5, 0, 2)
    assert small.rows()["outcome"].tolist()[2:] == [FlowOutcome.REFUSED_NO_COVERAGE]
    small.run()
    assert small.rows()["outcome"].tolist()[3:] == [FlowOutcome.COMPLETED]
