"""Data flows: what was asked for, what became of it and how fast, and the tables of groups of flows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.data_invariants import (
    DATA_INVARIANTS,
    broken_cells,
    broken_flows,
)
from sim.runs.measures.display import Printed, TableMean
from sim.runs.measures.flow_sums import TABLE_AXES, FlowGroups, flow_sums, summed_flows
from sim.runs.measures.measure import KILO, PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.messages import SIGNALLING
from sim.runs.measures.reduction import reduced
from sim.runs.measures.subject import (
    Finished,
    Kept,
    Part,
    Replication,
    Subject,
    as_floats,
    names_of_people,
)
from sim.runs.measures.sums import Sums
from sim.runs.measures.throughput import (
    OF_FLOWS,
    THROUGHPUT_MEASURES,
    distribution,
)
from sim.scenario.schema import Scenario
from sim.tables import (
    ALL,
    DATA,
    EDGES_BPS,
    FLOW_OUTCOMES,
    KEPT_FLOWS,
    THROUGHPUT,
    Columns,
)
from sim.tables.columns import counted, mean, proportion
from sim.world.build import World

_RECORD = "flows"

MEASURES = (
    Measure(
        "data.sessions", "1", OF_FLOWS,
        "first pages asked for in the window; a flow of a source is a session of one page", counted("sessions"),
        Line("sessions"),
    ),
    Measure("data.flows", "1", OF_FLOWS, "flows asked for in the window", counted("flows"), Line("flows")),
    Measure("data.requested_bit", "bit", OF_FLOWS, "size of the flows asked for in the window", mean("requested_bit")),
    Measure(
        "data.carried_bit", "bit", OF_FLOWS, "what of it was carried, whenever that was", mean("carried_bit"),
        Line("carried [Gbit]", "{:,.2f}", 1e-9),
    ),
    Measure(
        "data.blocked_share", "1", OF_FLOWS, "flows refused / flows", proportion("refused", "flows"),
        Line("refused [%]", "{:.3f}", PERCENT),
    ),
    Measure(
        "data.cut_share", "1", OF_FLOWS, "flows cut / flows admitted", proportion("cut", "admitted"),
        Line("cut [%]", "{:.3f}", PERCENT),
    ),
    *THROUGHPUT_MEASURES,
)  # fmt: skip


def _broken(replication: Replication) -> Iterator[str]:
    sums = replication.added_up(_RECORD, summed_flows)
    return broken_cells(replication, sums.columns["run_bit"])


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    groups = FlowGroups.of(replication.scenario, replication.world)
    sums = replication.added_up(_RECORD, summed_flows)
    of_axes = {axis: flow_sums(sums, axis, crossing) for axis, crossing in groups.crossings.items()}
    for axis in ("province", "service"):
        crossing = groups.crossings[axis]
        kept = _is_kept(axis, crossing)
        axes = {"network": crossing.first_names[kept], axis: crossing.second_names[kept]}
        rows.add(MEASURES, {name: column[kept] for name, column in of_axes[axis].items()}, axes)
    return {
        "cells": _data_of_cells(replication, sums),
        "data": _sums_of_tables(groups, of_axes),
        "throughput": distribution(sums.part("throughput")),
    }


def _is_kept(axis: str, crossing: Crossing) -> NDArray[np.bool_]:
    """Return which rows stand by an axis: those of all along it stand by province already."""
    return np.asarray((crossing.second_names != ALL) | (axis == "province"))


def _sums_of_tables(groups: FlowGroups, of_axes: Mapping[str, Columns]) -> Columns:
    """Return what a replication gives to the table of flows."""
    blocks = []
    for axis in TABLE_AXES:
        kept = _is_kept(axis, groups.crossings[axis])
        blocks.append({name: column[kept] for name, column in of_axes[axis].items()})
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def data_table(groups: FlowGroups, kept: Kept) -> pa.Table:
    """Return groups of flows over all replications."""
    keys: dict[str, list[NDArray[np.str_]]] = {"network": []}
    for axis in TABLE_AXES:
        crossing = groups.crossings[axis]
        is_kept = _is_kept(axis, crossing)
        keys["network"].append(crossing.first_names[is_kept])
        for other in TABLE_AXES:
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


def _data_of_cells(replication: Replication, sums: Sums) -> Columns:
    """Return what data add to the records of the cells."""
    records = replication.records
    of_data = {name: c for name, c in records["data_cells"].items() if name not in SIGNALLING}
    columns = as_floats(of_data)
    columns |= sums.part("cell")
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
    parts=(Part(_RECORD, KEPT_FLOWS, _names, summed_flows, broken_flows),),
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
