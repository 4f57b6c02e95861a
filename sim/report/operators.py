"""Work of operators: queue, attempts, losses and redials over time, and the load of each manual exchange."""

from pathlib import Path

import numpy as np

from sim.report.folder import read_columns
from sim.report.material import ALL_NETWORKS, Estimate, ExchangeWork, RunFacts, Series
from sim.report.series import by_replication, join_bins, series_of
from sim.stats.intervals import mean_intervals, ratio_intervals

WAITING = "operators.waiting"
ATTEMPTS = "operators.attempts_per_min"
LOST = "operators.lost_per_min"
LOST_SHARE = "operators.lost_share"
REDIALS = "voice.redials_per_min"

_RATES = {ATTEMPTS: "by_hand", LOST: "patch_lost", REDIALS: "redials"}
_COUNTS = ("replication", "begin_s", "width_s", "waiting", "by_hand", "patch_lost", "redials")
_ESTIMATES = ("wait_p95_s", "abandonment", "occupancy")
_SECONDS_PER_MIN = 60.0
_SECONDS_PER_HOUR = 3600.0


def has_work_by_hand(folder: Path) -> bool:
    """
    Return whether anybody waited for an operator.

    False where no call came to a manual exchange in any replication.
    """
    arrived = read_columns(folder / "exchanges.parquet", ["arrived"], ())["arrived"]
    return bool(np.any(arrived > 0.0))


def read_operators(folder: Path) -> tuple[Series, ...]:
    """Read how calls patched by hand fared over time, all networks together."""
    path = folder / "timeseries.parquet"
    columns = read_columns(path, _COUNTS, ("network",))
    is_all = columns["network"] == "all"
    bins = by_replication({key: columns[key][is_all] for key in _COUNTS}, path)
    bins["waited_s"] = bins["waiting"] * bins["width_s"]
    joined = join_bins(bins, ("waited_s", *_RATES.values()))
    estimates = {
        WAITING: mean_intervals(joined["waited_s"] / joined["width_s"]),
        LOST_SHARE: ratio_intervals(joined["patch_lost"], joined["by_hand"]),
    }
    for measure, name in _RATES.items():
        estimates[measure] = mean_intervals(joined[name] / joined["width_s"] * _SECONDS_PER_MIN)
    begin_s = joined["begin_s"][0]
    end_s = begin_s + joined["width_s"][0]
    return tuple(
        series_of(ALL_NETWORKS, measure, begin_s, end_s, estimates[measure])
        for measure in (WAITING, ATTEMPTS, LOST, LOST_SHARE, REDIALS)
    )


def read_exchanges(folder: Path, run: RunFacts) -> tuple[ExchangeWork, int]:
    """Read what each manual exchange did, the longest wait first."""
    ends = [f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")]
    path = folder / "exchanges.parquet"
    columns = read_columns(path, ["operators", "arrived", *ends], ("exchange", "province"))
    called = np.flatnonzero(columns["arrived"] > 0.0)
    order = called[np.argsort(-columns["wait_p95_s"][called], kind="stable")]
    own = {name: values[order] for name, values in columns.items()}
    estimates = {
        name: Estimate(own[name], own[f"{name}_low"], own[f"{name}_high"]) for name in _ESTIMATES
    }
    work = ExchangeWork(
        name=own["exchange"],
        province=own["province"],
        operators=own["operators"],
        calls_per_h=own["arrived"] / run.duration_s * _SECONDS_PER_HOUR,
        **estimates,
    )
    return work, len(columns["arrived"]) - len(order)
