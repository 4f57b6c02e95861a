"""Files beside a scenario as users save them: bytes, CSV and GeoJSON, every problem named by its place."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.errors import Problem, WorldError
from sim.scenario.fields import field_shapes
from sim.scenario.find import label_of
from sim.scenario.messages import DEGREES_SPARE, given, longitude_hint, number_hint, shorten
from sim.scenario.named_files import MAX_FILE_BYTES
from sim.scenario.sections import Section
from sim.scenario.validate import asked

MAX_PROBLEMS = 20
"""Problems that are shown of one table; the rest is counted."""


@contextmanager
def noting(problems: list[Problem]) -> Iterator[None]:
    """Let what fails be told together with what fails after it."""
    try:
        yield
    except WorldError as error:
        problems.extend(error.problems)


def raise_first(problems: Sequence[Problem], label: str = "") -> None:
    """Raise the first problems and how many more there are; nothing where there is none."""
    n_more = len(problems) - MAX_PROBLEMS
    if n_more > 0:
        more = Problem(label, f"and {n_more} more problems like these")
        problems = [*problems[:MAX_PROBLEMS], more]
    if problems:
        raise WorldError(*problems)


def read_bytes(
    path: Path, label: str, key: str, kind: str, max_bytes: int, too_large: str = ""
) -> bytes:
    """Return what a file holds."""
    try:
        n_bytes = path.stat().st_size
        if n_bytes > max_bytes:
            message = f"is {n_bytes / 1e6:.1f} MB: must be at most {max_bytes / 1e6:.0f} MB"
            advice = f"; {too_large}" if too_large else ""
            raise WorldError(Problem(label, message + advice))
        return path.read_bytes()
    except OSError as error:
        message = f"cannot be read ({error.strerror}); {key} must name a {kind} beside the scenario"
        raise WorldError(Problem(label, message)) from error


def as_utf8(data: bytes, label: str, advice: str) -> str:
    """Return the text of a file, without the mark at its begin."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorldError(Problem(f"{label}:{line}", f"is not UTF-8; {advice}")) from error


_CSV_ADVICE = "save the table as CSV, UTF-8, with commas"
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}

Row = TypeVar("Row", bound=Section)


def read_rows(
    path: Path,
    section: type[Row],
    noun: str,
    max_rows: int,
    needed: Sequence[str] = ("name",),
    of_header: Callable[[str, list[str]], list[Problem]] = lambda _where, _header: [],
) -> list[tuple[str, Row]]:
    """Return the rows of a table, each with its place; some columns are needed, and a header may lack more."""
    label = label_of(path)
    rows = _read(path, label, f"{noun}s", max_rows + 2)
    columns = tuple(section.model_fields)
    if len(rows) < 2:
        message = f"no {noun}s; needs a header of {', '.join(columns)}, and rows"
        raise WorldError(Problem(f"{label}:1", message))
    (first, header), *records = rows
    where = f"{label}:{first}"
    problems = list(_strange(where, header, columns)) or [
        *(
            Problem(where, f"column {given(name)}: missing; every {noun} needs it")
            for name in needed
            if name not in header
        ),
        *of_header(where, header),
    ]
    if problems:
        raise WorldError(*problems)
    if len(records) > max_rows:
        raise WorldError(Problem(label, f"more than {max_rows:,} {noun}s; must be at most as many"))
    return _parse(label, header, records, section, noun)


def _read(path: Path, label: str, what: str, n_most: int) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not blank, with their lines."""
    data = read_bytes(path, label, f"{what.replace(' ', '_')}_file", "CSV", MAX_FILE_BYTES)
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
        raise WorldError(Problem(label, f"is a binary file; {_CSV_ADVICE}"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"{label}:{line}"
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; {_CSV_ADVICE}"
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
        yield Problem(where, f"the columns are separated by {separators[0]}; {_CSV_ADVICE}")
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
        values = {key: within_degrees(key, field) for key, field in values.items()}
        try:
            rows.append((where, section.model_validate(values)))
        except ValidationError as error:
            problems.extend(
                Problem(where, explain(detail, values, section, noun)) for detail in error.errors()
            )
    raise_first(problems, label)
    return rows


_MOST_DEGREES = {"longitude_deg": 180.0, "lon": 180.0, "latitude_deg": 90.0, "lat": 90.0}


def within_degrees(key: str, field: str) -> str:
    """Return a place that oversteps the globe's ends by rounding as the end itself; all else as it is."""
    if key not in _MOST_DEGREES:
        return field
    try:
        beyond_deg = abs(float(field)) - _MOST_DEGREES[key]
    except ValueError:
        return field
    if 0.0 < beyond_deg <= DEGREES_SPARE:
        return repr(math.copysign(_MOST_DEGREES[key], float(field)))
    return field


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
    hint = hint or longitude_hint(key, values[key])
    return f"{key} = {given(values[key])}: {asked(detail, shape)}{hint}"


_GEOJSON_ADVICE = "save it as GeoJSON, UTF-8, in longitude and latitude on WGS 84"


def load_json(path: Path, label: str, key: str, max_bytes: int, too_large: str) -> Any:  # noqa: ANN401  # JSON
    """Return what a JSON file holds."""
    text = as_utf8(
        read_bytes(path, label, key, "GeoJSON", max_bytes, too_large), label, _GEOJSON_ADVICE
    )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{label}:{error.lineno}:{error.colno}"
        raise WorldError(Problem(where, f"not JSON: {error.msg}; {_GEOJSON_ADVICE}")) from error
    except (RecursionError, ValueError) as error:
        raise WorldError(
            Problem(label, f"not JSON: {shorten(str(error))}; {_GEOJSON_ADVICE}")
        ) from error


def list_features(root: Any, label: str, each: str, n_most: int, too_many: str) -> list[Any]:  # noqa: ANN401  # JSON
    """Return the features of a collection in degrees on WGS 84."""
    kind = root.get("type") if isinstance(root, dict) else None
    if kind != "FeatureCollection":
        message = (
            f"holds {kind_of(root)}: must be a FeatureCollection with a feature for each {each}"
        )
        raise WorldError(Problem(label, message))
    features = root.get("features")
    if not isinstance(features, list) or not features:
        raise WorldError(Problem(label, f"features: missing or empty; must hold a {each} each"))
    if len(features) > n_most:
        message = f"{len(features):,} features: must be at most {n_most:,}; {too_many}"
        raise WorldError(Problem(label, message))
    crs = _crs_name(root)
    if crs is not None and not crs.upper().endswith(("CRS84", ":4326")):
        message = f"crs = {given(crs)}: must be longitude and latitude on WGS 84; reproject the file to EPSG:4326"
        raise WorldError(Problem(label, message))
    return features


def kind_of(value: Any) -> str:  # noqa: ANN401  # JSON
    """Return what a JSON value is, in words."""
    if isinstance(value, dict):
        kind = value.get("type")
        return f"an object of type {given(kind)}" if kind is not None else "an object without type"
    return "a list" if isinstance(value, list) else "a single value"


def _crs_name(root: dict[str, Any]) -> str | None:
    """Return the reference system that a file of the older GeoJSON names."""
    crs = root.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None
