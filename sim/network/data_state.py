"""Live state of data flows and short messages, in arrays for compiled code (docs/data.md)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.recorder import Block, row_dtype
from sim.tables import FLOWS, MESSAGES

FLOW_ROW = row_dtype(FLOWS)
MESSAGE_ROW = row_dtype(MESSAGES)

DATA_RULES = np.dtype(
    [
        ("is_hsdpa", np.int64),
        ("max_codes", np.int64),
        ("max_flows", np.int64),
        ("min_rate_bps", np.float64),
        ("max_transmissions", np.int64),
        ("max_stall_s", np.float64),
        ("first_bearer", np.int64),
        ("n_down", np.int64),
        ("n_up", np.int64),
        ("n_signalling", np.int64),
        ("transfer_s", np.float64),
        ("submit_retry_s", np.float64),
        ("max_submits", np.int64),
        ("retry_s", np.float64),
        ("validity_s", np.float64),
        ("phone_state_s", np.float64),
        ("is_during_calls", np.int64),
    ],
    align=True,
)
"""Parameters: HSDPA; first bearer among the services of the radio, bearers down and up; messages."""

USE = np.dtype(
    [
        ("is_up", np.int64),
        ("pages_mean", np.float64),
        ("reading_mean_s", np.float64),
        ("law", np.int64),
        ("a", np.float64),
        ("b", np.float64),
        ("c", np.float64),
        ("d", np.float64),
    ],
    align=True,
)
"""A use: direction, pages, reading, and the law of its sizes as in SizeLaw."""

DATA_SOURCE = np.dtype(
    [
        ("cell_idx", np.int64),
        ("is_up", np.int64),
        ("category", np.int64),
        ("peak_bps", np.float64),
        ("weight", np.float64),
        ("law", np.int64),
        ("a", np.float64),
        ("b", np.float64),
        ("c", np.float64),
        ("d", np.float64),
    ],
    align=True,
)
"""A Poisson source of flows, and the law of its sizes."""

DEVICE = np.dtype([("category", np.int64), ("peak_bps", np.float64)], align=True)
"""A device: HS-DSCH category, 0 for none, and greatest rate, infinite for none."""

BEARER = np.dtype([("down_bps", np.float64), ("up_bps", np.float64)], align=True)
"""A Release 99 bearer: its rates; what it asks of the radio stands among the services there."""

DATA_CELL = np.dtype(
    [
        ("first_flow", np.int32),
        ("n_flows", np.int32),
        ("n_served", np.int32),
        ("finish_flow", np.int32),
        ("last_s", np.float64),
        ("finish_s", np.float64),
        ("due_s", np.float64),
        ("n_scheduled", np.int64),
        ("active_s", np.float64),
        ("flow_s", np.float64),
        ("hsdpa_bit", np.float64),
        ("hsdpa_w_s", np.float64),
        ("run_bit", np.float64),
        ("bearer_s", np.float64),
        ("bearer_bit", np.float64),
        ("n_signalling_busy", np.int64),
        ("n_signalling_refused", np.int64),
        ("signalling_last_s", np.float64),
        ("signalling_s", np.float64),
    ],
    align=True,
)
"""A cell: chain of its flows over HSDPA, their number, those that are served, the one that ends first, when they were
last worked off, when that one ends, and for when an event is in the wheel [s]; integrals over the window; bits carried
in the whole run; likewise of bearers; signalling channels that messages hold, tries that found none."""

FLOW = np.dtype(
    [
        ("residual_bit", np.float64),
        ("rate_bps", np.float64),
        ("alone_bps", np.float64),
        ("speed_bps", np.float64),
        ("most_share", np.float64),
        ("share", np.float64),
        ("peak_bps", np.float64),
        ("weight", np.float64),
        ("stalled_s", np.float64),
        ("line", np.int32),
        ("place", np.int32),
        ("before", np.int32),
        ("after", np.int32),
        ("call", np.int32),
        ("next_free", np.int32),
        ("category", np.uint8),
        ("is_held_back", np.uint8),
    ],
    align=True,
)
"""A flow: bits to come; present rate; rate if it were alone, that while it is scheduled; greatest and present share of
the intervals; greatest rate, weight; since when it gets nothing [s], NaN if it gets something; row of the subscriber,
-1 for a source; place; chain of its cell's flows; call that holds its bearer, -1 for none; chain of unused places;
category; whether its share is its greatest."""

MESSAGE = np.dtype(
    [
        ("p_line", np.float64),
        ("sender", np.int32),
        ("receiver", np.int32),
        ("phase", np.int32),
        ("next_free", np.int32),
    ],
    align=True,
)
"""A message: which of the lines that the receiver's row stands for; rows of both; what it does next; chain of
unused places."""


class Data(NamedTuple):
    """
    State of data flows and short messages.

    Attributes
    ----------
    rules : (1,) structured ndarray
        Parameters, fields as in DATA_RULES.
    uses : (use,) structured ndarray
        Uses.
    sources : (source,) structured ndarray
        Poisson sources of flows.
    devices : (device,) structured ndarray
        Devices.
    bearers : (bearer,) structured ndarray
        Bearers down, then up.
    use_share : (class, device, use) ndarray of float64
        Cumulative share of the uses in the sessions of a line.
    class_weight : (class,) ndarray of float64
        Weight of the flows of each class.
    message_share : (network, network) ndarray of float64
        Cumulative share of the networks in the messages of each network.
    block_bit, n_codes, lowest_cqi : (category, CQI) ndarray of int64
        As in `sim.radio.hsdpa.CqiTables`.
    distance : (category,) ndarray of int64
        Likewise.
    most_bps : (category,) ndarray of float64
        Likewise. [bit/s]
    least_snr_db : (CQI,) ndarray of float64
        Least SNR of each CQI. [dB]
    gain : (flows + 1,) ndarray of float64
        Gain of the scheduler.
    cells : (cell,) structured ndarray
        Cells, fields as in DATA_CELL.
    flows : (flow,) structured ndarray
        Flows in progress, fields as in FLOW.
    row : (flow,) structured ndarray
        Their rows as far as they are known.
    cut : (flow,) ndarray of int32
        Flows that were cut at an update and whose rows are not written.
    block : (row,) structured ndarray
        Rows of flows that have ended.
    messages : (message,) structured ndarray
        Messages under way, fields as in MESSAGE.
    message_row : (message,) structured ndarray
        Their rows as far as they are known.
    message_block : (row,) structured ndarray
        Rows of messages that have ended.
    """

    rules: NDArray[np.void]
    uses: NDArray[np.void]
    sources: NDArray[np.void]
    devices: NDArray[np.void]
    bearers: NDArray[np.void]
    use_share: NDArray[np.float64]
    class_weight: NDArray[np.float64]
    message_share: NDArray[np.float64]
    block_bit: NDArray[np.int64]
    n_codes: NDArray[np.int64]
    lowest_cqi: NDArray[np.int64]
    distance: NDArray[np.int64]
    most_bps: NDArray[np.float64]
    least_snr_db: NDArray[np.float64]
    gain: NDArray[np.float64]
    cells: NDArray[np.void]
    flows: NDArray[np.void]
    row: Block
    cut: NDArray[np.int32]
    block: Block
    messages: NDArray[np.void]
    message_row: Block
    message_block: Block


DATA_DTYPES = (
    DATA_RULES, USE, DATA_SOURCE, DEVICE, BEARER, np.float64, np.float64, np.float64, np.int64, np.int64, np.int64,
    np.int64, np.float64, np.float64, np.float64, DATA_CELL, FLOW, FLOW_ROW, np.int32, FLOW_ROW, MESSAGE, MESSAGE_ROW,
    MESSAGE_ROW,
)  # fmt: skip
"""Types of the arrays of a Data, in their order."""
