"""Measures of an exchange, from its ledger."""

from dataclasses import dataclass

import numpy as np

from sim.switching.ledger import Ledger
from sim.tables import Outcome


@dataclass(frozen=True, slots=True)
class ExchangeMeasures:
    """Measures of one exchange in one replication; NaN where nothing was counted."""

    n_arrived: int  # calls that reached its operators and have ended their wait, refused ones apart
    n_refused: int  # calls refused since too many waited
    # and wait_p95_s: wait for an operator, of answered and abandoned calls alike [s]
    wait_mean_s: float
    wait_p95_s: float
    abandonment: float  # share of calls that were lost while they waited [1]
    # operators' time at work over their time on duty; a task finished after the end of a shift counts as work [1]
    occupancy: float
    cords_mean: float  # mean number of cords in use
    cords_most: int  # greatest number of cords in use
    tickets_mean: float  # mean number of open tickets
    tickets_most: int  # greatest number of open tickets
    # mean time from the begin of a call here to the called party's answer, by manual exchanges on its way [s]
    setup_mean_s: dict[int, float]
    outcomes: dict[Outcome, int]  # attempts that began here, by outcome
    lost: dict[Outcome, int]  # attempts that were lost here, by cause, wherever they began


def measure_exchange(ledger: Ledger, time_s: float) -> ExchangeMeasures:
    """
    Return the measures of an exchange.

    Parameters
    ----------
    ledger : Ledger
        Its counts.
    time_s : float
        The present time; averages over time go up to it. [s]

    Returns
    -------
    ExchangeMeasures
        Measures.
    """
    wait_s = np.array(ledger.wait_s, np.float64)
    is_answered = np.array(ledger.is_answered, np.bool_)
    staffed_s = ledger.staffed.area(time_s)
    return ExchangeMeasures(
        n_arrived=len(wait_s),
        n_refused=ledger.n_refused,
        wait_mean_s=float(wait_s.mean()) if len(wait_s) else np.nan,
        wait_p95_s=float(np.quantile(wait_s, 0.95)) if len(wait_s) else np.nan,
        abandonment=1.0 - float(is_answered.mean()) if len(wait_s) else np.nan,
        occupancy=ledger.busy.area(time_s) / staffed_s if staffed_s > 0.0 else np.nan,
        cords_mean=ledger.cords.mean(time_s),
        cords_most=ledger.cords.most,
        tickets_mean=ledger.tickets.mean(time_s),
        tickets_most=ledger.tickets.most,
        setup_mean_s={n: float(np.mean(times)) for n, times in sorted(ledger.setup_s.items())},
        outcomes=dict(sorted(ledger.outcomes.items())),
        lost=dict(sorted(ledger.lost.items())),
    )


def answered_within(ledger: Ledger, wait_s: float) -> float:
    """
    Return the share of calls that an operator answered within a time: the distribution of the speed of answer.

    Parameters
    ----------
    ledger : Ledger
        Counts of the exchange.
    wait_s : float
        Time. [s]

    Returns
    -------
    float
        Share of all calls that reached the operators, NaN when there were none. [1]
    """
    if not len(ledger.wait_s):
        return np.nan
    in_time = np.array(ledger.wait_s) <= wait_s
    return float((in_time & np.array(ledger.is_answered, np.bool_)).mean())
