"""Every parameter of the scenario that was run, with what it rests on, the weakest first."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.fields import EVIDENCE_KEYS, Shape, child_shape
from sim.scenario.json_schema import plain_default
from sim.scenario.messages import bounds_text, number
from sim.scenario.schema import Scenario

NO_SOURCE, ASSUMPTION, DEFAULT, DOCUMENT = "no source", "assumption", "house default", "document"
"""On what a value rests, the weakest first."""

_GROUNDS = (NO_SOURCE, ASSUMPTION, "L", DEFAULT, "M", DOCUMENT, "H")
_NOT_PARAMETERS = ("name", "notes", "sources", "seed")
_WIDEST = 1e9
_LONGEST = 200


@dataclass(frozen=True)
class Parameter:
    """A parameter of a scenario."""

    path: str  # such as networks[koryolink].n_sites
    value: str  # value that was simulated
    low: float | None  # and high: interval in which the truth is believed to lie
    high: float | None
    unit: str  # unit; empty where it has none
    allowed: str  # what the schema allows
    source: str  # document, assumption, or nothing
    ground: str  # on what it rests: one of the grounds
    says: str  # what it is

    @property
    def weakness(self) -> tuple[int, float, str]:
        """Return what sorts the weakest first: the ground, then the width of the range by its middle."""
        width = 0.0
        if self.low is not None and self.high is not None:
            middle = abs(self.low + self.high) / 2.0
            width = min((self.high - self.low) / middle, _WIDEST) if middle else _WIDEST
        return _GROUNDS.index(self.ground), -width, self.path


def parameters(scenario: Mapping[str, Any]) -> list[Parameter]:
    """Return every parameter of a scenario, the weakest first."""
    documents = {str(key): str(text) for key, text in (scenario.get("sources") or {}).items()}
    top = Shape("section", section=Scenario)
    found = [
        one
        for key, value in scenario.items()
        if key not in _NOT_PARAMETERS
        for one in _below(value, child_shape(top, key), str(key), documents)
    ]
    return sorted(found, key=lambda one: one.weakness)


def _below(
    value: Any,  # noqa: ANN401  # as YAML has it
    shape: Shape | None,
    path: str,
    documents: Mapping[str, str],
    of_list: str | None = None,
) -> Iterator[Parameter]:
    """Iterate over the parameters at a place and below it; `of_list` is the source of a list that is a default."""
    if isinstance(value, dict) and not _has_evidence(value):
        for key, child in value.items():
            below = child_shape(shape, key)
            if below is not None and shape is not None and not below.says:  # of free keys
                below = replace(below, says=shape.says, unit=shape.unit)
            yield from _below(child, below, f"{path}.{key}", documents, of_list)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        if shape is not None and value == plain_default(shape.default):
            of_list = shape.source
        for number, item in enumerate(value):
            name = item.get("name") if isinstance(item, dict) else None
            here = f"{path}[{number if name is None else name}]"
            yield from _below(item, child_shape(shape, number), here, documents, of_list)
    elif value not in (None, [], {}, ""):
        if shape is not None and of_list is not None:
            shape = replace(shape, default=value, source=of_list)
        yield _parameter(value, shape, path, documents)


def _has_evidence(value: Mapping[str, Any]) -> bool:
    return "value" in value and set(value) <= set(EVIDENCE_KEYS)


def _parameter(
    value: Any,  # noqa: ANN401  # as YAML has it
    shape: Shape | None,
    path: str,
    documents: Mapping[str, str],
) -> Parameter:
    known: Mapping[str, Any] = value if isinstance(value, dict) else {"value": value}
    source, ground = _grounds(known, shape)
    return Parameter(
        path=path,
        value=_text(known["value"]),
        low=known.get("low"),
        high=known.get("high"),
        unit=(shape.unit if shape and shape.unit != "1" else ""),
        allowed=bounds_text(shape) if shape and shape.is_number else "",
        source=f"{source}: {documents[source]}" if source in documents else source,
        ground=ground,
        says=shape.says if shape else "",
    )


def _grounds(known: Mapping[str, Any], shape: Shape | None) -> tuple[str, str]:
    """Return the source of a value, and on what that lets it rest."""
    source, confidence = str(known.get("source", "")), str(known.get("confidence", ""))
    if not source and shape is not None and not shape.is_number:
        return "", DEFAULT  # a choice, which measures nothing
    if not source and shape is not None and known["value"] == plain_default(shape.default):
        source = shape.source
        if "assumption" in shape.documents:
            return source, ASSUMPTION
        return source, DEFAULT if not source or "house default" in source else DOCUMENT
    if not source:
        return "", NO_SOURCE
    if source.startswith("assumption"):
        return source, ASSUMPTION
    return source, confidence or DOCUMENT


def _text(value: Any) -> str:  # noqa: ANN401  # as YAML has it
    if isinstance(value, float):
        return number(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
