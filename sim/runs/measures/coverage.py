"""Coverage: shares that networks cover, overlap of cells and distance served."""

import numpy as np
import pyarrow as pa

from sim.radio.coverage import Coverage, coverage_probability
from sim.radio.reach import (
    coverage_shares,
    effective_radius_km,
    overlapping_cells,
    site_area_km2,
    sum_by_province,
)
from sim.runs.maps import squares_table
from sim.runs.measures.display import Printed
from sim.runs.measures.measure import PERCENT, Line, Measure, MeasureRows
from sim.runs.measures.planner import MEASURES as PLANNER_MEASURES
from sim.runs.measures.planner import add_planner
from sim.runs.measures.subject import Finished, Subject
from sim.scenario.schema import Scenario
from sim.tables import ALL
from sim.tables.columns import part, ratio
from sim.world.build import World

_BY = ("network", "province")
_QUANTILES = {"p05": 0.05, "p50": 0.50, "p95": 0.95}

MEASURES = (
    Measure(
        "coverage.area_share", "1", (*_BY, "covered_by"), "area of served squares / area",
        part("covered_km2", "total_km2"), Line("area covered [%]", "{:.1f}", PERCENT),
    ),
    Measure(
        "coverage.population_share", "1", (*_BY, "covered_by"), "people in served squares / people",
        part("n_covered", "n_people"), Line("people covered [%]", "{:.1f}", PERCENT),
    ),
    Measure(
        "coverage.overlap", "1", _BY,
        "cells of the network received at most 5 dB weaker than the best, itself included, mean over the area served; "
        "of the ranked cells, so never more than `radio.n_candidates`", ratio("overlap", "n_squares"),
        Line("cells within 5 dB of the best", "{:.2f}"),
    ),
    Measure(
        "coverage.distance_km", "km", _BY,
        "effective radius sqrt(area / pi) of the area in which a cell of a site is the best of its network, mean over "
        "the sites; 0 of a site that is nowhere the best", ratio("radius_km", "n_sites"),
        Line("radius of a site's area [km]", "{:.2f}"),
    ),
    Measure("coverage.distance_p05_km", "km", _BY, "5 % of the sites of a network have less", ratio("p05_km", "known")),
    Measure("coverage.distance_p50_km", "km", _BY, "half of the sites have less", ratio("p50_km", "known")),
    Measure(
        "coverage.distance_p95_km", "km", _BY, "95 % of the sites have less", ratio("p95_km", "known"),
        Line("95 % of them below [km]", "{:.2f}"),
    ),
    *PLANNER_MEASURES,
)  # fmt: skip


def coverage_rows(scenario: Scenario, world: World, coverage: Coverage) -> pa.Table:
    """Return the measures of coverage, which all replications share."""
    rows = MeasureRows(scenario.run.world_replication)
    _add_shares(rows, world, coverage)
    _add_overlap(rows, world, coverage)
    _add_distances(rows, world, coverage)
    add_planner(rows, scenario, world)
    return rows.table()


def _add_shares(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """Add shares of area and people: of each network, and of any, both and neither of them."""
    shares = coverage_shares(coverage, world)
    is_network = np.array([share.network in world.network_names for share in shares])
    who = np.array([share.network for share in shares])
    sums = {
        name: np.array([getattr(share, name) for share in shares])
        for name in ("covered_km2", "total_km2", "n_covered", "n_people")
    }
    axes = {
        "network": np.where(is_network, who, ALL),
        "province": np.array([share.province for share in shares]),
        "covered_by": np.where(is_network, ALL, who),
    }
    rows.add(MEASURES, sums, axes)


def _add_overlap(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """Add the mean number of overlapping cells over the area covered."""
    n_cells, p_covered = overlapping_cells(coverage), coverage_probability(coverage)
    places = np.array([*world.provinces.code, ALL])
    for name, count, p in zip(world.network_names, n_cells, p_covered, strict=True):
        weight = np.where(count > 0, p, 0.0).astype(np.float64)
        overlap, n_squares = (
            sum_by_province(values, world.grid.province_idx, len(world.provinces))
            for values in (count * weight, weight)
        )
        axes = {"network": np.full(len(places), name), "province": places}
        rows.add(MEASURES, {"overlap": overlap, "n_squares": n_squares}, axes)


def _add_distances(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """Add mean and quantiles of the effective radius over the sites of a network, by the province of the site."""
    radius_km = effective_radius_km(site_area_km2(coverage, world))
    for network_idx, name in enumerate(world.network_names):
        of_network = world.sites.network_idx == network_idx
        for place_idx, place in enumerate((*world.provinces.code, ALL)):
            is_there = of_network & ((world.sites.province_idx == place_idx) | (place == ALL))
            own_km = radius_km[is_there]
            known = float(len(own_km) > 0)
            sums = {"radius_km": own_km.sum(), "n_sites": len(own_km), "known": known}
            for quantile, share in _QUANTILES.items():
                sums[f"{quantile}_km"] = np.quantile(own_km, share) if known else 0.0
            rows.add(MEASURES, sums, {"network": name, "province": place})


def _published(run: Finished) -> dict[str, pa.Table]:
    return {"coverage": squares_table(run.world, run.coverage)}


COVERAGE = Subject(measures=MEASURES, published=_published, printed=Printed("Coverage"))
