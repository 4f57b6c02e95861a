"""
Write docs/reference/: keys of scenarios, measures, and columns of results, each from where it is declared.

`make reference` runs it; a test compares the pages with what it would write.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sim import tables
from sim.runs.measures.registry import MEASURES
from sim.scenario.fields import takes_evidence
from sim.scenario.json_schema import json_schema
from sim.scenario.messages import PATTERNS, number, one_of
from sim.scenario.schema import Scenario
from sim.scenario.territory import SettlementRow

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

_SAID_AND_UNIT = re.compile(r"^(.*?)\s*(?:\[([^\]]+)\])?$", re.DOTALL)
_Schema = Mapping[str, Any]
_Steps = tuple[str, ...]
_NOUNS = {
    "number": "number",
    "integer": "whole number",
    "string": "text",
    "boolean": "true or false",
}
_BOUNDS = (
    ("minimum", "{} or more"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
)
_KEY_HEAD = ("key", "type", "unit", "range", "default", "evidence", "what it says")
_COLUMN_HEAD = ("column", "type", "unit", "what it says")
_MEASURE_HEAD = ("measure", "unit", "by", "what it says", "over replications")
_CSV_HEAD = ("column", "type", "unit", "range", "what it says")
_BY_HAND = "Written by `make reference` from the code; a change by hand does not last."


def scenario_page() -> str:
    """
    Return the page of scenario keys.

    Returns
    -------
    str
        Markdown.
    """
    whole, schema = json_schema(), Scenario.model_json_schema()
    base = whole["properties"]["base"]["description"]
    top: list[tuple[str, ...]] = [("`base`", "text", "-", "-", "absent", "-", base)]
    sections = []
    for key, entry in schema["properties"].items():
        rows = list(scenario_rows(schema, {key: entry}, schema.get("required", ()), ()))
        section = _section(schema, entry)
        if section is None:
            top += rows
        else:
            sections += [f"## `{key}`", section["description"], _markdown(_KEY_HEAD, rows)]
    parts = [
        "# Keys of a scenario",
        f"{_BY_HAND} `scenarios/scenario.schema.json` says the same to editors.",
        "In a file, a path such as `networks[].n_sites` stands as nested keys. `--set` and messages name an item of a "
        "list by its name or its number from 0: `networks[kang_song].n_sites=600`, `networks[1].n_sites=600`. Values "
        "are in the unit of their key. A default says where it comes from; a *required* key has none, and below a list "
        "it is required in each item.",
        "Where *evidence* says yes, a value may be written as "
        "`{value: 600, low: 400, high: 800, source: S1, confidence: M, note: ...}`; all but `value` may be left out:",
        _markdown(("key", "what it says"), _evidence(whole)),
        "## Top level",
        _markdown(_KEY_HEAD, top),
        *sections,
        "## Tables beside a scenario",
        "CSV in UTF-8 with a header, separated by commas. `networks[].sites_file` has the columns of "
        "`networks[].sites[]`; an empty field is an absent one. `region.settlements_file` has these, all filled:",
        _markdown(_CSV_HEAD, _csv_rows(SettlementRow.model_json_schema())),
    ]
    return "\n\n".join(parts) + "\n"


def results_page() -> str:
    """
    Return the page of all measures and of the columns of all tables.

    Returns
    -------
    str
        Markdown.
    """
    parts = [
        "# Measures and columns of the results",
        f"{_BY_HAND} What the files are for is in [results](../results.md).",
        "## Measures",
        "Each axis is a column of `measures` and `replications`; `all` stands where a row holds for all along it, or "
        "where it does not apply. Rows of single cells and exchanges stand in `replications` alone, those of single "
        "classes and services in `measures` too, all others in `summary.json` as well.",
        _markdown(("axis", "what it is"), ((f"`{a.name}`", a.description) for a in tables.AXES)),
        _markdown(_MEASURE_HEAD, _measures()),
        "## Columns",
        "Units and descriptions stand in the schema of every Parquet file as well. NaN is written as null, and so is a "
        "value without replications behind it. Where a row is an estimate over replications, the last column says what "
        "it is made of. One that says nothing is the same in all of them, or the end of an interval: of a mean by "
        "Student's t, of a ratio by the jackknife.",
    ]
    for table in published_tables():
        parts += [f"## `{table.name}`", f"{_file_of(table)} One row: {table.axis}."]
        rows = [
            (f"`{one.name}`", one.dtype, one.unit or "-", one.description) for one in table.columns
        ]
        if not table.is_over_replications:
            parts.append(_markdown(_COLUMN_HEAD, rows))
            continue
        made = [_made(one.made) for one in table.columns]
        head = (*_COLUMN_HEAD, "over replications")
        parts.append(_markdown(head, [(*r, m) for r, m in zip(rows, made, strict=True)]))
    return "\n\n".join(parts) + "\n"


def _measures() -> Iterator[tuple[str, ...]]:
    for one in MEASURES.values():
        by = ", ".join(f"`{axis}`" for axis in one.axes)
        yield f"`{one.name}`", one.unit, by, one.meaning, _made(one.made)


def _made(made: tables.Made | None) -> str:
    """Return in words how a number is made of replications."""
    if made is None or made.how == "given" or made.end != "value":
        return "-"
    text = {
        "mean": f"mean of `{made.above}`",
        "most": f"greatest `{made.above}`",
        "ratio": f"`{made.above}` / `{made.below}`",
        "quotient": f"mean of `{made.above}` / `{made.below}`",
    }[made.how]
    return text if made.otherwise is None else f"{text}, else {_made(made.otherwise)}"


def published_tables() -> tuple[tables.Table, ...]:
    """
    Return the tables that reach a results folder.

    Returns
    -------
    tuple of Table
        Tables in the order of the data dictionary; that of coverage with `<network>` for the names of networks.
    """
    # Records are kept with their replication, SITE_PLACES is SITES without calls.
    inner = (tables.ATTEMPTS, tables.FLOWS, tables.MESSAGES, tables.SITE_PLACES)
    named = (entry for entry in vars(tables).values() if isinstance(entry, tables.Table))
    return (
        *(table for table in named if table not in inner),
        tables.coverage_table(("<network>",)),
        tables.sweep_table((("<axis>", "float64", "of the axis"),)),
        tables.sweep_replications_table((("<axis>", "float64", "of the axis"),)),
    )


def _file_of(table: tables.Table) -> str:
    names = {
        "calls": "calls/part-*",
        "flows": "flows/part-*",
        "messages": "messages/part-*",
        "parts": "parts/part-*",
        "sweep_replications": "replications",
    }
    name = names.get(table.name, table.name)
    text = f"File `{name}.parquet`."
    if table is tables.SITES:
        text += (
            f" A folder of coverage alone has the first {len(tables.SITE_PLACES.columns)} columns."
        )
    return text


def _evidence(whole: _Schema) -> Iterator[tuple[str, ...]]:
    """Iterate over what may be said of a value."""
    yield "`value`", "the value itself"
    yield "`low`, `high`", "ends of the interval in which the truth is believed to lie, for numbers"
    for key, entry in whole["$defs"]["Evidence"]["properties"].items():
        words = f"{one_of(entry['enum'])}: " if "enum" in entry else ""
        yield f"`{key}`", words + entry["description"]


def scenario_rows(
    schema: _Schema, properties: _Schema, required: Sequence[str], above: _Steps
) -> Iterator[tuple[str, ...]]:
    """
    Iterate over the keys of a section and of the sections below it.

    Parameters
    ----------
    schema : mapping
        JSON Schema of the whole.
    properties : mapping
        Schemas of the section's keys.
    required : sequence of str
        Keys that must be there.
    above : tuple of str
        Steps from the top to the section.

    Yields
    ------
    tuple of str
        Path, type, unit, range, default, whether it takes evidence, and description.

    Raises
    ------
    ValueError
        If the description of a number does not say its unit.
    """
    for key, entry in properties.items():
        steps = (*above, key)
        section = _section(schema, entry)
        is_list = entry.get("type") == "array"
        if section is None or is_list:
            yield _row(schema, entry, steps, is_required=key in required)
        if section is not None:
            inner = (*above, f"{key}[]") if is_list else steps
            yield from scenario_rows(
                schema, section["properties"], section.get("required", ()), inner
            )


def _csv_rows(schema: _Schema) -> Iterator[tuple[str, ...]]:
    """Iterate over the columns of a table beside a scenario, which all must be there."""
    for name, kind, unit, allowed, _, _, said in scenario_rows(
        schema, schema["properties"], schema["required"], ()
    ):
        yield (name, kind, unit, allowed, said)


def _row(schema: _Schema, entry: _Schema, steps: _Steps, *, is_required: bool) -> tuple[str, ...]:
    """Return what a table says of one key."""
    kind = _kind(schema, entry)
    text = entry.get("description") or (_section(schema, entry) or {})["description"]
    said, unit = _SAID_AND_UNIT.findall(text)[0]
    if not unit and kind in ("number", "whole number"):
        if kind == "number":
            raise ValueError(
                f"{'.'.join(steps)}: its description does not end in a unit in brackets"
            )
        unit = "1"
    default = (
        "*required*" if is_required else _default(entry.get("default", {}))
    )  # of a factory: an empty mapping
    path = tuple(step.removesuffix("[]") for step in steps)
    is_parameter = path[0] in schema["properties"] and takes_evidence(path)
    return (
        f"`{'.'.join(steps)}`",
        kind,
        unit or "-",
        _range(_value(entry)) or "-",
        default,
        "yes" if is_parameter and _section(schema, entry) is None else "-",
        said,
    )


def _value(entry: _Schema) -> _Schema:
    """Return the schema of the value itself, where it may be absent as well."""
    return next((one for one in entry.get("anyOf", ()) if one.get("type") != "null"), entry)


def _section(schema: _Schema, entry: _Schema) -> _Schema | None:
    """Return the section under a key, or in the items of a list; None for values."""
    value = _value(entry)
    reference = value.get("$ref") or value.get("items", {}).get("$ref")
    if reference is None:
        return None
    return cast("_Schema", schema["$defs"][reference.rpartition("/")[2]])


def _kind(schema: _Schema, entry: _Schema) -> str:
    value = _value(entry)
    if "enum" in value or "const" in value:
        return "word"
    if value["type"] == "array":
        if _section(schema, entry) is not None:
            return "list of sections"
        item = value.get("items") or value["prefixItems"][0]
        return f"list of {_NOUNS[item['type']]}s"
    if value["type"] == "object":
        return f"{_NOUNS[value['additionalProperties']['type']]} for each key"
    return _NOUNS[value["type"]]


def _range(value: _Schema) -> str:
    """Return what is allowed, in words; empty where everything is."""
    if "enum" in value or "const" in value:
        words = value.get("enum") or [value["const"]]
        return one_of([f"`{word}`" for word in words])
    if value.get("type") == "array":
        item = value.get("items") or value["prefixItems"][0]
        inner = "" if "$ref" in item else _range(item)
        return "; ".join(part for part in (_extent(value, "Items", "items"), inner) if part)
    if value.get("type") == "object":
        return _range(value["additionalProperties"])
    if value.get("type") == "string":
        pattern = value.get("pattern", "")
        form = PATTERNS.get(pattern, f"must be like `{pattern}`" * bool(pattern))
        return form.removeprefix("must be ") or _extent(value, "Length", "characters")
    if {"minimum", "maximum"} <= set(value):
        return f"{number(value['minimum'])} to {number(value['maximum'])}"
    return ", ".join(text.format(number(value[key])) for key, text in _BOUNDS if key in value)


def _extent(value: _Schema, kind: str, noun: str) -> str:
    low, high = value.get(f"min{kind}"), value.get(f"max{kind}")
    if low is not None and high is not None:
        return f"{low} {noun}" if low == high else f"{low} to {number(high)} {noun}"
    return f"at most {number(high)} {noun}" if high else f"at least {low} {noun}" if low else ""


def _default(value: object) -> str:
    """Return a default as it would stand in a file."""
    if value is None:
        return "absent"
    if value in ("", [], {}):
        return "empty"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def main() -> None:
    """Write both pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in (("scenario.md", scenario_page()), ("results.md", results_page())):
        (FOLDER / name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
