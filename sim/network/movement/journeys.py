"""How phones set out: which are on a journey, from where, how fast and in which direction."""

import math

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import give_place, take_place
from sim.network.clockwork import clockwork_of
from sim.network.lines import lines_of
from sim.network.movement.channels import dwell
from sim.network.movement.heard import fill_place, listen
from sim.network.movement.state import (
    ALONG,
    DWELLING,
    OF_A_FLOW,
    SIDE_SHIFT,
    STRAIGHT,
    Movement,
    movement_of,
)
from sim.network.movement.way import await_step, put_at, put_on_line
from sim.network.radio.state import radio_of
from sim.network.servers import servers_of
from sim.streams import (
    STREAM_JOURNEY,
    STREAM_JOURNEY_SPEED,
    STREAM_JOURNEY_START,
    normal_quantile,
    uniform,
    uniform_pair,
)


@kernel
def _new_mover(movement: Movement, entity: int, index: int) -> int:
    """Return a phone on its way that is nowhere yet."""
    mover = take_place(movement.free)
    one = movement.movers[mover]
    one.entity, one.index = entity, index
    one.phone, one.flow, one.square, one.line, one.source = -1, -1, -1, -1, -1
    one.trigger_s = movement.rules[0].trigger_s
    one.waits_for, one.waits_before, one.waits_after = -1, -1, -1
    one.n_steps, one.n_dwells, one.n_pending, one.kind = 0, 0, 0, STRAIGHT
    one.vx_m_s, one.vy_m_s, one.until_s = 0.0, 0.0, math.inf
    one.lost_s, one.look_s = math.nan, math.inf
    one.step_id, one.look_id, one.way = 0, 0, 1
    return mover


@kernel
def _bind(state: int, mover: int, phone: int) -> None:
    """Let a phone on the radio be that of a phone on its way."""
    movement_of(state).movers[mover].phone = phone
    radio_of(state).phones[phone].mover = mover


@entry
def set_out(state: int, time_s: float, phone: int, row: int, side: int) -> None:
    """Let the phone of a line, which is connected now, set out if its draw says so."""
    of = radio_of(state).phones[phone]
    index = of.address + (side << SIDE_SHIFT)
    mover = _draw_mover(state, time_s, row, of.cell, of.entity, index)
    if mover >= 0:
        _bind(state, mover, phone)
        await_step(state, mover, time_s)


@entry
def set_out_flow(state: int, time_s: float, flow: int, cell: int, row: int, address: int) -> int:
    """Let the phone of a flow over HSDPA set out if its draw says so; return it on its way, -1 where it stays."""
    movement = movement_of(state)
    if row < 0:
        return -1
    entity = lines_of(state).lines[row].subscriber_id
    mover = _draw_mover(state, time_s, row, cell, entity, address + (OF_A_FLOW << SIDE_SHIFT))
    if mover >= 0:
        one = movement.movers[mover]
        one.flow, one.cell = flow, cell
        one.trigger_s += movement.rules[0].change_s
        await_step(state, mover, time_s)
    return mover + 0


@kernel
def _draw_mover(state: int, time_s: float, row: int, cell: int, entity: int, index: int) -> int:
    """Return the phone of a line on its way in the network of its cell, -1 where its draw says that it stays."""
    movement, run = movement_of(state), clockwork_of(state).rules[0]
    if len(movement.modes) == 0 or row < 0:
        return -1
    u, v = uniform_pair(run.seed, run.replication, STREAM_JOURNEY, entity, index)
    mode = 0
    while mode < len(movement.modes) and u >= movement.modes[mode].share:
        mode += 1
    if mode == len(movement.modes):
        return -1
    how = movement.modes[mode]
    mover = _new_mover(movement, entity, index)
    one = movement.movers[mover]
    one.network = servers_of(state).groups[cell].network_idx
    p = uniform(run.seed, run.replication, STREAM_JOURNEY_SPEED, entity, index)
    one.speed_m_s = math.exp(how.mu + how.sigma * normal_quantile(p))
    _put_at_spot(state, mover, lines_of(state).spot_idx[row], time_s)
    corridor = movement.corridor_line[one.square] if how.is_along else -1
    if corridor >= 0:
        one.kind, one.line, one.way = ALONG, corridor, 1 if v < 0.5 else -1
        put_on_line(movement, one, movement.corridor_run_m[one.square], time_s)
    else:
        one.vx_m_s = one.speed_m_s * math.cos(2.0 * math.pi * v)
        one.vy_m_s = one.speed_m_s * math.sin(2.0 * math.pi * v)
    return mover


@kernel
def _put_at_spot(state: int, mover: int, spot: int, time_s: float) -> None:
    """Let a phone be somewhere in its square, or in its part of one that is divided; all points of it alike."""
    movement, run = movement_of(state), clockwork_of(state).rules[0]
    one, rules = movement.movers[mover], movement.rules[0]
    square, n_parts, point = spot, 1, 0
    if spot >= rules.n_squares:
        n_parts = rules.n_parts
        number = (spot - rules.n_squares) // (n_parts * n_parts)
        square, point = movement.divided[number], (spot - rules.n_squares) % (n_parts * n_parts)
    u, v = uniform_pair(run.seed, run.replication, STREAM_JOURNEY_START, one.entity, one.index)
    col = movement.square_col[square] + (point % n_parts + u) / n_parts
    row = movement.square_row[square] + (point // n_parts + v) / n_parts
    x_m, y_m = rules.x_min_m + col * rules.side_m, rules.y_max_m - row * rules.side_m
    put_at(movement, one, x_m, y_m, time_s)
    one.col, one.row, one.square = movement.square_col[square], movement.square_row[square], square


@entry
def set_out_dwelling(state: int, time_s: float, phone: int, source: int) -> None:
    """Let the phone of a Poisson source go from cell to cell, if those of the source do."""
    movement = movement_of(state)
    if len(movement.dwells) == 0 or movement.dwells[source].end == movement.dwells[source].first:
        return
    of = radio_of(state).phones[phone]
    mover = _new_mover(movement, of.entity, of.address)
    one = movement.movers[mover]
    put_at(movement, one, 0.0, 0.0, time_s)
    one.kind, one.source, one.square = DWELLING, source, -1
    _bind(state, mover, phone)
    dwell(state, time_s, mover)


@entry
def board(state: int, time_s: float, source: int, index: int, p_place: float) -> int:
    """Let a phone ride where the vehicle of a source is; return it on its way, -1 where the source does not ride."""
    movement = movement_of(state)
    if len(movement.rides) == 0 or movement.rides[source].line < 0:
        return -1
    ride = movement.rides[source]
    mover = _new_mover(movement, source, index)
    one, line = movement.movers[mover], movement.lines[ride.line]
    one.kind, one.line, one.network = ALONG, ride.line, ride.network_idx
    one.speed_m_s = ride.speed_m_s
    length_m = movement.points[line.end - 1].run_m
    gone_m = ride.speed_m_s * (time_s - ride.departs_s) - p_place * ride.length_m
    run_m = gone_m - math.floor(gone_m / (2.0 * length_m)) * (2.0 * length_m)
    if run_m > length_m:
        run_m, one.way = 2.0 * length_m - run_m, -1
    put_on_line(movement, one, run_m, time_s)
    return mover


@entry
def place_on_board(state: int, mover: int) -> tuple[int, int]:
    """Return the cell that a phone on board hears best, -1 for none, and its place for the radio, -1 with channels."""
    movement, radio = movement_of(state), radio_of(state)
    n, one = listen(state, mover), movement.movers[mover]
    n_serving = 0
    if n > 0:
        n_serving = int(radio.n_serving[one.network * movement.rules[0].n_squares + one.square])
    if n_serving == 0:
        return -1, -1
    if not radio.rules[0].is_soft:
        return int(movement.heard[0].cell), -1
    rules = movement.rules[0]
    for k in range(min(n_serving, rules.max_legs)):
        gap_cdb = movement.heard[0].cdbm - movement.heard[k].cdbm
        movement.heard[k].is_leg = 1 if gap_cdb <= rules.add_cdb else 0
    place = movement.own_place[mover]
    fill_place(state, mover, place, n)
    return int(movement.heard[0].cell), int(place)


@entry
def ride_on(state: int, time_s: float, mover: int, phone: int) -> None:
    """Let a phone on board that is connected, or not where it is negative, ride on."""
    if phone < 0:
        give_place(movement_of(state).free, mover)
        return
    _bind(state, mover, phone)
    await_step(state, mover, time_s)
