"""The program's intervals hold known answers as often as they say, and the checks of that notice faults."""

import pytest

from sim.validation import output_analysis
from sim.validation.own_intervals import (
    Draws,
    accepted_hits,
    carried,
    generated,
    precise,
    rows,
)


@pytest.mark.parametrize(("n", "hits"), [(200, (179, 198)), (500, (458, 489)), (1000, (926, 971))])
def test_hits_are_accepted_in_999_of_1000_cases(n, hits):
    # The binomial region, computed elsewhere.
    assert accepted_hits(n) == hits


def test_intervals_of_drawn_numbers_keep_their_promise():
    missed = [row for row in generated() if not row.is_met]
    assert missed == []


def test_replications_that_share_their_draws_are_noticed():
    found = list(generated(200, Draws(are_shared=True)))
    seen = [row.what for row in found if not row.is_met]
    # Where a whole experiment is one draw, a share's trials are still counted.
    assert set(seen) >= {row.what for row in found if not row.what.startswith(("share", "half"))}


def test_a_naive_stop_is_noticed():
    assert precise().is_met
    assert not precise(first=3, look_ahead=0).is_met


def test_a_warm_up_cut_to_nothing_is_noticed():
    cut, enough = (carried(10, r=10, warmup_h=warmup_h, hours=0.1) for warmup_h in (0, "auto"))
    assert enough.is_met
    assert not cut.is_met


def test_rows_are_plain_values():
    row = precise(200)
    assert row.as_mapping() == {
        "what": row.what,
        "n_experiments": 200,
        "found": row.found,
        "least": 179,
        "most": 198,
        "is_met": True,
    }


def test_rules_that_stop_and_batch_means_are_as_elsewhere():
    found = [*output_analysis.stop_rows(), *output_analysis.batch_mean_rows(1000)]
    assert [name for name, row in found if not row.is_met] == []


def test_waits_vary_together_as_theory_says():
    row = output_analysis.mean_wait_row("mm1_rho0.5")
    assert row.is_met
    # Waits that were independent of each other would have the variance of one: rho (2 - rho) / (1 - rho)^2 = 3.
    assert row.found > 5.0 * 3.0


@pytest.mark.slow
def test_intervals_of_simulated_queues_keep_their_promise():
    assert [row for row in rows(is_full=True) if not row.is_met] == []


@pytest.mark.slow
def test_variances_are_those_of_theory():
    found = list(output_analysis.rows(is_full=True))
    assert {name for name, _ in found} >= {"mm1_rho0.5", "mm1_rho0.9", "mminf_asvar"}
    assert [(name, row) for name, row in found if not row.is_met] == []
