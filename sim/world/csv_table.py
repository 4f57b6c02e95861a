"""Tables that a user keeps as CSV beside the scenario, each row checked as a section is."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.errors import Problem, WorldError
from sim.scenario.fields import field_shapes
from sim.scenario.find import label_of
from sim.scenario.hints import number_hint
from sim.scenario.messages import given
from sim.scenario.sections import Section
from sim.scenario.tables_beside import MAX_FILE_BYTES
from sim.scenario.validate import asked
from sim.world.given_file import read_given

MAX_PROBLEMS = 20
"""Problems that are shown of one table; the rest is counted."""

_ADVICE = "save the table as CSV, UTF-8, with commas"
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}

Row = TypeVar("Row", bound=Section)


def read_rows(
    path: Path,
    section: type[Row],
    noun: str,
    max_rows: int,
    header_problems: Callable[[str, list[str]], list[Problem]],
) -> list[tuple[str, Row]]:
    """Return the rows of a table, each with its place."""
    label = label_of(path)
    rows = _read(path, label, f"{noun}s", max_rows + 2)
    columns = tuple(section.model_fields)
    if len(rows) < 2:
        message = f"no {noun}s; needs a header of {', '.join(columns)}, and rows"
        raise WorldError(Problem(f"{label}:1", message))
    (first, header), *records = rows
    where = f"{label}:{first}"
    problems = list(_strange(where, header, columns)) or header_problems(where, header)
    if problems:
        raise WorldError(*problems)
    if len(records) > max_rows:
        raise WorldError(Problem(label, f"more than {max_rows:,} {noun}s; must be at most as many"))
    return _parse(label, header, records, section, noun)


def _read(path: Path, label: str, what: str, n_most: int) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not blank, with their lines."""
    data = read_given(path, label, f"{what.replace(' ', '_')}_file", "CSV", MAX_FILE_BYTES)
    reader = csv.reader(io.StringIO(_decode(data, label), newline=""))
    try:
        return list(islice(_numbered_rows(reader), n_most))
    except csv.Error as error:
        where = f"{label}:{reader.line_num}"
        message = f"is no CSV ({error}); is a quote opened and never closed?"
        raise WorldError(Problem(where, message)) from error


def _decode(data: bytes, label: str) -> str:
    """Return the text of a table."""
    if b"\0" in data:
        raise WorldError(Problem(label, f"is a binary file; {_ADVICE}"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"{label}:{line}"
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; {_ADVICE}"
        raise WorldError(Problem(where, message)) from error


def _numbered_rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with their first line."""
    first = 1
    for row in reader:
        if any(field.strip() for field in row):
            yield first, [field.strip() for field in row]
        first = reader.line_num + 1  # type: ignore[attr-defined]


def _strange(where: str, header: list[str], columns: tuple[str, ...]) -> Iterator[Problem]:
    """Yield columns that are unknown, or there twice."""
    separators = [name for one, name in _OTHER_SEPARATORS.items() if one in header[0]]
    if not separators and header[0] not in columns and set(header[0].split()) <= set(columns):
        separators = ["blanks"]
    if len(header) == 1 and separators:
        yield Problem(where, f"the columns are separated by {separators[0]}; {_ADVICE}")
        return
    if not set(header) & set(columns):
        message = f"the first line names no column; must be a header of {', '.join(columns)}"
        yield Problem(where, message)
        return
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
            problems.append(Problem(where, _wrong_length(fields, header)))
            continue
        values = {key: field for key, field in zip(header, fields, strict=True) if field}
        try:
            rows.append((where, section.model_validate(values)))
        except ValidationError as error:
            problems.extend(
                Problem(where, explain(detail, values, section, noun)) for detail in error.errors()
            )
    if len(problems) > MAX_PROBLEMS:
        more = f"and {len(problems) - MAX_PROBLEMS} more problems like these"
        problems = [*problems[:MAX_PROBLEMS], Problem(label, more)]
    if problems:
        raise WorldError(*problems)
    return rows


def _wrong_length(fields: list[str], header: list[str]) -> str:
    """Return what is wrong with a row of too few or too many fields."""
    message = f"{len(fields)} field{'s' * (len(fields) != 1)}; the header has {len(header)} columns"
    if any("\n" in field for field in fields):
        return f"{message}; is a quote opened and never closed?"
    if len(fields) > len(header):
        message += "; write decimals with a point, and put text that holds a comma between quotes"
    return message


def explain(
    detail: ErrorDetails, values: Mapping[str, str], section: type[Section], noun: str
) -> str:
    """Return what is wrong with one value of a row."""
    key = str(detail["loc"][0])
    shapes = field_shapes(section)
    if key not in values:
        return f"{key}: missing; every {noun} needs it"
    if key not in shapes:
        return f"{given(key)}: unknown; allowed are {', '.join(shapes)}"
    shape = shapes[key]
    # Text is how every field of a table comes: only a number that cannot be read wants a hint.
    hint = number_hint(values[key], shape) if detail["type"].endswith("_parsing") else ""
    return f"{key} = {given(values[key])}: {asked(detail, shape)}{hint}"
