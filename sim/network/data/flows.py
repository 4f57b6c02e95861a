"""How a flow ends, over HSDPA or by being shed or cut, and what follows it in its session."""

import math

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import give_place, put_last, put_row, take_first
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.data.sharing import await_end, go_on, share_out, unchain, work_off
from sim.network.data.state import data_of
from sim.network.data.uses import draw_use, page_address
from sim.network.kinds import Kind, Pending
from sim.network.movement.handover import arrive
from sim.streams import STREAM_PAGE, exponential_quantile, uniform_pair
from sim.tables import OVER_HSDPA

_PAGE = int(Kind.PAGE)
_LOST_FLOW = int(Pending.LOST_FLOW)


@entry
def on_flow_end(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """End the flow of a cell that is due over HSDPA, if one is; the payload is the cell."""
    data, cell = data_of(state), payload
    here = data.cells[cell]
    if time_s != here.due_s:
        return  # an earlier event has taken its place
    here.due_s = math.inf
    if time_s < here.finish_s:
        await_end(state, cell)
        return
    flow = here.finish_flow
    work_off(data, cell, time_s, clockwork_of(state).rules[0].window_s)
    unchain(data, flow, cell)
    end_way(state, time_s, flow)
    share_out(data, cell)
    go_on(state, cell, time_s)
    complete(state, time_s, flow)


@kernel
def end_way(state: int, time_s: float, flow: int) -> None:
    """Let the phone of a flow over HSDPA that is over be on its way no longer, if it is."""
    one = data_of(state).flows[flow]
    if one.mover >= 0:
        arrive(state, time_s, one.mover)
        one.mover = -1


@kernel
def complete(state: int, time_s: float, flow: int) -> None:
    """Write the row of a flow that has been carried, and let the next page of its session follow, if there is one."""
    data, rules = data_of(state), clockwork_of(state).rules[0]
    record, row = data.flow_row[flow], data.flows[flow].line
    record.end_s, record.carried_bit = time_s, record.size_bit
    use, n_pages, page = 0, 0, record.page + 1
    if row >= 0:
        use, n_pages = draw_use(state, row, record.index)
    if page >= n_pages:
        close(state, flow)
        return
    address = page_address(record.index, page - 1)
    _, v = uniform_pair(rules.seed, rules.replication, STREAM_PAGE, record.entity, address)
    again_s = time_s + data.uses[use].reading_mean_s * exponential_quantile(v)
    following = page_address(record.index, page)
    schedule(wheel_of(state), again_s, _PAGE, record.entity, following, row)
    put_row(data.ended, data.flow_row[flow])
    give_place(data.free, flow)


@kernel
def close(state: int, flow: int) -> None:
    """Write the row of a flow that holds nothing, and with which its session is over."""
    data = data_of(state)
    clockwork_of(state).cursor[0].n_open -= 1
    put_row(data.ended, data.flow_row[flow])
    give_place(data.free, flow)


@kernel(inline=True)
def lose(state: int, flow: int, time_s: float, outcome: int) -> None:
    """Let a flow that was shed or cut wait until its row can be written."""
    data, clockwork = data_of(state), clockwork_of(state)
    record = data.flow_row[flow]
    record.outcome, record.end_s = outcome, time_s
    put_last(data.lost, flow)
    clockwork.n_pending[_LOST_FLOW] += 1
    clockwork.cursor[0].n_pending += 1


@entry
def write_lost_flow(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """Write the row of the first flow that waits."""
    data, clockwork = data_of(state), clockwork_of(state)
    flow = take_first(data.lost)
    clockwork.n_pending[_LOST_FLOW] -= 1
    clockwork.cursor[0].n_pending -= 1
    clockwork.cursor[0].n_open -= 1
    put_row(data.ended, data.flow_row[flow])
    # The place of a flow that had a bearer is free when the event in the wheel comes.
    if data.flow_row[flow].bearer_idx == OVER_HSDPA:
        give_place(data.free, flow)
