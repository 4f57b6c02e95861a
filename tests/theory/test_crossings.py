"""Phones that go straight on against the fluid-flow model: what the scorecard compares, and that it notices."""

import pytest

from sim.validation import crossing
from sim.validation.cases import cases_of
from sim.validation.length import Length

CASES = list(cases_of("mobility/cell-crossing").values())


@pytest.mark.slow
def test_phones_leave_hexagons_poisson_voronoi_cells_and_circles_as_often_as_is_known():
    found = [one for _, one in crossing.compare(CASES, Length(is_full=True))]
    assert len(found) == 3
    assert [one for one in found if not one.is_met] == []


@pytest.mark.slow
def test_phones_that_are_faster_are_noticed():
    found = [one for _, one in crossing.compare(CASES, Length(), faster=1.3)]
    assert [one.is_met for one in found] == [False, False, False]
