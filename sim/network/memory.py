"""How much memory calls in progress take, by the rooms that hold them."""

import math

from sim.engine.rooms import room_bytes
from sim.network.radio.state import Radio
from sim.network.trunks.ways import MAX_WAY
from sim.network.voice.state import Calls
from sim.scenario.memory import n_heard
from sim.scenario.radio_section import Radio as RadioSection
from sim.scenario.traffic_section import Traffic

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
