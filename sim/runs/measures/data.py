"""Data flows: what was asked for, what became of it and how fast, and the tables of groups of flows."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.network.records import Records
from sim.runs.measures.data_invariants import (
    DATA_INVARIANTS,
    broken_cells,
    broken_flows,
    carried_of_cells,
)
from sim.runs.measures.display import Printed, TableMean
from sim.runs.measures.measure import KILO, PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.messages import SIGNALLING
from sim.runs.measures.reduction import reduced
from sim.runs.measures.subject import (
    Finished,
    Kept,
    Part,
    Replication,
    Rows,
    Subject,
    as_floats,
    names_of_people,
)
from sim.runs.measures.throughput import (
    OF_FLOWS,
    THROUGHPUT_MEASURES,
    Speeds,
    distribution,
    throughput_ratios,
)
from sim.runs.measures.window import group_sums
from sim.scenario.schema import Scenario
from sim.tables import (
    ALL,
    CUT,
    DATA,
    EDGES_BPS,
    FLOW_OUTCOMES,
    KEPT_FLOWS,
    NONE_IDX,
    OVER_HSDPA,
    REFUSED,
    THROUGHPUT,
    Columns,
)
from sim.tables.columns import mean, ratio
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

SERVICES = ("hsdpa", "bearer", "up")
"""Services of flows: received over HSDPA, received over a Release 99 bearer or none, sent."""

_UP = SERVICES.index("up")
_NO_DEVICE = "none"
_RECORD = "flows"


@dataclass(frozen=True)
class FlowGroups:
    """Names of the groups to which flows belong."""

    # and provinces, devices, hours: names, by number in `network_idx`, `province_idx`, `device_idx` and `hour_idx`
    networks: tuple[str, ...]
    provinces: tuple[str, ...]
    devices: tuple[str, ...]
    hours: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Scenario, world: World) -> "FlowGroups":
        """Return the groups of a run. Groups; hours of the day that the window touches, in the order of the day."""
        devices = tuple(device.name for device in scenario.subscribers.devices)
        if scenario.traffic.data.sources:
            devices = (*devices, _NO_DEVICE)
        end_s = hours_to_seconds(scenario.run.duration_h)
        first, offset_s = start_hour(scenario.run.start)
        n_hours = math.ceil((offset_s + end_s) / SECONDS_PER_HOUR)
        touched = {(first + k) % HOURS_PER_DAY for k in range(min(n_hours, HOURS_PER_DAY))}
        hours = tuple(f"{hour:02d}" for hour in sorted(touched))
        return cls(world.network_names, tuple(world.provinces.code), devices, hours)

    @property
    def tables(self) -> tuple[tuple[str, Crossing], ...]:
        """Return the crossings of networks with provinces, devices and hours."""
        axes = (("province", self.provinces), ("device", self.devices), ("hour", self.hours))
        return tuple((axis, Crossing.of(self.networks, names)) for axis, names in axes)


_COLUMNS = (
    "time_s", "end_s", "page", "network_idx", "province_idx", "device_idx", "is_up", "bearer_idx", "cell_idx",
    "outcome", "size_bit", "carried_bit",
)  # fmt: skip


def flows_of_window(scenario: Scenario, groups: FlowGroups, records: Records) -> Columns:
    """Return the flows that count."""
    flows = records.rows("flows")
    counts = (flows["time_s"] >= 0.0) & (flows["time_s"] < records.window_s)
    flows = {name: flows[name][counts] for name in _COLUMNS}  # a day of a country has millions
    is_known = flows["device_idx"] != NONE_IDX
    flows["device_idx"] = np.where(is_known, flows["device_idx"], np.uint8(len(groups.devices) - 1))
    place = np.zeros(HOURS_PER_DAY, np.uint8)
    place[[int(hour) for hour in groups.hours]] = np.arange(len(groups.hours))
    hour, offset_s = start_hour(scenario.run.start)
    passed = np.floor((offset_s + flows["time_s"]) / SECONDS_PER_HOUR).astype(np.int64)
    flows["hour_idx"] = place[(hour + passed) % HOURS_PER_DAY]
    over = np.where(
        flows["bearer_idx"] == OVER_HSDPA, np.uint8(SERVICES.index("hsdpa")), np.uint8(1)
    )
    flows["service_idx"] = np.where(flows["is_up"] > 0, np.uint8(_UP), over)
    return flows


_IS_REFUSED = np.isin(np.arange(len(FLOW_OUTCOMES)), REFUSED)
_IS_CUT = np.isin(np.arange(len(FLOW_OUTCOMES)), CUT)

MEASURES = (
    Measure(
        "data.sessions", "1", OF_FLOWS,
        "first pages asked for in the window; a flow of a source is a session of one page", mean("sessions"),
        Line("sessions"),
    ),
    Measure("data.flows", "1", OF_FLOWS, "flows asked for in the window", mean("flows"), Line("flows")),
    Measure("data.requested_bit", "bit", OF_FLOWS, "size of the flows asked for in the window", mean("requested_bit")),
    Measure(
        "data.carried_bit", "bit", OF_FLOWS, "what of it was carried, whenever that was", mean("carried_bit"),
        Line("carried [Gbit]", "{:,.2f}", 1e-9),
    ),
    Measure(
        "data.blocked_share", "1", OF_FLOWS, "flows refused / flows", ratio("refused", "flows"),
        Line("refused [%]", "{:.3f}", PERCENT),
    ),
    Measure(
        "data.cut_share", "1", OF_FLOWS, "flows cut / flows admitted", ratio("cut", "admitted"),
        Line("cut [%]", "{:.3f}", PERCENT),
    ),
    *THROUGHPUT_MEASURES,
)  # fmt: skip


def _summed(rows: Rows) -> Columns:
    return {"carried_bit": carried_of_cells(rows.world, rows.columns)}


def _broken(replication: Replication) -> Iterator[str]:
    return broken_cells(replication, replication.added_up(_RECORD, _summed)["carried_bit"])


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    groups = FlowGroups.of(replication.scenario, replication.world)
    flows = flows_of_window(replication.scenario, groups, replication.records)
    _add_measures(rows, groups, flows)
    speeds = Speeds.of(flows, flows["is_up"] == 0, ("network_idx",))
    return {
        "cells": data_of_cells(replication, flows),
        "data": sums_of_tables(groups, flows),
        "throughput": distribution(speeds, len(replication.world.network_names)),
    }


def _add_measures(rows: MeasureRows, groups: FlowGroups, flows: Columns) -> None:
    """Add the measures of data by network and province, and by network and service."""
    for second, names in (("province", groups.provinces), ("service", SERVICES)):
        crossing = Crossing.of(groups.networks, names)
        kept = np.ones(len(crossing.first_names), np.bool_)
        if second == "service":  # those of all services stand by province already
            kept = crossing.second_names != ALL
        sums = flow_sums(flows, crossing, f"{second}_idx")
        axes = {"network": crossing.first_names[kept], second: crossing.second_names[kept]}
        rows.add(MEASURES, {name: column[kept] for name, column in sums.items()}, axes)


def flow_sums(flows: Columns, crossing: Crossing, second: str) -> Columns:
    """Return what flows asked for and got, in each crossing of networks with another axis."""
    network, other = flows["network_idx"], flows[second]
    counts = crossing.counts(network, other, flows["outcome"], len(FLOW_OUTCOMES))
    columns: Columns = dict(zip(FLOW_OUTCOMES, counts, strict=True))
    columns["sessions"] = crossing.sums(network, other, flows["page"] == 0)
    columns["flows"] = counts.sum(axis=0)
    columns["refused"] = counts[_IS_REFUSED].sum(axis=0)
    columns["cut"] = counts[_IS_CUT].sum(axis=0)
    columns["admitted"] = columns["flows"] - columns["refused"]
    for name, column in (("requested_bit", "size_bit"), ("carried_bit", "carried_bit")):
        columns[name] = crossing.sums(network, other, flows[column])
    is_counted = flows["is_up"] == 0
    if second == "service_idx":
        is_counted = np.ones(len(network), np.bool_)
    speeds = Speeds.of(flows, is_counted, ("network_idx", second))
    for name, (above, below) in throughput_ratios(speeds, crossing, "network_idx", second).items():
        columns[f"above_{name}"], columns[f"below_{name}"] = above, below
    return columns


def sums_of_tables(groups: FlowGroups, flows: Columns) -> Columns:
    """Return what a replication gives to the table of flows."""
    blocks = []
    for axis, crossing in groups.tables:
        sums = flow_sums(flows, crossing, f"{axis}_idx")
        kept = _is_kept(axis, crossing)
        blocks.append({name: column[kept] for name, column in sums.items()})
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _is_kept(axis: str, crossing: Crossing) -> NDArray[np.bool_]:
    return np.asarray((crossing.second_names != ALL) | (axis == "province"))


def data_table(groups: FlowGroups, kept: Kept) -> pa.Table:
    """Return groups of flows over all replications."""
    keys: dict[str, list[NDArray[np.str_]]] = {"network": []}
    for axis, crossing in groups.tables:
        is_kept = _is_kept(axis, crossing)
        keys["network"].append(crossing.first_names[is_kept])
        for other in ("province", "device", "hour"):
            names = crossing.second_names[is_kept] if other == axis else np.full(is_kept.sum(), ALL)
            keys.setdefault(other, []).append(names)
    given = {key: np.concatenate(parts) for key, parts in keys.items()}
    return reduced(DATA, given, kept["data"])


def throughput_table(world: World, kept: Kept) -> pa.Table:
    """Return the distribution of throughput over all replications."""
    names = (*world.network_names, ALL)
    given: Columns = {
        "network": np.repeat(np.asarray(names), len(EDGES_BPS)),
        "throughput_bps": np.tile(np.array(EDGES_BPS), len(names)),
    }
    return reduced(THROUGHPUT, given, kept["throughput"])


def data_of_cells(replication: Replication, flows: Columns) -> Columns:
    """Return what data add to the records of the cells."""
    n, records = len(replication.world.cells), replication.records
    of_data = {name: c for name, c in records["data_cells"].items() if name not in SIGNALLING}
    columns = as_floats(of_data)
    place = np.where(flows["cell_idx"] < 0, n, flows["cell_idx"])  # the last for flows without one
    outcome = flows["outcome"]
    columns["n_flows_refused"] = group_sums(place, n + 1, _IS_REFUSED[outcome])[:n]
    columns["n_flows_cut"] = group_sums(place, n + 1, _IS_CUT[outcome])[:n]
    speeds = Speeds.of(flows | {"place": place}, flows["is_up"] == 0, ("place",))
    columns["received_bit"] = group_sums(speeds.groups["place"], n + 1, speeds.size_bit)[:n]
    columns["received_s"] = group_sums(speeds.groups["place"], n + 1, speeds.duration_s)[:n]
    columns["carried_bps"] = (columns["hsdpa_bit"] + columns["bearer_bit"]) / records.window_s
    columns["active_s"] = columns["hsdpa_active_share"] * records.window_s
    return columns


def _published(run: Finished) -> dict[str, pa.Table]:
    data = data_table(FlowGroups.of(run.scenario, run.world), run.kept)
    return {"data": data, "throughput": throughput_table(run.world, run.kept)}


def _names(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:
    wcdma = scenario.radio.wcdma
    bearers = (*wcdma.downlink_bearers, *wcdma.uplink_bearers)
    return {
        **names_of_people(scenario, world),
        "device_idx": [device.name for device in scenario.subscribers.devices],
        "use_idx": [use.name for use in scenario.traffic.data.uses],
        "bearer_idx": ["hsdpa", *(bearer.name for bearer in bearers)],
        "outcome": FLOW_OUTCOMES,
    }


DATA_FLOWS = Subject(
    measures=MEASURES,
    in_scenario=lambda scenario: scenario.traffic.data.is_wanted,
    measured=_measured,
    parts=(Part(_RECORD, KEPT_FLOWS, _names, _summed, broken_flows),),
    invariants=DATA_INVARIANTS,
    broken=_broken,
    published=_published,
    printed=Printed(
        "Data",
        (
            TableMean(
                Line("a cell carries, mean [kbit/s]", "{:,.0f}", KILO),
                "cells",
                "cell_throughput_bps",
            ),
            TableMean(
                Line("and over HSDPA while it serves [kbit/s]", "{:,.0f}", KILO),
                "cells",
                "busy_throughput_bps",
            ),
        ),
    ),
)
