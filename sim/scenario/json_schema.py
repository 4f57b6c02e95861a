"""The JSON Schema of scenario files, by which editors complete and check while one writes."""

import json
from typing import Any, cast

from sim.scenario.evidence import CONFIDENCES
from sim.scenario.fields import takes_evidence
from sim.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""Dialect of the schema."""

_Schema = dict[str, Any]

_EVIDENCE_TEXTS: _Schema = {
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

_DESCRIBING_KEYS = ("description", "default", "title")


def json_schema() -> dict[str, Any]:
    """
    Return the JSON Schema of a scenario file.

    A file with `base` may leave out what its base gives, so there only `name` is asked of named items.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12.
    """
    schema = Scenario.model_json_schema()
    required = schema.pop("required")
    definitions = {
        name: _section(definition, ()) for name, definition in sorted(schema["$defs"].items())
    }
    definitions["Evidence"] = {"type": "object", "properties": _EVIDENCE_TEXTS}
    top = _section(schema, ())
    base = {
        "type": "string",
        "minLength": 1,
        "description": "scenario that this one is laid over: a name, or a path from this file's folder",
    }
    return {
        "$schema": DIALECT,
        "title": "Patchcell scenario",
        "description": "A scenario of Patchcell; units stand in the names and in brackets",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["base"]}, {"required": required}],
        "properties": {"base": base, **top["properties"]},
        "$defs": definitions,
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


def _section(definition: _Schema, loc: tuple[str, ...]) -> _Schema:
    """Return the schema of a section, every parameter in it free to carry evidence."""
    section = {key: entry for key, entry in definition.items() if key not in ("title", "required")}
    properties = definition.get("properties", {})
    section["properties"] = {key: _field(entry, (*loc, key)) for key, entry in properties.items()}
    if "name" in definition.get("required", ()):
        section["required"] = ["name"]
    return section


def _field(entry: _Schema, loc: tuple[str, ...]) -> _Schema:
    """Return the schema of what stands under a key."""
    entry = {key: part for key, part in entry.items() if key != "title"}
    if not takes_evidence(loc):
        return entry
    describing = {key: entry.pop(key) for key in _DESCRIBING_KEYS if key in entry}
    return describing | _with_evidence(entry)


def _with_evidence(entry: _Schema) -> _Schema:
    """Return the schema of a value, its single values free to carry evidence."""
    if "anyOf" in entry:
        alternatives: list[_Schema] = []
        for option in entry["anyOf"]:
            wrapped = _with_evidence(option)
            alternatives += cast("list[_Schema]", wrapped.get("anyOf", [wrapped]))
        return {"anyOf": alternatives}
    kind = entry.get("type")
    if "$ref" in entry or kind == "null":
        return entry
    if kind == "array":
        return _array(entry)
    if kind == "object":
        values = entry.get("additionalProperties")
        if isinstance(values, dict):
            return entry | {"additionalProperties": _with_evidence(values)}
        return entry
    return {"anyOf": [entry, _mapping(entry)]}


def _array(entry: _Schema) -> _Schema:
    """Return the schema of a list; a profile of numbers may carry evidence as a whole."""
    result = dict(entry)
    if "items" in entry:
        result["items"] = _with_evidence(entry["items"])
    if "prefixItems" in entry:
        result["prefixItems"] = [_with_evidence(item) for item in entry["prefixItems"]]
    if entry.get("items", {}).get("type") in ("number", "integer"):
        return {"anyOf": [result, _mapping(entry)]}
    return result


def _mapping(entry: _Schema) -> _Schema:
    """Return the schema of a value written with its evidence."""
    is_number = entry.get("type") in ("number", "integer")
    end = {"type": "number"} | {
        key: entry[key]
        for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        if key in entry
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["value"],
        "properties": {"value": entry}
        | ({"low": end, "high": end} if is_number else {})
        | {key: {"$ref": f"#/$defs/Evidence/properties/{key}"} for key in _EVIDENCE_TEXTS},
    }
