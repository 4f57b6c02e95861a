"""Telephone calls by hour of the clock and by day: bins of the time series taken together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.reduction import reduced
from sim.runs.measures.subject import Kept
from sim.runs.measures.timeseries import MEANS
from sim.tables import PERIODS, Columns
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

_COUNTS = ("attempts", "blocked", "completed", "redials", "by_hand", "patch_lost")
_LENGTHS_S = {"hour": SECONDS_PER_HOUR, "day": HOURS_PER_DAY * SECONDS_PER_HOUR}


@dataclass(frozen=True)
class _Periods:
    """Periods of one kind, network by network, and in which of them each row of a time series begins."""

    name: str  # hour or day
    networks: tuple[str, ...]  # names, all last
    begins_s: NDArray[np.float64]  # (period,) begins, from the begin of the window [s]
    group: NDArray[np.int64]  # (row,) network * periods + period

    @property
    def n_groups(self) -> int:
        return len(self.networks) * len(self.begins_s)


def _periods_of(start: str, series: Columns) -> list[_Periods]:
    """Return the hours and the days of the clock that a time series touches."""
    hour, offset_s = start_hour(start)
    networks = tuple(dict.fromkeys(series["network"].tolist()))
    network_idx = np.array([networks.index(one) for one in series["network"].tolist()], np.int64)
    found = []
    for name, length_s in _LENGTHS_S.items():
        # Of the period in which the window begins so much has passed.
        passed_s = (hour * SECONDS_PER_HOUR) % length_s + offset_s
        number = np.floor((passed_s + series["begin_s"]) / length_s).astype(np.int64)
        begins_s = np.arange(int(number.max()) + 1) * length_s - passed_s
        group = network_idx * len(begins_s) + number
        found.append(_Periods(name, networks, np.asarray(begins_s, np.float64), group))
    return found


def period_sums(start: str, series: Columns) -> Columns:
    """Return counts and times of a replication in each hour, then in each day."""
    sums = [_sums(series, one) for one in _periods_of(start, series)]
    return {name: np.concatenate([each[name] for each in sums]) for name in sums[0]}


def _sums(series: Columns, periods: _Periods) -> Columns:
    width_s = series["width_s"]
    weights = {name: series[name] for name in _COUNTS}
    weights |= {name: series[mean] * width_s for name, mean in MEANS.items()}
    weights["length_s"] = width_s
    return {
        name: np.bincount(periods.group, weight, periods.n_groups)
        for name, weight in weights.items()
    }


def periods_table(start: str, kept: Kept) -> pa.Table:
    """Return the hours and the days of the clock that the window of a run touches, over all replications."""
    begun = datetime.fromisoformat(start)
    names: dict[str, list[str]] = {"period": [], "begin": [], "network": []}
    for periods in _periods_of(start, kept["timeseries"][0]):
        begins = [begun + timedelta(seconds=s) for s in periods.begins_s.tolist()]
        for network in periods.networks:
            names["period"] += [periods.name] * len(begins)
            names["begin"] += [f"{one:%Y-%m-%d %H:%M}" for one in begins]
            names["network"] += [network] * len(begins)
    given = {name: np.array(texts, np.str_) for name, texts in names.items()}
    given["length_s"] = kept["periods"][0]["length_s"]
    return reduced(PERIODS, given, kept["periods"])
