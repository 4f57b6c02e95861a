"""Channels of cells and circuits of trunk groups: seizing, releasing, and how busy they were."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import account
from sim.engine.rooms import I4, I8, U1, Integral, State, array, row
from sim.engine.views import view
from sim.network.clockwork import Clockwork, clockwork_of
from sim.scenario.schema import Scenario
from sim.tables import NONE_IDX, Columns
from sim.world.build import World

_UNLIMITED = 2**31 - 1

ORIGINATING, TERMINATING = 0, 1
"""Directions of a call at a server."""


@row
class Group:
    """A group of servers: the channels of a cell, or the circuits of a trunk group."""

    busy: Integral  # busy servers
    all_busy: Integral  # 1 while every server is busy
    n_seized_originating: I8  # in the measured window
    n_seized_terminating: I8
    n_refused_originating: I8
    n_refused_terminating: I8
    capacity: I4  # servers
    n_busy: I4  # busy servers
    n_reserved: (
        I4  # circuits kept for calls that no other group has turned away; channels for handovers
    )
    network_idx: U1  # of a cell
    province_idx: U1  # of a cell
    is_awaited: U1  # whether somebody waits for a circuit, or a channel; 2 while those are to be told of one
    is_freed: U1  # whether one has been released since the loop ran
    is_off: U1  # whether a cell is off the air


class Servers(NamedTuple):
    """All groups: cells first, then trunk groups."""

    groups: array(Group, "group")


servers_of = view(Servers)

Groups = NDArray[np.void]
"""Groups of servers as a structured array of `Group`."""

_Group = Any
"""A row of `Group` in compiled code."""


@kernel(inline=True)
def _account(one: _Group, time_s: float, window_s: float) -> None:
    """Bring both integrals of a group up to now; the servers may change afterwards."""
    one.busy.value = one.n_busy
    one.all_busy.value = 1.0 if one.n_busy >= one.capacity else 0.0
    account(one.busy, time_s, window_s)
    account(one.all_busy, time_s, window_s)


@kernel(inline=True)
def is_free(servers: Servers, group: int) -> bool:
    """Say whether a server is free."""
    return servers.groups[group].n_busy < servers.groups[group].capacity


@kernel(inline=True)
def may_be_taken(servers: Servers, cell: int) -> bool:
    """Say whether a cell is on the air and has a free channel, for a handover."""
    return not servers.groups[cell].is_off and is_free(servers, cell)


@kernel(inline=True)
def refuse(servers: Servers, group: int, direction: int, time_s: float, window_s: float) -> None:
    """Count somebody who got no server."""
    if 0.0 <= time_s < window_s:
        if direction == ORIGINATING:
            servers.groups[group].n_refused_originating += 1
        else:
            servers.groups[group].n_refused_terminating += 1


@kernel
def seize(servers: Servers, group: int, direction: int, time_s: float, window_s: float) -> bool:
    """Seize a server if one is free, count it, and say whether one was."""
    if not is_free(servers, group):
        refuse(servers, group, direction, time_s, window_s)
        return False
    one = servers.groups[group]
    if 0.0 <= time_s < window_s:
        if direction == ORIGINATING:
            one.n_seized_originating += 1
        else:
            one.n_seized_terminating += 1
    _account(one, time_s, window_s)
    one.n_busy += 1
    return True


@kernel(inline=True)
def occupy(servers: Servers, group: int, time_s: float, window_s: float) -> None:
    """Let one more server of a group be busy, for somebody who comes from another one and is counted nowhere."""
    _account(servers.groups[group], time_s, window_s)
    servers.groups[group].n_busy += 1


@kernel
def seize_channel(
    servers: Servers, group: int, direction: int, time_s: float, window_s: float
) -> bool:
    """Seize a channel for a new call, to which those kept for handovers are not free; see `seize`."""
    one = servers.groups[group]
    if one.capacity - one.n_busy > one.n_reserved:
        return seize(servers, group, direction, time_s, window_s)
    refuse(servers, group, direction, time_s, window_s)
    return False


@kernel
def release(servers: Servers, group: int, time_s: float, window_s: float) -> None:
    """Release a server; nothing happens when the group is negative."""
    if group >= 0:
        _account(servers.groups[group], time_s, window_s)
        servers.groups[group].n_busy -= 1


@kernel
def seize_circuit(
    servers: Servers, group: int, is_first_choice: bool, time_s: float, window_s: float
) -> bool:
    """Seize a circuit if one is free for the call, count it, and say whether one was.

    If another group has turned the call away, it is no first choice, and the reserved circuits are not for it.
    """
    one = servers.groups[group]
    n_kept = 0 if is_first_choice else one.n_reserved
    if one.capacity - one.n_busy > n_kept:
        return seize(servers, group, ORIGINATING, time_s, window_s)
    refuse(servers, group, ORIGINATING, time_s, window_s)
    return False


@kernel
def release_circuit(state: int, group: int, time_s: float) -> None:
    """Release a circuit, and let the loop stop where somebody waits for one."""
    servers, clockwork = servers_of(state), clockwork_of(state)
    release(servers, group, time_s, clockwork.rules[0].window_s)
    if servers.groups[group].is_awaited:
        servers.groups[group].is_freed = 1
        clockwork.cursor[0].is_freed = 1


@entry(is_called_by_python=True)
def take_circuit(state: int, group: int, is_first_choice: bool, time_s: float) -> bool:
    """Seize a circuit for Python."""
    window_s = clockwork_of(state).rules[0].window_s
    return seize_circuit(servers_of(state), group, is_first_choice, time_s, window_s)


@entry(is_called_by_python=True)
def give_circuit(state: int, group: int, time_s: float) -> None:
    """Release a circuit for Python, which tells those who wait itself."""
    release(servers_of(state), group, time_s, clockwork_of(state).rules[0].window_s)


@entry(is_called_by_python=True)
def set_capacity(state: int, group: int, capacity: int, time_s: float) -> None:
    """Change the servers of a group; those in use stay in use until they are released."""
    one = servers_of(state).groups[group]
    _account(one, time_s, clockwork_of(state).rules[0].window_s)
    one.capacity = capacity


@entry(is_called_by_python=True)
def close_window(state: int) -> None:
    """Bring the integrals of every group to the end of the measured window."""
    servers, window_s = servers_of(state), clockwork_of(state).rules[0].window_s
    for group in range(len(servers.groups)):
        one = servers.groups[group]
        _account(one, max(one.busy.last_s, window_s), window_s)


def make_servers(scenario: Scenario, world: World) -> Servers:
    """
    Return the channels of all cells and the circuits of all trunk groups, free.

    With soft capacity a cell has as many channels as can be counted.
    """
    trunks, n_channels = world.exchanges.trunks, world.cells.n_channels
    if scenario.radio.capacity == "wcdma":
        n_channels = np.full_like(n_channels, _UNLIMITED)
    capacity = np.concatenate([n_channels, trunks.n_circuits])
    groups = Group.new(len(capacity))  # type: ignore[attr-defined]
    groups["capacity"] = capacity
    groups["network_idx"] = NONE_IDX
    groups["province_idx"] = NONE_IDX
    n_cells = len(world.cells)
    groups["n_reserved"][n_cells:] = trunks.n_reserved
    if scenario.radio.capacity == "channels":
        groups["n_reserved"][:n_cells] = scenario.radio.handover.n_guard_channels
    groups["network_idx"][:n_cells] = world.cells.network_idx
    groups["province_idx"][:n_cells] = world.sites.province_idx[world.cells.site_idx]
    return Servers(groups)


def server_records(state: State) -> dict[str, Columns]:
    """Return what channels and circuits were to each cell and trunk group, over the measured window."""
    groups, rules = state[Servers].groups, state[Clockwork].rules[0]
    if groups["n_busy"].any():
        message = "a channel or a circuit is still held at the end of the replication"
        raise AssertionError(message)
    close_window(state.address)
    n_cells, window_s = int(rules["n_cells"]), float(rules["window_s"])
    cells, trunks = groups[:n_cells], groups[n_cells:]
    return {
        "cells": {
            "seizures_originating": cells["n_seized_originating"],
            "refusals_originating": cells["n_refused_originating"],
            "seizures_terminating": cells["n_seized_terminating"],
            "refusals_terminating": cells["n_refused_terminating"],
            **_busyness(cells, window_s),
        },
        "trunks": {
            "seizures": trunks["n_seized_originating"],
            "refusals": trunks["n_refused_originating"],
            **_busyness(trunks, window_s),
        },
    }


def _busyness(groups: Groups, window_s: float) -> Columns:
    return {
        "busy_erl": groups["busy"]["sum_s"] / window_s,
        "all_busy_share": groups["all_busy"]["sum_s"] / window_s,
    }
