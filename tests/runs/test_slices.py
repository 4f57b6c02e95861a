"""Rows that leave memory while a replication goes on: what is published is as if all had stayed."""

import numpy as np
import pytest

from sim.network import loop
from sim.runs.measures.subject import Earlier, Rows
from sim.runs.measures.subjects import BrokenInvariantError, take_rows
from sim.runs.once import make_setting, run_once
from sim.scenario.load import load_scenario
from tools.update_baseline import SCENARIO

OVERRIDES = ("run.records.calls=all", "run.duration_h=0.5")


@pytest.fixture(scope="module")
def setting():
    return make_setting(load_scenario(SCENARIO, OVERRIDES))


@pytest.fixture(scope="module")
def whole(setting):
    return run_once(setting, 1)


@pytest.fixture
def sliced(setting, monkeypatch):
    monkeypatch.setattr(loop, "_BLOCK_ROWS", 64)
    monkeypatch.setattr(loop, "SLICE_ROWS", 100)
    n_slices, forget = [], loop.Recorder.forget
    monkeypatch.setattr(
        loop.Recorder, "forget", lambda self: (n_slices.append(self.n_rows), forget(self))
    )
    tables = run_once(setting, 1)
    assert len(n_slices) > 3
    assert min(n_slices) >= 100
    return tables


def test_measures_and_rows_are_the_same(whole, sliced):
    assert (sliced.n_attempts, sliced.n_events) == (whole.n_attempts, whole.n_events)
    one, two = whole.measures.to_pydict(), sliced.measures.to_pydict()
    assert one.keys() == two.keys()
    for name in one:
        if name in ("numerator", "denominator", "value"):
            # Sums of some hundred parts are taken in another order.
            np.testing.assert_allclose(
                np.array(two[name], float), np.array(one[name], float), rtol=1e-12, err_msg=name
            )
        else:
            assert two[name] == one[name]
    assert whole.kept.keys() == sliced.kept.keys()
    for table, columns in whole.kept.items():
        for name, column in columns.items():
            other = sliced.kept[table][name]
            if column.dtype.kind == "f":
                np.testing.assert_allclose(other, column, rtol=1e-9, atol=1e-9, err_msg=name)
            else:
                np.testing.assert_array_equal(other, column, err_msg=name)
    for part, columns in whole.parts.items():
        for name, column in columns.items():
            np.testing.assert_array_equal(sliced.parts[part][name], column, err_msg=name)


def test_a_slice_that_contradicts_itself_is_refused(setting, whole):
    attempts = {name: column.copy() for name, column in whole.parts["calls"].items()}
    earlier = Earlier()
    rows = Rows("attempts", setting.scenario, setting.world, 1800.0, attempts)
    take_rows(rows, earlier)
    assert earlier.n_rows == len(attempts["time_s"]) > 100
    attempts["end_s"][3] = attempts["time_s"][3] - 1.0
    with pytest.raises(BrokenInvariantError, match="ends before it begins"):
        take_rows(rows, earlier)
