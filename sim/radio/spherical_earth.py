"""
Diffraction over a smooth, spherical earth: the part of the delta-Bullington method that knows no terrain.

Heights are those of the antennas above the smooth surface. All functions are compiled and are called from Python and
from compiled code alike.

References
----------
Recommendation ITU-R P.526-15 (2019), Propagation by diffraction, section 3.
Recommendation ITU-R P.452-17 (2021), Prediction procedure for the evaluation of interference, section 4.2.2: the same
method; equations carry its numbers.
"""

import math

from sim.compilation.kernels import compiled, kernel
from sim.units import SPEED_OF_LIGHT_M_S

EARTH_RADIUS_KM = 6371.0
"""Radius of the earth in the Recommendations. [km]"""

MEDIAN_EFFECTIVE_RADIUS_KM = 8500.0
"""Effective radius for 4/3 of the earth's, as the Recommendations round it. [km]"""

LAND = (22.0, 0.003)
"""Relative permittivity and conductivity of land (ITU-R P.452, section 4.2.2.1). [1], [S/m]"""

SEA = (80.0, 5.0)
"""Relative permittivity and conductivity of the sea (ITU-R P.452, section 4.2.2.1). [1], [S/m]"""


def effective_earth_radius_km(lapse_n_per_km: float) -> float:
    """
    Return the median effective radius of the earth, 6371 * 157 / (157 - dN).

    References
    ----------
    ITU-R P.452, equations 5 and 6; ITU-R P.1812, equations 6 and 7.
    """
    return EARTH_RADIUS_KM * 157.0 / (157.0 - lapse_n_per_km)


@compiled
def wavelength_m(frequency_mhz: float) -> float:
    """Return the wavelength."""
    return SPEED_OF_LIGHT_M_S / (1e6 * frequency_mhz)


@compiled
def spherical_earth_db(
    distance_km: float,
    start_m: float,
    end_m: float,
    frequency_mhz: float,
    earth_radius_km: float,
    sea_share: float,
    vertical: bool,
) -> float:
    """
    Return the diffraction loss over a smooth earth.

    Beyond the horizon the first term of the residue series; before it, that term for the radius at which the path
    just touches, in proportion to the clearance that is missing; 0 where none is.

    References
    ----------
    ITU-R P.452-17, equations 23 to 28; ITU-R P.526-15, section 3.2.
    """
    horizon_km = math.sqrt(2.0 * earth_radius_km) * (
        math.sqrt(0.001 * start_m) + math.sqrt(0.001 * end_m)
    )
    if distance_km >= horizon_km:
        return _mixed_first_term_db(
            distance_km, start_m, end_m, frequency_mhz, earth_radius_km, sea_share, vertical
        )
    missing = _missing_clearance(distance_km, start_m, end_m, frequency_mhz, earth_radius_km)
    if missing <= 0.0:
        return 0.0
    root = distance_km / (math.sqrt(start_m) + math.sqrt(end_m))
    touching_radius_km = 500.0 * root * root
    loss_db = _mixed_first_term_db(
        distance_km, start_m, end_m, frequency_mhz, touching_radius_km, sea_share, vertical
    )
    return missing * max(loss_db, 0.0)


@kernel
def _missing_clearance(
    distance_km: float, start_m: float, end_m: float, frequency_mhz: float, earth_radius_km: float
) -> float:
    """Return 1 less the ratio of the least clearance to the one without loss (equations 24 to 26)."""
    sum_m = start_m + end_m
    c = (start_m - end_m) / sum_m
    m = 250.0 * distance_km * distance_km / (earth_radius_km * sum_m)
    m_1 = m + 1.0
    cosine = 1.5 * c * math.sqrt(3.0 * m / (m_1 * m_1 * m_1))
    angle = math.acos(min(max(cosine, -1.0), 1.0))
    b = 2.0 * math.sqrt(m_1 / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)
    first_km = 0.5 * distance_km * (1.0 + b)
    second_km = distance_km - first_km
    first_clear_m = start_m - 500.0 * first_km * first_km / earth_radius_km
    second_clear_m = end_m - 500.0 * second_km * second_km / earth_radius_km
    clearance_m = (first_clear_m * second_km + second_clear_m * first_km) / distance_km
    needed_m = 17.456 * math.sqrt(first_km * second_km * wavelength_m(frequency_mhz) / distance_km)
    return 1.0 - clearance_m / needed_m


@kernel
def _mixed_first_term_db(
    distance_km: float,
    start_m: float,
    end_m: float,
    frequency_mhz: float,
    radius_km: float,
    sea_share: float,
    vertical: bool,
) -> float:
    """Return the first term over land and sea in their shares (equation 29)."""
    path = (distance_km, start_m, end_m)
    loss_db = 0.0
    if sea_share < 1.0:
        land_db = first_term_db(path, frequency_mhz, radius_km, LAND, vertical)
        loss_db += (1.0 - sea_share) * land_db
    if sea_share > 0.0:
        loss_db += sea_share * first_term_db(path, frequency_mhz, radius_km, SEA, vertical)
    return loss_db


@compiled
def first_term_db(
    path: tuple[float, float, float],
    frequency_mhz: float,
    radius_km: float,
    ground: tuple[float, float],
    vertical: bool,
) -> float:
    """
    Return the first term of the residue series of a smooth earth.

    References
    ----------
    ITU-R P.452-17, equations 30 to 37; ITU-R P.526-15, section 3.1.1.

    Loss against free space; negative well before the horizon, where it does not hold [dB].
    """
    distance_km, start_m, end_m = path
    permittivity, conductivity = ground
    f_ghz = frequency_mhz / 1000.0
    third = 1.0 / 3.0
    ratio = 18.0 * conductivity / f_ghz
    dry = (permittivity - 1.0) * (permittivity - 1.0) + ratio * ratio
    k = 0.036 / (radius_km * f_ghz) ** third / math.sqrt(math.sqrt(dry))
    if vertical:
        k *= math.sqrt(permittivity * permittivity + ratio * ratio)
    k_2 = k * k
    beta = (1.0 + k_2 * (1.6 + 0.67 * k_2)) / (1.0 + k_2 * (4.5 + 1.53 * k_2))
    x = 21.88 * beta * (f_ghz / (radius_km * radius_km)) ** third * distance_km
    if x >= 1.6:
        distance_db = 11.0 + 10.0 * math.log10(x) - 17.6 * x
    else:
        distance_db = -20.0 * math.log10(x) - 5.6488 * x**1.425
    height_unit = 0.9575 * beta * beta * (f_ghz * f_ghz / radius_km) ** third
    least_db = 2.0 + 20.0 * math.log10(k)
    start_db = max(_height_gain_db(height_unit * start_m), least_db)
    end_db = max(_height_gain_db(height_unit * end_m), least_db)
    return -distance_db - start_db - end_db


@kernel
def _height_gain_db(b: float) -> float:
    """Return the gain of a normalised height (equation 35)."""
    if b > 2.0:
        return 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    return 20.0 * math.log10(b + 0.1 * b * b * b)
