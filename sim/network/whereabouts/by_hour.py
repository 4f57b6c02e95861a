"""Lines that go to their second place at full hours, and back (docs/whereabouts.md)."""

import math
from collections.abc import Generator
from itertools import count

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.engine.clock import Clock
from sim.engine.rooms import State
from sim.network.demand import hours_of_run
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
    """
    Let every line be where it is in each hour, before anything else happens in it, as long as anything happens.

    Sites change after that.
    """
    hour, offset_s = start_hour(scenario.run.start)
    present: NDArray[np.float64] | None = None
    first = math.floor((clock.now + offset_s) / SECONDS_PER_HOUR)
    # Events of one time come in the order in which they were made.
    made = [clock.at(one.from_s) for one in hours_of_run(scenario) if one.from_s > clock.now]
    for number in count(first):
        before, begin_s = None, number * SECONDS_PER_HOUR - offset_s
        if begin_s > clock.now:
            yield made.pop(0) if made else clock.at(begin_s)
            before = sites.cells_now()
        shares = presence_shares(scenario, hour + number)
        if present is None or not np.array_equal(shares, present):
            _move(scenario, world, hour + number, state[Lines], sites)
            sites.follow_hour(before, clock.now)
        present = shares


def _move(scenario: Scenario, world: World, hour: int, lines: Lines, sites: SitesOnAir) -> None:
    """Let lines go to where they are in an hour."""
    for network, rows in blocks_of_lines(world):
        spots = spots_at(scenario, world, hour, rows)
        moved = np.flatnonzero(spots != lines.spot_idx[rows])
        sites.move(network, moved + rows.start, spots[moved])
