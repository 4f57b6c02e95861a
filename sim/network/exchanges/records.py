"""What manual exchanges counted in a replication, as columns."""

import numpy as np
from numpy.typing import NDArray

from sim.switching.ledger import Ledger
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import TASKS
from sim.tables import ANSWERED_WITHIN_S, LOST_BY_HAND, MOST_HOPS, OUTCOMES

ExchangeRecords = dict[str, NDArray[np.float64]]
"""Columns by name, a row for each manual exchange."""


def exchange_records(
    boards: Switchboards, nodes: NDArray[np.intp], names: tuple[str, ...], time_s: float
) -> ExchangeRecords:
    """Return what the manual exchanges counted in the measured window."""
    ledgers = [boards.ledgers[names[node]] for node in nodes.tolist()]
    rows = [_row(ledger, time_s) for ledger in ledgers]
    columns = {key: np.array([row[key] for row in rows], np.float64) for key in _row_names()}
    return {"node": nodes.astype(np.float64), **columns}


def position_records(
    boards: Switchboards, nodes: NDArray[np.intp], names: tuple[str, ...], time_s: float
) -> ExchangeRecords:
    """Return what each position did in the measured window."""
    rows = [
        (node, number, sheet.staffed.area(time_s), sheet.n_answered, *sheet.n_tasks, *sheet.busy_s)
        for node in nodes.tolist()
        for number, sheet in enumerate(boards.ledgers[names[node]].sheets)
    ]
    keys = ["node", "position", "staffed_s", "answered"]
    keys += [f"n_{task}" for task in TASKS] + [f"{task}_s" for task in TASKS]
    columns = np.array(rows, np.float64).reshape(len(rows), len(keys)).T
    return dict(zip(keys, columns, strict=True))


def pooled_p95_s(boards: Switchboards) -> float:
    """Return the 95 % quantile of the waits at all exchanges together. Wait, NaN when nobody waited [s]."""
    waits = [np.array(ledger.wait_s) for ledger in boards.ledgers.values()]
    pooled = np.concatenate(waits) if waits else np.zeros(0)
    return float(np.quantile(pooled, 0.95)) if len(pooled) else np.nan


def _row_names() -> tuple[str, ...]:
    return tuple(_row(Ledger((0.0, 1.0)), 1.0))


def _row(ledger: Ledger, time_s: float) -> dict[str, float]:
    wait_s = np.array(ledger.wait_s, np.float64)
    is_answered = np.array(ledger.is_answered, np.bool_)
    row = {
        "arrived": float(len(wait_s)),
        "refused": float(ledger.n_refused),
        "answered": float(is_answered.sum()),
        **{
            f"within_{within_s}_s": float((is_answered & (wait_s <= within_s)).sum())
            for within_s in ANSWERED_WITHIN_S
        },
        "wait_s": float(wait_s.sum()),
        "wait_p95_s": float(np.quantile(wait_s, 0.95)) if len(wait_s) else np.nan,
        "busy_s": ledger.busy.area(time_s),
        "staffed_s": ledger.staffed.area(time_s),
        "cords": ledger.cords.mean(time_s),
        "cords_most": float(ledger.cords.most),
        "tickets": ledger.tickets.mean(time_s),
        "tickets_most": float(ledger.tickets.most),
        "lost": float(sum(ledger.lost.values())),
        **{f"lost_{OUTCOMES[cause]}": float(ledger.lost[cause]) for cause in LOST_BY_HAND},
    }
    for n in range(1, MOST_HOPS + 1):
        times = [
            time
            for hops, own in ledger.setup_s.items()
            if hops == n or (n == MOST_HOPS and hops > n)
            for time in own
        ]
        row[f"setups_{n}"], row[f"setup_{n}_s"] = float(len(times)), float(sum(times))
    return row
