"""What happened in one replication: attempts, seizures, intents."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.engine.recorder import Recorder
from sim.engine.wheel import n_events
from sim.network.exchange_records import ExchangeRecords
from sim.network.live import ALL, AVOIDED, ENGAGED, N_EVENTS, ROW, Live
from sim.network.radio_records import records_of_radio
from sim.network.radio_state import Radio
from sim.network.usage import Groups, close_window


@dataclass(frozen=True)
class Records:
    """
    Everything that a replication recorded.

    Attributes
    ----------
    attempts : dict of str to (attempt,) ndarray
        Columns of `sim.tables.ATTEMPTS`, warm-up included, in the order in which the attempts ended.
    n_intents : (network + 1, province) ndarray of int64
        Intents of subscribers, then of fixed lines, in the measured window, those without an attempt included.
    n_engaged : (network + 1, province) ndarray of int64
        Those of callers who were engaged: no attempt was made.
    n_avoided : (network + 1, province) ndarray of int64
        Those of callers whom the price of the other network put off: no attempt was made.
    cells : dict of str to (cell,) ndarray
        `seizures_originating`, `refusals_originating`, `seizures_terminating`, `refusals_terminating`: counts in
        the measured window. `busy_erl`: mean number of busy channels over it. `all_busy_share`: share of it with
        every channel busy.
    trunks : dict of str to (group,) ndarray
        `seizures`, `refusals`, `busy_erl`, `all_busy_share`: likewise for each trunk group.
    window_s : float
        Length of the measured window, which begins at time 0. [s]
    n_events : int
        Machine events of the whole replication.
    most_servers : (group,) ndarray of int32, optional
        The most channels of each cell, then circuits of each trunk group, that an extension ever gave it; None:
        those of the world.
    exchanges : dict of str to (exchange,) ndarray
        What manual exchanges counted: `sim.network.exchange_records`; empty where there are none.
    positions : dict of str to (position,) ndarray
        What was done at each position: `sim.network.exchange_records`.
    exchange_hours : dict of str to (exchange, hour) ndarray
        What manual exchanges counted by hour of the day: `sim.network.exchange_hours`.
    exchange_wait_p95_s : float
        95 % quantile of all waits for operators. [s]
    radio_cells : dict of str to (cell,) ndarray
        Soft capacity of each cell: `sim.network.radio_records`; empty where cells have channels.
    radio_sites : dict of str to (site,) ndarray
        Soft capacity of each site, likewise.
    covered_share : (network, square) ndarray of float32, optional
        Share of the looks at which a square that the network serves without load was covered; 0 where it does not
        serve.
    flows : dict of str to (flow,) ndarray
        Columns of `sim.tables.FLOWS`, warm-up included, in the order in which the flows ended; empty without data.
    messages : dict of str to (message,) ndarray
        Columns of `sim.tables.MESSAGES`, likewise; empty without messages.
    data_cells : dict of str to (cell,) ndarray
        What data and messages were to each cell: `sim.network.data_records`; empty without both.
    """

    attempts: dict[str, NDArray[np.generic]]
    n_intents: NDArray[np.int64]
    n_engaged: NDArray[np.int64]
    n_avoided: NDArray[np.int64]
    cells: dict[str, NDArray[np.generic]]
    trunks: dict[str, NDArray[np.generic]]
    window_s: float
    n_events: int
    most_servers: NDArray[np.int32] | None = None
    exchanges: ExchangeRecords = field(default_factory=dict)
    positions: ExchangeRecords = field(default_factory=dict)
    exchange_hours: ExchangeRecords = field(default_factory=dict)
    exchange_wait_p95_s: float = math.nan
    radio_cells: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    radio_sites: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    covered_share: NDArray[np.float32] | None = None
    flows: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    messages: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    data_cells: dict[str, NDArray[np.generic]] = field(default_factory=dict)


def _busyness(groups: Groups, window_s: float) -> dict[str, NDArray[np.generic]]:
    return {
        "busy_erl": groups["busy_server_s"] / window_s,
        "all_busy_share": groups["all_busy_s"] / window_s,
    }


def make_records(live: Live, radio: Radio, recorder: Recorder) -> Records:
    """
    Return the records of a replication in which every call has ended.

    Parameters
    ----------
    live : Live
        State at the end; its integrals are closed.
    radio : Radio
        State of soft capacity at the end, likewise.
    recorder : Recorder
        Recorder of the attempts.

    Returns
    -------
    Records
        Records.

    Raises
    ------
    AssertionError
        If something is still held.
    """
    window_s = live.rules.window_s
    if n_events(live.wheel) or live.groups["n_busy"].any() or live.n_calls.any():
        message = "a channel, a circuit or a line is still held at the end of the replication"
        raise AssertionError(message)
    close_window(live.groups, window_s)
    radio_records = records_of_radio(radio, live.rules.n_networks, window_s)
    recorder.hand_over(int(live.cursor[ROW]))
    live.cursor[ROW] = 0
    cells, trunks = live.groups[: live.rules.n_cells], live.groups[live.rules.n_cells :]
    return Records(
        attempts=recorder.columns(),
        n_intents=live.n_intents[ALL],
        n_engaged=live.n_intents[ENGAGED],
        n_avoided=live.n_intents[AVOIDED],
        cells={
            "seizures_originating": cells["n_seized_originating"],
            "refusals_originating": cells["n_refused_originating"],
            "seizures_terminating": cells["n_seized_terminating"],
            "refusals_terminating": cells["n_refused_terminating"],
            **_busyness(cells, window_s),
        },
        trunks={
            "seizures": trunks["n_seized_originating"],
            "refusals": trunks["n_refused_originating"],
            **_busyness(trunks, window_s),
        },
        window_s=window_s,
        n_events=int(live.cursor[N_EVENTS]),
        radio_cells=radio_records.cells,
        radio_sites=radio_records.sites,
        covered_share=radio_records.covered_share,
    )
