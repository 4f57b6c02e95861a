"""Rates of intents: hours, days, classes, and the load that a line is given."""

import math

import numpy as np
import pytest

from sim.scenario.schema import Scenario
from sim.scenario.traffic_section import DAILY_PROFILE, Profile, Ringing
from sim.streams import STREAM_PATIENCE, STREAM_RINGING, uniform_pair
from sim.traffic.profile import (
    HourRates,
    busy_hour_intents,
    class_rates,
    hour_rates,
    hour_weight,
    p_answered,
    share_before,
    start_hour,
    time_in_hour,
)


def scenario(**traffic):
    return Scenario(
        name="rates",
        region={"source": "plain", "width_km": 1, "height_km": 1},
        networks=[{"name": "a", "n_subscribers": 1}],
        traffic=traffic,
        subscribers={
            "scale": 0.5,
            "classes": [
                {"name": "resident", "share": 0.9},
                {"name": "trader", "share": 0.1, "rate_factor": 11},
            ],
        },
    )


def test_start_hour_counts_hours_of_local_time():
    assert start_hour("1970-01-01 00:00") == (0, 0.0)
    assert start_hour("1970-01-08 05:30") == (7 * 24 + 5, 1800.0)
    assert start_hour("1969-12-31T23:15") == (-1, 900.0)


def test_hours_and_days_have_their_weights():
    profile = Profile(weekly=(1, 1, 1, 1, 1, 0.5, 0.25))
    saturday, _ = start_hour("2022-11-19 00:00")
    for hour in range(24):
        assert hour_weight(profile, saturday - 24 + hour) == DAILY_PROFILE[hour]
        assert hour_weight(profile, saturday + hour) == 0.5 * DAILY_PROFILE[hour]
        assert hour_weight(profile, saturday + 24 + hour) == 0.25 * DAILY_PROFILE[hour]


def test_probability_of_an_answer_is_that_of_the_drawn_courses():
    ringing = Ringing(p_answer=0.9, mean_s=12, timeout_s=20, patience_mean_s=30)
    n = 40_000
    answered = 0
    for entity in range(n):
        u, v = uniform_pair(1, 0, STREAM_RINGING, entity, 0)
        w, _ = uniform_pair(1, 0, STREAM_PATIENCE, entity, 0)
        ring_s, patience_s = -12 * math.log1p(-v), -30 * math.log1p(-w)
        answered += u < 0.9 and ring_s <= min(patience_s, 20)
    p = p_answered(ringing)
    assert abs(answered / n - p) < 4.0 * math.sqrt(p * (1.0 - p) / n)
    assert p_answered(Ringing(p_answer=0.7, mean_s=0)) == 0.7


def test_a_line_is_given_its_load():
    """13 mErl of conversation, both ends, calls of 100 s answered at once: 0.013 * 3600 / (100 * 1.95) an hour."""
    one = scenario(erl_per_line=0.013, voice={"ringing": {"p_answer": 1, "mean_s": 0}})
    assert busy_hour_intents(one) == pytest.approx(0.013 * 3600 / (100 * 1.95), rel=1e-14)


def test_classes_keep_the_mean_and_sampling_multiplies_it():
    one = scenario(erl_per_line=0.02)
    rates = class_rates(one)
    assert rates[1] == pytest.approx(11 * rates[0])
    assert np.dot(rates, [0.9, 0.1]) == pytest.approx(2.0 * busy_hour_intents(one))


def test_nobody_calls_when_nobody_answers():
    one = scenario(voice={"ringing": {"p_answer": 0}})
    assert busy_hour_intents(one) == 0.0


def test_the_rate_has_no_step_and_every_hour_keeps_its_mean():
    profile = Profile(weekly=(1, 1, 1, 1, 1, 0.5, 0.25))
    first, _ = start_hour("2022-11-17 00:00")
    for hour in range(first, first + 24 * 7):
        rates, following = hour_rates(profile, hour), hour_rates(profile, hour + 1)
        assert min(rates) >= 0.0
        assert rates.begin + 2.0 * rates.middle + rates.end == pytest.approx(4.0, rel=1e-14)
        end = rates.end * hour_weight(profile, hour)
        assert end == pytest.approx(following.begin * hour_weight(profile, hour + 1), rel=1e-14)
    assert hour_rates(profile, first + 19).begin < hour_rates(profile, first + 19).middle


def test_steps_stay_where_they_are_asked_for():
    profile = Profile(shape="steps")
    assert {hour_rates(profile, hour) for hour in range(24)} == {HourRates()}


def test_an_hour_beside_an_empty_one_begins_and_ends_with_nothing():
    alone = Profile(daily=(*(0,) * 12, 1, *(0,) * 11))
    assert hour_rates(alone, 12) == (0.0, 2.0, 0.0)
    assert hour_rates(alone, 11) == (1.0, 1.0, 1.0)  # of nothing
    assert time_in_hour(0.0, hour_rates(alone, 12)) == 0.0
    assert time_in_hour(1.0, hour_rates(alone, 12)) < 1.0


@pytest.mark.parametrize("rates", [HourRates(), HourRates(0.0, 2.0, 0.0), HourRates(0.6, 1.1, 1.2)])
def test_times_are_the_quantiles_of_the_rate(rates):
    for v in np.linspace(0.0, 0.999, 50).tolist():
        part = time_in_hour(v, rates)
        assert share_before(part, rates) == pytest.approx(v, abs=1e-14)
        if rates == HourRates():
            assert part == v
