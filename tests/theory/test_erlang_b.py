"""Cells with Poisson calls against Erlang's loss formula: what the scorecard compares, and how much of it there is."""

from sim.validation import loss
from sim.validation.cases import cases_of
from sim.validation.length import Length

CASES = [case for case in cases_of("teletraffic/loss").values() if case.id.startswith("erlangB_A")]


def test_there_are_at_least_twelve_points():
    assert len({(case.inputs["A_erlang"], case.inputs["N"]) for case in CASES}) >= 12


def test_time_and_call_congestion_of_every_point_and_law():
    """That a channel more is noticed: tests/validation."""
    found = [one for _, one in loss.compare(CASES, Length()) if one.way == "run"]
    assert len(found) == 2 * len(CASES) + len(loss.LAWS)
    assert [one for one in found if not one.is_met] == []
