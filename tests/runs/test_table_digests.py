"""Digests of tables see names, types, nulls and values of columns, and nothing of the files."""

import numpy as np
import pytest

from sim.runs.parquet import arrow_table, names_of, write_parquet
from sim.tables import Column, Table
from tools.table_digests import differences, main

TABLE = Table(
    "loads", "line", (Column("name", "str", "", "who"), Column("x", "float64", "1", "what"))
)
COLUMNS = {"name": np.array(["a", "b"]), "x": np.array([0.0, np.nan])}


def folder(path, table=TABLE, parts=(), **columns):
    path.mkdir()
    write_parquet(path / "loads.parquet", arrow_table(table, COLUMNS | columns))
    for number, part in enumerate(parts):
        (path / "calls").mkdir(exist_ok=True)
        rows = {"name": np.array(["c"] * len(part)), "x": np.array(part)}
        write_parquet(path / "calls" / f"part-{number}.parquet", arrow_table(TABLE, rows))
    return path


def test_the_same_columns_have_the_same_digests_however_they_are_written(tmp_path, capsys):
    a = folder(tmp_path / "a", parts=([1.0, 2.0], [3.0]))
    b = folder(tmp_path / "b", Table("other", "x", TABLE.columns), parts=([1.0], [2.0, 3.0]))
    assert differences(a, b) == []
    assert main([str(a), "--against", str(b)]) == 0
    assert main([str(a)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1] for line in lines[1:]] == [
        "calls.name",
        "calls.x",
        "loads.name",
        "loads.x",
    ]


def test_names_that_a_file_holds_once_are_texts(tmp_path):
    named = Table("loads", "line", (Column("name", "name", "", "who"), *TABLE.columns[1:]))
    numbers = {"a": [0, 1], "b": [1, 0], "c": [0, -1]}
    folders = {
        key: folder(tmp_path / key, named, name=names_of(np.array(found), ["a", "b"]))
        for key, found in numbers.items()
    }
    assert differences(folders["a"], folder(tmp_path / "texts")) == []
    for other in ("b", "c"):
        assert differences(folders["a"], folders[other]) == ["differs: loads.name"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x": np.array([0.0, 0.0])}, "differs: loads.x"),
        ({"x": np.array([-0.0, np.nan])}, "differs: loads.x"),
        ({"name": np.array(["ab", ""])}, "differs: loads.name"),
        ({"table": Table("loads", "line", (TABLE.columns[0],))}, "loads.x"),
        ({"table": Table("loads", "line", TABLE.columns[::-1])}, "another order"),
    ],
)
def test_every_difference_is_told(tmp_path, changes, said):
    a, b = folder(tmp_path / "a"), folder(tmp_path / "b", **changes)
    assert any(said in line for line in differences(a, b))
    assert main([str(a), "--against", str(b)]) == 1


def test_a_folder_without_tables_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds no tables" in differences(folder(tmp_path / "a"), tmp_path / "empty")[0]
