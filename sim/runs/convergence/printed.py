"""What a study of convergence found, for a terminal."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.runs.measures.measure import Line
from sim.runs.method.cards import Found
from sim.runs.method.headlines import HEADLINES
from sim.runs.method.texts import size_text, value_text, where_text
from sim.runs.text_tables import WideTable, indented

Row = Mapping[str, Any]
"""An entry of `results` or `measures`."""

_LEGEND = {
    "converging": "limit less value, by Richardson with the observed order p, and its 95 % interval",
    "noise": "<: nothing was seen, the difference to finer levels is at most this",
    "unsure": "?: difference to a finer level; whether they shrink is not sure, or they hardly do: more may be left",
    "not_converging": "!: not converging: differences do not shrink; this is that to a finer level, more may be left",
    "difference": "~: no order can be told: difference to a finer level, finer less coarser",
}


def printed_study(found: Found) -> RenderableType:
    """Return what a study found."""
    head = (
        f"What choices of the method leave in {found['scenario']}: {len(found['seeds'])} seeds, each with a "
        f"world{' and calls' if found['has_calls'] else ''} of its own; sites "
        + ("held" if found["holds_sites"] else "placed anew at every level")
    )
    still = _without_effect(found)
    shown = [row for row in found["results"] if row["choice"] not in still and row["bound"] > 0.0]
    verdicts = {row["verdict"] for row in shown}
    lines = [text for verdict, text in _LEGEND.items() if verdict in verdicts]
    return Group(
        Text(head, style="bold"),
        *(Text(f"  {line}") for line in _levels(found, still)),
        _table(found, still),
        *(indented(Text(f"{line}.", style="dim")) for line in lines),
    )


def _without_effect(found: Found) -> set[str]:
    """Return the choices that change none of the measures."""
    moved = {row["choice"] for row in found["results"] if row["verdict"] != "same"}
    return {one["name"] for one in found["choices"] if one["name"] not in moved}


def _levels(found: Found, still: Collection[str]) -> Iterator[str]:
    for one in found["choices"]:
        marked = [
            f"[{_said(value)}]" if i == one["as_is"] else _said(value)
            for i, value in enumerate(one["values"])
        ]
        unit = "" if one["unit"] in ("", "1") else f" {one['unit']}"
        end = ": no measure differs" if one["name"] in still and len(marked) > 1 else ""
        yield f"{one['label']}: {', '.join(marked)}{unit}{end}"
        yield from one["left_out"]


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _table(found: Found, still: Collection[str]) -> WideTable:
    """Return a row for each measure that is not nothing at all, a column for each choice that has an effect."""
    choices = [one for one in found["choices"] if one["name"] not in still]
    table = WideTable(("Measure", "as it is", *(one["label"] for one in choices)))
    by_key = {(_key(row), row["choice"]): row for row in found["results"]}
    for measure in found["measures"]:
        line = HEADLINES[measure["measure"]]
        own = [by_key.get((_key(measure), one["name"])) for one in choices]
        if not measure["value"] and all(row is None or not row["bound"] for row in own):
            continue
        cells = (cell_text(row, line) if row else "-" for row in own)
        table.add(f"{line.label}{where_text(measure)}", value_text(measure, line), *cells)
    return table


def _key(row: Row) -> tuple[str, str, str]:
    return row["measure"], row["network"], row["covered_by"]


def cell_text(row: Row, line: Line) -> str:
    """Return what a choice leaves in a measure."""
    verdict = row["verdict"]
    if row["bound"] == 0.0:
        return "0"
    if verdict == "noise":
        return f"<{size_text(row['bound'] * line.factor)}"
    if verdict == "converging":
        value, low, high = (_signed(number * line.factor) for number in row["left"])
        ends = f" ({low} to {high})" if low != high else ""
        return f"{value}{ends}, p {row['order'][0]:.1f}"
    mark = {"unsure": "?", "not_converging": "!", "difference": "~"}[verdict]
    value, low, high = (number * line.factor for number in row["seen"])
    half = (high - low) / 2.0
    return f"{mark} {_signed(value)}" + (f" ± {size_text(half)}" if half > 0.0 else "")


def _signed(value: float) -> str:
    return f"{'-' if value < 0.0 else '+'}{size_text(abs(value))}"
