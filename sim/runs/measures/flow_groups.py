"""Data flows of the measured window, and the groups to which they belong."""

import math
from dataclasses import dataclass

import numpy as np

from sim.network.records import Records
from sim.runs.measures.rows import Crossing
from sim.scenario.schema import Scenario
from sim.tables import NONE_IDX, OVER_HSDPA, Columns
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

SERVICES = ("hsdpa", "bearer", "up")
"""Services of flows: received over HSDPA, received over a Release 99 bearer or none, sent."""

_UP = SERVICES.index("up")
_NO_DEVICE = "none"


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


def flows_of_window(scenario: Scenario, groups: FlowGroups, records: Records) -> Columns:
    """Return the flows that count."""
    flows = records.rows("flows")
    counts = (flows["time_s"] >= 0.0) & (flows["time_s"] < records.window_s)
    flows = {name: column[counts] for name, column in flows.items()}
    device_idx = flows["device_idx"].astype(np.int64)
    flows["device_idx"] = np.where(device_idx == NONE_IDX, len(groups.devices) - 1, device_idx)
    place = np.zeros(HOURS_PER_DAY, np.int64)
    place[[int(hour) for hour in groups.hours]] = np.arange(len(groups.hours))
    hour, offset_s = start_hour(scenario.run.start)
    passed = np.floor((offset_s + flows["time_s"]) / SECONDS_PER_HOUR).astype(np.int64)
    flows["hour_idx"] = place[(hour + passed) % HOURS_PER_DAY]
    over = np.where(flows["bearer_idx"] == OVER_HSDPA, SERVICES.index("hsdpa"), 1)
    flows["service_idx"] = np.where(flows["is_up"] > 0, _UP, over)
    return flows
