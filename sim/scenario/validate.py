"""The schema's verdict: every error of pydantic in the words of the house."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sim.scenario.evidence import Finding
from sim.scenario.fields import Shape, field_shapes, shape_at
from sim.scenario.locate import Loc, Plain
from sim.scenario.messages import (
    PATTERNS,
    bounds_text,
    given,
    key_hint,
    list_hint,
    longitude_hint,
    must_be,
)
from sim.scenario.misspelt import Respelt, respell
from sim.scenario.schema import Scenario

_NO_MERGE = (
    "YAML 1.2 has no merge keys; write here the keys that the alias stands for, or the alias as the whole value, such "
    "as `placement: *name`; what several scenarios share goes into a file of its own, named as `base`"
)
_RANGE_ERRORS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


@dataclass(frozen=True)
class Verdict:
    """What the schema says of a scenario."""

    scenario: Scenario | None  # None when something is wrong
    sections: dict[str, Any]  # those that are sound, misspelt keys taken for what is meant
    findings: tuple[Finding, ...]  # what is wrong
    respelt: Respelt  # how keys are written


def validate(values: dict[str, Plain]) -> Verdict:
    """Check values against the schema: keys that are unknown, and all else as if these were spelt as they are meant."""
    spelt = Respelt(values)
    findings: list[Finding] = []
    scenario, details = _read(values)
    while unknown := [one for one in details if one["type"] == "extra_forbidden"]:
        findings += map(spelt.as_written, findings_of(unknown, Scenario))
        spelt = respell(spelt, [one["loc"] for one in unknown], Scenario)
        scenario, details = _read(spelt.values)  # what is below a misspelt key is seen only now
    found = findings_of(details, Scenario)
    bad = {str(finding.loc[0]) for finding in found if finding.loc} | spelt.unclear
    if scenario is not None and not bad:
        sections = {key: getattr(scenario, key) for key in Scenario.model_fields}
    else:
        sections = _sound_sections(spelt.values, bad)
    # Of what stands under a misspelt key it is enough to say so: it may be in another unit.
    findings += (spelt.as_written(one) for one in found if one.loc not in spelt.written)
    return Verdict(None if findings else scenario, sections, tuple(findings), spelt)


def _read(values: dict[str, Plain]) -> tuple[Scenario | None, list[ErrorDetails]]:
    """Return the scenario, or what pydantic says against it."""
    try:
        return Scenario.model_validate(values), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def findings_of(details: Iterable[ErrorDetails], top: type[BaseModel]) -> tuple[Finding, ...]:
    """Return every error of pydantic as a finding."""
    return tuple(_finding(detail, top) for detail in details if not _is_echo(detail))


def _sound_sections(values: dict[str, Plain], bad: set[str]) -> dict[str, Any]:
    sections: dict[str, Any] = {}
    for key, field in Scenario.model_fields.items():
        if key in bad:
            continue
        if key in values:
            annotation: Any = Annotated[field.annotation, *field.metadata, None]
            sections[key] = TypeAdapter(annotation).validate_python(values[key])
        else:
            sections[key] = field.get_default(call_default_factory=True)
    return sections


def _is_echo(detail: ErrorDetails) -> bool:
    """Return whether a list is called too short only because its items are wrong."""
    if detail["type"] != "too_short":
        return False
    return len(detail["input"]) >= int(detail["ctx"]["min_length"])


def _finding(detail: ErrorDetails, top: type[BaseModel]) -> Finding:
    """Return an error of pydantic as a finding."""
    kind = detail["type"]
    loc: Loc = tuple(step for step in detail["loc"] if step != "[key]")
    shape = shape_at(top, loc)
    shown = f" = {given(detail['input'])}"
    if kind == "extra_forbidden" and loc[-1] == "<<":
        return Finding(loc, f": {_NO_MERGE}", of_key=True)
    if kind == "extra_forbidden":
        above = shape_at(top, loc[:-1])
        known = list(field_shapes(above.section)) if above is not None and above.section else []
        known += ["base"] if len(loc) == 1 and top is Scenario else []
        hint = key_hint(str(loc[-1]), known, top)
        return Finding(loc, f": unknown key; {hint}", of_key=True)
    if kind == "missing":
        return Finding(loc, f": missing{_wanted(shape)}")
    if "[key]" in detail["loc"]:
        return Finding(loc, ": key must be text, 1 to 16 characters", of_key=True)
    if kind in _RANGE_ERRORS and shape is not None:
        hint = longitude_hint(str(loc[-1]), detail["input"])
        return Finding(loc, f"{shown}: must be {bounds_text(shape)}{hint}")
    return Finding(loc, f"{shown}: {asked(detail, shape)}")


def _wanted(shape: Shape | None) -> str:
    """Return what a missing key wants."""
    if shape is None:
        return ""
    if shape.kind == "scalar":
        return f"; {must_be(shape)}"
    return f"; must be a {'list' if shape.kind == 'list' else 'mapping'}"


def _items(n: int) -> str:
    return f"{n:,} item" if n == 1 else f"{n:,} items"


def asked(detail: ErrorDetails, shape: Shape | None) -> str:
    """
    Return what the schema asks for, in words.

    Parameters
    ----------
    detail : ErrorDetails
        What pydantic says of a value.
    shape : Shape or None
        What the schema allows in its place.

    Returns
    -------
    str
        Such as `must be a whole number, 0 to 100`.
    """
    context = detail.get("ctx", {})
    kind = detail["type"]
    match kind:
        case "string_pattern_mismatch":
            return PATTERNS.get(context["pattern"], f"must match {context['pattern']}")
        case "string_too_short":
            return f"must have at least {context['min_length']} characters"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "too_short":
            return f"must have at least {_items(context['min_length'])}, has {len(detail['input'])}"
        case "too_long":
            return f"must have at most {_items(context['max_length'])}, has {len(detail['input'])}"
        case "missing_argument" | "tuple_type" | "list_type":
            return f"must be a list{list_hint(detail['input'])}"
        case "string_type":
            return "must be text; put it between quotes"
    if shape is None:
        return detail["msg"]
    if shape.kind == "section" and shape.section is not None:
        absent = "; write some, or leave it out" if detail["input"] is None else ""
        return f"must be a mapping with keys of {', '.join(shape.section.model_fields)}{absent}"
    return "must be a mapping" if shape.kind == "mapping" else must_be(shape)
