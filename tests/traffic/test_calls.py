"""Intents: independent of the window and of everybody else, Poisson in number, in exact order."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.traffic.calls import (
    OF_A_FIXED_LINE,
    OF_A_SOURCE,
    OF_A_SUBSCRIBER,
    Demand,
    Hour,
    Key,
    draw_intents,
)
from sim.traffic.profile import HourRates, share_before

HOUR = 463_000
IDS = np.arange(5_000, dtype=np.uint32)
ONE_CLASS = np.zeros(len(IDS), np.uint8)


def draw(
    ids=IDS,
    from_s=0.0,
    to_s=3600.0,
    mean=0.7,
    sources=(),
    seed=5,
    replication=2,
    sessions=0.0,
    flows=(),
    messages=0.0,
):
    hour = Hour(HOUR, 0.0, from_s, to_s)
    kinds = np.zeros(len(ids), np.uint8)
    demand = Demand(
        calls=np.array([mean]),
        sources=np.array(sources, float),
        exchanges=np.zeros(0),
        sessions=np.array([[sessions]]),
        flows=np.array(flows, float),
        messages=np.array([messages]),
    )
    return draw_intents(Key(seed, replication), hour, ids, kinds, kinds, demand)


def as_set(intents, ids=IDS):
    rows = zip(intents.time_s, intents.kind, intents.row, intents.address, strict=True)
    return {(t, int(s), int(ids[r]) if s else int(r), int(a)) for t, s, r, a in rows}


@pytest.mark.parametrize("cut_s", [1e-6, 900.0, 1800.5, 3599.999])
def test_the_generation_window_changes_no_intent(cut_s):
    whole = as_set(draw(sources=[50.0, 3.0]))
    first = as_set(draw(to_s=cut_s, sources=[50.0, 3.0]))
    second = as_set(draw(from_s=cut_s, sources=[50.0, 3.0]))
    assert first | second == whole
    assert not first & second
    assert len(whole) > 3_000


def test_one_more_subscriber_changes_nobody_elses_intents():
    fewer, more = as_set(draw(IDS[:-1]), IDS), as_set(draw(IDS), IDS)
    assert {intent for intent in more if intent[2] != IDS[-1]} == fewer


def test_another_replication_or_seed_has_other_intents():
    base = as_set(draw())
    assert not base & as_set(draw(replication=3))
    assert not base & as_set(draw(seed=6))


def test_the_order_is_by_time_then_entity():
    shuffled = IDS[::-1].copy()
    intents = draw(shuffled, sources=[40.0])
    entity = np.where(intents.kind == 1, shuffled[intents.row], intents.row)
    keys = list(zip(intents.time_s, intents.kind, entity, intents.address, strict=True))
    assert keys == sorted(keys)


def test_numbers_are_poisson_and_times_uniform():
    intents = draw(mean=1.3)
    counts = np.bincount(np.bincount(intents.row, minlength=len(IDS)), minlength=8)[:8]
    expected = len(IDS) * stats.poisson.pmf(np.arange(8), 1.3)
    expected[7] = len(IDS) * stats.poisson.sf(6, 1.3)
    counts[7] = len(IDS) - counts[:7].sum()
    assert stats.chisquare(counts, expected).pvalue > 1e-3
    assert stats.kstest(intents.time_s / 3600.0, "uniform").pvalue > 1e-3


def test_a_large_source_is_poisson_too():
    numbers = [len(draw(IDS[:0], sources=[5_000.0], replication=r).time_s) for r in range(200)]
    dispersion = 199 * np.var(numbers, ddof=1) / 5_000.0
    assert abs(np.mean(numbers) - 5_000.0) < 4.0 * math.sqrt(5_000.0 / 200)
    assert stats.chi2.ppf(5e-4, 199) < dispersion < stats.chi2.ppf(1 - 5e-4, 199)


def test_sessions_and_messages_leave_calls_alone():
    calls = as_set(draw(sources=[40.0]))
    everything = draw(sources=[40.0], sessions=0.9, flows=[30.0], messages=0.4)
    kinds = np.bincount(everything.kind, minlength=6)
    assert kinds[3:].min() > 15
    is_call = everything.kind < 3
    only_calls = type(everything)(*(column[is_call] for column in everything))
    assert as_set(only_calls) == calls
    assert np.all(np.diff(everything.time_s) >= 0.0)
    addresses = {
        int(a) for a, kind in zip(everything.address, everything.kind, strict=True) if kind == 3
    }
    assert not addresses & {int(a) for a in everything.address[is_call]}


def test_times_follow_the_rate_within_the_hour():
    rates = HourRates(0.5, 1.0, 1.5)
    hour = Hour(HOUR, 0.0, 0.0, 3600.0, rates)
    kinds = np.zeros(len(IDS), np.uint8)
    demand = Demand(
        np.array([1.0]),
        np.array([900.0]),
        np.array([900.0]),
        np.zeros((1, 1)),
        np.zeros(0),
        np.zeros(1),
    )
    intents = draw_intents(Key(5, 2), hour, IDS, kinds, kinds, demand)
    part_h = intents.time_s / 3600.0
    for kind in (OF_A_SUBSCRIBER, OF_A_FIXED_LINE):
        share = [share_before(part, rates) for part in part_h[intents.kind == kind]]
        assert len(share) > 800
        assert stats.kstest(share, "uniform").pvalue > 1e-3
        assert stats.kstest(part_h[intents.kind == kind], "uniform").pvalue < 1e-6
    assert stats.kstest(part_h[intents.kind == OF_A_SOURCE], "uniform").pvalue > 1e-3
