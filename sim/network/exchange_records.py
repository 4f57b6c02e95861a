"""What manual exchanges counted in a replication, as columns."""

import numpy as np
from numpy.typing import NDArray

from sim.switching.ledger import Ledger
from sim.switching.switchboards import Switchboards

IN_TIME_S = 10.0
"""Wait within which a call counts as answered in time: good service in the Cyclopedia's example has all in it. [s]"""

MOST_HOPS = 3
"""Manual exchanges by whose number set-up times are told apart; more count as so many."""

ExchangeRecords = dict[str, NDArray[np.float64]]
"""Columns by name, a row for each manual exchange."""


def exchange_records(
    boards: Switchboards, nodes: NDArray[np.intp], names: tuple[str, ...], time_s: float
) -> ExchangeRecords:
    """
    Return what the manual exchanges counted in the measured window.

    Parameters
    ----------
    boards : Switchboards
        Exchanges and their counts.
    nodes : (exchange,) ndarray of int
        Nodes of the manual exchanges.
    names : tuple of str
        Names of all nodes.
    time_s : float
        The present time, after the window. [s]

    Returns
    -------
    dict of str to (exchange,) ndarray of float64
        `node`; `arrived`, `refused`, `answered` and `in_time`: calls whose wait has ended, that were not let in, that
        an operator answered, and answered within IN_TIME_S; `wait_s` and `wait_p95_s`: sum and 95 % quantile of all
        waits; `busy_s` and `staffed_s`: operators' time at work and on duty; `cords`, `cords_most`, `tickets` and
        `tickets_most`: mean and greatest number in use and open; `lost`: calls lost there; `setups_1` and `setup_1_s`
        and so on: answered calls whose first manual exchange it is, and the sum of their times from the begin to the
        answer, by manual exchanges on their way.
    """
    ledgers = [boards.ledgers[names[node]] for node in nodes.tolist()]
    rows = [_row(ledger, time_s) for ledger in ledgers]
    columns = {key: np.array([row[key] for row in rows], np.float64) for key in _row_names()}
    return {"node": nodes.astype(np.float64), **columns}


def pooled_p95_s(boards: Switchboards) -> float:
    """
    Return the 95 % quantile of the waits at all exchanges together.

    Parameters
    ----------
    boards : Switchboards
        Exchanges and their counts.

    Returns
    -------
    float
        Wait, NaN when nobody waited. [s]
    """
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
        "in_time": float((is_answered & (wait_s <= IN_TIME_S)).sum()),
        "wait_s": float(wait_s.sum()),
        "wait_p95_s": float(np.quantile(wait_s, 0.95)) if len(wait_s) else np.nan,
        "busy_s": ledger.busy.area(time_s),
        "staffed_s": ledger.staffed.area(time_s),
        "cords": ledger.cords.mean(time_s),
        "cords_most": float(ledger.cords.most),
        "tickets": ledger.tickets.mean(time_s),
        "tickets_most": float(ledger.tickets.most),
        "lost": float(sum(ledger.lost.values())),
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
