"""The summary of a results folder, as tables for a terminal."""

import json
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
from sim.runs.recorded import recorded_html, recorded_text
from sim.runs.rows import ALL
from sim.runs.store import read_manifest

_BYTES_PER_GB = 1e9
_PERCENT = 100.0
_TOGETHER = (ALL, "any", "both", "neither")
"""What stands for several networks in a measure."""

_VOICE = (
    ("intents", "voice.intents", "{:,.0f}", 1.0),
    ("attempts", "voice.attempts", "{:,.0f}", 1.0),
    ("answered calls", "voice.calls", "{:,.0f}", 1.0),
    ("blocking [%]", "voice.blocking", "{:.3f}", _PERCENT),
    ("leg blocking [%]", "voice.leg_blocking", "{:.3f}", _PERCENT),
    ("offered [erl]", "voice.offered_erl", "{:,.1f}", 1.0),
    ("carried [erl]", "voice.carried_erl", "{:,.1f}", 1.0),
    ("channels, or power, in use [%]", "cell.utilisation", "{:.1f}", _PERCENT),
)
_MOST_TRUNK_GROUPS = 8

_COVERAGE = (
    ("area covered [%]", "coverage.area_share", "{:.1f}", _PERCENT),
    ("people covered [%]", "coverage.population_share", "{:.1f}", _PERCENT),
    ("cells within 5 dB of the best", "coverage.overlap", "{:.2f}", 1.0),
    ("radius of a site's area [km]", "coverage.distance_km", "{:.2f}", 1.0),
    ("95 % of them below [km]", "coverage.distance_p95_km", "{:.2f}", 1.0),
)


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
    parts.append(_coverage_table(summary))
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


def _voice_table(summary: Summary) -> Table:
    networks = _networks(summary, "voice.attempts")
    table = _table("Telephone calls", networks)
    for label, measure, form, factor in _VOICE:
        entries = [summary.measures.get((measure, network)) for network in networks]
        _add_row(table, label, *(_cell(entry, form, factor) for entry in entries))
    per_site = dict(_erl_per_site(summary.folder))
    _add_row(
        table,
        "per site, both ends [erl]",
        *(f"{per_site[name]:.1f}" if name in per_site else "-" for name in networks),
    )
    return table


def _erl_per_site(folder: Path) -> Iterator[tuple[str, float]]:
    """Iterate over the networks with the mean traffic of their sites, every leg counted."""
    sites = read_parquet(folder / "sites.parquet")
    carried_erl, network = floats(sites, "carried_erl"), texts(sites, "network")
    for name in dict.fromkeys(network.tolist()):
        yield name, float(np.mean(carried_erl[network == name]))
    yield ALL, float(np.mean(carried_erl)) if len(carried_erl) else 0.0


def _coverage_table(summary: Summary) -> Table:
    networks = _networks(summary, "coverage.area_share")
    table = _table("Coverage", networks)
    for label, measure, form, factor in _COVERAGE:
        entries = [summary.measures.get((measure, network)) for network in networks]
        _add_row(table, label, *(_cell(entry, form, factor) for entry in entries))
    return table


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
        _add_row(table, network, _cell(entries[network], "{:.3f}", _PERCENT))
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
