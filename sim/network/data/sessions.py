"""Where a flow begins: pages of sessions and flows of Poisson sources, over HSDPA or on a bearer, or refused."""

import math

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import take_place
from sim.network.clockwork import clockwork_of
from sim.network.data.bearers import ADMITTED, begin_on_bearer
from sim.network.data.flows import close
from sim.network.data.rates import alone_bps, has_pilot
from sim.network.data.sharing import chain, go_on, share_out, unchain, work_off
from sim.network.data.state import data_of
from sim.network.data.uses import draw_size_bit, draw_use, page_address, page_of, session_of
from sim.network.lines import lines_of, province_now
from sim.network.movement.journeys import set_out_flow
from sim.network.radio.phones import place_of, source_place
from sim.network.radio.state import radio_of
from sim.network.servers import servers_of
from sim.streams import STREAM_FLOW_SIZE, STREAM_PAGE, uniform_pair
from sim.tables import NO_BEARER, NONE_IDX, OVER_HSDPA, FlowOutcome

_ALMOST = 1.0 - 1e-12  # a greatest rate that is the least one must not be refused by rounding
_COMPLETED = int(FlowOutcome.COMPLETED)
_NO_COVERAGE = int(FlowOutcome.REFUSED_NO_COVERAGE)
_CHANNEL = int(FlowOutcome.REFUSED_CHANNEL)
_RATE = int(FlowOutcome.REFUSED_RATE)
_FLOWS = int(FlowOutcome.REFUSED_FLOWS)


@entry
def on_page(state: int, time_s: float, payload: int, address: int) -> None:
    """Ask for a page of a session of a subscriber, the payload; the first opens the session."""
    data, rules = data_of(state), clockwork_of(state).rules[0]
    line, page, session = lines_of(state).lines[payload], page_of(address), session_of(address)
    if page == 0:
        clockwork_of(state).cursor[0].n_open += 1
    use, _ = draw_use(state, payload, session)
    u, _ = uniform_pair(rules.seed, rules.replication, STREAM_PAGE, line.subscriber_id, address)
    flow = take_place(data.free)
    one, record, device = data.flows[flow], data.flow_row[flow], data.devices[line.device_idx]
    one.line, one.place = payload, place_of(state, payload)
    one.category, one.peak_bps = device.category, device.peak_bps
    one.weight = data.class_weight[line.class_idx]
    record.entity, record.index, record.page = line.subscriber_id, session, page
    record.is_source, record.network_idx = 0, line.network_idx
    record.province_idx = province_now(lines_of(state), payload, line.province_idx)
    record.class_idx = line.class_idx
    record.device_idx, record.use_idx = line.device_idx, use
    record.is_up, record.cell_idx = data.uses[use].is_up, line.cell_idx
    record.size_bit = draw_size_bit(data.uses[use].sizes, u)
    _begin(state, time_s, flow)


@entry
def on_source_flow(state: int, time_s: float, payload: int, address: int) -> None:
    """Ask for a flow of a Poisson source, the payload."""
    data, rules = data_of(state), clockwork_of(state).rules[0]
    source = data.sources[payload]
    clockwork_of(state).cursor[0].n_open += 1
    u, v = uniform_pair(rules.seed, rules.replication, STREAM_FLOW_SIZE, payload, address)
    flow = take_place(data.free)
    one, record = data.flows[flow], data.flow_row[flow]
    one.line, one.place = -1, source_place(state, source.cell_idx, v)
    one.category, one.peak_bps, one.weight = source.category, source.peak_bps, source.weight
    record.entity, record.index, record.page = payload, address, 0
    record.is_source = 1
    group = servers_of(state).groups[source.cell_idx]
    record.network_idx, record.province_idx = group.network_idx, group.province_idx
    record.class_idx, record.device_idx, record.use_idx = NONE_IDX, NONE_IDX, NONE_IDX
    record.is_up, record.cell_idx = source.is_up, source.cell_idx
    record.size_bit = draw_size_bit(source.sizes, u)
    _begin(state, time_s, flow)


@entry
def _begin(state: int, time_s: float, flow: int) -> None:
    """Begin a flow over HSDPA or on a bearer, or refuse it."""
    data = data_of(state)
    one, record = data.flows[flow], data.flow_row[flow]
    record.time_s, record.end_s, record.carried_bit = time_s, time_s, 0.0
    record.outcome = _COMPLETED
    one.mover = -1
    one.phone, one.rate_bps, one.residual_bit, one.stalled_s = -1, 0.0, record.size_bit, math.nan
    is_fast = data.rules[0].is_hsdpa and one.category > 0 and not record.is_up
    record.bearer_idx = OVER_HSDPA if is_fast else NO_BEARER
    cell, outcome = record.cell_idx, _NO_COVERAGE
    if cell >= 0:
        if servers_of(state).groups[cell].is_off:
            outcome = _NO_COVERAGE
        elif servers_of(state).groups[cell].capacity == 0:
            outcome = _CHANNEL
        elif is_fast:
            outcome = _begin_over_hsdpa(state, time_s, flow)
        else:
            outcome = begin_on_bearer(state, time_s, flow)
    if outcome != ADMITTED:
        record.outcome = outcome
        close(state, flow)


@kernel
def _begin_over_hsdpa(state: int, time_s: float, flow: int) -> int:
    """Begin a flow over HSDPA; return ADMITTED, or its outcome."""
    data, radio = data_of(state), radio_of(state)
    one, rules, cell = data.flows[flow], data.rules[0], data.flow_row[flow].cell_idx
    if radio.info[one.place].n_tried == 0 or not has_pilot(radio, one.place, False):
        return _NO_COVERAGE
    if data.cells[cell].flows.value >= rules.max_flows:
        return _FLOWS
    one.alone_bps = alone_bps(data, radio, one.place, one.category, False)
    work_off(data, cell, time_s, clockwork_of(state).rules[0].window_s)
    chain(data, flow, cell)
    share_out(data, cell)
    is_refused = one.rate_bps < _ALMOST * rules.min_rate_bps
    if is_refused:
        unchain(data, flow, cell)
        share_out(data, cell)
    go_on(state, cell, time_s)
    if is_refused:
        return _RATE
    record = data.flow_row[flow]
    address = page_address(record.index, record.page)
    one.mover = set_out_flow(state, time_s, flow, cell, one.line, address)
    return ADMITTED
