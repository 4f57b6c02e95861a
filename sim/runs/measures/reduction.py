"""From what replications kept to tables over all of them, as the columns declare it."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from sim.runs.parquet import arrow_table
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals
from sim.tables import Columns, Made, Table


def stacked(replications: Sequence[Columns], name: str) -> NDArray[np.float64]:
    """Return a column of every replication."""
    return np.stack([columns[name].astype(np.float64) for columns in replications])


def share(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """Return shares. Quotients, NaN where the whole is 0 [1]."""
    whole_ = np.asarray(whole, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole_ > 0.0, np.asarray(part, np.float64) / whole_, np.nan)


def reduced(table: Table, given: Columns, replications: Sequence[Columns]) -> pa.Table:
    """Return a table over all replications."""
    estimates: dict[tuple[str, ...], Intervals] = {}
    columns: Columns = {}
    for column in table.columns:
        made = column.made
        if made is None:
            message = f"{table.name}.{column.name} does not say how it is made of replications"
            raise AssertionError(message)
        columns[column.name] = (
            given[column.name]
            if made.how == "given"
            else _made(made, given, replications, estimates)
        )
    n_rows = max(np.ndim(column) and len(column) for column in columns.values())
    whole = {name: np.broadcast_to(column, n_rows) for name, column in columns.items()}
    return arrow_table(table, whole)


def _made(
    made: Made,
    given: Columns,
    replications: Sequence[Columns],
    estimates: dict[tuple[str, ...], Intervals],
) -> NDArray[np.float64]:
    """Return a column; NaN where nothing was kept. Estimates are kept for the ends of their intervals."""
    kept = replications[0].keys()
    is_known = made.above in kept or (made.how == "quotient" and made.above in given)
    if not is_known:
        if made.otherwise is not None:
            return _made(made.otherwise, given, replications, estimates)
        return np.array(np.nan)
    if made.how == "most":
        return np.asarray(stacked(replications, made.above).max(axis=0), np.float64)
    if made.how == "quotient":
        return share(*(_mean(one, given, replications) for one in (made.above, made.below)))
    key = made.above, made.below, made.law
    if key not in estimates:
        above = stacked(replications, made.above)
        if made.how == "mean":
            has_trials = made.trials and made.trials in kept
            trials = stacked(replications, made.trials) if has_trials else None
            estimates[key] = mean_intervals(above, law=made.law, trials=trials)
        else:
            below = stacked(replications, made.below)
            estimates[key] = ratio_intervals(above, below, law=made.law)
    values: NDArray[np.float64] = getattr(estimates[key], made.end)
    return values


def _mean(name: str, given: Columns, replications: Sequence[Columns]) -> ArrayLike:
    return given[name] if name in given else stacked(replications, name).mean(axis=0)


def one_after_the_other(table: Table, replications: Sequence[Columns]) -> pa.Table:
    """Return the rows of all replications as they are."""
    return arrow_table(
        table,
        {
            one.name: np.concatenate([columns[one.name] for columns in replications])
            for one in table.columns
        },
    )
