"""Stopping once intervals are narrow: the rule step by step, and its promise against the naive one."""

import numpy as np
import pytest

from sim.stats.intervals import mean_intervals
from sim.stats.precision import look_ahead_of, stop_of

SEED = 20221116


def stop(text, first=3, look_ahead=2, at_most=20):
    """Stop after replications written as n, narrow, or as w, wide."""
    found = stop_of([letter == "n" for letter in text], first, look_ahead, at_most)
    return found.n_needed, found.n_counted


@pytest.mark.parametrize(
    ("text", "n_needed", "n_counted"),
    [
        ("", 5, None),  # three, and two that look ahead
        ("nn", 5, None),  # narrow before anybody looks
        ("wwn", 5, None),
        ("wwnw", 7, None),  # not narrow long enough: anew
        ("wwnwnn", 7, None),
        ("wwnwnnn", 7, 5),
        ("wwnwnnnwwnnn", 7, 5),  # what comes later changes nothing
        ("nnnnn", 5, 3),
        ("w" * 18, 20, None),  # so few are left that they are all
        ("w" * 18 + "nn", 20, None),  # narrow at the end, not for long enough
        ("w" * 17 + "nnn", 20, 18),
        ("w" * 20 + "nnn", 20, None),  # the most was enough
    ],
)
def test_the_first_number_counts_that_stays_narrow(text, n_needed, n_counted):
    assert stop(text) == (n_needed, n_counted)


def test_no_continuation_stops_before_what_is_said_to_be_needed():
    rng = np.random.default_rng(SEED)
    for _ in range(300):
        text = "".join(rng.choice(["n", "w"], 24, p=[0.7, 0.3]))
        whole = stop(text)
        n = 0
        while (needed := stop(text[:n])[0]) > n:
            assert needed <= whole[0]
            n = needed
        assert stop(text[:n]) == whole


def test_beyond_a_hundred_the_view_grows_with_the_replications():
    assert [look_ahead_of(n, 5) for n in (10, 100, 119, 120, 1000)] == [5, 5, 5, 6, 50]


def stopped(cv, look_ahead, n_trials=4000, most=120):
    """Numbers of replications at which trials stop, and whether their intervals hold the truth."""
    values = 1.0 + cv * np.random.default_rng(SEED).standard_normal((most, n_trials))
    found = [mean_intervals(values[:n]) for n in range(1, most + 1)]
    low, value, high = (
        np.stack([getattr(f, end) for f in found]) for end in ("low", "value", "high")
    )
    is_narrow = (high - low) / 2.0 <= 0.05 * np.abs(value)
    numbers = [stop_of(one, 3, look_ahead, most).n_counted for one in is_narrow.T.tolist()]
    at = (np.array(numbers) - 1, np.arange(n_trials))
    return np.array(numbers), (low[at] <= 1.0) & (high[at] >= 1.0)


# Hoad, Robinson and Davies's rule on normal values, relative half width 0.05, from three replications on: mean number
# and share of intervals that hold the truth, of 100,000 trials computed elsewhere; errors of these are below 0.001.
@pytest.mark.parametrize(
    ("cv", "look_ahead", "mean_n", "share"),
    [
        (0.05, 0, 6.043, 0.9227),
        (0.05, 5, 6.615, 0.9567),
        (0.1, 0, 15.881, 0.9028),
        (0.1, 5, 17.873, 0.9512),
    ],
)
def test_looking_ahead_keeps_the_promise_that_the_naive_rule_breaks(cv, look_ahead, mean_n, share):
    numbers, holds = stopped(cv, look_ahead)
    error = numbers.std() / np.sqrt(len(numbers))
    assert numbers.mean() == pytest.approx(mean_n, abs=4.0 * np.hypot(error, 0.02))
    error = np.sqrt(share * (1.0 - share) / len(holds))
    assert holds.mean() == pytest.approx(share, abs=4.0 * np.hypot(error, 0.0009))
