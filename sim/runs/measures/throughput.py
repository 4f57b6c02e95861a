"""Throughput of completed flows: means and quantiles over flows and over time, and their distribution."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.measure import KILO, Crossing, Line, Measure
from sim.tables import EDGES_BPS, THROUGHPUTS, Columns, FlowOutcome
from sim.tables.columns import ratio

Ratio = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Numerators and denominators of a measure, a row each."""

OF_FLOWS = ("network", "province", "service")
"""Axes of measures of flows."""

_MEDIAN, _P05 = 0.5, 0.05


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
    _throughput("throughput_median_bps", "half of these flows have at most this", "half of them below [kbit/s]"),
    _throughput("throughput_p05_bps", "5 % of these flows have at most this", "5 % of them below [kbit/s]"),
    _throughput(
        "time_throughput_bps", "bits / duration of completed flows received, both summed over all of them",
        "throughput of a user who waits [kbit/s]",
    ),
    _throughput("time_throughput_median_bps", "half of their time is spent in flows with at most this"),
    _throughput("time_throughput_p05_bps", "5 % of their time is spent in flows with at most this"),
)  # fmt: skip
"""Measures of throughput; the names of their sums stand in `sim.tables.THROUGHPUTS`."""


@dataclass(frozen=True)
class Speeds:
    """Completed flows that took time, the slowest first."""

    throughput_bps: NDArray[np.float64]  # (flow,) size / duration [bit/s]
    duration_s: NDArray[np.float64]  # (flow,) request to end [s]
    size_bit: NDArray[np.float64]  # (flow,) size [bit]
    groups: Columns  # groups to which they belong

    @classmethod
    def of(cls, flows: Columns, is_counted: NDArray[np.bool_], groups: Sequence[str]) -> "Speeds":
        """Return the throughput of some flows."""
        duration_s = flows["end_s"] - flows["time_s"]
        # A flow of a bit or so may end at the very instant, as far as numbers go.
        done = is_counted & (flows["outcome"] == FlowOutcome.COMPLETED) & (duration_s > 0.0)
        throughput_bps = flows["size_bit"][done] / duration_s[done]
        order = np.argsort(throughput_bps, kind="stable")
        chosen = np.flatnonzero(done)[order]
        return cls(
            throughput_bps[order],
            duration_s[chosen],
            flows["size_bit"][chosen],
            {name: flows[name][chosen].astype(np.int64) for name in groups},
        )


def weighted_quantile(
    rising: NDArray[np.float64], weights: NDArray[np.float64], share: float
) -> float:
    """Return the least value that a share of the weight does not exceed."""
    below = np.cumsum(weights)
    idx = int(np.searchsorted(below, share * below[-1], side="left"))
    return float(rising[min(idx, len(rising) - 1)])


def throughput_ratios(
    speeds: Speeds, crossing: Crossing, first: str, second: str
) -> dict[str, Ratio]:
    """
    Return the throughputs of each crossing of groups.

    Above and below the line, by name in `sim.tables.THROUGHPUTS`, rows in the order of the crossing; quantiles over
    1, or 0 over 0 where there is no flow.
    """
    groups = speeds.groups[first], speeds.groups[second]

    def _sums(weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
        return crossing.sums(*groups, weights)

    n = _sums(None)
    ratios = {
        "throughput_bps": (_sums(speeds.throughput_bps), n),
        "time_throughput_bps": (_sums(speeds.size_bit), _sums(speeds.duration_s)),
    }
    known = np.where(n > 0.0, 1.0, 0.0)
    even = np.ones(len(speeds.throughput_bps))
    for prefix, weights in (("", even), ("time_", speeds.duration_s)):
        medians, p05s = np.zeros(len(n)), np.zeros(len(n))
        for row, is_member in enumerate(members(crossing, *groups)):
            if known[row]:
                own, weight = speeds.throughput_bps[is_member], weights[is_member]
                medians[row] = weighted_quantile(own, weight, _MEDIAN)
                p05s[row] = weighted_quantile(own, weight, _P05)
        ratios[f"{prefix}throughput_median_bps"] = medians, known
        ratios[f"{prefix}throughput_p05_bps"] = p05s, known
    return {name: ratios[name] for name, _ in THROUGHPUTS}


def members(
    crossing: Crossing, first: NDArray[np.int64], second: NDArray[np.int64]
) -> Iterator[NDArray[np.bool_]]:
    """
    Iterate over who belongs to each row of a crossing.

    A mask for each row, in the order of the crossing; everybody belongs to all.
    """
    everybody = np.ones(len(first), np.bool_)
    rows = [
        [*(values == idx for idx in range(len(names) - 1)), everybody]
        for names, values in ((crossing.first, first), (crossing.second, second))
    ]
    return (a & b for a in rows[0] for b in rows[1])


def distribution(speeds: Speeds, n_networks: int) -> Columns:
    """Return how many flows, and how much time, do not exceed each throughput."""
    rank = np.searchsorted(np.array(EDGES_BPS), speeds.throughput_bps, side="left")
    n_bins = len(EDGES_BPS) + 1  # the last one above all edges
    key = speeds.groups["network_idx"] * n_bins + rank
    columns: Columns = {}
    for name, weights in (("flows", None), ("time_s", speeds.duration_s)):
        table = np.bincount(key, weights, n_networks * n_bins).reshape(n_networks, n_bins)
        whole = np.concatenate([table, table.sum(axis=0, keepdims=True)]).astype(np.float64)
        below = np.cumsum(whole, axis=1)
        columns[name] = below[:, :-1].ravel()
        columns[f"all_{name}"] = np.repeat(below[:, -1], n_bins - 1)
    return columns
