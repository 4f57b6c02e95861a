"""Shares of area and of people that each network covers, by province."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.radio.coverage import Coverage, served
from sim.world.build import World

ALL_PROVINCES = "all"


@dataclass(frozen=True, slots=True)
class CoverageShare:
    """
    Area and people covered, of all in a province or in the region.

    Attributes
    ----------
    network : str
        Name of a network, or `any`, `both` (all of them) or `neither` (none of them).
    province : str
        Code of a province, or `all`.
    covered_km2, total_km2 : float
        Area covered, and area of all squares. [km2]
    n_covered, n_people : int
        People covered, and all people.
    """

    network: str
    province: str
    covered_km2: float
    total_km2: float
    n_covered: int
    n_people: int

    @property
    def area_share(self) -> float:
        """
        Share of the area that is covered.

        Returns
        -------
        float
            Share, NaN where there is no area. [1]
        """
        return self.covered_km2 / self.total_km2 if self.total_km2 > 0 else float("nan")

    @property
    def population_share(self) -> float:
        """
        Share of the people who are covered.

        Returns
        -------
        float
            Share, NaN where there are no people. [1]
        """
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
    by_network = served(coverage)
    masks = dict(zip(world.network_names, by_network, strict=True))
    masks["any"] = by_network.any(axis=0)
    masks["both"] = by_network.all(axis=0)
    masks["neither"] = ~masks["any"]
    shares = []
    for network, mask in masks.items():
        shares.extend(_shares_of(network, mask, world))
    return shares


def _shares_of(network: str, mask: NDArray[np.bool_], world: World) -> list[CoverageShare]:
    """Return the shares of one mask of squares, by province and in all."""
    n_provinces, province = len(world.provinces), world.grid.province_idx
    everywhere = np.ones(len(mask), np.bool_)
    squares, people = [
        [_per_province(chosen, weight, province, n_provinces) for chosen in (mask, everywhere)]
        for weight in (np.ones(len(mask), np.int64), world.population.astype(np.int64))
    ]
    area_km2 = world.grid.square_area_km2
    names = (*world.provinces.code, ALL_PROVINCES)
    return [
        CoverageShare(
            network,
            name,
            float(squares[0][row] * area_km2),
            float(squares[1][row] * area_km2),
            int(people[0][row]),
            int(people[1][row]),
        )
        for row, name in enumerate(names)
    ]


def _per_province(
    chosen: NDArray[np.bool_],
    weight: NDArray[np.int64],
    province_idx: NDArray[np.uint8],
    n_provinces: int,
) -> NDArray[np.int64]:
    """Return the sum of a weight over chosen squares, by province and in all, exact in integers."""
    sums = np.zeros(n_provinces + 1, np.int64)
    np.add.at(sums, province_idx[chosen], weight[chosen])
    sums[-1] = weight[chosen].sum()
    return sums
