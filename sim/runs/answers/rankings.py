"""The worst cells, sites, exchanges, trunk groups and provinces by any number that is known of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sim.errors import Problem, StoreError
from sim.runs.answers.answer import Answer, Row
from sim.runs.answers.measures import intervals_note, require
from sim.runs.answers.numbers import Scale, finite, scale_of, shown
from sim.runs.result import RunResult
from sim.tables import CELLS, EXCHANGES, SITES, TRUNKS, Column, Table

N_WORST = 10
LEAST_CALLS = 100
"""Of so many at least, over all replications, a share says something (house limit): 5 % are then 1 to 11 %."""

_ENDS = ("low", "high")


@dataclass(frozen=True)
class _Kind:
    """What may be ranked."""

    table: Table
    name: str  # column of their names
    by: str  # column by which they are ranked unless told otherwise
    also: str  # further columns that are shown, where they are there


_IN_CELLS = "network province attempts blocking carried_erl utilisation noise_rise_db"
_AT_SITES = "network province attempts main_failure leg_blocking carried_erl"
_AT_EXCHANGES = "province arrived wait_p95_s abandonment occupancy operators"

KINDS = {
    "cells": _Kind(CELLS, "cell", "leg_blocking", _IN_CELLS),
    "sites": _Kind(SITES, "site", "network_failure", _AT_SITES),
    "exchanges": _Kind(EXCHANGES, "exchange", "wait_s", _AT_EXCHANGES),
    "trunks": _Kind(TRUNKS, "trunk_group", "blocking", "n_circuits seizures carried_erl all_busy_share"),
}  # fmt: skip
"""What may be ranked, by the name of its table."""

_TRIALS = {
    "attempts": ("attempts",),
    "arrived": ("arrived",),
    "bids": ("seizures", "refusals"),
    "leg_bids": tuple(
        f"{what}_{side}"
        for what in ("seizures", "refusals")
        for side in ("originating", "terminating")
    ),
}
"""Published columns that together are what a share is of, by what replications keep."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    by: str | None = None  # column by which rows are ranked; that of the kind unless given
    n: int = N_WORST  # rows
    is_smallest: bool = False  # whether the smallest are the worst
    least_calls: int = LEAST_CALLS  # of fewer calls over all replications a share is left out
    network: str | None = None  # the only network
    province: str | None = None  # code of the only province


def ranking_answer(result: RunResult, what: str, wanted: Wanted) -> Answer:
    """Return where a number is greatest, or smallest."""
    kind, table = KINDS[what], result.table(what)
    by = wanted.by or kind.by
    numbers = [field.name for field in table.schema if _is_number(field)]
    require(result, "number", by, numbers, f"{what}, by which they can be ranked (--by)")
    rows = _of_places(result, what, table, wanted)
    columns = {column.name: column for column in kind.table.columns}
    known = [row for row in rows if finite(row[by]) is not None]
    large = _large(result, known, _trials(columns.get(by), table.column_names), wanted)
    sign = 1.0 if wanted.is_smallest else -1.0
    worst = sorted(large, key=lambda row: (sign * row[by], str(row[kind.name])))[: wanted.n]
    names = [by, *(one for one in kind.also.split() if one in table.column_names and one != by)]
    scales = {one: scale_of_column(table.schema.field(one), columns.get(one)) for one in names}
    counts = _Counts(len(rows), len(known), len(large), len(worst))
    return Answer(
        (kind.name, *(f"{one} {scales[one].in_brackets}".rstrip() for one in names)),
        tuple(
            (str(row[kind.name]), *(_text(row, one, scales[one]) for one in names)) for row in worst
        ),
        tuple(_plain(row, [kind.name, *names], table) for row in worst),
        (*_notes(what, table, wanted, by, counts), intervals_note(result)),
    )


def scale_of_column(field: pa.Field, column: Column | None) -> Scale:
    """
    Return how a column of a file is shown.

    Parameters
    ----------
    field : pa.Field
        Field of its schema.
    column : Column or None
        Column of the data dictionary; None where that has it no more.

    Returns
    -------
    Scale
        Factor and unit.
    """
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return scale_of(unit, column.made if column else None)


def _of_places(result: RunResult, what: str, table: pa.Table, wanted: Wanted) -> list[Row]:
    """Return the rows of the network and the province that are wanted."""
    rows: list[Row] = table.to_pylist()
    for axis, word in (("network", wanted.network), ("province", wanted.province)):
        if word is None:
            continue
        if axis not in table.column_names:
            message = f"{what} have no {axis}; leave --{axis} out"
            raise StoreError(Problem(str(result.folder), message))
        require(result, axis, word, list(dict.fromkeys(str(row[axis]) for row in rows)))
        rows = [row for row in rows if row[axis] == word]
    return rows


def _large(result: RunResult, rows: list[Row], trials: Sequence[str], wanted: Wanted) -> list[Row]:
    """Return the rows in which a share is of enough calls; all where nothing counts them."""
    if not trials:
        return rows
    least = wanted.least_calls / max(int(result.manifest.get("replications", 1)), 1)
    return [row for row in rows if sum(finite(row[one]) or 0.0 for one in trials) >= least]


@dataclass(frozen=True)
class _Counts:
    """How many rows there are, have a value, are of enough calls, and are shown."""

    rows: int
    known: int
    large: int
    shown: int


def _is_number(field: pa.Field) -> bool:
    return bool(pa.types.is_floating(field.type) or pa.types.is_integer(field.type))


def _trials(column: Column | None, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that count what a share is of; none where it is no share, or nothing counts it."""
    made = column.made if column else None
    found = _TRIALS.get(made.below, ()) if made and made.how == "ratio" else ()
    return found if set(found) <= set(names) else ()


def _text(row: Row, name: str, scale: Scale) -> str:
    if isinstance(row[name], str):
        return str(row[name])
    entry = {"value": row[name], **{end: row.get(f"{name}_{end}") for end in _ENDS}}
    return shown(entry, scale.factor)


def _plain(row: Row, names: Sequence[str], table: pa.Table) -> dict[str, Any]:
    """Return some columns of a row and the ends of their intervals; None for what is no number."""
    with_ends = [f"{name}{end}" for name in names for end in ("", *(f"_{one}" for one in _ENDS))]
    return {
        name: finite(row[name]) if isinstance(row[name], float) else row[name]
        for name in with_ends
        if name in table.column_names
    }


def _notes(what: str, table: pa.Table, wanted: Wanted, by: str, counts: _Counts) -> Iterator[str]:
    says = (table.schema.field(by).metadata or {}).get(b"description", b"").decode()
    order = "smallest" if wanted.is_smallest else "greatest"
    yield f"{order} {by} first: {says.replace('`', '')}." if says else f"{order} {by} first."
    if more := counts.large - counts.shown:
        yield f"{more:,} more in {what}.parquet."
    if without := counts.rows - counts.known:
        yield f"{without:,} without a value are left out."
    if few := counts.known - counts.large:
        of = f"{few:,} of fewer than {wanted.least_calls:,} calls over all replications"
        yield f"{of} are left out (--least 0 shows them)."
