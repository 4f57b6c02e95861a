"""The hours for which intents are drawn, and the rates for which the draws are made."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelRangeError
from sim.scenario.schema import Scenario
from sim.traffic.calls import Hour
from sim.traffic.profile import start_hour
from sim.units import SECONDS_PER_HOUR, hours_to_seconds

_MAX_INTENTS_PER_HOUR = 600.0
_MAX_SOURCE_PER_HOUR = float(1 << 21)


def check_rates(class_rate: NDArray[np.float64], source_rate: NDArray[np.float64]) -> None:
    """
    Refuse rates for which the draws are not made.

    Parameters
    ----------
    class_rate : (class,) ndarray of float64
        Intents of a line of each class. [1/h]
    source_rate : (source,) ndarray of float64
        Calls of each Poisson source. [1/h]

    Raises
    ------
    ModelRangeError
        If a rate is too high.
    """
    for key, rates, most in (
        ("traffic.erl_per_line", class_rate, _MAX_INTENTS_PER_HOUR),
        ("traffic.sources", source_rate, _MAX_SOURCE_PER_HOUR),
    ):
        if len(rates) and rates.max() > most:
            message = (
                f"{key}: gives {rates.max():.6g} calls an hour of one line or source; must be at most {most:.6g}; "
                "lower the traffic, or make the calls longer"
            )
            raise ModelRangeError(message)


def hours_of_run(scenario: Scenario) -> Iterator[Hour]:
    """
    Cut warm-up and measured window at whole hours.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Yields
    ------
    Hour
        Parts of hours, one after the other.
    """
    hour, offset_s = start_hour(scenario.run.start)
    from_s = -hours_to_seconds(scenario.run.warmup_h)
    to_s = hours_to_seconds(scenario.run.duration_h)
    first = math.floor((from_s + offset_s) / SECONDS_PER_HOUR)
    last = math.ceil((to_s + offset_s) / SECONDS_PER_HOUR)
    for number in range(first, last):
        begin_s = number * SECONDS_PER_HOUR - offset_s
        end_s = min(to_s, begin_s + SECONDS_PER_HOUR)
        yield Hour(hour + number, begin_s, max(from_s, begin_s), end_s)
