"""Sites on the air: what changes in the network when one goes off, or is back (docs/outages.md)."""

from collections.abc import Callable, Generator, Iterable

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.engine.clock import Clock
from sim.engine.rooms import State
from sim.network.clockwork import Clockwork
from sim.network.lines import Lines, first_cells, hear, present_spots
from sim.network.messages.state import Messages
from sim.network.outages.cut import leave_air
from sim.network.outages.ground import Ground
from sim.network.radio.build import ground_arrays
from sim.network.radio.state import Radio
from sim.network.registrations.build import follow_lines, follow_sites
from sim.network.roaming import AtSpots, of_serving
from sim.network.servers import Servers
from sim.radio.coverage import Coverage, coverage_without, key_of
from sim.scenario.schema import Scenario
from sim.units import hours_to_seconds
from sim.world.build import World
from sim.world.outages import sites_off_at, switch_times_s

MOST_KEPT = 4
"""Coverages that are kept of sites that extensions switched, beside those that the scenario foresees (house limit)."""


class SitesOnAir:
    """
    Which sites are on the air, at the present time of the clock.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage
        Coverage at the begin of the run, with those after each change.
    state : State
        Live state of the replication.
    make_room : callable
        Makes room for whatever an event may add.
    hand_over : callable
        Tells operators of circuits for which somebody waits.
    """

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        coverage: Coverage,
        state: State,
        make_room: Callable[[], None],
        hand_over: Callable[[], None],
    ) -> None:
        self._scenario, self._world, self._state = scenario, world, state
        self._make_room, self._hand_over = make_room, hand_over
        self._origin_s = -hours_to_seconds(scenario.warmup_h)
        self._dated = sites_off_at(world.outages, len(world.sites), self._origin_s)
        self._by_hand = np.zeros(len(world.sites), np.bool_)
        self.is_off = self._dated.copy()
        self._first = key_of(self.is_off)
        self._known = {self._first: coverage, **coverage.others}
        self._lately: dict[bytes, Coverage] = {}  # those that nobody foresaw, the latest last
        self._begin = self._coverage = coverage
        self._cell_at: AtSpots = first_cells(scenario, coverage)
        self._place_at: AtSpots | None = None
        self._arrived = np.empty(
            0, np.int64
        )  # lines that came from elsewhere at the last full hour
        self._ground: Ground | None = None
        self._limits_w: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        if self.is_off.any():
            self._silence()
            self._begin_silent()

    def keep(self, clock: Clock) -> Generator[Event, None, None]:
        """Let sites go off the air and be back as the scenario says."""
        for time_s in switch_times_s(self._world.outages, self._origin_s):
            yield clock.at(time_s)
            self._dated = sites_off_at(self._world.outages, len(self._world.sites), time_s)
            self._change(time_s)

    def set_off(self, sites: Iterable[int], time_s: float, *, is_off: bool) -> None:
        """Take sites off the air, or let them be back as far as the scenario does not say otherwise."""
        self._by_hand[list(sites)] = is_off
        self._change(time_s)

    def expect_changes(self) -> None:
        """Let nobody count on the coverage to stay as it is."""
        self._state[Messages].rules["is_lasting"] = 0

    def _change(self, time_s: float) -> None:
        """Let the network be as the sites are now."""
        is_off = self._dated | self._by_hand
        if np.array_equal(is_off, self.is_off):
            return
        self.is_off = is_off
        key = key_of(is_off)
        before = self.cells_now()
        self._coverage = coverage = self._coverage_of(key)
        spots = present_spots(self._world, self._state[Lines])
        self._cell_at, self._place_at = first_cells(self._scenario, coverage), None
        lines = self._state[Lines]
        hear(lines, self._cell_at, lines.lines["network_idx"], slice(None), spots)
        self._silence()
        if self._state[Radio].rules["is_soft"][0]:
            radio = self._ground_met().changed(self._state[Radio], key, coverage, spots)
            self._state.put(radio)
        elif self._scenario.traffic.is_moving:
            self._state.put(self._state[Radio]._replace(**ground_arrays(coverage)))
        self._make_room()
        leave_air(self._state.address, time_s)
        if before is not None:
            follow_sites(
                self._state, self._scenario, self._world, coverage, before, self._arrived, time_s
            )
        if self._state[Clockwork].cursor["is_freed"][0]:
            self._hand_over()

    def move(self, network: int, rows: NDArray[np.int64], spot_idx: NDArray[np.int32]) -> None:
        """Let lines of a network be elsewhere, where they hear what is on the air now; calls in progress stay."""
        lines, radio = self._state[Lines], self._state[Radio]
        lines.spot_idx[rows] = spot_idx
        hear(lines, self._cell_at, network, rows, spot_idx)
        if radio.rules["is_soft"][0]:
            always, in_emergency = self._places_now()
            radio.place_of_line[rows] = always[network][spot_idx]
            if in_emergency is not None:
                radio.emergency_place[rows] = in_emergency[network][spot_idx]

    def follow_hour(self, before: NDArray[np.int32] | None, time_s: float) -> None:
        """Let phones register where lines are since they moved, given the cells that they had; None at the begin."""
        window_s = hours_to_seconds(self._scenario.run.duration_h)
        if self._scenario.traffic.registrations.is_on and time_s < window_s:
            self._make_room()
            self._arrived = follow_lines(
                self._state, self._scenario, self._world, self._coverage, before, time_s
            )

    def cells_now(self) -> NDArray[np.int32] | None:
        """Return the first-ranked cells of the lines, where phones register."""
        if not self._scenario.traffic.registrations.is_on:
            return None
        cells: NDArray[np.int32] = self._state[Lines].lines["cell_idx"].copy()
        return cells

    def _places_now(self) -> AtSpots:
        """Return the places of phones of each network for the radio, at the coverage of now."""
        if self._place_at is None:
            place_at = self._ground_met().places(key_of(self.is_off))
            self._place_at = of_serving(self._scenario, self._coverage, place_at)
        return self._place_at

    def _ground_met(self) -> Ground:
        if self._ground is None:
            self._ground = Ground(self._scenario, self._world, self._first, self._begin)
        return self._ground

    def _coverage_of(self, key: bytes) -> Coverage:
        """Return the coverage with the sites as they are now."""
        if key in self._known:
            return self._known[key]
        found = self._lately.pop(key, None)
        if found is None:
            found = coverage_without(self._scenario, self._world, self.is_off)
        self._lately[key] = found
        if len(self._lately) > MOST_KEPT:
            del self._lately[next(iter(self._lately))]
        return found

    def _begin_silent(self) -> None:
        """Let the powers at the begin of the run be those without cells that are off the air."""
        radio = self._state[Radio]
        if radio.rules["is_soft"][0]:
            cells = np.flatnonzero(self.is_off[self._world.cells.site_idx])
            radio.power_w[cells] = radio.present_w[cells] = 0.0

    def _silence(self) -> None:
        """Let cells off the air send nothing, and others what they may."""
        cells = self.is_off[self._world.cells.site_idx]
        self._state[Servers].groups["is_off"][: len(cells)] = cells
        radio = self._state[Radio]
        if not radio.rules["is_soft"][0]:
            return
        if self._limits_w is None:
            self._limits_w = radio.most_w.copy(), radio.cap_w.copy()
        most_w, cap_w = self._limits_w
        radio.most_w[:] = np.where(cells, 0.0, most_w)
        radio.cap_w[:] = np.where(cells, radio.noise_w, cap_w)
