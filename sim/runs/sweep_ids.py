"""Ids of very many runs at once: the text of the first scenario with other values put into it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sim.errors import ScenarioError
from sim.runs.provenance import id_parts
from sim.scenario.fields import Shape
from sim.scenario.messages import given, must_be
from sim.scenario.paths import Item, parse_path
from sim.scenario.resolve import LoadedScenario, id_tree
from sim.scenario.sweep_design import Point, shape_of_path

_MARK = "\x00value {}\x00"
_MOST_DISTINCT_TEXTS = 1_000


def quick_ids(kind: str, reference: LoadedScenario, points: Sequence[Point]) -> list[str] | None:
    """
    Return the ids of runs that differ in single values only.

    Id of each run, as `full_id` gives it; None where the runs differ in more than single values.
    """
    paths = [path for path, _ in points[0].settings]
    if len(set(paths)) < len(paths):
        return None
    shapes = [shape_of_path(path) for path in paths]
    if any(shape is None or shape.kind != "scalar" for shape in shapes):
        return None
    segments = _segments(reference, paths)
    if segments is None:
        return None
    known: Sequence[dict[Any, str]] = [{} for _ in paths]
    before, between, after = segments
    head, tail = id_parts(kind, reference)
    start = hashlib.sha256(head + before)
    end = after + tail
    ids: list[str] = []
    for point in points:
        digest = start.copy()
        settings = point.settings
        if len(settings) != len(paths):
            return None
        texts: list[str] = []
        for (path, value), wanted, shape, texts_of in zip(
            settings, paths, shapes, known, strict=True
        ):
            if path != wanted or shape is None:
                return None
            key = (type(value), value)
            text = texts_of.get(key)
            if text is None:
                text = _text(path, value, shape)
                if len(texts_of) < _MOST_DISTINCT_TEXTS:
                    texts_of[key] = text
            texts.append(text)
        for order, piece in between:
            digest.update(texts[order].encode())
            digest.update(piece)
        digest.update(end)
        ids.append(digest.hexdigest())
    return ids


def _text(path: str, value: object, shape: Shape) -> str:
    """Return a value as it stands in the text that is hashed."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape.is_number:
        if not is_number or not shape.allows(value):  # type: ignore[arg-type]  # a number, as asked
            raise ScenarioError(f"{path} = {given(value)}: {must_be(shape)}")
        return json.dumps(shape.scalar(value))
    return json.dumps(value, ensure_ascii=True)


def _segments(
    reference: LoadedScenario, paths: Sequence[str]
) -> tuple[bytes, list[tuple[int, bytes]], bytes] | None:
    """Return the text before the first value, each value with what follows it, and what is left over: nothing."""
    tree = id_tree(reference)
    for i, path in enumerate(paths):
        if not _put(tree, path, _MARK.format(i)):
            return None
    text = json.dumps(
        tree, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
    )
    found = sorted(_places(text, len(paths)))
    if len(found) < len(paths):
        return None
    before = text[: found[0][0]]
    between = []
    for (_, end, order), follows in zip(found, [*found[1:], (len(text), 0, 0)], strict=True):
        between.append((order, text[end : follows[0]].encode()))
    return before.encode(), between, b""


def _places(text: str, n: int) -> Iterator[tuple[int, int, int]]:
    for order in range(n):
        mark = json.dumps(_MARK.format(order))
        at = text.find(mark)
        if at >= 0:
            yield at, at + len(mark), order


def _put(tree: Any, path: str, mark: str) -> bool:  # noqa: ANN401  # plain values of any depth
    """Put a mark in place of a single value; return whether there is one."""
    node = tree
    elements = parse_path(path)
    for depth, element in enumerate(elements):
        step: Any = element
        if isinstance(element, Item):
            if not isinstance(node, list):
                return False
            names = [item.get("name") if isinstance(item, dict) else None for item in node]
            if element.label in names:
                step = names.index(element.label)
            elif element.label.isdigit() and int(element.label) < len(node):
                step = int(element.label)
            else:
                return False
        elif not isinstance(node, dict) or element not in node:
            return False
        if depth == len(elements) - 1:
            if isinstance(node[step], dict | list):
                return False
            node[step] = mark
            return True
        node = node[step]
    return False
