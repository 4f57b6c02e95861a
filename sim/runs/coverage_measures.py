"""Shares that networks cover, overlap of cells and distance served, as rows of measures."""

import numpy as np

from sim.radio.cell_reach import effective_radius_km, overlapping_cells, site_area_km2
from sim.radio.coverage import Coverage, coverage_probability
from sim.radio.shares import coverage_shares, sum_by_province
from sim.runs.rows import ALL, MeasureRows
from sim.world.build import World

_QUANTILES = {
    "coverage.distance_p05_km": 0.05,
    "coverage.distance_p50_km": 0.50,
    "coverage.distance_p95_km": 0.95,
}


def add_coverage_measures(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """
    Add shares of area and population, overlap and distance served, by network and province.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to. Their replication is the world replication.
    world : World
        World.
    coverage : Coverage
        Its coverage.
    """
    shares = coverage_shares(coverage, world)
    axes = {
        "network": np.array([share.network for share in shares]),
        "province": np.array([share.province for share in shares]),
    }
    for measure, covered, total in (
        ("coverage.area_share", "covered_km2", "total_km2"),
        ("coverage.population_share", "n_covered", "n_people"),
    ):
        rows.add(
            measure,
            np.array([getattr(share, covered) for share in shares]),
            np.array([getattr(share, total) for share in shares]),
            axes,
            service=ALL,
        )
    _add_overlap(rows, world, coverage)
    _add_distances(rows, world, coverage)


def _add_overlap(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """Add the mean number of overlapping cells over the area covered."""
    n_cells, p_covered = overlapping_cells(coverage), coverage_probability(coverage)
    places = np.array([*world.provinces.code, ALL])
    for name, count, p in zip(world.network_names, n_cells, p_covered, strict=True):
        weight = np.where(count > 0, p, 0.0).astype(np.float64)
        sums, weights = (
            sum_by_province(values, world.grid.province_idx, len(world.provinces))
            for values in (count * weight, weight)
        )
        axes = {"network": np.full(len(places), name), "province": places}
        rows.add("coverage.overlap", sums, weights, axes, service=ALL)


def _add_distances(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """Add mean and quantiles of the effective radius over the sites of a network, by the province of the site."""
    radius_km = effective_radius_km(site_area_km2(coverage, world))
    for network_idx, name in enumerate(world.network_names):
        of_network = world.sites.network_idx == network_idx
        for place_idx, place in enumerate((*world.provinces.code, ALL)):
            is_there = of_network & ((world.sites.province_idx == place_idx) | (place == ALL))
            own_km = radius_km[is_there]
            axes = {"network": name, "province": place}
            rows.add("coverage.distance_km", own_km.sum(), len(own_km), axes, service=ALL)
            known = float(len(own_km) > 0)
            for measure, share in _QUANTILES.items():
                value_km = np.quantile(own_km, share) if known else 0.0
                rows.add(measure, value_km, known, axes, service=ALL)
