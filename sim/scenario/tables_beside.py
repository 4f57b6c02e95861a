"""Files that a scenario names: tables and outlines that lie beside it and belong to it."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from sim.scenario.locate import Node
from sim.scenario.schema import Scenario
from sim.scenario.sections import Section

MAX_FILE_BYTES = 50_000_000
"""Largest file beside a scenario, rasters excepted (house limit). [B]"""

MAX_RASTER_BYTES = 2_000_000_000
"""Largest raster (house limit): a country at 30 m; its contents are read for the run's id, a second or two. [B]"""

REGION_FILES = {"provinces_file": "a GeoJSON", "settlements_file": "a CSV"}
"""Keys of `region` that name a file, and what it must be."""

TERRAIN_FILES = {"clutter_file": "a GeoTIFF"}
"""Keys of `terrain` that name a file, and what it must be; `files` names a list of them."""

POPULATION_FILES = {"raster_file": "a GeoTIFF"}
"""Keys of `population` that name a file, and what it must be."""

FIXED_FILES = {
    "exchanges_file": "a CSV",
    "trunk_groups_file": "a CSV",
    "graph_file": "a GraphML",
    "rotas_file": "a CSV",
}
"""Keys of `fixed` that name a file, and what it must be."""

_FILES_OF = {
    "region": REGION_FILES,
    "terrain": TERRAIN_FILES,
    "population": POPULATION_FILES,
    "fixed": FIXED_FILES,
}


def named_files(scenario: Scenario) -> tuple[str, ...]:
    """Return the files that a scenario names."""
    names = [getattr(scenario.region, key) for key in REGION_FILES]
    names += scenario.terrain.files
    names += [getattr(scenario.terrain, key) for key in TERRAIN_FILES]
    names += [getattr(scenario.population, key) for key in POPULATION_FILES]
    names += [network.sites_file for network in scenario.networks]
    names += [getattr(scenario.fixed, key) for key in FIXED_FILES]
    names += scenario.extensions
    return tuple(name for name in names if name is not None)


def without_folders(scenario: Scenario) -> Scenario:
    """Return a scenario whose files are named without their folders. The same wherever its files lie."""

    def _bare(section: Section, keys: Iterable[str]) -> dict[str, object]:
        return {
            key: PurePosixPath(name).name
            for key in keys
            if (name := getattr(section, key)) is not None
        }

    networks = tuple(
        network.model_copy(update={"sites_file": PurePosixPath(network.sites_file).name})
        if network.sites_file is not None
        else network
        for network in scenario.networks
    )
    region, fixed = scenario.region, scenario.fixed
    terrain, population = scenario.terrain, scenario.population
    changed = {
        "region": region.model_copy(update=_bare(region, REGION_FILES)),
        "terrain": terrain.model_copy(
            update={"files": _bare_names(terrain.files)} | _bare(terrain, TERRAIN_FILES)
        ),
        "population": population.model_copy(update=_bare(population, POPULATION_FILES)),
        "networks": networks,
        "fixed": fixed.model_copy(update=_bare(fixed, FIXED_FILES)),
        "extensions": _bare_names(scenario.extensions),
    }
    return scenario.model_copy(update=changed)


def _bare_names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(PurePosixPath(name).name for name in names)


def seen_from(root: Node, own: Path, folder: Path) -> Node:
    """Return a base file with its files named from the folder of the scenario that uses it."""
    if own == folder:
        return root

    def _rename(name: str) -> str:
        return Path(os.path.relpath(own / name, folder)).as_posix()

    children = dict(root.mapping)
    networks = children.get("networks")
    for section, keys in _FILES_OF.items():
        node = children.get(section)
        if node is not None and node.mapping:
            children[section] = _renamed(node, tuple(keys), _rename)
    if networks is not None and networks.items:
        named = [_renamed(item, ("sites_file",), _rename) for item in networks.items]
        children["networks"] = Node(named, networks.place)
    extensions, terrain = children.get("extensions"), children.get("terrain")
    if extensions is not None and extensions.items:
        children["extensions"] = _renamed_items(extensions, _rename)
    if terrain is not None and terrain.mapping:
        files = terrain.mapping.get("files")
        if files is not None and files.items:
            parts = dict(terrain.mapping) | {"files": _renamed_items(files, _rename)}
            children["terrain"] = Node(parts, terrain.place, terrain.key_places)
    return Node(children, root.place, root.key_places)


def _renamed(node: Node, keys: tuple[str, ...], rename: Callable[[str], str]) -> Node:
    """Return a mapping with the names under some keys changed."""
    children = dict(node.mapping)
    for key in keys:
        entry = children.get(key)
        if entry is not None and isinstance(entry.value, str):
            children[key] = Node(rename(entry.value), entry.place)
    return Node(children, node.place, node.key_places) if node.mapping else node


def _renamed_items(node: Node, rename: Callable[[str], str]) -> Node:
    """Return a list of names with all of them changed."""
    items = [
        Node(rename(item.value), item.place) if isinstance(item.value, str) else item
        for item in node.items
    ]
    return Node(items, node.place)
