"""Carried traffic and blocking over time, with intervals over replications."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, StoreError
from sim.report.folder import read_columns
from sim.report.material import RunFacts, Series
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals

CARRIED = "voice.carried_erl"
BLOCKING = "voice.blocking"

MAX_STEPS = 96
"""Most steps of a line; bins are joined until there are no more. A day has 96 quarters of an hour."""

_JOINS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
_COUNTS = ("replication", "begin_s", "width_s", "carried_erl", "attempts", "blocked")


def read_series(folder: Path, run: RunFacts) -> tuple[Series, ...]:
    """Read carried traffic and blocking of each network over time."""
    path = folder / "timeseries.parquet"
    columns = read_columns(path, _COUNTS, ("network",))
    series = []
    for idx, name in enumerate(run.networks):
        own = columns["network"] == name
        bins = by_replication({key: columns[key][own] for key in _COUNTS}, path)
        bins["carried_s"] = bins["carried_erl"] * bins["width_s"]
        joined = join_bins(bins, ("attempts", "blocked", "carried_s"))
        begin_s = joined["begin_s"][0]
        end_s = begin_s + joined["width_s"][0]
        carried = mean_intervals(joined["carried_s"] / joined["width_s"])
        blocking = ratio_intervals(joined["blocked"], joined["attempts"])
        for measure, estimate in ((CARRIED, carried), (BLOCKING, blocking)):
            series.append(series_of(idx, measure, begin_s, end_s, estimate))
    return tuple(series)


def read_causes(folder: Path, run: RunFacts, causes: Sequence[str]) -> tuple[Series, ...]:
    """Read the share of attempts lost to each cause over time."""
    path = folder / "timeseries.parquet"
    names = ("replication", "begin_s", "width_s", "attempts", *causes)
    columns = read_columns(path, names, ("network",))
    series = []
    for idx, name in enumerate(run.networks):
        own = columns["network"] == name
        bins = by_replication({key: columns[key][own] for key in names}, path)
        joined = join_bins(bins, ("attempts", *causes))
        begin_s = joined["begin_s"][0]
        end_s = begin_s + joined["width_s"][0]
        for cause in causes:
            share = ratio_intervals(joined[cause], joined["attempts"])
            series.append(series_of(idx, f"voice.outcome.{cause}", begin_s, end_s, share))
    return tuple(series)


def series_of(
    idx: int,
    measure: str,
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    estimate: Intervals,
) -> Series:
    """Return a measure over time with its intervals."""
    return Series(
        network_idx=idx,
        measure=measure,
        begin_s=begin_s,
        end_s=end_s,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n_replications=estimate.n_replications,
    )


def by_replication(columns: dict[str, NDArray[Any]], path: Path) -> dict[str, NDArray[np.float64]]:
    """Return columns of one network as arrays by replication and bin."""
    n_replications = len(np.unique(columns["replication"]))
    order = np.lexsort((columns["begin_s"], columns["replication"]))
    n_rows = len(order)
    if n_rows == 0 or n_rows % n_replications:
        raise StoreError(Problem(str(path), "lacks bins of a network; run the scenario again"))
    shaped = {
        key: values[order].reshape(n_replications, -1).astype(np.float64)
        for key, values in columns.items()
    }
    if np.any(shaped["begin_s"] != shaped["begin_s"][0]) or np.any(
        shaped["replication"] != shaped["replication"][:, :1]
    ):
        raise StoreError(Problem(str(path), "has replications that differ in their bins"))
    return shaped


def join_bins(
    bins: dict[str, NDArray[np.float64]], sums: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Join neighbouring bins until there are few enough steps; the last step may be shorter."""
    n_bins = bins["begin_s"].shape[1]
    every = next((join for join in _JOINS if n_bins <= join * MAX_STEPS), -(-n_bins // MAX_STEPS))
    first = np.arange(0, n_bins, every)
    joined = {key: np.add.reduceat(bins[key], first, axis=1) for key in ("width_s", *sums)}
    return joined | {"begin_s": bins["begin_s"][:, first]}
