"""Throughput of flows: its distribution, and the 5 % quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, Value, listed, over, with_facts
from sim.report.figures.soft_capacity import SOFT_FILES
from sim.report.folder import Estimate, RunFacts, estimate_of, read_columns, with_ends
from sim.report.style import PAGE_WIDTH_IN, network_look, new_figure
from sim.stats.intervals import CONFIDENCE

KINDS = ("flow", "time")
"""What a share is of: flows, or the time of flows."""


@dataclass(frozen=True)
class Distribution:
    """How fast the flows of one network were."""

    network_idx: int  # network
    throughput_bps: NDArray[np.float64]  # (point,) rising throughputs [bit/s]
    # share of the flows, and of their time, with at most this, (point,), by `KINDS` [1]
    share: dict[str, Estimate]
    p05_bps: dict[str, Estimate]  # 5 % quantile of either, (1,), likewise [bit/s]


def has_throughput(folder: Path) -> bool:
    """Return whether any flow was carried. False where no phone has received anything whole."""
    columns = read_columns(folder / "data.parquet", ["throughput_bps"], ())
    return bool(np.isfinite(columns["throughput_bps"]).any())


def read_distributions(folder: Path, run: RunFacts) -> tuple[Distribution, ...]:
    """Read the distribution of throughput of each network that carried any flow."""
    shares = with_ends([f"{kind}_share" for kind in KINDS])
    points = read_columns(folder / "throughput.parquet", ["throughput_bps", *shares], ["network"])
    quantiles = {"flow": "throughput_p05_bps", "time": "time_throughput_p05_bps"}
    keys = ["network", "province", "device", "hour"]
    groups = read_columns(folder / "data.parquet", with_ends([*quantiles.values()]), keys)
    is_whole = np.all([groups[key] == "all" for key in keys[1:]], axis=0)
    found = []
    for idx, name in enumerate(run.networks):
        own, whole = points["network"] == name, is_whole & (groups["network"] == name)
        if not np.isfinite(points["flow_share"][own]).any():
            continue
        found.append(
            Distribution(
                network_idx=idx,
                throughput_bps=points["throughput_bps"][own],
                share={kind: estimate_of(points, f"{kind}_share", own) for kind in KINDS},
                p05_bps={k: estimate_of(groups, name, whole) for k, name in quantiles.items()},
            )
        )
    return tuple(found)


_P05 = 0.05
KBPS = 1e-3
_IN_LEGEND = 2
_TAIL = 0.002  # what may lie beyond either end of the axis
_OF = {"flow": "share of the flows", "time": "share of the time of flows"}


def draw_throughput_distribution(run: RunFacts, distributions: Sequence[Distribution]) -> Figure:
    """Draw which share of the flows, and of their time, has at most each throughput, with the 5 % quantiles."""
    figure = new_figure(PAGE_WIDTH_IN, 2.8 + 0.14 * -(-len(distributions) // _IN_LEGEND))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, kind in zip(axes, KINDS, strict=True):
        for one in distributions:
            _draw_distribution(ax, run, one, kind)
        ax.axhline(_P05, color="#808080", linewidth=0.6, linestyle=":")
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda kbps, _: f"{kbps:,g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("throughput [kbit/s]")
        ax.set_ylabel(_OF[kind])
        ax.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), title="5 % quantile [kbit/s]",
            ncols=_IN_LEGEND, alignment="left",
        )  # fmt: skip
    axes[0].set_ylim(0.0, 1.0)
    axes[0].set_xlim(*_range_kbps(distributions))
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100.0 * share:g} %"))
    return figure


def _draw_distribution(ax: Axes, run: RunFacts, one: Distribution, kind: str) -> None:
    look, share, p05 = network_look(one.network_idx), one.share[kind], one.p05_bps[kind]
    kbps, p05_kbps = one.throughput_bps * KBPS, float(p05.value[0]) * KBPS
    if np.isfinite(share.low).any():
        ax.fill_between(kbps, share.low, share.high, color=look["color"], alpha=0.2, linewidth=0.0)
    label = f"{run.labels[one.network_idx]}: {p05_kbps:,.3g}"
    ax.plot(kbps, share.value, color=look["color"], linestyle=look["linestyle"])
    ax.plot(
        [p05_kbps], [_P05], color=look["color"], linestyle=look["linestyle"], marker=look["marker"],
        markersize=4.0, label=label, clip_on=False, zorder=4.0,
    )  # fmt: skip


def _range_kbps(distributions: Sequence[Distribution]) -> tuple[float, float]:
    """Return where nearly all of the distributions lie, with room on either side."""
    shares = np.stack([one.share[kind].value for one in distributions for kind in KINDS])
    kbps = distributions[0].throughput_bps * KBPS
    is_between = (shares > _TAIL).any(axis=0) & (shares < 1.0 - _TAIL).any(axis=0)
    between = kbps[is_between] if is_between.any() else kbps
    return float(between[0]) / 1.5, float(between[-1]) * 1.5


def _distribution_data(run: RunFacts, distributions: tuple[Distribution, ...]) -> PlottedData:
    """Return the distribution of throughput, and its 5 % quantiles."""
    rows: list[tuple[Value, ...]] = []
    for one in distributions:
        name = run.networks[one.network_idx]
        for kind in KINDS:
            ends = (getattr(one.share[kind], end).tolist() for end in ("value", "low", "high"))
            for point in zip(one.throughput_bps.tolist(), *ends, strict=True):
                rows.append((name, kind, "distribution", *point))
            p05 = one.p05_bps[kind]
            bps, *interval = (float(end[0]) for end in (p05.value, p05.low, p05.high))
            rows.append((name, kind, "p05_bps", bps, 0.05, *interval))
    header = ("network", "share_of", "kind", "throughput_bps", "share", "low", "high")
    return PlottedData(header, tuple(rows))


def _per_decade(distributions: Sequence[Distribution]) -> int:
    """Return how many throughputs there are in each power of ten."""
    first, second = distributions[0].throughput_bps[:2]
    return round(1.0 / float(np.log10(second / first)))


def _distribution_caption(
    run: RunFacts, distributions: Sequence[Distribution], n_replications: int
) -> str:
    """Return the caption of the distribution of throughput."""
    labels = [run.labels[one.network_idx] for one in distributions]
    text = (
        f"Throughput (size over time from request to end) of the flows of {listed(labels)} that were asked for in the "
        f"measured window and received whole, {over(n_replications)}. Left: share of the flows with at most this "
        "throughput, each flow counting alike. Right: share of the time of all these flows, each counting by the time "
        "that it took: what a user sees at a random moment of waiting. Marks on the dotted line: 5 % quantiles, taken "
        f"in each replication and averaged. The distribution is known at {_per_decade(distributions)} throughputs in "
        "each power of ten, and lines join them; steps lie where many flows have the rate of a Release 99 bearer, or "
        "the most that their phone can receive. Up to 0.2 % may lie beyond either end of the axis. "
    )
    bands = "One replication: there are no intervals."
    if n_replications > 1:
        bands = (
            f"Bands: {100 * CONFIDENCE:g} % intervals of each share as a ratio by jackknife; they hold within one "
            "world, that is for the same sites and people and other flows."
        )
    return with_facts(run, text + bands)


def _throughput_distribution(folder: Path, run: RunFacts) -> Drawing:
    distributions = read_distributions(folder, run)
    return Drawing(
        draw_throughput_distribution(run, distributions),
        _distribution_data(run, distributions),
        _distribution_caption(run, distributions, run.n_replications),
    )


DATA_FILES = (*SOFT_FILES, "data.parquet", "throughput.parquet")
"""Files of a results folder that throughput is drawn from."""

FIGURES = (
    RunFigure("throughput_distribution", DATA_FILES, _throughput_distribution, has_throughput),
)
