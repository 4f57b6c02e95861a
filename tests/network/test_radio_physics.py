"""What soft capacity does when one thing changes and all calls stay the same (common random numbers)."""

import functools
from itertools import pairwise

import numpy as np
import pytest

from sim.tables import BLOCKED, Outcome
from tests.network.soft import country, run_soft
from tests.theory.replicate import half_width

N_REPLICATIONS = 5
ERL = 12.0


@functools.cache
def outcomes_of(offered_erl=ERL, n_networks=1, acir_db=None, **wcdma):
    """Measures of each replication."""
    radio = {}
    if acir_db is not None:
        one = {"is_on": True, "uplink_acir_db": acir_db, "downlink_acir_db": acir_db}
        radio = {"adjacent_channel": one}
    scenario = country(offered_erl, n_networks, wcdma=wcdma, **radio)
    return [measures(run_soft(scenario, number)) for number in range(N_REPLICATIONS)]


def measures(records):
    attempts, cells = records["attempts"], records["radio_cells"]
    chosen = attempts["time_s"] >= 0.0
    outcome = attempts["outcome"][chosen]
    return {
        "covered": float(records["covered"]["covered_share"].mean()),
        "rise_db": float(cells["noise_rise_db"].mean()),
        "power_w": float(cells["power_w"].mean()),
        "blocked": float(np.isin(outcome, BLOCKED).mean()),
        "completed": float((outcome == int(Outcome.COMPLETED)).sum()),
        "further_legs": float(cells["further_legs_erl"].sum()),
        "no_coverage": float((outcome == int(Outcome.NO_COVERAGE)).mean()),
        "calls": sorted(zip(attempts["time_s"].tolist(), attempts["entity"].tolist(), strict=True)),
    }


def difference(before, after, what):
    """Paired difference: (replication,)."""
    assert all(a["calls"] == b["calls"] for a, b in zip(before, after, strict=True))
    return np.array([b[what] - a[what] for a, b in zip(before, after, strict=True)])


def falls(before, after, what):
    """Whether a measure is surely less afterwards."""
    change = difference(before, after, what)
    return change.mean() < -half_width(change)


def rising_pairs(values):
    return list(pairwise(values))


@pytest.mark.parametrize(("less", "more"), rising_pairs([6.0, 12.0, 18.0, 24.0]))
def test_more_load_makes_the_cell_smaller_and_louder(less, more):
    before, after = outcomes_of(less), outcomes_of(more)
    for a, b in zip(before, after, strict=True):
        assert b["covered"] < a["covered"]
        assert b["rise_db"] > a["rise_db"]
        assert b["power_w"] > a["power_w"]


@pytest.mark.parametrize(("less", "more"), rising_pairs([0.0, 0.3, 0.6, 0.9]))
def test_higher_orthogonality_carries_more(less, more):
    before, after = outcomes_of(orthogonality=less), outcomes_of(orthogonality=more)
    assert falls(after, before, "completed")
    assert falls(before, after, "power_w")


def test_adjacent_channel_costs_capacity_and_more_so_as_it_leaks_more():
    steps = [None, 33.0, 25.0, 18.0, 10.0]
    found = [outcomes_of(n_networks=2, acir_db=acir_db) for acir_db in steps]
    for before, after in rising_pairs(found):
        assert not falls(after, before, "completed")
        assert difference(before, after, "covered").mean() < 0.0
    lost = [difference(found[0], one, "completed").mean() for one in found[2:]]
    assert 0.0 > lost[0] > lost[1] > lost[2]
    assert falls(found[0], found[3], "completed")
    assert falls(found[3], found[4], "completed")


def test_a_tight_filter_is_as_good_as_none():
    apart = outcomes_of(n_networks=2, power_tolerance=1e-13)
    beside = outcomes_of(n_networks=2, power_tolerance=1e-13, acir_db=100.0)
    assert difference(apart, beside, "completed").mean() == 0.0
    assert abs(difference(apart, beside, "rise_db")).max() < 1e-6


def test_soft_handover_saves_phones_at_the_edge():
    alone, soft = outcomes_of(active_set_size=1), outcomes_of(active_set_size=2)
    assert all(one["further_legs"] == 0.0 for one in alone)
    assert all(one["further_legs"] > 0.0 for one in soft)
    assert falls(alone, soft, "no_coverage")


def test_soft_handover_changes_nothing_of_the_uplink():
    """A phone counts once, in its best cell; with few calls nobody is refused either way."""
    generous = {"link_power_to_pilot_db": 10, "power_tolerance": 1e-13}
    alone = outcomes_of(1.0, active_set_size=1, **generous)
    soft = outcomes_of(1.0, active_set_size=3, **generous)
    assert abs(difference(alone, soft, "rise_db")).max() < 1e-12
    assert all(one["blocked"] == 0.0 for one in (*alone, *soft))


def test_shorter_updates_converge():
    """Against an eighth of a second, halving the time between updates brings every measure nearer."""
    finest = outcomes_of(power_update_s=0.25)
    away = {
        update_s: abs(difference(outcomes_of(power_update_s=update_s), finest, "rise_db")).mean()
        for update_s in (16.0, 4.0, 1.0)
    }
    assert away[1.0] < away[16.0]
    assert away[1.0] < 0.01 * finest[0]["rise_db"]
