"""Random numbers by address: known answers, independence of order, quantiles."""

import math

import numpy as np
import pytest
from scipy import stats

import sim.streams
from sim.streams import (
    exponential_quantile,
    normal_quantile,
    one_of,
    philox4x32,
    poisson_quantile,
    uniform_pair,
)

# Known-answer vectors of the Random123 distribution (kat_vectors, philox4x32 10).
KNOWN_ANSWERS = [
    (
        (0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("words", "block"), KNOWN_ANSWERS)
def test_philox_gives_the_known_answers(words, block):
    assert tuple(int(word) for word in philox4x32(*words)) == block


@pytest.mark.parametrize(("words", "block"), KNOWN_ANSWERS)
def test_compiled_philox_is_the_plain_one(words, block):
    assert tuple(int(word) for word in philox4x32.py_func(*words)) == block


def test_every_part_of_the_address_matters():
    base = (1, 2, 3, 4, 5)
    draws = {uniform_pair(*base)}
    for position in range(5):
        for value in (base[position] + 1, 2**31):
            address = list(base)
            address[position] = value
            draws.add(uniform_pair(*address))
    draws.add(uniform_pair(1, 2, 3, 4, 5 + 2**40))
    assert len(draws) == 12


def test_draws_are_uniform_and_the_two_of_an_address_are_independent():
    pairs = np.array([uniform_pair(9, 0, 16, entity, 7) for entity in range(40_000)])
    assert pairs.min() > 0.0
    assert pairs.max() < 1.0
    counts, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=16, range=[[0, 1], [0, 1]])
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3


def test_streams_are_different_numbers():
    numbers = [value for name, value in vars(sim.streams).items() if name.startswith("STREAM_")]
    assert len(numbers) > 10
    assert len(set(numbers)) == len(numbers)


def test_normal_quantile_is_that_of_scipy():
    p = np.concatenate([[1e-300, 1e-16, 1e-9], np.linspace(0.001, 0.999, 999), [1 - 1e-9]])
    ours = np.array([normal_quantile(value) for value in p])
    np.testing.assert_allclose(ours, stats.norm.ppf(p), rtol=4e-15, atol=1e-15)


def test_exponential_quantile_is_that_of_scipy():
    p = np.linspace(0.0, 0.999, 500)
    ours = np.array([exponential_quantile(value) for value in p])
    np.testing.assert_allclose(ours, stats.expon.ppf(p), rtol=1e-14)


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.3, 4.0, 32.0, 600.0])
def test_poisson_quantile_is_that_of_scipy(mean):
    p = np.array([uniform_pair(1, 0, 1, entity, 0)[0] for entity in range(3_000)])
    ours = [poisson_quantile(value, mean) for value in p]
    np.testing.assert_array_equal(ours, stats.poisson.ppf(p, mean))


def test_poisson_quantile_ends_at_the_last_draw_before_one():
    assert poisson_quantile(1.0 - 2.0**-53, 600.0) < 1_000
    assert poisson_quantile(math.nextafter(1.0, 0.0), 0.01) < 40


def test_one_of_n_takes_each_with_equal_chances():
    for n in (1, 2, 3, 7, 64, 65):
        counts = np.bincount([one_of(3, 1, 19, entity, 5, n) for entity in range(650 * n)])
        assert len(counts) == n
        assert n == 1 or stats.chisquare(counts).pvalue > 1e-4


def test_with_more_to_choose_from_the_choice_stays_or_is_new():
    n_changed = 0
    for entity in range(200):
        chosen = 0
        for n in range(1, 200):
            now = one_of(3, 0, 19, entity, 2**43 + 1, n)
            assert now in (chosen, n - 1)
            n_changed += now != chosen
            chosen = now
    # Number j is new with probability 1 / (j + 1), whatever the others are.
    chances = 1.0 / np.arange(2, 200)
    spread = math.sqrt(200 * float(np.sum(chances * (1.0 - chances))))
    assert abs(n_changed - 200 * float(chances.sum())) < 4.0 * spread


def test_one_of_very_many_stays_within_and_keeps_its_place_among_fewer():
    for entity in range(2_000):
        many = one_of(1, 0, 19, entity, 0, 2**31)
        assert 0 <= many < 2**31
        assert one_of(1, 0, 19, entity, 0, many + 1) == many
