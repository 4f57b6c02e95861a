"""How often phones register in each cell: periodically, when they are switched on, and where they cross a border."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.units import SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World
from sim.world.grid import Grid

_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Steps to the squares beside a square."""


def phones_of_cells(
    scenario: Scenario, world: World, cell_of_line: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return how many phones, switched on, each cell serves where the first-ranked cells of the lines are these."""
    served = cell_of_line[cell_of_line >= 0]
    lines = np.bincount(served, minlength=len(world.cells)) / scenario.subscribers.scale
    return np.asarray(lines * (1.0 - scenario.traffic.voice.p_phone_off), np.float64)


def registration_rates(
    scenario: Scenario,
    world: World,
    cell_of_line: NDArray[np.int32],
    square_of_line: NDArray[np.int32],
    cell_at: NDArray[np.int32],
    area: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return how often phones make a first try to register in each cell."""
    rules, voice = scenario.traffic.registrations, scenario.traffic.voice
    per_phone_s = voice.p_phone_off / scenario.traffic.messages.phone_state_s
    if rules.period_h > 0.0:
        per_phone_s += 1.0 / hours_to_seconds(rules.period_h)
    if rules.crossings_per_line_h is not None:
        per_phone_s += rules.crossings_per_line_h / SECONDS_PER_HOUR
    rate_per_s = phones_of_cells(scenario, world, cell_of_line) * per_phone_s
    if rules.crossings_per_line_h is None:
        phones = _phones_of_squares(scenario, world, square_of_line)
        for of_network, cells in zip(phones, cell_at, strict=True):
            moving = of_network * rules.moving_share
            rate_per_s += crossing_rates(world.grid, moving, rules.speed_m_s, cells, area)
    return rate_per_s


def _phones_of_squares(
    scenario: Scenario, world: World, square_of_line: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the phones of each network, switched on, in each square, given that of each line."""
    n_networks, n_squares = len(world.network_names), world.grid.n_squares
    key = world.subscribers.network_idx.astype(np.int64) * n_squares + square_of_line
    counts = np.bincount(key, minlength=n_networks * n_squares).reshape(n_networks, n_squares)
    p_on = 1.0 - scenario.traffic.voice.p_phone_off
    return np.asarray(counts / scenario.subscribers.scale * p_on, np.float64)


def crossing_rates(
    grid: Grid,
    moving: NDArray[np.float64],
    speed_m_s: float,
    cells: NDArray[np.int32],
    area: NDArray[np.int32],
) -> NDArray[np.float64]:
    """
    Return how often phones cross the border of a location area into each cell, by the fluid-flow model.

    Where phones go in all directions alike, each metre of a border is crossed from either side density * speed / pi
    times a second. Borders between squares are steps: of a border that runs in all directions alike, steps are 4 / pi
    times as long as the border itself.

    References
    ----------
    R. Thomas, H. Gilbert, G. Mazziotto, "Influence of the moving of the mobile stations on the performance of a radio
    mobile cellular network", Third Nordic Seminar on Digital Land Mobile Radio Communications (1988): density * speed *
    perimeter / pi.
    """
    # phones / side^2 * speed / pi * side * pi / 4
    flow_per_s = moving * speed_m_s / (4.0 * grid.resolution_m)
    around = np.pad(grid.square_at, 1, constant_values=-1)
    into = np.zeros(len(area))
    for down, right in _SIDES:
        beside = around[grid.row + 1 + down, grid.col + 1 + right]
        of_one, of_other = cells, np.where(beside >= 0, cells[beside], -1)
        is_covered = (of_one >= 0) & (of_other >= 0)
        is_border = is_covered & (area[of_one] != area[of_other])
        into += np.bincount(of_other[is_border], flow_per_s[is_border], minlength=len(area))
    return into
