"""Extensions written with their parameters, `{file: cut.py, hours: 2}`: the file in the list, the numbers beside it."""

from pathlib import PurePosixPath

from sim.scenario.locate import Node

_FILES, _PARAMETERS = "extensions", "extension_parameters"


def with_parameters(root: Node) -> Node:
    """Return a scenario whose extensions are files, their parameters under `extension_parameters`."""
    files = root.mapping.get(_FILES)
    if files is None or not any("file" in item.mapping for item in files.items):
        return root
    given = root.mapping.get(_PARAMETERS, Node({}, files.place))
    parameters, places = dict(given.mapping), dict(given.key_places)
    items = []
    for item in files.items:
        file = item.mapping.get("file")
        if file is None:
            items.append(item)
            continue
        items.append(file)
        own = {key: node for key, node in item.mapping.items() if key != "file"}
        if own:
            name = extension_name(str(file.value))
            known = parameters.get(name, Node({}, item.place))
            parameters[name] = Node(
                {**known.mapping, **own}, item.place, {**known.key_places, **item.key_places}
            )
            places.setdefault(name, item.place)
    more = {_FILES: Node(items, files.place)}
    if parameters:
        more[_PARAMETERS] = Node(parameters, given.place, places)
    return Node({**root.mapping, **more}, root.place, {_PARAMETERS: files.place} | root.key_places)


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
