"""Memory asked for ahead of the events that need it; nothing here changes a result."""

from typing import Any

from numba import njit

from sim.engine.prefetch import fetch_row
from sim.engine.wheel import NONE
from sim.network.live import COVERAGE_SAMPLE, REDIAL, Live

_fetch: Any = fetch_row  # Numba gives the intrinsic its first argument itself


@njit(cache=True, forceinline=True)
def get_ready(live: Live, node: int) -> None:
    """
    Ask for what the two events after the present one will need of the calls that they concern.

    Parameters
    ----------
    live : Live
        State.
    node : int
        Node of the present event, still in the wheel.
    """
    nodes = live.wheel.nodes
    following = nodes[node].next_node
    if following == NONE:
        return
    if COVERAGE_SAMPLE < nodes[following].kind < REDIAL:
        # Asked for one event ago.
        link = live.link[nodes[following].payload]
        _fetch(live.n_calls, link.caller_row)
        _fetch(live.n_calls, link.callee_row)
    second = nodes[following].next_node
    if second != NONE and COVERAGE_SAMPLE < nodes[second].kind < REDIAL:
        _fetch(live.record, nodes[second].payload)
        _fetch(live.link, nodes[second].payload)
        _fetch(nodes, nodes[second].next_node)
