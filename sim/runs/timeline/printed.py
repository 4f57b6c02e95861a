"""The years of a scenario for a terminal: what stands at each date and what comes of it, beside what was published."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.runs.measures.measure import Line
from sim.runs.measures.subjects import MEASURES
from sim.runs.method.headlines import HEADLINES
from sim.runs.method.texts import value_text
from sim.runs.text_tables import WideTable, indented
from sim.runs.timeline.found import DATE, Found
from sim.scenario.timeline_section import N_LINES, N_SITES
from sim.tables import ALL

Row = Mapping[str, Any]

LINES = {N_SITES: Line("sites"), N_LINES: Line("lines"), **HEADLINES}
"""Quantities that have a line of their own."""


def line_of(quantity: str) -> Line:
    """
    Return how a quantity is printed.

    Parameters
    ----------
    quantity : str
        Quantity.

    Returns
    -------
    Line
        Its line.
    """
    return LINES.get(quantity) or MEASURES[quantity].line or Line(quantity, "{:.4g}")


def printed_years(found: Found) -> RenderableType:
    """Return what years found."""
    what = (
        f"{found['duration_h']:g} h from {found['hour']}"
        if found["has_calls"]
        else "coverage alone"
    )
    head = f"{found['scenario']} at {len(found['dates'])} dates: {what}, on the same draws"
    parts: list[RenderableType] = [Text(head, style="bold"), _series(found)]
    if found["has_calls"]:
        said = "Intervals are 95 % over replications, within one world."
        parts.append(indented(Text(said, style="dim")))
    if found["published"]:
        parts.append(_beside(found))
        said = (
            "given: the timeline itself sets the number, otherwise where it contradicts what was published. Others "
            "are missed where they lie outside of the published range, or, without one, by more than a tenth."
        )
        parts.append(indented(Text(said, style="dim")))
    return Group(*parts)


def _series(found: Found) -> WideTable:
    keys = list(dict.fromkeys((one["quantity"], one["network"]) for one in found["rows"]))
    is_single = len(found["networks"]) == 1
    headings = tuple(_heading(*key, is_single=is_single) for key in keys)
    table = WideTable(("Date", *headings))
    values = {(one[DATE], one["quantity"], one["network"]): one for one in found["rows"]}
    for day in found["dates"]:
        cells = (_cell(values.get((day, *key)), line_of(key[0])) for key in keys)
        table.add(day, *cells)
    return table


def _heading(quantity: str, network: str, *, is_single: bool) -> str:
    where = "" if network == ALL or is_single else f", {network}"
    return f"{line_of(quantity).label}{where}"


def _cell(row: Row | None, line: Line) -> str:
    return "-" if row is None or row["value"] is None else value_text(row, line)


def _beside(found: Found) -> WideTable:
    table = WideTable(("Published", "date", "published", "simulated", "", "source"))
    for one in found["published"]:
        line = line_of(one["quantity"])
        where = "" if one["network"] == ALL else f", {one['network']}"
        simulated = one["simulated"]
        said = "-" if simulated is None else line.form.format(simulated * line.factor)
        published = line.form.format(one["value"] * line.factor)
        table.add(f"{line.label}{where}", one[DATE], published, said, word_of(one), one["source"])
    return table


def word_of(one: Row) -> str:
    """Return what a published number says of the simulated one."""
    if one["simulated"] is None:
        return "not run"
    low = 0.9 * one["value"] if one["low"] is None else one["low"]
    high = 1.1 * one["value"] if one["high"] is None else one["high"]
    is_within = low <= one["simulated"] <= high
    if one["is_given"]:
        return "given" if is_within else "given otherwise"
    return "met" if is_within else "missed"
