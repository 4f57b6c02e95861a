"""Sites from a GeoJSON or a KML of points, the forms in which lists found on satellite pictures circulate."""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, WorldError
from sim.scenario.messages import given, number, shorten
from sim.scenario.named_files import MAX_FILE_BYTES
from sim.scenario.networks_section import Site
from sim.world.input_files import (
    as_utf8,
    explain,
    kind_of,
    list_features,
    load_json,
    read_bytes,
    within_degrees,
)

PROPERTIES = ("antenna_height_m", "n_sectors", "azimuth_deg", "n_channels")
"""Properties of a feature that say more of a site than its name; others are ignored."""

_TOO_LARGE = "leave out what is no site"
_KML_ADVICE = "save it as KML, UTF-8, from the program that drew it"
_ROOT = re.compile(rb"\s*(?:<\?xml.*?\?>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?kml[\s>]", re.DOTALL)


@dataclass(frozen=True)
class Point:
    """A point with its properties, whatever file it comes from."""

    where: str  # file and number of the feature
    name: str  # name; empty when it has none
    longitude_deg: float  # and latitude_deg: place [deg]
    latitude_deg: float
    properties: dict[str, str]  # what more is said of it, as text


def read_geojson_sites(path: Path, label: str, n_most: int) -> list[Point | Problem]:
    """Return the points of a GeoJSON. Points, or what is wrong with a feature, in the order of the file."""
    root = load_json(path, label, "sites_file", MAX_FILE_BYTES, _TOO_LARGE)
    features = list_features(root, label, "site", n_most, _TOO_LARGE)
    return [_feature(f"{label}: feature {k}", feature) for k, feature in enumerate(features, 1)]


def _feature(where: str, feature: Any) -> Point | Problem:  # noqa: ANN401  # JSON
    """Return the point of a feature, or what is wrong with it."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return Problem(where, f"is {kind_of(feature)}: must be of type 'Feature'")
    geometry = _single(feature.get("geometry"))
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point" or not isinstance(geometry, dict):
        shown = "no geometry" if geometry is None else f"a geometry of type {given(kind)}"
        return Problem(where, _no_point(shown, _parts(geometry)))
    position = geometry.get("coordinates")
    if not isinstance(position, list) or not 2 <= len(position) <= 4:
        return Problem(where, f"has the position {given(position)}: must be [longitude, latitude]")
    if not all(_is_number(value) for value in position[:2]):
        return Problem(where, f"has the position {given(position)}: must be two numbers")
    properties = feature.get("properties")
    texts = {
        key: _text(value)
        for key, value in (properties if isinstance(properties, dict) else {}).items()
        if value is not None
    }
    name = texts.pop("name", "").strip()
    return Point(where, name, float(position[0]), float(position[1]), texts)


def _single(geometry: Any) -> Any:  # noqa: ANN401  # JSON
    """Return the only part of a geometry of several parts, as which programs write every one; others as they are."""
    parts = _parts(geometry)
    if len(parts) != 1:
        return geometry
    is_collection = geometry["type"] == "GeometryCollection"
    return _single(parts[0]) if is_collection else {"type": "Point", "coordinates": parts[0]}


def _parts(geometry: Any) -> list[Any]:  # noqa: ANN401  # JSON
    """Return the parts of a geometry that may have several; none where it may not."""
    keys = {"MultiPoint": "coordinates", "GeometryCollection": "geometries"}
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    parts = geometry.get(keys[kind]) if isinstance(kind, str) and kind in keys else None
    return parts if isinstance(parts, list) else []


def _no_point(shown: str, parts: Sized) -> str:
    """Return what is wrong with a geometry that is no point."""
    if len(parts) < 2:
        return f"has {shown}: must be a Point; leave it out or draw its middle"
    return (
        f"has {shown} with {len(parts):,} parts: must be a Point; split it into features of one part (in QGIS: "
        "Multipart to singleparts), or leave it out"
    )


def _is_number(value: Any) -> bool:  # noqa: ANN401  # JSON
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or value.bit_length() < 1_000


def _text(value: Any) -> str:  # noqa: ANN401  # JSON
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else str(value)
    return str(value)


def read_kml_sites(path: Path, label: str, n_most: int) -> list[Point | Problem]:
    """Return the points of a KML. Points, or what is wrong with a placemark, in the order of the file."""
    placemarks = [
        element for element in _parse_kml(path, label).iter() if _tag(element) == "Placemark"
    ]
    if not placemarks:
        raise WorldError(Problem(label, "no placemarks: must hold one for each site"))
    if len(placemarks) > n_most:
        message = f"{len(placemarks):,} placemarks: must be at most {n_most:,}; {_TOO_LARGE}"
        raise WorldError(Problem(label, message))
    return [_placemark(f"{label}: placemark {k}", one) for k, one in enumerate(placemarks, 1)]


def _parse_kml(path: Path, label: str) -> ET.Element:
    """Return the root of a KML."""
    data = read_bytes(path, label, "sites_file", "KML", MAX_FILE_BYTES, _TOO_LARGE)
    data = as_utf8(data, label, _KML_ADVICE).encode()
    # Entities are declared in a DOCTYPE; KML has none, and in UTF-8 it can be spelt in one way only.
    for forbidden in (b"<!DOCTYPE", b"<!ENTITY"):
        if forbidden in data:
            line = data.count(b"\n", 0, data.index(forbidden)) + 1
            message = (
                f"holds {forbidden.decode()}: must be plain KML without declarations; take it out"
            )
            raise WorldError(Problem(f"{label}:{line}", message))
    if not _ROOT.match(data):
        raise WorldError(Problem(label, f"is no KML: its first element must be kml; {_KML_ADVICE}"))
    try:
        # The encoding that the file declares is overruled: it could spell what is forbidden in other bytes.
        return ET.fromstring(data, ET.XMLParser(encoding="utf-8"))
    except (ET.ParseError, LookupError, ValueError, RecursionError) as error:
        line = getattr(error, "position", (0, 0))[0]
        where = f"{label}:{line}" if line else label
        message = f"is no XML: {shorten(str(error))}; {_KML_ADVICE}"
        raise WorldError(Problem(where, message)) from error


def _tag(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _placemark(where: str, placemark: ET.Element) -> Point | Problem:
    """Return the point of a placemark, or what is wrong with it."""
    name, texts, shapes = "", {}, []
    for element in placemark:
        tag = _tag(element)
        if tag == "name":
            name = "".join(element.itertext()).strip()
        elif tag == "ExtendedData":
            texts = dict(_extended(element))
        elif tag in (
            "Point",
            "LineString",
            "LinearRing",
            "Polygon",
            "MultiGeometry",
            "Model",
            "Track",
        ):
            shapes.append(element)
    if name:
        where = f"{where} ({shorten(name)})"
    while len(shapes) == 1 and _tag(shapes[0]) == "MultiGeometry" and len(shapes[0]) == 1:
        shapes = list(shapes[0])
    if len(shapes) != 1 or _tag(shapes[0]) != "Point":
        shown = f"a {_tag(shapes[0])}" if shapes else "no geometry"
        is_multiple = len(shapes) == 1 and _tag(shapes[0]) == "MultiGeometry"
        return Problem(where, _no_point(shown, shapes[0] if is_multiple else ()))
    written = [one.text or "" for one in shapes[0].iter() if _tag(one) == "coordinates"]
    fields = written[0].strip().split(",") if len(written) == 1 else []
    if not 2 <= len(fields) <= 3:
        shown = given(written[0].strip() if written else None)
        return Problem(where, f"has the coordinates {shown}: must be longitude,latitude")
    try:
        longitude_deg, latitude_deg = float(fields[0]), float(fields[1])
    except ValueError:
        shown = given(written[0].strip())
        return Problem(where, f"has the coordinates {shown}: must be two numbers")
    return Point(where, name, longitude_deg, latitude_deg, texts)


def _extended(element: ET.Element) -> Iterator[tuple[str, str]]:
    """Yield the names and values of extended data, typed by a schema or not."""
    for one in element.iter():
        key = one.get("name")
        if key is None:
            continue
        if _tag(one) == "SimpleData":
            yield key, (one.text or "").strip()
        elif _tag(one) == "Data":
            values = [part.text or "" for part in one if _tag(part) == "value"]
            yield key, values[0].strip() if values else ""


def make_site(point: Point, spare_name: str) -> Site | list[Problem]:
    """Return the site of a point."""
    values: Mapping[str, str] = {
        "name": point.name or spare_name,
        "longitude_deg": within_degrees("longitude_deg", repr(point.longitude_deg)),
        "latitude_deg": within_degrees("latitude_deg", repr(point.latitude_deg)),
    } | {key: point.properties[key] for key in PROPERTIES if point.properties.get(key)}
    try:
        return Site.model_validate(values)
    except ValidationError as error:
        swapped = abs(point.longitude_deg) <= 90.0 < abs(point.latitude_deg) <= 180.0
        hint = "; longitude and latitude look swapped: longitude comes first" if swapped else ""
        return [
            Problem(
                point.where,
                explain(detail, values, Site, "site")
                + (hint if detail["loc"][0] == "latitude_deg" else ""),
            )
            for detail in error.errors()
        ]
