"""Tables that a user keeps as CSV beside the scenario, each row checked as a section is."""

import csv
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.messages import given
from sim.scenario.sections import Section

MAX_PROBLEMS = 20
"""Problems that are shown of one table; the rest is counted."""

MAX_FILE_BYTES = 50_000_000
"""Largest table (house limit). [B]"""

Row = TypeVar("Row", bound=Section)


def read_rows(
    path: Path,
    section: type[Row],
    noun: str,
    max_rows: int,
    header_problems: Callable[[str, list[str]], list[Problem]],
) -> list[tuple[str, Row]]:
    """
    Return the rows of a table, each with its place.

    Parameters
    ----------
    path : Path
        CSV with a header; UTF-8, separated by commas. An empty field is a missing value.
    section : type of Section
        What a row must be; its fields are the columns.
    noun : str
        What a row is, in the singular; `<noun>s_file` is the key that names the table.
    max_rows : int
        Most rows.
    header_problems : callable
        Given the place and the columns of the header, returns what is missing.

    Returns
    -------
    list of (str, Section)
        File and line, and the row.

    Raises
    ------
    WorldError
        If the table cannot be read, lacks columns or holds values that are not allowed.
    """
    label = label_of(path)
    rows = _read(path, label, f"{noun}s", max_rows + 2)
    columns = tuple(section.model_fields)
    if len(rows) < 2:
        message = f"no {noun}s; needs a header of {', '.join(columns)}, and rows"
        raise WorldError(Problem(f"{label}:1", message))
    (_, header), *records = rows
    problems = [*_strange(f"{label}:1", header, columns), *header_problems(f"{label}:1", header)]
    if problems:
        raise WorldError(*problems)
    if len(records) > max_rows:
        raise WorldError(Problem(label, f"more than {max_rows:,} {noun}s; must be at most as many"))
    return _parse(label, header, records, section, noun)


def _read(path: Path, label: str, what: str, n_most: int) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not blank, with their lines."""
    try:
        n_bytes = path.stat().st_size
        if n_bytes > MAX_FILE_BYTES:
            message = f"is {n_bytes / 1e6:.1f} MB: must be at most {MAX_FILE_BYTES / 1e6:.0f} MB"
            raise WorldError(Problem(label, message))
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(islice(_numbered_rows(csv.reader(file)), n_most))
    except OSError as error:
        message = (
            f"cannot be read ({error.strerror}); {what}_file must name a CSV beside the scenario"
        )
        raise WorldError(Problem(label, message)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"is no CSV in UTF-8 ({error}); save the table as CSV, UTF-8, with commas"
        raise WorldError(Problem(label, message)) from error


def _numbered_rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with their line."""
    for row in reader:
        if any(field.strip() for field in row):
            line = reader.line_num  # type: ignore[attr-defined]
            yield line, [field.strip() for field in row]


def _strange(where: str, header: list[str], columns: tuple[str, ...]) -> Iterator[Problem]:
    """Yield columns that are unknown, or there twice."""
    for name in header:
        if name not in columns:
            message = f"column {given(name)}: unknown; allowed are {', '.join(columns)}"
            yield Problem(where, message)
    for name in sorted(set(header)):
        if header.count(name) > 1:
            yield Problem(where, f"column {given(name)}: twice; leave one out")


def _parse(
    label: str,
    header: list[str],
    records: list[tuple[int, list[str]]],
    section: type[Row],
    noun: str,
) -> list[tuple[str, Row]]:
    """Return the checked rows, or raise all their problems."""
    rows: list[tuple[str, Row]] = []
    problems: list[Problem] = []
    for line, fields in records:
        where = f"{label}:{line}"
        if len(fields) != len(header):
            message = f"{len(fields)} fields; the header has {len(header)} columns"
            problems.append(Problem(where, message))
            continue
        values = {key: field for key, field in zip(header, fields, strict=True) if field}
        try:
            rows.append((where, section.model_validate(values)))
        except ValidationError as error:
            problems.extend(
                Problem(where, _explain(str(detail["loc"][0]), values, detail["msg"], noun))
                for detail in error.errors()
            )
    if len(problems) > MAX_PROBLEMS:
        more = f"and {len(problems) - MAX_PROBLEMS} more problems like these"
        problems = [*problems[:MAX_PROBLEMS], Problem(label, more)]
    if problems:
        raise WorldError(*problems)
    return rows


def _explain(key: str, values: dict[str, str], message: str, noun: str) -> str:
    """Return what is wrong with one value."""
    if key not in values:
        return f"{key}: missing; every {noun} needs it"
    return f"{key} = {given(values[key])}: {message[:1].lower()}{message[1:]}"
