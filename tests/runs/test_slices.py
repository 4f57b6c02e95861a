"""Rows that leave memory while a replication goes on: what is published is as if all had stayed."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from sim.network import loop
from sim.network.replication import run_network
from sim.runs.measures.subject import Earlier, Replication, Rows
from sim.runs.measures.subjects import BrokenInvariantError, check_invariants, take_rows
from sim.runs.once import make_setting, run_once
from sim.scenario.load import load_scenario
from sim.tables import record_key
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
    n_rows, forget = defaultdict(list), loop.Recorder.forget

    def _forget(self):
        n_rows[record_key(self.table)].append(self.n_rows)
        forget(self)

    monkeypatch.setattr(loop.Recorder, "forget", _forget)
    tables = run_once(setting, 1)
    assert n_rows.keys() == {"attempts", "flows", "messages"}
    for slices in n_rows.values():
        assert len(slices) > 3
        assert min(slices) >= 100
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


@pytest.fixture(scope="module")
def records(setting):
    return run_network(setting.scenario, setting.world, setting.coverage, 1)


@pytest.fixture
def rows(setting, records):
    """Rows of a table, which may be changed."""

    def _rows(record):
        columns = {name: column.copy() for name, column in records[record].items()}
        return Rows(record, setting.scenario, setting.world, records.window_s, columns)

    return _rows


@pytest.mark.parametrize(
    ("record", "column", "value", "said"),
    [
        ("attempts", "end_s", -1e6, "ends before it begins"),
        ("flows", "end_s", -1e6, "a flow ends before it begins"),
        ("flows", "cell_idx", 10_000, "a cell that does not exist"),
        ("flows", "carried_bit", 1e15, "more of a flow|not carried whole"),
        ("messages", "end_s", -1e6, "a message ends before it begins"),
    ],
)
def test_a_slice_that_contradicts_itself_is_refused(rows, record, column, value, said):
    own, earlier = rows(record), Earlier()
    take_rows(own, earlier)
    assert earlier.n_rows == len(own) > 100
    own.columns[column][3] = value
    with pytest.raises(BrokenInvariantError, match=said):
        take_rows(own, earlier)
    assert earlier.n_rows == len(own)


@pytest.mark.parametrize("is_lost", [False, True])
def test_bits_of_cells_are_compared_over_all_slices(setting, records, rows, is_lost):
    """A slice that is lost as a whole does not contradict itself; what cells carried tells of it."""
    whole, slices = rows("flows"), {"flows": Earlier()}
    third = len(whole) // 3
    parts = (slice(0, third), slice(third, 2 * third), slice(2 * third, None))
    for part in parts[is_lost:2]:
        columns = {name: column[part] for name, column in whole.columns.items()}
        take_rows(replace(whole, columns=columns), slices["flows"])
    last = {name: column[parts[2]] for name, column in whole.columns.items()}
    replication = Replication(
        1,
        setting.scenario,
        setting.world,
        setting.coverage,
        records.with_tables(flows=last),
        slices,
    )
    if is_lost:
        with pytest.raises(BrokenInvariantError, match="what their flows got"):
            check_invariants(replication)
    else:
        check_invariants(replication)


def test_no_row_is_lost_where_the_last_slice_is_empty(monkeypatch):
    """A table of which nothing is left at the end is there, without rows."""
    setting = make_setting(load_scenario(SCENARIO, ("run.duration_h=0.02", "run.warmup_h=0")))
    whole = run_network(setting.scenario, setting.world, setting.coverage, 1)
    monkeypatch.setattr(loop, "_BLOCK_ROWS", loop.N_SPARE_ROWS)  # handed over row by row
    monkeypatch.setattr(loop, "SLICE_ROWS", 1)
    taken = {"attempts": [], "flows": [], "messages": []}
    on_rows = {
        record: lambda columns, rows=rows: rows.append(
            {name: column.copy() for name, column in columns.items()}
        )
        for record, rows in taken.items()
    }
    records = run_network(setting.scenario, setting.world, setting.coverage, 1, on_rows=on_rows)
    n_left = {record: len(records[record]["time_s"]) for record in taken}
    assert min(n_left.values()) == 0
    for record, slices in taken.items():
        assert len(slices) > 3
        for name, column in whole[record].items():
            parts = [*(rows[name] for rows in slices), records[record][name]]
            np.testing.assert_array_equal(np.concatenate(parts), column, err_msg=name)
