"""The intervals of real runs hold what Erlang's formula says as often as they promise."""

import numpy as np
import pytest
from scipy import stats

from sim.runs import run_scenario
from sim.runs.parquet import floats, texts
from sim.stats.intervals import ratio_intervals
from sim.stats.theory import erlang_b

N_REPLICATIONS = 5


@pytest.mark.slow
def test_the_blocking_of_short_runs_is_covered_as_promised(tmp_path):
    # One hour of 40 erl on 60 channels: one call of 1,500 is blocked, and they come three at a time.
    n_experiments = 400
    result = run_scenario(
        "erlang_b",
        [
            "traffic.sources[town].offered_erl=40",
            "traffic.sources[town].holding.mean_s=120",
            "networks[net].sites[a].n_channels=60",
            "run.duration_h=1",
            "run.warmup_h=auto",
            "run.records.calls=none",
        ],
        replications=N_REPLICATIONS * n_experiments,
        out=tmp_path,
    )
    table = result.table("replications")
    own = texts(table, "measure") == "voice.blocking"
    for axis in ("network", "province", "cell"):
        own &= texts(table, axis) == "all"
    blocked, attempts = (
        floats(table, name)[own].reshape(n_experiments, N_REPLICATIONS).T
        for name in ("numerator", "denominator")
    )
    truth = erlang_b(40.0, 60)
    assert blocked.sum() / attempts.sum() == pytest.approx(truth, rel=0.25)
    found, plain = (ratio_intervals(blocked, attempts, law=law) for law in ("share", None))
    n_covered = np.sum((found.low <= truth) & (truth <= found.high))
    assert n_covered >= stats.binom.ppf(0.001, n_experiments, 0.95)
    assert (found.low < found.high).all()
    assert np.mean((plain.low <= truth) & (truth <= plain.high)) < 0.75
