"""Shares of area and of people that networks cover, as rows of measures."""

import numpy as np

from sim.radio.coverage import Coverage
from sim.radio.shares import coverage_shares
from sim.runs.rows import ALL, MeasureRows
from sim.world.build import World


def add_coverage_measures(rows: MeasureRows, world: World, coverage: Coverage) -> None:
    """
    Add the shares of area and population by network and province.

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
