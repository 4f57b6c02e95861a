"""
Output analysis against known answers: variances of averages over time, of batch means, and rules that stop.

The numbers are drawn, or simulated by the program; what is made of them is made by the program's functions.

References
----------
D. J. Daley, "The serial correlation coefficients of waiting times in a stationary single server queue", Journal of the
Australian Mathematical Society 8 (1968): the variance of the mean wait.
W. Whitt, "Planning queueing simulations", Management Science 35 (1989): of averages over time.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.stats.intervals import CONFIDENCE, Intervals, mean_intervals, ratio_intervals
from sim.validation.known_queues import pool
from sim.validation.own_intervals import (
    ACCEPTED,
    DRAWS,
    SEED,
    Draws,
    Row,
    accepted_hits,
    hits_of,
    stopped,
)

Floats = NDArray[np.float64]
Named = tuple[str, Row]
"""Name of a known answer, and a check of it."""

STOP_RULES = {
    ("stop_rule_cv0.05", 0.05, 0): (6.043, 0.9227),
    ("stop_rule_cv0.05", 0.05, 5): (6.615, 0.9567),
    ("stop_rule_cv0.1", 0.1, 0): (15.881, 0.9028),
    ("stop_rule_cv0.1", 0.1, 5): (17.873, 0.9512),
}
"""Mean number of replications and share of intervals that hold the truth, of 100,000 trials each."""

MEAN_WAITS = {
    "mm1_rho0.5": (0.5, 29.0, 2_000, 4_000),
    "mm1_rho0.9": (0.9, 35_901.0, 20_000, 2_000),
}
"""Load, variance of the mean of n waits times n, customers of a replication, and replications; service takes 1."""

BATCH_MEANS = {
    "batchmeans_ar1_phi0.5_n1000_k20": (0.5, 0.003888, 0.947146661312251),
    "batchmeans_ar1_phi0.9_n1000_k20": (0.9, 0.0802080531343289, 0.924958605877653),
}
"""Autoregression, expected variance by 20 batch means of 1,000 values, and share of intervals that hold the mean."""

_N_VALUES, _N_BATCHES = 1000, 20
_WAIT_TOLERANCE, _BATCH_TOLERANCE = 0.15, 0.05


def rows(*, is_full: bool = False, seed: int = SEED) -> Iterator[Named]:
    """Yield all checks."""
    draws = Draws(seed)
    for n in (200, 500, 1000):
        least, most = accepted_hits(n)
        known = _ACCEPTED_HITS[n]
        yield f"coverage_accept_R{n}", Row("least hits accepted", n, least, known[0], known[0])
        yield f"coverage_accept_R{n}", Row("most hits accepted", n, most, known[1], known[1])
    yield from stop_rows(10_000 if is_full else 2_000, draws)
    yield from batch_mean_rows(2_000, draws)
    for name in MEAN_WAITS if is_full else ("mm1_rho0.5",):
        yield name, mean_wait_row(name, draws)
    yield "mminf_asvar", busy_row(4_000 if is_full else 400, seed)


_ACCEPTED_HITS = {200: (179, 198), 500: (458, 489), 1000: (926, 971)}


def stop_rows(n: int = 2_000, draws: Draws = DRAWS) -> Iterator[Named]:
    """Check the rule that stops, and the naive one, against what they give elsewhere."""
    for (name, cv, look_ahead), (mean_n, share) in STOP_RULES.items():
        most = 30 if cv < 0.1 else 120  # more are never needed
        values = 1.0 + cv * draws.normal(f"stop {cv}", most, n, 1)[:, :, 0]
        numbers, holds = stopped(values, 3, look_ahead)
        rule = f"looking ahead {look_ahead}" if look_ahead else "naive"
        what = f"{rule}, standard deviation {cv} of the mean"
        error = 4.0 * float(np.hypot(numbers.std() / np.sqrt(n), 0.02))
        mean = float(numbers.mean())
        yield name, Row(f"replications, {what}", n, mean, mean_n - error, mean_n + error)
        error = 4.0 * float(np.hypot(np.sqrt(share * (1.0 - share) * n), 0.0009 * n))
        yield name, Row(what, n, int(holds.sum()), share * n - error, share * n + error)


def batch_mean_rows(n: int = 2_000, draws: Draws = DRAWS) -> Iterator[Named]:
    """Check means of batches of a series that remembers: their variance is too small by as much as theory says."""
    for name, (phi, variance, share) in BATCH_MEANS.items():
        noise = draws.normal(f"series {phi}", 1, n, _N_VALUES)[0].T
        values = np.empty_like(noise)
        values[0] = noise[0] / np.sqrt(1.0 - phi**2)
        for i in range(1, _N_VALUES):
            values[i] = phi * values[i - 1] + noise[i]
        found = mean_intervals(values.reshape(_N_BATCHES, -1, n).mean(axis=1))
        mean = float(np.mean(_variances(found, _N_BATCHES)))
        ends = ((1.0 - _BATCH_TOLERANCE) * variance, (1.0 + _BATCH_TOLERANCE) * variance)
        yield name, Row("mean variance by 20 batch means", n, mean, *ends)
        yield name, Row("20 batch means", n, hits_of(found, 0.0), *accepted_hits(n, share))


def mean_wait_row(name: str, draws: Draws = DRAWS) -> Row:
    """Check the variance of the mean wait for one server, of customers one after the other in equilibrium."""
    rho, known, n_customers, n = MEAN_WAITS[name]
    begin = draws.even(f"{name} begin", 1, n, 2)[0]
    wait = np.where(begin[:, 0] < rho, -np.log(begin[:, 1]) / (1.0 - rho), 0.0)
    total = np.zeros(n)
    for first in range(0, n_customers, _CUSTOMERS_AT_ONCE):
        even = draws.even(f"{name} from {first}", 1, n, 2 * _CUSTOMERS_AT_ONCE)[0]
        steps = -np.log(even[:, ::2]) + np.log(even[:, 1::2]) / rho
        for step in steps.T:  # Lindley's recursion
            total += wait
            wait = np.maximum(wait + step, 0.0)
    variance = _spread(mean_intervals(total / n_customers), n) * n_customers
    ends = ((1.0 - _WAIT_TOLERANCE) * known, (1.0 + _WAIT_TOLERANCE) * known)
    return Row(f"variance of the mean wait, load {rho}", n, variance, *ends)


_CUSTOMERS_AT_ONCE = 500


def busy_row(n: int = 4_000, seed: int = SEED) -> Row:
    """Check the variance of the traffic that the program carries in a pool which is never full."""
    from scipy.stats import chi2

    offered, window = 10.0, 100.0
    name = "voice.carried_erl"
    top, bottom = pool(offered, 60, window * 100.0 / 3600.0, [name], n, seed)[name]
    variance = _spread(ratio_intervals(top, bottom), n) * window
    known = 2.0 * offered * (1.0 - (1.0 - np.exp(-window)) / window)
    tails = chi2.ppf([0.5 - ACCEPTED / 2.0, 0.5 + ACCEPTED / 2.0], n - 1) / (n - 1)
    return Row("variance of carried traffic", n, variance, *(known * tails).tolist())


def _variances(found: Intervals, n: int) -> Floats:
    """Return the variances of means behind their intervals, of n values each."""
    from scipy.special import stdtrit

    factor = stdtrit(n - 1, 0.5 + 0.5 * CONFIDENCE)
    return np.asarray(((found.high - found.low) / 2.0 / factor) ** 2, np.float64)


def _spread(found: Intervals, n: int) -> float:
    """Return the variance of the n values behind one interval of their mean."""
    return float(_variances(found, n)) * n
