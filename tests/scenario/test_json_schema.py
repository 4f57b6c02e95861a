"""The JSON Schema in the repository is the schema, and accepts and refuses what loading does."""

import re
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.scenario.fields import Shape, field_shapes
from sim.scenario.json_schema import DIALECT, json_schema, json_schema_text
from sim.scenario.schema import Scenario

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json_schema()
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "number": (int, float),
    "boolean": bool,
}


def accepts(schema, value):
    """Check a value by the keywords of draft 2020-12 that the schema uses."""
    if "$ref" in schema:
        target = SCHEMA
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        if not accepts(target, value):
            return False
    if "anyOf" in schema and not any(accepts(option, value) for option in schema["anyOf"]):
        return False
    return _right_type(schema, value) and all(
        KEYWORDS[keyword](limit, value, schema)
        for keyword, limit in schema.items()
        if keyword not in SILENT
    )


def _right_type(schema, value):
    kind = schema.get("type")
    if kind is None:
        return True
    if kind == "integer":
        return isinstance(value, int | float) and value is not True and value == int(value)
    return isinstance(value, TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)


def _only_known(limit, value, schema):
    extra = set(value) - set(schema.get("properties", {}))
    return all(limit is not False and accepts(limit, value[key]) for key in extra)


def _properties(limit, value, schema):
    return all(accepts(part, value[key]) for key, part in limit.items() if key in value)


def _prefix(limit, value, schema):
    return all(accepts(part, item) for part, item in zip(limit, value, strict=False))


KEYWORDS = {
    "enum": lambda limit, value, _: value in limit,
    "const": lambda limit, value, _: value == limit,
    "minimum": lambda limit, value, _: value >= limit,
    "maximum": lambda limit, value, _: value <= limit,
    "exclusiveMinimum": lambda limit, value, _: value > limit,
    "exclusiveMaximum": lambda limit, value, _: value < limit,
    "minLength": lambda limit, value, _: len(value) >= limit,
    "maxLength": lambda limit, value, _: len(value) <= limit,
    "minProperties": lambda limit, value, _: len(value) >= limit,
    "maxProperties": lambda limit, value, _: len(value) <= limit,
    "minItems": lambda limit, value, _: len(value) >= limit,
    "maxItems": lambda limit, value, _: len(value) <= limit,
    "pattern": lambda limit, value, _: re.search(limit, value) is not None,
    "required": lambda limit, value, _: not isinstance(value, dict) or set(limit) <= set(value),
    "items": lambda limit, value, _: all(accepts(limit, item) for item in value),
    "prefixItems": _prefix,
    "properties": _properties,
    "additionalProperties": _only_known,
    "propertyNames": lambda limit, value, _: all(accepts(limit, key) for key in value),
}
SILENT = {"$ref", "anyOf", "type", "description", "default", "title", "$schema", "$defs"}


def read(path):
    return _without_dates(YAML(typ="safe", pure=True).load(path))


def _without_dates(value):
    """What an editor reads: in YAML 1.2 a date is a text."""
    if isinstance(value, dict):
        return {key: _without_dates(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_dates(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def test_the_file_in_the_repository_is_in_step():
    path = ROOT / "scenarios" / "scenario.schema.json"
    assert path.read_text("utf-8") == json_schema_text(), "run `make schema`"


def test_dialect_and_base():
    assert SCHEMA["$schema"] == DIALECT == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["base"]["type"] == "string"


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_scenarios_are_accepted(path):
    assert accepts(SCHEMA, read(path))


@pytest.mark.parametrize(
    "name",
    ["wrong_key", "wrong_type", "out_of_range", "list_at_top", "missing_keys", "evidence", "based"],
)
def test_malformed_scenarios_are_refused(name):
    assert not accepts(SCHEMA, read(ROOT / "tests/scenario/malformed" / f"{name}.yaml"))


def shapes(shape, path=()):
    """Yield path and shape of everything below a shape, one item of each list."""
    yield path, shape
    for key, child in (field_shapes(shape.section) if shape.section else {}).items():
        yield from shapes(child, (*path, key))


def test_one_measure_that_must_be_known_may_stand_in_place_of_a_list():
    entry, one = SCHEMA["$defs"]["Run"]["properties"]["precision"], {"measure": "voice.blocking"}
    assert accepts(entry, one)
    assert accepts(entry, [one, one])
    assert not accepts(entry, {**one, "at_most": 5})
    assert not accepts(entry, "voice.blocking")


def test_every_number_takes_evidence_and_says_its_unit():
    seen = 0
    for name, definition in SCHEMA["$defs"].items():
        for key, entry in definition.get("properties", {}).items():
            # Which rows of a table count, and what must be known, says nothing of the world; a count of a date, and a
            # published number, have their source beside them.
            if name in ("CellFilter", "Precision", "DatedCount", "Published"):
                continue
            options = entry.get("anyOf", [])
            if not any(option.get("type") in ("number", "integer") for option in options):
                assert entry.get("type") not in ("number", "integer"), (name, key)
                continue
            seen += 1
            value = next(o for o in options if o.get("type") in ("number", "integer"))
            number = value.get("minimum", value.get("exclusiveMinimum", 0)) + 1
            number = min(number, value.get("maximum", number))
            assert accepts(entry, {"value": number, "low": number, "high": number, "source": "S"})
            assert not accepts(entry, {"low": number})
            unit = re.search(r"_(m_s|s|h|m|km|mhz|db|dbi|dbm|deg|erl)$", key)
            if unit is not None:
                wanted = {"dbm": "dBm", "dbi": "dBi", "db": "dB", "mhz": "MHz", "m_s": "m/s"}
                said = "1/h" if key.endswith("per_line_h") else wanted.get(unit[1], unit[1])
                assert f"[{said}]" in entry["description"], (name, key)
    assert seen > 30


def test_every_key_is_in_the_schema():
    for path, shape in shapes(Shape("section", section=Scenario)):
        if shape.section is not None and path:
            definition = SCHEMA["$defs"][shape.section.__name__]
            assert list(definition["properties"]) == list(shape.section.model_fields)
