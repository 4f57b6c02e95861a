"""Simulated lines: who they are, where they live, and the calls in which they take part."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.engine.rooms import I4, I8, U1, U2, U4, array, make_room, row
from sim.engine.views import view
from sim.network.roaming import AtSpots, of_serving
from sim.radio.coverage import Coverage, ranks_at_spots
from sim.scenario.schema import Scenario
from sim.world.build import World

_BLOCK_LINES = 1 << 18  # lines that are worked together


@row
class Line:
    """A simulated line, which stands for 1 / `subscribers.scale` lines."""

    subscriber_id: U4  # its entity
    cell_idx: I4  # first-ranked cell where it is now, -1 for none
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
    # Where some are not at home all the time, or set out from there: where each is now. Both are empty where none does.
    spot_idx: array(I4, "line_that_moves")
    province_of_spot: array(U1, "spot")


lines_of = view(Lines)


@kernel(inline=True)
def is_engaged(lines: Lines, row: int, p_line: float, scale: float) -> bool:
    """Say whether the one of the lines of a row that a draw means takes part in a call."""
    return p_line < lines.n_calls[row] * scale


@kernel(inline=True)
def province_now(lines: Lines, row: int, home: int) -> int:
    """Return the province in which a line is now; home for no line, and where all are at home."""
    if row < 0 or len(lines.spot_idx) == 0:
        return home
    return lines.province_of_spot[lines.spot_idx[row]]


def make_lines(scenario: Scenario, world: World, coverage: Coverage) -> Lines:
    """Return the lines, all of them at home and none in a call."""
    subscribers = world.subscribers
    lines = Line.new(len(subscribers))  # type: ignore[attr-defined]
    lines["subscriber_id"] = subscribers.subscriber_id
    lines["network_idx"] = subscribers.network_idx
    lines["province_idx"] = world.grid.province_idx[subscribers.square_idx]
    lines["class_idx"] = subscribers.class_idx
    lines["device_idx"] = subscribers.device_idx
    spots = home_spots(world)
    moving: dict[str, NDArray[np.generic]] = {}
    if scenario.traffic.places or scenario.traffic.journeys.is_on:
        moving["spot_idx"] = spots
        moving["province_of_spot"] = world.grid.province_idx[world.spots.square_idx]
    n_roaming = len(lines) if scenario.radio.roaming == "emergency" else 0
    room: Lines = make_room(
        Lines, {"line": len(lines), "roaming_line": n_roaming},
        lines=lines, row_by_id=subscribers.row_by_id, first_row=subscribers.first_row, **moving,
    )  # fmt: skip
    cell_at = first_cells(scenario, coverage)
    hear(room, cell_at, subscribers.network_idx, slice(None), spots)
    return room


def first_cells(scenario: Scenario, coverage: Coverage) -> AtSpots:
    """Return the first-ranked cells of phones of each network at all spots, of those that serve them; -1 for none."""
    return of_serving(scenario, coverage, ranks_at_spots(coverage).cell_idx[:, :, 0])


def hear(
    lines: Lines,
    cell_at: AtSpots,
    network_idx: int | NDArray[np.uint8],
    rows: slice | NDArray[np.int64],
    spot_idx: NDArray[np.int32],
) -> None:
    """Let some lines, of a network or of one each, have the first-ranked cells of their spots."""
    always, in_emergency = cell_at
    lines.lines["cell_idx"][rows] = always[network_idx, spot_idx]
    if in_emergency is not None:
        lines.emergency_cell[rows] = in_emergency[network_idx, spot_idx]


def blocks_of_lines(world: World) -> Iterator[tuple[int, slice]]:
    """Yield networks and rows of theirs, some at a time: what is made of them takes little memory."""
    for network, first_row in enumerate(world.subscribers.first_row):
        end = int(first_row[-1])
        for begin in range(int(first_row[0]), end, _BLOCK_LINES):
            yield network, slice(begin, min(begin + _BLOCK_LINES, end))


def home_spots(world: World) -> NDArray[np.int32]:
    """Return the spot at which each line lives."""
    return world.spots.of(world.subscribers.square_idx, world.subscribers.point_idx)


def present_spots(world: World, lines: Lines) -> NDArray[np.int32]:
    """Return the spot at which each line is now."""
    return lines.spot_idx if len(lines.spot_idx) else home_spots(world)


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
