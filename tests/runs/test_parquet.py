"""Parquet files say what their columns mean, and equal data gives equal bytes."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.runs import replication_tables
from sim.runs.parquet import arrow_table, floats, read_parquet, write_parquet
from sim.runs.replication_tables import Effort, write_replication
from sim.tables import TIMESERIES, Column, Table

TABLE = Table(
    "example",
    "line",
    (
        Column("name", "str", "", "what it is called"),
        Column("load_erl", "float64", "erl", "how busy it is"),
        Column("n", "int32", "1", "how many"),
    ),
)
COLUMNS = {
    "name": np.array(["b", "a"]),
    "load_erl": np.array([0.5, np.nan]),
    "n": np.array([1, 2]),
}


def test_units_and_descriptions_are_in_the_schema(tmp_path):
    write_parquet(tmp_path / "example.parquet", arrow_table(TABLE, COLUMNS, crs="none"))
    schema = pq.read_schema(tmp_path / "example.parquet")
    assert schema.field("load_erl").metadata[b"unit"] == b"erl"
    assert schema.field("load_erl").metadata[b"description"] == b"how busy it is"
    said = json.loads(schema.metadata[b"columns"])
    assert said["n"] == {"unit": "1", "description": "how many"}
    assert json.loads(schema.metadata[b"crs"]) == "none"
    assert schema.field("n").type == pa.int32()


def test_nan_is_null_and_comes_back_as_nan(tmp_path):
    write_parquet(tmp_path / "example.parquet", arrow_table(TABLE, COLUMNS))
    table = read_parquet(tmp_path / "example.parquet")
    assert table.column("load_erl").null_count == 1
    assert np.isnan(floats(table, "load_erl")[1])
    assert table.column("name").to_pylist() == ["b", "a"]


def test_equal_data_gives_equal_bytes_and_other_data_does_not(tmp_path):
    for name in ("first", "second"):
        write_parquet(tmp_path / name, arrow_table(TABLE, COLUMNS))
    other = COLUMNS | {"n": np.array([1, 3])}
    write_parquet(tmp_path / "third", arrow_table(TABLE, other))
    first = (tmp_path / "first").read_bytes()
    assert (tmp_path / "second").read_bytes() == first
    assert (tmp_path / "third").read_bytes() != first


def test_compressed_by_zstandard(tmp_path):
    write_parquet(tmp_path / "example.parquet", arrow_table(TABLE, COLUMNS))
    column = pq.read_metadata(tmp_path / "example.parquet").row_group(0).column(0)
    assert column.compression == "ZSTD"


def test_parts_of_calls_are_bounded(example, tmp_path, monkeypatch):
    monkeypatch.setattr(replication_tables, "MAX_PART_ROWS", 1000)
    records = example.scenario.run.records.model_copy(update={"calls": "all"})
    run = example.scenario.run.model_copy(update={"records": records})
    scenario = example.scenario.model_copy(update={"run": run})
    records = example.records(n_attempts=2500)
    records["attempts"]["exchange_idx"] = np.arange(2500, dtype=np.int16) % 3 - 1
    records["attempts"]["lost_at_idx"] = np.arange(2500, dtype=np.int16) % 2
    tables = example.tables(records, 3, scenario)
    exchanges = ("capital", "east")
    behind = {"outcome": ["completed"]}
    names = behind | {"exchange_idx": exchanges, "lost_at_idx": exchanges, "trunk_idx": ()}
    write_replication(tmp_path, tables, Effort(1, 1, 1.0, 1), {"calls": names})
    parts = [read_parquet(path) for path in sorted(tmp_path.glob("calls/part-0003-*.parquet"))]
    assert [len(part) for part in parts] == [1000, 1000, 500]
    whole = pa.concat_tables(parts)
    assert np.array_equal(floats(whole, "time_s"), tables.parts["calls"]["time_s"])
    assert json.loads(parts[0].schema.metadata[b"names"]) == behind
    # Exchanges have their names, which a part holds once.
    assert whole.column("exchange").to_pylist() == [(None, *exchanges)[i % 3] for i in range(2500)]
    assert whole.column("lost_at").to_pylist() == [exchanges[i % 2] for i in range(2500)]
    assert whole.column("trunk").null_count == 2500
    assert whole.column("exchange").chunk(0).dictionary.to_pylist() == list(exchanges)
    assert set(whole.column("replication").to_pylist()) == {3}


def test_timeseries_of_a_replication_is_byte_identical(example, tmp_path):
    for name in ("first", "second"):
        series = example.tables(example.records()).kept["timeseries"]
        write_parquet(tmp_path / name, arrow_table(TIMESERIES, series))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert read_parquet(tmp_path / "first").column_names == list(TIMESERIES.names)
