"""GeoJSON as users save it: read strictly, every problem of its form named."""

import json
from pathlib import Path
from typing import Any

from sim.errors import Problem, WorldError
from sim.scenario.messages import given, shorten
from sim.world.given_file import as_utf8, read_given

ADVICE = "save it as GeoJSON, UTF-8, in longitude and latitude on WGS 84"


def load_json(path: Path, label: str, key: str, max_bytes: int, too_large: str) -> Any:  # noqa: ANN401  # JSON
    """Return what a JSON file holds."""
    text = as_utf8(read_given(path, label, key, "GeoJSON", max_bytes, too_large), label, ADVICE)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{label}:{error.lineno}:{error.colno}"
        raise WorldError(Problem(where, f"not JSON: {error.msg}; {ADVICE}")) from error
    except (RecursionError, ValueError) as error:
        raise WorldError(Problem(label, f"not JSON: {shorten(str(error))}; {ADVICE}")) from error


def list_features(root: Any, label: str, each: str, n_most: int, too_many: str) -> list[Any]:  # noqa: ANN401  # JSON
    """Return the features of a collection in degrees on WGS 84."""
    kind = root.get("type") if isinstance(root, dict) else None
    if kind != "FeatureCollection":
        message = (
            f"holds {kind_of(root)}: must be a FeatureCollection with a feature for each {each}"
        )
        raise WorldError(Problem(label, message))
    features = root.get("features")
    if not isinstance(features, list) or not features:
        raise WorldError(Problem(label, f"features: missing or empty; must hold a {each} each"))
    if len(features) > n_most:
        message = f"{len(features):,} features: must be at most {n_most:,}; {too_many}"
        raise WorldError(Problem(label, message))
    crs = _crs_name(root)
    if crs is not None and not crs.upper().endswith(("CRS84", ":4326")):
        message = f"crs = {given(crs)}: must be longitude and latitude on WGS 84; reproject the file to EPSG:4326"
        raise WorldError(Problem(label, message))
    return features


def kind_of(value: Any) -> str:  # noqa: ANN401  # JSON
    """Return what a JSON value is, in words."""
    if isinstance(value, dict):
        kind = value.get("type")
        return f"an object of type {given(kind)}" if kind is not None else "an object without type"
    return "a list" if isinstance(value, list) else "a single value"


def _crs_name(root: dict[str, Any]) -> str | None:
    """Return the reference system that a file of the older GeoJSON names."""
    crs = root.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None
