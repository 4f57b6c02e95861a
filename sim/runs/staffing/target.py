"""What a staffing has to reach: one measure of every exchange in every hour, and its limit."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, SimError
from sim.runs.measures import exchanges
from sim.runs.measures.reduction import stacked
from sim.scenario.messages import did_you_mean, given, number
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals
from sim.stats.theory import ErlangA
from sim.tables import Columns

MEASURES = {one.name: one for one in exchanges.MEASURES if one.name != "exchange.setup_s"}
"""Measures that more operators make smaller."""

P95_SHARE = 0.05
"""Share of the calls that may wait longer than the 95 % quantile. [1]"""

_EXAMPLE = "such as 'exchange.wait_p95_s <= 30'"
_FORM = re.compile(r"\s*([^\s<>=]*)\s*(<=|>=|==|=|<|>|≤|≥)?\s*(.*?)\s*")


@dataclass(frozen=True)
class Target:
    """An upper limit of a measure."""

    measure: str  # one of `MEASURES`
    limit: float  # largest value that is good enough, in the unit of the measure

    def __str__(self) -> str:
        return f"{self.measure} <= {number(self.limit)}"

    def estimate(self, replications: Sequence[Columns]) -> Intervals:
        """
        Return the measure at each exchange in each hour.

        Measure, (exchange, hour); NaN where nobody called, or nobody was on duty.
        """
        if self.measure == exchanges.WAIT_P95_S.name:
            return _mean_of_known(stacked(replications, "wait_p95_s"))
        counts, made = (
            [exchanges.with_sums(one) for one in replications],
            MEASURES[self.measure].made,
        )
        above, below = (stacked(counts, name) for name in (made.above, made.below))
        return ratio_intervals(above, below, law=made.law)

    def is_met(self, value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say where the target is met."""
        return ~(value > self.limit)

    def is_met_by(self, desk: ErlangA) -> bool:
        """Say whether a desk in equilibrium meets the target."""
        if self.measure == "exchange.wait_p95_s":
            return desk.p_wait_over(self.limit) <= P95_SHARE
        value = {
            "exchange.wait_s": desk.mean_wait_s,
            "exchange.abandonment": desk.p_abandon,
            "exchange.occupancy": desk.occupancy,
        }[self.measure]
        return value <= self.limit


def _mean_of_known(values: NDArray[np.float64]) -> Intervals:
    """Return means over the replications in which there is a value."""
    known = np.isfinite(values)
    if known.all():
        return mean_intervals(values, law="positive")
    # With denominators of 0 and 1 the ratio is the mean of those that are known, and its interval theirs.
    sums, n_known = np.where(known, values, 0.0), known.astype(np.float64)
    return ratio_intervals(sums, n_known, law="positive")


def parse_target(text: str) -> Target:
    """Read a target."""
    matched = _FORM.fullmatch(text)
    if matched is None or not text.strip():
        raise SimError(
            Problem(f"target = {given(text)}", f"must be a measure, <= and a number, {_EXAMPLE}")
        )
    measure, sign, limit = matched.groups()
    problems = [*_wrong_measure(measure), *_wrong_sign(sign), *_wrong_limit(limit, measure)]
    if problems:
        raise SimError(*(Problem(f"target = {given(text)}", problem) for problem in problems))
    return Target(measure, float(limit))


def _wrong_measure(measure: str) -> list[str]:
    if measure in MEASURES:
        return []
    if not measure:
        return [f"the measure is missing; must be one of {', '.join(MEASURES)}"]
    hint = did_you_mean(measure, MEASURES, "measures")
    return [f"{given(measure)} is no measure that operators are staffed for; {hint}"]


def _wrong_sign(sign: str | None) -> list[str]:
    if sign in ("<=", "≤"):
        return []
    if sign is None:
        return [f"<= is missing between measure and limit, {_EXAMPLE}"]
    return [
        f"{sign} cannot be a target: more operators make each of these measures smaller; must be <="
    ]


def _wrong_limit(limit: str, measure: str) -> list[str]:
    unit = MEASURES[measure].unit if measure in MEASURES else None
    allowed = {"s": "a number of seconds, 0 or more", "1": "a share, 0 to 1"}.get(
        unit or "", "a number, 0 or more"
    )
    if not limit:
        return [f"the limit is missing; must be {allowed}, {_EXAMPLE}"]
    try:
        value = float(limit)
    except ValueError:
        with_unit = re.fullmatch(r"[+-]?[\d.]+\s*([a-zA-Z%]+)", limit)
        advice = "; leave the unit out" if with_unit else ""
        return [f"limit {given(limit)}: must be {allowed}{advice}"]
    if not math.isfinite(value) or value < 0.0 or (unit == "1" and value > 1.0):
        return [f"limit {given(limit)}: must be {allowed}"]
    return []
