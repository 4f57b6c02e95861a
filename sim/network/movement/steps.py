"""Events of phones on their way: they come into another square or cell, or something has been so for long enough."""

import math

from sim.compilation.kernels import entry
from sim.engine.pools import give_place
from sim.network.clockwork import clockwork_of
from sim.network.movement.channels import leave_cell, renew_channel
from sim.network.movement.legs import renew_legs
from sim.network.movement.state import DWELLING, leave_queue, movement_of
from sim.network.movement.way import await_step, go_on
from sim.network.radio.state import radio_of


@entry
def on_step(state: int, time_s: float, mover: int, address: int) -> None:
    """Let a phone come into another square, or go on to another cell."""
    movement = movement_of(state)
    one = movement.movers[mover]
    if one.step_id != address:
        return
    if one.kind == DWELLING:
        leave_cell(state, time_s, mover)
        return
    if go_on(movement, mover, time_s):
        renew(state, time_s, mover)
    if one.step_id == address:
        await_step(state, mover, time_s)


@entry
def on_look(state: int, time_s: float, mover: int, address: int) -> None:
    """Look again at what a phone hears."""
    one = movement_of(state).movers[mover]
    if one.look_id == address:
        one.look_s = math.inf
        renew(state, time_s, mover)


@entry
def renew(state: int, time_s: float, mover: int) -> None:
    """Renew what a phone has of the cells that it hears."""
    if radio_of(state).rules[0].is_soft:
        renew_legs(state, time_s, mover)
    else:
        renew_channel(state, time_s, mover)


@entry
def on_disconnected(state: int, time_s: float, phone: int, address: int) -> None:  # noqa: ARG001
    """End the way of a phone that is disconnected; its events in the wheel mean nothing any more."""
    movement, mover = movement_of(state), radio_of(state).phones[phone].mover
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
    one.phone, one.step_id, one.look_id = -1, 0, 0
    give_place(movement.free, mover)
