"""Numbers about the method as people read them."""

from collections.abc import Mapping
from typing import Any

from sim.runs.measures.measure import Line
from sim.tables import ALL

Row = Mapping[str, Any]
"""An entry of what was found."""


def where_text(row: Row) -> str:
    """Return of which network a row is; nothing where it is of all."""
    where = where_of(row)
    return "" if where == ALL else f", {where}"


def where_of(row: Row) -> str:
    """Return the network of which a row is, any of them, or all."""
    return next((row[axis] for axis in ("network", "covered_by") if row[axis] != ALL), ALL)


def value_text(measure: Row, line: Line) -> str:
    """Return a value, with half its interval."""
    text = line.form.format(measure["value"] * line.factor)
    if measure["low"] is None:
        return text
    half = (measure["high"] - measure["low"]) / 2.0 * line.factor
    return f"{text} ± {size_text(half)}" if half > 0.0 else text


def size_text(value: float) -> str:
    """Return a number of 0 or more with two digits."""
    if value >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value >= 1e-4 or value == 0.0 else f"{value:.0e}"
