"""What must hold of data and messages in every replication."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.radio import greatest_power_w, has_soft_capacity
from sim.runs.measures.subject import RELATIVE_ROUNDING, Replication, Rows
from sim.runs.measures.window import group_sums
from sim.tables import (
    CUT,
    FLOW_OUTCOMES,
    MESSAGE_OUTCOMES,
    REFUSED,
    Columns,
    FlowOutcome,
    MessageOutcome,
)
from sim.world.build import World

DATA_INVARIANTS = (
    "data: bits requested = carried + left of flows cut or in progress + those of flows refused, for each network and "
    "first-ranked cell; all of a completed flow is carried; what cells carried over time = what their flows got",
    "every flow and every message has one outcome, as far as rows in memory together tell, and ends no earlier than it "
    "begins; a message is delivered, or expires, where the message centre had it, and delivered no earlier than that",
    "flows in progress, power sent to them and signalling channels between 0 and all there are",
)
"""What is checked, as the manifest lists it."""

_ROUNDING_BIT = 1.0
"""Room for the rounding of times in a cell that carries next to nothing: 0.1 ns at 14 Mbit/s, many times. [bit]"""

_SUBMITTED = (MessageOutcome.DELIVERED, MessageOutcome.EXPIRED)


def broken_flows(rows: Rows) -> Iterator[str]:
    """Iterate over what contradicts itself in some flows."""
    world, flows = rows.world, rows.columns
    yield from _broken_flows(flows)
    is_known = flows["network_idx"] < len(world.network_names)
    if np.all(is_known & (flows["cell_idx"] < len(world.cells))):
        yield from _broken_bits(world, flows)
    else:
        yield "a flow belongs to a network or a cell that does not exist"


def carried_of_cells(world: World, flows: Columns) -> NDArray[np.float64]:
    """Return what was carried of flows by first-ranked cell, those of the warm-up included. [bit]."""
    n_cells = len(world.cells)
    return group_sums(places_of_flows(flows, n_cells), n_cells + 1, flows["carried_bit"])[:n_cells]


def places_of_flows(flows: Columns, n_cells: int) -> NDArray[np.integer]:
    """Return the first-ranked cells of flows; the place after the last cell is for those without one."""
    return np.where(flows["cell_idx"] < 0, n_cells, flows["cell_idx"])


def _close(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isclose(a, b, rtol=RELATIVE_ROUNDING, atol=_ROUNDING_BIT)


def _broken_flows(flows: Columns) -> Iterator[str]:
    outcome, size_bit, carried_bit = flows["outcome"], flows["size_bit"], flows["carried_bit"]
    if np.any(outcome >= len(FLOW_OUTCOMES)):
        yield "a flow has an outcome that does not exist"
        return
    if _has_twins(flows["page"], flows["is_source"], flows["index"], flows["entity"]):
        yield "a flow has more than one outcome"
    if not np.all(np.isfinite(flows["end_s"]) & (flows["end_s"] >= flows["time_s"])):
        yield "a flow ends before it begins"
    is_carried = outcome == FlowOutcome.COMPLETED
    if not np.all(np.isfinite(size_bit) & (carried_bit >= 0.0)):
        yield "the size of a flow, or what was carried of it, is negative or not a number"
    if np.any(is_carried & ~_close(carried_bit, size_bit)):
        yield "a completed flow was not carried whole"
    if np.any(~is_carried & (carried_bit > size_bit * (1.0 + RELATIVE_ROUNDING))):
        yield "more of a flow was carried than was requested"
    if np.any(np.isin(outcome, REFUSED) & (flows["end_s"] != flows["time_s"])):
        yield "a flow that was refused took time"


def _broken_bits(world: World, flows: Columns) -> Iterator[str]:
    """Add up bits by what became of them, apart from what was requested, and compare cell by cell."""
    outcome, size_bit, carried_bit = flows["outcome"], flows["size_bit"], flows["carried_bit"]
    is_left = np.isin(outcome, (*CUT, FlowOutcome.IN_PROGRESS))
    is_refused = np.isin(outcome, REFUSED)
    n_cells = len(world.cells)
    for axis, group, n in (
        ("network_idx", flows["network_idx"], len(world.network_names)),
        ("cell_idx", places_of_flows(flows, n_cells), n_cells + 1),
    ):
        requested = group_sums(group, n, size_bit)
        became = group_sums(group, n, carried_bit)
        became += group_sums(group[is_left], n, (size_bit - carried_bit)[is_left])
        became += group_sums(group[is_refused], n, size_bit[is_refused])
        wrong = np.flatnonzero(~_close(requested, became))[:5].tolist()
        if wrong:
            yield f"bits requested and what became of them differ by {axis}, first at {wrong}"


def broken_messages(rows: Rows) -> Iterator[str]:
    """Iterate over what contradicts itself in some messages."""
    messages = rows.columns
    outcome, submitted_s = messages["outcome"], messages["submitted_s"]
    time_s, end_s = messages["time_s"], messages["end_s"]
    if np.any(outcome >= len(MESSAGE_OUTCOMES)):
        yield "a message has an outcome that does not exist"
    if _has_twins(messages["index"], messages["entity"]):
        yield "a message has more than one outcome"
    if not np.all(np.isfinite(end_s) & (end_s >= time_s)):
        yield "a message ends before it begins"
    if np.any(np.isnan(submitted_s) == np.isin(outcome, _SUBMITTED)):
        yield "the message centre had a message that it never got, or has lost one"
    is_delivered = outcome == MessageOutcome.DELIVERED
    if np.any(is_delivered & ~((submitted_s >= time_s) & (submitted_s <= end_s))):
        yield "a message was delivered before the message centre had it"


def _has_twins(*keys: NDArray[Any]) -> bool:
    """Return whether two rows are alike in all keys; those of other slices are not known here."""
    order = np.lexsort(keys)
    alike = np.ones(max(len(order) - 1, 0), np.bool_)
    for key in keys:
        ordered = key[order]
        alike &= ordered[1:] == ordered[:-1]
    return bool(alike.any())


def broken_cells(replication: Replication, carried_bit: NDArray[np.float64]) -> Iterator[str]:
    """Iterate over what contradicts itself in the records of cells, whose flows were carried so much."""
    scenario, cells = replication.scenario, replication.records["data_cells"]
    limits: dict[str, Any] = {
        "hsdpa_active_share": 1.0,
        "hsdpa_flows": scenario.radio.hsdpa.max_flows,
        "signalling_busy": scenario.traffic.messages.n_signalling_channels,
    }
    if has_soft_capacity(scenario):
        limits["hsdpa_power_w"] = greatest_power_w(scenario, replication.world)
    for name, column in cells.items():
        most = np.asarray(limits.get(name, np.inf)) * (1.0 + RELATIVE_ROUNDING)
        if not np.all((column >= 0.0) & (column <= most)):
            yield f"{name} of a cell is below 0 or above all"
    if (
        cells and scenario.traffic.is_moving
    ):  # what a flow got of several cells counts where it began
        groups = replication.world.cells.network_idx.astype(np.int64)
        sums = [
            group_sums(groups, len(replication.world.network_names), values)
            for values in (carried_bit, cells["run_bit"])
        ]
        if not _close(*sums).all():
            yield "what the cells of a network carried over time differs from what its flows got"
        return
    wrong = np.flatnonzero(~_close(carried_bit, cells["run_bit"]))[:5].tolist() if cells else []
    if wrong:
        yield f"what cells carried over time differs from what their flows got, first at {wrong}"
