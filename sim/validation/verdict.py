"""What a compared number says, and what all numbers of a case say together."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sim.stats.intervals import Interval, mean_interval, ratio_interval

CONFIDENCE = 0.999
"""Coverage of an interval of a run: some 200 are looked at, and each may miss."""

Word = Literal["met", "missed", "not run", "does not apply"]
WORDS: tuple[Word, ...] = ("met", "missed", "not run", "does not apply")


@dataclass(frozen=True)
class Comparison:
    """One number that the program gives beside the one that is known."""

    quantity: str  # what is compared
    way: Literal["formula", "run"]  # whether a formula of the program gives it, or a simulation
    expected: float  # the known one
    obtained: float  # the program's
    tolerance: str  # how near is near enough
    is_met: bool  # whether it is
    low: float | None = None  # and high: ends of the interval, of a simulation
    high: float | None = None


@dataclass(frozen=True)
class NotRun:
    """Why a case that applies was not looked at, or not all of it."""

    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a case says."""

    case_id: str  # unique name of the case
    area: str  # its subject
    word: Word  # in a word
    reason: str  # why it was not run or does not apply, else empty
    comparisons: tuple[Comparison, ...]  # numbers that were compared
    source: str  # where the known numbers come from
    n_tries: int = 1  # 2 where a simulation was run once more with another seed

    def as_mapping(self) -> dict[str, Any]:
        """Return what the file of a card holds of it."""
        return asdict(self)


def by_formula(
    quantity: str,
    expected: float,
    obtained: float,
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
) -> Comparison:
    """Compare what a formula gives."""
    allowed = max(relative * abs(expected), absolute)
    said = f"{relative:g} relative" if relative * abs(expected) > absolute else f"{absolute:g}"
    # Decimal digits of a tolerance may not be those of the gap: 0.01 dB of 137.88 dB.
    is_met = math.isfinite(obtained) and abs(obtained - expected) <= allowed * (1.0 + 1e-9)
    return Comparison(quantity, "formula", expected, float(obtained), said, bool(is_met))


def by_range(
    quantity: str,
    expected: float,
    obtained: float,
    low: float,
    high: float,
    way: Literal["formula", "run"] = "formula",
) -> Comparison:
    """Compare what has a range, such as a published one."""
    said = f"{low:g} to {high:g}"
    return Comparison(quantity, way, expected, float(obtained), said, bool(low <= obtained <= high))


def by_interval(
    quantity: str, expected: float, interval: Interval, widest: float, off: float = 0.0
) -> Comparison:
    """Compare what a simulation gives, by an interval that must be narrow enough to tell; what is known may be off."""
    held = f"what is at most {100.0 * off:g} % off it" if off else "it"
    said = f"99.9 % interval holds {held}, half-width at most {100.0 * widest:g} %"
    if interval.value is None or interval.low is None or interval.high is None:
        return Comparison(quantity, "run", expected, math.nan, said, is_met=False)
    half = (interval.high - interval.low) / 2.0
    room = off * abs(expected)
    is_held = interval.low - room <= expected <= interval.high + room
    is_met = is_held and half <= widest * abs(expected)
    return Comparison(
        quantity, "run", expected, interval.value, said, bool(is_met), interval.low, interval.high
    )


def by_mean(quantity: str, expected: float, values: ArrayLike, widest: float) -> Comparison:
    """Compare the mean of replications."""
    numbers = np.asarray(values, np.float64)
    return by_interval(quantity, expected, mean_interval(numbers, CONFIDENCE), widest)


def by_ratio(
    quantity: str,
    expected: float,
    tops: ArrayLike,
    bottoms: ArrayLike,
    widest: float,
    off: float = 0.0,
) -> Comparison:
    """Compare the ratio of sums over replications, with a number that may be off by a share of it."""
    interval = ratio_interval(
        np.asarray(tops, np.float64), np.asarray(bottoms, np.float64), CONFIDENCE
    )
    return by_interval(quantity, expected, interval, widest, off)


def by_error(quantity: str, expected: float, obtained: float, allowed: float) -> Comparison:
    """Compare what a simulation gives, where theory says by how much it may be off."""
    is_met = abs(obtained - expected) <= allowed
    return Comparison(
        quantity, "run", expected, float(obtained), f"{allowed:.3g}: four standard errors by theory",
        bool(is_met), float(obtained - allowed), float(obtained + allowed),
    )  # fmt: skip


def word_of(comparisons: Sequence[Comparison], reasons: Sequence[str]) -> Word:
    """Return what numbers say together: what is missed is missed, whatever was left out."""
    if any(not one.is_met for one in comparisons):
        return "missed"
    return "met" if comparisons and not reasons else "not run"
