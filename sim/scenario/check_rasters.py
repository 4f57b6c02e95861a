"""Rules between keys of region, terrain and population that name rasters."""

import re
from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.messages import given
from sim.scenario.region_section import Population, Region, Terrain

_WHOLE = re.compile(r"-?[0-9]{1,9}")


def check_heights(region: Region, terrain: Terrain) -> Iterator[Finding]:
    """Check that heights come from one place, and from somewhere."""
    from_files = terrain.heights == "files"
    if region.source == "geojson" and not from_files and region.relief is None:
        message = (
            ": missing; must be flat where no heights come with terrain.heights: files, as ground without heights "
            "is never taken for flat unsaid"
        )
        yield Finding(("region", "relief"), message)
    if region.source == "geojson" and from_files and region.relief is not None:
        message = f" = {given(region.relief)}: must be absent where terrain.heights = files"
        yield Finding(("region", "relief"), message, of_key=True)
    if from_files and not terrain.files:
        yield Finding(("terrain", "files"), ": missing; heights = files needs elevation files")
    if terrain.files and not from_files:
        message = f": must be absent where heights = {given(terrain.heights)}; only for files"
        yield Finding(("terrain", "files"), message, of_key=True)
    for i, name in enumerate(terrain.files):
        if name in terrain.files[:i]:
            yield Finding(("terrain", "files", i), f" = {given(name)}: must be named once")
    if region.source == "plain" and from_files:
        message = " = 'files': must be smooth; a plain lies nowhere on the globe and is flat"
        yield Finding(("terrain", "heights"), message)
    if region.source == "plain" and terrain.clutter_file is not None:
        message = (
            f" = {given(terrain.clutter_file)}: must be absent; a plain lies nowhere on the globe"
        )
        yield Finding(("terrain", "clutter_file"), message, of_key=True)
    if terrain.clutter_classes and terrain.clutter_file is None:
        message = ": must be absent; only for clutter_file"
        yield Finding(("terrain", "clutter_classes"), message, of_key=True)
    for value in terrain.clutter_classes:
        if not _WHOLE.fullmatch(value):
            message = ": must be a whole number, as the raster has it"
            yield Finding(("terrain", "clutter_classes", value), message, of_key=True)


def check_relief(region: Region, terrain: Terrain) -> Iterator[Finding]:
    """Check that there are heights between which relief is invented."""
    if region.source != "north_korea" and terrain.heights == "synthetic":
        message = (
            " = 'synthetic': must be smooth or files; relief is invented between the heights that a country has, and "
            f"region.source = {given(region.source)} has none"
        )
        yield Finding(("terrain", "heights"), message)


def check_people(region: Region, population: Population) -> Iterator[Finding]:
    """Check that a raster of people has a place."""
    if region.source == "plain" and population.raster_file is not None:
        message = (
            f" = {given(population.raster_file)}: must be absent; a plain lies nowhere on the globe"
        )
        yield Finding(("population", "raster_file"), message, of_key=True)
