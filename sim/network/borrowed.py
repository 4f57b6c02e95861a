"""The live state and the intents without reference counters, for the time of one call into compiled code."""

from typing import Any

from numba import njit

from sim.engine.borrow import borrow_array
from sim.engine.wheel import Wheel
from sim.network.live import Live
from sim.traffic.calls import Intents

_borrow: Any = borrow_array  # Numba gives the intrinsic its first argument itself


@njit(cache=True, forceinline=True)
def borrow_intents(intents: Intents) -> Intents:
    """
    Return intents whose arrays are borrowed.

    Parameters
    ----------
    intents : Intents
        Intents that the caller keeps.

    Returns
    -------
    Intents
        The same arrays without reference counters.
    """
    return Intents(
        _borrow(intents.time_s),
        _borrow(intents.is_subscriber),
        _borrow(intents.row),
        _borrow(intents.address),
    )


@njit(cache=True, forceinline=True)
def borrow_live(live: Live) -> Live:
    """
    Return a state whose arrays are borrowed.

    Parameters
    ----------
    live : Live
        State that the caller keeps.

    Returns
    -------
    Live
        The same arrays without reference counters.
    """
    wheel = Wheel(
        _borrow(live.wheel.shape),
        _borrow(live.wheel.cursor),
        _borrow(live.wheel.head),
        _borrow(live.wheel.nodes),
    )
    return Live(
        live.rules,
        _borrow(live.cursor),
        _borrow(live.lines),
        _borrow(live.n_calls),
        _borrow(live.groups),
        _borrow(live.sources),
        _borrow(live.first_row),
        _borrow(live.destination_share),
        _borrow(live.trunk_idx),
        _borrow(live.ahead),
        _borrow(live.plan),
        _borrow(live.record),
        _borrow(live.link),
        _borrow(live.n_intents),
        wheel,
        _borrow(live.block),
    )
