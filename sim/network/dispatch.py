"""The compiled loop: the next event or intent, whichever comes first, over and over."""

import math

from sim.compilation.kernels import call_handler, entry, kernel
from sim.engine.wheel import NONE, first_due, take, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.subjects import has_room
from sim.network.voice.ahead import ask_for_ends

NOT_DUE, DONE, NO_ROOM, PAUSED, NEEDS_HUMAN = range(5)
"""Why the loop stopped: nothing was due before the limit, nothing is left, an array is full, it has run as long as
asked, or operators are asked for: by a call, or by a circuit that is free for somebody who waits."""


@kernel(inline=True)
def _next_intent_s(state: int) -> float:
    """Return when the next intent is due, infinite when there is none."""
    clockwork = clockwork_of(state)
    i = clockwork.cursor[0].intent
    return clockwork.time_s[i] if i < len(clockwork.time_s) else math.inf


@kernel
def _run_event(state: int, node: int) -> None:
    """Take an event out of the wheel and let its handler do what it says."""
    ask_for_ends(state, node)
    wheel = wheel_of(state)
    event = wheel.nodes[node]
    time_s, kind, payload, address = event.time_s, event.kind, event.payload, event.address
    take(wheel, node)
    call_handler(clockwork_of(state).on_event[kind], state, time_s, payload, address)


@kernel
def _run_intent(state: int) -> None:
    """Let the handler of the next intent do what it says."""
    clockwork = clockwork_of(state)
    i = clockwork.cursor[0].intent
    clockwork.cursor[0].intent = i + 1
    handler = clockwork.on_intent[clockwork.kind[i]]
    call_handler(handler, state, clockwork.time_s[i], clockwork.row[i], clockwork.address[i])


@kernel
def _write_pending(state: int) -> None:
    """Let one row that waits be written, the kinds in the order of their table."""
    clockwork = clockwork_of(state)
    for kind in range(len(clockwork.n_pending)):
        if clockwork.n_pending[kind] > 0:
            call_handler(clockwork.on_pending[kind], state, 0.0, 0, 0)
            return


@entry(is_called_by_python=True)
def run_events(state: int, limit_s: float, max_events: int) -> int:
    """Run machine events and intents in their order."""
    wheel, cursor = wheel_of(state), clockwork_of(state).cursor
    start = cursor[0].n_events
    stop = start + max_events
    while cursor[0].n_events < stop:
        if not has_room(state):
            return NO_ROOM
        if cursor[0].n_pending > 0:
            _write_pending(state)
            continue
        intent_s = _next_intent_s(state)
        # Events at the very time of the intent come first.
        node = first_due(wheel, min(limit_s, math.nextafter(intent_s, math.inf)))
        if node != NONE:
            _run_event(state, node)
        elif intent_s < limit_s:
            _run_intent(state)
        else:
            return NOT_DUE if cursor[0].n_events == start else DONE
        cursor[0].n_events += 1
        if cursor[0].called >= 0 or cursor[0].is_freed:
            return NEEDS_HUMAN
    return PAUSED


@entry(is_called_by_python=True)
def is_roomy(state: int) -> bool:
    """Say whether there is room for whatever an event may add."""
    return has_room(state)


@entry(is_called_by_python=True)
def next_due_s(state: int) -> float:
    """Return when the next machine event or intent is due. Time, infinite when there is none [s]."""
    wheel, intent_s = wheel_of(state), _next_intent_s(state)
    node = first_due(wheel, math.nextafter(intent_s, math.inf))
    return intent_s if node == NONE else min(intent_s, wheel.nodes[node].time_s)
