"""What coverage amounts to: area and people covered, how far cells reach, and how much they overlap."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.radio.coverage import Coverage, coverage_probability
from sim.radio.shadowing import Chances
from sim.world.build import World

Floats = NDArray[np.float64]

ALL_PROVINCES = "all"


@dataclass(frozen=True, slots=True)
class CoverageShare:
    """Area and people covered, of all in a province or in the region."""

    network: str  # name of a network, or `any`, `both` (all of them) or `neither` (none of them)
    province: str  # code of a province, or `all`
    # and total_km2: area covered, expected where chance decides, and area of all squares [km2]
    covered_km2: float
    total_km2: float
    # and n_people: people covered, expected and rounded where chance decides, and all people
    n_covered: int
    n_people: int

    @property
    def area_share(self) -> float:
        """Share of the area that is covered. Share, NaN where there is no area [1]."""
        return self.covered_km2 / self.total_km2 if self.total_km2 > 0 else float("nan")

    @property
    def population_share(self) -> float:
        """Share of the people who are covered. Share, NaN where there are no people [1]."""
        return self.n_covered / self.n_people if self.n_people > 0 else float("nan")


def coverage_shares(coverage: Coverage, world: World) -> list[CoverageShare]:
    """
    Return what each network covers, and what any, all and none of them cover.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.
    world : World
        Grid, provinces and population.

    Returns
    -------
    list of CoverageShare
        Networks in their order, then `any`, `both`, `neither`; within each the provinces in their order, then `all`.
    """
    of_people = None if coverage.chances is None else coverage.chances.of_people
    area = _covered(world, coverage, coverage.chances)
    people = area if of_people is None else _covered(world, coverage, of_people)
    shares = []
    for network, p_covered in area.items():
        shares.extend(_shares_of(network, (p_covered, people[network]), world))
    return shares


def _covered(world: World, coverage: Coverage, chances: Chances | None) -> dict[str, Floats]:
    """Return how surely squares are covered, by each network, by any, by all and by none of them."""
    if chances is None:
        by_network = coverage_probability(coverage).astype(np.float64)
        any_of_them, all_of_them = by_network.max(axis=0), by_network.min(axis=0)
    else:
        by_network = chances.p_covered.astype(np.float64)
        any_of_them = chances.p_any.astype(np.float64)
        all_of_them = chances.p_all.astype(np.float64)
    covered = dict(zip(world.network_names, by_network, strict=True))
    return covered | {"any": any_of_them, "both": all_of_them, "neither": 1.0 - any_of_them}


def _shares_of(network: str, covered: tuple[Floats, Floats], world: World) -> list[CoverageShare]:
    """Return the expected shares of squares whose area and people are so surely covered, by province and in all."""
    n_provinces, province = len(world.provinces), world.grid.province_idx
    surely = np.ones(world.grid.n_squares)
    weights = surely, world.population.astype(np.float64)
    squares, people = [
        [sum_by_province(p * weight, province, n_provinces) for p in (p_covered, surely)]
        for p_covered, weight in zip(covered, weights, strict=True)
    ]
    area_km2 = world.grid.square_area_km2
    names = (*world.provinces.code, ALL_PROVINCES)
    return [
        CoverageShare(
            network,
            name,
            float(squares[0][row] * area_km2),
            float(squares[1][row] * area_km2),
            round(people[0][row]),
            round(people[1][row]),
        )
        for row, name in enumerate(names)
    ]


def sum_by_province(
    values: NDArray[np.float64], province_idx: NDArray[np.uint8], n_provinces: int
) -> NDArray[np.float64]:
    """
    Return sums by province, then of all.

    Parameters
    ----------
    values : (square,) ndarray of float64
        What is summed.
    province_idx : (square,) ndarray of uint8
        Province of each square.
    n_provinces : int
        Provinces.

    Returns
    -------
    (province + 1,) ndarray of float64
        Sums; exact where the values are whole.
    """
    sums = np.bincount(province_idx, values, n_provinces)
    return np.append(sums, sums.sum())


OVERLAP_WINDOW_DB = 5.0
"""
Cells received at most so much weaker than the best one overlap with it [dB] (assumption: handover windows are commonly
4 to 6 dB, and tools for drive tests count "too many servers" within 5 dB of the best unless told otherwise).
"""

_CENTI = 100


def overlapping_cells(coverage: Coverage) -> NDArray[np.uint8]:
    """
    Return how many cells of each network are received nearly as strongly as the best, itself included.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells; there are never more than the ranks that were kept.

    Returns
    -------
    (network, square) ndarray of uint8
        Cells within `OVERLAP_WINDOW_DB` of the first-ranked one; 0 where none serves.
    """
    count = np.zeros(coverage.cell_idx.shape[:2], np.uint8)
    best_cdbm = coverage.rscp_cdbm[:, :, 0].astype(np.int32)
    for rank in range(coverage.cell_idx.shape[2]):
        is_near = best_cdbm - coverage.rscp_cdbm[:, :, rank] <= round(_CENTI * OVERLAP_WINDOW_DB)
        count += (coverage.cell_idx[:, :, rank] >= 0) & is_near
    return count


def site_area_km2(coverage: Coverage, world: World) -> NDArray[np.float64]:
    """
    Return the area in which a cell of each site is the best of its network.

    Parameters
    ----------
    coverage : Coverage
        Ranked cells.
    world : World
        Grid, sites and cells.

    Returns
    -------
    (site,) ndarray of float64
        Area, each square weighted by the probability with which it is served. [km2]
    """
    area_km2 = np.zeros(len(world.sites))
    p_covered = coverage_probability(coverage)
    for network_idx in range(len(world.network_names)):
        best = coverage.cell_idx[network_idx, :, 0]
        is_served = best >= 0
        site_idx = world.cells.site_idx[best[is_served]]
        weight = p_covered[network_idx, is_served].astype(np.float64)
        area_km2 += np.bincount(site_idx, weight, len(area_km2))
    return area_km2 * world.grid.square_area_km2


def effective_radius_km(area_km2: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the radius of a disc as large as each area.

    Parameters
    ----------
    area_km2 : (site,) ndarray of float64
        Area served. [km2]

    Returns
    -------
    (site,) ndarray of float64
        Effective radius; 0 of a site that is nowhere the best. [km]
    """
    radius_km: NDArray[np.float64] = np.sqrt(area_km2 / math.pi)
    return radius_km
