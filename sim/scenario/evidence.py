"""Evidence: a parameter written with its range, its source and how far the source is trusted."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from sim.scenario.fields import EVIDENCE_KEYS, Shape, child_shape
from sim.scenario.locate import Loc, Node, Plain, Scalar, format_loc, plain
from sim.scenario.messages import (
    bounds_text,
    did_you_mean,
    given,
    must_be,
    number_hint,
    one_of,
    shorten,
)

CONFIDENCES = ("H", "M", "L")
"""H: a source says it directly; M: one anonymous or secondary source; L: derived, conflicting or judged."""


LAWS = ("uniform", "triangular")
"""Laws on a range; the triangular one has its peak at the value. Of ratios, where the range spans a decade."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a parameter."""

    value: Plain  # value that is simulated, in the parameter's unit; a list for a profile
    # and high: interval in which the truth is believed to lie, in the parameter's unit
    low: float | None = None
    high: float | None = None
    # keys of the scenario's `sources`, or a text that begins with `assumption`; empty when not given
    source: str = ""
    confidence: str = ""  # H, M or L; empty when not given
    note: str = ""  # remark
    law: str = ""  # how likely the values of the range are, one of LAWS; empty when not given

    def as_mapping(self) -> dict[str, Plain]:
        """
        Return the evidence as it stands in YAML.

        Returns
        -------
        dict
            What was given, in the order value, low, high, law, source, confidence, note.
        """
        entries = ((key, getattr(self, key)) for key in EVIDENCE_KEYS)
        return {key: entry for key, entry in entries if key == "value" or entry not in (None, "")}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a location."""

    loc: Loc  # steps from the top of the scenario
    message: str  # what is wrong, as it follows the path: ` = -3: must be ...` or `: unknown key`
    of_key: bool = False  # whether the key is wrong rather than its value


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A scenario without its evidence."""

    values: dict[str, Plain]  # plain values for the model
    evidence: dict[str, Evidence]  # evidence by path
    findings: tuple[Finding, ...]  # what is wrong with the evidence and the kinds of single values


def unwrap(root: Node, top: type[BaseModel]) -> Unwrapped:
    """Take the evidence out of a scenario."""
    sources = root.mapping.get("sources")
    walk = _Walk(root, sources.mapping if sources is not None else ())
    values = {
        key: walk.value(node, child_shape(Shape("section", section=top), key), (key,))
        for key, node in root.mapping.items()
    }
    return Unwrapped(values, walk.evidence, tuple(walk.findings))


class _Walk:
    """Goes through the scenario and the schema side by side."""

    def __init__(self, root: Node, sources: Iterable[str]) -> None:
        self.evidence: dict[str, Evidence] = {}
        self.findings: list[Finding] = []
        self._root = root
        self._sources = tuple(sources)

    def value(self, node: Node, shape: Shape | None, loc: Loc) -> Plain:
        """Return the plain value of a node."""
        if shape is not None and shape.is_parameter and isinstance(node.value, dict):
            return self._with_evidence(node, node.value, shape, loc)
        if isinstance(node.value, dict):
            return {
                key: self.value(child, child_shape(shape, key), (*loc, key))
                for key, child in node.value.items()
            }
        if isinstance(node.value, list):
            return [
                self.value(child, child_shape(shape, i), (*loc, i))
                for i, child in enumerate(node.value)
            ]
        if shape is not None and shape.kind == "scalar":
            self._check_kind(node.value, shape, loc)
        return node.value

    def _with_evidence(self, node: Node, members: dict[str, Node], shape: Shape, loc: Loc) -> Plain:
        """Return the value of a parameter written as a mapping, and keep its evidence."""
        if not shape.takes_evidence or not set(EVIDENCE_KEYS) & set(members):
            also = ", or {value, low, high, source, confidence}" if shape.takes_evidence else ""
            wanted = must_be(shape) if shape.kind == "scalar" else "must be a list"
            message = f" = {given(plain(node))}: {wanted}, not a mapping{also}"
            self.findings.append(Finding(loc, message))
            return plain(node)
        self.findings.extend(_findings(node, shape, loc, self._sources))
        inner = members.get("value")
        if inner is None:
            self.findings.append(Finding(loc, ": missing key 'value'"))
            return plain(node)
        if isinstance(inner.value, dict):
            message = f" = {given(plain(inner))}: must not be a mapping"
            self.findings.append(Finding(loc, message))
            return plain(inner)
        value = self.value(inner, shape, loc)
        self.evidence[format_loc(self._root, loc)] = Evidence(
            value=value,
            low=_number(members.get("low")),
            high=_number(members.get("high")),
            law=_text(members.get("law")),
            source=_text(members.get("source")),
            confidence=_text(members.get("confidence")),
            note=_text(members.get("note")),
        )
        return value

    def _check_kind(self, value: Scalar, shape: Shape, loc: Loc) -> None:
        """Refuse what the model would silently turn into another kind."""
        is_word = bool(shape.word) and value == shape.word
        wrong_number = shape.is_number and isinstance(value, bool | str) and not is_word
        wrong_truth = shape.scalar is bool and not isinstance(value, bool | None)
        if wrong_number or wrong_truth:
            hint = number_hint(value, shape)
            self.findings.append(Finding(loc, f" = {given(value)}: {must_be(shape)}{hint}"))


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _number(node: Node | None) -> float | None:
    value = node.scalar if node is not None else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _findings(node: Node, shape: Shape, loc: Loc, sources: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what is wrong with one value's evidence, the value itself left to the model."""
    for key in node.mapping:
        if key not in EVIDENCE_KEYS:
            known = did_you_mean(key, EVIDENCE_KEYS, "keys")
            yield Finding((*loc, key), f": unknown key; {known}", of_key=True)
    yield from _range_findings(node, shape, loc)
    yield from _law_findings(node, loc)
    for key in ("source", "note"):
        text = node.mapping.get(key)
        if text is not None and not isinstance(text.value, str):
            yield Finding((*loc, key), f" = {given(plain(text))}: must be text")
    source = _text(node.mapping.get("source"))
    if source:
        yield from _source_findings(source, (*loc, "source"), sources)
    confidence = node.mapping.get("confidence")
    if confidence is not None and confidence.value not in CONFIDENCES:
        yield Finding((*loc, "confidence"), f" = {given(plain(confidence))}: must be H, M or L")


def _range_findings(node: Node, shape: Shape, loc: Loc) -> Iterator[Finding]:
    ends: dict[str, float | None] = {}
    for key in ("low", "high"):
        end = node.mapping.get(key)
        if end is None:
            continue
        ends[key] = _number(end)
        where = (*loc, key)
        if not shape.is_number:
            yield Finding(where, f" = {given(plain(end))}: only a number has a range", of_key=True)
            return
        if ends[key] is None or not math.isfinite(ends[key] or 0.0):
            hint = number_hint(end.value, shape)
            yield Finding(where, f" = {given(plain(end))}: must be a number{hint}")
            return
        if not shape.allows(ends[key] or 0.0):
            yield Finding(where, f" = {given(plain(end))}: must be {bounds_text(shape)}")
    if len(ends) == 1:
        missing = "high" if "low" in ends else "low"
        yield Finding((*loc, missing), ": missing; low and high come together")
    value = _number(node.mapping.get("value"))
    low, high = ends.get("low"), ends.get("high")
    if value is None or math.isnan(value):
        return
    if low is not None and low > value:
        message = f" = {given(low)}: must be at most the value, {given(value)}"
        yield Finding((*loc, "low"), message)
    if high is not None and high < value:
        message = f" = {given(high)}: must be at least the value, {given(value)}"
        yield Finding((*loc, "high"), message)


def _law_findings(node: Node, loc: Loc) -> Iterator[Finding]:
    law = node.mapping.get("law")
    if law is None:
        return
    if law.value not in LAWS:
        message = f" = {given(plain(law))}: must be {one_of(LAWS)}"
        yield Finding((*loc, "law"), message)
    elif "low" not in node.mapping and "high" not in node.mapping:
        message = ": is a law on a range; give low and high, or leave it out"
        yield Finding((*loc, "law"), message, of_key=True)


def _source_findings(source: str, loc: Loc, sources: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what is wrong with a source: keys separated by commas or spaces, or an assumption."""
    if source.startswith("assumption"):
        return
    for word in re.split(r"[,\s]+", source.strip()):
        if word not in sources:
            hint = did_you_mean(word, sources, "sources")
            message = f" = {given(source)}: '{shorten(word)}' must be a key of sources or begin with assumption; {hint}"
            yield Finding(loc, message)
