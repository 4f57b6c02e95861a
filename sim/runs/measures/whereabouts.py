"""Where lines are by the hour of the day on which the measured window begins."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.subject import Finished, Subject
from sim.runs.parquet import arrow_table
from sim.scenario.schema import Scenario
from sim.tables import AT_HOME, LINES_BY_SQUARE, POPULATION_BY_HOUR, Columns
from sim.traffic.presence import presence_draws, presence_shares, spots_at
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY
from sim.world.build import World

GROUNDS = ("countryside", "city")
"""What squares are, by number."""

_BLOCK_LINES = 1 << 18  # lines that are worked together

Counts = NDArray[np.int64]


def _midnight(scenario: Scenario) -> int:
    """Return the first hour of the day on which the measured window begins."""
    hour, _ = start_hour(scenario.run.start)
    return hour - hour % HOURS_PER_DAY


def lines_by_hour(scenario: Scenario, world: World) -> Counts:
    """
    Return how many simulated lines are where in each hour of the day on which the measured window begins.

    Lines by hour, province, ground and where they are: the first at home, others at kinds of places in their order.
    """
    n_kinds, n_groups = len(scenario.traffic.places), len(world.provinces) * len(GROUNDS)
    midnight = _midnight(scenario)
    shares = np.array([presence_shares(scenario, midnight + h) for h in range(HOURS_PER_DAY)])
    lines, second = world.subscribers, world.second_places
    group_of = world.grid.province_idx.astype(np.int64) * len(GROUNDS) + world.is_urban
    found = np.zeros((HOURS_PER_DAY, n_groups, 1 + n_kinds), np.int64)
    for begin in range(0, len(lines), _BLOCK_LINES):
        block = slice(begin, begin + _BLOCK_LINES)
        homes = group_of[lines.square_idx[block]]
        found[:, :, 0] += np.bincount(homes, minlength=n_groups)
        if second is None:
            continue
        draws = presence_draws(scenario, world, block)
        for k in range(n_kinds):
            own = np.flatnonzero(second.kind_idx[block] == k)
            there = group_of[world.spots.square_idx[second.spot_idx[block][own]]]
            found[:, :, 0] -= _gone(homes[own], draws[own], shares[:, k], n_groups)
            found[:, :, 1 + k] += _gone(there, draws[own], shares[:, k], n_groups)
    return found.reshape(HOURS_PER_DAY, len(world.provinces), len(GROUNDS), 1 + n_kinds)


def _gone(group: Counts, draw: NDArray[np.float64], share: NDArray[np.float64], n: int) -> Counts:
    """Return how many lines of each group have a draw below the share of each hour: one count for all hours."""
    steps = np.unique(share)
    n_steps = len(steps) + 1
    count = np.bincount(
        group * n_steps + np.searchsorted(steps, draw, side="right"), minlength=n * n_steps
    )
    below = np.cumsum(count.reshape(n, n_steps), axis=1)
    return np.asarray(below[:, np.searchsorted(steps, share)].T, np.int64)


def lines_of_squares(scenario: Scenario, world: World, hour: int) -> Counts:
    """Return how many simulated lines are in each square, in an hour since the begin of 1970, local time."""
    found = np.zeros(world.grid.n_squares, np.int64)
    for begin in range(0, len(world.subscribers), _BLOCK_LINES):
        spots = spots_at(scenario, world, hour, slice(begin, begin + _BLOCK_LINES))
        found += np.bincount(world.spots.square_idx[spots], minlength=len(found))
    return found


def _published(run: Finished) -> dict[str, pa.Table]:
    scenario, world = run.scenario, run.world
    counts = lines_by_hour(scenario, world)
    scale = scenario.subscribers.scale
    at = (AT_HOME, *(one.name for one in scenario.traffic.places))
    hour, province, ground, kind = (axis.ravel() for axis in np.indices(counts.shape))
    by_hour: Columns = {
        "hour": hour.astype(np.int32),
        "province": np.asarray(world.provinces.code)[province],
        "ground": np.asarray(GROUNDS)[ground],
        "at": np.asarray(at)[kind],
        "n_lines": counts.ravel() / scale,
    }
    n_at_home = counts[..., 0].sum(axis=(1, 2))
    squares: Columns = {
        name: lines_of_squares(scenario, world, _midnight(scenario) + int(hour)) / scale
        for name, hour in (
            ("n_lines_fewest_away", np.argmax(n_at_home)),
            ("n_lines_most_away", np.argmin(n_at_home)),
        )
    }
    return {
        POPULATION_BY_HOUR.name: arrow_table(POPULATION_BY_HOUR, by_hour),
        LINES_BY_SQUARE.name: arrow_table(LINES_BY_SQUARE, squares),
    }


WHEREABOUTS = Subject(
    measures=(),
    in_scenario=lambda scenario: bool(scenario.traffic.places),
    published=_published,
)
