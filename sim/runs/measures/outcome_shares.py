"""Why attempts fail: the share of each outcome, of each class of outcomes, and of all that fail."""

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.display import Breakdown
from sim.runs.measures.measure import PERCENT, Line, Measure
from sim.tables import CLASSES, FAILED, FAILED_IN_NETWORK, MEANINGS, OUTCOMES, Columns, Outcome
from sim.tables.columns import proportion

_BY = ("network", "province")

_SUM_OF = {name: f"all {name}" for name in CLASSES}
"""Names of the sums over the outcomes of each class."""

CLASS_SHARES = {
    name: Measure(
        f"voice.outcome_class_share.{name.replace(' ', '_')}", "1", ("network",),
        f"attempts with an outcome of the class {name} / attempts", proportion(_SUM_OF[name], "attempts"),
    )
    for name in CLASSES
}  # fmt: skip
OUTCOME_SHARES = {
    outcome: Measure(
        f"voice.outcome_share.{OUTCOMES[outcome]}", "1", _BY,
        f"attempts with the outcome `{OUTCOMES[outcome]}` / attempts", proportion(OUTCOMES[outcome], "attempts"),
    )
    for outcome in Outcome
}  # fmt: skip
"""Shares of classes of outcomes, and of outcomes: those of either sum to 1 wherever there are attempts."""

FAILURE = Measure(
    "voice.failure", "1", _BY, "attempts with any outcome but `completed` / attempts", proportion("failed", "attempts"),
    Line("failed, for any cause [%]", "{:.2f}", PERCENT),
)  # fmt: skip
NETWORK_FAILURE = Measure(
    "voice.network_failure", "1", _BY,
    "those that networks and exchanges are to blame for (`no_coverage`, `callee_no_coverage`, `blocked_*`, "
    "`callee_blocked`, `no_route`, `dropped`, `patch_*`, `ticket_expired`, `exchange_down`, `station_down`) / attempts",
    proportion("failed_in_network", "attempts"), Line("failed in the network [%]", "{:.2f}", PERCENT),
)  # fmt: skip
SHARES = (FAILURE, NETWORK_FAILURE)
"""What the summary says first of attempts, whatever their cause."""


def causes_of(attempts: Measure) -> Breakdown:
    """Return how attempts are broken down by class and outcome."""
    return Breakdown(
        "What became of attempts [%]",
        whole=attempts,
        failed=FAILURE,
        blamed=NETWORK_FAILURE,
        classes=tuple(
            (name, CLASS_SHARES[name], {OUTCOMES[one]: OUTCOME_SHARES[one] for one in outcomes})
            for name, outcomes in CLASSES.items()
        ),
        fine=OUTCOMES[Outcome.COMPLETED],
        meanings={OUTCOMES[outcome]: meaning for outcome, meaning in MEANINGS.items()},
        says="In the network failed what was not covered, blocked, dropped, not patched, cut off or out of service",
    )


FAILURES_OF_CELLS = {f"failed_{OUTCOMES[outcome]}": outcome for outcome in FAILED_IN_NETWORK}
"""Counts that are kept of the attempts of each cell, and the outcome that each counts."""


def main_failure(counts: Columns) -> NDArray[np.str_]:
    """Return the outcome of which these counts are greatest; empty where all are 0."""
    each = np.stack([counts[name] for name in FAILURES_OF_CELLS])
    named = np.asarray([OUTCOMES[outcome] for outcome in FAILURES_OF_CELLS.values()])
    return np.where(each.any(axis=0), named[each.argmax(axis=0)], "")


def with_classes(sums: Columns) -> Columns:
    """Return counts by outcome with the sums over those that belong together."""
    together = {_SUM_OF[name]: outcomes for name, outcomes in CLASSES.items()}
    together |= {"failed": FAILED, "failed_in_network": FAILED_IN_NETWORK}
    return sums | {
        name: np.sum([sums[OUTCOMES[outcome]] for outcome in outcomes], axis=0)
        for name, outcomes in together.items()
    }
