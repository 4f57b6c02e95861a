"""Provinces from a user's GeoJSON: their form, range and overlaps, every problem named by its feature."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.errors import Problem
from sim.scenario.find import label_of
from sim.scenario.messages import DEGREES_SPARE, FULL_CIRCLE, given, shorten
from sim.scenario.region_section import ProvinceKeys
from sim.world.country import Province
from sim.world.input_files import kind_of, list_features, load_json, raise_first

MAX_POSITIONS = 1_000_000
"""Most positions of a geometry (house limit)."""

OVERLAP_SHARE = 0.01
"""Overlap, of the smaller of two provinces, that is taken for a sliver of careless borders (house limit). [1]"""

_DEPTH = {"Polygon": 1, "MultiPolygon": 2}


class _MalformedError(ValueError):
    """A geometry is not what GeoJSON asks for."""


def _make_outline(geometry: Any) -> BaseGeometry | str:  # noqa: ANN401  # JSON
    """
    Return the outline of a GeoJSON geometry.

    Polygon or multipolygon on WGS 84, valid and not empty; or what is wrong [deg].
    """
    try:
        polygons = [[_on_globe(ring) for ring in rings] for rings in _polygons(geometry)]
        _require_range(np.concatenate([ring for rings in polygons for ring in rings]))
    except _MalformedError as error:
        return f"geometry {error}"
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    outline: BaseGeometry = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    reason = str(shapely.is_valid_reason(outline))
    if reason != "Valid Geometry":
        kind, _, place = reason.partition("[")
        at = f" at longitude and latitude {place.rstrip(']')}" if place else ""
        return f"geometry is invalid, {kind.lower()}{at}: must be polygons that do not cross themselves; repair it"
    if not outline.area > 0.0:
        return "geometry has no area: must be a polygon"
    return outline


def _polygons(geometry: Any) -> list[list[NDArray[np.float64]]]:  # noqa: ANN401  # JSON
    """Return the rings of each polygon."""
    if geometry is None:
        raise _MalformedError("is missing: must be a Polygon or MultiPolygon")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise _MalformedError(f"of type {given(kind)}: must be a Polygon or MultiPolygon")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise _MalformedError("is empty: must be a Polygon or MultiPolygon with coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    n_positions = 0
    result = []
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise _MalformedError("has an empty polygon: leave it out")
        rings = [_ring(ring) for ring in polygon]
        n_positions += sum(len(ring) for ring in rings)
        if n_positions > MAX_POSITIONS:
            message = f"has more than {MAX_POSITIONS:,} positions: simplify the outlines"
            raise _MalformedError(message)
        result.append(rings)
    return result


def _ring(ring: Any) -> NDArray[np.float64]:  # noqa: ANN401  # JSON
    """Return the positions of a ring."""
    if not isinstance(ring, list) or len(ring) < 4:
        raise _MalformedError("has a ring of fewer than four positions: must be closed polygons")
    for position in ring:
        if not isinstance(position, list) or not 2 <= len(position) <= 4:
            shown = given(position)
            raise _MalformedError(f"has the position {shown}: must be [longitude, latitude]")
        if not all(_is_finite(value) for value in position):
            shown = given(position)
            raise _MalformedError(f"has the position {shown}: must be two finite numbers")
    if ring[0][:2] != ring[-1][:2]:
        raise _MalformedError("has an open ring: its last position must be its first")
    return np.array([position[:2] for position in ring], np.float64)


def _is_finite(value: Any) -> bool:  # noqa: ANN401  # JSON
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _on_globe(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions, those that overstep the globe's ends by rounding brought back to them."""
    ends = np.array([180.0, 90.0])
    near = np.abs(positions) <= ends + DEGREES_SPARE
    return np.where(near, np.clip(positions, -ends, ends), positions)


def _require_range(positions: NDArray[np.float64]) -> None:
    """Raise what is wrong with the range of positions."""
    longitude_deg, latitude_deg = positions[:, 0], positions[:, 1]
    if np.abs(longitude_deg).max() > 180.0 or np.abs(latitude_deg).max() > 90.0:
        worst = np.argmax(np.maximum(np.abs(longitude_deg) / 180.0, np.abs(latitude_deg) / 90.0))
        shown = f"[{longitude_deg[worst]:.8g}, {latitude_deg[worst]:.8g}]"
        is_swapped = np.abs(longitude_deg).max() <= 90.0 and np.abs(latitude_deg).max() <= 180.0
        is_circle = longitude_deg.min() >= 0.0 and longitude_deg.max() <= 360.0
        hint = "are these metres of a projection? Reproject the file to EPSG:4326"
        if is_swapped:
            hint = "are longitude and latitude swapped? Longitude comes first"
        elif is_circle and np.abs(latitude_deg).max() <= 90.0:
            hint = FULL_CIRCLE
        message = f"has the position {shown}: must be degrees within +-180 and +-90; {hint}"
        raise _MalformedError(message)
    if np.ptp(longitude_deg) > 180.0:
        message = (
            f"reaches from longitude {longitude_deg.min():.4g} to {longitude_deg.max():.4g}: "
            "must not cross the antimeridian; leave out what lies beyond it"
        )
        raise _MalformedError(message)


def _widest_deg(outlines: Sequence[BaseGeometry]) -> float:
    """Return over how many degrees of longitude outlines reach."""
    west, _, east, _ = shapely.total_bounds(np.array(outlines, dtype=object))
    return float(east - west)


def _find_overlaps(outlines: Sequence[BaseGeometry]) -> Iterator[tuple[int, int, float]]:
    """Find outlines that overlap by more than a sliver."""
    shapes = np.array(outlines, dtype=object)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    for i, k in sorted((int(i), int(k)) for i, k in pairs if i < k):
        # Both lie at the same latitude: a share of square degrees is a share of the area, nearly enough.
        common = shapely.intersection(shapes[i], shapes[k]).area
        share = common / min(shapes[i].area, shapes[k].area)
        if share > OVERLAP_SHARE:
            yield i, k, float(share)


MAX_FILE_BYTES = 20_000_000
"""Largest file of provinces (house limit): outlines finer than the squares are of no use. [B]"""

MAX_PROVINCES = 250
"""Most provinces (house limit): tables number them in one byte."""

MAX_PEOPLE = 2_000_000_000
"""Most people of a province, as of a whole country (house limit)."""

MAX_CODE, MAX_NAME = 16, 80
"""Longest code and name of a province."""

RESERVED_CODES = ("all", "none")
"""Words that stand for something else where results name a province."""

_TOO_LARGE = "simplify the outlines to about half the side of a square, which loses nothing"


def read_provinces_file(path: Path, keys: ProvinceKeys) -> tuple[Province, ...]:
    """Return the provinces of a GeoJSON. Provinces in the order of the file."""
    label = label_of(path)
    root = load_json(path, label, "provinces_file", MAX_FILE_BYTES, _TOO_LARGE)
    features = list_features(root, label, "province", MAX_PROVINCES, "join provinces")
    problems: list[Problem] = []
    provinces: list[Province] = []
    numbers: list[int] = []
    first_use: dict[str, int] = {}
    for number, feature in enumerate(features, 1):
        province, found = _read_feature(feature, keys)
        code = _code_of(feature, keys)
        if code is not None and code in first_use:
            found.append(
                f"{keys.code} = {given(code)}: already that of feature {first_use[code]}; "
                "must be unique (the parts of a province are one MultiPolygon)"
            )
        elif code is not None:
            first_use[code] = number
        where = _where(label, number, code)
        problems.extend(Problem(where, message) for message in found)
        if province is not None:
            provinces.append(province)
            numbers.append(number)
    if not problems:
        problems.extend(_between(provinces, numbers, label))
    raise_first(problems, label)
    return tuple(provinces)


def _read_feature(
    feature: Any,  # noqa: ANN401  # JSON
    keys: ProvinceKeys,
) -> tuple[Province | None, list[str]]:
    """Return a province, or what is wrong with its feature."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, [f"is {kind_of(feature)}: must be of type 'Feature'"]
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        properties = {}
    problems = [
        *_text_problems(properties, keys.code, MAX_CODE, may_be_number=True),
        *_text_problems(properties, keys.name, MAX_NAME),
        *_people_problems(properties, keys.population),
    ]
    if _text(properties.get(keys.code)) in RESERVED_CODES:
        words = ", ".join(RESERVED_CODES)
        problems.append(f"{keys.code}: must not be one of {words}, which mean something else")
    outline = _make_outline(feature.get("geometry"))
    if not isinstance(outline, BaseGeometry):
        problems.append(outline)
    if problems or not isinstance(outline, BaseGeometry):
        return None, problems
    code, name = _text(properties[keys.code]), _text(properties[keys.name])
    return Province(code, name, int(properties[keys.population]), outline), []


def _text(value: Any) -> str:  # noqa: ANN401  # JSON
    """Return a text, or a whole number as it is written, also one to which a table has given a decimal point."""
    return value if isinstance(value, str) else str(int(value) if _is_whole(value) else value)


def _is_whole(value: Any) -> bool:  # noqa: ANN401  # JSON
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or value.is_integer()


def _code_of(feature: Any, keys: ProvinceKeys) -> str | None:  # noqa: ANN401  # JSON
    """Return the code of a feature, if it has one."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    value = properties.get(keys.code) if isinstance(properties, dict) else None
    if not isinstance(value, str) and not _is_whole(value):
        return None
    return _text(value) if len(_text(value)) <= MAX_CODE else None


def _text_problems(
    properties: dict[str, Any], key: str, longest: int, *, may_be_number: bool = False
) -> Iterator[str]:
    """Yield what is wrong with a text among the properties."""
    value = properties.get(key)
    if value is None:
        yield _missing(properties, key)
    elif not isinstance(value, str) and not (may_be_number and _is_whole(value)):
        yield f"{key} = {given(value)}: must be text"
    elif not (1 <= len(_text(value)) <= longest):
        yield f"{key} = {given(value)}: must be 1 to {longest} characters"
    elif _text(value) != _text(value).strip() or not _text(value).isprintable():
        yield f"{key} = {given(value)}: must be printable, without blanks at its ends"


def _people_problems(properties: dict[str, Any], key: str) -> Iterator[str]:
    """Yield what is wrong with the number of people."""
    value = properties.get(key)
    if value is None:
        yield _missing(properties, key)
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN fulfils no comparison.
    if not is_number or not 0 <= value <= MAX_PEOPLE or value != int(value):
        yield f"{key} = {given(value)}: must be a whole number, 0 to {MAX_PEOPLE:,}"


def _missing(properties: dict[str, Any], key: str) -> str:
    there = ", ".join(shorten(str(name)) for name in list(properties)[:12]) or "none"
    return f"property {given(key)}: missing; properties: {there} (region.province_keys can name another)"


def _between(
    provinces: Sequence[Province], numbers: Sequence[int], label: str
) -> Iterator[Problem]:
    """Yield what is wrong between provinces that are in order by themselves."""
    outlines = [province.outline for province in provinces]
    width_deg = _widest_deg(outlines)
    if width_deg > 180.0:
        message = (
            f"reaches over {width_deg:.1f} degrees of longitude: must not cross the antimeridian; "
            "leave out what lies beyond it"
        )
        yield Problem(label, message)
        return
    for i, k, share in _find_overlaps(outlines):
        where = f"{label}: features {numbers[i]} and {numbers[k]}"
        message = (
            f"{provinces[i].code} and {provinces[k].code} overlap by {100.0 * share:.1f} % of the smaller: must not "
            "overlap by more than a sliver of 1 %; cut one from the other"
        )
        yield Problem(where, message)


def _where(label: str, number: int, code: str | None) -> str:
    return f"{label}: feature {number}" + (f" ({shorten(code)})" if code else "")
