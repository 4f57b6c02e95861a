"""Operators of manual exchanges against the work that is asked of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.runs.card.calls import Calls
from sim.runs.card.lines import Floats
from sim.scenario.schema import Scenario
from sim.switching.tasks import Task, TaskTimes, table_xiv
from sim.units import SECONDS_PER_HOUR
from sim.world.exchanges import Exchanges

_IN = (Task.ANSWER, Task.NUMBER, Task.PLUG, Task.RING, Task.CLEAR)
"""Tasks of a call that comes in on a trunk, whatever becomes of it."""


@dataclass(frozen=True)
class Boards:
    """Manual exchanges in the busiest hour."""

    name: tuple[str, ...]  # names
    calls_h: Floats  # (exchange,) calls that want an operator [1/h]
    work_erl: Floats  # (exchange,) operators at work, if nobody gives up [erl]
    n_operators: NDArray[np.int64]  # (exchange,) operators on duty


def boards_of(scenario: Scenario, exchanges: Exchanges, calls: Calls) -> Boards:
    """
    Return the manual exchanges.

    Every call comes about at the first attempt; those that pass through an exchange between two others are not
    counted.
    """
    times = table_xiv(scenario.switching.manual.work_factor)
    manual = np.flatnonzero(exchanges.is_manual)
    tried_h = calls.tried_h
    local_h = tried_h[manual, manual]
    out_h = tried_h[manual].sum(axis=1) - local_h
    # What comes from another manual exchange is supervised there.
    by_hand_h = tried_h[np.ix_(manual, manual)].sum(axis=0) - local_h
    in_h = tried_h[:, manual].sum(axis=0) - local_h
    boards_h = calls.boards_h[manual]
    seconds = (
        local_h * times.work_s(0.0)
        + out_h * times.work_s(1.0)
        + by_hand_h * _incoming_s(times, (*_IN, Task.TEST_LINE))
        + (in_h - by_hand_h) * _incoming_s(times, (*_IN, Task.TEST_LINE, Task.SUPERVISE))
        + boards_h * _incoming_s(times, (*_IN, Task.TEST_TRUNK, Task.PASS, Task.SUPERVISE))
    )
    return Boards(
        name=tuple(exchanges.name[node] for node in manual),
        calls_h=local_h + out_h + in_h + boards_h,
        work_erl=seconds / SECONDS_PER_HOUR,
        n_operators=exchanges.n_operators[manual, calls.hour].astype(np.int64),
    )


def _incoming_s(times: TaskTimes, tasks: tuple[Task, ...]) -> float:
    return sum(times.incoming[task].mean_s for task in tasks)
