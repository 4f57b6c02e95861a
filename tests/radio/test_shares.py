"""Shares of area and people covered: counted by hand, and partitions that must add up."""

import numpy as np
import pytest

from sim.radio.coverage import Coverage, served
from sim.radio.reach import coverage_shares


def coverage_of(*rows):
    """Return a coverage in which network i serves the squares marked in row i."""
    cell_idx = np.where(np.array(rows, bool), 0, -1).astype(np.int32)[:, :, None]
    rscp_cdbm = np.where(cell_idx < 0, -32768, -9000).astype(np.int16)
    return Coverage(cell_idx, rscp_cdbm, ())


@pytest.fixture
def two_provinces(make):
    """Six squares of 0.25 km2: four in the first province, two in the second."""
    province = np.array([[0, 0, 1], [0, 0, 1]], np.uint8)
    grid = make.grid(2, 3, 500.0, province=province)
    return make.world([], grid, ("a", "b"), np.array([10, 20, 30, 40, 5, 0], np.int32))


def test_shares_counted_by_hand(two_provinces):
    coverage = coverage_of([1, 1, 0, 0, 1, 0], [0, 1, 1, 0, 0, 0])
    rows = {
        (s.network, s.province): (s.covered_km2, s.total_km2, s.n_covered, s.n_people)
        for s in coverage_shares(coverage, two_provinces)
    }
    assert rows == {
        ("a", "P0"): (0.5, 1.0, 30, 100),
        ("a", "P1"): (0.25, 0.5, 5, 5),
        ("a", "all"): (0.75, 1.5, 35, 105),
        ("b", "P0"): (0.5, 1.0, 50, 100),
        ("b", "P1"): (0.0, 0.5, 0, 5),
        ("b", "all"): (0.5, 1.5, 50, 105),
        ("any", "P0"): (0.75, 1.0, 60, 100),
        ("any", "P1"): (0.25, 0.5, 5, 5),
        ("any", "all"): (1.0, 1.5, 65, 105),
        ("both", "P0"): (0.25, 1.0, 20, 100),
        ("both", "P1"): (0.0, 0.5, 0, 5),
        ("both", "all"): (0.25, 1.5, 20, 105),
        ("neither", "P0"): (0.25, 1.0, 40, 100),
        ("neither", "P1"): (0.25, 0.5, 0, 5),
        ("neither", "all"): (0.5, 1.5, 40, 105),
    }


def test_rows_keep_their_order(two_provinces):
    rows = coverage_shares(coverage_of([0] * 6, [0] * 6), two_provinces)
    assert [r.network for r in rows[::3]] == ["a", "b", "any", "both", "neither"]
    assert [r.province for r in rows[:3]] == ["P0", "P1", "all"]


@pytest.mark.parametrize("n_networks", [1, 2, 3])
def test_any_and_neither_add_up(make, n_networks):
    grid = make.grid(20, 20, 500.0, province=np.repeat([[0], [1]], 10, 0).repeat(20, 1))
    people = np.arange(400, dtype=np.int32)
    names = ("a", "b", "c")[:n_networks]
    world = make.world([], grid, names, people)
    marks = [[(i * (3 + n)) % 7 < 4 for i in range(400)] for n in range(n_networks)]
    coverage = coverage_of(*marks)
    by = {(s.network, s.province): s for s in coverage_shares(coverage, world)}
    for province in ("P0", "P1", "all"):
        covered, none = by["any", province], by["neither", province]
        assert covered.n_covered + none.n_covered == covered.n_people == none.n_people
        assert covered.covered_km2 + none.covered_km2 == covered.total_km2
        every = by["both", province].n_covered
        assert every <= min(by[n, province].n_covered for n in names)
        assert covered.n_covered >= max(by[n, province].n_covered for n in names)
    if n_networks == 1:
        assert by["both", "all"].n_covered == by["a", "all"].n_covered
    assert by["any", "all"].n_covered == people[served(coverage).any(axis=0)].sum()
    assert by["any", "all"].n_covered == sum(by["any", p].n_covered for p in ("P0", "P1"))


def test_shares_are_ratios_and_nan_where_there_is_nobody(make):
    world = make.world([], make.grid(1, 4, 1000.0), ("a",), np.zeros(4, np.int32))
    share = coverage_shares(coverage_of([1, 0, 0, 0]), world)[0]
    assert share.area_share == 0.25
    assert np.isnan(share.population_share)
