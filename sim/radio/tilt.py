"""The vertical pattern of each site's antennas towards the squares that it reaches."""

import numpy as np
from numpy.typing import NDArray

from sim.radio.ranking import find_vertical_losses
from sim.scenario.schema import Scenario
from sim.world.build import World


class VerticalLosses:
    """
    Losses of the vertical pattern, 0 for networks without a tilt.

    Antenna and phone stand on the mean ground of their squares, whatever the model of path loss. All sectors of a
    site have the tilt of its network.

    Parameters
    ----------
    scenario : Scenario
        Networks and section `radio`.
    world : World
        Grid and sites.
    room : int
        Most squares that a site reaches.
    """

    def __init__(self, scenario: Scenario, world: World, room: int) -> None:
        by_name = {network.name: network.equipment.tilt_deg for network in scenario.networks}
        self._tilt_deg = [by_name.get(name) for name in world.network_names]
        self._sites = world.sites
        self._ground_m = world.grid.height_m
        self._phone_m = self._ground_m.astype(np.float64) + scenario.radio.phone_height_m
        self._losses_db = np.zeros(room)
        self._without_db = np.zeros(room)

    def of_site(
        self, site: int, squares: NDArray[np.int32], distances_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the losses of one site; the array holds until the next call."""
        tilt_deg = self._tilt_deg[int(self._sites.network_idx[site])]
        if tilt_deg is None:
            return self._without_db[: len(squares)]
        ground_m = float(self._ground_m[self._sites.square_idx[site]])
        antenna_m = ground_m + float(self._sites.antenna_height_m[site])
        losses_db = self._losses_db[: len(squares)]
        find_vertical_losses(squares, distances_m, self._phone_m, antenna_m, tilt_deg, losses_db)
        return losses_db
