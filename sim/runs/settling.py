"""Whether a stationary run had settled when its measured window began: MSER-5 on what it measured minute by minute."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.parquet import floats, texts
from sim.scenario.schema import Scenario
from sim.stats.mser import mser5
from sim.tables import ALL

Settling = dict[str, dict[str, Any]]
"""Cut of each series, by its name."""


def is_stationary(scenario: Scenario) -> bool:
    """Return whether nothing in a scenario changes with time: sources alone, or the same profile in all hours."""
    profile = scenario.traffic.profile
    is_even = len(set(profile.daily)) == 1 and len(set(profile.weekly)) == 1
    by_hour = any(one.positions_by_hour is not None for one in scenario.fixed.exchanges)
    changes = scenario.extensions or any(network.sites_off for network in scenario.networks)
    return (is_even or not scenario.has_lines) and not by_hour and not changes


def settling(timeseries: pa.Table) -> Settling:
    """Return the cuts of carried traffic, blocking and waiting, means over replications and all networks."""
    found: Settling = {}
    for name, values in _series(timeseries):
        cut = mser5(values)
        if cut is not None and values.any():
            found[name] = {
                "truncate_min": cut.n_values,
                "of_min": len(values),
                "is_beyond_half": cut.is_beyond_half,
            }
    return found


def notes_of(found: Settling) -> Iterator[str]:
    """Yield the series that had not settled."""
    late = [name for name, cut in found.items() if cut["is_beyond_half"]]
    if late:
        yield (
            f"{', '.join(late)}: by MSER-5 the best cut lies beyond half of the measured window, so that it has not "
            "settled, or is too short; make run.warmup_h or run.duration_h longer"
        )


def _series(timeseries: pa.Table) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield the series by name, of whole minutes."""
    is_all = texts(timeseries, "network") == ALL
    replication = floats(timeseries, "replication")[is_all]
    n_replications = len(np.unique(replication))
    columns = {
        name: floats(timeseries, name)[is_all].reshape(n_replications, -1)
        for name in ("width_s", "carried_erl", "attempts", "blocked", "waiting")
    }
    is_whole = columns["width_s"][0] == columns["width_s"].max()
    means = {name: column.mean(axis=0)[is_whole] for name, column in columns.items()}
    yield "carried traffic", means["carried_erl"]
    attempts = means["attempts"]
    yield (
        "blocking",
        np.divide(means["blocked"], attempts, np.zeros_like(attempts), where=attempts > 0),
    )
    yield "waiting", means["waiting"]
