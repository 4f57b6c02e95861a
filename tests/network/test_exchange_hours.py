"""Counts of manual exchanges by hour of the day."""

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.tables import Outcome
from tests.oracle.scenarios import COUNTIES, HAND_PATCHED, world_of


def run_from(one, start, duration_h):
    run = one.run.model_copy(update={"start": start, "duration_h": duration_h})
    one = one.model_copy(update={"run": run})
    return run_network(one, *world_of(one), 0)


@pytest.mark.parametrize("one", [COUNTIES, HAND_PATCHED], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("start", "duration_h", "hours"),
    [
        ("2022-11-16 19:30", 1.0, [19, 20]),
        ("2022-11-16 23:00", 2.0, [23, 0]),
        ("2022-11-16 23:15", 25.0, [23, *range(23)]),
    ],
)
def test_hours_add_up_to_the_window(one, start, duration_h, hours):
    records = run_from(one, start, duration_h)
    by_hour, whole = records["exchange_hours"], records["exchanges"]
    assert by_hour["hour"].tolist() == [hours] * len(whole["node"])
    assert by_hour["node"][:, 0].tolist() == whole["node"].tolist()
    for name in ("arrived", "answered", "wait_s", "busy_s", "staffed_s"):
        np.testing.assert_allclose(by_hour[name].sum(axis=1), whole[name], rtol=1e-9, err_msg=name)
    assert whole["busy_s"].max() > 0.0


def test_waits_are_those_of_the_calls_that_came_in_the_hour():
    """At a single exchange that every call reaches as it begins."""
    records = run_from(HAND_PATCHED, "2022-11-16 19:30", 1.5)
    attempts, by_hour = records["attempts"], records["exchange_hours"]
    clock_h = 19.5 + attempts["time_s"] / 3600.0
    counted = (attempts["time_s"] >= 0.0) & (attempts["time_s"] < 5400.0)
    counted &= attempts["n_manual"] > 0
    (board,) = np.flatnonzero(by_hour["arrived"].sum(axis=1) > 0)
    for k, hour in enumerate((19, 20)):
        own = counted & (np.floor(clock_h) == hour)
        wait_s = attempts["wait_s"][own]
        assert own.sum() > 20
        assert by_hour["arrived"][board, k] == own.sum()
        assert by_hour["wait_s"][board, k] == pytest.approx(wait_s.sum())
        assert by_hour["wait_p95_s"][board, k] == pytest.approx(np.quantile(wait_s, 0.95))
        lost = np.isin(attempts["outcome"][own], [Outcome.PATCH_ABANDONED, Outcome.PATCH_NO_CORD])
        assert by_hour["answered"][board, k] == own.sum() - lost.sum()


def test_the_rota_is_seen_hour_by_hour():
    """The exchange west has two operators until 20:00, then one."""
    records = run_from(COUNTIES, "2022-11-16 19:30", 1.0)
    by_hour = records["exchange_hours"]
    west = world_of(COUNTIES)[0].exchanges.name.index("west")
    (row,) = np.flatnonzero(by_hour["node"][:, 0] == west)
    assert by_hour["staffed_s"][row] == pytest.approx([2 * 1800.0, 1800.0])
