"""Throughput as figures show it: its distribution, and what it is in each cell."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.report.folder import read_cells, read_columns
from sim.report.material import Estimate, RunFacts
from sim.report.plotted import PlottedData, Value

KINDS = ("flow", "time")
"""What a share is of: flows, or the time of flows."""

MOST_BINS, FEWEST_IN_BIN = 8, 5
"""Most bins of cells by load, and the fewest cells in one of them (house choice)."""

_ENDS = ("", "_low", "_high")


@dataclass(frozen=True)
class Distribution:
    """How fast the flows of one network were."""

    network_idx: int  # network
    throughput_bps: NDArray[np.float64]  # (point,) rising throughputs [bit/s]
    # share of the flows, and of their time, with at most this, (point,), by `KINDS` [1]
    share: dict[str, Estimate]
    p05_bps: dict[str, Estimate]  # 5 % quantile of either, (1,), likewise [bit/s]


@dataclass(frozen=True)
class CellThroughput:
    """Throughput and load of the cells, means over the replications."""

    name: NDArray[np.str_]  # (cell,) cells, in the order of their numbers
    network_idx: NDArray[np.int64]  # (cell,) network
    carried_erl: NDArray[np.float64]  # (cell,) telephone calls carried, legs [erl]
    # (cell,) sent over HSDPA while a flow is served; NaN where never [bit/s]
    busy_bps: NDArray[np.float64]
    # (cell,) bits / time of completed flows received; NaN where there are none [bit/s]
    user_bps: NDArray[np.float64]


def has_throughput(folder: Path) -> bool:
    """Return whether any flow was carried. False where no phone has received anything whole."""
    columns = read_columns(folder / "data.parquet", ["throughput_bps"], ())
    return bool(np.isfinite(columns["throughput_bps"]).any())


def read_distributions(folder: Path, run: RunFacts) -> tuple[Distribution, ...]:
    """Read the distribution of throughput of each network that carried any flow."""
    shares = [f"{kind}_share{end}" for kind in KINDS for end in _ENDS]
    points = read_columns(folder / "throughput.parquet", ["throughput_bps", *shares], ["network"])
    quantiles = {"flow": "throughput_p05_bps", "time": "time_throughput_p05_bps"}
    wanted = [f"{name}{end}" for name in quantiles.values() for end in _ENDS]
    keys = ["network", "province", "device", "hour"]
    groups = read_columns(folder / "data.parquet", wanted, keys)
    is_whole = np.all([groups[key] == "all" for key in keys[1:]], axis=0)
    found = []
    for idx, name in enumerate(run.networks):
        own, whole = points["network"] == name, is_whole & (groups["network"] == name)
        if not np.isfinite(points["flow_share"][own]).any():
            continue
        found.append(
            Distribution(
                network_idx=idx,
                throughput_bps=points["throughput_bps"][own],
                share={
                    kind: Estimate(*(points[f"{kind}_share{end}"][own] for end in _ENDS))
                    for kind in KINDS
                },
                p05_bps={
                    kind: Estimate(*(groups[f"{name}{end}"][whole] for end in _ENDS))
                    for kind, name in quantiles.items()
                },
            )
        )
    return tuple(found)


def read_cell_throughput(folder: Path, run: RunFacts) -> CellThroughput:
    """Read throughput and load of each cell."""
    legs = read_cells(folder, run)
    numbers = ["cell_idx", "busy_throughput_bps", "user_throughput_bps"]
    columns = read_columns(folder / "cells.parquet", numbers, ())
    order = np.argsort(columns["cell_idx"], kind="stable")
    return CellThroughput(
        name=legs.name[order],
        network_idx=legs.network_idx[order],
        carried_erl=legs.busy_erl[order],
        busy_bps=columns["busy_throughput_bps"][order],
        user_bps=columns["user_throughput_bps"][order],
    )


def read_best_cells(folder: Path, run: RunFacts) -> NDArray[np.int64]:
    """Read which cell serves each square best. Number of the cell, -1 where none serves."""
    names = [f"cell_idx_{name}" for name in run.networks]
    columns = read_columns(folder / "coverage.parquet", names, ())
    return np.stack([columns[name] for name in names]).astype(np.int64)


def binned_medians(
    load_erl: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return medians over bins of cells of like load, as many cells in each.

    Medians of the load; none where there are too few cells for two bins.
    """
    known = np.flatnonzero(np.isfinite(values))
    n_bins = min(MOST_BINS, len(known) // FEWEST_IN_BIN)
    if n_bins < 2:
        return np.empty(0), np.empty(0)
    order = known[np.argsort(load_erl[known], kind="stable")]
    bins = np.array_split(order, n_bins)
    medians = [[np.median(column[one]) for one in bins] for column in (load_erl, values)]
    return np.array(medians[0]), np.array(medians[1])


def distribution_data(run: RunFacts, distributions: tuple[Distribution, ...]) -> PlottedData:
    """Return the distribution of throughput, and its 5 % quantiles."""
    rows: list[tuple[Value, ...]] = []
    for one in distributions:
        name = run.networks[one.network_idx]
        for kind in KINDS:
            ends = (getattr(one.share[kind], end).tolist() for end in ("value", "low", "high"))
            for point in zip(one.throughput_bps.tolist(), *ends, strict=True):
                rows.append((name, kind, "distribution", *point))
            p05 = one.p05_bps[kind]
            bps, *interval = (float(end[0]) for end in (p05.value, p05.low, p05.high))
            rows.append((name, kind, "p05_bps", bps, 0.05, *interval))
    header = ("network", "share_of", "kind", "throughput_bps", "share", "low", "high")
    return PlottedData(header, tuple(rows))


def cell_throughput_data(run: RunFacts, cells: CellThroughput) -> PlottedData:
    """Return throughput and load of each cell."""
    columns: dict[str, list[Value]] = {
        "network": [run.networks[idx] for idx in cells.network_idx],
        "cell": [str(name) for name in cells.name],
        "carried_erl": cells.carried_erl.tolist(),
        "busy_throughput_bps": cells.busy_bps.tolist(),
        "user_throughput_bps": cells.user_bps.tolist(),
    }
    return PlottedData(tuple(columns), tuple(zip(*columns.values(), strict=True)))
