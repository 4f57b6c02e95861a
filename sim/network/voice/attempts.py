"""An attempt to call: radio of the caller, circuits, radio of the called phone; all of them or none."""

from sim.compilation.kernels import entry, kernel
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Kind
from sim.network.lines import is_engaged, lines_of, province_now
from sim.network.movement.journeys import board, place_on_board, ride_on, set_out_dwelling
from sim.network.radio.phones import connect, disconnect, place_of, source_place
from sim.network.registrations.paging import has_channel, send_paging
from sim.network.servers import ORIGINATING, TERMINATING
from sim.network.trunks.ways import (
    AUTOMATIC,
    BARRED,
    BY_HAND,
    CONNECTED,
    NO_ROUTE,
    NO_ROUTE_OUTCOME,
    release_way,
    seize_way,
    trunks_of,
)
from sim.network.voice.ahead import ask_for_lines, ask_for_places
from sim.network.voice.calls import (
    CALLEE_REFUSED,
    CALLER_REFUSED,
    hold,
    write_failed,
)
from sim.network.voice.plans import (
    locate,
    plan_ahead,
    plan_attempt,
    plan_fixed_attempt,
)
from sim.network.voice.redials import may_redial, redial_later
from sim.network.voice.state import (
    ALL,
    AVOIDED,
    BY_MACHINE,
    BY_OPERATORS,
    ENGAGED,
    N_AHEAD,
    calls_of,
)
from sim.streams import STREAM_LINE, uniform
from sim.tables import FIXED_CELL, FIXED_IDX, Outcome, Refusal
from sim.traffic.calls import REDIAL_SHIFT

_NEEDS_OPERATOR = (
    -2
)  # in place of an outcome: the caller's phone is connected, and operators have to go on
_NOT_COVERED = int(Refusal.NO_COVERAGE)
_LOOK_AHEAD = 8  # attempts between the request for a line and its use
_COMPLETED = int(Outcome.COMPLETED)
_CALLEE_BUSY = int(Outcome.CALLEE_BUSY)
_CALLEE_OFF = int(Outcome.CALLEE_OFF)
_NO_COVERAGE = int(Outcome.NO_COVERAGE)
_BARRED = int(Outcome.BARRED)
_CALLEE_BLOCKED = int(Outcome.CALLEE_BLOCKED)
_CALLEE_NO_COVERAGE = int(Outcome.CALLEE_NO_COVERAGE)
_ANSWER = int(Kind.ANSWER)
_RELEASE = int(Kind.RELEASE)
_RELEASE_OF_SOURCE = int(Kind.RELEASE_OF_SOURCE)


@kernel
def reach(
    state: int, time_s: float, row: int, p_line: float, is_off: bool, service: int
) -> tuple[int, int]:
    """Connect the called phone of a line; return CONNECTED and the phone, or the outcome of the call and -1."""
    lines = lines_of(state)
    if is_off:
        return _CALLEE_OFF, -1
    if is_engaged(lines, row, p_line, clockwork_of(state).rules[0].scale):
        return _CALLEE_BUSY, -1
    cell = lines.lines[row].cell_idx
    if cell < 0:
        return _CALLEE_NO_COVERAGE, -1
    is_answered = has_channel(state, cell)
    send_paging(state, time_s, cell, is_answered)
    if not is_answered:
        return _CALLEE_BLOCKED, -1
    phone = connect(state, time_s, TERMINATING, cell, place_of(state, row), service)
    if phone < 0:
        return CALLEE_REFUSED[-1 - phone], -1
    return CONNECTED, phone


@kernel
def _set_up(state: int, time_s: float, place: int) -> tuple[int, int, int]:
    """
    Connect the caller, a way and the called phone: all of them or none.

    Back come CONNECTED, _NEEDS_OPERATOR with the caller connected, or the outcome of the attempt; and both phones,
    -1 for none. The way stands in `trunks.way`.
    """
    calls = calls_of(state)
    plan, record = calls.plans[place], calls.planned[place]
    cell = record.cell_idx
    if cell < 0 and cell != FIXED_CELL:
        return _NO_COVERAGE, -1, -1
    if plan.route == BARRED:
        return _BARRED, -1, -1
    caller = -1
    if cell >= 0:
        at = plan.caller_place
        caller = connect(state, time_s, ORIGINATING, cell, at, record.service_idx)
        if caller < 0:
            return CALLER_REFUSED[-1 - caller], -1, -1
    if plan.route == BY_HAND:
        return _NEEDS_OPERATOR, caller, -1
    outcome, callee = CONNECTED, -1
    is_mobile = record.destination_idx != FIXED_IDX
    has_way = False
    if plan.route == NO_ROUTE or (is_mobile and plan.callee_row < 0):
        outcome = NO_ROUTE_OUTCOME
    elif plan.route == AUTOMATIC:
        outcome = seize_way(state, plan.origin, plan.destination, time_s)
        has_way = outcome == CONNECTED
    if outcome == CONNECTED and is_mobile:
        is_off = plan.is_callee_off != 0
        outcome, callee = reach(
            state, time_s, plan.callee_row, plan.p_line, is_off, record.service_idx
        )
    elif outcome == CONNECTED and plan.is_callee_off:
        outcome = _CALLEE_BUSY
    if outcome != CONNECTED:
        if has_way:
            release_way(state, trunks_of(state).way, time_s)
        disconnect(state, time_s, caller)
    return outcome, caller, callee


@kernel
def _pass_over(state: int, time_s: float, place: int) -> None:
    """Make no attempt that would be over before the network settles; who would have met nobody tries again."""
    plan, record = calls_of(state).plans[place], calls_of(state).planned[place]
    row, callee = plan.caller_row, plan.callee_row
    if plan.route == BARRED or (row >= 0 and record.cell_idx < 0):
        return
    is_nobody = callee < 0 and record.destination_idx != FIXED_IDX
    if (
        is_nobody
        or plan.route == NO_ROUTE
        or plan.is_callee_off
        or (callee >= 0 and record.callee_cell_idx < 0)
    ):
        redial_later(state, time_s, record, row)
    elif plan.course != _COMPLETED:
        redial_later(state, time_s + plan.ring_s, record, row)


@entry
def attempt(state: int, time_s: float, place: int) -> None:
    """Make a planned attempt of a caller who is not engaged, unless it would be over before the network settles."""
    calls, clockwork = calls_of(state), clockwork_of(state)
    locate(state, place)
    if calls.plans[place].is_over:
        _pass_over(state, time_s, place)
        return
    plan, record = calls.plans[place], calls.planned[place]
    outcome, caller, callee = _set_up(state, time_s, place)
    if plan.is_emergency and 0.0 <= time_s < clockwork.rules[0].window_s:
        calls.n_emergency[record.network_idx, record.province_idx] += 1
        if outcome == _NO_COVERAGE:
            calls.n_emergency_lost[record.network_idx, record.province_idx] += 1
    if outcome == _NEEDS_OPERATOR:
        call = hold(state, place, plan.caller_row, -1, caller, -1, BY_OPERATORS)
        clockwork.cursor[0].called = call
        clockwork.cursor[0].called_plan = place
        return
    if outcome != CONNECTED:
        write_failed(state, place, outcome)
        if may_redial(outcome):
            redial_later(state, time_s, record, plan.caller_row)
        return
    call = hold(state, place, plan.caller_row, plan.callee_row, caller, callee, BY_MACHINE)
    if plan.route == AUTOMATIC:
        way = trunks_of(state).way
        for k in range(len(way)):
            calls.held[call, k] = way[k]
        calls.record[call].trunk_idx = way[0]
    calls.record[call].end_s = time_s + plan.ring_s + plan.talk_s
    kind = _ANSWER if plan.course == _COMPLETED else _RELEASE
    address = record.index + (record.redial << REDIAL_SHIFT)
    schedule(wheel_of(state), time_s + plan.ring_s, kind, record.entity, address, call)


@kernel
def _planned(state: int) -> int:
    """Return the place of the plan of the present intent, which is planned now if it is not yet."""
    cursor = clockwork_of(state).cursor[0]
    i = cursor.intent - 1
    if i >= cursor.planned:
        cursor.planned = plan_ahead(state, i - i % N_AHEAD)
    if i + _LOOK_AHEAD < cursor.planned:
        ask_for_lines(state, (i + _LOOK_AHEAD) % N_AHEAD)
        ask_for_places(state, (i + _LOOK_AHEAD // 2) % N_AHEAD)
    return i % N_AHEAD


@entry
def on_intent(state: int, time_s: float, row: int, address: int) -> None:  # noqa: ARG001  they are in the plan
    """Count somebody who intends to call; one who is not engaged, nor put off by the price, does."""
    calls, run, place = calls_of(state), clockwork_of(state).rules[0], _planned(state)
    record, plan = calls.planned[place], calls.plans[place]
    network = min(record.network_idx, run.n_networks)
    province = province_now(lines_of(state), plan.caller_row, record.province_idx)
    is_measured = 0.0 <= time_s < run.window_s
    if is_measured:
        calls.n_intents[ALL, network, province] += 1
    if plan.is_avoided:
        if is_measured:
            calls.n_intents[AVOIDED, network, province] += 1
        return
    caller = plan.caller_row
    if caller >= 0 and is_engaged_caller(state, caller, record.entity, record.index):
        if is_measured:
            calls.n_intents[ENGAGED, network, province] += 1
        return
    attempt(state, time_s, place)


@kernel
def is_engaged_caller(state: int, row: int, entity: int, address: int) -> bool:
    """Say whether the line of a row that makes the attempt at an address takes part in a call."""
    lines, run = lines_of(state), clockwork_of(state).rules[0]
    if lines.n_calls[row] == 0:
        return False
    u = uniform(run.seed, run.replication, STREAM_LINE, entity, address)
    return is_engaged(lines, row, u, run.scale)


@entry
def on_redial(state: int, time_s: float, row: int, address: int) -> None:
    """Let a subscriber try again, unless engaged."""
    entity = lines_of(state).lines[row].subscriber_id
    if is_engaged_caller(state, row, entity, address):
        return
    redial = address >> REDIAL_SHIFT
    root = address & ((1 << REDIAL_SHIFT) - 1)
    plan_attempt(state, N_AHEAD, time_s, row, root, redial)
    attempt(state, time_s, N_AHEAD)


@entry
def on_fixed_redial(state: int, time_s: float, node: int, address: int) -> None:
    """Let somebody at a fixed line try again."""
    redial = address >> REDIAL_SHIFT
    root = address & ((1 << REDIAL_SHIFT) - 1)
    plan_fixed_attempt(state, N_AHEAD, time_s, node, root, redial)
    attempt(state, time_s, N_AHEAD)


@entry
def on_source_call(state: int, time_s: float, source: int, address: int) -> None:  # noqa: ARG001
    """Make a call of a Poisson source: answered at once, in one or two cells."""
    calls, place = calls_of(state), _planned(state)
    plan, record = calls.plans[place], calls.planned[place]
    if time_s + record.would_hold_s < clockwork_of(state).rules[0].settled_s:
        return
    service, caller, callee = record.service_idx, -1 - _NOT_COVERED, -1
    rider = board(state, time_s, source, record.index, plan.p_caller_place)
    if rider >= 0:
        record.cell_idx, at = place_on_board(state, rider)
    else:
        at = source_place(state, record.cell_idx, plan.p_caller_place)
    if record.cell_idx >= 0:
        caller = connect(state, time_s, ORIGINATING, record.cell_idx, at, service)
    if rider >= 0 and caller < 0:
        ride_on(state, time_s, rider, caller)
    if caller < 0:
        write_failed(state, place, CALLER_REFUSED[-1 - caller])
        return
    if record.callee_cell_idx >= 0:
        at = source_place(state, record.callee_cell_idx, plan.p_callee_place)
        callee = connect(state, time_s, TERMINATING, record.callee_cell_idx, at, service)
        if callee < 0:
            disconnect(state, time_s, caller)
            write_failed(state, place, CALLEE_REFUSED[-1 - callee])
            return
    call = hold(state, place, -1, -1, caller, callee, BY_MACHINE)
    calls.record[call].answer_s = time_s
    if rider >= 0:
        ride_on(state, time_s, rider, caller)
    else:
        set_out_dwelling(state, time_s, caller, source)
    until_s = time_s + record.would_hold_s
    schedule(wheel_of(state), until_s, _RELEASE_OF_SOURCE, record.entity, record.index, call)
