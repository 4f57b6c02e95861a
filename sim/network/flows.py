"""Data flows: sessions and their pages, flows of Poisson sources, where a flow begins and how it ends."""

import math
from typing import Any

from numba import njit

from sim.engine.wheel import schedule
from sim.network.bearers import begin_on_bearer, release_bearer
from sim.network.data_state import Data
from sim.network.flow_rates import alone_bps, has_pilot
from sim.network.flow_sharing import chain, go_on, share_out, tell_end, unchain, work_off
from sim.network.live import (
    CUT_FROM,
    CUT_TO,
    FLOW_ROWS_LEFT,
    FREE_FLOW,
    N_FREE_FLOWS,
    N_OPEN,
    PAGE,
    SHED,
    Live,
    as_int64,
)
from sim.network.packed import Packed, data_of, place_of, radio_of, unpack
from sim.network.plans import source_place
from sim.network.voice import free_call
from sim.network.ways import CONNECTED
from sim.streams import (
    STREAM_FLOW_SIZE,
    STREAM_PAGE,
    STREAM_USE,
    exponential_quantile,
    uniform_pair,
)
from sim.tables import NO_BEARER, NONE_IDX, OVER_HSDPA, FlowOutcome
from sim.traffic.calls import REDIAL_SHIFT
from sim.traffic.sizes import SizeLaw, size_bit

_ROOT = (1 << REDIAL_SHIFT) - 1
_MOST_PAGES = 32_767
_ALMOST = 1.0 - 1e-12  # a greatest rate that is the least one must not be refused by rounding
_COMPLETED = int(FlowOutcome.COMPLETED)
_NO_COVERAGE = int(FlowOutcome.REFUSED_NO_COVERAGE)
_CHANNEL = int(FlowOutcome.REFUSED_CHANNEL)
_RATE = int(FlowOutcome.REFUSED_RATE)
_FLOWS = int(FlowOutcome.REFUSED_FLOWS)

Row = Any
"""A row of a structured array in compiled code: a use or a source."""


@njit(cache=True, forceinline=True)
def _size_bit(one: Row, p: float) -> float:
    return size_bit(SizeLaw(one.law, one.a, one.b, one.c, one.d), p)


@njit(cache=True, forceinline=True)
def _take_flow(live: Live, data: Data) -> int:
    flow = live.cursor[FREE_FLOW]
    live.cursor[FREE_FLOW] = data.flows[flow].next_free
    live.cursor[N_FREE_FLOWS] -= 1
    return flow


@njit(cache=True)
def begin_page(packed: Packed, time_s: float, row: int, address: int) -> None:
    """
    Ask for a page of a session; the first opens the session.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    row : int
        Row of the subscriber.
    address : int
        Address of the session, plus the number of the page shifted by REDIAL_SHIFT.
    """
    live, data = unpack(packed), data_of(packed)
    line, page, root = live.lines[row], address >> REDIAL_SHIFT, address & _ROOT
    if page == 0:
        live.cursor[N_OPEN] += 1
    use, _ = _draw_use(live, data, row, root)
    seed, replication = live.rules.key
    u, _ = uniform_pair(seed, replication, STREAM_PAGE, line.subscriber_id, address)
    flow = _take_flow(live, data)
    one, record, device = data.flows[flow], data.row[flow], data.devices[line.device_idx]
    one.line, one.place = row, place_of(live, row)
    one.category, one.peak_bps = device.category, device.peak_bps
    one.weight = data.class_weight[line.class_idx]
    record.entity, record.index, record.page = line.subscriber_id, root, page
    record.is_source, record.network_idx = 0, line.network_idx
    record.province_idx, record.class_idx = line.province_idx, line.class_idx
    record.device_idx, record.use_idx = line.device_idx, use
    record.is_up, record.cell_idx = data.uses[use].is_up, line.cell_idx
    record.size_bit = _size_bit(data.uses[use], u)
    _begin(packed, time_s, flow)


@njit(cache=True, forceinline=True)
def _draw_use(live: Live, data: Data, row: int, root: int) -> tuple[int, int]:
    """Return the use of a session, and the number of its pages."""
    line = live.lines[row]
    seed, replication = live.rules.key
    u, v = uniform_pair(seed, replication, STREAM_USE, line.subscriber_id, root)
    use, last = 0, len(data.uses) - 1
    while use < last and u >= data.use_share[line.class_idx, line.device_idx, use]:
        use += 1
    n_pages, mean = 1, data.uses[use].pages_mean
    if mean > 1.0:
        more = math.floor(math.log(1.0 - v) / math.log(1.0 - 1.0 / mean))
        n_pages = int(min(1.0 + more, 1.0 * _MOST_PAGES))
    return use, n_pages


@njit(cache=True)
def begin_source_flow(packed: Packed, time_s: float, source: int, address: int) -> None:
    """
    Ask for a flow of a Poisson source.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    source : int
        Number of the source.
    address : int
        Address of the flow.
    """
    live, data, radio = unpack(packed), data_of(packed), radio_of(packed)
    live.cursor[N_OPEN] += 1
    own = data.sources[source]
    seed, replication = live.rules.key
    u, v = uniform_pair(seed, replication, STREAM_FLOW_SIZE, source, address)
    flow = _take_flow(live, data)
    one, record = data.flows[flow], data.row[flow]
    one.line = -1
    one.place = source_place(radio.source_first, radio.source_place, own.cell_idx, v)
    one.category, one.peak_bps, one.weight = own.category, own.peak_bps, own.weight
    record.entity, record.index, record.page = source, address, 0
    record.is_source = 1
    record.network_idx = live.groups[own.cell_idx].network_idx
    record.province_idx = live.groups[own.cell_idx].province_idx
    record.class_idx, record.device_idx, record.use_idx = NONE_IDX, NONE_IDX, NONE_IDX
    record.is_up, record.cell_idx = own.is_up, own.cell_idx
    record.size_bit = _size_bit(own, u)
    _begin(packed, time_s, flow)


@njit(cache=True)
def _begin(packed: Packed, time_s: float, flow: int) -> None:
    """Begin a flow over HSDPA or on a bearer, or refuse it."""
    live, data = unpack(packed), data_of(packed)
    one, record = data.flows[flow], data.row[flow]
    record.time_s, record.end_s, record.carried_bit = time_s, time_s, 0.0
    record.outcome = _COMPLETED
    one.call, one.rate_bps, one.residual_bit, one.stalled_s = -1, 0.0, record.size_bit, math.nan
    is_fast = data.rules[0].is_hsdpa and one.category > 0 and not record.is_up
    record.bearer_idx = OVER_HSDPA if is_fast else NO_BEARER
    cell = record.cell_idx
    outcome = _NO_COVERAGE
    if cell >= 0:
        if live.groups[cell].capacity == 0:
            outcome = _CHANNEL
        elif is_fast:
            outcome = _begin_fast(packed, time_s, flow)
        else:
            outcome = begin_on_bearer(packed, time_s, flow)
    if outcome != CONNECTED:
        record.outcome = outcome
        _close(live, data, flow)


@njit(cache=True)
def _begin_fast(packed: Packed, time_s: float, flow: int) -> int:
    """Begin a flow over HSDPA; return CONNECTED, or what becomes of it."""
    live, data, radio = unpack(packed), data_of(packed), radio_of(packed)
    one, cell = data.flows[flow], data.row[flow].cell_idx
    if radio.info[one.place].n_tried == 0 or not has_pilot(radio, one.place, False):
        return _NO_COVERAGE
    if data.cells[cell].n_flows >= data.rules[0].max_flows:
        return _FLOWS
    one.alone_bps = alone_bps(packed, one.place, as_int64(one.category), False)
    work_off(packed, cell, time_s, live.rules.window_s)
    chain(data, flow, cell)
    share_out(packed, cell)
    is_refused = one.rate_bps < _ALMOST * data.rules[0].min_rate_bps
    if is_refused:
        unchain(data, flow, cell)
        share_out(packed, cell)
    go_on(packed, cell, time_s)
    return _RATE if is_refused else CONNECTED


@njit(cache=True, forceinline=True)
def _close(live: Live, data: Data, flow: int) -> None:
    """Write the row of a flow after which its session has no more pages."""
    live.cursor[N_OPEN] -= 1
    write_flow(live, data, flow)


@njit(cache=True, forceinline=True)
def write_flow(live: Live, data: Data, flow: int) -> None:
    """
    Write the row of a flow, whose place is free afterwards.

    Parameters
    ----------
    live : Live
        State; changed.
    data : Data
        State; changed.
    flow : int
        Flow that holds nothing.
    """
    data.block[len(data.block) - live.cursor[FLOW_ROWS_LEFT]] = data.row[flow]
    live.cursor[FLOW_ROWS_LEFT] -= 1
    data.flows[flow].next_free = live.cursor[FREE_FLOW]
    live.cursor[FREE_FLOW] = flow
    live.cursor[N_FREE_FLOWS] += 1


@njit(cache=True)
def _complete(packed: Packed, time_s: float, flow: int) -> None:
    """Let the next page of the session follow a flow that has been carried."""
    live, data = unpack(packed), data_of(packed)
    record, row = data.row[flow], data.flows[flow].line
    record.end_s, record.carried_bit = time_s, record.size_bit
    if row < 0:
        _close(live, data, flow)
        return
    use, n_pages = _draw_use(live, data, row, record.index)
    page = as_int64(record.page) + 1
    if page >= n_pages:
        _close(live, data, flow)
        return
    seed, replication = live.rules.key
    address = record.index + ((page - 1) << REDIAL_SHIFT)
    _, v = uniform_pair(seed, replication, STREAM_PAGE, record.entity, address)
    again_s = time_s + data.uses[use].reading_mean_s * exponential_quantile(v)
    following = record.index + (page << REDIAL_SHIFT)
    schedule(live.wheel, again_s, PAGE, record.entity, following, row)
    write_flow(live, data, flow)


@njit(cache=True)
def end_fast_flow(packed: Packed, time_s: float, cell: int) -> None:
    """
    End the flow of a cell that is due over HSDPA, if one is.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    cell : int
        Cell.
    """
    live, data = unpack(packed), data_of(packed)
    one = data.cells[cell]
    if time_s != one.due_s:
        return  # an earlier event has taken its place
    one.due_s = math.inf
    if time_s < one.finish_s:
        tell_end(packed, cell)
        return
    flow = one.finish_flow
    work_off(packed, cell, time_s, live.rules.window_s)
    unchain(data, flow, cell)
    share_out(packed, cell)
    go_on(packed, cell, time_s)
    _complete(packed, time_s, flow)


@njit(cache=True)
def end_on_bearer(packed: Packed, time_s: float, call: int) -> None:
    """
    End a flow on a bearer; of one that was shed only the place is still held.

    Parameters
    ----------
    packed : Packed
        State; changed.
    time_s : float
        Now. [s]
    call : int
        Place of the bearer among the calls.
    """
    live, flow = unpack(packed), unpack(packed).link[call].flow
    if live.link[call].in_hand != SHED:
        release_bearer(packed, time_s, call)
        _complete(packed, time_s, flow)
    live.link[call].flow = -1
    free_call(live, call)


@njit(cache=True)
def write_shed_flow(packed: Packed, call: int) -> None:
    """
    Write the row of a flow whose bearer was shed.

    Parameters
    ----------
    packed : Packed
        State; changed.
    call : int
        Place of the bearer among the calls; it is free when the event in the wheel comes.
    """
    live = unpack(packed)
    _close(live, data_of(packed), live.link[call].flow)


@njit(cache=True)
def write_cut_flow(packed: Packed) -> None:
    """
    Write the row of the first flow in the queue of those that were cut.

    Parameters
    ----------
    packed : Packed
        State; changed.
    """
    live, data = unpack(packed), data_of(packed)
    flow = data.cut[live.cursor[CUT_FROM]]
    live.cursor[CUT_FROM] += 1
    if live.cursor[CUT_FROM] == live.cursor[CUT_TO]:
        live.cursor[CUT_FROM] = 0
        live.cursor[CUT_TO] = 0
    _close(live, data, flow)
