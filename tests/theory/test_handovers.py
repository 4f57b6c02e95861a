"""Phones that go from cell to cell against theory: what the scorecard compares, and how much of it there is."""

import pytest

from sim.validation import handovers
from sim.validation.cases import cases_of
from sim.validation.length import Length

AREAS = (
    "mobility/handover-count",
    "teletraffic/handover-network",
    "teletraffic/guard-channel",
)
CASES = list(cases_of(*AREAS).values())


def test_handovers_lost_calls_and_kept_channels():
    """That a channel more, or a longer stay, is noticed: tests/validation."""
    found = list(handovers.in_cells(CASES, Length()))
    assert {case_id for case_id, _ in found} == {case.id for case in CASES}
    counted = [one for case_id, one in found if case_id.startswith("handovers_gamma")]
    assert len(counted) == 2 * (3 + len(handovers.LAWS))
    assert len(found) == len(counted) + 5 * 2 + 2 * 3 + 2 * 4
    assert [one for _, one in found if not one.is_met] == []


def test_calls_without_a_handover_by_the_formula():
    for case in cases_of("mobility/handover-count").values():
        expected = case.expected
        found = handovers.none_share(expected["mean_handovers"], expected["f"])
        assert found == pytest.approx(expected["P0"], abs=3e-9)
