"""The words of messages: values shortened, likely spellings, bounds in plain English."""

import difflib
import json
from collections.abc import Iterable, Sequence

from sim.scenario.fields import Shape

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
    line = "".join(c if c.isprintable() else "?" for c in text.replace("\n", " "))
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
    folded = {one.casefold(): one for one in reversed(words)}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{shorten(folded[close[0]])}'?"
    if not words:
        return f"there are no {what}"
    listed = ", ".join(shorten(one) for one in words[:_MAX_LISTED])
    return f"{what}: {listed}{', ...' if len(words) > _MAX_LISTED else ''}"


def bounds_text(shape: Shape) -> str:
    """Return the bounds of a number in words. Such as `0 to 1`; empty where there are no bounds."""
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
    noun = {int: "a whole number", float: "a number", bool: "true or false"}.get(
        shape.scalar, "text"
    )
    bounds = bounds_text(shape)
    return f"must be {noun}{', ' if bounds else ''}{bounds}"
