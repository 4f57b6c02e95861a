"""The tables of a page: cells, sites and what else a reader may choose, each with what its columns say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
from pyarrow import types

from sim.report.folder import RunFacts
from sim.report.page.book import Book, meaning, scale_of_entry
from sim.report.page.packed import short
from sim.report.page.parameters import Parameter
from sim.runs.answers.numbers import Scale
from sim.runs.answers.rankings import KINDS, scale_of_column
from sim.runs.result import RunResult
from sim.tables import ALL, SUMMARY_AXES, Column

_ENDS = ("_low", "_high")


@dataclass(frozen=True)
class Field:
    """A column of a page's table."""

    name: str  # its name in the file
    says: str  # what it is
    is_text: bool = False
    unit: str = ""  # unit in which it is shown
    factor: float = 1.0  # from the file's unit to this one
    is_shown: bool = True  # whether it is shown before a reader asks for all columns
    is_exact: bool = False  # whether all digits are shown
    is_scaled_by_row: bool = False  # whether rows have units of their own, in `unit` and `factor`


@dataclass(frozen=True)
class Listing:
    """A table of a page."""

    key: str  # name of the table
    title: str  # what it is called
    file: str  # file that holds it, whole
    name: str  # column of what a row is called, by which it is chosen
    fields: tuple[Field, ...]
    # by column: its values; where there is an interval, its ends in `<column>_low` and `<column>_high`
    data: Mapping[str, Sequence[Any]] = field(repr=False)
    sorted_by: str = ""  # column by which it is sorted at first, the greatest first
    chart: tuple[str, str] | None = None  # columns of the chart beside it

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return len(self.data[self.name])

    def as_mapping(self) -> dict[str, Any]:
        """Return the table as a page holds it."""
        return {
            "key": self.key,
            "title": self.title,
            "file": self.file,
            "name": self.name,
            "sorted_by": self.sorted_by,
            "chart": self.chart,
            "fields": [asdict(one) for one in self.fields],
            "n_rows": self.n_rows,
            "data": {name: [short(one) for one in column] for name, column in self.data.items()},
        }


_TITLES = {"cells": "Cells", "sites": "Sites", "exchanges": "Manual exchanges", "trunks": "Trunk groups"}  # fmt: skip
_CHARTS = {
    "cells": (("utilisation", "leg_blocking"), ("utilisation", "noise_rise_db")),
    "sites": (("carried_erl", "network_failure"), ("served_km2", "distance_km")),
    "exchanges": (("occupancy", "wait_s"),),
    "trunks": (("n_circuits", "carried_erl"),),
}
_HIDDEN = ("cell_idx", "site_idx", "exchange_idx")


def published_listings(result: RunResult) -> list[Listing]:
    """Return the tables of what stands in the country: cells, sites, exchanges, trunk groups; those that there are."""
    return [_published(result, key) for key in KINDS if key in result.tables]


def _published(result: RunResult, key: str) -> Listing:
    """Return a published table, without columns of which it says nothing."""
    kind, table = KINDS[key], result.table(key)
    declared = {column.name: column for column in kind.table.columns}
    names = [
        name
        for name in table.column_names
        if name not in _HIDDEN and table.column(name).null_count < max(len(table), 1)
    ]
    values = [name for name in names if not name.endswith(_ENDS)]
    first = (kind.name, kind.by, *kind.also.split())
    shown = set(first) if kind.by in values else set(values)
    values.sort(key=lambda name: first.index(name) if name in first else len(first))
    fields = tuple(
        _field(table.schema.field(one), declared.get(one), is_shown=one in shown) for one in values
    )
    charts = [pair for pair in _CHARTS[key] if set(pair) <= set(values)]
    return Listing(
        key=key,
        title=_TITLES[key],
        file=f"{key}.parquet",
        name=kind.name,
        fields=fields,
        data={name: table.column(name).to_pylist() for name in names},
        sorted_by=kind.by if kind.by in values else "",
        chart=charts[0] if charts else None,
    )


def _field(column: pa.Field, declared: Column | None, *, is_shown: bool) -> Field:
    says = (column.metadata or {}).get(b"description", b"").decode().replace("`", "")
    is_text = types.is_string(column.type) or types.is_dictionary(column.type)
    scale = Scale() if is_text else scale_of_column(column, declared)
    return Field(column.name, says, is_text, scale.unit, scale.factor, is_shown)


_OF_PROVINCES = (
    "voice.attempts", "voice.network_failure", "voice.blocking", "voice.dropping", "voice.carried_erl",
    "coverage.population_share", "coverage.area_share", "exchange.wait_s", "data.throughput_p05_bps",
)  # fmt: skip
_COUNTED = "voice.outcome."


def provinces_listing(book: Book, run: RunFacts, provinces: Mapping[str, str]) -> Listing:
    """Return what is known of each province, of all networks together and of each."""
    wanted = ("province", "network")
    entries = [
        one
        for one in book.entries
        if one["province"] != ALL
        and all(one[axis] == ALL for axis in SUMMARY_AXES if axis not in wanted)
        and not str(one["measure"]).startswith(_COUNTED)
    ]
    found = {(one["province"], one["network"], one["measure"]): one for one in entries}
    rows = [
        (code, network)
        for code in provinces
        for network in (ALL, *run.networks)
        if any((code, network, one) in found for one in _OF_PROVINCES)
    ]
    data: dict[str, list[Any]] = {
        "province": [code for code, _ in rows],
        "name": [provinces[code] for code, _ in rows],
        "network": [network for _, network in rows],
    }
    fields = [
        Field("province", "code of the province", is_text=True),
        Field("name", "its name", is_text=True),
        Field("network", "network, or all together", is_text=True),
    ]
    for measure in dict.fromkeys(str(one["measure"]) for one in entries):
        own = [found.get((*row, measure)) for row in rows]
        scale = scale_of_entry(next(one for one in own if one))
        for end in ("", *_ENDS):
            data[measure + end] = [one[end[1:] or "value"] if one else None for one in own]
        says, is_shown = meaning(measure), measure in _OF_PROVINCES
        fields.append(Field(measure, says, False, scale.unit, scale.factor, is_shown))
    by = "voice.network_failure"
    has_calls = any(one.name == by for one in fields)
    return Listing(
        "provinces", "Provinces", "summary.json", "province", tuple(fields), data,
        by if has_calls else "", ("voice.carried_erl", by) if has_calls else None,
    )  # fmt: skip


def measures_listing(book: Book) -> Listing:
    """Return every measure of summary.json."""
    axes = [axis for axis in SUMMARY_AXES if any(one[axis] != ALL for one in book.entries)]
    scales = [scale_of_entry(one) for one in book.entries]
    data: dict[str, list[Any]] = {
        axis: [one[axis] for one in book.entries] for axis in ("measure", *axes)
    }
    for end in ("", *_ENDS):
        data[f"value{end}"] = [one[end[1:] or "value"] for one in book.entries]
    data |= {"unit": [one.unit for one in scales], "factor": [one.factor for one in scales]}
    fields = (
        Field("measure", "name of the measure", is_text=True),
        *(Field(axis, f"{axis}, or all of them".replace("_", " "), is_text=True) for axis in axes),
        Field("value", "estimate over all replications, with its 95 % interval", is_scaled_by_row=True),
        Field("unit", "unit in which it is shown", is_text=True),
    )  # fmt: skip
    return Listing("measures", "All measures", "summary.json", "measure", fields, data)


def parameters_listing(found: Iterable[Parameter]) -> Listing:
    """Return every parameter with what it rests on."""
    rows = list(found)
    fields = (
        Field("parameter", "path in the scenario", is_text=True),
        Field("value", "value that was simulated", is_text=True),
        Field("unit", "its unit", is_text=True),
        Field("low", "lower end of the interval in which the truth is believed to lie", is_exact=True),
        Field("high", "upper end of that interval", is_exact=True),
        Field("rests_on", "no source, an assumption, or a document by how far it is trusted: L, M, H", is_text=True),
        Field("source", "document, or remark", is_text=True),
        Field("says", "what it is", is_text=True),
        Field("allowed", "what a scenario may say", is_text=True, is_shown=False),
    )  # fmt: skip
    data: dict[str, list[Any]] = {
        "parameter": [one.path for one in rows],
        "value": [one.value for one in rows],
        "unit": [one.unit for one in rows],
        "low": [one.low for one in rows],
        "high": [one.high for one in rows],
        "rests_on": [one.ground for one in rows],
        "source": [one.source for one in rows],
        "says": [one.says for one in rows],
        "allowed": [one.allowed for one in rows],
    }
    return Listing("parameters", "Parameters", "scenario.yaml", "parameter", fields, data)


_OF_HOURS = ("attempts", "completed", "blocking", "carried_erl", "by_hand", "patch_lost_share")


def hours_listing(result: RunResult) -> Listing | None:
    """Return what hours and days of the clock had, where the run has calls."""
    if "periods" not in result.tables:
        return None
    from sim.tables import PERIODS

    table = result.table("periods")
    declared = {column.name: column for column in PERIODS.columns}
    names = [one for one in table.column_names if table.column(one).null_count < len(table)]
    fields = tuple(
        _field(table.schema.field(one), declared.get(one),
               is_shown=one in ("begin", "period", "network", *_OF_HOURS))
        for one in names if not one.endswith(_ENDS)
    )  # fmt: skip
    data = {name: table.column(name).to_pylist() for name in names}
    return Listing("hours", "Hours and days", "periods.parquet", "begin", fields, data)
