"""The JSON Schema of scenario files, by which editors complete and check while one writes."""

import json
from typing import Any

from pydantic import BaseModel

from sim.scenario.evidence import CONFIDENCES, LAWS
from sim.scenario.fields import Shape, child_shape, field_shapes
from sim.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""Dialect of the schema."""

EVIDENCE: dict[str, dict[str, Any]] = {
    "law": {
        "enum": list(LAWS),
        "description": "how uncertainty draws from low to high: uniform, as when not given, or triangular with its "
        "peak at the value; over logarithms where low is more than 0 and high ten times as much or more",
    },
    "source": {
        "type": "string",
        "description": "keys of sources, separated by commas, or a text that begins with assumption",
    },
    "confidence": {
        "enum": list(CONFIDENCES),
        "description": "H a source says it directly, M one secondary source, L derived or judged",
    },
    "note": {"type": "string", "description": "remark"},
}
"""What may be said of a value beside its range."""

BASE = "scenario that this one is laid over: a name, or a path from this file's folder"
"""What the key `base` is, which is no part of a complete scenario."""

_Schema = dict[str, Any]
_TYPES = {int: "integer", float: "number", bool: "boolean", str: "string"}
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_EXTENTS = {"list": "Items", "scalar": "Length", "mapping": "Properties"}


def json_schema() -> dict[str, Any]:
    """
    Return the JSON Schema of a scenario file.

    A file with `base` may leave out what its base gives, so there only `name` is asked of named items.
    """
    definitions: dict[str, _Schema] = {}
    top = _section(Scenario, definitions)
    required = [key for key, shape in field_shapes(Scenario).items() if shape.is_required]
    definitions["Evidence"] = {"type": "object", "properties": EVIDENCE}
    base = {"type": "string", "minLength": 1, "description": BASE}
    return {
        "$schema": DIALECT,
        "title": "Patchcell scenario",
        "description": "A scenario of Patchcell; units stand in the names and in brackets",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["base"]}, {"required": required}],
        "properties": {"base": base, **top["properties"]},
        "$defs": dict(sorted(definitions.items())),
    }


def json_schema_text() -> str:
    """
    Return the text of `scenarios/scenario.schema.json`.

    Returns
    -------
    str
        JSON, ending in a line feed.
    """
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _section(section: type[BaseModel], definitions: dict[str, _Schema]) -> _Schema:
    """Return the schema of a section, those below it among the definitions."""
    shape = Shape("section", section=section)
    keys = {key: child_shape(shape, key) for key in field_shapes(section)}
    schema: _Schema = {
        "type": "object",
        "description": (section.__doc__ or "").strip(),
        "additionalProperties": False,
        "properties": {key: _key(child, definitions) for key, child in keys.items() if child},
    }
    if "name" in keys and field_shapes(section)["name"].is_required:
        schema["required"] = ["name"]
    return schema


def _key(shape: Shape, definitions: dict[str, _Schema]) -> _Schema:
    """Return the schema of what stands under a key, its meaning with source and unit."""
    value = _value(shape, definitions)
    if shape.kind == "section":
        return value
    source, unit = f" ({shape.source})" * bool(shape.source), f" [{shape.unit}]" * bool(shape.unit)
    said: _Schema = {"description": f"{shape.says}{source}{unit}"}
    if not shape.is_required:
        said["default"] = plain_default(shape.default)
    return said | value


def plain_default(value: object) -> object:
    """
    Return a default as it would stand in a file.

    Parameters
    ----------
    value : object
        Default, which may hold sections.

    Returns
    -------
    object
        The same of lists, mappings and single values.
    """
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [plain_default(one) for one in value] if isinstance(value, tuple) else value


def _value(shape: Shape, definitions: dict[str, _Schema]) -> _Schema:
    """Return the schema of a value, free to carry evidence where it is a parameter."""
    value = _bare(shape, definitions)
    options = [value]
    if shape.word:
        options.append({"const": shape.word})
    if shape.may_be_single and (item := child_shape(shape, 0)):
        options.append(_bare(item, definitions))
    if shape.is_parameter and shape.takes_evidence:
        options.append(_with_evidence(value, shape))
    if shape.may_be_absent:
        options.append({"type": "null"})
    return value if len(options) == 1 else {"anyOf": options}


def _bare(shape: Shape, definitions: dict[str, _Schema]) -> _Schema:
    """Return the schema of a value without evidence of its own."""
    extent = _EXTENTS.get(shape.kind, "")
    limits: dict[str, Any] = {f"min{extent}": shape.min_length, f"max{extent}": shape.max_length}
    limits |= {name: getattr(shape, end) for end, name in _BOUNDS.items()}
    limits |= {"pattern": shape.pattern}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if shape.section is not None:
        name = shape.section.__name__
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _section(shape.section, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if shape.choices:
        return {"enum": list(shape.choices)}
    if shape.scalar is object:
        return {}
    if shape.kind == "scalar":
        return {"type": _TYPES[shape.scalar], **given}
    items = [
        _value(child, definitions)
        for i in range(len(shape.items))
        if (child := child_shape(shape, i))
    ]
    if shape.kind == "mapping":
        return {"type": "object", "additionalProperties": items[-1], **given}
    if shape.is_fixed:
        n = len(items)
        return {"type": "array", "prefixItems": items, "minItems": n, "maxItems": n}
    return {"type": "array", "items": items[0], **given}


def _with_evidence(value: _Schema, shape: Shape) -> _Schema:
    """Return the schema of a value written with its evidence."""
    end = {"type": "number"} | {name: value[name] for name in _BOUNDS.values() if name in value}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["value"],
        "properties": {"value": value}
        | ({"low": end, "high": end} if shape.is_number else {})
        | {key: {"$ref": f"#/$defs/Evidence/properties/{key}"} for key in EVIDENCE},
    }
