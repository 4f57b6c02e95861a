"""When lines are where: at home, or at their second place (docs/whereabouts.md)."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.traffic.profile import weekday_of
from sim.units import HOURS_PER_DAY
from sim.world.build import World
from sim.world.second_places import NO_KIND, OF_PRESENCE, draws_of


def presence_shares(scenario: Scenario, hour: int) -> NDArray[np.float64]:
    """
    Return which share of the lines of each kind of second place is there.

    Parameters
    ----------
    scenario : Scenario
        Section `traffic.places`.
    hour : int
        Whole hours since the begin of 1970, local time.

    Returns
    -------
    (kind,) ndarray of float64
        Share. [1]
    """
    clock, weekday = hour % HOURS_PER_DAY, weekday_of(hour)
    return np.array([one.daily[clock] * one.weekly[weekday] for one in scenario.traffic.places])


def presence_draws(scenario: Scenario, world: World, rows: slice) -> NDArray[np.float64]:
    """
    Return what decides when lines are at their second place: where the share of their kind exceeds it.

    Each line has one such draw, so that of those who are there in one hour all are in another in which more are.

    Parameters
    ----------
    scenario : Scenario
        Seed.
    world : World
        Lines.
    rows : slice
        Lines.

    Returns
    -------
    (line,) ndarray of float64
        Draws. [1]
    """
    key = scenario.seed, scenario.run.world_replication
    return draws_of(key, world.subscribers.subscriber_id[rows], OF_PRESENCE)


def spots_at(scenario: Scenario, world: World, hour: int, rows: slice) -> NDArray[np.int32]:
    """
    Return where some lines are in an hour.

    Parameters
    ----------
    scenario : Scenario
        Seed and section `traffic.places`.
    world : World
        Lines, their homes and their second places.
    hour : int
        Whole hours since the begin of 1970, local time.
    rows : slice
        Lines.

    Returns
    -------
    (line,) ndarray of int32
        Spot of each.
    """
    lines, second = world.subscribers, world.second_places
    spots = world.spots.of(lines.square_idx[rows], lines.point_idx[rows])
    if second is None:
        return spots
    # Of those without such a place the share is 0.
    share = np.zeros(NO_KIND + 1)
    share[: len(scenario.traffic.places)] = presence_shares(scenario, hour)
    is_away = presence_draws(scenario, world, rows) < share[second.kind_idx[rows]]
    np.copyto(spots, second.spot_idx[rows], where=is_away)
    return spots
