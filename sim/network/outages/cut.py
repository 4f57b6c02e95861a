"""Sites that go off the air, or are back: what becomes of the phones that they serve (docs/outages.md)."""

from sim.compilation.kernels import call_handler, entry, kernel
from sim.network.clockwork import clockwork_of
from sim.network.data.sharing import go_on, share_out, work_off
from sim.network.data.state import data_of
from sim.network.data.update import cut
from sim.network.radio.admission import hold, leave, received_w
from sim.network.radio.power import power_now_w
from sim.network.radio.soft_handover import share_power
from sim.network.radio.state import Radio, radio_of
from sim.network.radio.update import sort_victims
from sim.network.servers import Servers, servers_of
from sim.tables import FlowOutcome, Refusal

_STATION_DOWN = int(Refusal.STATION_DOWN)
_CUT_NO_COVERAGE = int(FlowOutcome.CUT_NO_COVERAGE)


@entry(is_called_by_python=True)
def leave_air(state: int, time_s: float) -> None:
    """Cut what hangs on cells that are off the air now: calls and flows, then the further legs of others."""
    radio, clockwork = radio_of(state), clockwork_of(state)
    for cell in range(len(radio.present_w)):
        radio.is_due_up[cell] = 1
        radio.is_due_down[cell] = 1
        radio.present_w[cell] = power_now_w(radio, cell)
    for k in range(_served_by_silent(state)):
        phone = radio.victims[k]
        row = radio.phones[phone]
        if (
            row.cell >= 0 and row.may_be_shed
        ):  # else the other phone of its call was cut a moment ago
            call_handler(clockwork.on_shed[row.owner_kind], state, time_s, phone, _STATION_DOWN)
    _cut_flows(state, time_s)
    for k in range(_with_silent_legs(state)):
        _keep_other_legs(state, time_s, radio.victims[k])


@kernel
def _served_by_silent(state: int) -> int:
    """Put the phones whose first-ranked cell is off the air among the victims, in order; return how many."""
    radio, servers, n_victims = radio_of(state), servers_of(state), 0
    for phone in range(len(radio.phones)):
        row = radio.phones[phone]
        if row.cell >= 0 and row.may_be_shed and servers.groups[row.cell].is_off:
            radio.victims[n_victims] = phone
            n_victims += 1
    sort_victims(radio, 0, n_victims)
    return n_victims


@kernel
def _with_silent_legs(state: int) -> int:
    """Put the phones with a further leg in a cell that is off the air among the victims, in order; return how many."""
    radio, servers, n_victims = radio_of(state), servers_of(state), 0
    for phone in range(len(radio.phones)):
        row = radio.phones[phone]
        if row.cell >= 0 and _has_silent_leg(radio, servers, phone):
            radio.victims[n_victims] = phone
            n_victims += 1
    sort_victims(radio, 0, n_victims)
    return n_victims


@kernel
def _has_silent_leg(radio: Radio, servers: Servers, phone: int) -> bool:
    row, has_one = radio.phones[phone], False
    for leg in range(row.n_legs):
        rank = row.rank[leg]
        has_one |= rank > 0 and servers.groups[radio.cell[row.place, rank]].is_off != 0
    return has_one


@kernel
def _keep_other_legs(state: int, time_s: float, phone: int) -> None:
    """Let a phone go on with the legs that are left, at the present powers; nobody asks whether there is power."""
    radio, servers = radio_of(state), servers_of(state)
    row = radio.phones[phone]
    n_before, n_legs, place = row.n_legs, 0, row.place
    leave(state, time_s, phone)
    for leg in range(n_before):
        rank = row.rank[leg]
        if rank == 0 or not servers.groups[radio.cell[place, rank]].is_off:
            radio.legs[n_legs] = rank
            n_legs += 1
    share_power(radio, place, n_legs, received_w(radio, place))
    hold(state, time_s, phone, place, row.service, n_legs)


@kernel
def _cut_flows(state: int, time_s: float) -> None:
    """Cut the flows over HSDPA of cells that are off the air, the last begun first."""
    data, servers = data_of(state), servers_of(state)
    window_s = clockwork_of(state).rules[0].window_s
    for cell in range(len(data.cells)):
        if servers.groups[cell].is_off and data.cells[cell].first_flow >= 0:
            work_off(data, cell, time_s, window_s)
            while data.cells[cell].first_flow >= 0:
                cut(state, cell, data.cells[cell].first_flow, time_s, _CUT_NO_COVERAGE)
            share_out(data, cell)
            go_on(state, cell, time_s)
