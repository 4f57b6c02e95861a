"""Files that a scenario names, beside it: which there are, where they lie, and whether they can be opened."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sim.scenario.evidence import Finding
from sim.scenario.find import is_name
from sim.scenario.fixed_section import Fixed
from sim.scenario.locate import Loc, Node
from sim.scenario.messages import given
from sim.scenario.networks_section import Network
from sim.scenario.region_section import Population, Region, Terrain
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

POPULATION_FILES = {"raster_file": "a GeoTIFF", "settlement_classes_file": "a GeoTIFF"}
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
    for network in scenario.networks:
        names += [file for _, file in _site_files(network)]
    names += [getattr(scenario.fixed, key) for key in FIXED_FILES]
    names += scenario.extensions
    return tuple(name for name in names if name is not None)


def _site_files(network: Network) -> Iterator[tuple[Loc, str | None]]:
    """Yield where a network names files of sites, and the files."""
    yield ("sites_file",), network.sites_file
    if network.reference_sites is not None:
        yield ("reference_sites", "sites_file"), network.reference_sites.sites_file
    for i, off in enumerate(network.sites_off):
        yield ("sites_off", i, "sites_file"), off.sites_file


def with_files(scenario: Scenario, rename: Callable[[str], str]) -> Scenario:
    """Return a scenario that names its files otherwise."""

    def _of(section: Section, keys: Iterable[str]) -> dict[str, object]:
        return {key: rename(name) for key in keys if (name := getattr(section, key)) is not None}

    networks = []
    for network in scenario.networks:
        update = _of(network, ("sites_file",))
        if (reference := network.reference_sites) is not None:
            update["reference_sites"] = reference.model_copy(update=_of(reference, ("sites_file",)))
        update["sites_off"] = tuple(
            off.model_copy(update=_of(off, ("sites_file",))) for off in network.sites_off
        )
        networks.append(network.model_copy(update=update))
    region, fixed = scenario.region, scenario.fixed
    terrain, population = scenario.terrain, scenario.population
    files = {"files": tuple(map(rename, terrain.files))}
    changed = {
        "region": region.model_copy(update=_of(region, REGION_FILES)),
        "terrain": terrain.model_copy(update=files | _of(terrain, TERRAIN_FILES)),
        "population": population.model_copy(update=_of(population, POPULATION_FILES)),
        "networks": tuple(networks),
        "fixed": fixed.model_copy(update=_of(fixed, FIXED_FILES)),
        "extensions": tuple(map(rename, scenario.extensions)),
    }
    return scenario.model_copy(update=changed)


def without_folders(scenario: Scenario) -> Scenario:
    """Return a scenario whose files are named without their folders. The same wherever its files lie."""
    return with_files(scenario, lambda name: PurePosixPath(name).name)


def seen_from(root: Node, own: Path, folder: Path) -> Node:
    """Return a base file with its files named from the folder of the scenario that uses it."""
    if own == folder:
        return root

    def _rename(name: str) -> str:
        return Path(os.path.relpath(own / name, folder)).as_posix()

    def _rename_path(name: str) -> str:
        return name if is_name(name) else _rename(name)

    children = dict(root.mapping)
    networks, subscribers = children.get("networks"), children.get("subscribers")
    if subscribers is not None and subscribers.mapping:
        children["subscribers"] = _renamed(subscribers, ("placed_as",), _rename_path)
    for section, keys in _FILES_OF.items():
        node = children.get(section)
        if node is not None and node.mapping:
            children[section] = _renamed(node, tuple(keys), _rename)
    if networks is not None and networks.items:
        named = [_renamed_sites(item, _rename) for item in networks.items]
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


def _renamed_sites(network: Node, rename: Callable[[str], str]) -> Node:
    """Return a network with its files of sites named anew."""
    network = _renamed(network, ("sites_file",), rename)
    children = dict(network.mapping)
    reference, off = children.get("reference_sites"), children.get("sites_off")
    if reference is not None and reference.mapping:
        children["reference_sites"] = _renamed(reference, ("sites_file",), rename)
    if off is not None and off.items:
        items = [_renamed(item, ("sites_file",), rename) for item in off.items]
        children["sites_off"] = Node(items, off.place)
    return Node(children, network.place, network.key_places) if children else network


def _renamed_items(node: Node, rename: Callable[[str], str]) -> Node:
    """Return a list of names, or of mappings with a `file`, with all of them changed."""
    items = [
        Node(rename(item.value), item.place)
        if isinstance(item.value, str)
        else _renamed(item, ("file",), rename)
        for item in node.items
    ]
    return Node(items, node.place)


def check_files(sections: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """Check that the files that a scenario names are there and can be read."""
    for name, find in _FILES.items():
        if name in sections:
            for loc, file, what, max_bytes in find(sections[name]):
                yield from _check_file(loc, file, folder, what, max_bytes)


_Found = Iterator[tuple[Loc, str | None, str, int]]


def _of_keys(
    section: Section, name: str, keys: Mapping[str, str], max_bytes: int = MAX_FILE_BYTES
) -> _Found:
    """Yield where each file of a section is named, its name, what it must be and its largest size."""
    for key, what in keys.items():
        yield (name, key), getattr(section, key), what, max_bytes


def _of_region(region: Region) -> _Found:
    if region.source == "geojson":
        yield from _of_keys(region, "region", REGION_FILES)


def _of_terrain(terrain: Terrain) -> _Found:
    for i, name in enumerate(terrain.files):
        yield ("terrain", "files", i), name, "a GeoTIFF or an SRTM .hgt tile", MAX_RASTER_BYTES
    yield from _of_keys(terrain, "terrain", TERRAIN_FILES, MAX_RASTER_BYTES)


def _of_population(population: Population) -> _Found:
    yield from _of_keys(population, "population", POPULATION_FILES, MAX_RASTER_BYTES)


def _of_networks(networks: tuple[Network, ...]) -> _Found:
    for i, network in enumerate(networks):
        for loc, file in _site_files(network):
            what = "a CSV" if "sites_off" in loc else "a CSV, GeoJSON or KML"
            yield ("networks", i, *loc), file, what, MAX_FILE_BYTES


def _of_fixed(fixed: Fixed) -> _Found:
    if fixed.source != "none":
        yield from _of_keys(fixed, "fixed", FIXED_FILES)


def _of_extensions(extensions: tuple[str, ...]) -> _Found:
    for i, name in enumerate(extensions):
        yield ("extensions", i), name, "a Python file", MAX_FILE_BYTES


_FILES: dict[str, Callable[[Any], _Found]] = {
    "region": _of_region,
    "terrain": _of_terrain,
    "population": _of_population,
    "networks": _of_networks,
    "fixed": _of_fixed,
    "extensions": _of_extensions,
}
"""Where each section names its files, in the order of the messages."""


def _check_file(
    loc: Loc, name: str | None, folder: Path, what: str, max_bytes: int
) -> Iterator[Finding]:
    """Check that a file that is named can be opened."""
    if name is None:
        return
    path = folder / name
    try:
        is_file = path.is_file()
        n_bytes = path.stat().st_size if is_file else 0
        if is_file:
            with path.open("rb"):
                pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        yield Finding(loc, f" = {given(name)}: cannot be read: {reason}")
        return
    if not is_file:
        yield Finding(loc, f" = {given(name)}: no such file; must be {what} beside the scenario")
    elif n_bytes > max_bytes:
        message = f"is {n_bytes / 1e6:.1f} MB: must be at most {max_bytes / 1e6:,.0f} MB"
        yield Finding(loc, f" = {given(name)}: {message}")
