"""The live state and the intents without reference counters, for the time of one call into compiled code."""

from numba import njit

from sim.engine.borrow import borrow_array
from sim.engine.wheel import Wheel
from sim.network.live import Live
from sim.traffic.calls import Intents


@njit(cache=True)
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
        borrow_array(intents.time_s),
        borrow_array(intents.is_subscriber),
        borrow_array(intents.row),
        borrow_array(intents.address),
    )


@njit(cache=True)
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
        borrow_array(live.wheel.shape),
        borrow_array(live.wheel.cursor),
        borrow_array(live.wheel.head),
        borrow_array(live.wheel.nodes),
    )
    return Live(
        live.rules,
        borrow_array(live.cursor),
        borrow_array(live.lines),
        borrow_array(live.groups),
        borrow_array(live.sources),
        borrow_array(live.first_row),
        borrow_array(live.destination_share),
        borrow_array(live.trunk_idx),
        borrow_array(live.record),
        borrow_array(live.link),
        borrow_array(live.n_intents),
        wheel,
        borrow_array(live.block),
    )
