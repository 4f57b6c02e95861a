"""Reading YAML 1.2 into located values: strict, bounded, every duplicate key found."""

import math
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.reader import ReaderError

from sim.errors import Problem, ScenarioError
from sim.scenario.decode import decode
from sim.scenario.locate import Node, Place, Scalar
from sim.scenario.messages import shorten
from sim.scenario.syntax import conflict_problem, first_line, place_of_mark, syntax_problem

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
        problem = conflict_problem(text, start) or syntax_problem(error, start)
        raise ScenarioError(problem) from error
    except ReaderError as error:
        place = _place_of_character(text, int(error.character), start)
        message = (
            f"character U+{int(error.character):04X} is not allowed in YAML: remove it, "
            f'or write it as "\\u{int(error.character):04X}" between double quotes'
        )
        raise ScenarioError(Problem(str(place), message)) from error
    except YAMLError as error:
        raise ScenarioError(Problem(start.file, f"is not YAML: {first_line(error)}")) from error
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
        place = place_of_mark(node.start_mark, start)
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
            place = place_of_mark(node.start_mark, self._start)
            result = Node([self.convert(child) for child in node.value], place)
        self._known[id(node)] = result
        return result

    def _scalar(self, node: YamlNode) -> Node:
        place = place_of_mark(node.start_mark, self._start)
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
            place = place_of_mark(key_node.start_mark, self._start)
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
        return Node(children, place_of_mark(node.start_mark, self._start), key_places)

    def _report_tag(self, node: YamlNode) -> None:
        tag = shorten(str(node.tag).replace(_TAG, "!!"))
        place = place_of_mark(node.start_mark, self._start)
        self._report(place, f"tag {tag}: must be a value without a tag")

    def _report(self, place: Place, message: str) -> None:
        self.problems.append(Problem(str(place), message))
