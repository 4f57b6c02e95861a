"""Rotas that were found, as a table for a terminal."""

import json
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.runs.recorded import recorded_html, recorded_text
from sim.runs.staffing_target import parse_target

if TYPE_CHECKING:
    from sim.runs.staffing_result import StaffingResult

_MAX_EXCHANGES = 40
_PERCENT = 100.0


def printed_staffing(result: "StaffingResult") -> RenderableType:
    """
    Return the rotas of a folder for a terminal.

    Parameters
    ----------
    result : StaffingResult
        Folder of a staffing.

    Returns
    -------
    RenderableType
        Table and lines.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    table = result.table("staffing")
    facts = {
        key: json.loads(table.schema.metadata[key.encode()]) for key in ("target", "n_simulations")
    }
    rows = table.to_pylist()
    manifest = result.manifest
    wall_s = sum(manifest.get("wall_time_s", {}).values())
    done = "" if result.is_new else "Nothing to compute: these results were there already. "
    return Group(
        Text(
            f"Smallest rotas with {facts['target']} at every exchange in every hour", style="bold"
        ),
        _table(rows),
        *(Text(line, style="dim") for line in _notes(rows, str(facts["target"]), manifest)),
        Text(f"{done}{facts['n_simulations']} staffings simulated; wall time {wall_s:.1f} s"),
        Text(f"Results: {result.folder}", style="bold", overflow="fold"),
        Text(f"To use them: python -m sim run {result.folder}/staffed.yaml", overflow="fold"),
    )


def staffing_text(result: "StaffingResult") -> str:
    """Return the rotas of a folder as plain text."""
    return recorded_text(printed_staffing(result))


def staffing_html(result: "StaffingResult") -> str:
    """Return the rotas of a folder for a notebook."""
    return recorded_html(printed_staffing(result))


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return operators by exchange and hour, with the worst hour of each exchange."""
    hours = list(dict.fromkeys(row["hour"] for row in rows))
    names = list(dict.fromkeys(row["exchange"] for row in rows))
    by_place = {(row["exchange"], row["hour"]): row for row in rows}
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text("operators at"))
    for hour in hours:
        table.add_column(Text(f"{hour:02d}h"), justify="right")
    table.add_column(Text("worst"), justify="right")
    for name in names[:_MAX_EXCHANGES]:
        own = [by_place[name, hour] for hour in hours]
        table.add_row(
            Text(name), *(Text(str(row["n_operators"])) for row in own), Text(_worst(own))
        )
    if len(names) > _MAX_EXCHANGES:
        table.add_row(Text(f"and {len(names) - _MAX_EXCHANGES} more"))
    for label, key in (
        ("all", "n_operators"),
        ("in the scenario", "n_before"),
        ("Erlang-A", "n_start"),
    ):
        sums = [sum(by_place[name, hour][key] for name in names) for hour in hours]
        table.add_row(
            Text(label), *(Text(str(n)) for n in sums), style="bold" if label == "all" else ""
        )
    return table


def _worst(rows: list[dict[str, Any]]) -> str:
    """Return the largest value of an exchange, its interval and its hour."""
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return "-"
    worst = max(known, key=lambda row: row["value"])
    text = f"{worst['value']:.3g}"
    if worst["value_low"] is not None:
        text += f" ± {(worst['value_high'] - worst['value_low']) / 2.0:.2g}"
    return f"{text} at {worst['hour']:02d}h"


def _notes(rows: list[dict[str, Any]], target: str, manifest: dict[str, Any]) -> list[str]:
    """Return what the table does and does not say."""
    n_replications = int(manifest.get("replications", 0))
    fails = "within one world; one operator less in any hour fails."
    if n_replications == 1:
        return [
            f"Met in the one replication simulated, {fails}",
            "There are no intervals, so nothing is said of other days.",
        ]
    lines = [f"Met by the means of the {n_replications} replications simulated, {fails}"]
    limit = parse_target(target).limit
    over = sum(row["value_high"] is not None and row["value_high"] > limit for row in rows)
    if over:
        lines.append(
            f"In {over} of {len(rows)} hours the 95 % interval of the measure reaches beyond the limit: "
            "more replications tell."
        )
    return lines
