"""Targets: what a user may ask for, and the measure of each exchange in each hour."""

import numpy as np
import pytest

from sim.errors import SimError
from sim.runs.staffing.target import MEASURES, Target, parse_target
from sim.stats.intervals import mean_intervals, ratio_intervals
from sim.stats.theory import erlang_a


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("form", ["{} <= 0.5", "{}<=0.5", "  {} <= 5e-1 ", "{} ≤ .5"])
def test_a_target(measure, form):
    assert parse_target(form.format(measure)) == Target(measure, 0.5)
    assert parse_target(str(Target(measure, 0.5))) == Target(measure, 0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "target = '': must be a measure, <= and a number"),
        ("exchange.wait_p95_s", "<= is missing between measure and limit"),
        ("exchange.wait_p59_s <= 30", "did you mean 'exchange.wait_p95_s'?"),
        ("voice.blocking <= 0.01", "'voice.blocking' is no measure that operators are staffed for"),
        ("<= 30", "the measure is missing"),
        ("exchange.wait_s >= 30", ">= cannot be a target"),
        ("exchange.wait_s < 30", "< cannot be a target"),
        ("exchange.wait_s = 30", "= cannot be a target"),
        ("exchange.wait_s 30", "<= is missing"),
        ("exchange.wait_s <=", "the limit is missing; must be a number of seconds, 0 or more"),
        ("exchange.wait_s <= 30 s", "limit '30 s': must be a number of seconds, 0 or more; leave the unit out"),
        ("exchange.wait_s <= 30s", "leave the unit out"),
        ("exchange.abandonment <= 5 %", "limit '5 %': must be a share, 0 to 1; leave the unit out"),
        ("exchange.abandonment <= 5", "limit '5': must be a share, 0 to 1"),
        ("exchange.occupancy <= -0.1", "limit '-0.1': must be a share, 0 to 1"),
        ("exchange.wait_s <= nan", "limit 'nan': must be a number of seconds"),
        ("exchange.wait_s <= inf", "limit 'inf': must be a number of seconds"),
        ("exchange.wait_s <= soon", "limit 'soon': must be a number of seconds, 0 or more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text, said):
    with pytest.raises(SimError) as caught:
        parse_target(text)
    assert said in str(caught.value)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(SimError) as caught:
        parse_target("exchange.weit_s > x")
    assert len(caught.value.problems) == 3


@pytest.fixture(scope="module")
def counts():
    """Two exchanges, three hours, four replications; nobody called the second in the last hour of some."""
    rng = np.random.default_rng(3)  # numbers for the eye, in no simulation
    replications = []
    for k in range(4):
        arrived = rng.integers(1, 40, (2, 3)).astype(float)
        arrived[1, 2] = 0.0 if k < 2 else 7.0
        arrived[0, 0] = 0.0
        answered = np.floor(0.8 * arrived)
        wait_p95_s = np.where(arrived > 0.0, rng.uniform(1.0, 60.0, (2, 3)), np.nan)
        replications.append(
            {
                "arrived": arrived,
                "answered": answered,
                "wait_s": 5.0 * arrived,
                "wait_p95_s": wait_p95_s,
                "busy_s": 15.0 * answered,
                "staffed_s": np.full((2, 3), 3600.0),
            }
        )
    return replications


def test_measures_are_those_of_the_results(counts):
    def stack(name):
        return np.stack([one[name] for one in counts])

    wait = Target("exchange.wait_s", 1.0).estimate(counts)
    assert np.isnan(wait.value[0, 0])
    np.testing.assert_allclose(wait.value.ravel()[1:], 5.0)
    lost = Target("exchange.abandonment", 1.0).estimate(counts)
    arrived = stack("arrived")
    expected = ratio_intervals(arrived - stack("answered"), arrived, law="share")
    np.testing.assert_array_equal(lost.value, expected.value)
    np.testing.assert_array_equal(lost.high, expected.high)
    busy = Target("exchange.occupancy", 1.0).estimate(counts)
    np.testing.assert_allclose(busy.value, stack("busy_s").mean(axis=0) / 3600.0)


def test_quantiles_are_means_of_the_replications_with_calls(counts):
    found = Target("exchange.wait_p95_s", 1.0).estimate(counts)
    values = np.stack([one["wait_p95_s"] for one in counts])
    everywhere = mean_intervals(values[:, 0, 1:], law="positive")
    np.testing.assert_allclose(found.value[0, 1:], everywhere.value)
    np.testing.assert_allclose(found.high[0, 1:], everywhere.high)
    some = mean_intervals(values[2:, 1, 2:], law="positive")
    np.testing.assert_allclose(found.value[1, 2], some.value[0])
    np.testing.assert_allclose(found.low[1, 2], some.low[0])
    assert found.n_replications[1, 2] == 2
    assert np.isnan(found.value[0, 0])


def test_nothing_measured_is_good_enough():
    value = np.array([[np.nan, 29.9, 30.0, 30.1]])
    assert Target("exchange.wait_s", 30.0).is_met(value).tolist() == [[True, True, True, False]]


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("exchange.wait_s", lambda desk: desk.mean_wait_s),
        ("exchange.abandonment", lambda desk: desk.p_abandon),
        ("exchange.occupancy", lambda desk: desk.occupancy),
    ],
)
def test_a_desk_meets_what_its_own_value_is(measure, value):
    desk = erlang_a(0.3, 15.0, 60.0, 5)
    assert Target(measure, value(desk)).is_met_by(desk)
    assert not Target(measure, 0.99 * value(desk)).is_met_by(desk)


def test_a_desk_meets_its_quantile():
    desk = erlang_a(0.3, 15.0, 60.0, 5)
    low_s, high_s = 0.0, 1000.0
    while high_s - low_s > 1e-9:
        middle_s = (low_s + high_s) / 2.0
        low_s, high_s = (
            (low_s, middle_s) if desk.p_wait_over(middle_s) < 0.05 else (middle_s, high_s)
        )
    assert Target("exchange.wait_p95_s", high_s + 1e-6).is_met_by(desk)
    assert not Target("exchange.wait_p95_s", high_s - 1e-6).is_met_by(desk)
