"""Conversions between units, and physical constants."""

import math

SPEED_OF_LIGHT_M_S = 299_792_458.0
"""Speed of light in vacuum, exact (BIPM, SI brochure, 9th edition). [m/s]"""

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG, GRS 80 derived). [m]"""

BOLTZMANN_J_K = 1.380649e-23
"""Boltzmann constant, exact (BIPM, SI brochure, 9th edition). [J/K]"""

NOISE_TEMPERATURE_K = 290.0
"""Standard noise temperature (ITU-R V.573, IEEE): -174 dBm/Hz. [K]"""

CHIP_RATE_HZ = 3.84e6
"""Chip rate of WCDMA (3GPP TS 25.213). [chip/s]"""

METRES_PER_KM = 1_000.0
SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168


def db_to_linear(value_db: float) -> float:
    """
    Return the power ratio of a level in decibel.

    Parameters
    ----------
    value_db : float
        Level. [dB]

    Returns
    -------
    float
        Power ratio. [1]
    """
    return math.pow(10.0, value_db / 10.0)


def linear_to_db(ratio: float) -> float:
    """Return the level in decibel of a power ratio."""
    if ratio <= 0.0:
        message = f"ratio = {ratio}: must be more than 0 to have a level in dB"
        raise ValueError(message)
    return 10.0 * math.log10(ratio)


def hours_to_seconds(hours: float) -> float:
    """
    Return hours in seconds.

    Parameters
    ----------
    hours : float
        Duration. [h]

    Returns
    -------
    float
        Duration. [s]
    """
    return hours * SECONDS_PER_HOUR
