"""Where the lines of a world are, and which of them hear their network at home."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.radio.coverage import Coverage, ranks_at_spots
from sim.scenario.schema import Scenario
from sim.traffic.profile import class_rates
from sim.world.build import World

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Simulated lines by network and spot, and how many of them hear their network at home."""

    n: Floats  # (network, spot) lines
    calls_h: Floats  # (network, spot) intents of these lines in the hour [1/h]
    first_cell: NDArray[np.int32]  # (network, spot) first-ranked cell there, -1 for none
    province_idx: NDArray[np.uint8]  # (spot,) province
    n_provinces: int

    def by_province(self, values: Floats) -> Floats:
        """Return sums over the spots of each province."""
        out = np.zeros((len(values), self.n_provinces))
        for k, row in enumerate(values):
            out[k] = np.bincount(self.province_idx, row, self.n_provinces)
        return out

    @property
    def is_covered(self) -> NDArray[np.bool_]:
        """Say whether calls find cover, without load, by network and spot."""
        return self.first_cell >= 0

    @property
    def covered_share(self) -> Floats:
        """Return the share of lines that hear their network, by network and province; 0 where there are none. [1]."""
        return ratio(self.by_province(self.n * self.is_covered), self.by_province(self.n))

    @property
    def uncovered_share(self) -> Floats:
        """Return the share of the lines of each network without cover at home; 0 where there are none. [1]."""
        return ratio((self.n * ~self.is_covered).sum(axis=1), self.n.sum(axis=1))


def ratio(above: Floats, below: Floats) -> Floats:
    """Return quotients, 0 where there is nothing below the line."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)


def lines_of(scenario: Scenario, world: World, coverage: Coverage, weight: float) -> Lines:
    """Return where the lines of a world are, and how much they call in an hour of a weight."""
    subscribers, n_spots = world.subscribers, len(world.spots)
    n_networks, n_classes = len(world.network_names), len(scenario.subscribers.classes)
    counts = np.zeros((n_networks, n_spots, n_classes))
    for k in range(n_networks):
        own = slice(int(subscribers.first_row[k, 0]), int(subscribers.first_row[k, -1]))
        spot = world.spots.of(subscribers.square_idx[own], subscribers.point_idx[own])
        key = spot.astype(np.int64) * n_classes + subscribers.class_idx[own]
        counts[k] = np.bincount(key, minlength=n_spots * n_classes).reshape(n_spots, n_classes)
    n = counts.sum(axis=2)
    rates = class_rates(scenario) * weight if n.any() else np.zeros(n_classes)
    return Lines(
        n=n,
        calls_h=counts @ rates,
        first_cell=ranks_at_spots(coverage).cell_idx[:, :, 0],
        province_idx=world.grid.province_idx[world.spots.square_idx],
        n_provinces=len(world.provinces),
    )
