"""What happened in one replication: attempts, seizures, intents."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network.exchanges.records import ExchangeRecords


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
        What manual exchanges counted: `sim.network.exchanges.records`; empty where there are none.
    positions : dict of str to (position,) ndarray
        What was done at each position: `sim.network.exchanges.records`.
    exchange_hours : dict of str to (exchange, hour) ndarray
        What manual exchanges counted by hour of the day: `sim.network.exchanges.hours`.
    exchange_wait_p95_s : float
        95 % quantile of all waits for operators. [s]
    radio_cells : dict of str to (cell,) ndarray
        Soft capacity of each cell: `sim.network.radio.records`; empty where cells have channels.
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
        What data and messages were to each cell: `sim.network.data.records`; empty without both.
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


def make_records(
    tables: dict[str, dict[str, NDArray[Any]]], window_s: float, n_events: int
) -> Records:
    """
    Return the records of a replication of the tables of its subjects.

    Parameters
    ----------
    tables : dict of str to dict of str to ndarray
        Columns by name, by table.
    window_s : float
        Length of the measured window. [s]
    n_events : int
        Machine events.

    Returns
    -------
    Records
        Records; without data and messages their logs are left out.
    """
    intents, covered = tables["intents"], tables.get("covered", {})
    data = tables.get("data_cells", {})
    return Records(
        attempts=tables["calls"],
        n_intents=intents["n_intents"],
        n_engaged=intents["n_engaged"],
        n_avoided=intents["n_avoided"],
        cells=tables["cells"],
        trunks=tables["trunks"],
        window_s=window_s,
        n_events=n_events,
        radio_cells=tables.get("radio_cells", {}),
        radio_sites=tables.get("radio_sites", {}),
        covered_share=covered.get("covered_share"),
        flows=tables["flows"] if data else {},
        messages=tables["messages"] if data else {},
        data_cells=data,
    )
