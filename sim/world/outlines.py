"""Outlines of provinces from GeoJSON geometries: their form, their range, and whether they overlap."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.scenario.messages import given

MAX_POSITIONS = 1_000_000
"""Most positions of a geometry (house limit)."""

OVERLAP_SHARE = 0.01
"""Overlap, of the smaller of two provinces, that is taken for a sliver of careless borders (house limit). [1]"""

_DEPTH = {"Polygon": 1, "MultiPolygon": 2}


class _MalformedError(ValueError):
    """A geometry is not what GeoJSON asks for."""


def make_outline(geometry: Any) -> BaseGeometry | str:  # noqa: ANN401  # JSON
    """
    Return the outline of a GeoJSON geometry.

    Polygon or multipolygon on WGS 84, valid and not empty; or what is wrong [deg].
    """
    try:
        polygons = _polygons(geometry)
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


def _require_range(positions: NDArray[np.float64]) -> None:
    """Raise what is wrong with the range of positions."""
    longitude_deg, latitude_deg = positions[:, 0], positions[:, 1]
    if np.abs(longitude_deg).max() > 180.0 or np.abs(latitude_deg).max() > 90.0:
        worst = np.argmax(np.maximum(np.abs(longitude_deg) / 180.0, np.abs(latitude_deg) / 90.0))
        shown = f"[{longitude_deg[worst]:.8g}, {latitude_deg[worst]:.8g}]"
        is_swapped = np.abs(longitude_deg).max() <= 90.0 and np.abs(latitude_deg).max() <= 180.0
        hint = (
            "are longitude and latitude swapped? Longitude comes first"
            if is_swapped
            else "are these metres of a projection? Reproject the file to EPSG:4326"
        )
        message = f"has the position {shown}: must be degrees within +-180 and +-90; {hint}"
        raise _MalformedError(message)
    if np.ptp(longitude_deg) > 180.0:
        message = (
            f"reaches from longitude {longitude_deg.min():.4g} to {longitude_deg.max():.4g}: "
            "must not cross the antimeridian; leave out what lies beyond it"
        )
        raise _MalformedError(message)


def widest_deg(outlines: Sequence[BaseGeometry]) -> float:
    """Return over how many degrees of longitude outlines reach."""
    west, _, east, _ = shapely.total_bounds(np.array(outlines, dtype=object))
    return float(east - west)


def find_overlaps(outlines: Sequence[BaseGeometry]) -> Iterator[tuple[int, int, float]]:
    """Find outlines that overlap by more than a sliver."""
    shapes = np.array(outlines, dtype=object)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    for i, k in sorted((int(i), int(k)) for i, k in pairs if i < k):
        # Both lie at the same latitude: a share of square degrees is a share of the area, nearly enough.
        common = shapely.intersection(shapes[i], shapes[k]).area
        share = common / min(shapes[i].area, shapes[k].area)
        if share > OVERLAP_SHARE:
            yield i, k, float(share)
