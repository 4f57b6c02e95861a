"""What happened in one replication: attempts, seizures, intents."""

from dataclasses import dataclass, replace

from sim.engine.recorder import Recorder
from sim.engine.wheel import n_events
from sim.network.live import ALL, AVOIDED, ENGAGED, N_EVENTS, ROW, Live
from sim.network.radio_records import records_of_radio
from sim.network.radio_state import Radio
from sim.network.usage import Groups, close_window
from sim.tables import RECORDS, Columns


@dataclass(frozen=True)
class Records:
    """
    Everything that a replication recorded.

    Attributes
    ----------
    window_s : float
        Length of the measured window, which begins at time 0. [s]
    n_events : int
        Machine events of the whole replication.
    tables : dict of str to dict of str to ndarray
        Columns of the tables of `sim.tables.RECORDS`, by key; tables of what is not simulated are absent.
    """

    window_s: float
    n_events: int
    tables: dict[str, Columns]

    def __getitem__(self, name: str) -> Columns:
        """
        Return a table.

        Parameters
        ----------
        name : str
            Key in `sim.tables.RECORDS`.

        Returns
        -------
        dict of str to ndarray
            Columns; none where it is not there.
        """
        return self.tables.get(name, {})

    def rows(self, name: str) -> Columns:
        """
        Return a table of rows that may be missing.

        Parameters
        ----------
        name : str
            Key in `sim.tables.RECORDS`.

        Returns
        -------
        dict of str to (row,) ndarray
            Columns; without rows where it is not there.
        """
        return self.tables.get(name) or RECORDS[name].empty()

    def with_tables(self, **tables: Columns) -> "Records":
        """
        Return records with more tables, or others in place of some.

        Parameters
        ----------
        **tables : dict of str to ndarray
            Columns by key.

        Returns
        -------
        Records
            Records.
        """
        return replace(self, tables=self.tables | tables)


def _busyness(groups: Groups, window_s: float) -> Columns:
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
    tables: dict[str, Columns] = {
        "attempts": recorder.columns(),
        "intents": {
            "n_intents": live.n_intents[ALL],
            "n_engaged": live.n_intents[ENGAGED],
            "n_avoided": live.n_intents[AVOIDED],
        },
        "cells": {
            "seizures_originating": cells["n_seized_originating"],
            "refusals_originating": cells["n_refused_originating"],
            "seizures_terminating": cells["n_seized_terminating"],
            "refusals_terminating": cells["n_refused_terminating"],
            **_busyness(cells, window_s),
        },
        "trunks": {
            "seizures": trunks["n_seized_originating"],
            "refusals": trunks["n_refused_originating"],
            **_busyness(trunks, window_s),
        },
    }
    if radio_records.covered_share is not None:
        tables["radio_cells"], tables["radio_sites"] = radio_records.cells, radio_records.sites
        tables["covered"] = {"covered_share": radio_records.covered_share}
    return Records(window_s, int(live.cursor[N_EVENTS]), tables)
