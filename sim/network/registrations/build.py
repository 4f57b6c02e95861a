"""Set-up of registrations from the scenario, and what becomes of them when sites go off the air or are back."""

from collections.abc import Callable, Generator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.engine.clock import Clock
from sim.engine.rooms import State, make_room
from sim.network.clockwork import Clockwork
from sim.network.lines import Lines, present_spots
from sim.network.registrations.areas import location_areas
from sim.network.registrations.rates import phones_of_cells, registration_rates
from sim.network.registrations.state import (
    N_TRIES,
    RegisteringCell,
    RegistrationRules,
    Registrations,
)
from sim.network.registrations.steps import begin_first_tries
from sim.network.roaming import of_serving
from sim.radio.coverage import Coverage, ranks_at_spots
from sim.scenario.schema import Scenario
from sim.tables import Columns
from sim.units import SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

_NOBODY = np.empty(0, np.int64)


def make_registrations(scenario: Scenario, world: World) -> Registrations:
    """Return the room in which no phone has registered yet. Room; without cells where phones do not."""
    if not scenario.traffic.registrations.is_on:
        nobody: Registrations = make_room(Registrations, {"one": 1})
        return nobody
    area = location_areas(scenario, world)
    cells = RegisteringCell.new(len(world.cells))  # type: ignore[attr-defined]
    cells["area"] = len(world.cells) + area
    n_holders = len(world.cells) + int(area.max(initial=-1)) + 1
    room: Registrations = make_room(
        Registrations,
        {"holder": n_holders, "network": len(world.network_names), "try": N_TRIES},
        rules=RegistrationRules.of(scenario),  # type: ignore[attr-defined]
        cells=cells,
    )
    return room


def begin(state: State, scenario: Scenario, world: World, coverage: Coverage) -> None:
    """Let phones register from the begin of the run on, where they do; those that are elsewhere by then begin there."""
    if scenario.traffic.registrations.is_on and not scenario.traffic.places:
        _set_rates(state, scenario, world, coverage, _NOBODY)
        begin_first_tries(state.address, -hours_to_seconds(scenario.warmup_h), False)


def _set_rates(
    state: State,
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    arrived: NDArray[np.int64],
) -> None:
    """Set how often phones register: those where lines are now, and once more in an hour who has just arrived."""
    cells, n_squares = state[Registrations].cells, world.grid.n_squares
    first = ranks_at_spots(coverage).cell_idx[:, :, 0]
    cell_at = of_serving(scenario, coverage, first)[0][:, :n_squares]
    area = cells["area"] - len(cells)
    cell_of_line = state[Lines].lines["cell_idx"]
    square_of_line = world.spots.square_idx[present_spots(world, state[Lines])]
    rate_per_s = registration_rates(scenario, world, cell_of_line, square_of_line, cell_at, area)
    rate_per_s += phones_of_cells(scenario, world, cell_of_line[arrived]) / SECONDS_PER_HOUR
    cells["rate_per_s"] = rate_per_s


def follow_sites(
    state: State,
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    before: NDArray[np.int32],
    arrived: NDArray[np.int64],
    time_s: float,
) -> None:
    """
    Let phones register where the sites on the air have changed.

    Those with a cell of another area than before, or with one again, attach together.
    """
    _set_rates(state, scenario, world, coverage, arrived)
    begin_first_tries(state.address, time_s, False)
    now = state[Lines].lines["cell_idx"]
    phones = phones_of_cells(scenario, world, now[_came(state, before)])
    _attach_together(state, phones, time_s, scenario.traffic.registrations.attach_within_s)


def follow_lines(
    state: State,
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    before: NDArray[np.int32] | None,
    time_s: float,
) -> NDArray[np.int64]:
    """
    Let phones register where lines are in an hour, given the cells that they had before it; None at the begin.

    Those with a cell of another area, or with one again, register in the course of the hour; which these are is
    returned.
    """
    arrived = _NOBODY if before is None else _came(state, before)
    _set_rates(state, scenario, world, coverage, arrived)
    begin_first_tries(state.address, time_s, False)
    return arrived


def _came(state: State, before: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the lines with a cell of another area than before, or with one again."""
    area = np.append(state[Registrations].cells["area"], -1)
    now = state[Lines].lines["cell_idx"]
    return np.flatnonzero((now >= 0) & (area[before] != area[now]))


def _attach_together(
    state: State, phones: NDArray[np.float64], time_s: float, within_s: float
) -> None:
    """Let so many phones of each cell attach within a time."""
    cells, n = state[Registrations].cells, np.floor(phones + 0.5).astype(np.int64)
    cells["n_together"] += n
    until_s = np.maximum(cells["attached_by_s"], time_s + within_s)
    cells["attached_by_s"] = np.where(n > 0, until_s, cells["attached_by_s"])
    begin_first_tries(state.address, time_s, True)


def keep_storms(
    clock: Clock, state: State, scenario: Scenario, world: World, make_room: Callable[[], None]
) -> Generator[Event, None, None]:
    """Let phones attach together when the scenario says so, from the begin of the run to the end of the window."""
    zero = datetime.fromisoformat(scenario.run.start)
    storms = [
        ((datetime.fromisoformat(one.at) - zero).total_seconds(), one)
        for one in scenario.traffic.registrations.storms
    ]
    for time_s, storm in sorted(storms, key=lambda one: one[0]):
        if not clock.now <= time_s < hours_to_seconds(scenario.run.duration_h):
            continue
        yield clock.at(time_s)
        make_room()
        cell_of_line = state[Lines].lines["cell_idx"]
        phones = phones_of_cells(scenario, world, cell_of_line) * storm.share
        _attach_together(state, phones, time_s, storm.within_s)


def registration_records(state: State) -> dict[str, Columns]:
    """Return what registrations and paging were to each cell, and how many tries phones took that attached together."""
    room = state[Registrations]
    if not room.rules["is_on"][0]:
        return {}
    cells, held = room.cells, room.held
    if held["value"].any() or cells["n_together"].any():
        message = "a registration or paging still holds something at the end"
        raise AssertionError(message)
    busy = held["sum_s"] / float(state[Clockwork].rules["window_s"][0])
    return {
        "registrations": {
            "area_idx": cells["area"].astype(np.int64) - len(cells),
            "first_tries": cells["n_first"].copy(),
            "first_tries_refused": cells["n_first_refused"].copy(),
            "tries_refused": cells["n_refused"].copy(),
            "given_up": cells["n_given_up"].copy(),
            "paged": room.n_paged[cells["area"]],
            "unanswered": cells["n_unanswered"].copy(),
            "registrations_busy": busy[: len(cells)],
            "paging_busy": busy[cells["area"]],
        },
        "attachments": {"phones": room.n_attached.copy()},
    }
