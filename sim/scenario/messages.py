"""The words of messages: values shortened, likely spellings, bounds in plain English, and what was probably meant."""

import difflib
import functools
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from sim.scenario.fields import EVIDENCE_KEYS, Shape, field_shapes, shape_of

_MAX_GIVEN = 60
_MAX_LISTED = 12

PATTERNS = {
    r"^[a-z][a-z0-9_]{0,47}$": (
        "must be a lower-case letter, then letters a-z, digits or underscores, 48 characters at most"
    ),
    r"^[^/\s][^/]*$": "must not begin with a space and must not contain a slash",
    r"^.+\.py$": "must be the name of a Python file, ending in .py",
    r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}$": "must be a date and time such as 2022-11-16 19:00",
}
"""What each pattern of the schema asks for, in words."""


def shorten(text: str) -> str:
    """
    Return a text in at most 60 characters.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text on one line, its end replaced by an ellipsis when it is too long.
    """
    # No more than is shown: a list of a thousand sites is a long text.
    begin = text[: _MAX_GIVEN + 1].replace("\n", " ")
    line = "".join(c if c.isprintable() else "?" for c in begin)
    return line if len(line) <= _MAX_GIVEN else f"{line[: _MAX_GIVEN - 3]}..."


def given(value: object) -> str:
    """
    Return a value as a message shows it.

    Parameters
    ----------
    value : object
        Plain value.

    Returns
    -------
    str
        At most 60 characters.
    """
    if isinstance(value, str):
        return shorten(f"'{value}'")
    if isinstance(value, float):
        return number(value) if abs(value) < 1e15 else repr(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return f"a whole number of {value.bit_length()} bits"
    try:
        return shorten(json.dumps(value, ensure_ascii=False, default=str))
    except ValueError:
        return "a value too long to show"


def number(value: float) -> str:
    """
    Return a number without a needless decimal point.

    Parameters
    ----------
    value : float
        Number.

    Returns
    -------
    str
        Shortest text that reads back as the same number.
    """
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def did_you_mean(word: str, known: Iterable[str], what: str) -> str:
    """
    Return the end of a message about an unknown word.

    Parameters
    ----------
    word : str
        What was given.
    known : iterable of str
        What is allowed.
    what : str
        What the allowed words are, in the plural.

    Returns
    -------
    str
        The likely spelling, else the list of allowed words.
    """
    words = list(known)
    if close := _closest(word, words):
        return f"did you mean '{shorten(close)}'?"
    if not words:
        return f"there are no {what}"
    listed = ", ".join(shorten(one) for one in words[:_MAX_LISTED])
    return f"{what}: {listed}{', ...' if len(words) > _MAX_LISTED else ''}"


def _closest(word: str, words: Sequence[str]) -> str | None:
    """Return the word that is spelt most like another, None where none is."""
    folded = {one.casefold(): one for one in reversed(words)}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def bounds_text(shape: Shape) -> str:
    """
    Return the bounds of a number in words.

    Parameters
    ----------
    shape : Shape
        What the schema allows.

    Returns
    -------
    str
        Such as `0 to 1`; empty where there are no bounds.
    """
    if shape.ge is not None and shape.le is not None:
        return f"{number(shape.ge)} to {number(shape.le)}"
    parts = (
        ("{} or more", shape.ge),
        ("more than {}", shape.gt),
        ("at most {}", shape.le),
        ("less than {}", shape.lt),
    )
    return " and ".join(text.format(number(bound)) for text, bound in parts if bound is not None)


def one_of(words: Sequence[str]) -> str:
    """
    Return a choice of words.

    Parameters
    ----------
    words : sequence of str
        At least one.

    Returns
    -------
    str
        Such as `a, b or c`.
    """
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def must_be(shape: Shape) -> str:
    """
    Return what a single value must be.

    Parameters
    ----------
    shape : Shape
        What the schema allows.

    Returns
    -------
    str
        Such as `must be a whole number, 0 to 100`.
    """
    if shape.choices:
        return f"must be {one_of(tuple(map(str, shape.choices)))}"
    nouns = {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        object: "a single value or a list",
    }
    noun = nouns.get(shape.scalar, "text")
    bounds = bounds_text(shape)
    word = f", or {shape.word}" if shape.word else ""
    return f"must be {noun}{', ' if bounds else ''}{bounds}{word}"


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


DEGREES_SPARE = 1e-7
"""By how much programs that cut outlines at the date line overshoot it by rounding: a centimetre. [deg]"""

FULL_CIRCLE = "are these longitudes of 0 to 360? Subtract 360 from those beyond 180"


def longitude_hint(key: str, value: object) -> str:
    """
    Return what to do with a longitude that is counted from 0 to 360.

    Parameters
    ----------
    key : str
        Key or column.
    value : object
        What was given, a number or its text.

    Returns
    -------
    str
        Such as `; are these longitudes of 0 to 360? ...`; empty when it is no such longitude.
    """
    try:
        longitude_deg = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return ""
    is_longitude = key in ("longitude_deg", "lon")
    return f"; {FULL_CIRCLE}" if is_longitude and 180.0 < longitude_deg <= 360.0 else ""


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


def meant_key(key: str, known: Sequence[str], top: type[BaseModel]) -> str | None:
    """Return the key of the same section that `key_hint` takes an unknown one for; None if it takes it for none."""
    hint, close = key_hint(key, known, top), _closest(key, known)
    return close if close and hint == did_you_mean(key, known, "keys") else None


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
