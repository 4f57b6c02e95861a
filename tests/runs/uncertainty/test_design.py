"""Designs: what is moved, by how much, and that nothing else is."""

import itertools

import numpy as np
import pytest

from sim.errors import SimError
from sim.runs.uncertainty.design import (
    AB,
    OTHERS,
    A,
    B,
    factors_of,
    require_samples,
    sampled,
    screening,
)

NAMES = ["p", "q", "r", "s"]


def test_a_trajectory_moves_one_parameter_after_the_other():
    samples = screening(5, 6, seed=3)
    assert len(samples) == 6 * 6
    for row in range(6):
        own = samples[6 * row : 6 * row + 6]
        assert [one.row for one in own] == [row] * 6
        assert sorted(one.factor for one in own[1:]) == [0, 1, 2, 3, 4]
        for before, after in itertools.pairwise(own):
            wanted = np.zeros(5)
            wanted[after.factor] = after.step
            assert np.allclose(after.shares - before.shares, wanted)
            assert abs(after.step) == pytest.approx(2 / 3)
    shares = np.array([one.shares for one in samples])
    assert shares.min() == pytest.approx(0.0)
    assert shares.max() == pytest.approx(1.0)
    assert (
        len({tuple(one.factor for one in samples[6 * row : 6 * row + 6]) for row in range(6)}) > 1
    )


def test_trajectories_do_not_hang_on_how_many_there_are():
    few, many = screening(3, 2, seed=1), screening(3, 5, seed=1)
    assert all(np.array_equal(a.shares, b.shares) for a, b in zip(few, many, strict=False))
    assert not np.array_equal(few[0].shares, screening(3, 2, seed=2)[0].shares)


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube"])
def test_each_factor_alone_is_as_in_b(design):
    factors = factors_of(NAMES, ["p", "r"])
    assert [(one.name, one.members) for one in factors] == [
        ("p", (0,)),
        ("r", (2,)),
        (OTHERS, (1, 3)),
    ]
    samples = sampled(design, 8, 4, factors, seed=1, order=(1, 0, 2))
    assert len(samples) == 8 * 5
    for row in range(8):
        a, *moved, b = samples[5 * row : 5 * row + 5]
        assert (a.role, b.role, [one.role for one in moved]) == (A, B, [AB] * 3)
        assert [one.factor for one in moved] == [1, 0, 2]
        for one in moved:
            is_moved = np.isin(np.arange(4), factors[one.factor].members)
            assert np.array_equal(one.shares, np.where(is_moved, b.shares, a.shares))
    lows = np.sort([one.shares[0] for one in samples if one.role == A])
    assert (np.floor(lows * 8) == np.arange(8)).all()  # one in each eighth
    again = sampled(design, 8, 4, factors, seed=1, order=(1, 0, 2))
    assert all(
        np.array_equal(one.shares, other.shares) for one, other in zip(samples, again, strict=True)
    )
    other = sampled(design, 8, 4, factors, seed=2)
    assert not np.array_equal(samples[0].shares, other[0].shares)


def test_what_lies_in_a_section_is_one_factor():
    names = ["a.x", "b[one].y", "a.z", "ab", "b[two].y"]
    found = factors_of(names, ["a", "b[two]"])
    assert [(one.name, one.members) for one in found] == [
        ("a", (0, 2)),
        ("b[two]", (4,)),
        (OTHERS, (1, 3)),
    ]
    assert [one.name for one in factors_of(names, names)] == names


def test_without_indices_there_is_one_sample():
    assert [one.role for one in sampled("latin_hypercube", 5, 4, None, seed=1)] == [A] * 5


def test_a_sobol_sequence_takes_a_power_of_two():
    with pytest.raises(
        SimError, match=r"samples = 100: .* take 64 or 128, or --design latin_hypercube"
    ):
        require_samples("sobol", 100)
    with pytest.raises(SimError, match="samples = 1: must be 2 or more"):
        require_samples("latin_hypercube", 1)
    require_samples("sobol", 128)
    require_samples("latin_hypercube", 100)
