"""A measurement on the screen, as Markdown, as Parquet and as a figure."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.findings import Measured, all_tables
from bench.machine import machine_line
from bench.soft_findings import soft_rows, update_rows
from bench.tabular import TextTable

MARKS = ("<!-- begin of the measurement -->", "<!-- end of the measurement -->")
"""What stands around the measurement in docs/benchmarks.md."""


def print_tables(measured: Measured, console: Console) -> None:
    """
    Print a measurement.

    Parameters
    ----------
    measured : Measured
        Measurement.
    console : Console
        Where to.
    """
    for found in all_tables(measured):
        print_table(found, console)
    console.print(Text(machine_line(measured.machine)))


def print_table(found: TextTable, console: Console) -> None:
    """
    Print a table.

    Parameters
    ----------
    found : TextTable
        Table.
    console : Console
        Where to.
    """
    table = Table(title=Text(found.title), title_justify="left", title_style="bold")
    for i, heading in enumerate(found.columns):
        table.add_column(Text(heading), justify="right" if i else "left", overflow="fold")
    for row in found.rows:
        table.add_row(*map(Text, row))
    console.print(table)


def markdown(measured: Measured) -> str:
    """
    Return a measurement as Markdown.

    Parameters
    ----------
    measured : Measured
        Measurement.

    Returns
    -------
    str
        Machine and tables.
    """
    blocks = [machine_line(measured.machine), *map(markdown_table, all_tables(measured))]
    return "\n\n".join(blocks) + "\n"


def markdown_table(found: TextTable) -> str:
    """
    Return a table as Markdown.

    Parameters
    ----------
    found : TextTable
        Table.

    Returns
    -------
    str
        Title and table.
    """
    lines = [f"{found.title}:", "", _row(found.columns)]
    lines.append(_row(["---", *["---:"] * (len(found.columns) - 1)]))
    return "\n".join([*lines, *(_row(row) for row in found.rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def paste(page: Path, text: str) -> None:
    """
    Put a measurement into a page, in place of the one between the marks.

    Parameters
    ----------
    page : Path
        Page of Markdown that holds both marks once.
    text : str
        Measurement.
    """
    before, rest = page.read_text(encoding="utf-8").split(MARKS[0])
    _, after = rest.split(MARKS[1])
    content = f"{before}{MARKS[0]}\n{text}{MARKS[1]}{after}"
    page.write_text(content, encoding="utf-8")


def write_parquet_files(measured: Measured, folder: Path) -> None:
    """
    Write every lap and every stage of every run.

    Parameters
    ----------
    measured : Measured
        Measurement.
    folder : Path
        Folder; gets `bare_loss.parquet`, `national.parquet`, `soft.parquet` and `updates.parquet`, whose metadata hold
        the machine.
    """
    laps = [asdict(lap) | {"ns_per_call": lap.ns_per_call} for lap in measured.laps]
    stages = [
        asdict(trip.point)
        | {
            "repeat": trip.repeat,
            "clock": trip.clock,
            "n_attempts": trip.n_attempts,
            "n_events": trip.n_events,
            "stage": stage,
            "spent_s": spent_s,
        }
        for trip in measured.trips
        for stage, spent_s in trip.spent_s.items()
    ]
    machine = {"machine": json.dumps(asdict(measured.machine))}
    for name, rows in (
        ("bare_loss", laps),
        ("national", stages),
        ("soft", soft_rows(measured.soft)),
        ("updates", update_rows(measured.soft)),
    ):
        if rows:
            table = pa.Table.from_pylist(rows).replace_schema_metadata(machine)
            pq.write_table(table, folder / f"{name}.parquet")
