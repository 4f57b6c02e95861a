"""At an update of the powers the flows over HSDPA get new rates, or are cut (docs/data.md, "Admission and end")."""

import math

from numba import njit

from sim.network.data_state import Data
from sim.network.flow_rates import alone_bps, has_pilot
from sim.network.flow_sharing import go_on, share_out, unchain, work_off
from sim.network.live import CUT_TO, Live, as_int64
from sim.network.packed import Packed, data_of, radio_of, unpack
from sim.network.radio_power import leftover_w
from sim.network.radio_state import Radio
from sim.tables import FlowOutcome

_CUT_NO_COVERAGE = int(FlowOutcome.CUT_NO_COVERAGE)
_CUT_STALLED = int(FlowOutcome.CUT_STALLED)


@njit(cache=True)
def update_flows(packed: Packed, time_s: float) -> None:
    """
    Give all flows over HSDPA the rates of the new powers.

    Parameters
    ----------
    packed : Packed
        State, whose powers have just been solved; changed.
    time_s : float
        Now. [s]
    """
    live, radio, data = unpack(packed), radio_of(packed), data_of(packed)
    _account_power(radio, data, time_s)
    for cell in range(len(data.cells)):
        if data.cells[cell].n_flows > 0:
            work_off(packed, cell, time_s, live.rules.window_s)
            _update_cell(packed, cell, time_s)
            share_out(packed, cell)
            go_on(packed, cell, time_s)


@njit(cache=True, forceinline=True)
def _account_power(radio: Radio, data: Data, time_s: float) -> None:
    """Let the power that flows are sent stand for the time to the next update."""
    rules = radio.rules[0]
    length_s = min(time_s + rules.update_s, rules.window_s) - max(time_s, 0.0)
    if length_s <= 0.0:
        return
    for cell in range(len(data.cells)):
        if radio.is_full[cell]:
            data.cells[cell].hsdpa_w_s += leftover_w(radio, cell) * length_s


@njit(cache=True)
def _update_cell(packed: Packed, cell: int, time_s: float) -> None:
    """Find what each flow of a cell could get, and cut those that are out of cover or have waited too long."""
    live, radio, data = unpack(packed), radio_of(packed), data_of(packed)
    flow = data.cells[cell].first_flow
    while flow >= 0:
        one = data.flows[flow]
        following = one.after
        if not has_pilot(radio, one.place, True):
            _cut(live, data, cell, flow, time_s, _CUT_NO_COVERAGE)
        else:
            one.alone_bps = alone_bps(packed, one.place, as_int64(one.category), True)
            if one.alone_bps > 0.0:
                one.stalled_s = math.nan
            elif math.isnan(one.stalled_s):
                one.stalled_s = time_s
            elif time_s - one.stalled_s >= data.rules[0].max_stall_s:
                _cut(live, data, cell, flow, time_s, _CUT_STALLED)
        flow = following


@njit(cache=True, forceinline=True)
def _cut(live: Live, data: Data, cell: int, flow: int, time_s: float, outcome: int) -> None:
    row = data.row[flow]
    unchain(data, flow, cell)
    row.outcome, row.end_s = outcome, time_s
    row.carried_bit = row.size_bit - data.flows[flow].residual_bit
    data.cut[live.cursor[CUT_TO]] = flow
    live.cursor[CUT_TO] += 1
