"""What the years of a scenario found: series of each quantity, and what was published beside it, as plain values."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import sim
from sim.runs.measures.subjects import MEASURES
from sim.runs.parquet import read_parquet
from sim.runs.provenance import code_digest
from sim.runs.sweeps.plan import Plan, load_planned
from sim.runs.timeline.course import Course
from sim.scenario.timeline_section import N_LINES, N_SITES, Published
from sim.tables import ALL

DATE = "date"
"""Axis of the sweep."""

SCHEMA = 1
"""Version of years.json."""

Found = dict[str, Any]
Row = dict[str, Any]

_GIVEN = {N_SITES: "1", N_LINES: "1"}
"""Quantities that the scenario gives, and their units."""

_KEPT = ("measure", "network", "covered_by", "value", "low", "high", "unit", "n_replications")


def years_found(
    folder: Path, course: Course, days: Sequence[date], plan: Plan, command: Sequence[str]
) -> Found:
    """Return what the collected runs of all dates say."""
    scenario = course.scenario
    rows = [*_stands(plan, days), *_measured(folder, [one.name for one in scenario.networks])]
    return {
        "schema": SCHEMA,
        "kind": "years",
        "scenario": scenario.name,
        "id": plan.sweep_id,
        "command": list(command),
        "version": sim.__version__,
        "code_sha256": code_digest(),
        "hour": scenario.run.start,
        "duration_h": scenario.run.duration_h,
        "has_calls": not plan.sweep.coverage_only,
        "networks": [
            {"name": one.name, "label": one.label or one.name} for one in scenario.networks
        ],
        "dates": [day.isoformat() for day in days],
        "rows": rows,
        "published": [_beside(one, course, rows) for one in scenario.timeline.published],
        "sources": _sources(course),
    }


def _sources(course: Course) -> dict[str, str]:
    """Return the documents that the published numbers name."""
    named = {one.source for one in course.scenario.timeline.published}
    return {key: text for key, text in course.scenario.sources.items() if key in named}


def _stands(plan: Plan, days: Sequence[date]) -> Iterator[Row]:
    """Yield the sites and lines of each date, by network and of all; sites of tables are not counted."""
    for day, run in zip(days, plan.runs, strict=True):
        networks = load_planned(run.base, run.settings).scenario.networks
        counts = {
            N_SITES: [one.n_sites + len(one.sites) for one in networks],
            N_LINES: [one.n_subscribers for one in networks],
        }
        for quantity, values in counts.items():
            if quantity == N_SITES and any(one.sites_file for one in networks):
                continue
            names = [*(one.name for one in networks), *[ALL] * (len(networks) > 1)]
            for name, value in zip(names, [*values, sum(values)], strict=False):
                yield _row(day.isoformat(), quantity, name, value)


def _row(day: str, quantity: str, network: str, value: int) -> Row:
    return {
        DATE: day, "quantity": quantity, "network": network, "value": value, "low": None, "high": None,
        "unit": _GIVEN[quantity], "n_replications": 0,
    }  # fmt: skip


def _measured(folder: Path, names: Sequence[str]) -> Iterator[Row]:
    """Yield the measures of each date; of several networks also of all, and of coverage by any of them."""
    table = read_parquet(folder / "sweep.parquet").select([DATE, *_KEPT]).to_pylist()
    of_only = {one["measure"] for one in table if [one["network"]] == list(names)}
    for one in table:
        network, by, quantity = (one.pop(key) for key in ("network", "covered_by", "measure"))
        if network == ALL and by == ALL and quantity in of_only:
            continue  # the only network has what all have
        yield {**one, "quantity": quantity, "network": network if by == ALL else by}


def _beside(one: Published, course: Course, rows: Sequence[Row]) -> Row:
    """Return a published number with what the model has at its date; nothing where it was not run."""
    said = one.model_dump(mode="json")
    unit = _GIVEN.get(one.quantity) or MEASURES[one.quantity].unit
    found: float | None = None
    if one.quantity in _GIVEN:
        found = _given_at(one, course)
    else:
        networks = [network.name for network in course.scenario.networks]
        # A measure that the only network has stands under its name, not under that of all.
        names = {one.network, *(networks if one.network == ALL and len(networks) == 1 else ())}
        for row in rows:
            if (
                row[DATE] == one.date
                and row["quantity"] == one.quantity
                and row["network"] in names
            ):
                found = row["value"]
    return {**said, "unit": unit, "simulated": found, "is_given": one.quantity in _GIVEN}


def _given_at(one: Published, course: Course) -> int | None:
    """Return the sites or lines of a date, listed sites too."""
    found = [
        course.of_network(i, one.quantity, date.fromisoformat(one.date))
        + (len(network.sites) if one.quantity == N_SITES else 0)
        for i, network in enumerate(course.scenario.networks)
        if one.network in (ALL, network.name)
    ]
    return sum(found) if found else None
