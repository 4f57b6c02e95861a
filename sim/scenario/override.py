"""Overrides: one value of a scenario set by its path."""

import json
import re
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sim.errors import Problem, ScenarioError
from sim.scenario.fields import Shape, child_shape, field_shapes
from sim.scenario.hints import key_hint
from sim.scenario.locate import Loc, Node, Place, located
from sim.scenario.messages import did_you_mean, shorten
from sim.scenario.paths import EVIDENCE_KEYS, Item, format_path, item_index, parse_path
from sim.scenario.read import parse


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
    """Read a `PATH=VALUE`."""
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
        index = item_index(node, label)
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
