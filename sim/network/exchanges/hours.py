"""What manual exchanges counted in each hour of the day, as rotas are made by hours."""

import math
from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.engine.clock import Clock
from sim.network.exchanges.records import ExchangeRecords
from sim.scenario.schema import Scenario
from sim.switching.ledger import Ledger
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, hours_to_seconds


class HourBooks:
    """
    Operators' time at work and on duty, read whenever an hour of the clock is over.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    nodes : (exchange,) ndarray of int
        Nodes of the manual exchanges.
    ledgers : sequence of Ledger
        Their counts.

    Attributes
    ----------
    hours : tuple of int
        Hours of the day in the measured window, in the order in which they come; each once.
    """

    def __init__(
        self, scenario: Scenario, nodes: NDArray[np.intp], ledgers: Sequence[Ledger]
    ) -> None:
        self._nodes, self._ledgers = nodes, ledgers
        hour, offset_s = start_hour(scenario.run.start)
        window_s = hours_to_seconds(scenario.run.duration_h)
        n_hours = math.ceil((window_s + offset_s) / SECONDS_PER_HOUR)
        self._changes_s = [k * SECONDS_PER_HOUR - offset_s for k in range(1, n_hours)]
        of_parts = [(hour + k) % HOURS_PER_DAY for k in range(n_hours)]
        self.hours = tuple(dict.fromkeys(of_parts))
        self._place_of_part = np.array([self.hours.index(one) for one in of_parts])
        self._areas_s: list[list[tuple[float, float]]] = []

    def keep(self, clock: Clock) -> Generator[Event, None, None]:
        """Read the counts at every change of hour."""
        for change_s in self._changes_s:
            yield clock.at(change_s)
            self._areas_s.append(self._read(change_s))

    def records(self, time_s: float) -> ExchangeRecords:
        """Return what was counted."""
        areas_s = np.array([*self._areas_s, self._read(time_s)], np.float64)
        parts_s = np.diff(areas_s, axis=0, prepend=0.0)  # (part of the window, exchange, 2)
        shape = len(self._ledgers), len(self.hours)
        records = {
            "node": np.broadcast_to(self._nodes[:, None], shape).astype(np.float64),
            "hour": np.broadcast_to(np.array(self.hours), shape).astype(np.float64),
        }
        records |= {
            name: np.zeros(shape)
            for name in ("arrived", "answered", "wait_s", "wait_p95_s", "busy_s", "staffed_s")
        }
        for part, place in enumerate(self._place_of_part.tolist()):
            records["busy_s"][:, place] += parts_s[part, :, 0]
            records["staffed_s"][:, place] += parts_s[part, :, 1]
        for row, ledger in enumerate(self._ledgers):
            self._add_waits(records, row, ledger)
        return records

    def _read(self, time_s: float) -> list[tuple[float, float]]:
        return [(one.busy.area(time_s), one.staffed.area(time_s)) for one in self._ledgers]

    def _add_waits(self, records: ExchangeRecords, row: int, ledger: Ledger) -> None:
        wait_s = np.array(ledger.wait_s, np.float64)
        part = np.searchsorted(self._changes_s, np.array(ledger.arrived_s, np.float64), "right")
        place, n = self._place_of_part[part], len(self.hours)
        records["arrived"][row] = np.bincount(place, minlength=n)
        records["answered"][row] = np.bincount(place, np.array(ledger.is_answered, np.float64), n)
        records["wait_s"][row] = np.bincount(place, wait_s, n)
        for k in range(n):
            own_s = wait_s[place == k]
            records["wait_p95_s"][row, k] = np.quantile(own_s, 0.95) if len(own_s) else np.nan
