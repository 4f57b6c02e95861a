"""Where the lines of a world are, and which of them hear their network at home."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.radio.coverage import Coverage, served
from sim.scenario.schema import Scenario
from sim.traffic.profile import class_rates
from sim.world.build import World

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Simulated lines by network and square, and how many of them hear their network at home."""

    n: Floats  # (network, square) lines
    calls_h: Floats  # (network, square) intents of these lines in the hour [1/h]
    is_covered: NDArray[np.bool_]  # (network, square) whether calls find cover there, without load
    province_idx: NDArray[np.uint8]  # (square,) province
    n_provinces: int

    def by_province(self, values: Floats) -> Floats:
        """Return sums over the squares of each province."""
        out = np.zeros((len(values), self.n_provinces))
        for k, row in enumerate(values):
            out[k] = np.bincount(self.province_idx, row, self.n_provinces)
        return out

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
    subscribers, n_squares = world.subscribers, world.grid.n_squares
    n_networks, n_classes = len(world.network_names), len(scenario.subscribers.classes)
    counts = np.zeros((n_networks, n_squares, n_classes))
    for k in range(n_networks):
        own = slice(int(subscribers.first_row[k, 0]), int(subscribers.first_row[k, -1]))
        key = subscribers.square_idx[own].astype(np.int64) * n_classes + subscribers.class_idx[own]
        counts[k] = np.bincount(key, minlength=n_squares * n_classes).reshape(n_squares, n_classes)
    n = counts.sum(axis=2)
    rates = class_rates(scenario) * weight if n.any() else np.zeros(n_classes)
    return Lines(
        n=n,
        calls_h=counts @ rates,
        is_covered=served(coverage),
        province_idx=world.grid.province_idx,
        n_provinces=len(world.provinces),
    )
