"""Merging a scenario into the one it is based on."""

from sim.scenario.fields import Shape, child_shape
from sim.scenario.locate import Node


def merged(base: Node, child: Node, shape: Shape | None) -> Node:
    """
    Return a base with a child laid over it.

    Mappings merge key by key; lists whose items are all mappings with a `name` merge by name, new items at the end;
    everything else is replaced. A value with its evidence is one value: the child's takes the place of the base's
    whole, so that no source outlives its number.

    Merged tree; every value keeps the place where it was written.
    """
    if shape is not None and shape.is_parameter:
        return child
    if isinstance(base.value, dict) and isinstance(child.value, dict):
        return _merged_mapping(base, child, shape)
    if _is_named_list(base) and _is_named_list(child):
        return _merged_list(base, child, shape)
    return child


def _merged_mapping(base: Node, child: Node, shape: Shape | None) -> Node:
    children = dict(base.mapping)
    for key, node in child.mapping.items():
        below = children.get(key)
        children[key] = node if below is None else merged(below, node, child_shape(shape, key))
    return Node(children, child.place, base.key_places | child.key_places)


def _is_named_list(node: Node) -> bool:
    return bool(node.items) and all(item.name is not None for item in node.items)


def _merged_list(base: Node, child: Node, shape: Shape | None) -> Node:
    """Merge by name; a name that the child gives twice stays double, for the check to find."""
    items = list(base.items)
    rest = list(child.items)
    for i, item in enumerate(items):
        match = next((other for other in rest if other.name == item.name), None)
        if match is not None:
            rest = [other for other in rest if other is not match]
            items[i] = merged(item, match, child_shape(shape, 0))
    return Node([*items, *rest], child.place)
