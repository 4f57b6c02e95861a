"""Flows over HSDPA whose phones are on their way: another cell serves them (docs/movement.md)."""

from sim.compilation.kernels import entry, kernel
from sim.network.clockwork import clockwork_of
from sim.network.data.rates import alone_bps
from sim.network.data.sharing import chain, go_on, share_out, unchain, work_off
from sim.network.data.state import data_of
from sim.network.data.update import cut
from sim.network.movement.handover import judge, keep_pending, mark_since, write_handover
from sim.network.movement.heard import fill_place, find_heard, listen
from sim.network.movement.state import movement_of
from sim.network.radio.state import radio_of
from sim.network.servers import servers_of
from sim.tables import FlowOutcome, Refusal
from sim.tables.movement import DONE, HARD

_CUT_NO_COVERAGE = int(FlowOutcome.CUT_NO_COVERAGE)
_CHANNEL = int(Refusal.CHANNEL)


@entry
def on_renew(state: int, time_s: float, mover: int, address: int) -> None:  # noqa: ARG001
    """Let a flow that hears other cells than before be served by a better one, when it has been so for long enough."""
    movement = movement_of(state)
    one, rules = movement.movers[mover], movement.rules[0]
    n = listen(state, mover)
    at, target = find_heard(movement, n, one.cell), -1
    for k in range(n):
        least_cdbm = -40_000 if at < 0 else movement.heard[at].cdbm + rules.hysteresis_cdb
        is_met = k != at and movement.heard[k].cdbm >= least_cdbm
        mark_since(movement, mover, k, time_s, is_met)
        if target < 0 and movement.heard[k].is_due:
            target = k
    if target >= 0 and _change_cell(state, time_s, mover, n, target):
        at = target
        for k in range(n):
            gap_cdb = movement.heard[k].cdbm - movement.heard[at].cdbm
            mark_since(movement, mover, k, time_s, k != at and gap_cdb >= rules.hysteresis_cdb)
    elif at >= 0:
        _move_to(state, mover, n, at)
    keep_pending(movement, mover, n)
    judge(state, time_s, mover, at < 0)


@kernel
def _move_to(state: int, mover: int, n: int, at: int) -> None:
    """Let a flow hear what is heard in its square, the cell that serves it first; rates follow at the next update."""
    movement, data = movement_of(state), data_of(state)
    one = movement.movers[mover]
    place = movement.own_place[mover]
    if data.flows[one.flow].place == place:
        place += 1
    for k in range(n):
        movement.heard[k].is_leg = 1 if k == at else 0
    fill_place(state, mover, place, n)
    data.flows[one.flow].place = place


@kernel
def _change_cell(state: int, time_s: float, mover: int, n: int, target: int) -> bool:
    """Let another cell serve a flow, with what of it is to come; say whether it does."""
    movement, data, window_s = (
        movement_of(state),
        data_of(state),
        clockwork_of(state).rules[0].window_s,
    )
    one = movement.movers[mover]
    flow, cell = one.flow, movement.heard[target].cell
    is_full = data.cells[cell].flows.value >= data.rules[0].max_flows
    if is_full or servers_of(state).groups[cell].capacity == 0:
        write_handover(state, time_s, mover, HARD, cell, _CHANNEL, 0.0)
        return False
    write_handover(state, time_s, mover, HARD, cell, DONE, 0.0)
    work_off(data, one.cell, time_s, window_s)
    unchain(data, flow, one.cell)
    share_out(data, one.cell)
    go_on(state, one.cell, time_s)
    one.cell = cell
    _move_to(state, mover, n, target)
    row = data.flows[flow]
    row.alone_bps = alone_bps(data, radio_of(state), row.place, row.category, False)
    work_off(data, cell, time_s, window_s)
    chain(data, flow, cell)
    share_out(data, cell)
    go_on(state, cell, time_s)
    return True


@entry
def on_lost(state: int, time_s: float, mover: int, address: int) -> None:  # noqa: ARG001
    """Cut a flow whose cell has not been heard for too long."""
    data, one = data_of(state), movement_of(state).movers[mover]
    cell = one.cell
    work_off(data, cell, time_s, clockwork_of(state).rules[0].window_s)
    cut(state, cell, one.flow, time_s, _CUT_NO_COVERAGE)
    share_out(data, cell)
    go_on(state, cell, time_s)
