"""Stationary runs say whether they had settled."""

import numpy as np
import pyarrow as pa
import pytest

from sim.runs import run_scenario
from sim.runs.settling import is_stationary, notes_of, settling
from sim.scenario.load import load_scenario

N_MIN = 400


def timeseries(carried, n_replications=2):
    """One network, minute by minute, the last shorter, and all networks."""
    n = len(carried)
    rows = {
        "replication": np.repeat(np.arange(1, n_replications + 1), 2 * n),
        "network": np.tile(np.repeat(["net", "all"], n), n_replications),
        "width_s": np.tile(np.append(np.full(n - 1, 60.0), 12.0), 2 * n_replications),
        "carried_erl": np.tile(np.concatenate([np.zeros(n), carried]), n_replications),
        "attempts": np.zeros(2 * n * n_replications),
        "blocked": np.zeros(2 * n * n_replications),
        "waiting": np.zeros(2 * n * n_replications),
    }
    return pa.table(rows)


def test_what_rises_first_is_to_be_cut():
    noise = np.random.default_rng(1).standard_normal(N_MIN + 1)
    found = settling(timeseries(50.0 - 40.0 * np.exp(-np.arange(N_MIN + 1) / 20.0) + 0.3 * noise))
    # Where nothing was blocked and nobody waited there is nothing to settle.
    assert found.keys() == {"carried traffic"}
    cut = found["carried traffic"]
    assert (cut["of_min"], cut["is_beyond_half"]) == (N_MIN, False)
    assert 60 <= cut["truncate_min"] <= 140
    assert list(notes_of(found)) == []


def test_what_changes_late_is_told():
    late = np.repeat([10.0, 20.0], [300, N_MIN + 1 - 300])
    (note,) = notes_of(settling(timeseries(late)))
    assert note.startswith("carried traffic: by MSER-5 the best cut lies beyond half")


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("erlang_b", "seed=2", True),
        ("erlang_b", "networks[net].sites_off=[{sites: [a], begin: 2022-11-16 01:00}]", False),
        ("invented_valley", "seed=2", False),
        ("invented_valley", f"traffic.profile.daily={[1] * 24}", True),
    ],
)
def test_stationary_is_where_nothing_changes(name, change, expected):
    assert is_stationary(load_scenario(name, [change]).scenario) == expected


def test_a_run_that_begins_empty_has_to_be_cut(tmp_path):
    holding = "traffic.sources[town].holding.mean_s=1800"
    empty, full = (
        run_scenario(
            "erlang_b",
            [holding, "run.duration_h=8", f"run.warmup_h={warmup}"],
            replications=2,
            out=tmp_path,
        ).manifest["settling"]["carried traffic"]
        for warmup in (0, "auto")
    )
    assert empty["truncate_min"] >= 45
    assert full["truncate_min"] < empty["truncate_min"]
