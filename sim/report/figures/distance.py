"""How far sites serve: the distribution of their effective radius, beside the range that their country published."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.report.drawings import Drawing, PlottedData, RunFigure, Value, listed, with_facts
from sim.report.folder import RunFacts, read_columns
from sim.report.style import COLUMN_WIDTH_IN, LEAST_PT, network_look, new_figure


@dataclass(frozen=True)
class SiteDistances:
    """How far the sites of one network serve."""

    network_idx: int  # number of the network in the run
    name: str  # and label: name in tables, name in figures
    label: str
    site: NDArray[np.str_]  # (site,) names, the shortest distance first
    distance_km: NDArray[np.float64]  # (site,) effective radius of the area served, rising [km]


PUBLISHED_RANGE_KM = {"north_korea": 5.0}
"""
Range of a site in published maps of a country's networks, by `region.source`: of the others nothing is known. [km]

"About 5 km, depending on local geography" (2022).
"""

_HEIGHT_IN = 2.7
_COLUMN = "distance_km"


def _has_distances(folder: Path) -> bool:
    """Return whether a results folder says how far its sites serve."""
    path = folder / "sites.parquet"
    try:
        return _COLUMN in pq.read_schema(path).names and pq.read_metadata(path).num_rows > 0
    except (OSError, ValueError):
        return False


def read_distances(folder: Path, run: RunFacts) -> tuple[SiteDistances, ...]:
    """Read how far sites serve."""
    columns = read_columns(folder / "sites.parquet", [_COLUMN], ["site", "network"])
    found = []
    for idx, (name, label) in enumerate(zip(run.networks, run.labels, strict=True)):
        own = columns["network"] == name
        if own.any():
            order = np.argsort(columns[_COLUMN][own], kind="stable")
            km, site = columns[_COLUMN][own][order], columns["site"][own][order]
            found.append(SiteDistances(idx, name, label, site, km))
    return tuple(found)


def draw_coverage_distance(
    distances: Sequence[SiteDistances], published_km: float | None = None
) -> Figure:
    """Draw the share of sites whose effective radius is at most so much."""
    figure = new_figure(COLUMN_WIDTH_IN, _HEIGHT_IN)
    ax = figure.subplots()
    end_km = 1.1 * max(*(float(one.distance_km[-1]) for one in distances), published_km or 0.0)
    for one in distances:
        n = len(one.distance_km)
        x_km = np.concatenate(([0.0], one.distance_km, [end_km]))
        share = np.concatenate(([0.0], np.arange(1, n + 1) / n, [1.0]))
        look = {**network_look(one.network_idx), "marker": "none"}
        text = f"{one.label}, median {np.median(one.distance_km):.1f} km"
        ax.step(x_km, 100.0 * share, where="post", label=text, **look)
    if published_km is not None:
        ax.axvline(published_km, color="#404040", linewidth=0.8, linestyle=":")
        is_left = published_km > 0.5 * end_km
        ax.annotate(
            f"published:\nabout {published_km:g} km",
            (published_km, 3.0),
            xytext=(-3.0 if is_left else 3.0, 0.0),
            textcoords="offset points",
            ha="right" if is_left else "left",
            fontsize=LEAST_PT,
            color="#404040",
        )
    ax.set_xlim(0.0, end_km)
    ax.set_ylim(0.0, 101.0)
    ax.set_xlabel("effective radius of the area a site serves [km]")
    ax.set_ylabel("sites with at most so much [%]")
    figure.legend(loc="outside upper left")
    return figure


def _table(distances: Sequence[SiteDistances]) -> PlottedData:
    """Return how far each site serves."""
    rows: list[tuple[Value, ...]] = []
    for one in distances:
        n = len(one.distance_km)
        for rank, (site, km) in enumerate(zip(one.site, one.distance_km, strict=True), start=1):
            rows.append((one.name, str(site), float(km), rank / n))
    return PlottedData(("network", "site", "distance_km", "share_of_sites"), tuple(rows))


def published_range_km(run: RunFacts) -> float | None:
    """Return the range that is published of the networks of the run's country; None where none is."""
    return PUBLISHED_RANGE_KM.get((run.resolved.get("region") or {}).get("source", ""))


def _caption(run: RunFacts, distances: Sequence[SiteDistances]) -> str:
    """Return the caption of the distance served."""
    published_km = published_range_km(run)
    dotted = ""
    if published_km is not None:
        dotted = f"Dotted: about {published_km:g} km, the range of a site in published maps. "
    parts = []
    for one in distances:
        low, middle, high = np.quantile(one.distance_km, (0.05, 0.5, 0.95))
        parts.append(
            f"{one.label}: {len(one.distance_km):,} sites, mean {one.distance_km.mean():.2f} km, 5 % below {low:.2f}, "
            f"half below {middle:.2f}, 95 % below {high:.2f} km."
        )
    text = (
        f"Distance served by the sites of {listed(run.labels)}: the radius of a disc as large as the area in which a "
        "cell of the site is the best of its network. Where sites stand close they share the ground, and at the coast "
        "and the border it ends: the distance falls below the range of a site that stands alone. "
        + dotted
        + " ".join(parts)
    )
    return with_facts(run, text)


def _coverage_distance(folder: Path, run: RunFacts) -> Drawing:
    distances = read_distances(folder, run)
    return Drawing(
        draw_coverage_distance(distances, published_range_km(run)),
        _table(distances),
        _caption(run, distances),
    )


FIGURES = (RunFigure("coverage_distance", ("sites.parquet",), _coverage_distance, _has_distances),)
