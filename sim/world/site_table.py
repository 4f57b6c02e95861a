"""Sites from a CSV beside the scenario, with the columns of the section `sites`."""

import csv
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from sim.errors import Problem, WorldError
from sim.scenario.territory import Site

COLUMNS = tuple(Site.model_fields)
"""Columns that the table may have; `name` and a pair of coordinates must be there."""

MAX_SITES = 100_000
"""Most rows of a table (house limit, as that of n_sites)."""

MAX_PROBLEMS = 20
"""Problems that are shown of one table; the rest is counted."""


def read_sites(path: Path) -> list[tuple[str, Site]]:
    """
    Return the sites of a table, each with the place of its row.

    Parameters
    ----------
    path : Path
        CSV with a header; UTF-8, separated by commas. An empty field is a missing value.

    Returns
    -------
    list of (str, Site)
        File and line, and the site.

    Raises
    ------
    WorldError
        If the table cannot be read, lacks columns or holds values that are not allowed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_numbered_rows(csv.reader(file)))
    except OSError as error:
        message = (
            f"cannot be read ({error.strerror}); sites_file must name a CSV beside the scenario"
        )
        raise WorldError(Problem(str(path), message)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"is no CSV in UTF-8 ({error}); save the table as CSV, UTF-8, with commas"
        raise WorldError(Problem(str(path), message)) from error
    if len(rows) < 2:
        columns = ", ".join(COLUMNS)
        raise WorldError(Problem(f"{path}:1", f"no sites; needs a header of {columns}, and rows"))
    (_, header), *records = rows
    _require_columns(path, header)
    if len(records) > MAX_SITES:
        message = f"{len(records):,} sites; at most {MAX_SITES:,} are allowed"
        raise WorldError(Problem(str(path), message))
    return _parse(path, header, records)


def _numbered_rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with their line."""
    for row in reader:
        if any(field.strip() for field in row):
            line = reader.line_num  # type: ignore[attr-defined]
            yield line, [field.strip() for field in row]


def _require_columns(path: Path, header: list[str]) -> None:
    """Raise what is wrong with the header."""
    problems = [
        Problem(f"{path}:1", f"column {name!r}: unknown; allowed are {', '.join(COLUMNS)}")
        for name in header
        if name not in COLUMNS
    ]
    problems += [
        Problem(f"{path}:1", f"column {name!r}: twice; leave one out")
        for name in sorted(set(header))
        if header.count(name) > 1
    ]
    if "name" not in header:
        problems.append(Problem(f"{path}:1", "column 'name': missing; every site needs a name"))
    pairs = ({"x_km", "y_km"}, {"longitude_deg", "latitude_deg"})
    if not any(pair <= set(header) for pair in pairs):
        message = "coordinates are missing: needs x_km and y_km, or longitude_deg and latitude_deg"
        problems.append(Problem(f"{path}:1", message))
    if problems:
        raise WorldError(*problems)


def _parse(
    path: Path, header: list[str], records: list[tuple[int, list[str]]]
) -> list[tuple[str, Site]]:
    """Return the sites of the rows, or raise all their problems."""
    sites: list[tuple[str, Site]] = []
    problems: list[Problem] = []
    for line, fields in records:
        where = f"{path}:{line}"
        if len(fields) != len(header):
            message = f"{len(fields)} fields; the header has {len(header)} columns"
            problems.append(Problem(where, message))
            continue
        values = {key: field for key, field in zip(header, fields, strict=True) if field}
        try:
            sites.append((where, Site.model_validate(values)))
        except ValidationError as error:
            problems.extend(
                Problem(where, _explain(str(detail["loc"][0]), values, detail["msg"]))
                for detail in error.errors()
            )
    if len(problems) > MAX_PROBLEMS:
        more = f"and {len(problems) - MAX_PROBLEMS} more problems like these"
        problems = [*problems[:MAX_PROBLEMS], Problem(str(path), more)]
    if problems:
        raise WorldError(*problems)
    return sites


def _explain(key: str, values: dict[str, str], message: str) -> str:
    """Return what is wrong with one value."""
    if key not in values:
        return f"{key}: missing; every site needs it"
    return f"{key} = {values[key]!r}: {message[:1].lower()}{message[1:]}"
