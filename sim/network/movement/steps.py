"""Events of phones on their way: they come into another square or cell, or something has been so for long enough."""

import math

from sim.compilation.kernels import call_handler, entry
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Notice
from sim.network.movement.channels import leave_cell, renew_channel
from sim.network.movement.handover import arrive
from sim.network.movement.legs import renew_legs
from sim.network.movement.state import DWELLING, movement_of
from sim.network.movement.way import await_step, go_on
from sim.network.radio.state import radio_of

_FLOW_HEARS_OTHERS = int(Notice.FLOW_HEARS_OTHERS)


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
    """Renew what a phone, or a flow, has of the cells that it hears."""
    clockwork = clockwork_of(state)
    if movement_of(state).movers[mover].flow >= 0:
        call_handler(clockwork.on_notice[_FLOW_HEARS_OTHERS], state, time_s, mover, 0)
    elif radio_of(state).rules[0].is_soft:
        renew_legs(state, time_s, mover)
    else:
        renew_channel(state, time_s, mover)


@entry
def on_disconnected(state: int, time_s: float, phone: int, address: int) -> None:  # noqa: ARG001
    """End the way of a phone that is disconnected."""
    arrive(state, time_s, radio_of(state).phones[phone].mover)
