"""How the flows of a cell share its intervals over HSDPA (docs/data.md, "How a cell is shared")."""

import math

from sim.compilation.kernels import kernel
from sim.engine.pools import account
from sim.engine.wheel import schedule, wheel_of
from sim.network.data.state import Data, data_of
from sim.network.kinds import Kind
from sim.network.radio.power import power_now_w
from sim.network.radio.state import Radio, radio_of

_FLOW_END = int(Kind.FLOW_END)


@kernel(inline=True)
def chain(data: Data, flow: int, cell: int) -> None:
    """Put a flow into a cell, as the first of its chain."""
    here, one = data.cells[cell], data.flows[flow]
    one.before, one.after = -1, here.first_flow
    if here.first_flow >= 0:
        data.flows[here.first_flow].before = flow
    here.first_flow = flow
    here.flows.value += 1.0


@kernel(inline=True)
def unchain(data: Data, flow: int, cell: int) -> None:
    """Take a flow out of a cell."""
    here, one = data.cells[cell], data.flows[flow]
    if one.before >= 0:
        data.flows[one.before].after = one.after
    else:
        here.first_flow = one.after
    if one.after >= 0:
        data.flows[one.after].before = one.before
    here.flows.value -= 1.0


@kernel
def work_off(data: Data, cell: int, time_s: float, window_s: float) -> None:
    """Work off what the flows of a cell have been sent since it was last done; they may change afterwards."""
    here, flows = data.cells[cell], data.flows
    length_s = time_s - here.flows.last_s
    rate_bps, flow = 0.0, here.first_flow
    while flow >= 0:
        one = flows[flow]
        one.residual_bit = max(0.0, one.residual_bit - one.rate_bps * length_s)
        rate_bps += one.rate_bps
        flow = one.after
    if here.first_flow >= 0:  # before the first flow the time is without end
        here.run_bit += rate_bps * length_s
    here.sent_bps.value = rate_bps
    here.active.value = 1.0 if here.n_served > 0 else 0.0
    account(here.sent_bps, time_s, window_s)
    account(here.active, time_s, window_s)
    account(here.flows, time_s, window_s)


@kernel
def share_out(data: Data, cell: int) -> None:
    """Give every flow of a cell its share of the intervals, by weights and up to its greatest share."""
    here, flows = data.cells[cell], data.flows
    n_served, flow = 0, here.first_flow
    while flow >= 0:
        n_served += flows[flow].alone_bps > 0.0
        flow = flows[flow].after
    here.n_served = n_served
    gain, asked, flow = data.gain[n_served], 0.0, here.first_flow
    while flow >= 0:
        one = flows[flow]
        one.is_held_back = 0
        one.most_share = 0.0
        if one.alone_bps > 0.0:
            one.speed_bps = min(gain * one.alone_bps, data.most_bps[one.category])
            most = min(1.0, 1.0 / data.distance[one.category])
            one.most_share = min(most, one.peak_bps / one.speed_bps)
        asked += one.most_share
        flow = one.after
    level = math.inf if asked <= 1.0 else _level(data, here.first_flow)
    flow = here.first_flow
    while flow >= 0:
        one = flows[flow]
        one.share = min(one.most_share, one.weight * level)
        one.rate_bps = one.speed_bps * one.share if one.alone_bps > 0.0 else 0.0
        flow = one.after


@kernel
def _level(data: Data, first: int) -> float:
    """Return the share of a flow of weight 1 with which the shares sum to 1; they would be more at the greatest."""
    flows, level = data.flows, 0.0
    is_changed = True
    while is_changed:
        is_changed = False
        left, weight, flow = 1.0, 0.0, first
        while flow >= 0:
            one = flows[flow]
            if one.is_held_back:
                left -= one.most_share
            elif one.alone_bps > 0.0:
                weight += one.weight
            flow = one.after
        if weight == 0.0:
            break  # by rounding alone
        level = left / weight
        flow = first
        while flow >= 0:
            one = flows[flow]
            is_free = not one.is_held_back and one.alone_bps > 0.0
            if is_free and one.weight * level >= one.most_share:
                one.is_held_back = 1
                is_changed = True
            flow = one.after
    return level


@kernel
def go_on(state: int, cell: int, time_s: float) -> None:
    """Find which flow of a cell ends first, put that into the wheel, and let the cell send all its power or not."""
    data = data_of(state)
    here, flows = data.cells[cell], data.flows
    here.finish_s, here.finish_flow = math.inf, -1
    flow = here.first_flow
    while flow >= 0:
        one = flows[flow]
        if one.rate_bps > 0.0:
            end_s = time_s + one.residual_bit / one.rate_bps
            if end_s < here.finish_s:
                here.finish_s, here.finish_flow = end_s, flow
        flow = one.after
    await_end(state, cell)
    _set_full(radio_of(state), cell, here.n_served > 0)


@kernel
def await_end(state: int, cell: int) -> None:
    """Put the next end of a flow of a cell into the wheel, unless an earlier event is there."""
    here = data_of(state).cells[cell]
    # An event that is too early comes, looks, and goes on.
    if here.finish_s < here.due_s:
        here.due_s = here.finish_s
        schedule(wheel_of(state), here.finish_s, _FLOW_END, cell, here.n_scheduled, cell)
        here.n_scheduled += 1


@kernel(inline=True)
def _set_full(radio: Radio, cell: int, is_full: bool) -> None:
    if radio.is_full[cell] != is_full:
        radio.is_full[cell] = is_full
        radio.is_due_down[cell] = 1
        radio.present_w[cell] = power_now_w(radio, cell)
