"""The live state and the intents without reference counters, for the time of one call into compiled code."""

from typing import Any

from numba import njit

from sim.engine.borrow import borrow_array
from sim.engine.wheel import Wheel
from sim.network.live import FixedLines, Live
from sim.network.ways import Ways
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
        _borrow(intents.kind),
        _borrow(intents.row),
        _borrow(intents.address),
    )


@njit(cache=True, forceinline=True)
def _borrow_ways(ways: Ways) -> Ways:
    return Ways(
        _borrow(ways.only_group),
        _borrow(ways.core),
        _borrow(ways.start),
        _borrow(ways.first_choice),
        _borrow(ways.choice),
        _borrow(ways.is_manual),
        _borrow(ways.has_manual),
        _borrow(ways.mode),
        _borrow(ways.talk_factor),
        _borrow(ways.avoidance),
        _borrow(ways.scratch),
        _borrow(ways.freed),
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
    fixed = FixedLines(
        _borrow(live.fixed.node),
        _borrow(live.fixed.n_before),
        _borrow(live.fixed.first),
        _borrow(live.fixed.province_idx),
        _borrow(live.fixed.network_share),
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
        fixed,
        _borrow_ways(live.ways),
        _borrow(live.held),
        _borrow(live.ahead),
        _borrow(live.plan),
        _borrow(live.record),
        _borrow(live.link),
        _borrow(live.n_intents),
        wheel,
        _borrow(live.block),
    )
