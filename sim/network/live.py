"""The live state of a replication, packed into few arrays for compiled code."""

from typing import Any, NamedTuple

import numpy as np
from numba import int32, int64
from numpy.typing import NDArray

from sim.engine.recorder import Block
from sim.engine.wheel import Wheel
from sim.network.usage import Groups
from sim.switching.draws import MAX_HOPS
from sim.traffic.calls import Key
from sim.traffic.durations import HoldingLaw

as_int32: Any = int32
as_int64: Any = int64
"""Types in place of literals, for each of which Numba would compile a function anew."""

(
    POWER_UPDATE, COVERAGE_SAMPLE, RELEASE_OF_SOURCE, RELEASE, ANSWER, REDIAL, REDIAL_OF_FIXED, BEARER_END, FLOW_END,
    PAGE, MESSAGE_STEP,
) = range(11)  # fmt: skip
"""Kinds of machine events in the wheel. At equal times they come in this order, and intents after them: a server
that is released is free for whoever calls at the same instant."""

(
    ROW, FREE, N_FREE, INTENT, N_EVENTS, PLANNED, CALLED, PLACE, FREED, SHED_FROM, SHED_TO,
    FLOW_ROWS_LEFT, FREE_FLOW, N_FREE_FLOWS, CUT_FROM, CUT_TO, N_OPEN,
    MESSAGE_ROWS_LEFT, FREE_MESSAGE, N_FREE_MESSAGES,
) = range(20)  # fmt: skip
"""Cursor of the loop: next row of the block, first free call, free calls, next intent, events so far, intents whose
attempts are planned, the call that needs operators (-1 for none), the place of its plan, whether a circuit has been
released for which somebody waits, and from where to where calls stand in the queue of those that were shed. Then rows
of flows for which there is room, first free flow, free flows, from where to where flows stand in the queue of those
that were cut, sessions and flows of sources that are open; rows of messages for which there is room, first free
message, free messages."""

N_CURSOR = N_FREE_MESSAGES + 1
"""Entries of the cursor."""

CALLER, CALLED_PHONE = 0, 1
"""Sides of a call: the link of each to the radio is number 2 * call + side."""

BY_MACHINE, BY_OPERATORS, SHED = range(3)
"""Who has a call in hand: an event of it is in the wheel; operators; nobody, though an event is in the wheel."""

MAX_WAY = MAX_HOPS + 2
"""Trunk groups of a way at most, and one place for its end."""

N_AHEAD = 1024
"""Attempts that are planned ahead together; one more place is for a redial. It never changes a result."""

ALL, ENGAGED, AVOIDED = range(3)
"""Counts of intents: all of them, those of engaged callers, and those of callers who avoid the other network."""

LINE = np.dtype(
    [
        ("subscriber_id", np.uint32),
        ("cell_idx", np.int32),
        ("network_idx", np.uint8),
        ("province_idx", np.uint8),
        ("class_idx", np.uint8),
        ("device_idx", np.uint8),
    ],
    align=True,
)
"""A simulated line: its entity; its first-ranked cell at home, -1 for none; its network, home province, class and
device."""

PLAN = np.dtype(
    [
        ("ring_s", np.float64),
        ("talk_s", np.float64),
        ("p_line", np.float64),
        ("caller_row", np.int32),
        ("callee_row", np.int32),
        ("caller_place", np.int32),
        ("callee_place", np.int32),
        ("origin", np.int32),
        ("destination", np.int32),
        ("route", np.int8),
        ("course", np.uint8),
        ("is_callee_off", np.uint8),
        ("is_avoided", np.uint8),
    ],
    align=True,
)
"""What is drawn of an attempt before anything is asked of the network, beside its record: ringing [s]; conversation
[s]; which of the lines that the called row stands for; rows of both lines, -1 for none; places of both phones for the
radio, -1 for none; nodes of both lines; route as
in `sim.network.ways`; outcome once it rings; whether the called phone is off, or the called fixed line engaged; whether
the caller forgoes it for its price."""

SOURCE = np.dtype(
    [
        ("first_cell_idx", np.int32),
        ("second_cell_idx", np.int32),
        ("service_idx", np.int64),
        ("law", np.int64),
        ("a", np.float64),
        ("b", np.float64),
        ("c", np.float64),
    ],
    align=True,
)
"""A Poisson source: its cells, -1 for no second one, its service, and the law of its holding times as in HoldingLaw."""

LINK = np.dtype(
    [
        ("caller_row", np.int32),
        ("callee_row", np.int32),
        ("next_free", np.int32),
        ("in_hand", np.int32),
        ("flow", np.int32),
    ]
)
"""Beside the record of a call that holds something: rows of both lines, -1 for none; chain of unused places; who has
it in hand; the flow whose bearer it is, -1 for a call."""


class Rules(NamedTuple):
    """
    Parameters of calls, as in the scenario's section `traffic.voice`.

    Attributes
    ----------
    key : Key
        Key of the replication's draws.
    holding : HoldingLaw
        Law of a conversation between subscribers.
    p_answer, ring_mean_s, timeout_s, patience_mean_s : float
        Ringing.
    same_province_share, p_phone_off : float
        Destination and state of the called phone.
    redial_probability, redial_delay_mean_s : float
        Redialling.
    max_redials : int
        Most redials of an intent.
    scale : float
        Share of lines that is simulated.
    window_s : float
        Length of the measured window, which begins at 0. [s]
    n_cells : int
        Number of cells: trunk groups come after them among the groups of servers.
    n_networks : int
        Number of mobile networks; their switching centres are the first nodes.
    fixed_node : int
        Node of every fixed line where the fixed network is not simulated, -1 where it is.
    toll_share, mobile_share : float
        Share of the calls of fixed lines to other exchanges and to mobile lines.
    p_fixed_busy : float
        Probability that a called fixed line is engaged.
    n_services : int
        Services of the radio, 0 where cells have channels.
    video_share : float
        Share of the calls between mobile phones that are video calls.
    video_service : int
        Service of video calls.
    n_spare_events : int
        Events for which there must be room before any event.
    """

    key: Key
    holding: HoldingLaw
    p_answer: float
    ring_mean_s: float
    timeout_s: float
    patience_mean_s: float
    same_province_share: float
    p_phone_off: float
    redial_probability: float
    redial_delay_mean_s: float
    max_redials: int
    scale: float
    window_s: float
    n_cells: int
    n_networks: int
    fixed_node: int
    toll_share: float
    mobile_share: float
    p_fixed_busy: float
    n_services: int
    video_share: float
    video_service: int
    n_spare_events: int


class Live(NamedTuple):
    """
    Everything that the compiled loop takes.

    Rows are structured, so that what is asked of a line, a group or a call lies together in memory, and there are
    few arrays: compiled code pays for each array that it is handed.

    Attributes
    ----------
    rules : Rules
        Parameters of calls.
    cursor : (20,) ndarray of int64
        See ROW and what follows it.
    lines : (subscriber,) structured ndarray
        Lines, fields as in LINE.
    n_calls : (subscriber,) ndarray of uint16
        Calls in which each line takes part.
    groups : (group,) structured ndarray
        Channels of cells, then circuits of trunk groups.
    sources : (source,) structured ndarray
        Poisson sources, fields as in SOURCE.
    first_row : (network, province + 1) ndarray of int64
        First row of each network's lines in each province.
    destination_share : (from network, to network) ndarray of float64
        Cumulative shares of intents; the last column is the fixed network.
    packed : (number,) ndarray of int64
        Addresses of these arrays and of those that only calls over trunk groups need: `sim.network.packed`.
    scratch : (MAX_WAY,) ndarray of int16
        Trunk groups of the way that was seized last, -1 behind the last.
    held : (call, MAX_WAY) ndarray of int16
        Trunk groups of which each call holds a circuit, -1 behind the last.
    ahead : (place,) structured ndarray
        Records of attempts that are planned, as far as they are known.
    plan : (place,) structured ndarray
        The same attempts, fields as in PLAN.
    record : (call,) structured ndarray
        Calls that hold something: the row of the attempt as far as it is known.
    link : (call,) structured ndarray
        The same calls, fields as in LINK.
    n_intents : (count, network + 1, province) ndarray of int64
        Intents in the measured window: ALL, ENGAGED and AVOIDED; the fixed network is the last.
    wheel : Wheel
        Machine events to come.
    block : (row,) structured ndarray
        Rows of attempts that have ended.
    """

    rules: Rules
    cursor: NDArray[np.int64]
    lines: NDArray[np.void]
    n_calls: NDArray[np.uint16]
    groups: Groups
    sources: NDArray[np.void]
    first_row: NDArray[np.int64]
    destination_share: NDArray[np.float64]
    packed: NDArray[np.int64]
    scratch: NDArray[np.int16]
    held: NDArray[np.int16]
    ahead: Block
    plan: NDArray[np.void]
    record: Block
    link: NDArray[np.void]
    n_intents: NDArray[np.int64]
    wheel: Wheel
    block: Block
