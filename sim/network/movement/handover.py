"""What all handovers have in common: cells that become strong or weak, calls that are lost, rows."""

import math

from sim.compilation.kernels import call_handler, entry, kernel
from sim.engine.pools import give_place, put_row
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of, next_number
from sim.network.kinds import Kind, Notice
from sim.network.movement.state import SIDE_SHIFT, Movement, leave_queue, movement_of
from sim.network.radio.phones import release_channel
from sim.network.radio.state import radio_of
from sim.network.servers import occupy, servers_of
from sim.tables import Refusal
from sim.tables.movement import HARD
from sim.traffic.calls import REDIAL_SHIFT

_LOOK = int(Kind.LOOK)
_FLOW_IS_LOST = int(Notice.FLOW_IS_LOST)
_NO_COVERAGE = int(Refusal.NO_COVERAGE)
_CHANNEL = int(Refusal.CHANNEL)


@kernel
def mark_since(movement: Movement, mover: int, k: int, time_s: float, is_met: bool) -> None:
    """Say since when a condition on a heard cell has been met, and whether for so long that it is due."""
    heard = movement.heard[k]
    heard.since_s, heard.is_due = math.nan, 0
    if not is_met:
        return
    heard.since_s = time_s
    for i in range(movement.movers[mover].n_pending):
        pending = movement.pending[mover, i]
        if pending.cell == heard.cell:
            heard.since_s = pending.since_s
    if heard.since_s + movement.movers[mover].trigger_s <= time_s:
        heard.is_due = 1


@kernel
def keep_pending(movement: Movement, mover: int, n: int) -> None:
    """Keep since when conditions have been met on the cells that a phone hears."""
    kept = 0
    for k in range(n):
        heard = movement.heard[k]
        if not math.isnan(heard.since_s):
            movement.pending[mover, kept].cell = heard.cell
            movement.pending[mover, kept].since_s = heard.since_s
            kept += 1
    movement.movers[mover].n_pending = kept


@entry
def judge(state: int, time_s: float, mover: int, is_lost: bool) -> None:
    """Drop the call or flow of a phone that has been lost for too long; else look again when something is due."""
    movement = movement_of(state)
    one, rules = movement.movers[mover], movement.rules[0]
    if not is_lost:
        one.lost_s = math.nan
    elif math.isnan(one.lost_s):
        one.lost_s = time_s
    due_s = math.inf
    if is_lost:
        due_s = one.lost_s + rules.lost_after_s
        if due_s <= time_s:
            if drop(state, time_s, mover):
                return
            one.lost_s = time_s
            due_s = time_s + rules.lost_after_s if rules.lost_after_s > 0.0 else math.inf
    for i in range(one.n_pending):
        at_s = movement.pending[mover, i].since_s + one.trigger_s
        if at_s > time_s:
            due_s = min(due_s, at_s)
    if due_s < one.look_s:
        one.look_s, one.look_id = due_s, next_number(state)
        schedule(wheel_of(state), due_s, _LOOK, 0, one.look_id, mover)


@entry
def drop(state: int, time_s: float, mover: int) -> bool:
    """End what a phone belongs to, unless operators have it in hand; say whether it has ended."""
    movement, clockwork = movement_of(state), clockwork_of(state)
    one = movement.movers[mover]
    phone = one.phone
    if one.flow < 0 and not radio_of(state).phones[phone].may_be_shed:
        return False
    if 0.0 <= time_s < clockwork.rules[0].window_s:
        movement.totals[0].n_dropped += 1
    if one.flow >= 0:
        call_handler(clockwork.on_notice[_FLOW_IS_LOST], state, time_s, mover, 0)
        return True
    give_up_waiting(state, time_s, mover, HARD, _CHANNEL)
    row = radio_of(state).phones[phone]
    call_handler(clockwork.on_shed[row.owner_kind], state, time_s, phone, _NO_COVERAGE)
    return True


@kernel
def write_handover(
    state: int, time_s: float, mover: int, kind: int, to: int, refusal: int, wait_s: float
) -> None:
    """Write the row of a handover to a cell from the one that a phone or a flow has."""
    movement = movement_of(state)
    row, one = movement.written[0], movement.movers[mover]
    row.time_s, row.kind, row.refusal, row.wait_s = time_s, kind, refusal, wait_s
    row.entity, row.side = one.entity, one.index >> SIDE_SHIFT
    row.number = (one.index & ((1 << SIDE_SHIFT) - 1)) >> REDIAL_SHIFT
    row.index = one.index & ((1 << REDIAL_SHIFT) - 1)
    row.from_idx = one.cell if one.flow >= 0 else radio_of(state).phones[one.phone].cell
    row.to_idx = to
    put_row(movement.handovers, movement.written[0])


@kernel
def take_cell(state: int, time_s: float, phone: int, cell: int) -> None:
    """Let a cell be the first of a phone: it holds the channel, and counts the phone."""
    window_s, row = clockwork_of(state).rules[0].window_s, radio_of(state).phones[phone]
    if row.has_channel:
        release_channel(state, time_s, row.cell)
        occupy(servers_of(state), cell, time_s, window_s)
    row.cell = cell


@kernel
def await_channel(state: int, time_s: float, mover: int, cell: int) -> None:
    """Let a phone be the last of those who wait for a channel of a cell."""
    movement = movement_of(state)
    one, queue = movement.movers[mover], movement.cells[cell]
    one.waits_for, one.waits_since_s = cell, time_s
    one.waits_before, one.waits_after = queue.last, -1
    if queue.last >= 0:
        movement.movers[queue.last].waits_after = mover
    else:
        queue.first = mover
    queue.last = mover
    queue.n_waiting += 1
    group = servers_of(state).groups[cell]
    group.is_awaited = max(group.is_awaited, 1)


@kernel
def give_up_waiting(state: int, time_s: float, mover: int, kind: int, refusal: int) -> None:
    """Let a phone wait no longer, in vain; nothing happens when it does not."""
    movement = movement_of(state)
    one = movement.movers[mover]
    if one.waits_for >= 0:
        write_handover(
            state, time_s, mover, kind, one.waits_for, refusal, time_s - one.waits_since_s
        )
        leave_queue(movement, mover)


@entry
def arrive(state: int, time_s: float, mover: int) -> None:
    """End the way of a phone or a flow that is over; its events in the wheel mean nothing any more."""
    movement = movement_of(state)
    one = movement.movers[mover]
    leave_queue(movement, mover)
    if 0.0 <= time_s < clockwork_of(state).rules[0].window_s:
        totals = movement.totals[0]
        x_m = one.x_m + one.vx_m_s * (time_s - one.since_s) - one.begun_x_m
        y_m = one.y_m + one.vy_m_s * (time_s - one.since_s) - one.begun_y_m
        totals.n_movers += 1
        totals.n_steps += one.n_steps
        totals.moved_m += math.sqrt(x_m * x_m + y_m * y_m)
        totals.moving_s += time_s - one.begun_s
    one.phone, one.flow, one.step_id, one.look_id = -1, -1, 0, 0
    give_place(movement.free, mover)
