"""
Whether the program's intervals hold the truth as often as they say: experiments whose answer is known.

Each experiment has replications of its own, of which the program's functions make an interval as they do for a run. Of
n intervals of 95 % that hold the truth as promised, the number of hits lies within the accepted ones in 999 of 1,000
cases. Intervals of counts and shares promise at least 95 %, as little can be told of rare events.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.precision_section import FIRST_REPLICATIONS, LOOK_AHEAD
from sim.stats.compare import Differences, paired_differences
from sim.stats.intervals import CONFIDENCE, Intervals, mean_intervals, ratio_intervals
from sim.stats.precision import stop_of
from sim.stats.theory import erlang_b
from sim.streams import extension_stream, poisson_quantile, uniforms
from sim.validation.known_queues import pool, waiting

Floats = NDArray[np.float64]

SEED = 20221116
"""Key of the draws, unless another one is given."""

ACCEPTED = 0.999
"""Probability with which a check of what is right is met. [1]"""

N_REPLICATIONS = 5
"""Replications of an experiment: as many as runs have that say nothing else."""

_PACE = 0.05  # half width that stops, as a share of the value
_MOST = 100  # replications of a precision


@dataclass(frozen=True, slots=True)
class Row:
    """One check."""

    what: str  # what is looked at
    n_experiments: int  # how many experiments there were
    found: float  # experiments whose interval holds the truth; else the number that is named
    least: float  # and most: what is accepted
    most: float

    @property
    def is_met(self) -> bool:
        """Whether it is accepted."""
        return self.least <= self.found <= self.most

    def as_mapping(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {**asdict(self), "is_met": self.is_met}


def accepted_hits(n_experiments: int, share: float = CONFIDENCE) -> tuple[int, int]:
    """Return how many of some experiments may hit."""
    from scipy.stats import binom

    low, high = (binom.ppf(0.5 + side * ACCEPTED / 2.0, n_experiments, share) for side in (-1, 1))
    return int(low), int(high)


@dataclass(frozen=True)
class Draws:
    """Numbers of experiments, by address."""

    seed: int = SEED
    are_shared: bool = (
        False  # whether all replications have the draws of the first: a fault that must be seen
    )

    def even(self, what: str, n_replications: int, n_experiments: int, n: int) -> Floats:
        """Return even draws from 0 to 1, (replication, experiment, draw)."""
        stream = extension_stream(f"validation.own_intervals.{what}")
        experiment = np.repeat(np.arange(n_experiments, dtype=np.uint32), n)
        index = np.tile(np.arange(n, dtype=np.int64), n_experiments)
        keys = [1 if self.are_shared else k for k in range(1, n_replications + 1)]
        found = [uniforms(self.seed, key, stream, experiment, index) for key in keys]
        return np.array(found).reshape(n_replications, n_experiments, n)

    def normal(self, what: str, n_replications: int, n_experiments: int, n: int) -> Floats:
        """Return normal draws."""
        from scipy.special import ndtri

        return np.asarray(ndtri(self.even(what, n_replications, n_experiments, n)), np.float64)


DRAWS = Draws()
"""Numbers without a fault."""


def hits_of(found: Intervals, truth: float) -> int:
    """Return how many intervals hold a truth; one without ends holds nothing."""
    return int(np.sum((found.low <= truth) & (truth <= found.high)))


def covered(what: str, found: Intervals, truth: float, *, at_least: bool = False) -> Row:
    """Return the check that intervals hold the truth as often as promised."""
    n = len(found.value)
    least, most = accepted_hits(n)
    return Row(what, n, hits_of(found, truth), least, n if at_least else most)


def generated(n: int = 1000, draws: Draws = DRAWS) -> Iterator[Row]:
    """Check intervals of numbers that are drawn from known laws."""
    r = N_REPLICATIONS
    normal = 10.0 + 3.0 * draws.normal("mean", r, n, 1)[:, :, 0]
    yield covered("mean of 5 normal values", mean_intervals(normal), 10.0)
    lengths, counts = _sums_and_counts(draws, n)
    yield covered(
        "ratio of sums, as a mean time", ratio_intervals(lengths, counts, law="positive"), 2.0
    )
    waits = -np.log(draws.even("quantile", r, n, 1000))
    p95 = np.quantile(waits, 0.95, axis=2)
    yield covered(
        "95 % quantile of 1,000 waits", mean_intervals(p95, law="positive"), -np.log(0.05)
    )
    trials = np.full((r, n), 500.0)
    often = np.sum(draws.even("share", r, n, 500) < 0.3, axis=2)
    share = ratio_intervals(often, trials, law="share")
    yield covered("share of 0.3 of 500 trials", share, 0.3, at_least=True)
    rare = np.sum(draws.even("rare", r, n, 500) < 0.001, axis=2)
    share = ratio_intervals(rare, trials, law="share")
    yield covered("share of 0.001 of 500 trials", share, 0.001, at_least=True)
    count = mean_intervals(rare, law="count")
    yield covered("half an event in a replication", count, 0.5, at_least=True)
    yield _paired(lengths, counts, draws)
    yield precise(4 * n, draws)


def _sums_and_counts(draws: Draws, n: int) -> tuple[Floats, Floats]:
    """Return sums of exponential times of mean 2, and how many there are: Poisson, 40 in the mean."""
    even = draws.even("count", N_REPLICATIONS, n, 1).ravel().tolist()
    counts = np.array([poisson_quantile(p, 40.0) for p in even], np.float64)
    counts = counts.reshape(N_REPLICATIONS, n)
    times = -2.0 * np.log(draws.even("times", N_REPLICATIONS, n, 100))
    is_there = np.arange(100) < counts[:, :, np.newaxis]
    return np.where(is_there, times, 0.0).sum(axis=2), counts


def _paired(lengths: Floats, counts: Floats, draws: Draws) -> Row:
    """Check the differences of two systems with the same times, one of which has something more of its own."""
    n = lengths.shape[1]
    more = draws.even("more", N_REPLICATIONS, n, 1)[:, :, 0] * counts
    found = paired_differences((lengths, counts), (lengths + more, counts))
    return covered("paired difference of ratios", _as_intervals(found), 0.5)


def precise(
    n: int = 4000,
    draws: Draws = DRAWS,
    first: int = FIRST_REPLICATIONS,
    look_ahead: int = LOOK_AHEAD,
) -> Row:
    """Check intervals of as many replications as it took until a mean was known to 5 %."""
    values = 1.0 + 0.1 * draws.normal("precision", _MOST, n, 1)[:, :, 0]
    numbers, holds = stopped(values, first, look_ahead)
    what = f"mean known to 5 %, after {numbers.mean():.1f} replications"
    return Row(what, n, int(holds.sum()), *accepted_hits(n))


def stopped(
    values: Floats, first: int, look_ahead: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return after how many replications experiments stop, and whether their intervals then hold 1."""
    most, n = values.shape
    found = [mean_intervals(values[:k]) for k in range(1, most + 1)]
    value, low, high = (
        np.array([getattr(one, end) for one in found]) for end in ("value", "low", "high")
    )
    is_narrow = (high - low) / 2.0 <= _PACE * np.abs(value)
    stops = [stop_of(one, first, look_ahead, most) for one in is_narrow.T.tolist()]
    numbers = np.array([one.n_counted or most for one in stops])
    at = (numbers - 1, np.arange(n))
    return numbers, (low[at] <= 1.0) & (high[at] >= 1.0)


def simulated(
    n: int = 1000, seed: int = SEED, r: int = N_REPLICATIONS, *, is_full: bool = True
) -> Iterator[Row]:
    """Check intervals of what the program itself simulates: pools of channels, and a queue."""
    blocking, carried_erl = "voice.blocking", "voice.carried_erl"
    few = _experiments(pool(6.0, 7, 0.5, (blocking, carried_erl), n * r, seed), r)
    truth, found = erlang_b(6.0, 7), ratio_intervals(*few[blocking], law="share")
    yield covered("blocking, 6 erl on 7 channels", found, truth, at_least=True)
    found = ratio_intervals(*few[carried_erl], law="positive")
    yield covered("carried traffic, 6 erl on 7 channels", found, 6.0 * (1.0 - truth))
    yield carried(n, seed, r)
    yield queue(n, seed, r)
    if is_full:
        more = _experiments(pool(6.0, 8, 0.5, [blocking], n * r, seed), r)
        found = _as_intervals(paired_differences(few[blocking], more[blocking]))
        truth = erlang_b(6.0, 8) - truth
        yield covered("paired difference of blocking, an eighth channel", found, truth)
        rare = _experiments(pool(2.0, 7, 0.5, [blocking], n * r, seed), r)
        found, truth = ratio_intervals(*rare[blocking], law="share"), erlang_b(2.0, 7)
        yield covered("blocking, 2 erl on 7 channels", found, truth, at_least=True)


def carried(
    n: int,
    seed: int = SEED,
    r: int = N_REPLICATIONS,
    warmup_h: float | str = "auto",
    hours: float = 0.25,
) -> Row:
    """Check intervals of the traffic that a pool carries which is never full."""
    name = "voice.carried_erl"
    sums = pool(10.0, 60, hours, [name], n * r, seed, [f"run.warmup_h={warmup_h}"])
    found = ratio_intervals(*_experiments(sums, r)[name], law="positive")
    return covered("carried traffic, 10 erl on 60 channels", found, 10.0)


def queue(n: int = 1000, seed: int = SEED, r: int = N_REPLICATIONS, until: float = 1000.0) -> Row:
    """Check intervals of the mean number of those who wait for one server of load 0.5."""
    rho = 0.5
    even = Draws(seed).even("queue", r, n, 1 + 2 * int(rho * until + 10.0 * until**0.5))
    means = [[waiting(rho, until, one) for one in replication] for replication in even]
    found = mean_intervals(np.array(means), law="positive")
    return covered("queue of one server, load 0.5", found, rho**2 / (1.0 - rho))


def _as_intervals(found: Differences) -> Intervals:
    """Return the differences of two systems as their intervals."""
    return Intervals(found.value, found.low, found.high, found.n_replications)


def _experiments(
    sums: dict[str, tuple[Floats, Floats]], r: int
) -> dict[str, tuple[Floats, Floats]]:
    """Return sums of replications as experiments of so many, (replication, experiment)."""
    return {
        name: (top.reshape(-1, r).T, bottom.reshape(-1, r).T)
        for name, (top, bottom) in sums.items()
    }


def rows(*, is_full: bool = False, seed: int = SEED) -> list[Row]:
    """Return all checks of the program's own intervals."""
    n, r = (1000, N_REPLICATIONS) if is_full else (100, 3)
    return [*generated(1000, Draws(seed)), *simulated(n, seed, r, is_full=is_full)]
