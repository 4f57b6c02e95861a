"""Extensions written with their parameters, `{file: cut.py, hours: 2}`: the file in the list, the numbers beside it."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from sim.scenario.locate import Node

_FILES, _PARAMETERS = "extensions", "extension_parameters"


def with_parameters(root: Node) -> Node:
    """
    Return a scenario whose extensions are files, their parameters under `extension_parameters`.

    What stands there already has the last word: a `--set`, or what the file says itself.
    """
    files, given = root.mapping.get(_FILES), root.mapping.get(_PARAMETERS)
    if files is None or not any("file" in item.mapping for item in files.items):
        return root
    listed = Node([item.mapping.get("file", item) for item in files.items], files.place)
    children = {**root.mapping, _FILES: listed}
    known = Node({}, files.place) if given is None else given
    own = {name: node for item in files.items for name, node in _own_parameters(item)}
    if own and isinstance(known.value, dict):
        merged = {**known.mapping, **{name: _over(own[name], known, name) for name in own}}
        places = {name: node.place for name, node in own.items()} | known.key_places
        children[_PARAMETERS] = Node(merged, known.place, places)
    return Node(children, root.place, {_PARAMETERS: files.place} | root.key_places)


def _own_parameters(item: Node) -> Iterator[tuple[str, Node]]:
    """Yield the name of an extension and what stands beside its file, if anything does."""
    file = item.mapping.get("file")
    parameters = {key: node for key, node in item.mapping.items() if key != "file"}
    if parameters and file is not None and isinstance(file.value, str):
        yield extension_name(file.value), Node(parameters, item.place, item.key_places)


def _over(inline: Node, known: Node, name: str) -> Node:
    """Return parameters that stand beside a file, with those that are set apart from it over them."""
    apart = known.mapping.get(name)
    if apart is None:
        return inline
    if not isinstance(apart.value, dict):  # which the check refuses
        return apart
    places = {**inline.key_places, **apart.key_places}
    return Node({**inline.mapping, **apart.mapping}, apart.place, places)


def extension_name(file: str) -> str:
    """
    Return what an extension is called.

    Parameters
    ----------
    file : str
        Name of its file.

    Returns
    -------
    str
        The same without folder and `.py`.
    """
    return PurePosixPath(file).stem
