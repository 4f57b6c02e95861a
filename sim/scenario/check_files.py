"""Whether the files that a scenario names are there and can be opened."""

from collections.abc import Iterator
from pathlib import Path

from sim.scenario.evidence import Finding
from sim.scenario.fixed_section import Fixed
from sim.scenario.locate import Loc
from sim.scenario.messages import given
from sim.scenario.tables_beside import (
    FIXED_FILES,
    MAX_FILE_BYTES,
    MAX_RASTER_BYTES,
    POPULATION_FILES,
    REGION_FILES,
    TERRAIN_FILES,
)
from sim.scenario.terrain_section import Terrain
from sim.scenario.territory import Network, Population, Region


def check_region_files(region: Region, folder: Path) -> Iterator[Finding]:
    """
    Check that the files of a region can be read.

    Parameters
    ----------
    region : Region
        Section.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        What is wrong.
    """
    if region.source == "geojson":
        for key, what in REGION_FILES.items():
            yield from _check_file(("region", key), getattr(region, key), folder, what)


def check_terrain_files(terrain: Terrain, folder: Path) -> Iterator[Finding]:
    """
    Check that the rasters of the terrain can be read.

    Parameters
    ----------
    terrain : Terrain
        Section.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        What is wrong.
    """
    what = "a GeoTIFF or an SRTM .hgt tile"
    for i, name in enumerate(terrain.files):
        yield from _check_file(("terrain", "files", i), name, folder, what, MAX_RASTER_BYTES)
    for key, what in TERRAIN_FILES.items():
        name = getattr(terrain, key)
        yield from _check_file(("terrain", key), name, folder, what, MAX_RASTER_BYTES)


def check_population_files(population: Population, folder: Path) -> Iterator[Finding]:
    """
    Check that the raster of people can be read.

    Parameters
    ----------
    population : Population
        Section.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        What is wrong.
    """
    for key, what in POPULATION_FILES.items():
        name = getattr(population, key)
        yield from _check_file(("population", key), name, folder, what, MAX_RASTER_BYTES)


def check_sites_files(networks: tuple[Network, ...], folder: Path) -> Iterator[Finding]:
    """
    Check that the tables of sites can be read.

    Parameters
    ----------
    networks : tuple of Network
        Networks.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        What is wrong.
    """
    for i, network in enumerate(networks):
        what = "a CSV, GeoJSON or KML"
        yield from _check_file(("networks", i, "sites_file"), network.sites_file, folder, what)


def check_fixed_files(fixed: Fixed, folder: Path) -> Iterator[Finding]:
    """
    Check that the files of the fixed network can be read.

    Parameters
    ----------
    fixed : Fixed
        Section.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        What is wrong.
    """
    if fixed.source != "none":
        for key, what in FIXED_FILES.items():
            yield from _check_file(("fixed", key), getattr(fixed, key), folder, what)


def check_extension_files(extensions: tuple[str, ...], folder: Path) -> Iterator[Finding]:
    """
    Check that the extensions can be read, each of them once.

    Parameters
    ----------
    extensions : tuple of str
        Section.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        What is wrong.
    """
    for i, name in enumerate(extensions):
        if name in extensions[:i]:
            yield Finding(("extensions", i), f" = {given(name)}: must be unique")
        yield from _check_file(("extensions", i), name, folder, "a Python file")


def _check_file(
    loc: Loc, name: str | None, folder: Path, what: str, max_bytes: int = MAX_FILE_BYTES
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
