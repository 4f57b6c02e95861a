"""
Patterns of base-station antennas: horizontal always, vertical where a tilt is given.

References
----------
3GPP TR 36.942, section 4.2.1: pattern of a three-sector site, 65 degrees and 20 dB.
3GPP TR 25.996, section 4.5.1: pattern of a six-sector site, 35 degrees and 23 dB.
3GPP TR 36.814, table A.2.1.1-2: vertical pattern, 10 degrees and 20 dB, and 25 dB of both patterns together.
"""

import math
from dataclasses import dataclass

from numba.extending import register_jitable


@dataclass(frozen=True, slots=True)
class Pattern:
    """The pattern of a sector antenna."""

    beamwidth_deg: float  # full width between the half-power points [deg]
    front_to_back_db: float  # greatest loss against the main lobe [dB]


OMNIDIRECTIONAL = Pattern(360.0, 0.0)
"""No loss in any direction."""

VERTICAL_BEAMWIDTH_DEG = 10.0
"""Full width of the main lobe from top to bottom between its half-power points (3GPP TR 36.814). [deg]"""

SIDE_LOBE_DB = 20.0
"""Greatest loss of the vertical pattern (3GPP TR 36.814). [dB]"""

GREATEST_LOSS_DB = 25.0
"""Greatest loss of both patterns together (3GPP TR 36.814). [dB]"""

_THREE_SECTOR = Pattern(65.0, 20.0)
_SIX_SECTOR = Pattern(35.0, 23.0)


def pattern_of(n_sectors: int) -> Pattern:
    """
    Return the pattern of the antennas of a site.

    Three sectors: 3GPP TR 36.942. Six: 3GPP TR 25.996. Other numbers: the beamwidth of three sectors times 3 / n, and
    its front-to-back ratio (assumption).
    """
    if n_sectors == 1:
        return OMNIDIRECTIONAL
    if n_sectors == 6:
        return _SIX_SECTOR
    beamwidth_deg = _THREE_SECTOR.beamwidth_deg * 3 / n_sectors
    return Pattern(beamwidth_deg, _THREE_SECTOR.front_to_back_db)


@register_jitable
def pattern_loss_db(
    bearing_deg: float, azimuth_deg: float, beamwidth_deg: float, front_to_back_db: float
) -> float:
    """
    Return the loss against the main lobe, min(12 (phi / phi_3dB)^2, A_m).

    References
    ----------
    3GPP TR 36.942, section 4.2.1, with the sign of a loss.
    """
    turn_deg = bearing_deg - azimuth_deg
    offset_deg = turn_deg - 360.0 * math.floor(turn_deg / 360.0 + 0.5)
    ratio = offset_deg / beamwidth_deg
    return min(12.0 * ratio * ratio, front_to_back_db)


@register_jitable
def vertical_loss_db(distance_m: float, drop_m: float, tilt_deg: float) -> float:
    """
    Return the loss above or below the main lobe, min(12 ((theta - tilt) / theta_3dB)^2, SLA_v).

    References
    ----------
    3GPP TR 36.814, table A.2.1.1-2, with the sign of a loss.
    """
    ratio = (math.degrees(math.atan2(drop_m, distance_m)) - tilt_deg) / VERTICAL_BEAMWIDTH_DEG
    return min(12.0 * ratio * ratio, SIDE_LOBE_DB)
