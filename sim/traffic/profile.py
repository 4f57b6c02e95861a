"""How often people call: the rate of intents by hour and class of subscriber."""

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.scenario.schema import Scenario
from sim.scenario.traffic_section import Profile, Ringing
from sim.traffic.durations import mean_holding_s
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

_EPOCH = datetime(1970, 1, 1)  # local time without a zone, as in the scenario
_WEEKDAY_OF_EPOCH = 3  # 1 January 1970 was a Thursday; Monday is 0
_BEFORE_END = 1.0 - 2.0**-53


def start_hour(start: str) -> tuple[int, float]:
    """
    Return the hour in which a date and time lies, and how far into it.

    Parameters
    ----------
    start : str
        Local date and time, such as `2022-11-16 19:00`.

    Returns
    -------
    hour : int
        Whole hours since the begin of 1970, local time.
    offset_s : float
        Seconds since the begin of that hour. [s]
    """
    seconds = (datetime.fromisoformat(start) - _EPOCH).total_seconds()
    hour = math.floor(seconds / SECONDS_PER_HOUR)
    return hour, seconds - hour * SECONDS_PER_HOUR


def weekday_of(hour: int) -> int:
    """Return the day of the week of an hour since the begin of 1970, local time: 0 for Monday to 6 for Sunday."""
    return (hour // HOURS_PER_DAY + _WEEKDAY_OF_EPOCH) % 7


def hour_weight(profile: Profile, hour: int) -> float:
    """
    Return the rate of an hour relative to the busiest hour of the week.

    Parameters
    ----------
    profile : Profile
        Section of the scenario.
    hour : int
        Whole hours since the begin of 1970, local time.

    Returns
    -------
    float
        Weight, 0 to 1. [1]
    """
    weekday = weekday_of(hour)
    busiest = max(profile.daily) * max(profile.weekly)
    return profile.daily[hour % HOURS_PER_DAY] * profile.weekly[weekday] / busiest


class HourRates(NamedTuple):
    """Rates of intents within an hour, linear between its points, each over the mean of the hour."""

    begin: float = 1.0  # at its begin
    middle: float = 1.0  # after half an hour
    end: float = 1.0  # at its end


def hour_rates(profile: Profile, hour: int) -> HourRates:
    """
    Return how the rate goes within an hour, which keeps its mean: linear, without a step at a full hour, or constant.

    Parameters
    ----------
    profile : Profile
        Section of the scenario.
    hour : int
        Whole hours since the begin of 1970, local time.

    Returns
    -------
    HourRates
        Rates, each 0 to 2, with begin + 2 middle + end = 4 (docs/model.md). [1]
    """
    before, mean, after = (hour_weight(profile, hour + k) for k in (-1, 0, 1))
    if mean == 0.0 or profile.shape == "steps":
        return HourRates()
    begin, end = (_where_they_meet(other, mean) / mean for other in (before, after))
    return HourRates(begin, 2.0 - 0.5 * (begin + end), end)


def _where_they_meet(one: float, other: float) -> float:
    """Return the rate at a full hour: with more than twice that of an hour beside it, this could not keep its mean."""
    return min(0.5 * (one + other), 2.0 * one, 2.0 * other)


@compiled(inline=True)
def time_in_hour(v: float, rates: HourRates) -> float:
    """Return when in an hour, as a part of it, a draw from 0 to 1 puts an intent: the quantile of the rate."""
    first_half = 0.25 * (rates.begin + rates.middle)
    if v < first_half:
        return _time_in_half(v, rates.begin, rates.middle)
    return min(0.5 + _time_in_half(v - first_half, rates.middle, rates.end), _BEFORE_END)


@kernel(inline=True)
def _time_in_half(v: float, rate: float, last_rate: float) -> float:
    """Return when so much of an hour's intents has come in half an hour whose rate is linear."""
    if v <= 0.0:
        return 0.0
    return 2.0 * v / (rate + math.sqrt(max(0.0, rate * rate + 4.0 * (last_rate - rate) * v)))


def share_before(part: float, rates: HourRates) -> float:
    """Return the share of an hour's intents that come in its first part, 0 to 1."""
    first, second = min(part, 0.5), max(part - 0.5, 0.0)
    begun = rates.begin * first + (rates.middle - rates.begin) * first**2
    return begun + rates.middle * second + (rates.end - rates.middle) * second**2


def p_answered(ringing: Ringing) -> float:
    """
    Return the probability that a reached, free phone is answered before anyone gives up.

    The time to answer and the patience are exponential with rates a and b, and the network ends the ringing
    after T: P = p a / (a + b) (1 - exp(-(a + b) T)).

    Parameters
    ----------
    ringing : Ringing
        Section of the scenario.

    Returns
    -------
    float
        Probability. [1]
    """
    if ringing.mean_s == 0.0:
        return ringing.p_answer
    answer_rate = 1.0 / ringing.mean_s
    total_rate = answer_rate + 1.0 / ringing.patience_mean_s
    return (
        ringing.p_answer * answer_rate / total_rate * -math.expm1(-total_rate * ringing.timeout_s)
    )


def mean_ringing_s(ringing: Ringing) -> float:
    """
    Return how long a reached, free phone rings in the mean.

    Until it is answered, the caller gives up, or the network ends it after T. With rates a and b as above the least of
    both is (1 - exp(-(a + b) T)) / (a + b); where nobody would answer, (1 - exp(-b T)) / b.

    Parameters
    ----------
    ringing : Ringing
        Section of the scenario.

    Returns
    -------
    float
        Mean. [s]
    """
    patience_rate = 1.0 / ringing.patience_mean_s
    alone_s = -math.expm1(-patience_rate * ringing.timeout_s) / patience_rate
    if ringing.mean_s == 0.0:
        return (1.0 - ringing.p_answer) * alone_s
    total_rate = patience_rate + 1.0 / ringing.mean_s
    answered_s = -math.expm1(-total_rate * ringing.timeout_s) / total_rate
    return ringing.p_answer * answered_s + (1.0 - ringing.p_answer) * alone_s


def busy_hour_intents(scenario: Scenario) -> float:
    """
    Return the intents of a mean line in the busy hour.

    `traffic.erl_per_line` is conversation, and counts both ends of a mobile-to-mobile call. A line makes x
    intents an hour, of which the share m goes to mobile lines; so in the mean it is in conversation, as caller
    or called, for x p (1 + m) times the mean conversation, with p the probability of an answer.
    """
    voice = scenario.traffic.voice
    p_talk = p_answered(voice.ringing)
    if p_talk == 0.0:
        return 0.0
    mobile_share = 1.0 - voice.destination.fixed_share
    per_intent_s = p_talk * mean_holding_s(voice.holding) * (1.0 + mobile_share)
    return scenario.traffic.erl_per_line * SECONDS_PER_HOUR / per_intent_s


def class_rates(scenario: Scenario) -> NDArray[np.float64]:
    """
    Return the intents of a simulated line in the busy hour, by class.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (class,) ndarray of float64
        Intents per simulated line and hour: a simulated line calls for 1 / `subscribers.scale` lines. [1/h]
    """
    classes = scenario.subscribers.classes
    mean_factor = sum(one.share * one.rate_factor for one in classes)
    mean_rate = busy_hour_intents(scenario) / scenario.subscribers.scale
    return np.array([mean_rate * one.rate_factor / mean_factor for one in classes])
