"""Phones on the radio: a channel of a cell, or admission by interference, power and codes."""

from numba import njit

from sim.network.admission import (
    BLOCKED_CHANNEL_ELEMENT,
    BLOCKED_CODE,
    BLOCKED_DOWNLINK,
    BLOCKED_UPLINK,
    NO_COVERAGE,
    admit,
    leave,
)
from sim.network.live import Live
from sim.network.packed import Packed, radio_of, unpack
from sim.network.radio_state import Radio
from sim.network.usage import ORIGINATING, is_free, refuse, release, seize
from sim.network.ways import CONNECTED
from sim.tables import Outcome

BLOCKED_CHANNEL = int(Outcome.BLOCKED_CHANNEL)
_CALLEE_BLOCKED = int(Outcome.CALLEE_BLOCKED)
_CALLEE_NO_COVERAGE = int(Outcome.CALLEE_NO_COVERAGE)


@njit(cache=True, forceinline=True)
def connect(
    live: Live, time_s: float, link: int, direction: int, cell: int, place: int, service: int
) -> int:
    """
    Connect a phone to the radio.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    link : int
        2 * call + side of the phone.
    direction : int
        ORIGINATING or TERMINATING.
    cell : int
        Its first-ranked cell.
    place : int
        Where it is, -1 where cells have channels.
    service : int
        What it asks for.

    Returns
    -------
    int
        CONNECTED, or the outcome of a call whose caller is refused: see `of_callee`.
    """
    if live.rules.n_services == 0:
        if seize(live.groups, cell, direction, time_s, live.rules.window_s):
            return CONNECTED
        return BLOCKED_CHANNEL
    return _connect_by_power(live.packed, time_s, link, direction, cell, place, service)


@njit(cache=True, forceinline=True)
def of_callee(outcome: int) -> int:
    """
    Return what becomes of a call whose called phone is refused.

    Parameters
    ----------
    outcome : int
        What `connect` returned, CONNECTED apart.

    Returns
    -------
    int
        Outcome.
    """
    return _CALLEE_NO_COVERAGE if outcome == NO_COVERAGE else _CALLEE_BLOCKED


@njit(cache=True, forceinline=True)
def disconnect(live: Live, time_s: float, link: int, cell: int) -> None:
    """
    Let a phone release what it holds of the radio.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    link : int
        2 * call + side of the phone.
    cell : int
        Its first-ranked cell; nothing happens when it is negative.
    """
    release(live.groups, cell, time_s, live.rules.window_s)
    if live.rules.n_services > 0 and cell >= 0:
        _leave(live.packed, time_s, link)


@njit(cache=True)
def _leave(packed: Packed, time_s: float, link: int) -> None:
    leave(radio_of(packed), time_s, link)


@njit(cache=True)
def _connect_by_power(
    packed: Packed, time_s: float, link: int, direction: int, cell: int, place: int, service: int
) -> int:
    live, radio = unpack(packed), radio_of(packed)
    window_s = live.rules.window_s
    outcome = BLOCKED_CHANNEL
    if is_free(live.groups, cell):
        outcome = admit(radio, time_s, link, place, service)
    if outcome == CONNECTED:
        seize(live.groups, cell, direction, time_s, window_s)
        return CONNECTED
    if 0.0 <= time_s < window_s:
        _count_refusal(radio, cell, outcome)
    if outcome != NO_COVERAGE:
        refuse(live.groups, cell, direction, time_s, window_s)
    return outcome


@njit(cache=True, forceinline=True)
def _count_refusal(radio: Radio, cell: int, outcome: int) -> None:
    one = radio.cells[cell]
    one.n_no_coverage += outcome == NO_COVERAGE
    one.n_blocked_uplink += outcome == BLOCKED_UPLINK
    one.n_blocked_downlink += outcome == BLOCKED_DOWNLINK
    one.n_blocked_code += outcome == BLOCKED_CODE
    one.n_blocked_channel_element += outcome == BLOCKED_CHANNEL_ELEMENT


@njit(cache=True, forceinline=True)
def connect_caller(live: Live, time_s: float, call: int, plan: int) -> int:
    """
    Connect the phone of a planned caller.

    Parameters
    ----------
    live : Live
        State; changed.
    time_s : float
        Now. [s]
    call : int
        Call that will be of it.
    plan : int
        Place of the plan.

    Returns
    -------
    int
        CONNECTED, or the outcome.
    """
    record = live.ahead[plan]
    return connect(
        live, time_s, 2 * call, ORIGINATING, record.cell_idx, live.plan[plan].caller_place,
        record.service_idx,
    )  # fmt: skip
