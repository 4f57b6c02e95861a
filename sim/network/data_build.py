"""Set-up of data flows and short messages from the scenario, and their growth."""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.engine.recorder import Block
from sim.network.data_state import (
    BEARER,
    DATA_CELL,
    DATA_DTYPES,
    DATA_RULES,
    DATA_SOURCE,
    DEVICE,
    FLOW,
    FLOW_ROW,
    MESSAGE,
    MESSAGE_ROW,
    USE,
    Data,
)
from sim.network.demand import session_rates
from sim.network.live import (
    FLOW_ROWS_LEFT,
    FREE_FLOW,
    FREE_MESSAGE,
    MESSAGE_ROWS_LEFT,
    N_FREE_FLOWS,
    N_FREE_MESSAGES,
)
from sim.radio.hsdpa import cqi_tables, least_snrs_db, scheduling_gain
from sim.scenario.data_section import DataSource, Use
from sim.scenario.schema import Scenario
from sim.traffic.sizes import size_law
from sim.units import hours_to_seconds
from sim.world.build import World

_N_AT_FIRST = 1 << 12
"""Flows, and messages, for which there is room at first."""

_SHAPES = {
    "use_share": (0, 0, 0), "message_share": (0, 0), "block_bit": (0, 0), "n_codes": (0, 0), "lowest_cqi": (0, 0),
}  # fmt: skip

_Pool = TypeVar("_Pool", NDArray[np.void], NDArray[np.int32])


def no_data() -> Data:
    """
    Return the state without data and messages.

    Returns
    -------
    Data
        Empty arrays.
    """
    return Data(
        *(
            np.zeros(_SHAPES.get(name, 0), dtype)
            for name, dtype in zip(Data._fields, DATA_DTYPES, strict=True)
        )
    )


def make_data(
    scenario: Scenario,
    world: World,
    cursor: NDArray[np.int64],
    block: Block,
    message_block: Block,
) -> Data:
    """
    Return the state in which nobody asks for data or sends a message.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        Cells.
    cursor : (cursor,) ndarray of int64
        Cursor of the loop; changed where there are data or messages.
    block : (row,) structured ndarray
        Where rows of flows go.
    message_block : (row,) structured ndarray
        Where rows of messages go.

    Returns
    -------
    Data
        State for the compiled loop.
    """
    traffic = scenario.traffic
    if not (traffic.data.is_wanted or traffic.messages.is_wanted):
        return no_data()
    hsdpa, wcdma, data = scenario.radio.hsdpa, scenario.radio.wcdma, scenario.traffic.data
    tables = cqi_tables()
    gain = np.ones(hsdpa.max_flows + 1)
    if hsdpa.scheduler == "proportional_fair":
        gain = scheduling_gain(hsdpa.max_flows, hsdpa.scheduler_snr_db)
    numbers = {name: i for i, name in enumerate(world.cells.name)}
    cursor[FLOW_ROWS_LEFT], cursor[MESSAGE_ROWS_LEFT] = len(block), len(message_block)
    cursor[[N_FREE_FLOWS, N_FREE_MESSAGES]] = _N_AT_FIRST
    cursor[[FREE_FLOW, FREE_MESSAGE]] = 0
    return Data(
        rules=_make_rules(scenario),
        uses=np.array([_use(one) for one in data.uses], USE),
        sources=np.array([_source(one, numbers[one.cell]) for one in data.sources], DATA_SOURCE),
        devices=np.array(
            [
                (one.hsdpa_category, one.peak_rate_bps or math.inf)
                for one in scenario.subscribers.devices
            ],
            DEVICE,
        ),
        bearers=np.array(
            [
                (one.downlink_rate_bps, one.uplink_rate_bps)
                for one in (*wcdma.downlink_bearers, *wcdma.uplink_bearers)
            ],
            BEARER,
        ),
        use_share=_use_shares(scenario),
        class_weight=np.array([one.data_weight for one in scenario.subscribers.classes]),
        message_share=_message_shares(scenario),
        block_bit=tables.block_bit,
        n_codes=tables.n_codes,
        lowest_cqi=tables.lowest_cqi,
        distance=tables.distance,
        most_bps=tables.most_bps,
        least_snr_db=least_snrs_db(hsdpa.bler_target),
        gain=gain,
        cells=_make_cells(len(world.cells)),
        flows=_chained(np.zeros(_N_AT_FIRST, FLOW)),
        row=np.zeros(_N_AT_FIRST, FLOW_ROW),
        cut=np.zeros(_N_AT_FIRST, np.int32),
        block=block,
        messages=_chained(np.zeros(_N_AT_FIRST, MESSAGE)),
        message_row=np.zeros(_N_AT_FIRST, MESSAGE_ROW),
        message_block=message_block,
    )


def _use(one: Use) -> tuple[float, ...]:
    return one.direction == "up", one.pages_mean, one.reading_mean_s, *size_law(one.size)


def _source(one: DataSource, cell: int) -> tuple[float, ...]:
    peak_bps = one.peak_rate_bps or math.inf
    return (
        cell, one.direction == "up", one.hsdpa_category, peak_bps, one.weight, *size_law(one.size),
    )  # fmt: skip


def _chained(pool: NDArray[np.void]) -> NDArray[np.void]:
    """Return unused places as a chain."""
    pool["next_free"] = np.arange(1, len(pool) + 1)
    pool["next_free"][-1] = -1
    return pool


def _make_rules(scenario: Scenario) -> NDArray[np.void]:
    hsdpa, wcdma, messages = scenario.radio.hsdpa, scenario.radio.wcdma, scenario.traffic.messages
    rules = np.zeros(1, DATA_RULES)
    values = {
        "is_hsdpa": hsdpa.is_on,
        "max_codes": hsdpa.max_codes,
        "max_flows": hsdpa.max_flows,
        "min_rate_bps": hsdpa.min_rate_bps,
        "max_transmissions": hsdpa.max_transmissions,
        "max_stall_s": hsdpa.max_stall_s,
        "first_bearer": len(wcdma.services),
        "n_down": len(wcdma.downlink_bearers),
        "n_up": len(wcdma.uplink_bearers),
        "n_signalling": messages.n_signalling_channels,
        "transfer_s": messages.transfer_s,
        "submit_retry_s": messages.submit_retry_s,
        "max_submits": messages.max_submits,
        "retry_s": messages.retry_s,
        "validity_s": hours_to_seconds(messages.validity_h),
        "phone_state_s": messages.phone_state_s,
        "is_during_calls": messages.during_calls,
    }
    for name, value in values.items():
        rules[name] = value
    return rules


def _use_shares(scenario: Scenario) -> NDArray[np.float64]:
    """Return the cumulative shares of the uses in the sessions of each class and device; 1 where there are none."""
    rates = session_rates(scenario)
    total = rates.sum(axis=2, keepdims=True)
    shares = np.divide(rates.cumsum(axis=2), total, out=np.ones_like(rates), where=total > 0.0)
    return np.ascontiguousarray(shares)


def _message_shares(scenario: Scenario) -> NDArray[np.float64]:
    n = len(scenario.networks)
    lines = np.array([network.n_subscribers for network in scenario.networks], float)
    share = np.zeros((n, n))
    for own in range(n):
        others = lines.copy()
        others[own] = 0.0
        if others.sum() > 0.0:
            kept = scenario.traffic.messages.same_network_share
            share[own] = (1.0 - kept) * others / others.sum()
        share[own, own] = 1.0 - share[own].sum()
    cumulative = np.cumsum(share, axis=1)
    cumulative[:, -1] = 1.0
    return cumulative


def _make_cells(n_cells: int) -> NDArray[np.void]:
    cells = np.zeros(n_cells, DATA_CELL)
    cells["first_flow"] = -1
    cells["finish_flow"] = -1
    cells["finish_s"] = math.inf
    cells["due_s"] = math.inf
    cells["last_s"] = -math.inf
    cells["signalling_last_s"] = -math.inf
    return cells


def grow_flows(data: Data, cursor: NDArray[np.int64]) -> Data:
    """
    Return the state with room for twice as many flows.

    Parameters
    ----------
    data : Data
        State; it must not be used afterwards.
    cursor : (cursor,) ndarray of int64
        Cursor of the loop; changed.

    Returns
    -------
    Data
        The same flows in the same places.
    """
    flows = _grown(data.flows, cursor, FREE_FLOW, N_FREE_FLOWS)
    return data._replace(flows=flows, row=_doubled(data.row), cut=_doubled(data.cut))


def grow_messages(data: Data, cursor: NDArray[np.int64]) -> Data:
    """
    Return the state with room for twice as many messages.

    Parameters
    ----------
    data : Data
        State; it must not be used afterwards.
    cursor : (cursor,) ndarray of int64
        Cursor of the loop; changed.

    Returns
    -------
    Data
        The same messages in the same places.
    """
    messages = _grown(data.messages, cursor, FREE_MESSAGE, N_FREE_MESSAGES)
    return data._replace(messages=messages, message_row=_doubled(data.message_row))


def _doubled(pool: _Pool) -> _Pool:
    return np.concatenate([pool, np.zeros_like(pool)])


def _grown(
    pool: NDArray[np.void], cursor: NDArray[np.int64], first: int, n_free: int
) -> NDArray[np.void]:
    """Return a pool with twice the places, the new ones at the head of the chain of unused places."""
    old = len(pool)
    pool = _doubled(pool)
    pool["next_free"][old:] = np.arange(old + 1, 2 * old + 1)
    pool["next_free"][-1] = cursor[first]
    cursor[first] = old
    cursor[n_free] += old
    return pool
