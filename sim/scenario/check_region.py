"""Rules between keys of region, terrain and population."""

import re
from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.memory import PROVINCE_AREA_KM2
from sim.scenario.messages import did_you_mean, given
from sim.scenario.region_section import Population, ProvinceKeys, Region, Terrain

PLAIN_PROVINCE = "plain"
"""The one province of a plain."""

RESERVED_NAMES = ("fixed", "all", "any", "both", "neither", "none")
"""Words that stand for networks in routes and results."""

SHARE_TOLERANCE = 1e-9
"""How far shares may sum to something else than 1, for rounding. [1]"""


def province_codes(region: Region) -> tuple[str, ...] | None:
    """
    Return the codes of a region's provinces, whether simulated or not, as far as the scenario alone says them.

    Codes; None when they stand in a file.
    """
    if region.source == "geojson":
        return None
    return (PLAIN_PROVINCE,) if region.source == "plain" else tuple(PROVINCE_AREA_KM2)


def check_region(region: Region) -> Iterator[Finding]:
    """Check that a region has the keys of its kind."""
    is_plain = region.source == "plain"
    for key in ("width_km", "height_km"):
        side = getattr(region, key)
        if is_plain and side is None:
            yield Finding(("region", key), ": missing; a plain needs width_km and height_km")
        if not is_plain and side is not None:
            message = f" = {given(side)}: must be absent; only a plain has sides"
            yield Finding(("region", key), message, of_key=True)
    yield from _check_file_keys(region)
    if is_plain and region.provinces is not None:
        message = ": must be absent; a plain has no provinces"
        yield Finding(("region", "provinces"), message, of_key=True)
    elif region.provinces is not None:
        yield from _check_provinces(region, region.provinces)


def _check_file_keys(region: Region) -> Iterator[Finding]:
    """Check the keys that a country from files needs, and that others do not have."""
    if region.source == "geojson":
        if region.provinces_file is None:
            message = ": missing; a region from geojson needs the file of its provinces"
            yield Finding(("region", "provinces_file"), message)
        keys = list(region.province_keys.model_dump().values())
        if len(set(keys)) < len(keys):
            message = ": must name a property of its own for each of code, name and population"
            yield Finding(("region", "province_keys"), message)
        return
    for key in ("provinces_file", "settlements_file", "relief", "province_keys"):
        value = getattr(region, key)
        if value not in (None, ProvinceKeys()):
            shown = "" if key == "province_keys" else f" = {given(value)}"
            message = f"{shown}: must be absent; only for source geojson"
            yield Finding(("region", key), message, of_key=True)


def _check_provinces(region: Region, provinces: tuple[str, ...]) -> Iterator[Finding]:
    known = province_codes(region)
    if not provinces:
        yield Finding(("region", "provinces"), " = []: must name a province, or be absent for all")
    for i, code in enumerate(provinces):
        loc: Loc = ("region", "provinces", i)
        if known is not None and code not in known:
            hint = did_you_mean(code, known, "provinces")
            yield Finding(loc, f" = {given(code)}: unknown province; {hint}")
        elif code in provinces[:i]:
            yield Finding(loc, f" = {given(code)}: must be named once")


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
    """Check that rasters of people have a place."""
    for key in ("raster_file", "settlement_classes_file"):
        name = getattr(population, key)
        if region.source == "plain" and name is not None:
            message = f" = {given(name)}: must be absent; a plain lies nowhere on the globe"
            yield Finding(("population", key), message, of_key=True)
