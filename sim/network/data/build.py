"""Set-up of data from the scenario."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.engine.rooms import make_room
from sim.network.data.state import Bearer, Data, DataRules, Device, Source, Use
from sim.network.demand import session_rates
from sim.radio.hsdpa import cqi_tables, least_snrs_db, scheduling_gain
from sim.scenario import traffic_section as section
from sim.scenario.schema import Scenario
from sim.traffic.sizes import size_law
from sim.world.build import World

_N_AT_FIRST = 1 << 12
"""Flows for which there is room at first."""

_N_ROWS = 1 << 13
"""Rows for which there is room before they are handed over."""


def make_data(scenario: Scenario, world: World) -> Data:
    """Return the room in which no flow is in progress. Room; without cells where nobody asks for data."""
    if not scenario.traffic.data.is_wanted:
        nobody: Data = make_room(Data, {"one": 1, "flow": 1, "row": 1})
        return nobody
    data, hsdpa, wcdma = scenario.traffic.data, scenario.radio.hsdpa, scenario.radio.wcdma
    cells = {name: i for i, name in enumerate(world.cells.name)}
    bearers = (*wcdma.downlink_bearers, *wcdma.uplink_bearers)
    lengths = {"cell": len(world.cells), "flow": _N_AT_FIRST, "row": _N_ROWS}
    room: Data = make_room(
        Data,
        lengths,
        rules=DataRules.of(scenario),  # type: ignore[attr-defined]  # `row` gives it
        uses=_rows(Use, [_use(one) for one in data.uses]),
        sources=_rows(Source, [_source(one, cells[one.cell]) for one in data.sources]),
        devices=_rows(
            Device,
            [
                (one.hsdpa_category, one.peak_rate_bps or math.inf)
                for one in scenario.subscribers.devices
            ],
        ),
        bearers=_rows(Bearer, [(one.downlink_rate_bps, one.uplink_rate_bps) for one in bearers]),
        use_share=_use_shares(scenario),
        class_weight=np.array([one.data_weight for one in scenario.subscribers.classes], float),
        least_snr_db=least_snrs_db(hsdpa.bler_target),
        gain=_gain(hsdpa.max_flows, hsdpa.scheduler, hsdpa.scheduler_snr_db),
        **cqi_tables()._asdict(),
    )
    return room


def _rows(kind: type, rows: list[tuple[object, ...]]) -> NDArray[np.void]:
    return np.array(rows, kind.dtype)  # type: ignore[attr-defined,arg-type]


def _use(one: section.Use) -> tuple[object, ...]:
    is_up = one.direction == "up"
    return is_up, one.pages_mean, one.reading_mean_s, tuple(size_law(one.size))


def _source(one: section.DataSource, cell: int) -> tuple[object, ...]:
    is_up, peak_bps = one.direction == "up", one.peak_rate_bps or math.inf
    return cell, is_up, one.hsdpa_category, peak_bps, one.weight, tuple(size_law(one.size))


def _gain(max_flows: int, scheduler: str, snr_db: float) -> NDArray[np.float64]:
    if scheduler == "proportional_fair":
        return scheduling_gain(max_flows, snr_db)
    return np.ones(max_flows + 1)


def _use_shares(scenario: Scenario) -> NDArray[np.float64]:
    """Return the cumulative shares of the uses in the sessions of each class and device; 1 where there are none."""
    rates = session_rates(scenario)
    total = rates.sum(axis=2, keepdims=True)
    shares = np.divide(rates.cumsum(axis=2), total, out=np.ones_like(rates), where=total > 0.0)
    return np.ascontiguousarray(shares)
