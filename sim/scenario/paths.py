"""Paths such as `networks[kang_song].n_sites`: read, get and set."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import ScenarioError
from sim.scenario.locate import Node, Step, step_into
from sim.scenario.messages import shorten

EVIDENCE_KEYS = ("value", "low", "high", "source", "confidence", "note")
"""Keys of a value that is written with its evidence."""

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


def item_index(node: Node, label: str) -> int | None:
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
        step: Step | None = element if isinstance(element, str) else item_index(node, element.label)
        node = step_into(node, step) if step is not None else None
    return node
