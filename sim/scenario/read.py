"""Reading YAML 1.2 into located values: strict, bounded, every duplicate key found."""

import codecs
import math
import re
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, StreamMark, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.reader import ReaderError

from sim.errors import Problem, ScenarioError
from sim.scenario.locate import Node, Place, Scalar
from sim.scenario.messages import shorten

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


def _first_line(error: Exception) -> str:
    """Return the first line of an error, short enough for a message."""
    return shorten((str(error).splitlines() or ["unreadable"])[0])


def _place_of_mark(mark: StreamMark, start: Place) -> Place:
    """Return the place of a mark of ruamel.yaml."""
    return Place(start.file, mark.line + 1, mark.column + 1) if start.line else start


def _conflict_problem(text: str, start: Place) -> Problem | None:
    """
    Return what is wrong with a file in which two versions were merged and not settled.

    Place of the first mark, None where there is none.
    """
    mark = re.search(r"^(?:<{7}|>{7})(?= )", text, re.MULTILINE)
    if mark is None:
        return None
    place = Place(start.file, text.count("\n", 0, mark.start()) + 1, 1) if start.line else start
    return Problem(str(place), f"{mark[0]} marks a conflict of two versions: keep one of them")


def _syntax_problem(error: MarkedYAMLError, start: Place) -> Problem:
    """Return an error of the parser with its place and what to do."""
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or "")
    if "found another document" in problem:
        place = start if mark is None else _place_of_mark(mark, start)
        return Problem(str(place), "a second document begins: must be one; remove the line `---`")
    if "end of stream" in problem and "quoted scalar" in str(error.context):
        # The end of the file says nothing; the quote was opened somewhere above it.
        place = _place_of_mark(error.context_mark or mark, start)
        return Problem(str(place), "not YAML: a quote is opened and never closed; close it")
    place = _place_of_mark(mark, start) if mark is not None else start
    context = f" {error.context}" if error.context else ""
    said = f"{problem or _first_line(error)}{context}"
    advice = next((f"; {what}" for piece, what in _ADVICE if re.search(piece, said)), "")
    return Problem(str(place), f"not YAML: {said}{advice}")


MAX_FILE_BYTES = 500_000
"""Largest scenario file, some twenty times the fullest shipped one; larger tables belong beside the scenario. At
its size the parser takes about ten seconds and 150 MB. [B]"""

MAX_NODES = 1_000_000
"""Most values after aliases are expanded."""

MAX_DEPTH = 50
"""Deepest nesting; the schema itself needs about eight levels."""

_TAG = "tag:yaml.org,2002:"
# YAML 1.2 has no dates, merge keys or `=`: they are text.
_TEXT_TAGS = (f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}merge", f"{_TAG}value")
_COLLECTION_TAGS = (f"{_TAG}map", f"{_TAG}seq")


def read_file(path: Path, label: str) -> Node:
    """Read a scenario file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, a pipe or a socket"
            message = f"is {what}: must be a file, a scenario in YAML"
            raise ScenarioError(Problem(label, message))
        if status.st_size > MAX_FILE_BYTES:
            raise ScenarioError(
                Problem(
                    label,
                    f"is {status.st_size / 1e6:.1f} MB: must be at most {MAX_FILE_BYTES / 1e6:.1f} MB; "
                    "put long tables into a CSV beside the scenario",
                )
            )
        data = path.read_bytes()
    except OSError as error:
        raise ScenarioError(Problem(label, f"cannot be read: {error.strerror}")) from error
    node = parse(decode(data, label), Place(label, 1, 1))
    if not isinstance(node.value, dict):
        found = {list: "a list", type(None): "nothing"}.get(type(node.value), "a single value")
        raise ScenarioError(
            Problem(
                str(node.place), f"holds {found}: must be a mapping such as `name: my_scenario`"
            )
        )
    return node


def parse(text: str, start: Place) -> Node:
    """Read YAML 1.2 text."""
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root = yaml.compose(text)
        if root is None:
            return Node(None, start)
        _refuse_bomb(root, start)
        conversion = _Conversion(yaml, start)
        node = conversion.convert(root)
    except RecursionError as error:
        raise ScenarioError(
            Problem(str(start), f"is nested too deeply: must be at most {MAX_DEPTH} levels")
        ) from error
    except MarkedYAMLError as error:
        problem = _conflict_problem(text, start) or _syntax_problem(error, start)
        raise ScenarioError(problem) from error
    except ReaderError as error:
        place = _place_of_character(text, int(error.character), start)
        message = (
            f"character U+{int(error.character):04X} is not allowed in YAML: remove it, "
            f'or write it as "\\u{int(error.character):04X}" between double quotes'
        )
        raise ScenarioError(Problem(str(place), message)) from error
    except YAMLError as error:
        raise ScenarioError(Problem(start.file, f"is not YAML: {_first_line(error)}")) from error
    if conversion.problems:
        raise ScenarioError(*conversion.problems)
    return node


def _place_of_character(text: str, character: int, start: Place) -> Place:
    """Return where a character stands first."""
    at = text.find(chr(character))
    if not start.line or at < 0:
        return start
    return Place(start.file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _children(node: YamlNode) -> list[YamlNode]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _refuse_bomb(root: YamlNode, start: Place) -> None:
    """Refuse aliases that contain themselves or expand into too many values; linear in the text."""
    sizes: dict[int, int] = {}
    depths: dict[int, int] = {}
    open_nodes: set[int] = set()

    def measure(node: YamlNode) -> None:
        if id(node) in sizes:
            return
        place = _place_of_mark(node.start_mark, start)
        if id(node) in open_nodes:
            raise ScenarioError(
                Problem(str(place), "an alias contains itself: write the value out")
            )
        open_nodes.add(id(node))
        children = _children(node)
        for child in children:
            measure(child)
        open_nodes.discard(id(node))
        sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
        depths[id(node)] = 1 + max((depths[id(child)] for child in children), default=0)
        if sizes[id(node)] > MAX_NODES:
            message = (
                f"holds more than {MAX_NODES:,} values when aliases are expanded: "
                "write fewer aliases, or put tables into a CSV beside the scenario"
            )
            raise ScenarioError(Problem(str(place), message))
        if depths[id(node)] > MAX_DEPTH:
            message = f"is nested too deeply: must be at most {MAX_DEPTH} levels"
            raise ScenarioError(Problem(str(place), message))

    measure(root)


def _text(node: YamlNode) -> str:
    """Return the text of a scalar; JSON writes characters beyond the basic plane as pairs of escapes."""
    text = str(node.value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    return text


class _Conversion:
    """Turns composed YAML into located values; an alias shares the value it stands for."""

    def __init__(self, yaml: YAML, start: Place) -> None:
        self.problems: list[Problem] = []
        self._start = start
        self._known: dict[int, Node] = {}
        constructor = yaml.constructor
        self._scalars: dict[str, Callable[[Any], Scalar]] = {
            f"{_TAG}int": constructor.construct_yaml_int,
            f"{_TAG}float": constructor.construct_yaml_float,
            f"{_TAG}bool": constructor.construct_yaml_bool,
            f"{_TAG}null": lambda _: None,
            **dict.fromkeys(_TEXT_TAGS, _text),
        }

    def convert(self, node: YamlNode) -> Node:
        """Return a composed node as a located value."""
        known = self._known.get(id(node))
        if known is not None:
            return known
        if not isinstance(node, ScalarNode) and str(node.tag) not in _COLLECTION_TAGS:
            self._report_tag(node)
        if isinstance(node, ScalarNode):
            result = self._scalar(node)
        elif isinstance(node, MappingNode):
            result = self._mapping(node)
        else:
            place = _place_of_mark(node.start_mark, self._start)
            result = Node([self.convert(child) for child in node.value], place)
        self._known[id(node)] = result
        return result

    def _scalar(self, node: YamlNode) -> Node:
        place = _place_of_mark(node.start_mark, self._start)
        make = self._scalars.get(str(node.tag))
        if make is None:
            self._report_tag(node)
            return Node(None, place)
        try:
            value = make(node)
        except (ValueError, KeyError):
            self._report(place, f"{shorten(str(node.value))}: must be a value that YAML 1.2 knows")
            return Node(None, place)
        if value in (math.inf, -math.inf) and "inf" not in str(node.value).lower():
            message = f"{shorten(str(node.value))}: must be at most about 1.8e308 in size"
            self._report(place, message)
        return Node(value, place)

    def _mapping(self, node: YamlNode) -> Node:
        children: dict[str, Node] = {}
        key_places: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = _place_of_mark(key_node.start_mark, self._start)
            try:
                key = _text(key_node) if isinstance(key_node, ScalarNode) else None
            except ValueError:
                key = None
            if key is None:
                self._report(place, "a key is not text: must be a word of the schema")
                continue
            if key in children:
                first = key_places[key]
                self._report(
                    place, f"{shorten(key)}: duplicate key; first given in line {first.line}"
                )
                continue
            # The parser locates a value that is not there at whatever follows it, a line or more below.
            is_absent = value_node.start_mark.index == value_node.end_mark.index
            children[key] = Node(None, place) if is_absent else self.convert(value_node)
            key_places[key] = place
        return Node(children, _place_of_mark(node.start_mark, self._start), key_places)

    def _report_tag(self, node: YamlNode) -> None:
        tag = shorten(str(node.tag).replace(_TAG, "!!"))
        place = _place_of_mark(node.start_mark, self._start)
        self._report(place, f"tag {tag}: must be a value without a tag")

    def _report(self, place: Place, message: str) -> None:
        self.problems.append(Problem(str(place), message))
