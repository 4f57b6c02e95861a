"""National roaming: whose cells a phone uses where its own network does not serve it (docs/idle_phones.md)."""

import numpy as np
from numpy.typing import NDArray

from sim.radio.coverage import Coverage, ranks_at_spots
from sim.scenario.schema import Scenario

AtSpots = tuple[NDArray[np.int32], NDArray[np.int32] | None]
"""(network, spot) what holds for phones of each network: always, and in emergency calls where these alone roam."""


def serving_networks(coverage: Coverage) -> NDArray[np.uint8]:
    """
    Return whose cells the phones of each network use at each spot, if they may roam.

    A phone uses its own network where that serves it without load, and otherwise that of the others which it receives
    best; of equals the first. Where none serves it, it stays with its own.
    """
    ranks = ranks_at_spots(coverage)
    n_networks, n_spots = ranks.cell_idx.shape[:2]
    own = np.repeat(np.arange(n_networks, dtype=np.uint8)[:, None], n_spots, axis=1)
    is_served, rscp_cdbm = ranks.cell_idx[:, :, 0] >= 0, ranks.rscp_cdbm[:, :, 0]
    best = np.argmax(np.where(is_served, rscp_cdbm, np.iinfo(np.int16).min), axis=0)
    is_visiting = ~is_served & is_served.any(axis=0)
    return np.where(is_visiting, best.astype(np.uint8), own)


def of_serving(scenario: Scenario, coverage: Coverage, values: NDArray[np.int32]) -> AtSpots:
    """Return (network, spot) values of the network that serves the phones of each: always, and in emergency calls."""
    roaming = scenario.radio.roaming
    if roaming == "none":
        return values, None
    there = values[serving_networks(coverage), np.arange(values.shape[1])]
    return (there, None) if roaming == "all" else (values, there)
