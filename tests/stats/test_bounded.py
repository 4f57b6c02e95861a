"""Intervals of counts, shares and positive numbers: what they reduce to, their bounds, and their promise of 95 %."""

import numpy as np
import pytest
from scipy import stats

from sim.stats import bounded
from sim.stats.intervals import mean_interval, mean_intervals, ratio_interval, ratio_intervals
from sim.stats.theory import erlang_b
from sim.tables import LAWS

SEED = 20221116
HOUR_S = 3600.0


def test_events_without_clumps_have_garwoods_interval(monkeypatch):
    # Two replications alike: no more variance than Poisson's. Garwood (1936), 6 events: 2.20 to 13.06.
    monkeypatch.setattr(bounded, "CLUMP", 1.0)
    both = mean_interval([3.0, 3.0], law="count")
    assert (2 * both.low, 2 * both.high) == pytest.approx((2.20, 13.06), abs=0.005)
    none = mean_interval([0.0, 0.0], law="count")
    assert (none.low, 2 * none.high) == pytest.approx((0.0, -np.log(0.025)))


def test_trials_without_clumps_have_cloppers_and_pearsons_interval(monkeypatch):
    monkeypatch.setattr(bounded, "CLUMP", 1.0)
    for events, trials in ((6, 100), (0, 100), (100, 100), (50, 100)):
        found = ratio_interval([events / 2] * 2, [trials / 2] * 2, law="share")
        exact = stats.binomtest(events, trials).proportion_ci(method="exact")
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-9)


def test_nothing_seen_may_be_one_clump_more():
    found = mean_interval([0.0] * 5, law="count")
    assert (found.low, found.high) == pytest.approx((0.0, bounded.CLUMP * -np.log(0.025) / 5))
    assert ratio_interval([0.0] * 5, [1e6] * 5, law="share").high == pytest.approx(
        found.high / 1e6, rel=1e-3
    )


@pytest.mark.parametrize("law", LAWS)
def test_what_varies_little_has_students_interval(law):
    rng = np.random.default_rng(SEED)
    values = 0.5 + 1e-3 * rng.standard_normal((5, 50))
    # So many trials that chance alone would make them vary less.
    trials = np.full_like(values, 1e9)
    plain = mean_intervals(values)
    found = ratio_intervals(values * trials, trials, law=law)
    for end in ("low", "high"):
        sides = (getattr(one, end) - one.value for one in (found, plain))
        assert np.allclose(*sides, rtol=0.02)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n_replications", [2, 5])
def test_intervals_keep_within_bounds_and_have_a_width(law, n_replications):
    rng = np.random.default_rng(SEED)
    trials = rng.poisson(40.0, (n_replications, 3000)).astype(float)
    rare = rng.binomial(trials.astype(int), rng.choice([0.0, 0.001, 0.02, 0.5, 0.98, 1.0], 3000))
    found = ratio_intervals(rare, trials, law=law)
    has_ends = np.isfinite(found.low)
    if law in ("count", "share"):
        assert has_ends.all()
        assert (found.low < found.high).all()
    else:
        seen = [found.value > 0.0, found.value < 1.0] if law == "part" else [found.value > 0.0]
        assert np.array_equal(has_ends, np.logical_and.reduce(seen))
    low, value, high = (x[has_ends] for x in (found.low, found.value, found.high))
    assert (low >= 0.0).all()
    assert ((low <= value) & (value <= high)).all()
    if law in ("share", "part"):
        assert (high <= 1.0).all()


def test_a_share_and_its_rest_have_mirrored_intervals():
    events, trials = np.array([[0.0, 3.0], [2.0, 9.0], [1.0, 2.0]]), np.full((3, 2), 12.0)
    one = ratio_intervals(events, trials, law="share")
    rest = ratio_intervals(trials - events, trials, law="share")
    assert np.allclose(one.low, 1.0 - rest.high)
    assert np.allclose(one.high, 1.0 - rest.low)


def test_a_part_of_time_is_as_good_as_the_trials_that_saw_it():
    busy = np.array([[0.0, 0.02], [0.0, 0.03], [0.0, 0.05]])
    found = mean_intervals(busy, law="part", trials=np.full((3, 2), 100.0))
    assert found.low[0] == 0.0
    assert found.high[0] == ratio_interval([0.0] * 3, [100.0] * 3, law="share").high
    assert found.value[1] == pytest.approx(0.1 / 3)
    # Three hundred trials do not know a thirtieth as well as the three replications seem to.
    assert found.high[1] > mean_intervals(busy, law="part").high[1]


def test_one_replication_has_no_interval():
    for law in LAWS:
        assert ratio_interval([1.0], [4.0], law=law).low is None
        assert ratio_interval([1.0, 0.0], [4.0, 0.0], law=law).high is None


def loss_system(offered_erl, n_channels, holding_s, n_lanes, rng):
    """Blocked calls and all calls of an hour in each of many lanes, begun in equilibrium."""
    law = stats.poisson.pmf(np.arange(n_channels + 1), offered_erl)
    busy = rng.choice(n_channels + 1, n_lanes, p=law / law.sum())
    call_s, most = offered_erl / holding_s, (offered_erl + n_channels) / holding_s
    blocked, calls = np.zeros(n_lanes), np.zeros(n_lanes)
    # As many steps of one rate as an hour has: a call, a call's end, or nothing (uniformisation).
    n_steps = rng.poisson(most * HOUR_S, n_lanes)
    for step in range(n_steps.max()):
        at = rng.random(n_lanes) * most
        is_on = step < n_steps
        is_call, is_end = is_on & (at < call_s), is_on & (at > most - busy / holding_s)
        is_blocked = is_call & (busy == n_channels)
        calls += is_call
        blocked += is_blocked
        busy += (is_call & ~is_blocked).astype(int) - is_end
    return blocked, calls


def covered(found, truth):
    return np.mean((found.low <= truth) & (truth <= found.high))


def least_share(n_experiments):
    """Share of experiments with p = 0.95 that is undercut once in a thousand times."""
    return stats.binom.ppf(0.001, n_experiments, 0.95) / n_experiments


def test_rare_blocking_is_covered_as_promised():
    # One hour, five replications: where nothing was blocked, Student's t has no width, and elsewhere too little.
    n_experiments, truth = 400, erlang_b(40.0, 60)
    rng = np.random.default_rng(SEED)
    lanes = loss_system(40.0, 60, 120.0, 5 * n_experiments, rng)
    blocked, calls = (one.reshape(5, n_experiments) for one in lanes)
    assert covered(ratio_intervals(blocked, calls, law="share"), truth) >= least_share(400)
    assert covered(mean_intervals(blocked, law="count"), truth * 1200) >= least_share(400)
    assert covered(ratio_intervals(blocked, calls), truth) < 0.75


@pytest.mark.parametrize("law", ["positive", "share"])
def test_what_is_not_rare_is_covered_as_promised(law):
    # A share about which replications agree no better and no worse than their trials, and one that varies by day.
    n_experiments = 4000
    rng = np.random.default_rng(SEED)
    for spread in (0.0, 0.03):
        days = np.clip(0.3 + spread * rng.standard_normal((5, n_experiments)), 0.0, 1.0)
        trials = rng.poisson(500.0, days.shape)
        found = ratio_intervals(rng.binomial(trials, days), trials, law=law)
        assert covered(found, 0.3) >= least_share(n_experiments)


def test_skewed_times_are_covered_no_worse_than_by_students_t():
    rng = np.random.default_rng(SEED)
    values = rng.exponential(1.0, (5, 4000))
    positive, plain = (covered(mean_intervals(values, law=law), 1.0) for law in ("positive", None))
    assert positive > plain + 0.01


# Least shares that hold the truth: 0.95 where clumps are up to `CLUMP`, less where they are larger and few
# (docs/statistics.md has them all).
@pytest.mark.slow
@pytest.mark.parametrize(
    ("offered_erl", "n_channels", "n_replications", "least"),
    [
        (40.0, 60, 2, 0.95),
        (40.0, 60, 5, 0.95),
        (40.0, 60, 10, 0.95),
        (40.0, 60, 20, 0.95),
        (5.0, 12, 5, 0.95),
        (2.0, 7, 10, 0.95),
        (20.0, 28, 5, 0.95),
        (6.0, 7, 5, 0.95),
        (10.0, 7, 20, 0.945),
        (120.0, 150, 5, 0.92),
        (120.0, 150, 20, 0.93),
        (120.0, 140, 10, 0.94),
    ],
)
def test_blocking_is_covered_as_documented(offered_erl, n_channels, n_replications, least):
    n_experiments, truth = 4000, erlang_b(offered_erl, n_channels)
    rng = np.random.default_rng(SEED)
    lanes = loss_system(offered_erl, n_channels, 120.0, n_replications * n_experiments, rng)
    blocked, calls = (one.reshape(n_replications, n_experiments) for one in lanes)
    share = covered(ratio_intervals(blocked, calls, law="share"), truth)
    assert share >= stats.binom.ppf(0.001, n_experiments, least) / n_experiments
