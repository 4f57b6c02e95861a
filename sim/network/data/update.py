"""At an update of the powers the flows over HSDPA get new rates, or are cut (docs/data.md, "Admission and end")."""

import math

from sim.compilation.kernels import entry, kernel
from sim.network.clockwork import clockwork_of
from sim.network.data.flows import end_way, lose
from sim.network.data.rates import alone_bps, has_pilot
from sim.network.data.sharing import go_on, share_out, unchain, work_off
from sim.network.data.state import data_of
from sim.network.radio.power import leftover_w
from sim.network.radio.state import radio_of
from sim.tables import FlowOutcome

_CUT_NO_COVERAGE = int(FlowOutcome.CUT_NO_COVERAGE)
_CUT_STALLED = int(FlowOutcome.CUT_STALLED)


@entry
def update_flows(state: int, time_s: float) -> None:
    """Give all flows over HSDPA the rates of the powers that have just been solved."""
    data, window_s = data_of(state), clockwork_of(state).rules[0].window_s
    _account_power(state, time_s)
    for cell in range(len(data.cells)):
        if data.cells[cell].first_flow >= 0:
            work_off(data, cell, time_s, window_s)
            _update_cell(state, cell, time_s)
            share_out(data, cell)
            go_on(state, cell, time_s)


@kernel
def _account_power(state: int, time_s: float) -> None:
    """Let the power that flows are sent stand for the time to the next update."""
    data, radio, window_s = data_of(state), radio_of(state), clockwork_of(state).rules[0].window_s
    length_s = min(time_s + radio.rules[0].update_s, window_s) - max(time_s, 0.0)
    if length_s <= 0.0:
        return
    for cell in range(len(data.cells)):
        if radio.is_full[cell]:
            data.cells[cell].hsdpa_w_s += leftover_w(radio, cell) * length_s


@kernel
def _update_cell(state: int, cell: int, time_s: float) -> None:
    """Find what each flow of a cell could get, and cut those that are out of cover or have waited too long."""
    data, radio = data_of(state), radio_of(state)
    flow = data.cells[cell].first_flow
    while flow >= 0:
        one = data.flows[flow]
        following = one.after
        if not has_pilot(radio, one.place, True):
            cut(state, cell, flow, time_s, _CUT_NO_COVERAGE)
        else:
            one.alone_bps = alone_bps(data, radio, one.place, one.category, True)
            if one.alone_bps > 0.0:
                one.stalled_s = math.nan
            elif math.isnan(one.stalled_s):
                one.stalled_s = time_s
            elif time_s - one.stalled_s >= data.rules[0].max_stall_s:
                cut(state, cell, flow, time_s, _CUT_STALLED)
        flow = following


@kernel
def cut(state: int, cell: int, flow: int, time_s: float, outcome: int) -> None:
    """End a flow over HSDPA before its time; the cell's flows have been worked off."""
    data = data_of(state)
    record = data.flow_row[flow]
    unchain(data, flow, cell)
    end_way(state, time_s, flow)
    record.carried_bit = record.size_bit - data.flows[flow].residual_bit
    lose(state, flow, time_s, outcome)
