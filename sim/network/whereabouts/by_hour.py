"""Lines that go to their second place at full hours, and back (docs/whereabouts.md)."""

import math
from collections.abc import Generator
from itertools import count

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.engine.clock import Clock
from sim.engine.rooms import State
from sim.network.lines import Lines, blocks_of_lines
from sim.network.outages.on_air import SitesOnAir
from sim.scenario.schema import Scenario
from sim.traffic.presence import presence_shares, spots_at
from sim.traffic.profile import start_hour
from sim.units import SECONDS_PER_HOUR
from sim.world.build import World


def by_hour(
    clock: Clock, scenario: Scenario, world: World, state: State, sites: SitesOnAir
) -> Generator[Event, None, None]:
    """Let every line be where it is in each hour, before anything else happens in it, as long as anything happens."""
    hour, offset_s = start_hour(scenario.run.start)
    present: NDArray[np.float64] | None = None
    for number in count(math.floor((clock.now + offset_s) / SECONDS_PER_HOUR)):
        begin_s, before = number * SECONDS_PER_HOUR - offset_s, None
        if begin_s > clock.now:
            yield clock.at(begin_s, is_first=True)
            before = sites.cells_now()
        shares = presence_shares(scenario, hour + number)
        if present is None or not np.array_equal(shares, present):
            _move(scenario, world, hour + number, state[Lines], sites)
        present = shares
        sites.follow_hour(before, clock.now)


def _move(scenario: Scenario, world: World, hour: int, lines: Lines, sites: SitesOnAir) -> None:
    """Let lines go to where they are in an hour."""
    for network, rows in blocks_of_lines(world):
        spots = spots_at(scenario, world, hour, rows)
        moved = np.flatnonzero(spots != lines.spot_idx[rows])
        sites.move(network, moved + rows.start, spots[moved])
