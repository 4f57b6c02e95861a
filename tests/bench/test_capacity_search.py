"""The search for the downlink's capacity goes the published way, and ends at the capacity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity_search import search_capacity
from tests.radio.wcdma_cases import CASES


def test_the_published_way():
    case = CASES["seamcat_dl_capacity_search"]
    given_, expected = case["inputs"], case["expected"]
    outcomes = iter([True, False, False, False])
    tried = search_capacity(lambda _: next(outcomes, False), given_["start_users"], given_["delta"])
    n = len(expected["users_per_cell_sequence"])
    assert [users for users, _ in tried[:n]] == expected["users_per_cell_sequence"]
    assert [step for _, step in tried[:n]] == expected["delta_sequence"]
    assert given_["start_users"] * given_["n_BS"] == expected["initial_UEs"]


@given(st.integers(1, 500), st.integers(1, 60), st.integers(1, 60))
def test_it_ends_within_two_of_the_capacity(capacity, n_start, step):
    tried = search_capacity(lambda n: n <= capacity, n_start, step)
    met = [n for n, _ in tried if n <= capacity]
    if (
        capacity + step >= n_start
    ):  # a start far above it is left by halved steps, which may not reach down
        assert met
        assert capacity - max(met) <= 2
    assert len(tried) < 540


def test_numbers_below_one_are_refused():
    with pytest.raises(ValueError, match="must be 1 or more"):
        search_capacity(lambda _: True, 0, 1)
