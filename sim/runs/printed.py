"""The summary of a results folder, as tables for a terminal and for a notebook."""

import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.errors import StoreError
from sim.runs.differences import difference_text, read_differences
from sim.runs.measures.measure import Line, Measure
from sim.runs.measures.subject import Subject, TableMean
from sim.runs.measures.subjects import SUBJECTS
from sim.runs.parquet import floats, read_parquet, texts
from sim.runs.store import read_manifest
from sim.tables import ALL, AXES, SUMMARY_AXES

WIDTH = 110
"""Letters in a line where no terminal says how many."""

_PROVISIONAL = ("voice.attempts", "voice.blocking", "voice.carried_erl")
_HTML = '<pre style="line-height: 1.2">{code}</pre>'


def recorded_text(shown: RenderableType) -> str:
    """Return what a terminal shows as plain text."""
    return _recorded(shown).export_text().rstrip("\n")


def recorded_html(shown: RenderableType) -> str:
    """Return what a terminal shows for a notebook."""
    return _recorded(shown).export_html(inline_styles=True, code_format=_HTML)


def _recorded(shown: RenderableType) -> Console:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, force_jupyter=False)
    console.print(shown)
    return console


_BYTES_PER_GB, _BYTES_PER_MB = 1e9, 1e6


@dataclass(frozen=True)
class Summary:
    """What a results folder says in short."""

    folder: Path  # results folder
    manifest: dict[str, Any]  # its manifest
    # entries of summary.json for all provinces, by measure and where it stands: a network, any, both or neither of
    # them, a trunk group, or all
    measures: dict[tuple[str, str], dict[str, Any]]


def read_summary(folder: Path) -> Summary:
    """Return the summary of a results folder."""
    try:
        entries = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["measures"]
    except (OSError, ValueError, KeyError) as error:
        message = f"{folder}: has no summary that can be read ({error}); run again with --force"
        raise StoreError(message) from error
    of_all = {(e["measure"], _where(e)): e for e in entries if e["province"] == ALL}
    return Summary(folder, read_manifest(folder), of_all)


def provisional_text(rows: pa.Table) -> str:
    """Return what one replication says, in a line: a few measures of each network, or of all where there is but one."""
    lines = {one.name: one.line for subject in SUBJECTS for one in subject.measures if one.line}
    told: dict[str, list[str]] = {}
    for row in rows.filter(pc.is_in(rows["measure"], pa.array(_PROVISIONAL))).to_pylist():
        if all(row[axis.name] == ALL for axis in AXES if axis.name != "network"):
            line, value = lines[row["measure"]], row["value"]
            number = "-" if value is None else line.form.format(value * line.factor)
            told.setdefault(row["network"], []).append(f"{line.label} {number}")
    named = [name for name in told if name != ALL] or list(told)
    return "; ".join(f"{name}: {', '.join(told[name])}" for name in named)


def _where(entry: dict[str, Any]) -> str:
    """Return the name along the one axis on which an entry does not hold for all."""
    return next((str(entry[axis]) for axis in SUMMARY_AXES if entry[axis] != ALL), ALL)


def printed_summary(summary: Summary, *, is_new: bool) -> RenderableType:
    """Return the summary of a results folder for a terminal."""
    manifest = summary.manifest
    parts = list(_tables(summary))
    parts[1:1] = _what_intervals_say(manifest) if parts else []
    parts += [Text(line) for line in printed_differences(manifest)]
    parts += [Text(f"Note: {note}", style="yellow") for note in manifest.get("notes", ())]
    parts += [Text(line, style="yellow") for line in left_out(manifest)]
    parts.append(Text(_effort(manifest, is_new=is_new)))
    parts.append(Text(f"Results: {summary.folder}", style="bold", overflow="fold"))
    return Group(*parts)


def printed_differences(manifest: dict[str, Any]) -> Iterator[str]:
    """Iterate over the lines that say how what was run differs from its scenario; none where it does not."""
    label = "Differs from its scenario: "
    for one in read_differences(manifest.get("differences")):
        yield f"{label}{difference_text(one)}"
        label = " " * len(label)


def left_out(manifest: dict[str, Any]) -> Iterator[str]:
    """Iterate over the input files that were too large to be copied into the folder, a line each."""
    for file in manifest.get("inputs", ()):
        if not file["is_copied"]:
            yield (
                f"Not copied into the folder, too large: {file['file']}, {file['bytes'] / _BYTES_PER_MB:,.1f} MB, "
                f"SHA-256 {file['sha256'][:16]}...; keep it to run the folder again"
            )


def _tables(summary: Summary) -> Iterator[RenderableType]:
    """Iterate over the tables of the subjects of which there is anything to print."""
    for title, subjects in _titles().items():
        printed = [subject.printed for subject in subjects if subject.printed]
        measures = [one for subject in subjects for one in subject.measures if one.line]
        found = [one for one in measures if _places(summary, one)]
        most = printed[0].most
        if found and not most:
            yield _table_of(
                summary, title, measures, [mean for one in printed for mean in one.means]
            )
        elif found:
            yield from (_ranking(summary, title, one, most) for one in found)


def _titles() -> dict[str, list[Subject]]:
    """Return the subjects that are printed, by the title of their table."""
    found: dict[str, list[Subject]] = {}
    for subject in SUBJECTS:
        if subject.printed is not None:
            found.setdefault(subject.printed.title, []).append(subject)
    return found


def _what_intervals_say(manifest: dict[str, Any]) -> list[RenderableType]:
    n, is_coverage = manifest.get("replications", 1), manifest.get("kind") == "coverage"
    if is_coverage and n == 1:
        return []
    text = "One replication: no intervals."
    if is_coverage:
        text = f"Means of {n} worlds; ± is the 95 % interval across worlds."
    elif n != 1:
        text = f"Means of {n} replications; ± is the 95 % interval within one world."
    return [Text(f"  {text}", style="dim")]


def _places(summary: Summary, measure: Measure) -> list[str]:
    """Return where a measure stands; with one network, nothing beside it."""
    entries = {where: e for (name, where), e in summary.measures.items() if name == measure.name}
    named = [where for where, entry in entries.items() if entry.get("network", ALL) != ALL]
    return named if len(named) == 1 else list(entries)


def text_table(headings: Sequence[str], *, is_narrow: bool = False) -> Table:
    """Return a table without rows, whose first column is words and whose others are numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0 if is_narrow else 1))
    for heading in headings:
        # Plain text: units in brackets are no markup.
        table.add_column(Text(heading), justify="left" if heading == headings[0] else "right")
    return table


def add_row(table: Table, *cells: str, style: str = "") -> None:
    """Add a row of plain text."""
    table.add_row(*(Text(cell) for cell in cells), style=style)


def _cell(entry: dict[str, Any] | None, line: Line) -> str:
    if entry is None or entry["value"] is None:
        return "-"
    text = line.form.format(entry["value"] * line.factor)
    if entry["low"] is None:
        return text
    half = line.form.format((entry["high"] - entry["low"]) / 2.0 * line.factor)
    return f"{text} ± {half}"


def _table_of(
    summary: Summary, title: str, measures: Sequence[Measure], means: Sequence[TableMean]
) -> Table:
    """Return a table of measures, a column for each network that has the first of them."""
    places = _places(summary, measures[0])
    table = text_table([title, *places])
    for measure in measures:
        entries = [summary.measures.get((measure.name, where)) for where in places]
        if measure.line:
            line = measure.line
            add_row(table, line.label, *(_cell(entry, line) for entry in entries))
    for mean in means:
        path = summary.folder / f"{mean.table}.parquet"
        own = dict(_per_network(path, mean.column))
        found = [own.get(where, math.nan) * mean.line.factor for where in places]
        text = ("-" if math.isnan(value) else mean.line.form.format(value) for value in found)
        add_row(table, mean.line.label, *text)
    return table


def _per_network(path: Path, column: str) -> Iterator[tuple[str, float]]:
    """Iterate over the networks, then all, with the mean of a column over their rows that have one."""
    table = read_parquet(path)
    values, network = floats(table, column), texts(table, "network")
    is_known = np.isfinite(values)
    for name in (*dict.fromkeys(network.tolist()), ALL):
        known = values[is_known & ((network == name) | (name == ALL))]
        yield name, float(np.mean(known)) if len(known) else math.nan


def _ranking(summary: Summary, title: str, measure: Measure, most: int) -> Table:
    """Return where a measure is greatest; a country has hundreds of trunk groups."""
    line = measure.line or Line(measure.name)
    table = text_table([title, line.label])
    places = [where for where in _places(summary, measure) if where != ALL]
    entries = {where: summary.measures[measure.name, where] for where in places}
    ranked = sorted(entries, key=lambda where: -(entries[where]["value"] or 0.0))
    for where in ranked[:most]:
        add_row(table, where, _cell(entries[where], line))
    if len(ranked) > most:
        add_row(table, f"{len(ranked) - most} more in measures.parquet", "")
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
