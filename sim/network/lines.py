"""Simulated lines: who they are, where they live, and the calls in which they take part."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.engine.rooms import I4, I8, U1, U2, U4, array, make_room, row
from sim.engine.views import view
from sim.network.roaming import serving_networks
from sim.radio.coverage import Coverage, ranks_at_spots
from sim.scenario.schema import Scenario
from sim.world.build import World


@row
class Line:
    """A simulated line, which stands for 1 / `subscribers.scale` lines."""

    subscriber_id: U4  # its entity
    cell_idx: I4  # first-ranked cell at home, -1 for none
    network_idx: U1
    province_idx: U1  # home
    class_idx: U1
    device_idx: U1


class Lines(NamedTuple):
    """All simulated lines, network by network and province by province."""

    lines: array(Line, "line")
    n_calls: array(U2, "line")  # calls in which each takes part
    emergency_cell: array(I4, "roaming_line")  # for emergency calls, where these roam
    row_by_id: array(I4, "line")  # rows network by network, by subscriber_id within each
    first_row: array(
        I8, "network", "province_end"
    )  # first row of each network's lines in each province


lines_of = view(Lines)


@kernel(inline=True)
def is_engaged(lines: Lines, row: int, p_line: float, scale: float) -> bool:
    """Say whether the one of the lines of a row that a draw means takes part in a call."""
    return p_line < lines.n_calls[row] * scale


def make_lines(scenario: Scenario, world: World, coverage: Coverage) -> Lines:
    """Return the lines, none of which takes part in a call."""
    subscribers = world.subscribers
    lines = Line.new(len(subscribers))  # type: ignore[attr-defined]
    lines["subscriber_id"] = subscribers.subscriber_id
    lines["cell_idx"] = first_cells(world, coverage, roams=scenario.radio.roaming == "all")
    lines["network_idx"] = subscribers.network_idx
    lines["province_idx"] = world.grid.province_idx[subscribers.square_idx]
    lines["class_idx"] = subscribers.class_idx
    lines["device_idx"] = subscribers.device_idx
    return make_room(
        Lines,
        {"line": len(lines)},
        lines=lines,
        emergency_cell=emergency_cells(scenario, world, coverage),
        row_by_id=subscribers.row_by_id,
        first_row=subscribers.first_row,
    )


def emergency_cells(scenario: Scenario, world: World, coverage: Coverage) -> NDArray[np.int32]:
    """Return the first-ranked cell of each line for emergency calls; none where these do not roam."""
    if scenario.radio.roaming != "emergency":
        return np.empty(0, np.int32)
    return first_cells(world, coverage, roams=True)


def first_cells(world: World, coverage: Coverage, *, roams: bool) -> NDArray[np.int32]:
    """Return the first-ranked cell of each line where it lives, of the network that serves it there, -1 for none."""
    subscribers = world.subscribers
    spots = world.spots.of(subscribers.square_idx, subscribers.point_idx)
    networks = subscribers.network_idx
    if roams:
        networks = serving_networks(coverage, roams=True)[networks, spots]
    return ranks_at_spots(coverage).cell_idx[networks, spots, 0]


def shares_of_others(scenario: Scenario, p_other: float) -> NDArray[np.float64]:
    """
    Return the shares of other networks in the traffic of each, by their lines.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    p_other : float
        Share of all others together. [1]

    Returns
    -------
    (from_network, to_network) ndarray of float64
        Shares, 0 of the own network. [1]
    """
    n_lines = np.array([network.n_subscribers for network in scenario.networks], float)
    share = np.zeros((len(n_lines), len(n_lines)))
    for own in range(len(n_lines)):
        others = n_lines.copy()
        others[own] = 0.0
        if others.sum() > 0.0:
            share[own] = p_other * others / others.sum()
    return share
