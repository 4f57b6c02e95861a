"""Paths such as `networks[kang_song].n_sites`: read, and one value of a scenario set by one."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sim.errors import Problem, ScenarioError
from sim.scenario.fields import EVIDENCE_KEYS, Shape, child_shape, field_shapes
from sim.scenario.locate import Loc, Node, Place, Step, located, step_into
from sim.scenario.messages import did_you_mean, key_hint, shorten
from sim.scenario.read import parse

_ELEMENT = re.compile(r"(?:^|\.)([^.\[\]=\s][^.\[\]=]*)|\[([^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Item:
    """The element of a path that chooses an item of a list."""

    label: str  # name of the item, or its index from 0


def parse_path(path: str) -> tuple[str | Item, ...]:
    """
    Return the elements of a path.

    Parameters
    ----------
    path : str
        Such as `networks[kang_song].n_sites` or `networks[1].n_sites`.

    Returns
    -------
    tuple of str or Item
        Keys, and the items of lists.

    Raises
    ------
    ScenarioError
        If the path cannot be read.
    """
    elements: list[str | Item] = []
    end = 0
    while end < len(path):
        match = _ELEMENT.match(path, end)
        if match is None:
            break
        elements.append(match[1] if match[1] is not None else Item(match[2]))
        end = match.end()
    if not elements or end < len(path) or path[0] in ".[":
        message = (
            f"{shorten(path)}: must be a path such as run.duration_h or networks[kang_song].n_sites"
        )
        raise ScenarioError(message)
    return tuple(elements)


def format_path(elements: Sequence[str | Item]) -> str:
    """Return the text of a path."""
    texts = (f"[{e.label}]" if isinstance(e, Item) else f".{e}" for e in elements)
    return "".join(texts).removeprefix(".")


def _item_index(node: Node, label: str) -> int | None:
    """
    Return which item of a list a label means: its name first, else its index.

    Index, None where there is no such item.
    """
    for i, item in enumerate(node.items):
        if item.name == label:
            return i
    if label.isascii() and label.isdigit() and int(label) < len(node.items):
        return int(label)
    return None


def get(root: Node, path: str) -> Node | None:
    """Return what is written at a path. Value, None where nothing is written."""
    node: Node | None = root
    for element in parse_path(path):
        if node is None:
            return None
        step: Step | None = (
            element if isinstance(element, str) else _item_index(node, element.label)
        )
        node = step_into(node, step) if step is not None else None
    return node


@dataclass(frozen=True, slots=True)
class Override:
    """One `PATH=VALUE`."""

    text: str  # as the user wrote it
    path: str  # path
    elements: tuple[str | Item, ...]  # elements of the path
    value: Node  # value

    @property
    def place(self) -> Place:
        """Return how messages name the override."""
        return _place(self.text)


def _place(text: str) -> Place:
    return Place(f"--set {shorten(text)}")


def parse_override(text: str) -> Override:
    """
    Read a `PATH=VALUE`.

    Parameters
    ----------
    text : str
        As the user wrote it.

    Returns
    -------
    Override
        What it sets.

    Raises
    ------
    ScenarioError
        If it cannot be read.
    """
    # A name within brackets may hold an equals sign.
    match = re.match(r"((?:\[[^\[\]]*\]|[^\[\]=])+)=(.*)\Z", text, re.DOTALL)
    if match is None:
        raise ScenarioError(
            Problem(str(_place(text)), "must be PATH=VALUE, such as run.duration_h=2")
        )
    path = match[1].strip()
    try:
        elements = parse_path(path)
    except ScenarioError as error:
        raise ScenarioError(Problem(str(_place(text)), error.problems[0].message)) from error
    return Override(text, path, elements, parse(match[2], _place(text)))


def override_of(path: str, value: object) -> Override:
    """
    Return the override that sets a path to a value.

    Parameters
    ----------
    path : str
        Path.
    value : object
        Plain value: a single one, a mapping or a list.

    Returns
    -------
    Override
        The same as that of the text PATH=VALUE, its value in JSON.

    Raises
    ------
    ScenarioError
        If the path cannot be read.
    """
    text = f"{path}={json.dumps(value, ensure_ascii=False)}"
    return Override(text, path, parse_path(path), located(value, _place(text)))


def with_override(root: Node, override: Override, top: type[BaseModel]) -> Node:
    """Return a scenario with one value set."""
    return _Setting(override, top).apply(root)


class _Setting:
    """Walks a tree and the schema along one path."""

    def __init__(self, override: Override, top: type[BaseModel]) -> None:
        self._override = override
        self._top = top

    def apply(self, root: Node) -> Node:
        return self._set(root, Shape("section", section=self._top), ())

    def _fail(self, loc: Loc, message: str) -> ScenarioError:
        """Return the error about the element that follows a location."""
        path = format_path(self._override.elements[: len(loc) + 1])
        return ScenarioError(Problem(str(self._override.place), f"{shorten(path)}: {message}"))

    def _set(self, node: Node, shape: Shape | None, loc: Loc) -> Node:
        depth = len(loc)
        if depth == len(self._override.elements):
            return self._override.value
        element = self._override.elements[depth]
        if isinstance(element, Item):
            return self._set_item(node, shape, loc, element.label)
        self._check_key(node, shape, loc, element)
        below = child_shape(shape, element)
        child = node.mapping.get(element) or self._default(shape, element, below)
        place = self._override.place
        children = node.mapping | {element: self._set(child, below, (*loc, element))}
        return Node(children, node.place, {element: place} | node.key_places)

    def _set_item(self, node: Node, shape: Shape | None, loc: Loc, label: str) -> Node:
        if shape is None or shape.kind != "list":
            raise self._fail(loc, "chooses an item, but this is not a list")
        node = node.mapping.get(
            "value", node
        )  # one number of a profile with evidence fixes it whole
        index = _item_index(node, label)
        if index is None:
            names = [item.name for item in node.items if item.name is not None]
            known = names or [str(i) for i in range(len(node.items))]
            raise self._fail(loc, f"unknown item; {did_you_mean(label, known, 'items')}")
        items = list(node.items)
        items[index] = self._set(items[index], child_shape(shape, index), (*loc, index))
        return Node(items, node.place)

    def _check_key(self, node: Node, shape: Shape | None, loc: Loc, key: str) -> None:
        """Raise unless the key may stand here."""
        if shape is None or shape.kind == "mapping":
            return
        if shape.section is not None:
            known = list(field_shapes(shape.section))
            if key not in known:
                raise self._fail(loc, f"unknown key; {key_hint(key, known, self._top)}")
            return
        if shape.kind == "list":
            raise self._fail(loc, "follows a list: choose an item, such as [0] or [name]")
        if not shape.takes_evidence or "value" not in node.mapping:
            raise self._fail(loc, "follows a single value, which has no keys")
        if key not in EVIDENCE_KEYS:
            raise self._fail(loc, f"unknown key; {did_you_mean(key, EVIDENCE_KEYS, 'keys')}")

    def _default(self, shape: Shape | None, key: str, below: Shape | None) -> Node:
        """Return what an absent key stands for on the way to the value."""
        place = self._override.place
        if shape is None or shape.section is None or below is None or below.kind != "list":
            return Node({} if below is None or below.kind != "scalar" else None, place)
        default = shape.section.model_fields[key].default
        if default is PydanticUndefined or default is None:
            return Node([], place)
        items = [
            item.model_dump(exclude_defaults=False) if isinstance(item, BaseModel) else item
            for item in default
        ]
        return located(items, place)
