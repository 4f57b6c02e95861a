"""Cells and sites: channels or powers in use, refusals of legs, and their tables."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.radio.coverage import Coverage
from sim.radio.reach import effective_radius_km, site_area_km2
from sim.runs.measures.display import Printed, TableRanking
from sim.runs.measures.measure import PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.outcome_shares import FAILURES_OF_CELLS, main_failure
from sim.runs.measures.radio import radio_of_cells
from sim.runs.measures.reduction import reduced, stacked
from sim.runs.measures.subject import (
    RELATIVE_ROUNDING,
    Finished,
    Kept,
    Replication,
    Subject,
    as_floats,
)
from sim.runs.measures.voice import CARRIED_ERL
from sim.runs.measures.window import group_sums
from sim.runs.parquet import arrow_table
from sim.tables import CELLS, SITE_PLACES, SITES, Columns
from sim.tables.columns import part, proportion
from sim.world.build import World

_BY = ("network", "province", "cell")

MEASURES = (
    Measure(
        "voice.leg_blocking", "1", _BY, "refusals of channels / (seizures + refusals), both directions",
        proportion("leg_refusals", "leg_bids"), Line("leg blocking [%]", "{:.3f}", PERCENT),
    ),
    Measure(
        "cell.utilisation", "1", _BY,
        "channels in use / channels; with `radio.capacity: wcdma` mean downlink power / greatest power",
        part("used", "limit"), Line("channels, or power, in use [%]", "{:.1f}", PERCENT),
    ),
)  # fmt: skip


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    world, cells = replication.world, replication.world.cells
    kept = as_floats(replication.records["cells"])
    kept["leg_refusals"] = kept["refusals_originating"] + kept["refusals_terminating"]
    seizures = kept["seizures_originating"] + kept["seizures_terminating"]
    kept["leg_bids"] = seizures + kept["leg_refusals"]
    power = radio_of_cells(replication)
    sums = {
        "leg_refusals": kept["leg_refusals"],
        "leg_bids": kept["leg_bids"],
        "used": power["power_w"] if power else kept["busy_erl"],
        "limit": power["power_limit_w"] if power else cells.n_channels.astype(np.float64),
    }
    province_idx = world.sites.province_idx[cells.site_idx]
    by_cell = {
        "cell": np.asarray(cells.name),
        "network": np.asarray(world.network_names)[cells.network_idx],
        "province": np.asarray(world.provinces.code)[province_idx],
    }
    rows.add(MEASURES, sums, by_cell)
    # Channels in use are a mean over the window already.
    rows.add((CARRIED_ERL,), {"carried_s": kept["busy_erl"], "window_s": 1.0}, by_cell)
    crossing = Crossing.of(world.network_names, world.provinces.code)
    axes = {"network": crossing.first_names, "province": crossing.second_names}
    groups = cells.network_idx, province_idx
    rows.add(MEASURES, {name: crossing.sums(*groups, own) for name, own in sums.items()}, axes)
    return {"cells": kept}


def _broken(replication: Replication) -> Iterator[str]:
    world, records = replication.world, replication.records
    most = records["servers"].get("n_most", world.cells.n_channels)[: len(world.cells)]
    yield from broken_loads("cell", records["cells"], most)


def broken_loads(name: str, servers: Columns, most: NDArray[np.integer]) -> Iterator[str]:
    """Iterate over what contradicts itself in the records of groups of servers."""
    busy_erl, all_busy = servers["busy_erl"], servers["all_busy_share"]
    if np.any((busy_erl < 0.0) | (busy_erl > most * (1.0 + RELATIVE_ROUNDING))):
        yield f"the mean number of busy servers of a {name} is below 0 or above all"
    if np.any((all_busy < 0.0) | (all_busy > 1.0 + RELATIVE_ROUNDING)):
        yield f"the time with all servers of a {name} busy is below none or above all"
    counts = [servers[key] for key in servers if key.startswith(("seizures", "refusals"))]
    if any(np.any(count < 0) for count in counts):
        yield f"a {name} counts fewer than 0 seizures or refusals"


def cell_places(world: World) -> Columns:
    """Return what all replications know of each cell."""
    cells, site_idx = world.cells, world.cells.site_idx
    return {
        "cell_idx": np.arange(len(cells), dtype=np.int32),
        "cell": np.asarray(cells.name, np.str_),
        "site": np.asarray(world.sites.name, np.str_)[site_idx],
        "network": np.asarray(world.network_names)[cells.network_idx],
        "province": np.asarray(world.provinces.code)[world.sites.province_idx[site_idx]],
        "n_channels": cells.n_channels,
        "azimuth_deg": cells.azimuth_deg,
    }


def cells_table(world: World, kept: Kept) -> pa.Table:
    """Return each cell over all replications."""
    return reduced(CELLS, cell_places(world), kept["cells"])


def _site_places(world: World, coverage: Coverage) -> Columns:
    sites, n_sites, site_idx = world.sites, len(world.sites), world.cells.site_idx
    served_km2 = site_area_km2(coverage, world)
    return {
        "site_idx": np.arange(n_sites, dtype=np.int32),
        "site": np.asarray(sites.name, np.str_),
        "network": np.asarray(world.network_names)[sites.network_idx],
        "province": np.asarray(world.provinces.code)[sites.province_idx],
        "x_m": sites.x_m,
        "y_m": sites.y_m,
        "longitude_deg": sites.longitude_deg,
        "latitude_deg": sites.latitude_deg,
        "antenna_height_m": sites.antenna_height_m,
        "n_cells": np.bincount(site_idx, minlength=n_sites).astype(np.int32),
        "n_channels": group_sums(site_idx, n_sites, world.cells.n_channels).astype(np.int32),
        "served_km2": served_km2,
        "distance_km": effective_radius_km(served_km2),
    }


def site_places_table(world: World, coverage: Coverage) -> pa.Table:
    """Return where each site is, and how much it serves."""
    return arrow_table(SITE_PLACES, _site_places(world, coverage))


def sites_table(world: World, coverage: Coverage, kept: Kept) -> pa.Table:
    """Return each site over all replications: sums over its cells, and what is its own."""
    groups = world.cells.site_idx, len(world.sites)
    cells, given = kept["cells"], _site_places(world, coverage)
    own = kept.get("sites") or [{}] * len(cells)
    sums = [
        {name: group_sums(*groups, column) for name, column in of_cells.items()} | of_sites
        for of_cells, of_sites in zip(cells, own, strict=True)
    ]
    for name in {"power_w", "power_limit_w"} & set(cells[0]):  # sums of means, not means of sums
        given[name] = group_sums(*groups, stacked(cells, name).mean(axis=0))
    whole = {name: np.sum([one[name] for one in sums], axis=0) for name in FAILURES_OF_CELLS}
    given["main_failure"] = main_failure(whole)
    return reduced(SITES, given, sums)


def _published(run: Finished) -> dict[str, pa.Table]:
    return {
        "cells": cells_table(run.world, run.kept),
        "sites": sites_table(run.world, run.coverage, run.kept),
    }


CELLS_AND_SITES = Subject(
    measures=MEASURES,
    measured=_measured,
    invariants=(
        "busy channels and circuits between 0 and all of them, the share of time with all busy between 0 and 1",
    ),
    broken=_broken,
    published=_published,
    printed=Printed(
        "Telephone calls",
        rankings=(
            TableRanking(
                "Worst sites",
                table="sites",
                name="site",
                columns=(
                    ("network", Line("network")),
                    ("province", Line("province")),
                    ("attempts", Line("attempts")),
                    ("network_failure", Line("failed [%]", "{:.2f}", PERCENT)),
                    ("main_failure", Line("most of it")),
                ),
                by="network_failure",
                whole="attempts",
                says="Failed in the network, of the attempts of callers whose first-ranked cell is the site's",
            ),
        ),
    ),
)
