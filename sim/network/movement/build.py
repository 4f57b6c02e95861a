"""Set-up of movement from scenario and world."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.engine.rooms import State, make_room
from sim.network.movement.dwelling import dwell_law
from sim.network.movement.state import (
    N_PENDING,
    CellQueue,
    Dwell,
    Line,
    Mode,
    Movement,
    MovementRules,
    Point,
    Ride,
)
from sim.network.radio.build import most_on_the_way
from sim.network.radio.state import PlaceInfo, Radio
from sim.scenario.journeys_section import Mode as ModeSection
from sim.scenario.journeys_section import Ride as RideSection
from sim.scenario.schema import Scenario
from sim.units import METRES_PER_KM, db_to_linear
from sim.world.build import World
from sim.world.grid import Grid

_OF_PLACES = ("info", "cell", "uplink_gain", "downlink_gain", "at", "uplink_at")
"""Arrays of the radio with an axis of places."""


def make_movement(scenario: Scenario, world: World) -> Movement:
    """Return the room in which nobody is on the way; without ground where nobody ever is."""
    if not scenario.traffic.is_moving:
        return make_room(Movement, {"one": 1, "mover": 2})
    grid, radio = world.grid, scenario.radio
    ways = [*_corridors(scenario, world), *_ride_lines(scenario, grid)]
    lines, points = _lines(ways)
    n_corridors = len(ways) - sum(one.ride is not None for one in scenario.traffic.sources)
    corridor_line, corridor_run_m = _corridors_of_squares(grid, ways[:n_corridors])
    dwells, dwell_cells = _dwells(scenario, world)
    cells: NDArray[np.void] = CellQueue.new(len(world.cells))  # type: ignore[attr-defined]
    cells["pilot_dbm"] = world.cells.pilot_power_dbm
    n_blocks = len(world.network_names) if radio.adjacent_channel.is_on else 1
    return make_room(
        Movement,
        {"one": 1, "mover": most_on_the_way(scenario), "pending": N_PENDING},
        rules=MovementRules.of(  # type: ignore[attr-defined]
            scenario,
            uplink_leak=1.0 / db_to_linear(radio.adjacent_channel.uplink_acir_db),
            side_m=grid.resolution_m,
            x_min_m=grid.x_min_m,
            y_max_m=grid.y_max_m,
            n_squares=grid.n_squares,
            n_parts=world.spots.n_parts,
            n_blocks=n_blocks,
        ),
        modes=_modes(scenario.traffic.journeys.modes),
        lines=lines,
        points=points,
        rides=_rides(scenario, world, n_corridors),
        dwells=dwells,
        dwell_cells=dwell_cells,
        cells=cells,
        square_at=grid.square_at,
        square_row=grid.row,
        square_col=grid.col,
        divided=np.flatnonzero(world.spots.first >= 0).astype(np.int32),
        corridor_line=corridor_line,
        corridor_run_m=corridor_run_m,
    )


def begin(state: State) -> None:
    """Give phones on their way their places for the radio, two each: those at the end."""
    movement, radio = state[Movement], state[Radio]
    if movement.rules["is_on"][0] and radio.rules["is_soft"][0]:
        n = len(movement.own_place)
        first = len(radio.info) - 2 * n
        movement.own_place[:] = first + 2 * np.arange(n, dtype=np.int32)


def give_places(state: State) -> None:
    """Give phones on their way, of which there is room for more now, places of their own."""
    movement, radio = state[Movement], state[Radio]
    without = np.flatnonzero(movement.own_place < 0)
    if not (movement.rules["is_on"][0] and radio.rules["is_soft"][0] and len(without)):
        return
    n_before, n_more = len(radio.info), 2 * len(without)
    more: dict[str, NDArray[np.generic]] = {}
    for name in _OF_PLACES:
        present = getattr(radio, name)
        shape = (n_more, *present.shape[1:])
        new = PlaceInfo.new(n_more) if name == "info" else np.zeros(shape, present.dtype)  # type: ignore[attr-defined]
        more[name] = np.concatenate([present, new])
    movement.own_place[without] = n_before + 2 * np.arange(len(without), dtype=np.int32)
    state.put(radio._replace(**more))


def _modes(modes: Sequence[ModeSection]) -> NDArray[np.void]:
    """Return the modes with their cumulative shares."""
    rows, passed = [], 0.0
    for mode in modes:
        passed += mode.share
        variance = math.log1p(mode.speed_cv**2)
        mu = math.log(mode.speed_m_s) - variance / 2.0
        rows.append((passed, mu, math.sqrt(variance), mode.way == "corridor"))
    return np.array(rows, Mode.dtype)  # type: ignore[attr-defined,arg-type]


_Way = tuple[NDArray[np.float64], NDArray[np.float64]]


def _corridors(scenario: Scenario, world: World) -> Iterator[_Way]:
    if scenario.traffic.journeys.uses_corridors:
        for corridor in world.corridors:
            yield corridor.x_m, corridor.y_m


def _ride_lines(scenario: Scenario, grid: Grid) -> Iterator[_Way]:
    """Yield the lines of vehicles in the metres of the grid."""
    south_m = grid.y_max_m - grid.n_rows * grid.resolution_m
    for source in scenario.traffic.sources:
        if source.ride is not None:
            yield (
                grid.x_min_m + METRES_PER_KM * np.array(source.ride.x_km),
                south_m + METRES_PER_KM * np.array(source.ride.y_km),
            )


def _lines(ways: Sequence[_Way]) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Return lines and their points, none twice in a row."""
    lines, first = [], 0
    parts: list[NDArray[np.void]] = [Point.new(0)]  # type: ignore[attr-defined]
    for x_m, y_m in ways:
        step_m = np.sqrt(np.diff(x_m) ** 2 + np.diff(y_m) ** 2)
        is_kept = np.concatenate(([True], step_m > 0.0))
        part: NDArray[np.void] = Point.new(int(is_kept.sum()))  # type: ignore[attr-defined]
        part["x_m"], part["y_m"] = x_m[is_kept], y_m[is_kept]
        part["run_m"][1:] = np.cumsum(step_m[step_m > 0.0])
        lines.append((first, first + len(part)))
        first += len(part)
        parts.append(part)
    return np.array(lines, Line.dtype), np.concatenate(parts)  # type: ignore[attr-defined,arg-type]


def _corridors_of_squares(
    grid: Grid, ways: Sequence[_Way]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return of each square a corridor that crosses it, -1 for none, and how far along it the square is."""
    line, run_m = np.full(grid.n_squares, -1, np.int32), np.zeros(grid.n_squares)
    for number, (x_m, y_m) in enumerate(ways):
        step_m = np.sqrt(np.diff(x_m) ** 2 + np.diff(y_m) ** 2)
        all_m = np.concatenate(([0.0], np.cumsum(step_m)))
        at_m = np.arange(0.0, all_m[-1], grid.resolution_m / 4.0)
        square = grid.square_of(np.interp(at_m, all_m, x_m), np.interp(at_m, all_m, y_m))
        squares, first = np.unique(square, return_index=True)
        is_new = (squares >= 0) & (line[squares] < 0)
        line[squares[is_new]], run_m[squares[is_new]] = number, at_m[first[is_new]]
    return line, run_m


def _rides(scenario: Scenario, world: World, n_corridors: int) -> NDArray[np.void]:
    """Return from where each source calls; nothing where none rides."""
    sources = scenario.traffic.sources
    if not any(source.ride for source in sources):
        return Ride.new(0)  # type: ignore[attr-defined]
    rides: NDArray[np.void] = Ride.new(len(sources))  # type: ignore[attr-defined]
    line = n_corridors
    for k, source in enumerate(sources):
        if source.ride is not None:
            rides[k] = _ride(source.ride, line, world)
            line += 1
    return rides


def _ride(ride: RideSection, line: int, world: World) -> tuple[float, ...]:
    network = world.network_names.index(ride.network)
    return line, network, ride.speed_m_s, ride.length_m, ride.departs_s


def _dwells(scenario: Scenario, world: World) -> tuple[NDArray[np.void], NDArray[np.int32]]:
    """Return how phones of each source go from cell to cell, and among which; nothing where none does."""
    sources, cells = scenario.traffic.sources, {name: i for i, name in enumerate(world.cells.name)}
    if not any(source.dwell for source in sources):
        return Dwell.new(0), np.zeros(0, np.int32)  # type: ignore[attr-defined]
    rows: list[tuple[float, ...]] = []
    among: list[int] = []
    for source in sources:
        law: tuple[float, ...] = (0, 0.0, 0.0)
        first = len(among)
        if source.dwell is not None:
            law = dwell_law(source.dwell)
            among += [cells[name] for name in source.dwell.among]
        rows.append((*law, first, len(among)))
    return np.array(rows, Dwell.dtype), np.array(among, np.int32)  # type: ignore[attr-defined,arg-type]
