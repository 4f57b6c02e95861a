"""The last part of a message: what the user probably meant, where it can be told from what was written."""

import functools
import re
from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from sim.scenario.fields import Shape, field_shapes, shape_of
from sim.scenario.messages import did_you_mean, given, number
from sim.scenario.paths import EVIDENCE_KEYS

_MOST_HOMES = 3
"""Sections that are named to which a key may belong; a key of more of them says nothing."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OTHER_MINUS = "\u2212\u2013\u2014"


def number_hint(value: object, shape: Shape) -> str:
    """
    Return how a number is written that was given as text.

    Parameters
    ----------
    value : object
        What was given.
    shape : Shape
        What the schema allows.

    Returns
    -------
    str
        Such as `; write 0.013, with a decimal point`; empty when it cannot be told.
    """
    if not isinstance(value, str) or not shape.is_number:
        return ""
    text = value.strip()
    if _NUMBER.fullmatch(text):
        if shape.scalar is int and not text.lstrip("+-").isdigit():
            return ""
        return f"; write {text} without quotes"
    if text and text[0] in _OTHER_MINUS and _NUMBER.fullmatch(text[1:]):
        return f"; write -{text[1:]} with the hyphen of the keyboard"
    grouped = re.fullmatch(r"[-+]?\d{1,3}(?:[, '_\u00a0\u202f]\d{3})+", text)
    if grouped and (shape.scalar is int or len(re.findall(r"\D", text)) > 1):
        return f"; write {re.sub(r'[^-+0-9]', '', text)}, without separators"
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return f"; write {text.replace(',', '.')}, with a decimal point"
    return _unit_hint(text, shape)


def _unit_hint(text: str, shape: Shape) -> str:
    """Return what to do with a number that is followed by its unit."""
    with_unit = re.fullmatch(rf"({_NUMBER.pattern})\s*([^\W\d_]+|%|\u00b0)", text)
    if with_unit is None:
        return ""
    if with_unit[2] != "%":
        return "; write the number alone, in the unit in which the key ends"
    is_share = (shape.ge, shape.le) == (0.0, 1.0)
    return f"; write {number(round(float(with_unit[1]) / 100.0, 12))}" if is_share else ""


def list_hint(value: object) -> str:
    """Return how a list is written. Such as `, such as [3]`; empty for nothing."""
    if isinstance(value, dict):
        return ", each item begun with a dash"
    if value is None:
        return "; write its items, or [] for none"
    shown = given(value).strip("'")
    return f", such as [{shown}]" if len(shown) < 40 else ""


@functools.cache
def _homes(top: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Return the paths of the sections that have a key, by key."""
    homes: dict[str, list[str]] = {}
    for path, section in _sections(Shape("section", section=top), ""):
        for key in section.model_fields:
            homes.setdefault(key, []).append(path)
    return {key: tuple(paths) for key, paths in homes.items()}


def _sections(shape: Shape, path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    if shape.section is not None:
        yield path, shape.section
        for key, below in field_shapes(shape.section).items():
            yield from _sections(below, f"{path}.{key}".removeprefix("."))
    elif shape.kind == "list":
        for item in shape.items[:1]:
            yield from _sections(shape_of(item), f"{path}[]")


def key_hint(key: str, known: Sequence[str], top: type[BaseModel]) -> str:
    """Return what may be meant by an unknown key."""
    if key.isdigit():
        return "write decimals with a point, not with a comma"
    hidden = next((c for c in key if not c.isprintable()), None)
    if hidden is not None:
        return f"it holds the invisible character U+{ord(hidden):04X}; type the line anew"
    if key in EVIDENCE_KEYS and "name" not in known:
        return "evidence is given for a single value, not for a section"
    homes = _homes(top).get(key, ())
    if key == "base":
        homes = ("",)
    if 0 < len(homes) <= _MOST_HOMES and key not in known:
        places = " or ".join(home or "the top of the file" for home in homes)
        return f"it belongs in {places}"
    return did_you_mean(key, known, "keys")
