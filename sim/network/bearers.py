"""Release 99 bearers: a flow holds one for as long as its size takes, as a phone in a call holds its own."""

from numba import njit

from sim.engine.wheel import schedule
from sim.network.admission import (
    BLOCKED_CHANNEL_ELEMENT,
    BLOCKED_CODE,
    BLOCKED_DOWNLINK,
    BLOCKED_UPLINK,
    NO_COVERAGE,
    admit,
    leave,
)
from sim.network.data_state import Data
from sim.network.live import BEARER_END, BY_MACHINE, FREE, N_FREE, Live
from sim.network.packed import Packed, data_of, radio_of, unpack
from sim.network.ways import CONNECTED
from sim.tables import FlowOutcome
from sim.traffic.calls import REDIAL_SHIFT

_CUT_NO_COVERAGE = int(FlowOutcome.CUT_NO_COVERAGE)
_CUT_UPLINK = int(FlowOutcome.CUT_UPLINK)
_CUT_DOWNLINK = int(FlowOutcome.CUT_DOWNLINK)
_NO_COVERAGE = int(FlowOutcome.REFUSED_NO_COVERAGE)
_UPLINK = int(FlowOutcome.REFUSED_UPLINK)
_DOWNLINK = int(FlowOutcome.REFUSED_DOWNLINK)
_CODE = int(FlowOutcome.REFUSED_CODE)
_CHANNEL_ELEMENT = int(FlowOutcome.REFUSED_CHANNEL_ELEMENT)


@njit(cache=True)
def begin_on_bearer(packed: Packed, time_s: float, flow: int) -> int:
    """
    Begin a flow on the first bearer that is admitted.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    flow : int
        Flow, with nothing held.

    Returns
    -------
    int
        CONNECTED, or what becomes of the flow.
    """
    live, radio, data = unpack(packed), radio_of(packed), data_of(packed)
    rules, row, one = data.rules[0], data.row[flow], data.flows[flow]
    first = rules.n_down if row.is_up else 0
    last = first + (rules.n_up if row.is_up else rules.n_down)
    call, outcome = live.cursor[FREE], NO_COVERAGE
    cell = radio.cells[row.cell_idx]
    n_fragmented = cell.n_fragmented
    for bearer in range(first, last):
        outcome = admit(radio, time_s, 2 * call, one.place, rules.first_bearer + bearer)
        if outcome == CONNECTED:
            row.bearer_idx = 1 + bearer
            one.rate_bps = (
                data.bearers[bearer].up_bps if row.is_up else data.bearers[bearer].down_bps
            )
            break
    cell.n_fragmented = n_fragmented  # calls alone are counted there
    if outcome != CONNECTED:
        return _refused(outcome)
    _hold(live, data, time_s, flow, call)
    return CONNECTED


@njit(cache=True, forceinline=True)
def _hold(live: Live, data: Data, time_s: float, flow: int, call: int) -> None:
    """Let a flow take the place of a call, so that its bearer is one phone among others."""
    row, record, link = data.row[flow], live.record[call], live.link[call]
    live.cursor[FREE] = link.next_free
    live.cursor[N_FREE] -= 1
    link.caller_row, link.callee_row, link.flow = -1, -1, flow
    link.in_hand = BY_MACHINE
    address = row.index + (row.page << REDIAL_SHIFT)
    record.entity, record.index, record.redial = row.entity, address, 0
    data.flows[flow].call = call
    end_s = time_s + row.size_bit / data.flows[flow].rate_bps
    schedule(live.wheel, end_s, BEARER_END, row.entity, address, call)


@njit(cache=True, forceinline=True)
def _refused(outcome: int) -> int:
    """Return what becomes of a flow for what becomes of a call."""
    if outcome == BLOCKED_UPLINK:
        return _UPLINK
    if outcome == BLOCKED_DOWNLINK:
        return _DOWNLINK
    if outcome == BLOCKED_CODE:
        return _CODE
    if outcome == BLOCKED_CHANNEL_ELEMENT:
        return _CHANNEL_ELEMENT
    return _NO_COVERAGE


@njit(cache=True)
def release_bearer(packed: Packed, time_s: float, call: int) -> None:
    """
    Release the bearer of a flow, and count what it carried.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    call : int
        Place of the bearer among the calls.
    """
    live, radio, data = unpack(packed), radio_of(packed), data_of(packed)
    flow, window_s = live.link[call].flow, live.rules.window_s
    row, rate_bps = data.row[flow], data.flows[flow].rate_bps
    leave(radio, time_s, 2 * call)
    cell = data.cells[row.cell_idx]
    measured_s = max(0.0, min(time_s, window_s) - max(row.time_s, 0.0))
    cell.bearer_s += measured_s
    cell.bearer_bit += rate_bps * measured_s
    cell.run_bit += rate_bps * (time_s - row.time_s)
    row.end_s = time_s
    row.carried_bit = min(row.size_bit, rate_bps * (time_s - row.time_s))


@njit(cache=True)
def shed_bearer(packed: Packed, time_s: float, call: int, cause: int) -> None:
    """
    Cut a flow whose bearer is shed.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    call : int
        Place of the bearer among the calls.
    cause : int
        What would have become of a call: NO_COVERAGE, BLOCKED_UPLINK or BLOCKED_DOWNLINK.
    """
    live, data = unpack(packed), data_of(packed)
    release_bearer(packed, time_s, call)
    outcome = _CUT_NO_COVERAGE
    if cause == BLOCKED_UPLINK:
        outcome = _CUT_UPLINK
    elif cause == BLOCKED_DOWNLINK:
        outcome = _CUT_DOWNLINK
    data.row[live.link[call].flow].outcome = outcome
