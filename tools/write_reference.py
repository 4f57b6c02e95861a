"""
Write docs/reference/: keys of scenarios, measures, and columns of results, each from where it is declared.

`make reference` runs it; a test compares the pages with what it would write.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim import tables
from sim.runs.measures.subjects import MEASURES
from sim.scenario.fields import Shape, child_shape, field_shapes
from sim.scenario.json_schema import BASE, EVIDENCE, plain_default
from sim.scenario.messages import PATTERNS, bounds_text, number, one_of
from sim.scenario.region_section import SettlementRow
from sim.scenario.schema import Scenario

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

_NOUNS = {float: "number", int: "whole number", str: "text", bool: "true or false", object: "value"}
_KEY_HEAD = ("key", "type", "unit", "range", "default", "source", "evidence", "what it says")
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
    top: list[tuple[str, ...]] = [("`base`", "text", "-", "-", "absent", "-", "-", BASE)]
    parts = []
    for key, shape in field_shapes(Scenario).items():
        rows = list(scenario_rows(shape, key))
        if _section(shape) is None:
            top += rows
        else:
            parts += [f"## `{key}`", (_section(shape) or shape).says, _markdown(_KEY_HEAD, rows)]
    columns = [row[:4] + row[-1:] for row in scenario_rows(Shape("section", section=SettlementRow))]
    parts = [
        "# Keys of a scenario",
        f"{_BY_HAND} `scenarios/scenario.schema.json` says the same to editors.",
        "In a file, a path such as `networks[].n_sites` stands as nested keys. `--set` and messages name an item of a "
        "list by its name or its number from 0: `networks[kang_song].n_sites=600`, `networks[1].n_sites=600`. Values "
        "are in the unit of their key. A *required* key has no default, and below a list it is required in each item. "
        "A default rests on documents of [sources](../sources.md), or is an *assumption*; a *house default* claims "
        "nothing of the world.",
        "Where *evidence* says yes, a value may be written as "
        "`{value: 600, low: 400, high: 800, source: S1, confidence: M, note: ...}`; all but `value` may be left out:",
        _markdown(("key", "what it says"), _evidence()),
        "## Top level",
        _markdown(_KEY_HEAD, top),
        *parts,
        "## Tables beside a scenario",
        "CSV in UTF-8 with a header, separated by commas. `networks[].sites_file` has the columns of "
        "`networks[].sites[]`; an empty field is an absent one. `region.settlements_file` has these, all filled:",
        _markdown(_CSV_HEAD, columns),
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
        "it is made of, and what keeps its interval within bounds: a count, a share of trials, a part of time or the "
        "like, otherwise a number of 0 or more ([statistics](../statistics.md)). One that says nothing is the same in "
        "all of them, or the end of an interval.",
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


_LAWS = {"count": ", a count", "share": ", a share", "part": ", a part"}


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
    text += _LAWS.get(made.law, "")
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
    inner = (
        tables.ATTEMPTS, tables.FLOWS, tables.MESSAGES, tables.HANDOVERS, tables.SITE_PLACES,
    )  # fmt: skip
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
        "handovers": "handovers/part-*",
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


def _evidence() -> Iterator[tuple[str, ...]]:
    """Iterate over what may be said of a value."""
    yield "`value`", "the value itself"
    yield "`low`, `high`", "ends of the interval in which the truth is believed to lie, for numbers"
    for key, entry in EVIDENCE.items():
        words = f"{one_of(entry['enum'])}: " if "enum" in entry else ""
        yield f"`{key}`", words + entry["description"]


def scenario_rows(shape: Shape, path: str = "") -> Iterator[tuple[str, ...]]:
    """
    Iterate over what a page says of a key, and of the keys below it.

    Parameters
    ----------
    shape : Shape
        What is allowed under the key.
    path : str
        Its path; empty for the whole.

    Yields
    ------
    tuple of str
        Path, type, unit, range, default, its source, whether it takes evidence, and description.
    """
    section = _section(shape)
    if path and (section is None or shape.kind == "list"):
        yield _row(shape, path)
    for key in field_shapes(section.section) if section and section.section else ():
        child = child_shape(section, key)
        if child is not None:
            above = f"{path}[]." if shape.kind == "list" else f"{path}."
            yield from scenario_rows(child, f"{above}{key}".removeprefix("."))


def _section(shape: Shape) -> Shape | None:
    """Return the section under a key, or in the items of a list; None for values."""
    inner = child_shape(shape, 0) if shape.kind == "list" else shape
    return inner if inner is not None and inner.kind == "section" else None


def _row(shape: Shape, path: str) -> tuple[str, ...]:
    """Return what a table says of one key."""
    kind = _kind(shape)
    if not shape.unit and "number" in kind:
        raise ValueError(f"{path}: has no unit")
    return (
        f"`{path}`",
        kind,
        shape.unit or "-",
        _range(shape) or "-",
        "*required*" if shape.is_required else _default(plain_default(shape.default)),
        shape.source or "-",
        "yes" if shape.takes_evidence and _section(shape) is None else "-",
        shape.says,
    )


def _kind(shape: Shape) -> str:
    if shape.choices:
        return "word"
    if shape.kind == "scalar":
        return _NOUNS[shape.scalar]
    inner = child_shape(shape, 0)
    if inner is None or inner.kind == "section":
        return "list of sections"
    noun = "text" if inner.choices else _NOUNS[inner.scalar]
    return f"list of {noun}s" if shape.kind == "list" else f"{noun} for each key"


def _range(shape: Shape) -> str:
    """Return what is allowed, in words; empty where everything is."""
    if shape.choices:
        return one_of([f"`{word}`" for word in shape.choices])
    inner = child_shape(shape, 0)
    if shape.kind == "mapping" and inner is not None:
        return _range(inner)
    if shape.kind == "list" and inner is not None:
        n = len(shape.items) if shape.is_fixed else None
        own = _extent(n or shape.min_length, n or shape.max_length, "items")
        return "; ".join(part for part in (own, _range(inner)) if part)
    if shape.pattern is not None:
        return PATTERNS.get(shape.pattern, f"like `{shape.pattern}`").removeprefix("must be ")
    return bounds_text(shape) or _extent(shape.min_length, shape.max_length, "characters")


def _extent(low: int | None, high: int | None, noun: str) -> str:
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
