"""
Loss in what stands about a phone: buildings and trees higher than it.

References
----------
Recommendation ITU-R P.2108-1 (2021), Prediction of clutter loss, section 3.1: height gain terminal correction, 0.03 to
3 GHz.
"""

import math
from dataclasses import dataclass

from sim.radio.diffraction import knife_edge_db

STREET_WIDTH_M = 27.0
"""Width of a street where nothing better is known (ITU-R P.2108, section 3.1). [m]"""


@dataclass(frozen=True, slots=True)
class Clutter:
    """A kind of surroundings."""

    height_m: float  # representative height of what stands there [m]
    # whether its rim diffracts like a knife edge; otherwise the loss is one of height gain over open ground
    is_edge: bool


CLUTTER = {
    "water": Clutter(10.0, is_edge=False),
    "open": Clutter(10.0, is_edge=False),
    "suburban": Clutter(10.0, is_edge=True),
    "urban": Clutter(15.0, is_edge=True),
    "forest": Clutter(15.0, is_edge=True),
    "dense_urban": Clutter(20.0, is_edge=True),
}
"""Kinds by name, with the heights that ITU-R P.2108 (table 3) gives where nothing better is known."""


def clutter_loss_db(frequency_mhz: float, phone_height_m: float, clutter: Clutter) -> float:
    """
    Return the median loss of a phone among clutter.

    References
    ----------
    ITU-R P.2108-1, equations 2a to 2g.
    """
    if phone_height_m >= clutter.height_m:
        return 0.0
    f_ghz = frequency_mhz / 1000.0
    if not clutter.is_edge:
        gain_db = 21.8 + 6.2 * math.log10(f_ghz)
        return -gain_db * math.log10(phone_height_m / clutter.height_m)
    above_m = clutter.height_m - phone_height_m
    angle_deg = math.degrees(math.atan(above_m / STREET_WIDTH_M))
    nu = 0.342 * math.sqrt(f_ghz) * math.sqrt(above_m * angle_deg)
    return float(knife_edge_db(nu)) - 6.03
