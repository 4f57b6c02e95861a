"""Throughput of completed flows: means and quantiles over flows and over time, and their distribution."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.histogram import Histogram
from sim.runs.measures.measure import KILO, Crossing, Line, Measure
from sim.runs.measures.window import group_sums
from sim.tables import EDGES_BPS, QUANTILE_NOTE, THROUGHPUTS, Columns, FlowOutcome
from sim.tables.columns import ratio

Ratio = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Numerators and denominators of a measure, a row each."""

OF_FLOWS = ("network", "province", "service")
"""Axes of measures of flows."""

_SHARES = {"median": 0.5, "p05": 0.05}


def _throughput(name: str, meaning: str, label: str = "") -> Measure:
    """Return a measure of throughput, printed where it has a label."""
    line = Line(label, "{:,.0f}", KILO) if label else None
    return Measure(
        f"data.{name}", "bit/s", OF_FLOWS, meaning, ratio(f"above_{name}", f"below_{name}"), line
    )


THROUGHPUT_MEASURES = (
    _throughput(
        "throughput_bps", "size / duration, mean over completed flows received", "throughput of a flow [kbit/s]"
    ),
    _throughput(
        "throughput_median_bps", f"half of these flows have at most this{QUANTILE_NOTE}", "half of them below [kbit/s]"
    ),
    _throughput(
        "throughput_p05_bps", f"5 % of these flows have at most this{QUANTILE_NOTE}", "5 % of them below [kbit/s]"
    ),
    _throughput(
        "time_throughput_bps", "bits / duration of completed flows received, both summed over all of them",
        "throughput of a user who waits [kbit/s]",
    ),
    _throughput("time_throughput_median_bps", f"half of their time is spent in flows with at most this{QUANTILE_NOTE}"),
    _throughput("time_throughput_p05_bps", f"5 % of their time is spent in flows with at most this{QUANTILE_NOTE}"),
)  # fmt: skip
"""Measures of throughput; the names of their sums stand in `sim.tables.THROUGHPUTS`."""


def completed_flows(flows: Columns, names: Sequence[str]) -> Columns:
    """Return the completed flows that took time: some columns, and their throughput, duration and size."""
    duration_s = flows["end_s"] - flows["time_s"]
    # A flow of a bit or so may end at the very instant, as far as numbers go.
    done = (flows["outcome"] == FlowOutcome.COMPLETED) & (duration_s > 0.0)
    chosen = {name: flows[name][done] for name in (*names, "size_bit")}
    chosen["duration_s"] = duration_s[done]
    return chosen | {"throughput_bps": chosen["size_bit"] / chosen["duration_s"]}


def throughput_histogram(flows: Columns, groups: NDArray[np.int64]) -> Histogram:
    """Return how many completed flows of each group had a throughput, their bits and their time."""
    throughput_bps = flows["throughput_bps"]
    weights = {name: flows[name] for name in ("throughput_bps", "duration_s", "size_bit")}
    return Histogram.of(groups, throughput_bps, {"flows": np.ones(len(throughput_bps)), **weights})


def throughput_ratios(histogram: Histogram, crossing: Crossing) -> dict[str, Ratio]:
    """
    Return the throughputs of each crossing of groups.

    Above and below the line, by name in `sim.tables.THROUGHPUTS`, rows in the order of the crossing; quantiles over
    1, or 0 over 0 where there is no flow.
    """
    found = [_ratios(own) for own in histogram.rows(crossing)]
    return {
        name: (
            np.array([one[name][0] for one in found]),
            np.array([one[name][1] for one in found]),
        )
        for name, _ in THROUGHPUTS
    }


def _ratios(flows: Histogram) -> dict[str, tuple[float, float]]:
    """Return the throughputs of some flows, above and below the line."""
    means = (
        ("throughput_bps", "throughput_bps", "flows"),
        ("time_throughput_bps", "size_bit", "duration_s"),
    )
    known = 1.0 if len(flows.key) else 0.0
    found = {}
    for name, weighted, weight in means:
        found[name] = flows.total(weighted), flows.total(weight)
        for which, share in _SHARES.items():
            quantile = flows.quantile(share, weight, weighted)
            found[name.replace("_bps", f"_{which}_bps")] = quantile, known
    return found


def counts_by_throughput(flows: Columns, n_networks: int) -> Columns:
    """Return how many completed flows, and how much of their time, are between two of `EDGES_BPS`, by network."""
    rank = np.searchsorted(np.array(EDGES_BPS), flows["throughput_bps"], side="left")
    n_bins = len(EDGES_BPS) + 1  # the last one above all edges
    key = flows["network_idx"].astype(np.int64) * n_bins + rank
    weights = {"flows": None, "time_s": flows["duration_s"]}
    return {
        name: group_sums(key, n_networks * n_bins, weight).reshape(n_networks, n_bins)
        for name, weight in weights.items()
    }


def distribution(counts: Columns) -> Columns:
    """Return how many flows, and how much time, do not exceed each throughput."""
    columns: Columns = {}
    for name, table in counts.items():
        whole = np.concatenate([table, table.sum(axis=0, keepdims=True)])
        below = np.cumsum(whole, axis=1)
        columns[name] = below[:, :-1].ravel()
        columns[f"all_{name}"] = np.repeat(below[:, -1], len(EDGES_BPS))
    return columns
