"""Parquet files with units and descriptions of their columns; equal data gives equal bytes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.runs.store import write_aside
from sim.tables import Column, Table

MAX_PART_ROWS = 1_000_000
"""Most rows of one part of the attempt table."""


def arrow_table(
    table: Table, columns: Mapping[str, NDArray[Any] | pa.Array], **metadata: object
) -> pa.Table:
    """Return columns as an Arrow table that says what they are."""
    schema = pa.schema(
        [_field(column) for column in table.columns],
        metadata={
            "table": table.name,
            "row": table.axis,
            "columns": json.dumps(
                {c.name: {"unit": c.unit, "description": c.description} for c in table.columns}
            ),
            **{key: json.dumps(value) for key, value in metadata.items()},
        },
    )
    arrays = [
        columns[f.name]
        if pa.types.is_dictionary(f.type)
        else pa.array(
            np.asarray(columns[f.name]), type=f.type, from_pandas=pa.types.is_floating(f.type)
        )
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def names_of(numbers: NDArray[Any], names: Sequence[str]) -> pa.DictionaryArray:
    """Return names by number, null for a number below 0; a file holds each name once."""
    indices = pa.array(np.asarray(numbers, np.int16), mask=np.asarray(numbers) < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), pa.string()))


_TEXTS = {"str": pa.string(), "name": pa.dictionary(pa.int16(), pa.string())}


def _field(column: Column) -> pa.Field:
    dtype = _TEXTS.get(column.dtype) or pa.from_numpy_dtype(np.dtype(column.dtype))
    metadata = {"unit": column.unit, "description": column.description}
    return pa.field(column.name, dtype, metadata=metadata)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table, compressed by Zstandard; nobody sees it half-written."""
    write_aside(
        path,
        lambda file: pq.write_table(
            table, file, compression="zstd", version="2.6", row_group_size=MAX_PART_ROWS
        ),
    )


def read_parquet(path: Path) -> pa.Table:
    """Read a table."""
    return pq.read_table(path, partitioning=None)


def floats(table: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a column of numbers. Values, NaN for null."""
    values: NDArray[np.float64] = table.column(name).to_numpy()
    return values.astype(np.float64, copy=False)


def texts(table: pa.Table, name: str) -> NDArray[np.object_]:
    """Return a column of text."""
    values: NDArray[np.object_] = table.column(name).to_numpy()
    return values
