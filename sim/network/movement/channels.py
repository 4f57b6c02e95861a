"""Handover where cells have channels: from one to another, at once or after waiting for it (docs/movement.md)."""

from sim.compilation.kernels import entry, kernel
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import next_number
from sim.network.kinds import Kind
from sim.network.movement.dwelling import draw_cell, draw_dwell_s
from sim.network.movement.handover import (
    await_channel,
    drop,
    give_up_waiting,
    judge,
    keep_pending,
    mark_since,
    take_cell,
    write_handover,
)
from sim.network.movement.heard import find_heard, listen
from sim.network.movement.state import leave_queue, movement_of
from sim.network.radio.phones import tell_of_channel
from sim.network.radio.state import radio_of
from sim.network.servers import may_be_taken, servers_of
from sim.tables import Refusal
from sim.tables.movement import DONE, HARD

_STEP = int(Kind.STEP)
_CHANNEL = int(Refusal.CHANNEL)


@entry
def renew_channel(state: int, time_s: float, mover: int) -> None:
    """Let a phone that has come into another square, or for which something is due, ask for a better cell."""
    movement, phones = movement_of(state), radio_of(state).phones
    one, rules = movement.movers[mover], movement.rules[0]
    n = listen(state, mover)
    at, target = find_heard(movement, n, phones[one.phone].cell), -1
    for k in range(n):
        least_cdbm = -40_000 if at < 0 else movement.heard[at].cdbm + rules.hysteresis_cdb
        is_met = k != at and movement.heard[k].cdbm >= least_cdbm
        mark_since(movement, mover, k, time_s, is_met)
        if target < 0 and is_met and (at < 0 or movement.heard[k].is_due):
            target = k
    if target < 0 or movement.heard[target].cell != one.waits_for:
        give_up_waiting(state, time_s, mover, HARD, _CHANNEL)
        if target >= 0 and _take_channel(state, time_s, mover, movement.heard[target].cell):
            at = target
            for k in range(n):
                gap_cdb = movement.heard[k].cdbm - movement.heard[at].cdbm
                is_met = k != at and gap_cdb >= rules.hysteresis_cdb
                mark_since(movement, mover, k, time_s, is_met)
    keep_pending(movement, mover, n)
    judge(state, time_s, mover, at < 0)


@kernel
def _take_channel(state: int, time_s: float, mover: int, cell: int) -> bool:
    """Hand a phone over to a cell if it has a channel, else let it wait if it may; say whether it was."""
    movement = movement_of(state)
    one = movement.movers[mover]
    if may_be_taken(servers_of(state), cell):
        write_handover(state, time_s, mover, HARD, cell, DONE, 0.0)
        take_cell(state, time_s, one.phone, cell)
        return True
    if movement.cells[cell].n_waiting < movement.rules[0].max_waiting:
        await_channel(state, time_s, mover, cell)
    else:
        write_handover(state, time_s, mover, HARD, cell, _CHANNEL, 0.0)
    return False


@entry
def on_channel_free(state: int, time_s: float, cell: int, address: int) -> None:  # noqa: ARG001
    """Give a channel of a cell to the first phone that waits for one."""
    movement, groups = movement_of(state), servers_of(state).groups
    queue = movement.cells[cell]
    groups[cell].is_awaited = 1
    if queue.first >= 0 and may_be_taken(servers_of(state), cell):
        mover = queue.first
        one = movement.movers[mover]
        wait_s = time_s - one.waits_since_s
        leave_queue(movement, mover)
        write_handover(state, time_s, mover, HARD, cell, DONE, wait_s)
        take_cell(state, time_s, one.phone, cell)
        renew_channel(state, time_s, mover)
        if queue.first >= 0 and may_be_taken(servers_of(state), cell):
            tell_of_channel(state, time_s, cell)
    if queue.first < 0:
        groups[cell].is_awaited = 0


@kernel
def leave_cell(state: int, time_s: float, mover: int) -> None:
    """Let a phone that has dwelt its time in a cell go on to another one; its call is dropped if that is full."""
    movement = movement_of(state)
    one = movement.movers[mover]
    cell = draw_cell(state, mover, radio_of(state).phones[one.phone].cell)
    if not may_be_taken(servers_of(state), cell):
        write_handover(state, time_s, mover, HARD, cell, _CHANNEL, 0.0)
        drop(state, time_s, mover)
        return
    write_handover(state, time_s, mover, HARD, cell, DONE, 0.0)
    take_cell(state, time_s, one.phone, cell)
    one.n_steps += 1
    dwell(state, time_s, mover)


@kernel
def dwell(state: int, time_s: float, mover: int) -> None:
    """Put into the wheel when a phone leaves its cell."""
    movement = movement_of(state)
    one = movement.movers[mover]
    until_s = time_s + draw_dwell_s(state, mover)
    one.n_dwells += 1
    one.step_id = next_number(state)
    schedule(wheel_of(state), until_s, _STEP, 0, one.step_id, mover)
