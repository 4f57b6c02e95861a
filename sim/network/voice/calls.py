"""A call that holds something: from its begin to its row."""

import math
from typing import Any

from sim.compilation.kernels import entry, kernel
from sim.engine.pools import give_place, put_last, put_row, take_first, take_place
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Kind, Owner, Pending
from sim.network.lines import lines_of
from sim.network.movement.journeys import set_out
from sim.network.radio.phones import disconnect, own
from sim.network.radio.state import radio_of
from sim.network.trunks.ways import release_way
from sim.network.voice.redials import may_redial, redial_later
from sim.network.voice.state import BY_MACHINE, SHED, calls_of
from sim.tables import Outcome, Refusal
from sim.traffic.calls import REDIAL_SHIFT

_Record = Any
"""A row of ATTEMPTS in compiled code."""

CALLER, CALLEE = 0, 1
"""Sides of a call."""

_DROPPED = int(Outcome.DROPPED)
_IS_STATION_DOWN = int(Outcome.STATION_DOWN)
_STATION_DOWN = int(Refusal.STATION_DOWN)
_RELEASE = int(Kind.RELEASE)
_OWNER = int(Owner.CALL)
_PENDING = int(Pending.SHED_CALL)

_OUT_OF_COVER = (Refusal.NO_COVERAGE, Refusal.STATION_DOWN)

CALLER_REFUSED = tuple(
    int(Outcome.NO_COVERAGE if refusal in _OUT_OF_COVER else Outcome[f"BLOCKED_{refusal.name}"])
    for refusal in Refusal
)
"""What becomes of a call whose caller the radio refuses, by refusal."""

CALLEE_REFUSED = tuple(
    int(Outcome.CALLEE_NO_COVERAGE if refusal in _OUT_OF_COVER else Outcome.CALLEE_BLOCKED)
    for refusal in Refusal
)
"""What becomes of a call whose called phone the radio refuses, by refusal."""


@kernel
def hold(
    state: int,
    place: int,
    caller_row: int,
    callee_row: int,
    caller_phone: int,
    callee_phone: int,
    in_hand: int,
) -> int:
    """Keep a planned attempt as a call that holds something; return where."""
    calls = calls_of(state)
    call = take_place(calls.free)
    clockwork_of(state).cursor[0].n_open += 1
    calls.record[call] = calls.planned[place]
    one = calls.calls[call]
    one.caller_row, one.callee_row, one.in_hand = caller_row, callee_row, in_hand
    one.caller_phone, one.callee_phone = -1, -1
    time_s = calls.record[call].time_s
    take_phone(state, time_s, call, CALLER, caller_phone, caller_row)
    take_phone(state, time_s, call, CALLEE, callee_phone, callee_row)
    n_calls = lines_of(state).n_calls
    if caller_row >= 0:
        n_calls[caller_row] += 1
    if callee_row >= 0:
        n_calls[callee_row] += 1
    return call


@kernel
def take_phone(state: int, time_s: float, call: int, side: int, phone: int, row: int) -> None:
    """Let a phone be that of a side of a call, and set out if its line is on a journey; nothing for -1."""
    if phone < 0:
        return
    calls = calls_of(state)
    one, record = calls.calls[call], calls.record[call]
    if side == CALLER:
        one.caller_phone = phone
    else:
        one.callee_phone = phone
    address = record.index + (record.redial << REDIAL_SHIFT)
    own(state, phone, _OWNER, call, record.entity, address, side, one.in_hand == BY_MACHINE)
    set_out(state, time_s, phone, row, side)


@kernel
def leave_phone(state: int, time_s: float, call: int, side: int) -> None:
    """Disconnect the phone of a side of a call, if it has one."""
    one = calls_of(state).calls[call]
    if side == CALLER:
        disconnect(state, time_s, one.caller_phone)
        one.caller_phone = -1
    else:
        disconnect(state, time_s, one.callee_phone)
        one.callee_phone = -1


@kernel
def _let_go(state: int, time_s: float, call: int) -> None:
    """Release everything that a call holds."""
    calls, n_calls = calls_of(state), lines_of(state).n_calls
    record, one = calls.record[call], calls.calls[call]
    record.end_s = time_s
    leave_phone(state, time_s, call, CALLER)
    leave_phone(state, time_s, call, CALLEE)
    if record.trunk_idx >= 0:
        release_way(state, calls.held[call], time_s)
    if one.caller_row >= 0:
        n_calls[one.caller_row] -= 1
    if one.callee_row >= 0:
        n_calls[one.callee_row] -= 1


@kernel(inline=True)
def _free(state: int, call: int) -> None:
    give_place(calls_of(state).free, call)
    clockwork_of(state).cursor[0].n_open -= 1


@kernel
def _write(state: int, record: _Record) -> None:
    """Write the row of an attempt."""
    put_row(calls_of(state).ended, record)


@kernel
def write_failed(state: int, place: int, outcome: int) -> None:
    """Write the row of a planned attempt that held nothing."""
    calls = calls_of(state)
    calls.planned[place].outcome = outcome
    _write(state, calls.planned[place])


@kernel
def write_row(state: int, time_s: float, call: int) -> None:
    """Write the row of a call that holds nothing any more, and let its caller try again if it failed."""
    calls = calls_of(state)
    record, row = calls.record[call], calls.calls[call].caller_row
    _write(state, record)
    _free(state, call)
    if may_redial(record.outcome):
        redial_later(state, time_s, record, row)


@entry
def on_answer(state: int, time_s: float, call: int, address: int) -> None:
    """Begin the conversation of a call."""
    calls = calls_of(state)
    if calls.calls[call].in_hand == SHED:
        _free(state, call)
        return
    record = calls.record[call]
    record.answer_s = time_s
    schedule(wheel_of(state), record.end_s, _RELEASE, record.entity, address, call)


@entry
def on_release(state: int, time_s: float, call: int, address: int) -> None:  # noqa: ARG001
    """Release everything that a call holds, and write its row; of one that was shed only the place is still held."""
    if calls_of(state).calls[call].in_hand == SHED:
        _free(state, call)
        return
    _let_go(state, time_s, call)
    write_row(state, time_s, call)


@entry
def on_shed(state: int, time_s: float, phone: int, cause: int) -> None:
    """End the call of a phone that the radio sheds; its row waits, and its place until its event comes."""
    calls, clockwork, shed = calls_of(state), clockwork_of(state), radio_of(state).phones[phone]
    call = shed.owner
    record = calls.record[call]
    if not math.isnan(record.answer_s):
        record.outcome = _IS_STATION_DOWN if cause == _STATION_DOWN else _DROPPED
    elif shed.side == CALLER:
        record.outcome = CALLER_REFUSED[cause]
    else:
        record.outcome = CALLEE_REFUSED[cause]
    _let_go(state, time_s, call)
    calls.calls[call].in_hand = SHED
    put_last(calls.shed, call)
    clockwork.n_pending[_PENDING] += 1
    clockwork.cursor[0].n_pending += 1


@entry
def write_shed_row(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """Write the row of the first call in the queue of those that were shed, and let its caller try again."""
    calls, clockwork = calls_of(state), clockwork_of(state)
    call = take_first(calls.shed)
    clockwork.n_pending[_PENDING] -= 1
    clockwork.cursor[0].n_pending -= 1
    record = calls.record[call]
    _write(state, record)
    if may_redial(record.outcome):
        redial_later(state, record.end_s, record, calls.calls[call].caller_row)
