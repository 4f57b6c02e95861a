"""The text of a scenario file: UTF-8, without what editors and spreadsheets leave in it."""

import codecs
import re

from sim.errors import Problem, ScenarioError
from sim.scenario.locate import Place

_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Marks with which other encodings begin; those of UTF-32 first, as one begins like UTF-16."""

_MOST_STRAY = 0.1
"""Largest share of NUL bytes in what is still taken for a text."""


def decode(data: bytes, label: str) -> str:
    """Return the text of a file."""
    for mark, encoding in _WIDE_MARKS.items():
        if data.startswith(mark):
            raise ScenarioError(Problem(label, f"is {encoding}: must be UTF-8; save it as UTF-8"))
    if b"\0" in data:
        raise ScenarioError(_nul_problem(data, label))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = str(_place_of_byte(data, error.start, label))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save it as UTF-8"
        raise ScenarioError(Problem(where, message)) from error
    version = re.search(r"^%YAML +(\S+)", text, re.MULTILINE)
    if version and version[1] != "1.2":
        place = Place(label, text.count("\n", 0, version.start()) + 1, 1)
        raise ScenarioError(Problem(str(place), f"%YAML {version[1]}: must be 1.2"))
    return text


def _nul_problem(data: bytes, label: str) -> Problem:
    """Return what is wrong with a file that holds NUL bytes: a few strayed into a text, or it is none."""
    try:
        data.decode("utf-8")
        is_text = data.count(b"\0") <= _MOST_STRAY * len(data)
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        return Problem(label, "is a binary file: must be a scenario in YAML, UTF-8")
    where = str(_place_of_byte(data, data.index(b"\0"), label))
    return Problem(where, "character U+0000 is not allowed in YAML: remove it")


def _place_of_byte(data: bytes, at: int, label: str) -> Place:
    before = data[:at]
    column = at - (before.rfind(b"\n") + 1) + 1
    return Place(label, before.count(b"\n") + 1, column)
