"""The summary of a results folder, as tables for a terminal and for a notebook."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.runs.differences import difference_text, read_differences
from sim.runs.measures.display import TableMean
from sim.runs.measures.measure import Line, Measure
from sim.runs.measures.subject import Subject
from sim.runs.measures.subjects import SUBJECTS
from sim.runs.parquet import floats, read_parquet, texts
from sim.runs.printed_causes import headline, printed_causes
from sim.runs.printed_worst import printed_ranking
from sim.runs.published_summary import Summary, estimate_text
from sim.runs.region import region_text
from sim.runs.text_tables import WideTable, add_row, text_table
from sim.tables import ALL, AXES

_PROVISIONAL = ("voice.attempts", "voice.blocking", "voice.carried_erl")
_BYTES_PER_GB, _BYTES_PER_MB = 1e9, 1e6


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


def printed_summary(summary: Summary, *, is_new: bool) -> RenderableType:
    """Return the summary of a results folder for a terminal."""
    manifest = summary.manifest
    parts = list(_tables(summary))
    parts[1:1] = _what_intervals_say(manifest) if parts else []
    parts[:0] = [one for subject in SUBJECTS for one in _first_said(summary, subject)]
    if "region" in manifest:  # which folders of older versions do not have
        parts.append(Text(region_text(manifest["region"])))
    parts += [Text(line) for line in printed_differences(manifest)]
    parts += _reached(manifest)
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


def _first_said(summary: Summary, subject: Subject) -> Iterator[RenderableType]:
    """Iterate over what is said of a subject before any table."""
    if subject.printed is not None and subject.printed.breakdown is not None:
        yield from headline(summary, subject.printed.breakdown)


def _tables(summary: Summary) -> Iterator[RenderableType]:
    """Iterate over the tables of the subjects of which there is anything to print."""
    for title, subjects in _titles().items():
        printed = [subject.printed for subject in subjects if subject.printed]
        measures = [one for subject in subjects for one in subject.measures if one.line]
        found = [one for one in measures if summary.places(one)]
        most = printed[0].most
        if found and not most:
            means = [mean for one in printed for mean in one.means]
            yield _table_of(summary, title, found, means)
            for one in printed:
                yield from printed_causes(summary, one.breakdown) if one.breakdown else ()
            for one in printed:
                for ranking in one.rankings:
                    yield from printed_ranking(summary, ranking)
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
        text = f"Means of {n} worlds; ± and (low to high): 95 % intervals across worlds."
    elif n != 1:
        text = f"Means of {n} replications; ± and (low to high): 95 % intervals within one world."
    return [Text(f"  {text}", style="dim")]


def _reached(manifest: dict[str, Any]) -> list[RenderableType]:
    """Return what came of a precision that was reached; a note says so of one that was not."""
    precision = manifest.get("precision")
    return [Text(precision["text"])] if precision and precision["is_reached"] else []


def _table_of(
    summary: Summary, title: str, measures: Sequence[Measure], means: Sequence[TableMean]
) -> WideTable:
    """Return a table of measures, a column for each network that has the first of them; no rows that say nothing."""
    places = summary.places(measures[0])
    table = WideTable((title, *places))
    for measure in measures:
        entries = [summary.measures.get((measure.name, where)) for where in places]
        if measure.line and any(entry and entry["value"] is not None for entry in entries):
            line = measure.line
            table.add(line.label, *(estimate_text(entry, line) for entry in entries))
    for mean in means:
        path = summary.folder / f"{mean.table}.parquet"
        own = dict(_per_network(path, mean.column))
        found = [own.get(where, math.nan) * mean.line.factor for where in places]
        if not all(math.isnan(value) for value in found):
            text = ("-" if math.isnan(value) else mean.line.form.format(value) for value in found)
            table.add(mean.line.label, *text)
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
    places = [where for where in summary.places(measure) if where != ALL]
    entries = {where: summary.measures[measure.name, where] for where in places}
    ranked = sorted(entries, key=lambda where: -(entries[where]["value"] or 0.0))
    for where in ranked[:most]:
        add_row(table, where, estimate_text(entries[where], line))
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
