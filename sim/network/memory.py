"""How much memory calls in progress, and rows of data and messages take: by the rooms and tables that hold them."""

import math

from sim.engine.rooms import room_bytes
from sim.network.radio.state import Radio
from sim.network.trunks.ways import MAX_WAY
from sim.network.voice.state import Calls
from sim.scenario.memory import n_heard
from sim.scenario.radio_section import Radio as RadioSection
from sim.scenario.traffic_section import Traffic
from sim.tables import FLOWS, MESSAGES

HELD_TWICE = 2.0
"""How often the rows of a table are held while its blocks become one. [1]"""

_SPARE = 2.0
"""How much more room there may be than calls: pools grow by doubling. [1]"""


def link_bytes(n_networks: int, radio: RadioSection, lines: int, traffic: Traffic) -> int:
    """
    Return what soft capacity takes for the calls that are in progress at once.

    Parameters
    ----------
    n_networks : int
        Networks.
    radio : Radio
        Section.
    lines : int
        Lines.
    traffic : Traffic
        Section.

    Returns
    -------
    int
        Memory, 0 where cells have channels. [B]
    """
    if radio.capacity != "wcdma":
        return 0
    n_calls = lines * traffic.erl_per_line
    n_calls += math.fsum(source.offered_erl for source in traffic.sources)
    heard = n_heard(n_networks, radio)
    one = room_bytes(Calls, {"call": 1, "hop": MAX_WAY})
    one += room_bytes(Radio, {"phone": 2, "heard": heard, "asked": heard + 1})
    return math.ceil(_SPARE * n_calls * one)


def data_bytes(n_flows: float, n_messages: float) -> int:
    """
    Return what the rows of data and of messages take.

    Parameters
    ----------
    n_flows : float
        Flows of a replication.
    n_messages : float
        Messages of a replication.

    Returns
    -------
    int
        Memory of the rows, held twice. [B]
    """
    return math.ceil(HELD_TWICE * (n_flows * FLOWS.row_bytes + n_messages * MESSAGES.row_bytes))
