"""Networks in which every rule of manual exchanges matters, one subject each."""

from dataclasses import replace
from itertools import pairwise

from sim.switching.plan import (
    FLAWLESS,
    MAGNETO_BOARD,
    ExchangePlan,
    Rota,
    Service,
    around_the_clock,
)
from sim.switching.tasks import Task, TaskTimes, exponential, fixed, only_answering
from tests.switching.small_networks import BUSY, TIMES, Network

ERRING = Service(exponential(120.0), p_wrong=0.1, p_cut_off=0.1)
SLOW = {task: exponential(30.0) for task in Task}
SLOW_TIMES = TaskTimes(SLOW, SLOW)
BY_DAY_ONLY = Rota((6, 0, 3) * 8, begin_hour=0.4, shift_h=2)


def line(*nodes, n_circuits=2, n_reserved=0):
    """Trunk groups from each exchange to the next."""
    return tuple((a, b, n_circuits, n_reserved) for a, b in pairwise(nodes))


CHAIN = Network(
    plans=(
        ExchangePlan("a", around_the_clock(3), n_cords=9, delay_working=True),
        ExchangePlan("b", Rota((2, 3) * 12, 0.3, 1), n_cords=9, notice=MAGNETO_BOARD),
        ExchangePlan("c", around_the_clock(3), n_cords=5, clears_first=False),
    ),
    nodes=("a", "m", "b", "n", "c"),
    trunks=line("a", "m", "b", "n", "c", n_circuits=6),
    n_calls=400,
    service=ERRING,
)
"""Three manual exchanges, with an automatic one between each two."""

ALTERNATES = Network(
    plans=(
        ExchangePlan("a", around_the_clock(3), delay_working=True, ticket_expiry_s=900.0),
        ExchangePlan("c", around_the_clock(2), has_priority_lines=False),
    ),
    nodes=("a", "b", "c", "d", "e"),
    trunks=(
        ("a", "c", 1, 0), ("a", "b", 2, 1), ("b", "c", 2, 1), ("a", "d", 3, 2), ("d", "c", 2, 0),
        ("d", "e", 2, 0), ("e", "a", 3, 1), ("e", "b", 1, 0), ("a", "c", 1, 0),
    ),
    n_calls=400,
    service=ERRING,
    n_lines=4,
)  # fmt: skip
"""Many ways to the same place, with circuits kept for calls of first choice, and lines that are engaged."""

DELAY = Network(
    plans=(
        ExchangePlan(
            "a", around_the_clock(2), 3, 3, delay_working=True, ticket_expiry_s=400.0, max_waiting=4
        ),
        ExchangePlan("b", around_the_clock(1), delay_working=True, notice=MAGNETO_BOARD),
    ),
    nodes=("a", "b", "c"),
    trunks=(("a", "b", 2, 0), ("b", "c", 1, 0), ("a", "c", 1, 1)),
    n_calls=300,
    service=ERRING,
    n_redials=1,
)
"""Tickets of two exchanges for the same circuits, worked, too old, and put back."""

NIGHT = Network(
    plans=(
        ExchangePlan(
            "a", BY_DAY_ONLY, n_cords=4, times=SLOW_TIMES, delay_working=True, clears_first=False
        ),
        ExchangePlan("b", replace(BY_DAY_ONLY, begin_hour=23.7), n_cords=9, times=SLOW_TIMES),
    ),
    nodes=("a", "b"),
    trunks=(("a", "b", 3, 0),),
    n_calls=250,
    service=replace(ERRING, patience=exponential(2000.0)),
    is_clock=True,
)
"""Slow operators, who go off with calls in hand; for an hour nobody is there."""

QUIET = Network(
    plans=(ExchangePlan("a", Rota((4,) * 24, 0.3, 1)),),
    nodes=("a",),
    n_calls=200,
    service=replace(FLAWLESS, max_re_rings=0),
)
"""Operators who are idle by turns, and give up ringing soon."""

BUSY_DESK = Network(
    plans=(
        ExchangePlan(
            "a", around_the_clock(3), times=SLOW_TIMES, delay_working=True, ticket_expiry_s=900.0
        ),
    ),
    nodes=("a", "b", "c"),
    trunks=(("a", "b", 2, 0), ("a", "c", 2, 0)),
    n_calls=250,
    mean_talk_s=600.0,
    service=replace(ERRING, patience=exponential(2000.0)),
)
"""Operators who have no time for tickets when circuits become free."""

FEW_CORDS = Network(
    plans=(
        ExchangePlan("a", around_the_clock(3), n_cords=1, max_waiting=2, times=TIMES[2]),
        ExchangePlan("b", Rota((2, 3, 1) * 8, 0.6, 1), n_cords=2, has_priority_lines=False),
    ),
    nodes=("a", "b"),
    trunks=(("a", "b", 9, 0),),
    n_calls=300,
    service=replace(ERRING, patience=exponential(30.0)),
    n_redials=2,
)
"""Idle operators without a cord, and boards that need nobody to clear."""

DESKS = Network(
    plans=(
        ExchangePlan(
            "a", around_the_clock(2), times=only_answering(fixed(20.0)), delay_working=True
        ),
        ExchangePlan("b", around_the_clock(2), times=only_answering(exponential(20.0))),
    ),
    nodes=("a", "m", "b"),
    trunks=(("a", "b", 2, 1), ("m", "a", 2, 0), ("m", "b", 2, 0)),
    n_calls=300,
    service=replace(ERRING, ring_limit_s=20.0),
)
"""Operators with a single task; everything else happens by itself."""

HAND_PICKED = {
    "busy": BUSY,
    "chain": CHAIN,
    "alternates": ALTERNATES,
    "delay": DELAY,
    "night": NIGHT,
    "quiet": QUIET,
    "busy_desk": BUSY_DESK,
    "few_cords": FEW_CORDS,
    "desks": DESKS,
}
