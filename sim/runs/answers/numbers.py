"""How numbers are shown: the unit in which they are short, and as many digits as their interval leaves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.runs.measures.measure import PERCENT, Line
from sim.runs.published_summary import estimate_text
from sim.tables import Made

_OF_INTERVAL, _OF_VALUE = 2, 4
"""Digits that are shown: of half an interval, and of a value without one (house choice)."""

_MOST_DECIMALS, _MOST_DIGITS = 6, 6
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Scale:
    """The unit in which a number is shown."""

    factor: float = 1.0  # from the unit of tables to this one
    unit: str = ""  # its name, empty of plain counts

    @property
    def in_brackets(self) -> str:
        """Return the unit as it stands in a heading."""
        return f"[{self.unit}]" if self.unit else ""


_SHORTER = {"bit/s": Scale(1e-3, "kbit/s"), "bit": Scale(1e-9, "Gbit")}


def scale_of(unit: str, made: Made | None) -> Scale:
    """
    Return how a number of a unit is shown.

    Parameters
    ----------
    unit : str
        Unit in tables.
    made : Made or None
        How it is made of replications; shares of something are shown in per cent.

    Returns
    -------
    Scale
        Factor and unit.
    """
    if made is not None and made.law in ("share", "part"):
        return Scale(PERCENT, "%")
    return _SHORTER.get(unit, Scale(1.0, "" if unit in ("", "1") else unit))


def shown(entry: Mapping[str, Any], factor: float = 1.0) -> str:
    """
    Return an estimate with its interval.

    Parameters
    ----------
    entry : mapping
        `value`, `low` and `high`, None or NaN where there is none.
    factor : float
        What they are multiplied by.

    Returns
    -------
    str
        Text, `-` where nothing was counted.
    """
    known = {end: finite(entry.get(end)) for end in ("value", "low", "high")}
    if known["low"] is None or known["high"] is None:
        known["low"] = known["high"] = None
    if known["value"] == 0.0 and (known["low"] or 0.0) == 0.0:
        return _zero(known["high"], factor)
    return estimate_text(known, Line("", f"{{:,.{_decimals(known, factor)}f}}", factor))


def _zero(high: float | None, factor: float) -> str:
    """Return what never came about, and how often it may all the same."""
    if not high:
        return "0"
    return f"0 (0 to {high * factor:,.{_decimals_for(high * factor, _OF_INTERVAL)}f})"


def finite(value: float | None) -> float | None:
    """
    Return a number, None for what is none.

    Parameters
    ----------
    value : float or None
        Number, or NaN.

    Returns
    -------
    float or None
        The number where it is finite.
    """
    return None if value is None or not math.isfinite(value) else value


def _decimals(entry: Mapping[str, float | None], factor: float) -> int:
    value, low, high = entry["value"], entry["low"], entry["high"]
    if value is None:
        return 0
    half = 0.0 if low is None or high is None else (high - low) / 2.0 * factor
    if half > _ROUNDING * abs(value * factor):
        wanted = _decimals_for(half, _OF_INTERVAL)
        return min(wanted, _decimals_for(abs(value * factor), _MOST_DIGITS)) if value else wanted
    if float(value * factor).is_integer():
        return 0
    return _decimals_for(abs(value * factor), _OF_VALUE)


def _decimals_for(size: float, digits: int) -> int:
    """Return with how many decimals a number has so many digits."""
    first = math.floor(math.log10(size * (1.0 + _ROUNDING)))
    return min(max(digits - 1 - first, 0), _MOST_DECIMALS)
