"""What the parser of YAML says of a text that is none, with what to do about it."""

import re

from ruamel.yaml.error import MarkedYAMLError, StreamMark

from sim.errors import Problem
from sim.scenario.locate import Place
from sim.scenario.messages import shorten

_QUOTES = "put text that holds signs of YAML between quotes"

_ADVICE = (
    (r"found character '\\t'", "indent with spaces, as YAML allows no tabs"),
    (r"that cannot start any token|scanning an alias|undefined alias", _QUOTES),
    (
        r"mapping values are not allowed here",
        "put text that holds a colon and a blank between quotes, and indent keys of one section alike",
    ),
    (
        r"could not find expected ':'",
        "write a key, a colon and a blank before every value, such as `seed: 1`",
    ),
    (r"but found '-'", "a section has either keys or items that begin with a dash"),
    (r"expected <block end>", "begin all keys of a section in the same column"),
    (r"expected ',' or", "close the bracket, and part its members by commas"),
    (r"expected the node content", "write a value, or leave out the comma"),
    (r"unknown escape character", "put it between single quotes, in which a backslash is a letter"),
    (r"expected '<document start>'", "write a mapping such as `name: my_scenario`"),
)
"""Pieces of the parser's messages, the first that fits counts, and what to do."""


def first_line(error: Exception) -> str:
    """Return the first line of an error, short enough for a message."""
    return shorten((str(error).splitlines() or ["unreadable"])[0])


def place_of_mark(mark: StreamMark, start: Place) -> Place:
    """Return the place of a mark of ruamel.yaml."""
    return Place(start.file, mark.line + 1, mark.column + 1) if start.line else start


def conflict_problem(text: str, start: Place) -> Problem | None:
    """
    Return what is wrong with a file in which two versions were merged and not settled.

    Place of the first mark, None where there is none.
    """
    mark = re.search(r"^(?:<{7}|>{7})(?= )", text, re.MULTILINE)
    if mark is None:
        return None
    place = Place(start.file, text.count("\n", 0, mark.start()) + 1, 1) if start.line else start
    return Problem(str(place), f"{mark[0]} marks a conflict of two versions: keep one of them")


def syntax_problem(error: MarkedYAMLError, start: Place) -> Problem:
    """Return an error of the parser with its place and what to do."""
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or "")
    if "found another document" in problem:
        place = start if mark is None else place_of_mark(mark, start)
        return Problem(str(place), "a second document begins: must be one; remove the line `---`")
    if "end of stream" in problem and "quoted scalar" in str(error.context):
        # The end of the file says nothing; the quote was opened somewhere above it.
        place = place_of_mark(error.context_mark or mark, start)
        return Problem(str(place), "not YAML: a quote is opened and never closed; close it")
    place = place_of_mark(mark, start) if mark is not None else start
    context = f" {error.context}" if error.context else ""
    said = f"{problem or first_line(error)}{context}"
    advice = next((f"; {what}" for piece, what in _ADVICE if re.search(piece, said)), "")
    return Problem(str(place), f"not YAML: {said}{advice}")
