"""
Memory asked ahead for what calls will need: nothing here changes a result.

Lines, places and calls lie far apart. Each is asked for some attempts or events before it is read, step by step, for
where the next one lies is read from the one before.
"""

from typing import Any

from sim.compilation.kernels import IS_PLAIN, kernel
from sim.engine.prefetch import LINE_BYTES, fetch_row
from sim.engine.wheel import NONE, wheel_of
from sim.network.kinds import Kind
from sim.network.lines import lines_of
from sim.network.radio.ahead import ask_for_line, ask_for_phone, ask_for_place
from sim.network.radio.phones import place_of
from sim.network.radio.state import radio_of
from sim.network.voice.state import calls_of

_RELEASE, _ANSWER = int(Kind.RELEASE), int(Kind.ANSWER)
_fetch: Any = fetch_row  # Numba gives the intrinsic its first argument itself


@kernel(inline=True)
def ask_for_lines(state: int, place: int) -> None:
    """Ask for the lines of a plan."""
    if IS_PLAIN:
        return
    plan, lines = calls_of(state).plans[place], lines_of(state)
    if plan.callee_row >= 0:
        _fetch(lines.lines, plan.callee_row, 0)
        _fetch(lines.n_calls, plan.callee_row, 0)
        ask_for_line(state, plan.callee_row)
    if plan.caller_row >= 0:
        ask_for_line(state, plan.caller_row)


@kernel(inline=True)
def ask_for_places(state: int, place: int) -> None:
    """Ask for what is heard where the phones of a plan are, whose lines have been asked for."""
    if IS_PLAIN:
        return
    plan = calls_of(state).plans[place]
    if plan.callee_row >= 0:
        ask_for_place(state, place_of(state, plan.callee_row))
    if plan.caller_row >= 0:
        ask_for_place(state, place_of(state, plan.caller_row))


@kernel(inline=True)
def _ask_for_call(state: int, call: int) -> None:
    """Ask for a call that is answered or over soon."""
    calls = calls_of(state)
    _fetch(calls.calls, call, 0)
    _fetch(calls.record, call, 0)
    _fetch(calls.record, call, LINE_BYTES)
    _fetch(calls.held, call, 0)


@kernel(inline=True)
def _ask_for_phones(state: int, call: int) -> None:
    """Ask for the phones and lines of a call that is over soon, and that has been asked for."""
    one, lines = calls_of(state).calls[call], lines_of(state)
    if one.caller_phone >= 0:
        ask_for_phone(state, one.caller_phone)
    if one.callee_phone >= 0:
        ask_for_phone(state, one.callee_phone)
    if one.caller_row >= 0:
        _fetch(lines.n_calls, one.caller_row, 0)
    if one.callee_row >= 0:
        _fetch(lines.n_calls, one.callee_row, 0)


@kernel(inline=True)
def _ask_for_cells(state: int, call: int) -> None:
    """Ask for what the phones of a call that is over next hear, which have been asked for."""
    one, phones = calls_of(state).calls[call], radio_of(state).phones
    if one.caller_phone >= 0:
        ask_for_place(state, phones[one.caller_phone].place)
    if one.callee_phone >= 0:
        ask_for_place(state, phones[one.callee_phone].place)


@kernel
def ask_for_ends(state: int, node: int) -> None:
    """Ask for what the next three events after one need, as far as they are the ends of calls: most of them are."""
    if IS_PLAIN:
        return
    nodes = wheel_of(state).nodes
    first = nodes[node].next_node
    second = NONE if first == NONE else nodes[first].next_node
    third = NONE if second == NONE else nodes[second].next_node
    if third != NONE and nodes[third].kind in (_RELEASE, _ANSWER):
        _ask_for_call(state, nodes[third].payload)
    if second != NONE and nodes[second].kind == _RELEASE:
        _ask_for_phones(state, nodes[second].payload)
    if first != NONE and nodes[first].kind == _RELEASE:
        _ask_for_cells(state, nodes[first].payload)
