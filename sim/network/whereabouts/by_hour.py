"""Lines that go to their second place at full hours, and back (docs/whereabouts.md)."""

from collections.abc import Generator

import numpy as np
from simpy.events import Event

from sim.engine.clock import Clock
from sim.engine.rooms import State
from sim.network.demand import hours_of_run
from sim.network.lines import Lines
from sim.network.outages.on_air import SitesOnAir
from sim.scenario.schema import Scenario
from sim.traffic.presence import spots_at
from sim.world.build import World

_BLOCK_LINES = 1 << 20  # lines that are worked together: what is made of them is forgotten


def by_hour(
    clock: Clock, scenario: Scenario, world: World, state: State, sites: SitesOnAir
) -> Generator[Event, None, None]:
    """Let every line be where it is in each hour, before anything else happens in it; sites change after that."""
    hours = list(hours_of_run(scenario))
    # Events of one time come in the order in which they were made.
    full = [clock.at(hour.from_s) if hour.from_s > clock.now else None for hour in hours]
    for hour, begin_of_hour in zip(hours, full, strict=True):
        before = None
        if begin_of_hour is not None:
            yield begin_of_hour
            before = sites.cells_now()
        for begin in range(0, len(world.subscribers), _BLOCK_LINES):
            block = slice(begin, begin + _BLOCK_LINES)
            spots = spots_at(scenario, world, hour.hour, block)
            moved = np.flatnonzero(spots != state[Lines].spot_idx[block])
            sites.move(moved + begin, spots[moved])
        sites.follow_hour(before, clock.now)
