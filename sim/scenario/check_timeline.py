"""Rules of the timeline: dates of the calendar, paths that may change without moving anybody, tables in order."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sim.errors import ScenarioError
from sim.scenario.evidence import Finding
from sim.scenario.fields import Shape, shape_at
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given, must_be, number_hint
from sim.scenario.networks_section import Network
from sim.scenario.paths import Item, parse_path
from sim.scenario.schema import Scenario
from sim.scenario.timeline_section import ANY, LINEAR, STEP, Count, Timeline
from sim.tables import ALL

ASSUMPTION = "assumption"

_MOVES = {
    ("region",), ("grid",), ("terrain",), ("population",), ("seed",), ("run", "world_replication"),
    ("subscribers", "placed_as"),
    *(("networks", key) for key in (
        "name", "province_weight", "rural_weight", "sold_within_km", "placement", "sites", "sites_file", "cells",
        "reference_sites", "sold_by_stage",
    )),
}  # fmt: skip
"""Keys that say where people and sites are."""

_OF_THE_FILE = {
    ("name",), ("notes",), ("base",), ("sources",), ("timeline",), ("run", "start"), ("networks",),
    ("run", "precision"), ("run", "replications"),
}  # fmt: skip
"""Keys that are the same at all dates: the hour is one, so that all dates have the same draws."""

LEAST_COUNTS = 4
"""Counts to which a law of growth can be fitted."""


def check_timeline(timeline: Timeline, sources: Mapping[str, str]) -> Iterator[Finding]:
    """Check dates, paths, tables and sources of a timeline."""
    top: Loc = ("timeline",)
    for i, change in enumerate(timeline.changes):
        loc = (*top, "changes", i)
        yield from _check_date(change.date, (*loc, "date"))
        yield from _check_source(change.source, (*loc, "source"), sources)
        for path, value in change.set.items():
            yield from _check_path(path, (*loc, "set", path), of_key=True)
            yield from _check_whole(path, value, (*loc, "set", path))
    counted: dict[tuple[str, ...], str] = {}
    for i, count in enumerate(timeline.counts):
        loc = (*top, "counts", i)
        yield from _check_path(count.path, (*loc, "path"))
        yield from _check_count(count, loc, sources)
        key = path_key(count.path)
        if key in counted:
            message = f" = {given(count.path)}: is counted by {counted[key]} already"
            yield Finding((*loc, "path"), message)
        counted[key] = count.name
    for i, change in enumerate(timeline.changes):
        for path in change.set:
            if (name := counted.get(path_key(path))) is not None:
                message = f": is counted by {name}; leave one of them out"
                yield Finding((*top, "changes", i, "set", path), message, of_key=True)
    for i, one in enumerate(timeline.published):
        loc = (*top, "published", i)
        yield from _check_date(one.date, (*loc, "date"))
        yield from _check_source(one.source, (*loc, "source"), sources)
    for i, text in enumerate(timeline.dates):
        yield from _check_date(text, (*top, "dates", i))


def check_published(networks: tuple[Network, ...], timeline: Timeline) -> Iterator[Finding]:
    """Check that every published number is of networks that there are."""
    names = [ALL, ANY, *(network.name for network in networks)]
    for i, one in enumerate(timeline.published):
        if one.network not in names:
            hint = did_you_mean(one.network, names, "networks")
            message = f" = {given(one.network)}: unknown network; {hint}"
            yield Finding(("timeline", "published", i, "network"), message)


def path_key(path: str) -> tuple[str, ...]:
    """
    Return the elements of a path as texts.

    Parameters
    ----------
    path : str
        Path.

    Returns
    -------
    tuple of str
        Texts; none where it cannot be read.
    """
    try:
        elements = parse_path(path)
    except ScenarioError:
        return ()
    return tuple(one.label if isinstance(one, Item) else one for one in elements)


def _check_date(text: str, loc: Loc) -> Iterator[Finding]:
    try:
        date.fromisoformat(text)
    except ValueError:
        yield Finding(loc, f" = {given(text)}: must be a date of the calendar")


def _check_source(source: str, loc: Loc, sources: Mapping[str, str]) -> Iterator[Finding]:
    if source != ASSUMPTION and source not in sources:
        hint = did_you_mean(source, [*sources, ASSUMPTION], "sources")
        yield Finding(loc, f" = {given(source)}: unknown source; {hint}")


def _check_path(path: str, loc: Loc, *, of_key: bool = False) -> Iterator[Finding]:
    """Check that a path is one of the schema, and moves neither people nor sites."""
    said = "" if of_key else f" = {given(path)}"
    try:
        elements = parse_path(path)
    except ScenarioError as error:
        yield Finding(loc, f"{said}: {error.problems[0].message}", of_key=of_key)
        return
    names = tuple(one for one in elements if isinstance(one, str))
    shape = _shape(path)
    begins = {names[:k] for k in range(1, len(names) + 1)}
    if begins & _MOVES:
        message = f"{said}: says where people or sites are, and they must be the same at all dates"
        yield Finding(loc, message, of_key=of_key)
    elif names in _OF_THE_FILE:
        yield Finding(loc, f"{said}: must be the same at all dates", of_key=of_key)
    elif shape is None:
        yield Finding(loc, f"{said}: unknown key of a scenario", of_key=of_key)


def _check_whole(path: str, value: Any, loc: Loc) -> Iterator[Finding]:  # noqa: ANN401  # of YAML
    """Check that what is set where a whole number stands is one."""
    shape = _shape(path)
    if shape is None or shape.scalar is not int or shape.kind != "scalar" or shape.choices:
        return
    words = [*([None] * shape.may_be_absent), *([shape.word] * bool(shape.word))]
    if value in words or isinstance(value, dict):  # a mapping is refused already
        return
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
    if not is_whole or not shape.allows(value):
        yield Finding(loc, f" = {given(value)}: {must_be(shape)}{number_hint(value, shape)}")


def _check_count(count: Count, loc: Loc, sources: Mapping[str, str]) -> Iterator[Finding]:
    shape = _shape(count.path)
    if shape is not None and not (shape.kind == "scalar" and shape.scalar is int):
        yield Finding((*loc, "path"), f" = {given(count.path)}: must be a key of a whole number")
    for j, one in enumerate(count.table):
        yield from _check_date(one.date, (*loc, "table", j, "date"))
        yield from _check_source(one.source, (*loc, "table", j, "source"), sources)
        if j and one.date <= count.table[j - 1].date:
            message = (
                f" = {given(one.date)}: must be later than {count.table[j - 1].date} before it"
            )
            yield Finding((*loc, "table", j, "date"), message)
    is_law = count.curve not in (STEP, LINEAR)
    if is_law and len(count.table) < LEAST_COUNTS:
        message = f": has {len(count.table)} counts: a law of growth needs {LEAST_COUNTS} or more"
        yield Finding((*loc, "table"), message)
    if count.launch is not None:
        yield from _check_date(count.launch, (*loc, "launch"))
        if not is_law:
            yield Finding((*loc, "launch"), ": belongs to a law of growth; leave it out")
        elif count.table and count.launch > count.table[0].date:
            message = f" = {given(count.launch)}: must not be later than the first count"
            yield Finding((*loc, "launch"), message)


def _shape(path: str) -> Shape | None:
    """Return what may stand at a path, None where it cannot be read or the schema has none."""
    try:
        elements = parse_path(path)
    except ScenarioError:
        return None
    return shape_at(Scenario, tuple(0 if isinstance(one, Item) else one for one in elements))
