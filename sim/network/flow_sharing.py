"""How the flows of a cell share its intervals over HSDPA (docs/data.md, "How a cell is shared")."""

import math

from numba import njit

from sim.engine.wheel import schedule
from sim.network.data_state import Data
from sim.network.live import FLOW_END
from sim.network.packed import Packed, data_of, radio_of, unpack
from sim.network.radio_power import power_now_w
from sim.network.radio_state import Radio


@njit(cache=True, forceinline=True)
def chain(data: Data, flow: int, cell: int) -> None:
    """
    Put a flow into a cell, as the first of its chain.

    Parameters
    ----------
    data : Data
        State; changed.
    flow : int
        Flow.
    cell : int
        Cell.
    """
    one, row = data.cells[cell], data.flows[flow]
    row.before, row.after = -1, one.first_flow
    if one.first_flow >= 0:
        data.flows[one.first_flow].before = flow
    one.first_flow = flow
    one.n_flows += 1


@njit(cache=True, forceinline=True)
def unchain(data: Data, flow: int, cell: int) -> None:
    """
    Take a flow out of a cell.

    Parameters
    ----------
    data : Data
        State; changed.
    flow : int
        Flow.
    cell : int
        Cell.
    """
    one, row = data.cells[cell], data.flows[flow]
    if row.before >= 0:
        data.flows[row.before].after = row.after
    else:
        one.first_flow = row.after
    if row.after >= 0:
        data.flows[row.after].before = row.before
    one.n_flows -= 1


@njit(cache=True)
def work_off(packed: Packed, cell: int, time_s: float, window_s: float) -> None:
    """
    Work off what the flows of a cell have been sent since it was last done.

    Parameters
    ----------
    packed : Packed
        State; changed.
    cell : int
        Cell.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window. [s]
    """
    data = data_of(packed)
    one = data.cells[cell]
    length_s = time_s - one.last_s
    measured_s = max(0.0, min(time_s, window_s) - max(one.last_s, 0.0))
    rate_bps, flow = 0.0, one.first_flow
    while flow >= 0:
        row = data.flows[flow]
        row.residual_bit = max(0.0, row.residual_bit - row.rate_bps * length_s)
        rate_bps += row.rate_bps
        flow = row.after
    if one.n_flows > 0:
        one.run_bit += rate_bps * length_s
        one.hsdpa_bit += rate_bps * measured_s
        one.flow_s += one.n_flows * measured_s
        if one.n_served > 0:
            one.active_s += measured_s
    one.last_s = time_s


@njit(cache=True)
def share_out(packed: Packed, cell: int) -> None:
    """
    Give every flow of a cell its share of the intervals, by weights and up to its greatest share.

    Parameters
    ----------
    packed : Packed
        State; changed.
    cell : int
        Cell.
    """
    data = data_of(packed)
    one = data.cells[cell]
    n_served, flow = 0, one.first_flow
    while flow >= 0:
        n_served += data.flows[flow].alone_bps > 0.0
        flow = data.flows[flow].after
    one.n_served = n_served
    gain, asked, flow = data.gain[n_served], 0.0, one.first_flow
    while flow >= 0:
        row = data.flows[flow]
        row.is_held_back = 0
        row.most_share = 0.0
        if row.alone_bps > 0.0:
            row.speed_bps = min(gain * row.alone_bps, data.most_bps[row.category])
            most = min(1.0, 1.0 / data.distance[row.category])
            row.most_share = min(most, row.peak_bps / row.speed_bps)
        asked += row.most_share
        flow = row.after
    level = math.inf if asked <= 1.0 else _level(data, one.first_flow)
    flow = one.first_flow
    while flow >= 0:
        row = data.flows[flow]
        row.share = min(row.most_share, row.weight * level)
        row.rate_bps = row.speed_bps * row.share if row.alone_bps > 0.0 else 0.0
        flow = row.after


@njit(cache=True, forceinline=True)
def _level(data: Data, first: int) -> float:
    """Return the share of a flow of weight 1 with which the shares sum to 1; they would be more at the greatest."""
    level = 0.0
    is_changed = True
    while is_changed:
        is_changed = False
        left, weight, flow = 1.0, 0.0, first
        while flow >= 0:
            row = data.flows[flow]
            if row.is_held_back:
                left -= row.most_share
            elif row.alone_bps > 0.0:
                weight += row.weight
            flow = row.after
        if weight == 0.0:
            break  # by rounding alone
        level = left / weight
        flow = first
        while flow >= 0:
            row = data.flows[flow]
            if (
                not row.is_held_back
                and row.alone_bps > 0.0
                and row.weight * level >= row.most_share
            ):
                row.is_held_back = 1
                is_changed = True
            flow = row.after
    return level


@njit(cache=True)
def go_on(packed: Packed, cell: int, time_s: float) -> None:
    """
    Find which flow of a cell ends first, put that into the wheel, and let the cell send all its power or not.

    Parameters
    ----------
    packed : Packed
        State; changed.
    cell : int
        Cell, whose shares are known.
    time_s : float
        Now. [s]
    """
    data, radio = data_of(packed), radio_of(packed)
    one = data.cells[cell]
    one.finish_s, one.finish_flow = math.inf, -1
    flow = one.first_flow
    while flow >= 0:
        row = data.flows[flow]
        if row.rate_bps > 0.0:
            end_s = time_s + row.residual_bit / row.rate_bps
            if end_s < one.finish_s:
                one.finish_s, one.finish_flow = end_s, flow
        flow = row.after
    tell_end(packed, cell)
    _set_full(radio, cell, one.n_served > 0)


@njit(cache=True)
def tell_end(packed: Packed, cell: int) -> None:
    """
    Put the next end of a flow of a cell into the wheel, unless an earlier event is there.

    Parameters
    ----------
    packed : Packed
        State; changed.
    cell : int
        Cell.
    """
    data, live = data_of(packed), unpack(packed)
    one = data.cells[cell]
    # An event that is too early comes, looks, and goes on.
    if one.finish_s < one.due_s:
        one.due_s = one.finish_s
        schedule(live.wheel, one.finish_s, FLOW_END, cell, one.n_scheduled, cell)
        one.n_scheduled += 1


@njit(cache=True, forceinline=True)
def _set_full(radio: Radio, cell: int, is_full: bool) -> None:
    if radio.is_full[cell] != is_full:
        radio.is_full[cell] = is_full
        radio.is_due_down[cell] = 1
        radio.present_w[cell] = power_now_w(radio, cell)
