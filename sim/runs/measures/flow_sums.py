"""What adds up of data flows: by network and province, device, hour of the day and service, and by cell."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.data_invariants import carried_of_cells, places_of_flows
from sim.runs.measures.measure import Crossing
from sim.runs.measures.subject import Rows
from sim.runs.measures.sums import Sums, named
from sim.runs.measures.throughput import (
    completed_flows,
    counts_by_throughput,
    throughput_histogram,
    throughput_ratios,
)
from sim.runs.measures.window import group_sums
from sim.scenario.schema import Scenario
from sim.tables import CUT, FLOW_OUTCOMES, NONE_IDX, OVER_HSDPA, REFUSED, Columns
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

SERVICES = ("hsdpa", "bearer", "up")
"""Services of flows: received over HSDPA, received over a Release 99 bearer or none, sent."""

_UP = SERVICES.index("up")
_NO_DEVICE = "none"

TABLE_AXES = ("province", "device", "hour")
"""Axes beside the network along which flows stand in `sim.tables.DATA`."""


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

    @cached_property
    def crossings(self) -> dict[str, Crossing]:
        """What stands beside the network, crossed with it."""
        axes = {
            "province": self.provinces,
            "device": self.devices,
            "hour": self.hours,
            "service": SERVICES,
        }
        return {axis: Crossing.of(self.networks, names) for axis, names in axes.items()}


_COLUMNS = (
    "time_s", "end_s", "page", "network_idx", "province_idx", "device_idx", "is_up", "bearer_idx", "cell_idx",
    "outcome", "size_bit", "carried_bit",
)  # fmt: skip


def _flows_of_window(rows: Rows, groups: FlowGroups) -> Columns:
    """Return the flows that count, each with the numbers of its groups."""
    time_s = rows.columns["time_s"]
    counts = (time_s >= 0.0) & (time_s < rows.window_s)
    flows = {name: rows.columns[name][counts] for name in _COLUMNS}
    is_known = flows["device_idx"] != NONE_IDX
    flows["device_idx"] = np.where(is_known, flows["device_idx"], np.uint8(len(groups.devices) - 1))
    place = np.zeros(HOURS_PER_DAY, np.uint8)
    place[[int(hour) for hour in groups.hours]] = np.arange(len(groups.hours))
    hour, offset_s = start_hour(rows.scenario.run.start)
    passed = np.floor((offset_s + flows["time_s"]) / SECONDS_PER_HOUR).astype(np.int64)
    flows["hour_idx"] = place[(hour + passed) % HOURS_PER_DAY]
    over = np.where(
        flows["bearer_idx"] == OVER_HSDPA, np.uint8(SERVICES.index("hsdpa")), np.uint8(1)
    )
    flows["service_idx"] = np.where(flows["is_up"] > 0, np.uint8(_UP), over)
    return flows


_IS_REFUSED = np.isin(np.arange(len(FLOW_OUTCOMES)), REFUSED)
_IS_CUT = np.isin(np.arange(len(FLOW_OUTCOMES)), CUT)


def summed_flows(rows: Rows) -> Sums:
    """Return what adds up of some flows."""
    world, groups = rows.world, FlowGroups.of(rows.scenario, rows.world)
    flows = _flows_of_window(rows, groups)
    axes = [f"{axis}_idx" for axis in ("network", *groups.crossings)]
    completed = completed_flows(flows, (*axes, "cell_idx", "is_up"))
    is_received = completed["is_up"] == 0
    received = {name: column[is_received] for name, column in completed.items()}
    columns = named("cell", _of_cells(world, flows, received))
    columns["run_bit"] = carried_of_cells(world, rows.columns)
    columns |= named("throughput", counts_by_throughput(received, len(world.network_names)))
    histograms = {}
    for axis, crossing in groups.crossings.items():
        columns |= named(axis, _counts(flows, axis, crossing))
        fast = completed if axis == "service" else received
        of_groups = crossing.groups(fast["network_idx"], fast[f"{axis}_idx"])
        histograms[axis] = throughput_histogram(fast, of_groups)
    return Sums(columns, histograms)


def _of_cells(world: World, flows: Columns, received: Columns) -> Columns:
    """Return what became of flows by their first-ranked cell, and what those received took."""
    n, outcome = len(world.cells), flows["outcome"]

    def _sums(flows: Columns, weights: NDArray[Any]) -> NDArray[np.float64]:
        return group_sums(places_of_flows(flows, n), n + 1, weights)[:n]

    return {
        "n_flows_refused": _sums(flows, _IS_REFUSED[outcome]),
        "n_flows_cut": _sums(flows, _IS_CUT[outcome]),
        "received_bit": _sums(received, received["size_bit"]),
        "received_s": _sums(received, received["duration_s"]),
    }


def _counts(flows: Columns, axis: str, crossing: Crossing) -> Columns:
    """Return what flows asked for, and what became of them, in each crossing of networks with another axis."""
    groups = flows["network_idx"], flows[f"{axis}_idx"]
    counts = crossing.counts(*groups, flows["outcome"], len(FLOW_OUTCOMES))
    return {
        **dict(zip(FLOW_OUTCOMES, counts, strict=True)),
        "sessions": crossing.sums(*groups, flows["page"] == 0),
        "flows": counts.sum(axis=0),
        "refused": counts[_IS_REFUSED].sum(axis=0),
        "cut": counts[_IS_CUT].sum(axis=0),
        "admitted": counts[~_IS_REFUSED].sum(axis=0),
        "requested_bit": crossing.sums(*groups, flows["size_bit"]),
        "carried_bit": crossing.sums(*groups, flows["carried_bit"]),
    }


def flow_sums(sums: Sums, axis: str, crossing: Crossing) -> Columns:
    """Return what flows asked for and got, in each crossing of networks with another axis."""
    columns = sums.part(axis)
    ratios = throughput_ratios(sums.histograms[axis], crossing)
    for name, (above, below) in ratios.items():
        columns |= {f"above_{name}": above, f"below_{name}": below}
    return columns
