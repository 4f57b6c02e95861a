"""The summary of a results folder, as tables for a terminal."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.errors import StoreError
from sim.runs.parquet import floats, read_parquet, texts
from sim.runs.printed_lines import (
    CELL_THROUGHPUTS,
    COVERAGE,
    DATA,
    KILO,
    MESSAGES,
    PERCENT,
    VOICE,
    Lines,
)
from sim.runs.recorded import recorded_html, recorded_text
from sim.runs.rows import ALL
from sim.runs.store import read_manifest

_BYTES_PER_GB = 1e9
_TOGETHER = (ALL, "any", "both", "neither")
"""What stands for several networks in a measure."""

_MOST_TRUNK_GROUPS = 8


@dataclass(frozen=True)
class Summary:
    """
    What a results folder says in short.

    Attributes
    ----------
    folder : Path
        Results folder.
    manifest : dict
        Its manifest.
    measures : dict of (str, str) to dict
        Entries of summary.json for all provinces, by measure and network.
    """

    folder: Path
    manifest: dict[str, Any]
    measures: dict[tuple[str, str], dict[str, Any]]


def read_summary(folder: Path) -> Summary:
    """
    Read the summary of a results folder.

    Parameters
    ----------
    folder : Path
        Results folder.

    Returns
    -------
    Summary
        Summary.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    try:
        entries = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["measures"]
    except (OSError, ValueError, KeyError) as error:
        message = f"{folder}: has no summary that can be read ({error}); run again with --force"
        raise StoreError(message) from error
    of_all = {(e["measure"], e["network"]): e for e in entries if e["province"] == ALL}
    return Summary(folder, read_manifest(folder), of_all)


def printed_summary(summary: Summary, *, is_new: bool) -> RenderableType:
    """
    Return the summary of a results folder for a terminal.

    Parameters
    ----------
    summary : Summary
        Summary.
    is_new : bool
        Whether the results were computed just now.

    Returns
    -------
    RenderableType
        Tables and lines.
    """
    manifest = summary.manifest
    parts: list[RenderableType] = []
    if any(measure == "voice.attempts" for measure, _ in summary.measures):
        parts.append(_voice_table(summary))
        parts.append(Text(f"  {_what_intervals_say(manifest)}", style="dim"))
    if any(measure == "data.flows" for measure, _ in summary.measures):
        parts.append(_data_table(summary))
    if any(measure == "sms.sent" for measure, _ in summary.measures):
        parts.append(_measures_table(summary, "Short messages", MESSAGES))
    parts.append(_measures_table(summary, "Coverage", COVERAGE))
    if manifest.get("kind") == "coverage" and manifest.get("replications", 1) > 1:
        parts.append(Text(f"  {_what_intervals_across_say(manifest)}", style="dim"))
    trunks = _trunk_table(summary)
    if trunks.row_count:
        parts.append(trunks)
    parts += [Text(f"Note: {note}", style="yellow") for note in manifest.get("notes", ())]
    parts.append(Text(_effort(manifest, is_new=is_new)))
    parts.append(Text(f"Results: {summary.folder}", style="bold", overflow="fold"))
    return Group(*parts)


def summary_text(folder: Path, *, is_new: bool) -> str:
    """
    Return the summary of a results folder as plain text.

    Parameters
    ----------
    folder : Path
        Results folder.
    is_new : bool
        Whether the results were computed just now.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    return recorded_text(printed_summary(read_summary(folder), is_new=is_new))


def summary_html(folder: Path, *, is_new: bool) -> str:
    """
    Return the summary of a results folder for a notebook.

    Parameters
    ----------
    folder : Path
        Results folder.
    is_new : bool
        Whether the results were computed just now.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    return recorded_html(printed_summary(read_summary(folder), is_new=is_new))


def _what_intervals_say(manifest: dict[str, Any]) -> str:
    n_replications = manifest.get("replications")
    if n_replications == 1:
        return "One replication: no intervals."
    return f"Means of {n_replications} replications; ± is the 95 % interval within one world."


def _what_intervals_across_say(manifest: dict[str, Any]) -> str:
    return f"Means of {manifest['replications']} worlds; ± is the 95 % interval across worlds."


def _networks(summary: Summary, measure: str) -> list[str]:
    """Return the networks that have a measure; with one network, nothing beside it."""
    networks = [network for name, network in summary.measures if name == measure]
    named = [network for network in networks if network not in _TOGETHER]
    return named if len(named) == 1 else networks


def _table(subject: str, columns: list[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(Text(subject))
    for column in columns:
        table.add_column(Text(column), justify="right")
    return table


def _add_row(table: Table, label: str, *cells: str) -> None:
    """Add a row of plain text: units in brackets are no markup."""
    table.add_row(Text(label), *(Text(cell) for cell in cells))


def _cell(entry: dict[str, Any] | None, form: str, factor: float) -> str:
    if entry is None or entry["value"] is None:
        return "-"
    text = form.format(entry["value"] * factor)
    if entry["low"] is None:
        return text
    half = form.format((entry["high"] - entry["low"]) / 2.0 * factor)
    return f"{text} ± {half}"


def _measures_table(summary: Summary, subject: str, lines: Lines) -> Table:
    """Return a table of measures, a column for each network that has the first of them."""
    networks = _networks(summary, lines[0][1])
    table = _table(subject, networks)
    for label, measure, form, factor in lines:
        entries = [summary.measures.get((measure, network)) for network in networks]
        _add_row(table, label, *(_cell(entry, form, factor) for entry in entries))
    return table


def _voice_table(summary: Summary) -> Table:
    table = _measures_table(summary, "Telephone calls", VOICE)
    per_site = dict(_per_network(summary.folder / "sites.parquet", "carried_erl"))
    networks = _networks(summary, "voice.attempts")
    found = (_plain(per_site.get(name, math.nan), "{:.1f}") for name in networks)
    _add_row(table, "per site, both ends [erl]", *found)
    return table


def _data_table(summary: Summary) -> Table:
    table = _measures_table(summary, "Data", DATA)
    networks = _networks(summary, "data.flows")
    for label, column in CELL_THROUGHPUTS:
        of_cell = dict(_per_network(summary.folder / "cells.parquet", column))
        found = (of_cell.get(name, math.nan) * KILO for name in networks)
        _add_row(table, label, *(_plain(kbps, "{:,.0f}") for kbps in found))
    return table


def _plain(value: float, form: str) -> str:
    return "-" if math.isnan(value) else form.format(value)


def _per_network(path: Path, column: str) -> Iterator[tuple[str, float]]:
    """Iterate over the networks, then all, with the mean of a column over their rows that have one."""
    table = read_parquet(path)
    values, network = floats(table, column), texts(table, "network")
    is_known = np.isfinite(values)
    for name in (*dict.fromkeys(network.tolist()), ALL):
        known = values[is_known & ((network == name) | (name == ALL))]
        yield name, float(np.mean(known)) if len(known) else math.nan


def _trunk_table(summary: Summary) -> Table:
    """Return the trunk groups that block most; a country has hundreds."""
    table = _table("Trunk groups", ["blocking [%]"])
    entries = {
        network: summary.measures["trunk.blocking", network]
        for network in _networks(summary, "trunk.blocking")
        if network != ALL
    }
    by_blocking = sorted(entries, key=lambda name: -(entries[name]["value"] or 0.0))
    for network in by_blocking[:_MOST_TRUNK_GROUPS]:
        _add_row(table, network, _cell(entries[network], "{:.3f}", PERCENT))
    if len(entries) > _MOST_TRUNK_GROUPS:
        _add_row(table, f"{len(entries) - _MOST_TRUNK_GROUPS} more in trunks.parquet", "")
    return table


def _effort(manifest: dict[str, Any], *, is_new: bool) -> str:
    stages = manifest.get("wall_time_s", {})
    text = ", ".join(f"{name} {value:.1f} s" for name, value in stages.items())
    text = f"Wall time: {sum(stages.values()):.1f} s ({text})"
    if manifest.get("calls_per_s"):
        text += f"; {manifest['calls_per_s']:,.0f} calls/s"
    peak = manifest.get("peak_memory_bytes_per_process", 0) / _BYTES_PER_GB
    text += f"; peak memory {peak:.2f} GB a process"
    return text if is_new else f"Nothing to compute: these results were there already. {text}"
