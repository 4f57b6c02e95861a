"""Measures of manual exchanges, and the tables of exchanges and of positions."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from sim.network.exchanges.records import MOST_HOPS
from sim.network.records import Records
from sim.runs.parquet import Columns, arrow_table
from sim.runs.rows import ALL, MeasureRows
from sim.runs.server_tables import share, with_ends
from sim.scenario.check_switching import FIXED
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals
from sim.tables import (
    ANSWERED_WITHIN_S,
    EXCHANGES,
    LOST_BY_HAND,
    OPERATOR_TASKS,
    OUTCOMES,
    POSITIONS,
)
from sim.units import SECONDS_PER_HOUR
from sim.world.build import World

_RATIOS = {
    "exchange.wait_s": ("wait_s", "arrived"),
    "exchange.abandonment": ("abandoned", "arrived"),
    "exchange.occupancy": ("busy_s", "staffed_s"),
    "exchange.setup_s": ("setup_s", "setups"),
}
"""Measures, and the columns above and below the line."""


def add_exchange_measures(rows: MeasureRows, world: World, records: Records) -> None:
    """
    Add the measures of manual exchanges: each of them, those of each province, and all together.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to.
    world : World
        World.
    records : Records
        Records of the replication.
    """
    if not len(records.exchanges.get("node", ())):
        return
    columns = _with_sums(records.exchanges)
    node = columns["node"].astype(np.int64)
    province_idx = world.exchanges.province_idx[node]
    codes = np.asarray(world.provinces.code)
    each: dict[str, ArrayLike] = {
        "network": FIXED,
        "province": codes[province_idx],
        "cell": np.asarray(world.exchanges.name)[node],
    }
    n = len(codes)
    together: dict[str, ArrayLike] = {"network": FIXED, "province": np.append(codes, ALL)}
    for measure, (above, below) in _RATIOS.items():
        rows.add(measure, columns[above], columns[below], each)
        sums = [
            np.append(np.bincount(province_idx, columns[name], n), columns[name].sum())
            for name in (above, below)
        ]
        rows.add(measure, sums[0], sums[1], together)
    has_calls = columns["arrived"] > 0
    p95_s = np.where(has_calls, columns["wait_p95_s"], 0.0)
    rows.add("exchange.wait_p95_s", p95_s, has_calls, each)
    pooled_s = records.exchange_wait_p95_s
    known = float(np.isfinite(pooled_s))
    rows.add("exchange.wait_p95_s", np.nan_to_num(pooled_s), known, {"network": FIXED})


def _with_sums(exchanges: Columns) -> Columns:
    columns = dict(exchanges)
    columns["abandoned"] = columns["arrived"] - columns["answered"]
    hops = range(1, MOST_HOPS + 1)
    columns["setups"] = np.sum([columns[f"setups_{n}"] for n in hops], axis=0)
    columns["setup_s"] = np.sum([columns[f"setup_{n}_s"] for n in hops], axis=0)
    return columns


def exchanges_table(
    world: World, exchanges: Sequence[Columns], trunks: Sequence[Columns], window_s: float
) -> pa.Table:
    """
    Return each manual exchange over all replications.

    Parameters
    ----------
    world : World
        World.
    exchanges : sequence of dict of str to (exchange,) ndarray
        Exchanges of each replication, as in `Records`.
    trunks : sequence of dict of str to (group,) ndarray
        Trunk groups of each replication, likewise.
    window_s : float
        Length of the measured window. [s]

    Returns
    -------
    pa.Table
        Table `sim.tables.EXCHANGES`.
    """
    node = exchanges[0].get("node", np.zeros(0)).astype(np.int64)
    every = [_with_sums(one) for one in exchanges] if len(node) else []
    own = world.exchanges

    def _stack(name: str) -> NDArray[np.float64]:
        return np.stack([one[name] for one in every]) if every else np.zeros((1, 0))

    columns: Columns = {
        "exchange_idx": node.astype(np.int32),
        "exchange": np.asarray(own.name, np.str_)[node],
        "province": np.append(np.asarray(world.provinces.code, np.str_), "")[
            np.minimum(own.province_idx[node], len(world.provinces))
        ],
        "x_m": own.x_m[node],
        "y_m": own.y_m[node],
        "n_lines": own.n_lines[node],
        "n_cords": own.n_cords[node],
        "operators": _stack("staffed_s").mean(axis=0) / window_s,
    }
    causes = (f"lost_{OUTCOMES[cause]}" for cause in LOST_BY_HAND)
    for name in ("arrived", "refused", "answered", "lost", "cords", "tickets", *causes):
        columns[name] = _stack(name).mean(axis=0)
    for name in ("cords_most", "tickets_most"):
        columns[name] = _stack(name).max(axis=0)
    for name, above, below in (
        ("wait_s", "wait_s", "arrived"),
        *((f"within_{s}_s_share", f"within_{s}_s", "arrived") for s in ANSWERED_WITHIN_S),
        ("abandonment", "abandoned", "arrived"),
        ("occupancy", "busy_s", "staffed_s"),
        *((f"setup_{n}_s", f"setup_{n}_s", f"setups_{n}") for n in range(1, MOST_HOPS + 1)),
    ):
        columns |= with_ends(name, ratio_intervals(_stack(above), _stack(below)))
    columns |= with_ends("wait_p95_s", mean_intervals(_stack("wait_p95_s")))
    columns |= with_ends("trunk_blocking", _trunk_blocking(world, node, trunks))
    return arrow_table(EXCHANGES, columns)


def _trunk_blocking(world: World, node: NDArray[np.int64], trunks: Sequence[Columns]) -> Intervals:
    """Return the blocking of the trunk groups that end at each exchange."""
    groups = world.exchanges.trunks
    ends_here = (groups.a == node[:, None]) | (groups.b == node[:, None])
    refusals, bids = (
        np.stack([ends_here @ sum(one[name] for name in names) for one in trunks])
        for names in (("refusals",), ("seizures", "refusals"))
    )
    return ratio_intervals(refusals, bids)


def positions_table(world: World, positions: Sequence[Columns]) -> pa.Table:
    """
    Return what was done at each position in each replication.

    Parameters
    ----------
    world : World
        World.
    positions : sequence of dict of str to (position,) ndarray
        Positions of each replication, the first numbered 1, as in `Records`.

    Returns
    -------
    pa.Table
        Table `sim.tables.POSITIONS`.
    """
    names = np.asarray(world.exchanges.name, np.str_)
    columns: Columns = {
        key: np.concatenate([one[key] for one in positions]) for key in positions[0]
    }
    node, staffed_s = columns["node"].astype(np.int64), columns["staffed_s"]
    busy_s = np.sum([columns[f"{task}_s"] for task in OPERATOR_TASKS], axis=0)
    columns |= {
        "replication": np.repeat(
            np.arange(1, len(positions) + 1), [len(one["node"]) for one in positions]
        ),
        "exchange_idx": node,
        "exchange": names[node],
        "on_duty_h": staffed_s / SECONDS_PER_HOUR,
        "busy_s": busy_s,
        "occupancy": share(busy_s, staffed_s),
        "handled": columns["n_answer"] + columns["n_call_back"],
    }
    return arrow_table(
        POSITIONS,
        {one.name: columns[one.name].astype(one.dtype) for one in POSITIONS.columns},
    )
