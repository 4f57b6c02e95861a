"""Located values: a scenario's tree in which every value and key knows where it was written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Scalar = str | int | float | bool | None
"""A single value of YAML 1.2."""

Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
"""A value without places."""

Step = str | int
"""A key of a mapping, or the index of a list's item."""

Loc = tuple[Step, ...]
"""Steps from the top of the scenario."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something was written."""

    file: str  # file as the user named it, or the text of a `--set`
    line: int = 0  # and column: place in the file, from 1; 0 where there is none
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place."""

    value: "Scalar | dict[str, Node] | list[Node]"  # value
    place: Place  # where the value begins
    # where each key of a mapping was written
    key_places: dict[str, Place] = field(default_factory=dict)

    @property
    def mapping(self) -> "dict[str, Node]":
        """Return the members of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """Return the items of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def scalar(self) -> Scalar:
        """Return the value itself when it is a single one, else None."""
        return None if isinstance(self.value, dict | list) else self.value

    @property
    def name(self) -> str | None:
        """Return the text under the key `name`, if the node is a mapping that has one."""
        name = self.mapping.get("name")
        return name.value if name is not None and isinstance(name.value, str) else None


def plain(node: Node) -> Plain:
    """
    Return a tree without its places.

    Parameters
    ----------
    node : Node
        Top of the tree.

    Returns
    -------
    Plain
        Value.
    """
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def located(value: object, place: Place) -> Node:
    """Return plain values as a tree that lies at one place."""
    if isinstance(value, dict):
        children = {key: located(child, place) for key, child in value.items()}
        return Node(children, place, dict.fromkeys(children, place))
    if isinstance(value, list | tuple):
        return Node([located(child, place) for child in value], place)
    if not isinstance(value, Scalar):
        raise TypeError(f"{type(value).__name__} is no kind of YAML 1.2")
    return Node(value, place)


def step_into(node: Node, step: Step) -> Node | None:
    """Return the child of a node. Child, None where there is none."""
    if isinstance(step, str):
        return node.mapping.get(step)
    return node.items[step] if 0 <= step < len(node.items) else None


def _descend(root: Node, loc: Loc) -> Iterator[Node]:
    """Yield the nodes along a location for as long as they exist."""
    node: Node | None = root
    for step in loc:
        node = step_into(node, step) if node is not None else None
        if node is None:
            return
        yield node


def place_of(root: Node, loc: Loc, *, of_key: bool = False) -> Place:
    """Return where a location was written, or the nearest enclosing thing that was."""
    nodes = [root, *_descend(root, loc)]
    exists = len(nodes) == len(loc) + 1
    if exists and of_key and loc and isinstance(loc[-1], str):
        return nodes[-2].key_places.get(loc[-1], nodes[-1].place)
    if exists and "value" in nodes[-1].mapping:
        return nodes[-1].mapping["value"].place
    return nodes[-1].place


def format_loc(root: Node, loc: Loc, show: Callable[[str], str] = str) -> str:
    """Return a location as users write it, named items by their name."""
    text = ""
    node: Node | None = root
    for step in loc:
        node = step_into(node, step) if node is not None else None
        if isinstance(step, str):
            text += f".{show(step)}" if text else show(step)
        else:
            name = node.name if node is not None else None
            text += f"[{show(name) if name else step}]"
    return text
