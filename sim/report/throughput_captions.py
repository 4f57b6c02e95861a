"""Captions of the figures of throughput."""

from collections.abc import Sequence

import numpy as np

from sim.report.captions import listed, over, with_facts
from sim.report.material import RunFacts
from sim.report.throughput import FEWEST_IN_BIN, MOST_BINS, CellThroughput, Distribution
from sim.stats.intervals import CONFIDENCE
from sim.tables import BINS_PER_DECADE

_USER = (
    "Throughput of a user who waits: bits over time of all flows that phones of the cell received whole, so that each "
    "counts by the time that it took."
)


def distribution_caption(
    run: RunFacts, distributions: Sequence[Distribution], n_replications: int
) -> str:
    """Return the caption of the distribution of throughput."""
    labels = [run.labels[one.network_idx] for one in distributions]
    text = (
        f"Throughput (size over time from request to end) of the flows of {listed(labels)} that were asked for in the "
        f"measured window and received whole, {over(n_replications)}. Left: share of the flows with at most this "
        "throughput, each flow counting alike. Right: share of the time of all these flows, each counting by the time "
        "that it took: what a user sees at a random moment of waiting. Marks on the dotted line: 5 % quantiles, taken "
        f"in each replication and averaged. The distribution is known at {BINS_PER_DECADE} throughputs in each power "
        "of ten, and lines join them; steps lie where many flows have the rate of a Release 99 bearer, or the most "
        "that their phone can receive. Up to 0.2 % may lie beyond either end of the axis. "
    )
    bands = "One replication: there are no intervals."
    if n_replications > 1:
        bands = (
            f"Bands: {100 * CONFIDENCE:g} % intervals of each share as a ratio by jackknife; they hold within one "
            "world, that is for the same sites and people and other flows."
        )
    return with_facts(run, text + bands)


def throughput_map_caption(run: RunFacts, cells: CellThroughput, n_replications: int) -> str:
    """Return the caption of the map of throughput."""
    parts = []
    for idx, label in enumerate(run.labels):
        kbps = cells.user_bps[cells.network_idx == idx] / 1e3
        kbps = kbps[np.isfinite(kbps)]
        if len(kbps):
            low, middle, high = np.quantile(kbps, (0.05, 0.5, 0.95))
            parts.append(
                f"{label}: {len(kbps):,} cells, 5 % below {low:,.0f}, half below {middle:,.0f}, 95 % below "
                f"{high:,.0f} kbit/s."
            )
    text = (
        f"Squares coloured by what a user gets in the cell that serves them best without load, {over(n_replications)}. "
        f"{_USER} It is the mean of the whole cell: near the site it is more, at the edge less. North is up. "
        + " ".join(parts)
        + " The table beside this figure holds every cell."
    )
    return with_facts(run, text)


def throughput_load_caption(run: RunFacts, cells: CellThroughput, n_replications: int) -> str:
    """Return the caption of throughput against calls."""
    n_left = int(np.isnan(cells.busy_bps).sum())
    left = (
        f" {n_left:,} cells that never served a flow over HSDPA are left out on the left."
        if n_left
        else ""
    )
    text = (
        f"What calls leave for data, a dot for each cell, {over(n_replications)}: calls that the cell carries, by the "
        "phones whose first-ranked cell it is, against throughput. Left: bits that the cell sent over HSDPA, by the "
        "time in which it had a flow to serve; calls take power and codes from it, and so do far phones and loud "
        f"neighbours. Right: {_USER[0].lower()}{_USER[1:]} There the cell's other flows count too. Large marks: "
        f"medians of up to {MOST_BINS} groups of cells of like load, as many cells in each; none where there are fewer "
        f"than {2 * FEWEST_IN_BIN} cells.{left}"
    )
    return with_facts(run, text)
