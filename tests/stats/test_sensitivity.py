"""Sensitivity: Ishigami's function, alone and with noise, by the case of the reference."""

import math

import numpy as np
import pytest
from scipy.stats import qmc, uniform
from scipy.stats import sobol_indices as scipy_indices

from sim.stats.sensitivity import (
    cross_products,
    elementary_effects,
    parameter_interval,
    sobol_indices,
    split_variance,
)

N = 1024
# Ishigami and Homma (1990): V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = b^2 pi^8 (1 / 18 - 1 / 50).
A, B = 7.0, 0.1
V1, V2 = (1 + B * math.pi**4 / 5) ** 2 / 2, A**2 / 8
V13 = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
VARIANCE = V1 + V2 + V13
FIRST = np.array([V1, V2, 0.0]) / VARIANCE
TOTAL = np.array([V1 + V13, V2, V13]) / VARIANCE


def ishigami(x):
    return np.sin(x[..., 0]) + A * np.sin(x[..., 1]) ** 2 + B * x[..., 2] ** 4 * np.sin(x[..., 0])


@pytest.fixture(scope="module")
def points():
    shares = qmc.Sobol(6, seed=3).random(N)
    x = (2.0 * shares - 1.0) * math.pi
    a, b = x[:, :3], x[:, 3:]
    ab = np.stack([np.where(np.arange(3) == i, b, a) for i in range(3)])
    return a, b, ab


def test_theory_is_that_of_the_case():
    first = [0.31390519114781146, 0.4424111447900409, 0.0]
    total = [0.5575888552099592, 0.4424111447900409, 0.2436836640621477]
    assert abs(VARIANCE - 13.844587940719254) < 1e-11
    assert np.allclose(FIRST, first, rtol=0.0, atol=1e-12)
    assert np.allclose(TOTAL, total, rtol=0.0, atol=1e-12)


def test_indices_of_ishigami(points):
    found = sobol_indices(*(ishigami(x)[..., None] for x in points))
    assert found.first == pytest.approx(FIRST, abs=0.06)  # the tolerances of the case
    assert found.total == pytest.approx(TOTAL, abs=0.03)
    assert (found.first_low < FIRST).all()
    assert (found.first_high > FIRST).all()
    assert (found.total_low < TOTAL).all()
    assert (found.total_high > TOTAL).all()
    assert found.of_simulation == 0.0


def test_indices_are_those_of_scipy_where_there_is_no_noise(points):
    f_a, f_b, f_ab = (ishigami(x) for x in points)
    found = sobol_indices(f_a[:, None], f_b[:, None], f_ab[..., None])
    theirs = scipy_indices(
        func={"f_A": f_a[None], "f_B": f_b[None], "f_AB": f_ab[:, None]},
        n=N,
        dists=[uniform(-math.pi, 2 * math.pi)] * 3,
    )
    assert found.first == pytest.approx(theirs.first_order, abs=1e-9)
    assert found.total == pytest.approx(theirs.total_order, abs=1e-9)


@pytest.mark.parametrize("shared", [False, True])
def test_noise_is_a_share_of_its_own(points, shared):
    """Noise as large as the function's variance, in two replications; what all samples share of it does not count."""
    rng = np.random.default_rng(5)
    sd = math.sqrt(VARIANCE)
    everywhere = rng.normal(0.0, sd if shared else 0.0, 2)
    values = [ishigami(x)[..., None] + everywhere for x in points]
    noisy = [one + rng.normal(0.0, sd, one.shape) for one in values]
    found = sobol_indices(*noisy)
    split = split_variance(np.concatenate(noisy[:2]))
    assert split.of_simulation == pytest.approx(0.5 * VARIANCE, rel=0.1)
    assert split.of_parameters == pytest.approx(VARIANCE, rel=0.1)
    assert split.simulation_share == pytest.approx(1 / 3, abs=0.03)
    # Uncorrected, each total index would be larger by a half: the noise of both points of a pair.
    assert found.total == pytest.approx(TOTAL, abs=0.15)
    assert found.total.sum() == pytest.approx(TOTAL.sum(), abs=0.3)


def test_noise_that_a_pair_shares_is_not_taken_off_twice(points):
    """A factor that does nothing, of runs that share all their random numbers, has an index of nothing."""
    rng = np.random.default_rng(6)
    noise = rng.normal(0.0, 5.0, (N, 2))
    a, b, ab = (ishigami(x)[..., None] for x in points)
    idle = np.concatenate([ab + noise, (a + noise)[None]])
    found = sobol_indices(a + noise, b + noise[::-1], idle)
    assert found.total[3] == 0.0
    assert found.total[:3] == pytest.approx(TOTAL, abs=0.1)


def test_parameter_interval_has_no_noise_in_it():
    rng = np.random.default_rng(7)
    truth = rng.normal(10.0, 1.0, 4_000)
    values = truth[:, None] + rng.normal(0.0, 2.0, (4_000, 2))
    low, high = parameter_interval(values, split_variance(values))
    assert (low, high) == pytest.approx((10.0 - 1.96, 10.0 + 1.96), abs=0.15)


def test_where_noise_explains_all_the_interval_is_a_point():
    values = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [2.0, 1.0]])
    split = split_variance(values)
    assert split.of_parameters < 0.0
    assert parameter_interval(values, split) == (1.5, 1.5)
    assert split.simulation_share == 1.0


def test_products_are_of_different_replications():
    left, right = np.array([[1.0, 10.0, 100.0]]), np.array([[2.0, 3.0, 5.0]])
    by_hand = (1 * 3 + 1 * 5 + 10 * 2 + 10 * 5 + 100 * 2 + 100 * 3) / 6
    assert cross_products(left, right) == pytest.approx([by_hand])


def test_elementary_effects_of_a_plane_and_of_noise():
    rng = np.random.default_rng(8)
    steps = np.where(rng.random((2, 500)) < 0.5, 2 / 3, -2 / 3)
    before = rng.normal(0.0, 1.0, (2, 500, 1)) + rng.normal(0.0, 0.3, (2, 500, 2))
    after = (
        before.mean(axis=-1, keepdims=True)
        + np.array([3.0, 0.0])[:, None, None] * steps[..., None]
        + rng.normal(0.0, 0.3, (2, 500, 2))
    )
    found = elementary_effects(before, after, steps)
    assert found.mean == pytest.approx([3.0, 0.0], abs=0.1)
    assert found.size[0] == pytest.approx(3.0, abs=0.1)
    # What does nothing is as large as its noise says.
    assert found.size[1] == pytest.approx(found.noise[1], rel=0.35)
    assert found.size[1] < 1.0


def test_a_step_that_failed_is_left_out():
    before, after = np.zeros((1, 3, 1)), np.array([[[2.0], [np.nan], [4.0]]])
    found = elementary_effects(before, after, np.ones((1, 3)))
    assert found.mean == pytest.approx([3.0])
    assert found.spread == pytest.approx([math.sqrt(2.0)])
