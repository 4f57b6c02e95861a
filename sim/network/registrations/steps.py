"""The steps of a registration: first tries, further ones, and the end of what holds a signalling channel."""

import math

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import change
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Kind
from sim.network.registrations.paging import has_channel
from sim.network.registrations.state import N_TRIES, registrations_of
from sim.network.servers import servers_of
from sim.streams import (
    STREAM_ATTACHMENT,
    STREAM_REGISTRATION,
    exponential_quantile,
    uniform,
)

TOGETHER = 1 << 20
"""Bit of an address: the phone is one of those that attach together. Below it is the number of tries before."""

NUMBER_SHIFT = 21
"""Bits of an address below the number of the first try."""

_REGISTRATION = int(Kind.REGISTRATION)
_SIGNALLING_END = int(Kind.SIGNALLING_END)


@entry
def on_registration(state: int, time_s: float, payload: int, address: int) -> None:
    """Let a phone of a cell, the payload, try to register."""
    registrations, group = registrations_of(state), servers_of(state).groups[payload]
    cell, rules = registrations.cells[payload], registrations.rules[0]
    n_before, is_together = address & (TOGETHER - 1), address & TOGETHER != 0
    if n_before == 0:
        number = cell.number_together if is_together else cell.number
        if address >> NUMBER_SHIFT != number:
            return  # others came in its place
        cell.n_together -= is_together
        _follow(state, time_s, payload, is_together)
    window_s = clockwork_of(state).rules[0].window_s
    is_measured = 0.0 <= time_s < window_s
    is_up = group.capacity > 0 and not group.is_off
    is_served = is_up and has_channel(state, payload)
    cell.n_first += is_measured and n_before == 0
    if is_served:
        change(registrations.held[payload], 1.0, time_s, window_s)
        end_s = time_s + rules.transfer_s
        schedule(wheel_of(state), end_s, _SIGNALLING_END, payload, address, payload)
        if is_together:
            registrations.n_attached[group.network_idx, min(n_before, N_TRIES - 1)] += 1
        return
    cell.n_refused += is_measured
    cell.n_first_refused += is_measured and n_before == 0
    if is_up and (is_together or n_before + 1 < rules.max_tries):
        again_s = time_s + rules.retry_s
        schedule(wheel_of(state), again_s, _REGISTRATION, payload, address + 1, payload)
    else:
        cell.n_given_up += is_measured


@kernel
def _follow(state: int, time_s: float, cell_idx: int, is_together: bool) -> None:
    """Let the next first try in a cell follow: of a Poisson stream, or the earliest of those left, drawn evenly."""
    run, cell = clockwork_of(state).rules[0], registrations_of(state).cells[cell_idx]
    next_s = math.inf
    if is_together:
        cell.number_together += 1
        address = (cell.number_together << NUMBER_SHIFT) + TOGETHER
        u = uniform(run.seed, run.replication, STREAM_ATTACHMENT, cell_idx, cell.number_together)
        if cell.n_together > 0:
            share = 1.0 - math.pow(1.0 - u, 1.0 / cell.n_together)
            next_s = time_s + (cell.attached_by_s - time_s) * share
    else:
        cell.number += 1
        address = cell.number << NUMBER_SHIFT
        u = uniform(run.seed, run.replication, STREAM_REGISTRATION, cell_idx, cell.number)
        if cell.rate_per_s > 0.0:
            next_s = time_s + exponential_quantile(u) / cell.rate_per_s
    if next_s < (math.inf if is_together else run.window_s):
        schedule(wheel_of(state), next_s, _REGISTRATION, cell_idx, address, cell_idx)


@entry(is_called_by_python=True)
def begin_first_tries(state: int, time_s: float, is_together: bool) -> None:
    """Let the first tries of every cell begin anew: the streams at present rates, or those who attach together."""
    cells = registrations_of(state).cells
    for cell in range(len(cells)):
        if not is_together or cells[cell].n_together > 0:
            _follow(state, time_s, cell, is_together)


@entry
def on_end(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """Let a registration in a cell, the payload, or paging in a location area release the channel that it holds."""
    held = registrations_of(state).held
    change(held[payload], -1.0, time_s, clockwork_of(state).rules[0].window_s)
