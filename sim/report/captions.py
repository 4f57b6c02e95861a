"""Captions of the figures: what is shown, of which run, and what must be said of it."""

import textwrap
from collections.abc import Sequence

import numpy as np

from sim.report.blocking_chart import leg_blocking
from sim.report.coverage_classes import coverage_shares
from sim.report.material import (
    CellLegs,
    ExchangeWork,
    NetworkLayer,
    RunFacts,
    Series,
    SiteDistances,
    Territory,
)
from sim.report.soft_cells import SoftCells, SoftTheory
from sim.stats.intervals import CONFIDENCE

_WIDTH = 100


def coverage_caption(run: RunFacts, territory: Territory, layers: Sequence[NetworkLayer]) -> str:
    """Return the caption of the coverage map."""
    shares = []
    for layer in layers:
        area, people = coverage_shares(territory, layer)
        text = f"{layer.label} has {len(layer.site_x_m):,} sites and serves {100 * area:.2f} % of the area"
        shares.append(
            text + (f" and {100 * people:.2f} % of the people." if people == people else ".")
        )
    text = (
        f"Coverage of {listed(run.labels)}. Blue: squares of {territory.resolution_m:g} m that a cell serves, by the "
        "received power of its common pilot channel (RSCP), the first-ranked cell's. Orange: squares that no cell "
        "serves, by the people who live there, in blocks of 500 m where squares are smaller; grey: nobody does. "
        "Dots: sites. Lines: provinces, and thicker the coast and outer border. North is up, equal-area projection. "
        "Shares are of all squares and of all people of the region. "
        + " ".join(shares)
        + " The table beside this "
        "figure holds area and people of each colour by network and province; coverage.parquet holds every square."
    )
    return with_facts(run, text)


def distance_caption(run: RunFacts, distances: Sequence[SiteDistances]) -> str:
    """Return the caption of the distance served."""
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
        "and the border it ends: the distance falls below the range of a site that stands alone. Dotted: about 5 km, "
        "the range of a site in published maps. " + " ".join(parts)
    )
    return with_facts(run, text)


def series_caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of traffic and blocking over time."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        "Carried traffic (calls that hold resources, by originating network) and blocking (attempts blocked in either "
        f"network or between them, of all attempts) of {listed(run.labels)}, in steps of {step_s:g} s over the "
        "measured window; the warm-up before it is not shown. "
    )
    return with_facts(run, text + _interval_text(_n_replications(series), "blocking"))


def blocking_caption(run: RunFacts, cells: CellLegs, n_replications: int) -> str:
    """Return the caption of blocking by cell."""
    blocking = leg_blocking(cells)
    n_idle = int(np.isnan(blocking).sum())
    counts = []
    for idx, label in enumerate(run.labels):
        own = blocking[(cells.network_idx == idx) & np.isfinite(blocking)]
        if len(own):
            share = 100.0 * float((own > 0.02).mean())
            counts.append(f"{label}: {len(own):,} cells, {share:.1f} % of them above 2 %.")
    idle = f" {n_idle:,} cells were offered nothing and are left out." if n_idle else ""
    text = (
        "Blocking by cell: legs refused a channel, of all legs offered to the cell, calling and called ends together, "
        f"{over(n_replications)}. Maps: cells at their sites, sectors moved aside by their azimuth, the highest "
        "blocking on top. Distribution: share of cells with at most so much blocking; dotted, what Erlang's first "
        "formula (Erlang B) gives for each cell's channels and offered traffic, that is carried traffic / "
        "(1 \N{MINUS SIGN} blocking). Comparison: a dot for each cell. The left end of the logarithmic axes stands for "
        "no blocking and everything below. Erlang B presumes fresh Poisson calls; redials, legs that overflow from "
        "another cell and the change of load within the window make the difference, beside chance. "
        + " ".join(counts)
        + idle
    )
    return with_facts(run, text)


def soft_map_caption(run: RunFacts, n_replications: int) -> str:
    """Return the caption of noise rise and power by cell."""
    text = (
        "Noise rise and downlink power by cell, means over the measured window, "
        f"{over(n_replications)}. Noise rise: all that the cell's receiver hears over its own noise. Power: of all "
        "channels, common ones included, over the greatest that the cell can send. Cells at their sites, sectors moved "
        "aside by their azimuth, the highest on top. The table beside this figure holds the greatest values and the "
        "phones refused by cause."
    )
    return with_facts(run, text)


def causes_caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of blocking by cause."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        f"Attempts lost in the network, of all attempts begun in the same step of {step_s:g} s, by cause and "
        f"originating network, one above the other, {over(_n_replications(series))}. No coverage counts those too "
        "whom a cell serves without load and not at the load of the moment. Causes that did not occur are left out. "
        "The table beside this figure holds 95 % intervals where there are several replications."
    )
    return with_facts(run, text)


def load_caption(
    run: RunFacts, cells: SoftCells, theory: Sequence[SoftTheory], n_replications: int
) -> str:
    """Return the caption of load against blocking."""
    fitted = [
        f"{run.labels[one.network_idx]}, {one.direction}: a call has a load of {one.load:.4f}, a cell bears "
        f"{one.most:.3f}" + (f", f = {one.other_ratio:.2f}." if one.direction == "uplink" else ".")
        for one in theory
    ]
    n_left = int((~np.isfinite(cells.blocking) | ~np.isfinite(cells.offered_erl)).sum())
    left = f" {n_left:,} cells to which nobody was admitted are left out." if n_left else ""
    text = (
        f"Load against blocking, a dot for each cell, {over(n_replications)}: phones blocked (uplink, downlink, codes "
        "or channel elements), of those admitted or blocked, over offered traffic, that is carried traffic / (1 "
        "\N{MINUS SIGN} blocking). Lines: blocking of telephone calls by Kaufman's and Roberts' recursion where the "
        "uplink alone (thin) or the downlink alone (thick) fills a cell. Uplink: each call with (1 + f) times its "
        "load; f, interference from elsewhere over the cell's own, is the median over the cells. Downlink: the load "
        "of a call is that of the mean power, the median over the cells. The theory knows neither codes nor channel "
        "elements, takes all cells for alike, and counts no other services: dots above a line have another cause, or "
        "a louder surrounding; dots below it stand among quieter cells. " + " ".join(fitted) + left
    )
    return with_facts(run, text)


def operators_caption(run: RunFacts, series: Sequence[Series]) -> str:
    """Return the caption of the work of operators over time."""
    step_s = float(series[0].end_s[0] - series[0].begin_s[0])
    text = (
        f"Calls patched by hand, of all networks together, in steps of {step_s:g} s over the measured window. From "
        "the top: callers who wait for an operator, at the first exchange or a later one, mean over the step; attempts "
        "that came to a manual exchange, and those of them lost before an operator had answered (the caller gave up, "
        "too many waited, or no cord was free); the share lost of these attempts; redials after any failure, also of "
        "attempts that no operator saw. Attempts stand in the step in which they began. "
    )
    return with_facts(run, text + _interval_text(_n_replications(series), "the share"))


def exchanges_caption(run: RunFacts, work: ExchangeWork, n_idle: int, n_replications: int) -> str:
    """Return the caption of the work of each manual exchange."""
    n = len(work.name)
    text = (
        f"{n:,} manual exchange{'s' * (n != 1)}, the longest wait on top, {over(n_replications)}: the wait that 95 % "
        "of the calls stay below, lost ones too; calls lost while they waited, of those that waited; operators' time "
        "at work, of their time on duty; calls that waited for an answer, by hour of the measured window. "
    )
    bars = (
        f"Bars: {100 * CONFIDENCE:g} % intervals by Student's t, shares as ratios by jackknife; they hold within one "
        "world, that is for the same exchanges, lines and people and other calls."
    )
    idle = f" Exchanges that nobody called, {n_idle:,} of them, are left out." if n_idle else ""
    return with_facts(
        run, text + (bars if n_replications > 1 else "There are no intervals.") + idle
    )


def listed(labels: Sequence[str]) -> str:
    """Return names as a text."""
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def over(n_replications: int) -> str:
    """Return what a mean is taken over."""
    return "one replication" if n_replications == 1 else f"over {n_replications} replications"


def _n_replications(series: Sequence[Series]) -> int:
    return max(int(one.n_replications.max()) for one in series)


def _interval_text(n_replications: int, ratio: str) -> str:
    if n_replications < 2:
        return "One replication: there are no intervals."
    return (
        f"Lines: over n = {n_replications} replications. Bands: {100 * CONFIDENCE:g} % intervals of each step by "
        f"Student's t, {ratio} as a ratio by jackknife; they hold within one world, that is for the same sites and "
        "people and other calls."
    )


def with_facts(run: RunFacts, text: str) -> str:
    """Return a text as a caption: wrapped, with the run and its warnings after it."""
    facts = f"Scenario {run.scenario}, run {run.run_id}, seed {run.seed}."
    blocks = [text, facts, *(f"Note: {note}" for note in run.notes)]
    return (
        "\n\n".join(textwrap.fill(block, _WIDTH, break_long_words=False) for block in blocks) + "\n"
    )
