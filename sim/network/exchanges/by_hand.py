"""What a call patched by hand does to the live state of the loop, between two machine events."""

import math

from sim.compilation.kernels import entry
from sim.network.clockwork import clockwork_of
from sim.network.lines import lines_of
from sim.network.radio.phones import connect, place_of
from sim.network.registrations.paging import has_channel, send_paging
from sim.network.servers import TERMINATING
from sim.network.trunks.ways import CONNECTED
from sim.network.voice.attempts import is_engaged_caller, reach
from sim.network.voice.calls import CALLEE, CALLER, leave_phone, take_phone, write_row
from sim.network.voice.state import calls_of
from sim.streams import STREAM_DURATION, STREAM_RINGING, exponential_quantile, uniform, uniform_pair
from sim.traffic.durations import HoldingLaw, holding_time_s


@entry(is_called_by_python=True)
def course_by_hand(state: int, entity: int, address: int) -> tuple[float, float]:
    """
    Return how a call goes that operators look after while it rings.

    From ringing to the answer, infinite when nobody answers [s].
    """
    run, rules = clockwork_of(state).rules[0], calls_of(state).rules[0]
    u, v = uniform_pair(run.seed, run.replication, STREAM_RINGING, entity, address)
    ring_s = rules.ring_mean_s * exponential_quantile(v) if u < rules.p_answer else math.inf
    p = uniform(run.seed, run.replication, STREAM_DURATION, entity, address)
    return ring_s, holding_time_s(HoldingLaw(rules.law, rules.a, rules.b, rules.c), p)


@entry(is_called_by_python=True)
def seize_callee(
    state: int, time_s: float, call: int, row: int, p_line: float, is_off: bool
) -> int:
    """Reach the called phone for an operator, and engage its line."""
    record = calls_of(state).record[call]
    outcome, phone = reach(state, time_s, row, p_line, is_off, record.service_idx)
    if outcome == CONNECTED:
        take_phone(state, time_s, call, CALLEE, phone, row)
        lines_of(state).n_calls[row] += 1
    return outcome


@entry(is_called_by_python=True)
def release_line(state: int, time_s: float, call: int, side: int, row: int) -> None:
    """Disconnect a phone, and let its line be free."""
    leave_phone(state, time_s, call, side)
    lines_of(state).n_calls[row] -= 1


@entry(is_called_by_python=True)
def call_back(state: int, time_s: float, call: int, row: int, address: int) -> bool:
    """Ring a subscriber whose ticket is worked."""
    record = calls_of(state).record[call]
    if is_engaged_caller(state, row, record.entity, address):
        return False
    cell = lines_of(state).lines[row].cell_idx
    if cell < 0:  # the site has gone off the air since the call was booked
        return False
    is_answered = has_channel(state, cell)
    send_paging(state, time_s, cell, is_answered)
    if not is_answered:
        return False
    at = place_of(state, row)
    phone = connect(state, time_s, TERMINATING, cell, at, record.service_idx)
    if phone < 0:
        return False
    take_phone(state, time_s, call, CALLER, phone, row)
    lines_of(state).n_calls[row] += 1
    return True


@entry(is_called_by_python=True)
def finish_call(
    state: int,
    time_s: float,
    call: int,
    outcome: int,
    answer_s: float,
    trunk: int,
    n_manual: int,
    lost_at: int,
    wait_s: float,
) -> None:
    """Write the row of a call patched by hand, and let its caller try again if it failed."""
    record = calls_of(state).record[call]
    record.outcome = outcome
    record.answer_s = answer_s
    record.end_s = time_s
    record.trunk_idx = trunk
    record.n_manual = n_manual
    record.lost_at_idx = lost_at
    record.wait_s = wait_s
    write_row(state, time_s, call)
