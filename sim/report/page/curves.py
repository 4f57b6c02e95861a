"""Curves over time of a page: means over replications with intervals, in the steps of the figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np

from sim.report.figures.over_time import by_replication, join_bins
from sim.report.folder import RunFacts, read_columns
from sim.report.page.packed import short
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals
from sim.tables import ALL

_COUNTS = ("replication", "begin_s", "width_s", "carried_erl", "attempts", "blocked", "dropped")
_MS_PER_S = 1000.0
_SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True)
class Curve:
    """One measure of one network over time."""

    measure: str
    network: str  # or all
    values: dict[str, list[Any]]  # by name: middle and begin of each step [ms], value, low, high


_SAID = {
    "carried_erl": ("carried traffic", "erl", 1.0),
    "blocking": ("attempts blocked", "%", 100.0),
    "attempts_per_min": ("attempts begun in a minute", "", 1.0),
    "dropped_share": ("attempts answered and dropped", "%", 100.0),
}
"""What the curves are called, their unit, and the factor to it."""


def curves_of(folder: Path, run: RunFacts) -> dict[str, Any]:
    """Return the curves of a run as a page holds them; nothing of a folder without calls."""
    if not (folder / "timeseries.parquet").is_file():
        return {}
    found: dict[str, Any] = {}
    for one in _curves(folder, run):
        says, unit, factor = _SAID[one.measure]
        facts = {"says": says, "unit": unit, "factor": factor, "networks": {}}
        found.setdefault(one.measure, facts)["networks"][one.network] = one.values
    return found


def _curves(folder: Path, run: RunFacts) -> Iterator[Curve]:
    path = folder / "timeseries.parquet"
    columns = read_columns(path, _COUNTS, ("network",))
    begin_ms = run.start.replace(tzinfo=UTC).timestamp() * _MS_PER_S
    for name in (*run.networks, ALL):
        own = columns["network"] == name
        if not own.any():
            continue
        bins = by_replication({key: columns[key][own] for key in _COUNTS}, path)
        bins["carried_s"] = bins["carried_erl"] * bins["width_s"]
        joined = join_bins(bins, ("attempts", "blocked", "dropped", "carried_s"))
        step_s = joined["begin_s"][0], joined["width_s"][0]
        for measure, estimate in _estimates(joined).items():
            steps = {
                "begin_ms": begin_ms + step_s[0] * _MS_PER_S,
                "ms": begin_ms + (step_s[0] + step_s[1] / 2.0) * _MS_PER_S,
            }
            values = {key: np.rint(ms).astype(np.int64).tolist() for key, ms in steps.items()}
            for end in ("value", "low", "high"):
                values[end] = [short(one) for one in getattr(estimate, end).tolist()]
            yield Curve(measure, name, values)


def _estimates(joined: dict[str, Any]) -> dict[str, Intervals]:
    width_s, attempts = joined["width_s"], joined["attempts"]
    minutes = width_s / _SECONDS_PER_MINUTE
    return {
        "carried_erl": mean_intervals(joined["carried_s"] / width_s, law="positive"),
        "blocking": ratio_intervals(joined["blocked"], attempts, law="share"),
        "attempts_per_min": mean_intervals(attempts / minutes, law="positive"),
        "dropped_share": ratio_intervals(joined["dropped"], attempts, law="share"),
    }
