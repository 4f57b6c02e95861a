"""Provinces from a user's GeoJSON: every feature read strictly, every problem named by its feature."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.messages import given, shorten
from sim.scenario.territory import ProvinceKeys
from sim.world.country import Province
from sim.world.csv_table import MAX_PROBLEMS
from sim.world.geojson import kind_of, list_features, load_json
from sim.world.outlines import find_overlaps, make_outline, widest_deg

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
    if len(problems) > MAX_PROBLEMS:
        more = Problem(label, f"and {len(problems) - MAX_PROBLEMS} more problems like these")
        problems = [*problems[:MAX_PROBLEMS], more]
    if problems:
        raise WorldError(*problems)
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
    outline = make_outline(feature.get("geometry"))
    if not isinstance(outline, BaseGeometry):
        problems.append(outline)
    if problems or not isinstance(outline, BaseGeometry):
        return None, problems
    code, name = _text(properties[keys.code]), _text(properties[keys.name])
    return Province(code, name, int(properties[keys.population]), outline), []


def _text(value: Any) -> str:  # noqa: ANN401  # JSON
    return value if isinstance(value, str) else str(value)


def _code_of(feature: Any, keys: ProvinceKeys) -> str | None:  # noqa: ANN401  # JSON
    """Return the code of a feature, if it has one."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    value = properties.get(keys.code) if isinstance(properties, dict) else None
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, str) and not is_whole:
        return None
    return _text(value) if len(_text(value)) <= MAX_CODE else None


def _text_problems(
    properties: dict[str, Any], key: str, longest: int, *, may_be_number: bool = False
) -> Iterator[str]:
    """Yield what is wrong with a text among the properties."""
    value = properties.get(key)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if value is None:
        yield _missing(properties, key)
    elif not isinstance(value, str) and not (may_be_number and is_whole):
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
    width_deg = widest_deg(outlines)
    if width_deg > 180.0:
        message = (
            f"reaches over {width_deg:.1f} degrees of longitude: must not cross the antimeridian; "
            "leave out what lies beyond it"
        )
        yield Problem(label, message)
        return
    for i, k, share in find_overlaps(outlines):
        where = f"{label}: features {numbers[i]} and {numbers[k]}"
        message = (
            f"{provinces[i].code} and {provinces[k].code} overlap by {100.0 * share:.1f} % of the smaller: must not "
            "overlap by more than a sliver of 1 %; cut one from the other"
        )
        yield Problem(where, message)


def _where(label: str, number: int, code: str | None) -> str:
    return f"{label}: feature {number}" + (f" ({shorten(code)})" if code else "")
