"""The search for rotas on rules in place of simulations, against trying every staffing."""

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.runs.staffing.search import smallest_rotas


class Boards:
    """
    Exchanges that need so many operators in each hour, and leave work over to the next hour where there are fewer.

    An exchange that is short in an hour hands `spill` times as much on to the next; its neighbours, in all hours, need
    one more where it has very many: what gets through there comes to them.
    """

    def __init__(self, need, spill=0.0, many=99):
        self.need, self.spill, self.many = np.asarray(need, float), spill, many
        self.tried = []

    def is_met(self, n, _why=""):
        self.tried.append(n.copy())
        need = self.need + (n >= self.many).any(axis=1)[::-1, None]
        met = np.empty(n.shape, bool)
        left = np.zeros(len(n))
        for hour in range(n.shape[1]):
            short = np.maximum(0.0, need[:, hour] + left - n[:, hour])
            met[:, hour] = short == 0.0
            left = self.spill * short
        return met

    def smallest(self, most):
        """The least total among all staffings that meet the target."""
        ranges = [range(1, most + 1)] * self.need.size
        staffings = (np.array(one).reshape(self.need.shape) for one in product(*ranges))
        return min(int(n.sum()) for n in staffings if self.is_met(n).all())


def searched(boards, most, start=1):
    shape = boards.need.shape
    rotas = smallest_rotas(boards.is_met, np.full(shape, start), np.full(shape, most))
    assert np.array_equal(boards.tried[rotas.number], rotas.n_operators)
    return rotas


needs = st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=2)


@given(needs, st.sampled_from([0.0, 0.6, 2.0]), st.integers(1, 5))
def test_no_staffing_is_smaller(need, spill, start):
    boards = Boards(need, spill)
    rotas = searched(boards, 5, start)
    assert boards.is_met(rotas.n_operators).all()
    assert int(rotas.n_operators.sum()) == boards.smallest(5)


@example(
    [[3, 4], [4, 0]], 0.6, 3
)  # 15 operators are found, where each makes the other need one more; 12 would do
@given(needs, st.sampled_from([0.0, 0.6, 2.0]), st.integers(1, 5))
def test_exchanges_that_load_each_other_meet_the_target(need, spill, start):
    boards = Boards(need, spill, many=5)
    rotas = searched(boards, 5, start)
    assert boards.is_met(rotas.n_operators).all()
    assert boards.smallest(5) <= int(rotas.n_operators.sum()) <= 5 * boards.need.size


@given(needs, st.sampled_from([0.0, 0.6]), st.integers(1, 5))
def test_one_operator_less_anywhere_fails(need, spill, start):
    boards = Boards(need, spill)
    rotas = searched(boards, 5, start)
    for at in zip(*np.nonzero(rotas.n_operators > 1), strict=True):
        n = rotas.n_operators.copy()
        n[at] -= 1
        assert not boards.is_met(n)[at[0]].all()
        number, n_there = rotas.fewer[at]
        assert n_there == rotas.n_operators[at] - 1
        assert boards.tried[number][at] == n_there
        assert not boards.is_met(boards.tried[number])[at[0]].all()
    assert np.all(rotas.fewer[rotas.n_operators == 1] == -1)


def test_a_good_guess_takes_few_simulations():
    need = np.arange(2, 14).reshape(3, 4) * 7
    boards = Boards(need)
    rotas = smallest_rotas(boards.is_met, need, np.full(need.shape, 10_000))
    assert np.array_equal(rotas.n_operators, need)
    assert len(boards.tried) <= 2 + 1 + need.shape[1]


@pytest.mark.parametrize("start", [1, 5000])
def test_a_bad_guess_takes_no_more_than_doubling_and_halving(start):
    need = np.array([[3, 700], [41, 1]])
    boards = Boards(need, many=10_000)
    rotas = smallest_rotas(boards.is_met, np.full(need.shape, start), np.full(need.shape, 5000))
    assert np.array_equal(rotas.n_operators, need)
    assert len(boards.tried) <= 2 * 13 + 3 + need.shape[1]


def test_every_staffing_is_simulated_once():
    boards = Boards([[2, 4], [3, 1]], spill=0.6)
    searched(boards, 6)
    assert len({n.tobytes() for n in boards.tried}) == len(boards.tried)
