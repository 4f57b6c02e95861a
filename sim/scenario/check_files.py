"""Whether the files that a scenario names are there and can be opened."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.scenario.evidence import Finding
from sim.scenario.fixed_section import Fixed
from sim.scenario.locate import Loc
from sim.scenario.messages import given
from sim.scenario.networks_section import Network
from sim.scenario.region_section import Population, Region, Terrain
from sim.scenario.sections import Section
from sim.scenario.tables_beside import (
    FIXED_FILES,
    MAX_FILE_BYTES,
    MAX_RASTER_BYTES,
    POPULATION_FILES,
    REGION_FILES,
    TERRAIN_FILES,
)


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
        loc = ("networks", i, "sites_file")
        yield loc, network.sites_file, "a CSV, GeoJSON or KML", MAX_FILE_BYTES


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
