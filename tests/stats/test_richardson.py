"""Orders and limits of exact sequences come out, what does not converge is said so, intervals hold the truth."""

import numpy as np
import pytest

from sim.stats.richardson import convergence, pseudo_values
from sim.streams import normal_quantile, uniform

LIMIT, ERROR = 3.0, 0.8


def levels(order, n=4, factor=2.0):
    """Exact values with steps 1, 1 / f and 1 / f^2; replications differ in what all levels share."""
    steps = factor ** -np.arange(3.0)
    return LIMIT + ERROR * steps**order + np.linspace(-1.0, 1.0, n)[:, None]


@pytest.mark.parametrize("order", [1.0, 2.0, 0.6])
@pytest.mark.parametrize("factor", [2.0, 3.0])
@pytest.mark.parametrize("as_is", [0, 1, 2])
def test_an_exact_sequence_gives_its_order_and_its_limit(order, factor, as_is):
    values = levels(order, factor=factor)
    found = convergence(values, as_is, factor)
    assert found.verdict == "converging"
    assert found.order.value == pytest.approx(order, rel=1e-9)
    assert found.value + found.left.value == pytest.approx(LIMIT, rel=1e-9)
    assert found.left.low == pytest.approx(found.left.high, rel=1e-6)
    assert found.bound == pytest.approx(ERROR * factor ** (-as_is * order), rel=1e-6)


def test_differences_that_do_not_shrink_are_said_so_and_are_the_bound():
    for values in ([0.0, 1.0, 2.0], [0.0, 1.0, 4.0], [0.0, 1.0, 0.4], [0.0, 1.0, -1.5]):
        found = convergence(np.tile(values, (3, 1)), 1)
        assert found.verdict == "not_converging"
        assert found.order is None
        assert found.left is None
        assert found.bound == pytest.approx(np.abs(np.diff(values)).max())


def test_what_hardly_shrinks_is_not_extrapolated():
    found = convergence(levels(0.1), 1)
    assert (found.verdict, found.order, found.left) == ("unsure", None, None)
    assert found.bound == pytest.approx(ERROR * (0.5**0.1 - 0.25**0.1))


def test_what_may_shrink_or_not_is_called_unsure_by_noise_and_not_converging_without():
    values = np.tile([0.0, 1.0, 2.2], (6, 1))
    assert convergence(values, 1).verdict == "not_converging"
    found = convergence(values + noise(3, 6, 0.5), 1)
    assert found.verdict == "unsure"
    assert found.bound == found.differences[-1].most


def test_two_levels_give_their_difference_alone():
    found = convergence(levels(1.0)[:, :2], 0)
    assert (found.verdict, found.order, found.left) == ("difference", None, None)
    assert found.bound == pytest.approx(ERROR / 2.0)


def test_a_coarsest_level_that_is_used_is_compared_with_all_finer_ones():
    """Finer levels differ from it by 1, and by nothing that is sure from each other."""
    apart = np.array([0.05, -0.05, 0.04, -0.04])
    values = np.stack([np.zeros(4), 1.0 + apart, 1.0 - apart], axis=1)
    found = convergence(values, 0)
    assert (found.verdict, found.order, found.left) == ("difference", None, None)
    assert found.shown == pytest.approx(1.0)
    assert 1.0 < found.bound < 1.2
    assert convergence(values, 1).verdict == "noise"
    far = convergence(np.tile([0.0, 1.0, 3.0], (3, 1)), 0)
    assert (far.verdict, far.shown, far.bound) == ("not_converging", 3.0, 3.0)


def test_steps_without_one_factor_have_no_order():
    found = convergence(levels(1.0), 1, None)
    assert (found.verdict, found.order, found.left) == ("difference", None, None)
    assert found.shown == pytest.approx(ERROR / 4.0)


def test_what_is_the_same_in_all_replications_is_exact():
    values = np.linspace(1.0, 2.0, 5)[:, None] * np.ones(3)
    found = convergence(values + 1e-15, 1)
    assert (found.verdict, found.bound, found.shown) == ("same", 0.0, 0.0)


def noise(experiment, n, sigma):
    draws = [normal_quantile(uniform(7, experiment, 1, i, 0)) for i in range(3 * n)]
    return sigma * np.array(draws).reshape(n, 3)


def test_noise_alone_is_called_noise_as_often_as_intervals_say():
    found = [convergence(LIMIT + noise(i, 5, 1.0), 1) for i in range(800)]
    is_noise = np.mean([one.verdict == "noise" for one in found])
    # A difference is sure by chance in 5 % of the experiments: four standard deviations of 800.
    assert is_noise == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / 800))
    assert np.mean([one.verdict == "converging" for one in found]) < 0.03
    assert all(one.shown == 0.0 for one in found if one.verdict == "noise")


@pytest.mark.parametrize(("sigma", "fewest"), [(0.01, 0.99), (0.08, 0.2)])
@pytest.mark.parametrize("n", [5, 20])
def test_intervals_of_order_and_limit_hold_the_truth(sigma, fewest, n):
    """Whatever is called converging: with little noise always, with much of it where chance helps."""
    found = [convergence(levels(1.0, n) + noise(i, n, sigma), 1) for i in range(600)]
    told = [one for one in found if one.verdict == "converging"]
    assert len(told) >= fewest * len(found)
    for held in (
        [one.order.low <= 1.0 <= one.order.high for one in told],
        [one.left.low <= -ERROR / 2.0 <= one.left.high for one in told],
    ):
        spread = 4 * np.sqrt(0.05 * 0.95 / len(told))
        assert np.mean(held) >= 0.95 - spread
    if fewest > 0.9:
        held = [one.left.low <= -ERROR / 2.0 <= one.left.high for one in told]
        assert np.mean(held) == pytest.approx(0.95, abs=spread)


def test_pseudo_values_are_those_of_the_ratio_of_sums():
    top, bottom = (
        np.array([[2.0, 3.0], [4.0, 1.0], [0.0, 5.0]]),
        np.array([[4.0, 5], [5, 9], [0, 7]]),
    )
    found = pseudo_values(top, bottom)
    # The third has nothing in the first level. Of the others: 2 x 6/9 - 4/5 and 2 x 6/9 - 2/4, by hand.
    assert found[:, 0] == pytest.approx([2 * 6 / 9 - 4 / 5, 2 * 6 / 9 - 2 / 4])
    alike = pseudo_values(top, np.full((3, 2), 4.0))
    assert alike == pytest.approx(top / 4.0)


def test_too_little_is_refused():
    for values in (np.ones((1, 3)), np.ones((3, 1)), np.ones((3, 4))):
        with pytest.raises(ValueError, match="must be 2 or more"):
            convergence(values, 0)
