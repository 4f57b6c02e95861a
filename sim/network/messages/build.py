"""Set-up of short messages from the scenario."""

import numpy as np
from numpy.typing import NDArray

from sim.engine.rooms import make_room
from sim.network.lines import shares_of_others
from sim.network.messages.state import MessageRules, Messages
from sim.scenario.schema import Scenario
from sim.world.build import World

_N_AT_FIRST = 1 << 12
"""Messages for which there is room at first."""

_N_ROWS = 1 << 13
"""Rows for which there is room before they are handed over."""


def make_messages(scenario: Scenario, world: World) -> Messages:
    """Return the room in which no message is under way. Room; without cells where nobody sends messages."""
    if not scenario.traffic.messages.is_wanted:
        nobody: Messages = make_room(Messages, {"one": 1, "message": 1, "row": 1})
        return nobody
    room: Messages = make_room(
        Messages,
        {"cell": len(world.cells), "message": _N_AT_FIRST, "row": _N_ROWS},
        rules=MessageRules.of(scenario),  # type: ignore[attr-defined]  # `row` gives it
        network_share=_network_shares(scenario),
    )
    return room


def _network_shares(scenario: Scenario) -> NDArray[np.float64]:
    """Return the cumulative shares of the networks in the messages of each network; others share by lines."""
    n = len(scenario.networks)
    share = shares_of_others(scenario, 1.0 - scenario.traffic.messages.same_network_share)
    for own in range(n):
        share[own, own] = 1.0 - share[own].sum()
    cumulative = np.cumsum(share, axis=1)
    cumulative[:, -1] = 1.0
    return cumulative
