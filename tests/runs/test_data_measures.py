"""Measures of data and messages against numbers worked out by hand."""

import json

import numpy as np
import pytest
from scipy.stats import gamma

from sim.runs.measures.cells import cells_table
from sim.runs.measures.data import data_table, throughput_table
from sim.runs.measures.flow_sums import FlowGroups
from sim.runs.measures.subjects import PARTS, BrokenInvariantError
from sim.runs.once import Setting
from sim.runs.parquet import read_parquet
from sim.runs.replication_tables import Effort, write_replication
from sim.runs.replications import names_of_indices
from sim.runs.summary import measures_over
from sim.tables import FlowOutcome
from tests.runs.data_example import data_records, data_scenario
from tests.runs.soft_example import kept_of

WINDOW_S = 630.0


def tables_of(example, factor=1.0):
    records = data_records(example, factor)
    return example.tables(records, 1, data_scenario(example))


@pytest.fixture(scope="module")
def rows(example):
    found = {}
    for row in tables_of(example).measures.to_pylist():
        if row["measure"].startswith(("data.", "sms.")):
            key = tuple(row[name] for name in ("measure", "network", "province", "service"))
            assert key not in found
            found[key] = row["value"]
    return found


NORTH = {
    "sessions": 5,
    "flows": 7,
    "throughput_bps": 500e3,
    "throughput_median_bps": 400e3,
    "throughput_p05_bps": 100e3,
    "time_throughput_bps": 7e6 / 22.0,
    "time_throughput_median_bps": 400e3,
    "time_throughput_p05_bps": 100e3,
    "requested_bit": 10.664e6,
    "carried_bit": 8.064e6,
    "blocked_share": 2 / 7,
    "cut_share": 1 / 5,
}
"""What the rows above give for the network north."""

EVERYBODY = {
    "sessions": 6,
    "flows": 8,
    "throughput_bps": 377.5e3,
    "throughput_median_bps": 100e3,
    "throughput_p05_bps": 10e3,
    "time_throughput_bps": 9e6 / 222.0,
    "time_throughput_median_bps": 10e3,
    "blocked_share": 2 / 8,
}


@pytest.mark.parametrize(("network", "expected"), [("north", NORTH), ("all", EVERYBODY)])
def test_measures_of_a_network(rows, network, expected):
    for name, value in expected.items():
        assert rows[f"data.{name}", network, "all", "all"] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("service", "flows", "throughput_bps", "blocked"),
    [("hsdpa", 4, 550e3, 1 / 4), ("bearer", 2, 400e3, 1 / 2), ("up", 1, 64e3, 0.0)],
)
def test_measures_of_a_service(rows, service, flows, throughput_bps, blocked):
    key = ("north", "all", service)
    assert rows["data.flows", *key] == flows
    assert rows["data.throughput_bps", *key] == pytest.approx(throughput_bps)
    assert rows["data.blocked_share", *key] == blocked


def test_groups_without_flows_have_no_throughput(rows):
    for name in ("throughput_bps", "throughput_p05_bps", "time_throughput_bps", "blocked_share"):
        assert rows[f"data.{name}", "south", "W", "all"] is None
    assert rows["data.flows", "south", "W", "all"] == 0


def test_messages(rows):
    key = ("north", "all", "all")
    assert rows["sms.sent", *key] == 3
    assert rows["sms.delivered", *key] == pytest.approx(2 / 3)
    assert rows["sms.delivery_s", *key] == 25.0
    assert rows["sms.delivery_p95_s", *key] == 40.0
    assert rows["sms.delivered", "south", "E", "all"] == 0.0
    assert rows["sms.delivery_s", "south", "E", "all"] is None
    assert rows["sms.sent", "all", "all", "all"] == 4


def test_table_of_groups(example):
    groups = FlowGroups.of(data_scenario(example), example.world)
    assert groups.hours == ("19", "20")
    kept = kept_of([tables_of(example, factor) for factor in (1.0, 3.0)])
    table = data_table(groups, kept).to_pylist()
    keys = ("network", "province", "device", "hour")
    found = {tuple(row[key] for key in keys): row for row in table}
    assert len(found) == len(table) == 3 * (3 + 3 + 2)
    north = found["north", "all", "all", "all"]
    assert north["requested_bit"] == pytest.approx(2.0 * NORTH["requested_bit"])
    assert (north["completed"], north["cut_stalled"], north["refused_rate"]) == (4, 1, 1)
    assert north["throughput_p05_bps"] == pytest.approx(200e3)
    # Two values apart by 200 kbit/s: a standard error of 100, widened by t of one degree of freedom (12.706) by 1.96.
    error_bps = 100e3 * 12.7062 / 1.95996
    scale_bps = error_bps**2 / 200e3
    ends_bps = gamma.ppf([0.025, 0.975], 200e3 / scale_bps, scale=scale_bps)
    found_bps = north["throughput_p05_bps_low"], north["throughput_p05_bps_high"]
    assert found_bps == pytest.approx(ends_bps, rel=1e-4)
    assert found["north", "all", "modem", "all"]["flows"] == 5
    assert found["south", "all", "none", "all"]["flows"] == 1
    assert found["all", "all", "all", "19"]["throughput_bps"] == pytest.approx(2 * 550e3)
    assert found["all", "all", "all", "20"]["flows"] == 6
    assert found["south", "W", "all", "all"]["throughput_bps"] is None


def test_distribution_of_throughput(example):
    kept = kept_of([tables_of(example)] * 2)
    table = throughput_table(example.world, kept).to_pylist()
    found = {(row["network"], round(row["throughput_bps"])): row for row in table}
    assert len(table) == 3 * 501
    expected = {
        1_000: (0, 0),
        10_000: (1, 200),
        100_000: (2, 210),
        446_684: (3, 220),
        10**8: (4, 222),
    }
    for edge_bps, (flows, time_s) in expected.items():
        row = found["all", edge_bps]
        assert (row["flow_share"], row["time_share"]) == pytest.approx((flows / 4, time_s / 222))
    assert found["south", 7_943]["flow_share"] == 0.0
    assert found["south", 10_000]["flow_share"] == 1.0


def test_table_of_cells(example):
    kept = kept_of([tables_of(example, factor) for factor in (1.0, 3.0)])
    cells = cells_table(example.world, kept).to_pydict()
    assert cells["hsdpa_active_share"] == [0.5, 0.1, 0.0, 0.4]
    assert cells["cell_throughput_bps"] == pytest.approx(
        np.array([8e6, 2e6, 8.128e6, 4e6]) / WINDOW_S
    )
    assert cells["busy_throughput_bps"][0] == pytest.approx(8e6 / (0.5 * WINDOW_S))
    assert cells["busy_throughput_bps"][2] is None
    assert cells["user_throughput_bps"] == pytest.approx([500e3, None, 800e3, 20e3], nan_ok=True)
    assert cells["flows_refused"] == [0.0, 1.0, 0.0, 0.0]
    assert cells["flows_cut"] == [0.0, 1.0, 0.0, 0.0]
    assert cells["signalling_refused"] == [3.0, 0.0, 0.0, 1.0]
    assert cells["bearer_erl"] == [0.0, 0.0, 0.25, 0.0]


def test_without_data_nothing_is_said(example):
    plain = example.tables(example.records())
    assert {"data", "throughput"}.isdisjoint(plain.kept)
    names = measures_over([plain.measures]).column("measure").to_pylist()
    assert not [name for name in names if name.startswith(("data.", "sms."))]
    cells = cells_table(example.world, kept_of([plain])).to_pydict()
    assert cells["user_throughput_bps"] == cells["signalling_busy"] == [None] * 4


FLOWS_OF = {
    name: n for n, name in enumerate(("warm", "fast", "slow", "bearer", "up", "full", "cut"))
}


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "said"),
    [
        ("flows", "carried_bit", FLOWS_OF["slow"], 0.9e6, "not carried whole"),
        ("flows", "carried_bit", FLOWS_OF["full"], 10.0, "became of them differ by network_idx"),
        ("flows", "carried_bit", FLOWS_OF["full"], 10.0, "became of them differ by cell_idx"),
        ("flows", "carried_bit", FLOWS_OF["cut"], 3.1e6, "more of a flow"),
        ("flows", "carried_bit", FLOWS_OF["cut"], 1.1e6, r"what their flows got, first at \[1\]"),
        ("flows", "carried_bit", FLOWS_OF["cut"], -1.0, "negative"),
        ("flows", "outcome", FLOWS_OF["fast"], 14, "does not exist"),
        ("flows", "end_s", FLOWS_OF["fast"], 9.0, "a flow ends before"),
        ("flows", "end_s", FLOWS_OF["full"], 331.0, "refused took time"),
        ("flows", "network_idx", FLOWS_OF["slow"], 2, "network or a cell that does not exist"),
        ("flows", "cell_idx", FLOWS_OF["slow"], 4, "network or a cell that does not exist"),
        ("messages", "outcome", 1, 5, "a message has an outcome that does not exist"),
        ("messages", "end_s", 1, 7.0, "delivered before"),
        ("messages", "end_s", 4, 7.0, "a message ends before"),
        ("messages", "submitted_s", 1, np.nan, "has lost one"),
        ("messages", "submitted_s", 3, np.nan, "has lost one"),
        ("messages", "submitted_s", 4, 8.0, "never got"),
        ("data_cells", "run_bit", 0, 5e6 + 2.0, "what their flows got"),
        ("data_cells", "hsdpa_active_share", 0, 1.01, "hsdpa_active_share"),
        ("data_cells", "hsdpa_flows", 0, 33.0, "hsdpa_flows"),
        ("data_cells", "hsdpa_power_w", 0, 20.0, "hsdpa_power_w"),
        ("data_cells", "signalling_busy", 0, 8.1, "signalling_busy"),
        ("data_cells", "bearer_bit", 0, -1.0, "bearer_bit"),
    ],
)
def test_broken_records_are_refused(example, table, column, row, value, said):
    records = data_records(example)
    columns = {name: values.copy() for name, values in records[table].items()}
    columns[column][row] = value
    broken = records.with_tables(**{table: columns})
    with pytest.raises(BrokenInvariantError, match=said):
        example.tables(broken, 1, data_scenario(example))


@pytest.mark.parametrize("table", ["flows", "messages"])
def test_a_row_that_stands_twice_is_refused(example, table):
    records = data_records(example)
    columns = {name: values.copy() for name, values in records[table].items()}
    for name in ("entity", "index", "page"):
        if name in columns:
            columns[name][2] = columns[name][1]
    with pytest.raises(BrokenInvariantError, match="more than one outcome"):
        example.tables(records.with_tables(**{table: columns}), 1, data_scenario(example))


def test_rows_are_kept_by_the_rule_of_the_attempts(example, tmp_path):
    """All pages of a session or none, and everything that is kept comes back with its names."""
    records, scenario = data_records(example), data_scenario(example)
    rule = scenario.run.records.model_copy(update={"calls": "sample", "sample_share": 0.5})
    run = scenario.run.model_copy(update={"records": rule})
    flows = {name: np.tile(column, 40) for name, column in records["flows"].items()}
    flows["index"] = np.repeat(np.arange(200), 2)
    flows["entity"] = np.full(400, 3, np.uint32)
    flows["page"] = np.tile([0, 1], 200).astype(np.uint16)
    cells = {name: 40 * column for name, column in records["data_cells"].items()}
    cells["hsdpa_active_share"] = np.zeros(4)
    many = records.with_tables(flows=flows, data_cells=cells)
    sampled = scenario.model_copy(update={"run": run})
    tables = example.tables(many, 2, sampled)
    kept, n_pages = np.unique(tables.parts["flows"]["index"], return_counts=True)
    assert 60 < len(kept) < 140  # five standard deviations about 100
    assert set(n_pages.tolist()) == {2}
    names = names_of_indices(Setting(scenario, example.world, example.coverage))
    folder = tmp_path / "replication-0002"
    folder.mkdir()
    write_replication(folder, tables, Effort(1, 1, 1.0, 1), names)
    for name, kind in PARTS.items():
        if name == "handovers":  # nobody moves
            continue
        (part,) = (folder / name).glob("part-0002-0001.parquet")
        found = read_parquet(part)
        assert tuple(found.column_names) == kind.table.names
        assert len(found) == len(tables.parts[name]["time_s"])
    names = json.loads(
        read_parquet(folder / "flows" / "part-0002-0001.parquet").schema.metadata[b"names"]
    )
    assert names["bearer_idx"] == ["hsdpa", "down_384", "down_128", "down_64", "up_64"]
    assert names["outcome"][FlowOutcome.CUT_STALLED] == "cut_stalled"
