"""
Print the SHA-256 of every column of a results folder's tables, or say what differs between two folders.

    python -m tools.table_digests results/two_cells/latest
    python -m tools.table_digests results/two_cells/latest --against other/two_cells/latest

Names, types and values of columns count, not the bytes of files: two folders may be of other ids, versions or writers.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def tables_of(folder: Path) -> Iterator[tuple[str, pa.Table]]:
    """Iterate over the tables of a results folder with their names; parts are one table."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            yield path.stem, pq.read_table(path, partitioning=None)
        elif parts := sorted(path.glob("part-*.parquet")) if path.is_dir() else []:
            yield path.name, pa.concat_tables([pq.read_table(p, partitioning=None) for p in parts])


def column_digest(column: pa.ChunkedArray) -> str:
    """Return the SHA-256 over the type and the values of a column, null apart from every value."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    digest = hashlib.sha256(str(column.type).encode())
    is_null = column.is_null().to_numpy()
    digest.update(is_null.tobytes())
    if pa.types.is_string(column.type):
        for text in column.to_pylist():
            digest.update((text or "").encode() + b"\0")
    else:
        whole = column.combine_chunks()
        zeros = np.zeros(1, whole.type.to_pandas_dtype())[0]
        filled = whole.fill_null(pa.scalar(zeros, whole.type))
        digest.update(filled.to_numpy(zero_copy_only=False).tobytes())
    return digest.hexdigest()


def digests_of(folder: Path) -> dict[tuple[str, str], str]:
    """Return the digest of each column of each table of a results folder, in their order."""
    return {
        (name, column): column_digest(table.column(column))
        for name, table in tables_of(folder)
        for column in table.column_names
    }


def differences(folder: Path, other: Path) -> list[str]:
    """Return what differs between the tables of two results folders, a line each."""
    first, second = digests_of(folder), digests_of(other)
    if not first or not second:
        return [f"{folder if not first else other}: holds no tables"]
    lines = [f"only in {folder}: {'.'.join(key)}" for key in first if key not in second]
    lines += [f"only in {other}: {'.'.join(key)}" for key in second if key not in first]
    lines += [
        f"differs: {'.'.join(key)}"
        for key, digest in first.items()
        if second.get(key, digest) != digest
    ]
    order = [key for key in first if key in second]
    if order != [key for key in second if key in first]:
        lines.append("the columns stand in another order")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print digests, or differences; 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="results folder")
    parser.add_argument("--against", type=Path, help="results folder to compare it with")
    given = parser.parse_args(arguments)
    if given.against is None:
        for (table, column), digest in digests_of(given.folder).items():
            sys.stdout.write(f"{digest}  {table}.{column}\n")
        return 0
    lines = differences(given.folder, given.against)
    sys.stdout.write("\n".join(lines or ["no column differs"]) + "\n")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
