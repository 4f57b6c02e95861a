"""Manual exchanges: waits, losses and work of operators, and the tables of exchanges and of positions."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from sim.runs.measures.display import Printed, TableRanking
from sim.runs.measures.measure import PERCENT, Line, Measure, MeasureRows
from sim.runs.measures.reduction import one_after_the_other, reduced, share
from sim.runs.measures.subject import RELATIVE_ROUNDING, Finished, Replication, Subject
from sim.tables import (
    ALL,
    EXCHANGES,
    LOST_BY_HAND,
    MOST_HOPS,
    OPERATOR_TASKS,
    OUTCOMES,
    POSITIONS,
    Columns,
)
from sim.tables.columns import counted, part, proportion, ratio
from sim.units import SECONDS_PER_HOUR, hours_to_seconds

_ROUNDING_S = 1e-6
"""Room for the same in times of a simulated week. [s]"""

_BY = ("province", "exchange")

WAIT_P95_S = Measure(
    "exchange.wait_p95_s", "s", _BY,
    "95 % of these waits are shorter; of all exchanges together, and of each; mean over replications",
    ratio("p95_s", "known"), Line("95 % of the waits below [s]", "{:.1f}"),
)  # fmt: skip

MEASURES = (
    Measure(
        "exchange.arrived", "1", ("province",), "calls that waited for an operator's answer", counted("arrived"),
        Line("calls that waited for an operator"),
    ),
    Measure(
        "exchange.operators", "1", ("province",), "operators on duty, mean over the window",
        ratio("staffed_s", "window_s"), Line("operators on duty", "{:,.1f}"),
    ),
    Measure(
        "exchange.occupancy", "1", _BY, "operators' time at work / on duty", part("busy_s", "staffed_s"),
        Line("their time at work [%]", "{:.1f}", PERCENT),
    ),
    Measure(
        "exchange.wait_s", "s", _BY, "waits of calls for an operator's answer, lost ones too, by their number",
        ratio("wait_s", "arrived"), Line("wait for an answer [s]", "{:.1f}"),
    ),
    WAIT_P95_S,
    Measure(
        "exchange.abandonment", "1", _BY, "calls lost while they waited / calls that waited",
        proportion("abandoned", "arrived"), Line("lost while they waited [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "exchange.setup_s", "s", _BY, "begin to answer of calls, at the first manual exchange on their way",
        ratio("setup_s", "setups"), Line("begin of a call to its answer [s]", "{:.1f}"),
    ),
)  # fmt: skip


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    """Add the measures of each exchange, those of each province, and all together."""
    world, records = replication.world, replication.records
    columns = with_sums(records["exchanges"])
    node = columns["node"].astype(np.int64)
    province_idx = world.exchanges.province_idx[node]
    codes = np.asarray(world.provinces.code)
    has_calls = columns["arrived"] > 0
    each = columns | {
        "p95_s": np.where(has_calls, columns["wait_p95_s"], 0.0),
        "known": has_calls.astype(np.float64),
    }
    axes: dict[str, ArrayLike] = {
        "province": codes[province_idx],
        "exchange": np.asarray(world.exchanges.name)[node],
    }
    rows.add(MEASURES, each, axes)
    together = {
        name: np.append(np.bincount(province_idx, column, len(codes)), column.sum())
        for name, column in columns.items()
    }
    rows.add(
        MEASURES, together | {"window_s": records.window_s}, {"province": np.append(codes, ALL)}
    )
    pooled_s = records["waits"]["wait_p95_s"]
    pooled = {"p95_s": np.nan_to_num(pooled_s), "known": np.isfinite(pooled_s)}
    rows.add((WAIT_P95_S,), pooled, {})
    groups = world.exchanges.trunks
    ends_here = (groups.a == node[:, None]) | (groups.b == node[:, None])
    refusals = records["trunks"]["refusals"].astype(np.float64)
    columns["trunk_refusals"] = ends_here @ refusals
    columns["trunk_bids"] = ends_here @ (records["trunks"]["seizures"] + refusals)
    return {"exchanges": columns, "positions": _positions(replication)}


def with_sums(exchanges: Columns) -> Columns:
    """
    Return the counts of exchanges with the sums that measures are made of.

    The same with `abandoned`, and where set-up times were counted `setups` and `setup_s`.
    """
    columns = dict(exchanges)
    columns["abandoned"] = columns["arrived"] - columns["answered"]
    if "setups_1" in columns:
        hops = range(1, MOST_HOPS + 1)
        columns["setups"] = np.sum([columns[f"setups_{n}"] for n in hops], axis=0)
        columns["setup_s"] = np.sum([columns[f"setup_{n}_s"] for n in hops], axis=0)
    return columns


def _positions(replication: Replication) -> Columns:
    """Return what was done at each position, columns of `sim.tables.POSITIONS`."""
    columns = dict(replication.records["positions"])
    node, staffed_s = columns["node"].astype(np.int64), columns["staffed_s"]
    busy_s = np.sum([columns[f"{task}_s"] for task in OPERATOR_TASKS], axis=0)
    columns |= {
        "replication": np.full(len(node), replication.number),
        "exchange_idx": node,
        "exchange": np.asarray(replication.world.exchanges.name, np.str_)[node],
        "on_duty_h": staffed_s / SECONDS_PER_HOUR,
        "busy_s": busy_s,
        "occupancy": share(busy_s, staffed_s),
        "handled": columns["n_answer"] + columns["n_call_back"],
    }
    return {one.name: columns[one.name].astype(one.dtype) for one in POSITIONS.columns}


def _broken(replication: Replication) -> Iterator[str]:
    """Compare the counts of manual exchanges with those of their positions, and losses with their causes."""
    exchanges, positions = replication.records["exchanges"], replication.records["positions"]
    if not exchanges:
        return
    row_of = {node: row for row, node in enumerate(exchanges["node"].tolist())}
    rows = np.array([row_of[node] for node in positions["node"].tolist()], np.int64)
    work_s = np.sum([positions[f"{task}_s"] for task in OPERATOR_TASKS], axis=0)
    of_positions = {"staffed_s": positions["staffed_s"], "busy_s": work_s}
    of_positions["answered"] = positions["answered"]
    for name, values in of_positions.items():
        total = np.bincount(rows, values, len(row_of))
        if not np.allclose(total, exchanges[name], RELATIVE_ROUNDING, _ROUNDING_S):
            yield f"{name} of an exchange differs from the sum over its positions"
    causes = np.sum([exchanges[f"lost_{OUTCOMES[cause]}"] for cause in LOST_BY_HAND], axis=0)
    if np.any(causes != exchanges["lost"]):
        yield "calls lost at an exchange differ from the sum of their causes"


def _published(run: Finished) -> dict[str, pa.Table]:
    own, node = run.world.exchanges, run.kept["exchanges"][0]["node"].astype(np.int64)
    codes = np.append(np.asarray(run.world.provinces.code, np.str_), "")
    given: Columns = {
        "exchange_idx": node.astype(np.int32),
        "exchange": np.asarray(own.name, np.str_)[node],
        "province": codes[np.minimum(own.province_idx[node], len(run.world.provinces))],
        "x_m": own.x_m[node],
        "y_m": own.y_m[node],
        "n_lines": own.n_lines[node],
        "n_cords": own.n_cords[node],
        "window_s": np.array(hours_to_seconds(run.scenario.run.duration_h)),
    }
    return {
        "exchanges": reduced(EXCHANGES, given, run.kept["exchanges"]),
        "positions": one_after_the_other(POSITIONS, run.kept["positions"]),
    }


MANUAL_EXCHANGES = Subject(
    measures=MEASURES,
    in_world=lambda world: bool(world.exchanges.is_manual.any()),
    measured=_measured,
    invariants=(
        "time on duty and at work, calls answered: an exchange = sum of its positions; calls lost = sum of causes",
    ),
    broken=_broken,
    published=_published,
    printed=Printed(
        "Manual exchanges",
        rankings=(
            TableRanking(
                "Worst exchanges",
                table="exchanges",
                name="exchange",
                columns=(
                    ("province", Line("province")),
                    ("arrived", Line("calls")),
                    ("operators", Line("operators", "{:.1f}")),
                    ("occupancy", Line("at work [%]", "{:.1f}", PERCENT)),
                    ("wait_s", Line("wait [s]", "{:.1f}")),
                    ("wait_p95_s", Line("95 % below [s]", "{:.1f}")),
                    ("abandonment", Line("lost waiting [%]", "{:.2f}", PERCENT)),
                ),
                by="abandonment",
                whole="arrived",
                says="Lost before an operator answered, of calls that waited there",
            ),
        ),
    ),
)
