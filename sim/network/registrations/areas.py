"""Location areas: groups of cells among which idle phones move without telling the network."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.build import World


def location_areas(scenario: Scenario, world: World) -> NDArray[np.int32]:
    """
    Return the location area of each cell, counted from 0.

    All cells of a site are of one area, and no area has cells of two networks. Areas of a province are its sites, by
    where they stand; those of so many sites come of halving the sites of a network, across the longer side of the
    rectangle in which they stand, until no part has more.
    """
    rules, sites = scenario.traffic.registrations, world.sites
    if rules.areas == "province":
        key = sites.network_idx.astype(np.int64) * len(world.provinces) + sites.province_idx
        _, area = np.unique(key, return_inverse=True)
    else:
        area = np.zeros(len(sites), np.int64)
        n_areas = 0
        for network in range(len(world.network_names)):
            own = np.flatnonzero(sites.network_idx == network)
            for part in _halved(own, sites.x_m, sites.y_m, rules.sites_per_area):
                area[part] = n_areas
                n_areas += 1
    return area[world.cells.site_idx].astype(np.int32)


def _halved(
    sites: NDArray[np.int64], x_m: NDArray[np.float64], y_m: NDArray[np.float64], most: int
) -> list[NDArray[np.int64]]:
    """Return the parts of some sites, from the south-west."""
    if len(sites) <= most:
        return [sites] if len(sites) else []
    is_wide = np.ptp(x_m[sites]) >= np.ptp(y_m[sites])
    order = sites[np.argsort((x_m if is_wide else y_m)[sites], kind="stable")]
    middle = len(order) // 2
    return _halved(order[:middle], x_m, y_m, most) + _halved(order[middle:], x_m, y_m, most)
