"""Cuts by the marginal standard error rule, against series whose cut was computed elsewhere."""

import numpy as np
import pytest

from sim.stats.mser import BATCH, FEWEST_BATCHES, mser5


def noise(n):
    """Even numbers -0.5 to 0.5 of a linear congruential generator."""
    x, found = 12345, []
    for _ in range(n):
        x = (1103515245 * x + 12345) % 2**31
        found.append(x / 2**31 - 0.5)
    return np.array(found)


def by_definition(series):
    """Cut and its error, term by term."""
    batches = series[: len(series) // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1)
    errors = [
        np.sum((batches[d:] - batches[d:].mean()) ** 2) / (len(batches) - d) ** 2
        for d in range(len(batches) // 2 + 1)
    ]
    return int(np.argmin(errors)), min(errors)


@pytest.mark.parametrize(
    ("series", "n_batches", "mean", "mser"),
    [
        (10 * 0.95 ** np.arange(1000) + noise(1000), 17, -3.95684091492084e-05, 8.85728789103879e-05),
        (5 + noise(1000), 0, 4.99691074977629, 7.86218894908257e-05),
    ],
)  # fmt: skip
def test_a_transient_is_cut_and_noise_is_not(series, n_batches, mean, mser):
    found = mser5(series)
    assert (found.n_batches, found.n_values, found.is_beyond_half) == (
        n_batches,
        5 * n_batches,
        False,
    )
    assert found.mean == pytest.approx(mean, abs=1e-12)
    assert found.mser == pytest.approx(mser, rel=1e-9)
    assert (found.n_batches, found.mser) == pytest.approx(by_definition(series), rel=1e-9)


def test_an_optimum_beyond_half_is_flagged_and_not_used():
    found = mser5(np.repeat([0.0, 1.0], [600, 400]))
    assert (found.n_batches, found.n_values, found.is_beyond_half) == (0, 0, True)
    assert (found.mean, found.mser) == pytest.approx((0.4, 0.0012), rel=1e-12)


def test_large_values_lose_no_digits():
    assert mser5(1e9 + noise(1000)).mser == pytest.approx(mser5(noise(1000)).mser, rel=1e-6)


def test_nothing_is_said_of_a_short_series():
    assert mser5(noise(BATCH * FEWEST_BATCHES - 1)) is None
    assert mser5(noise(BATCH * FEWEST_BATCHES)) is not None
